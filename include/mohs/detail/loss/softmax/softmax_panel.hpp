#pragma once

/// \file
/// One panel of rows in a softmax loss: the sums over its columns, and what the gradients weigh its pairs with.

#include <mohs/detail/filter/pair_filters.hpp>
#include <mohs/detail/kernel/update_panel.hpp>
#include <mohs/detail/loss/softmax/softmax_state.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Strips of one panel of rows, from column `first` on.
template <class T>
struct SoftmaxStrips {
    T* scores = nullptr;   ///< null: room for one stripe, in the scratch of the worker
    Index first = 0;       ///< a multiple of `stripe_columns`
    T* origins = nullptr;  ///< one score per row and stripe, where exponentials relative to it take the place of scores
    std::uint8_t* plain = nullptr;  ///< with filters and origins, per stripe: whether it has nothing but negatives
};

/// `Filters` are those of the scene's pairs, or NoPairFilters.
template <class T, class Filters>
class SoftmaxPanel {
public:
    SoftmaxPanel(const SoftmaxSetting<T>& setting, const Filters& filters, Index panel,
                 const SoftmaxScratch<T>& scratch, const SoftmaxStrips<T>& strips = {})
        : setting_(setting),
          scene_(setting.scene),
          filters_(filters),
          strip_(setting.scene, setting.rows, setting.columns, panel, Filters::present && setting.scene.self),
          scratch_(scratch),
          strips_(strips)
    {
    }

    [[nodiscard]] Index base() const { return strip_.base(); }
    [[nodiscard]] Index count() const { return strip_.count(); }

    /// Adds the negatives among the columns [begin, end), which begin with a stripe, to the totals of the rows. Scores are
    /// computed, unless they are `given`. What is kept of them are scores; with origins, exponentials where a stripe has
    /// nothing but negatives.
    MOHS_NOINLINE void sum(Index begin, Index end, bool given, SoftmaxTotals<T>& totals)
    {
        isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
            for (Index stripe = begin; stripe < end; stripe += stripe_columns) {
                if (!given) {
                    strip_.template compute<decltype(isa)>(stripe, strip_at(stripe));
                }
                if (strips_.origins != nullptr) {
                    sum_stripe<decltype(isa), true>(stripe, (std::min)(stripe_columns, end - stripe), totals);
                } else {
                    sum_stripe<decltype(isa), false>(stripe, (std::min)(stripe_columns, end - stripe), totals);
                }
            }
        });
    }

    /// Losses of the rows, from the sums over all columns. `own(position, f)` calls f(logit) for further negatives.
    template <class Own>
    void finish(const Own& own, const SoftmaxTotals<T>& totals, std::span<SoftmaxRow> results)
    {
        SoftmaxRow* const result = results.data() + base();
        for (Index r = 0; r < count(); ++r) {
            const auto at = static_cast<std::size_t>(base() + r);
            LogSum sums{0, totals.total[at]};
            result[r].negative_count = totals.found[at];
            result[r].origin = totals.found[at] > 0 ? static_cast<double>(totals.top[at]) : 0;
            const double origin = setting_.logit(T{0}, result[r].origin);
            own(base() + r, [&](double logit) {
                sums.add(logit + origin);
                ++result[r].negative_count;
            });
            result[r].negatives = result[r].negative_count > 0 ? sums.log() : SplitLog();
        }
        sum_positives(result);
        for (Index r = 0; r < count(); ++r) {
            scratch_.positives[static_cast<std::size_t>(r)].finish(setting_.denominator, result[r]);
        }
    }

    /// The weights of the pairs with the columns [begin, end), in place of what is kept: by the losses of the rows, of
    /// the columns, or both. Without origins, scores are computed first. Adds to `gradient`, unless it is null: weights
    /// times columns.
    MOHS_NOINLINE void weigh(Index begin, Index end, const SoftmaxWeights<T>& by_row,
                             const SoftmaxWeights<T>& by_column, T* gradient)
    {
        isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
            for (Index stripe = begin; stripe < end; stripe += stripe_columns) {
                weigh_stripe<decltype(isa)>(stripe, by_row, by_column);
                if (gradient != nullptr) {
                    isa::enter(isa, UpdatePanel<T>{strip_at(stripe), stripe_size(setting_.columns, stripe),
                                                   setting_.columns.packed->panels + stripe * scene_.depth,
                                                   scene_.depth, gradient});
                }
            }
        });
    }

private:
    [[nodiscard]] T* strip_at(Index stripe) const
    {
        return strips_.scores != nullptr ? strips_.scores + (stripe - strips_.first) * scene_.width
                                         : scratch_.stripe.data();
    }
    [[nodiscard]] T* origins_at(Index stripe) const
    {
        return strips_.origins + (stripe - strips_.first) / stripe_columns * scene_.width;
    }
    [[nodiscard]] std::uint8_t* plain_at(Index stripe) const
    {
        return strips_.plain + (stripe - strips_.first) / stripe_columns;
    }

    template <class Isa, bool Keep>
    MOHS_ALWAYS_INLINE void sum_stripe(Index stripe, Index size, SoftmaxTotals<T>& totals)
    {
        constexpr int width = panel_width<Isa, T>;
        T *const top = totals.top.data() + base(), *const sum = scratch_.sum.data(), *const strip = strip_at(stripe);
        Index* const found = totals.found.data() + base();
        std::copy(top, top + width, scratch_.before.data());
        bool plain = strip_.all_negative(stripe, size, scratch_.kinds.data());
        if constexpr (Filters::present) {
            plain = filters_.apply(strip_, stripe, size, strip, plain, {.counts = true}, scratch_.kinds.data());
            if constexpr (Keep) {
                *plain_at(stripe) = plain ? 1 : 0;
            }
        }
        if (plain) {
            sum_exponentials<Isa, T, false, Keep>(strip, nullptr, size, setting_.factor, top, sum);
            for (int r = 0; r < width; ++r) {
                found[r] += size;
            }
        } else {
            mask_negatives(size, found);
            sum_exponentials<Isa, T, true, false>(strip, scratch_.masks.data(), size, setting_.factor, top, sum);
        }
        if constexpr (Keep) {
            std::copy(top, top + width, origins_at(stripe));
        }
        add_sum(top, totals.total.data() + base());
    }

    /// Adds the sums of a stripe to the totals, which are relative to the tops before.
    MOHS_NOINLINE void add_sum(const T* top, double* total) const
    {
        for (Index r = 0; r < count(); ++r) {
            const auto at = static_cast<std::size_t>(r);
            if (top[r] != scratch_.before[at]) {
                total[r] *= std::exp(setting_.logit(scratch_.before[at], static_cast<double>(top[r])));
            }
            total[r] += static_cast<double>(scratch_.sum[at]);
        }
    }

    MOHS_NOINLINE void mask_negatives(Index columns, Index* found) const
    {
        for (Index c = 0; c < columns; ++c) {
            for (Index r = 0; r < count(); ++r) {
                const auto at = static_cast<std::size_t>(c * scene_.width + r);
                const bool negative = scratch_.kinds[at] == Related::negative;
                scratch_.masks[at] = negative ? -1 : 0;
                found[r] += negative;
            }
        }
    }

    MOHS_NOINLINE void sum_positives(const SoftmaxRow* results) const
    {
        std::fill(scratch_.positives.begin(), scratch_.positives.end(), PositiveSums());
        Related* const kinds = scratch_.kinds.data();
        for (Index stripe = strip_.first_positive() / stripe_columns * stripe_columns; stripe < strip_.last_positive();
             stripe += stripe_columns) {
            const Index size = stripe_size(setting_.columns, stripe);
            if (strip_.all_negative(stripe, size, kinds) || !strip_.any_positive(size, kinds)) {
                continue;
            }
            const T* const scores = strip_at(stripe);
            if (strips_.scores == nullptr) {
                isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                    strip_.template compute<decltype(isa)>(stripe, strip_at(stripe));
                });
            }
            for (Index c = 0; c < size; ++c) {
                for (Index r = 0; r < count(); ++r) {
                    if (kinds[c * scene_.width + r] == Related::positive) {
                        scratch_.positives[static_cast<std::size_t>(r)].add(
                            setting_.denominator, results[r].negatives,
                            setting_.logit(scores[c * scene_.width + r], results[r].origin));
                    }
                }
            }
        }
    }

    template <class Isa>
    MOHS_ALWAYS_INLINE void weigh_stripe(Index stripe, const SoftmaxWeights<T>& by_row,
                                         const SoftmaxWeights<T>& by_column)
    {
        const Index size = stripe_size(setting_.columns, stripe);
        T* const strip = strip_at(stripe);
        bool plain = strip_.all_negative(stripe, size, scratch_.kinds.data());
        const bool kept = strips_.origins != nullptr;
        if (!kept) {
            strip_.template compute<Isa>(stripe, strip);
        }
        if constexpr (Filters::present) {
            // There are no scores to be told by where exponentials have taken their place.
            if (!(kept && *plain_at(stripe) != 0)) {
                plain = filters_.apply(strip_, stripe, size, strip, plain, {.both_ends = by_column.present()},
                                       scratch_.kinds.data());
            }
        }
        if (kept && plain) {
            scale_exponentials<Isa, T>(strip, size, setting_.factor, origins_at(stripe), by_row.at(base()));
            return;
        }
        T* const weights = plain ? strip : scratch_.weights.data();
        if (!plain) {
            copy_negatives(size, strip);
        }
        if (by_column.present()) {
            weigh_negatives<Isa, T, true>(weights, size, setting_.factor, by_row.at(base()), by_column.at(stripe));
        } else {
            weigh_negatives<Isa, T, false>(weights, size, setting_.factor, by_row.at(base()), {});
        }
        if (!plain) {
            weigh_others(stripe, size, by_row, by_column);
            std::copy(weights, weights + size * scene_.width, strip);
        }
    }

    /// The scores of pairs that are negatives of both their anchors; others may be above their tops, and are weighed
    /// by themselves.
    MOHS_NOINLINE void copy_negatives(Index columns, const T* strip) const
    {
        const Related *const kinds = scratch_.kinds.data(), *const from_columns = strip_.from_columns(kinds);
        std::fill_n(scratch_.weights.data(), columns * scene_.width, -above_all_scores(scene_));
        for (Index c = 0; c < columns; ++c) {
            for (Index at = c * scene_.width; at < c * scene_.width + count(); ++at) {
                if (kinds[at] == Related::negative && from_columns[at] == Related::negative) {
                    scratch_.weights[static_cast<std::size_t>(at)] = strip[at];
                }
            }
        }
    }

    /// The weights of pairs that are not negatives of both their anchors.
    MOHS_NOINLINE void weigh_others(Index stripe, Index columns, const SoftmaxWeights<T>& by_row,
                                    const SoftmaxWeights<T>& by_column) const
    {
        const Related *const kinds = scratch_.kinds.data(), *const from_columns = strip_.from_columns(kinds);
        const T* const strip = strip_at(stripe);
        for (Index c = 0; c < columns; ++c) {
            for (Index r = 0; r < count(); ++r) {
                const Index at = c * scene_.width + r;
                if (kinds[at] != Related::negative || from_columns[at] != Related::negative) {
                    scratch_.weights[static_cast<std::size_t>(at)] =
                        static_cast<T>(pair_weight(by_row, base() + r, kinds[at], strip[at]) +
                                       pair_weight(by_column, stripe + c, from_columns[at], strip[at]));
                }
            }
        }
    }

    [[nodiscard]] double pair_weight(const SoftmaxWeights<T>& side, Index position, Related kind, T score) const
    {
        const auto at = static_cast<std::size_t>(position);
        if (!side.present() || !side.rows[at].valid() || kind == Related::neither) {
            return 0;
        }
        const SoftmaxRow& row = side.rows[at];
        const double logit = setting_.logit(score, row.origin);
        return side.each * (kind == Related::positive ? row.positive_slope(setting_.denominator, logit)
                                                      : row.negative_slope(logit));
    }

    const SoftmaxSetting<T>& setting_;
    const Scene<T>& scene_;
    const Filters& filters_;
    StripRows<T> strip_;
    const SoftmaxScratch<T>& scratch_;
    SoftmaxStrips<T> strips_;
};

}  // namespace mohs::inline MOHS_ABI::detail
