#pragma once

/// \file
/// Softmax over the candidates of an anchor: its sums, its losses, and the derivatives of those by the logits.

#include <mohs/detail/exp.hpp>
#include <mohs/detail/loss.hpp>
#include <mohs/detail/strip.hpp>

namespace mohs::inline MOHS_ABI {

/// What stands below the line for a positive among several of one anchor.
enum class Denominator {
    positives_excluded,  ///< the positive itself and the negatives: one loss per pair, as NT-Xent in its libraries
    positives_included,  ///< all positives and negatives, losses averaged: L_out of SupCon (Khosla et al. 2020)
    summed_inside        ///< the same, with the mean over the positives inside the logarithm: L_in of SupCon
};

namespace detail {

/// log of a sum of exponentials, kept as exp(top) * sum.
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
    [[nodiscard]] double log() const { return top + std::log(sum); }
};

/// What the softmax of one anchor comes to. Logarithms of sums of exponentials of logits.
struct SoftmaxRow {
    double negatives = 0, positives = 0, all = 0;
    double shift = 0;  ///< the derivative of the loss by a negative logit z is exp(z + shift)
    double loss = 0;
    Index positive_count = 0, negative_count = 0, active = 0;

    [[nodiscard]] bool valid() const { return positive_count > 0 && negative_count > 0; }

    /// The derivative of the loss by a positive's logit.
    [[nodiscard]] double positive_slope(Denominator denominator, double logit) const
    {
        if (denominator == Denominator::summed_inside) {
            return -std::exp(logit - positives) * sigmoid(negatives - positives);
        }
        if (denominator == Denominator::positives_excluded || positive_count == 1) {
            return -sigmoid(negatives - logit);
        }
        return std::exp(logit - all) - 1 / static_cast<double>(positive_count);
    }
};

/// Collects the positives of an anchor whose negatives are known.
struct PositiveSums {
    LogSum logits;     ///< of z; of -log(exp(z) + exp(negatives)) where positives are excluded
    double total = 0;  ///< of z, or of the losses
    Index count = 0, active = 0;

    void add(Denominator denominator, double negatives, double logit)
    {
        ++count;
        if (denominator == Denominator::positives_excluded) {
            const double loss = softplus(negatives - logit);
            logits.add(-(logit + loss));
            total += loss;
            active += loss > 0;
        } else {
            logits.add(logit);
            total += logit;
        }
    }

    void finish(Denominator denominator, SoftmaxRow& row) const
    {
        row.positive_count = count;
        if (!row.valid()) {
            return;
        }
        if (denominator == Denominator::positives_excluded) {
            row.shift = logits.log();
            row.loss = total;
            row.active = active;
            return;
        }
        const double pairs = static_cast<double>(count);
        row.positives = logits.log();
        row.all = row.negatives + softplus(row.positives - row.negatives);
        row.shift = -row.all;
        if (denominator == Denominator::summed_inside) {
            row.loss = softplus(row.negatives - row.positives) + std::log(pairs);
        } else {
            // all - top without cancellation where the best positive outweighs everything else.
            const double ahead = row.negatives - logits.top;
            const double best = ahead > 30 ? ahead + std::log1p(std::exp(-ahead) * logits.sum)
                                           : std::log1p(std::exp(ahead) + (logits.sum - 1));
            row.loss = best + (logits.top - total / pairs);
        }
        row.active = row.loss > 0;
    }
};

/// Where packed scores lie: their absolute value is at most 4.
template <class T>
inline constexpr T below_all_scores = T{-16};

/// Adds a slot to the running maxima of scores `top`, and sets `sum` to the sums of exp(score * factor - shift) with
/// shift = top * factor, for all rows of a strip. Columns whose mask is 0 are left out, if Masked. The exponentials take
/// the place of the scores, if Keep.
template <class Isa, class T, bool Masked, bool Keep>
MOHS_ALWAYS_INLINE void sum_exponentials(T* strip, const MaskElement<T>* masks, Index columns, T factor, T* top,
                                         T* shift, T* sum)
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
        const Vec<Isa, T> origin = largest * factor;
        for (Index c = 0; c < columns; ++c) {
            Vec<Isa, T> score;
            load<Isa, T>(score, strip + c * width + v * step);
            Vec<Isa, T> term = score * factor - origin;
            exp_in_place<Isa, T>(term);
            if constexpr (Masked) {
                Mask<Isa, T> mask;
                load<Isa, MaskElement<T>>(mask, masks + c * width + v * step);
                term = mask != 0 ? term : zero;
            }
            if constexpr (Keep) {
                store<Isa, T>(strip + c * width + v * step, term);
            }
            total += term;
        }
        store<Isa, T>(top + v * step, largest);
        store<Isa, T>(shift + v * step, origin);
        store<Isa, T>(sum + v * step, total);
    }
}

/// strip = strip * exp(origin + shift) * weight: from exponentials relative to an origin per row to weights by row.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void scale_exponentials(T* strip, Index columns, const T* origin, const T* shift, const T* weight)
{
    constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
    Vec<Isa, T> factor[Isa::vectors];
    for (int v = 0; v < Isa::vectors; ++v) {
        Vec<Isa, T> own;
        load<Isa, T>(factor[v], origin + v * step);
        load<Isa, T>(own, shift + v * step);
        factor[v] += own;
        exp_in_place<Isa, T>(factor[v]);
        load<Isa, T>(own, weight + v * step);
        factor[v] *= own;
    }
    for (Index c = 0; c < columns; ++c) {
        for (int v = 0; v < Isa::vectors; ++v) {
            Vec<Isa, T> term;
            load<Isa, T>(term, strip + c * width + v * step);
            store<Isa, T>(strip + c * width + v * step, term * factor[v]);
        }
    }
}

/// weights = exp(score * factor + shift) * weight for the rows, if ByRow, plus the same for the columns, if ByColumn. They
/// may take the place of the scores.
template <class Isa, class T, bool ByRow, bool ByColumn>
MOHS_ALWAYS_INLINE void weigh_negatives(const T* strip, Index columns, T factor, const T* row_shift,
                                        const T* row_weight, const T* column_shift, const T* column_weight, T* weights)
{
    constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
    for (Index c = 0; c < columns; ++c) {
        for (int v = 0; v < Isa::vectors; ++v) {
            Vec<Isa, T> logit;
            load<Isa, T>(logit, strip + c * width + v * step);
            logit *= factor;
            Vec<Isa, T> total{};
            if constexpr (ByRow) {
                Vec<Isa, T> term;
                load<Isa, T>(term, row_shift + v * step);
                term += logit;
                exp_in_place<Isa, T>(term);
                Vec<Isa, T> weight;
                load<Isa, T>(weight, row_weight + v * step);
                total += term * weight;
            }
            if constexpr (ByColumn) {
                Vec<Isa, T> term = logit + column_shift[c];
                exp_in_place<Isa, T>(term);
                total += term * column_weight[c];
            }
            store<Isa, T>(weights + c * width + v * step, total);
        }
    }
}

}  // namespace detail
}  // namespace mohs::inline MOHS_ABI
