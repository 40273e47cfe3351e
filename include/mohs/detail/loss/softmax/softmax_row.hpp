#pragma once

/// \file
/// Softmax over the candidates of an anchor: its sums, its losses, and the derivatives of those by the logits.

#include <mohs/detail/loss/loss_terms.hpp>
#include <mohs/detail/simd/exp.hpp>
#include <mohs/detail/strip/strip.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The logarithm of a sum of exponentials, as the largest exponent and what the others add: next to a large exponent
/// that would be lost.
struct SplitLog {
    double top = 0, rest = 0;

    /// How far it lies above x. Rounded in between, or -ffast-math adds the small numbers to the large ones.
    [[nodiscard]] double above(double x) const { return rounded(top - x) + rest; }
    [[nodiscard]] double above(const SplitLog& other) const { return rounded(top - other.top) + (rest - other.rest); }
    /// What exp(x) makes of the sum.
    [[nodiscard]] double share(double x) const { return std::exp(rounded(x - top) - rest); }
};

/// A sum of exponentials, kept as exp(top) * sum.
struct LogSum {
    double top = 0, sum = 0;

    void add(double x)
    {
        if (sum == 0) {
            *this = {x, 1};
        } else if (x <= top) {
            sum += std::exp(x - top);
        } else {
            sum = sum * std::exp(top - x) + 1;
            top = x;
        }
    }
    [[nodiscard]] SplitLog log() const { return {top, std::log(sum)}; }
};

/// What the softmax of one anchor comes to. Its logits are relative to that of its closest negative among the packed
/// columns: what is wrong with one is then a few roundings of a difference, not of a large logit.
struct SoftmaxRow {
    double origin = 0;  ///< the score that logits are relative to
    SplitLog negatives, positives;
    double pull = 0;  ///< the derivative of the loss by a negative's logit is this times its share in the negatives
    double loss = 0;
    Index positive_count = 0, negative_count = 0, active = 0;

    [[nodiscard]] bool valid() const { return positive_count > 0 && negative_count > 0; }

    /// The derivative of the loss by a positive's logit.
    [[nodiscard]] double positive_slope(Denominator denominator, double logit) const
    {
        if (denominator == Denominator::summed_inside) {
            return -positives.share(logit) * pull;
        }
        if (denominator == Denominator::positives_excluded) {
            return -sigmoid(negatives.above(logit));
        }
        return positive_count == 1 ? -pull
                                   : positives.share(logit) * sigmoid(positives.above(negatives)) -
                                         1 / static_cast<double>(positive_count);
    }

    /// The same by the logit of a negative.
    [[nodiscard]] double negative_slope(double logit) const { return pull * negatives.share(logit); }

    /// The same by a negative's logit of 0, which is what those of packed columns go up to. The top is lower only where
    /// the anchor has none of these.
    [[nodiscard]] double negative_slope() const { return negatives.top < 0 ? 0 : negative_slope(0); }
};

/// Collects the positives of an anchor whose negatives are known.
struct PositiveSums {
    LogSum logits;                           ///< where positives are included
    double loss = 0, pull = 0, average = 0;  ///< sums of losses and slopes where they are excluded, else of logits
    Index count = 0, active = 0;

    void add(Denominator denominator, const SplitLog& negatives, double logit)
    {
        ++count;
        if (denominator == Denominator::positives_excluded) {
            const double ahead = negatives.above(logit), own_loss = softplus(ahead);
            loss += own_loss;
            pull += sigmoid(ahead);
            active += own_loss > 0;
        } else {
            logits.add(logit);
            // Exact where all are equal, and within the range of the logits.
            average += (logit - average) / static_cast<double>(count);
        }
    }

    void finish(Denominator denominator, SoftmaxRow& row) const
    {
        row.positive_count = count;
        if (!row.valid()) {
            return;
        }
        if (denominator == Denominator::positives_excluded) {
            row.loss = loss;
            row.pull = pull;
            row.active = active;
            return;
        }
        row.positives = logits.log();
        const double behind = row.negatives.above(row.positives);
        row.pull = sigmoid(behind);
        if (denominator == Denominator::summed_inside) {
            row.loss = softplus(behind) + std::log(static_cast<double>(count));
        } else {
            // From the best positive to the sum of all, without cancellation where it outweighs everything else.
            const double ahead = row.negatives.above(logits.top);
            const double best = ahead > 30 ? ahead + std::log1p(std::exp(-ahead) * logits.sum)
                                           : std::log1p(std::exp(ahead) + (logits.sum - 1));
            row.loss = best + (logits.top - average);
        }
        row.active = row.loss > 0;
    }
};

/// Adds a stripe to the running maxima of scores `top`, and sets `sum` to the sums of exp((score - top) * factor) for all
/// rows of a strip. Columns whose mask is 0 are left out, if Masked. The exponentials take the place of the scores, if
/// Keep. The difference is taken before it is scaled: it is rounded to a part of itself, but the product of a large
/// factor and a score to more than the difference, and with or without contraction to something else.
template <class Isa, class T, bool Masked, bool Keep>
MOHS_ALWAYS_INLINE void sum_exponentials(T* strip, const MaskElement<T>* masks, Index columns, T factor, T* top, T* sum)
{
    constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
    for (int v = 0; v < Isa::vectors; ++v) {
        Vec<Isa, T> largest, total{};
        load<Isa, T>(largest, top + v * step);
        const Vec<Isa, T> zero{};
        for (Index c = 0; c < columns; ++c) {
            Vec<Isa, T> score;
            load<Isa, T>(score, strip + c * width + v * step);
            if constexpr (Masked) {
                Mask<Isa, T> mask;
                load<Isa, MaskElement<T>>(mask, masks + c * width + v * step);
                score = mask != 0 ? score : largest;
            }
            keep_larger<Isa, T>(largest, score);
        }
        for (Index c = 0; c < columns; ++c) {
            Vec<Isa, T> score;
            load<Isa, T>(score, strip + c * width + v * step);
            Mask<Isa, T> mask{};
            if constexpr (Masked) {
                load<Isa, MaskElement<T>>(mask, masks + c * width + v * step);
                score = mask != 0 ? score : largest;
            }
            Vec<Isa, T> term = (score - largest) * factor;
            exp_in_place<Isa, T>(term);
            if constexpr (Masked) {
                term = mask != 0 ? term : zero;
            }
            if constexpr (Keep) {
                store<Isa, T>(strip + c * width + v * step, term);
            }
            total += term;
        }
        store<Isa, T>(top + v * step, largest);
        store<Isa, T>(sum + v * step, total);
    }
}

/// term = exp((score - top) * factor + shift).
template <class Isa, class T>
MOHS_ALWAYS_INLINE void weigh_score(const Vec<Isa, T>& score, const Vec<Isa, T>& top, const Vec<Isa, T>& factor,
                                    const Vec<Isa, T>& shift, Vec<Isa, T>& term)
{
    term = shift;
    add_product<Isa, T>(term, score - top, factor);
    exp_in_place<Isa, T>(term);
}

/// What makes weights of scores up to the top: exp((score - top) * factor + shift) * weight.
template <class T>
struct SoftmaxScale {
    const T *top = nullptr, *shift = nullptr, *weight = nullptr;
};

/// strip = strip * exp((origin - top) * factor + shift) * weight: from exponentials relative to the score `origin` of each
/// row to weights by row.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void scale_exponentials(T* strip, Index columns, T factor, const T* origin,
                                           const SoftmaxScale<T>& rows)
{
    constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
    Vec<Isa, T> scale[Isa::vectors], factors;
    splat<Isa, T>(factors, factor);
    for (int v = 0; v < Isa::vectors; ++v) {
        Vec<Isa, T> score, top, shift, weight;
        load<Isa, T>(score, origin + v * step);
        load<Isa, T>(top, rows.top + v * step);
        load<Isa, T>(shift, rows.shift + v * step);
        load<Isa, T>(weight, rows.weight + v * step);
        weigh_score<Isa, T>(score, top, factors, shift, scale[v]);
        scale[v] *= weight;
    }
    for (Index c = 0; c < columns; ++c) {
        for (int v = 0; v < Isa::vectors; ++v) {
            Vec<Isa, T> term;
            load<Isa, T>(term, strip + c * width + v * step);
            store<Isa, T>(strip + c * width + v * step, term * scale[v]);
        }
    }
}

/// strip = exp((score - top) * factor + shift) * weight for the rows, plus the same for the columns, if ByColumn; no score
/// is above a top. In a self-scan all weights are 1 or 0, so that the sum has the same bits whichever of two anchors is
/// the row.
template <class Isa, class T, bool ByColumn>
MOHS_ALWAYS_INLINE void weigh_negatives(T* strip, Index columns, T factor, const SoftmaxScale<T>& by_row,
                                        const SoftmaxScale<T>& by_column)
{
    constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
    Vec<Isa, T> factors;
    splat<Isa, T>(factors, factor);
    for (Index c = 0; c < columns; ++c) {
        for (int v = 0; v < Isa::vectors; ++v) {
            Vec<Isa, T> score, top, shift, weight, total;
            load<Isa, T>(score, strip + c * width + v * step);
            load<Isa, T>(top, by_row.top + v * step);
            load<Isa, T>(shift, by_row.shift + v * step);
            load<Isa, T>(weight, by_row.weight + v * step);
            weigh_score<Isa, T>(score, top, factors, shift, total);
            total *= weight;
            if constexpr (ByColumn) {
                splat<Isa, T>(top, by_column.top[c]);
                splat<Isa, T>(shift, by_column.shift[c]);
                splat<Isa, T>(weight, by_column.weight[c]);
                Vec<Isa, T> term;
                weigh_score<Isa, T>(score, top, factors, shift, term);
                add_product<Isa, T>(total, term, weight);
            }
            store<Isa, T>(strip + c * width + v * step, total);
        }
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
