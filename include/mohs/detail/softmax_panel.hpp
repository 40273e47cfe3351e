#pragma once

/// \file
/// One panel of rows in a softmax loss: the sums over its columns, and what the gradients weigh its pairs with.

#include <mohs/detail/softmax.hpp>
#include <mohs/detail/update.hpp>
#include <mohs/workspace.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// What the panels of a sweep share: rows with a softmax over the columns.
template <class T>
struct SoftmaxSetting {
    const Scene<T>& scene;
    const RelatedSide<T>&rows, &columns;
    Denominator denominator;
    T factor;  ///< from scores to logits

    /// Elements of the strips of one panel, kept for all columns.
    [[nodiscard]] Index kept() const { return slots() * strip_columns * scene.width; }
    [[nodiscard]] Index slots() const { return (columns.rows() + strip_columns - 1) / strip_columns; }
};

/// The anchors of one direction, on their way into gradients, by position.
template <class T>
struct SoftmaxWeights {
    std::span<SoftmaxRow> rows;   ///< empty: this side has no losses
    std::span<T> shift, weights;  ///< 0 where there is no loss; padded to whole slots

    SoftmaxWeights() = default;
    SoftmaxWeights(std::span<SoftmaxRow> losses, Workspace& workspace) : rows(losses)
    {
        const Index padded = (static_cast<Index>(rows.size()) + strip_columns - 1) / strip_columns * strip_columns;
        shift = workspace.take<T>(padded, T{0});
        weights = workspace.take<T>(padded, T{0});
    }

    [[nodiscard]] bool present() const { return !rows.empty(); }
    [[nodiscard]] const T* shift_at(Index position) const { return present() ? shift.data() + position : nullptr; }
    [[nodiscard]] const T* weight_at(Index position) const { return present() ? weights.data() + position : nullptr; }

    /// Lets the losses of positions [begin, end) weigh `weight` each.
    void fill(Index begin, Index end, double weight)
    {
        for (auto at = static_cast<std::size_t>(begin); at < static_cast<std::size_t>(end); ++at) {
            shift[at] = rows[at].valid() ? static_cast<T>(rows[at].shift) : T{0};
            weights[at] = rows[at].valid() ? static_cast<T>(weight) : T{0};
        }
    }
};

/// Memory for one panel at a time.
template <class T>
struct SoftmaxScratch {
    std::span<T> slot, weights, top, shift, before, sum;
    std::span<MaskElement<T>> masks;
    std::span<Related> kinds;
    std::span<Index> found;
    std::span<double> total;
    std::span<PositiveSums> positives;

    static std::span<SoftmaxScratch> take(const Scene<T>& scene, Index lanes, Workspace& workspace)
    {
        const Index width = scene.width, size = strip_columns * width;
        const auto result = workspace.take<SoftmaxScratch>(lanes, SoftmaxScratch());
        for (SoftmaxScratch& lane : result) {
            lane = {workspace.take<T>(size, T{0}),
                    workspace.take<T>(size),
                    workspace.take<T>(width),
                    workspace.take<T>(width),
                    workspace.take<T>(width),
                    workspace.take<T>(width),
                    workspace.take<MaskElement<T>>(size, 0),
                    workspace.take<Related>(strip_kinds(width)),
                    workspace.take<Index>(width),
                    workspace.take<double>(width),
                    workspace.take<PositiveSums>(width)};
        }
        return result;
    }
};

template <class T>
class SoftmaxPanel {
public:
    /// `kept`: null, or room for the strips of all columns, to be weighed later. `origins`: then one per row and slot.
    SoftmaxPanel(const SoftmaxSetting<T>& setting, Index panel, const SoftmaxScratch<T>& scratch, T* kept = nullptr,
                 T* origins = nullptr)
        : setting_(setting),
          scene_(setting.scene),
          strip_(setting.scene, setting.rows, setting.columns, panel),
          scratch_(scratch),
          kept_(kept),
          origins_(origins)
    {
    }

    [[nodiscard]] Index base() const { return strip_.base(); }
    [[nodiscard]] Index count() const { return strip_.count(); }

    /// Sums and losses of the panel's rows. `own(position, f)` calls f(logit) for further negatives. Kept are the
    /// exponentials of slots of negatives, relative to their origins, and the scores of other slots.
    template <class Own>
    void sum(const Own& own, std::span<SoftmaxRow> results)
    {
        SoftmaxRow* const result = results.data() + base();
        sum_negatives();
        for (Index r = 0; r < count(); ++r) {
            const auto at = static_cast<std::size_t>(r);
            LogSum sums{static_cast<double>(scratch_.shift[at]), scratch_.total[at]};
            result[r].negative_count = scratch_.found[at];
            own(base() + r, [&](double logit) {
                sums.add(logit);
                ++result[r].negative_count;
            });
            result[r].negatives = result[r].negative_count > 0 ? sums.log() : 0;
        }
        sum_positives(result);
        for (Index r = 0; r < count(); ++r) {
            scratch_.positives[static_cast<std::size_t>(r)].finish(setting_.denominator, result[r]);
        }
    }

    /// The weights of the pairs with the columns [begin, end), in place of what is kept: by the losses of the rows, of
    /// the columns, or both. Unless the panel has been summed, scores are computed first. Adds to `gradient`, unless it
    /// is null: weights times columns.
    MOHS_NOINLINE void weigh(Index begin, Index end, const SoftmaxWeights<T>& by_row,
                             const SoftmaxWeights<T>& by_column, T* gradient)
    {
        isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
            for (Index slot = begin; slot < end; slot += strip_columns) {
                weigh_slot<decltype(isa)>(slot, by_row, by_column);
                if (gradient != nullptr) {
                    isa::enter(isa, UpdatePanel<T>{strip_at(slot), slot_size(setting_.columns, slot),
                                                   setting_.columns.packed->panels + slot * scene_.depth, scene_.depth,
                                                   gradient});
                }
            }
        });
    }

private:
    [[nodiscard]] T* strip_at(Index slot) const
    {
        return kept_ != nullptr ? kept_ + slot * scene_.width : scratch_.slot.data();
    }
    [[nodiscard]] T* origins_at(Index slot) const { return origins_ + slot / strip_columns * scene_.width; }

    MOHS_NOINLINE void sum_negatives()
    {
        isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
            origins_ != nullptr ? sum_slots<decltype(isa), true>() : sum_slots<decltype(isa), false>();
        });
    }

    template <class Isa, bool Keep>
    MOHS_ALWAYS_INLINE void sum_slots()
    {
        constexpr int width = panel_width<Isa, T>;
        T *const top = scratch_.top.data(), *const shift = scratch_.shift.data(), *const sum = scratch_.sum.data();
        std::fill(top, top + width, below_all_scores<T>);
        std::fill(shift, shift + width, below_all_scores<T> * setting_.factor);
        std::fill(scratch_.total.begin(), scratch_.total.end(), 0.0);
        std::fill(scratch_.found.begin(), scratch_.found.end(), Index{0});
        for (Index slot = 0; slot < setting_.columns.rows(); slot += strip_columns) {
            const Index size = slot_size(setting_.columns, slot);
            T* const strip = strip_at(slot);
            strip_.template compute<Isa>(slot, strip);
            std::copy(shift, shift + width, scratch_.before.data());
            if (strip_.all_negative(slot, size, scratch_.kinds.data())) {
                sum_exponentials<Isa, T, false, Keep>(strip, nullptr, size, setting_.factor, top, shift, sum);
                for (Index& found : scratch_.found) {
                    found += size;
                }
            } else {
                mask_negatives(size);
                sum_exponentials<Isa, T, true, false>(strip, scratch_.masks.data(), size, setting_.factor, top, shift,
                                                      sum);
            }
            if constexpr (Keep) {
                std::copy(shift, shift + width, origins_at(slot));
            }
            add_slot();
        }
    }

    /// Adds the sums of a slot to the totals, which are relative to the shifts before.
    MOHS_NOINLINE void add_slot()
    {
        for (std::size_t r = 0; r < static_cast<std::size_t>(count()); ++r) {
            if (scratch_.shift[r] != scratch_.before[r]) {
                scratch_.total[r] *=
                    std::exp(static_cast<double>(scratch_.before[r]) - static_cast<double>(scratch_.shift[r]));
            }
            scratch_.total[r] += static_cast<double>(scratch_.sum[r]);
        }
    }

    MOHS_NOINLINE void mask_negatives(Index columns)
    {
        for (Index c = 0; c < columns; ++c) {
            for (Index r = 0; r < count(); ++r) {
                const auto at = static_cast<std::size_t>(c * scene_.width + r);
                const bool negative = scratch_.kinds[at] == Related::negative;
                scratch_.masks[at] = negative ? -1 : 0;
                scratch_.found[static_cast<std::size_t>(r)] += negative;
            }
        }
    }

    MOHS_NOINLINE void sum_positives(const SoftmaxRow* results)
    {
        std::fill(scratch_.positives.begin(), scratch_.positives.end(), PositiveSums());
        Related* const kinds = scratch_.kinds.data();
        for (Index slot = strip_.first_positive() / strip_columns * strip_columns; slot < strip_.last_positive();
             slot += strip_columns) {
            const Index size = slot_size(setting_.columns, slot);
            if (strip_.all_negative(slot, size, kinds) || !strip_.any_positive(size, kinds)) {
                continue;
            }
            if (kept_ == nullptr) {
                isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                    strip_.template compute<decltype(isa)>(slot, strip_at(slot));
                });
            }
            const T* const scores = strip_at(slot);
            for (Index at = 0; at < size * scene_.width; ++at) {
                const Index r = at % scene_.width;
                if (r < count() && kinds[at] == Related::positive) {
                    scratch_.positives[static_cast<std::size_t>(r)].add(setting_.denominator, results[r].negatives,
                                                                        logit(scores[at]));
                }
            }
        }
    }

    template <class Isa>
    MOHS_ALWAYS_INLINE void weigh_slot(Index slot, const SoftmaxWeights<T>& by_row, const SoftmaxWeights<T>& by_column)
    {
        const Index size = slot_size(setting_.columns, slot);
        T* const strip = strip_at(slot);
        const T *const row_shift = by_row.shift_at(base()), *const row_weight = by_row.weight_at(base()),
                       *const column_shift = by_column.shift_at(slot), *const column_weight = by_column.weight_at(slot);
        const bool plain = strip_.all_negative(slot, size, scratch_.kinds.data());
        if (origins_ == nullptr) {
            strip_.template compute<Isa>(slot, strip);
        } else if (plain) {
            scale_exponentials<Isa, T>(strip, size, origins_at(slot), row_shift, row_weight);
            return;
        }
        T* const weights = plain ? strip : scratch_.weights.data();
        const auto weigh = [&](auto rows, auto columns) MOHS_INLINE_LAMBDA {
            weigh_negatives<Isa, T, decltype(rows)::value, decltype(columns)::value>(
                strip, size, setting_.factor, row_shift, row_weight, column_shift, column_weight, weights);
        };
        if (by_row.present() && by_column.present()) {
            weigh(std::true_type{}, std::true_type{});
        } else if (by_row.present()) {
            weigh(std::true_type{}, std::false_type{});
        } else {
            weigh(std::false_type{}, std::true_type{});
        }
        if (!plain) {
            weigh_others(slot, size, by_row, by_column);
            std::copy(weights, weights + size * scene_.width, strip);
        }
    }

    /// The weights of pairs that are not negatives of both their anchors.
    MOHS_NOINLINE void weigh_others(Index slot, Index columns, const SoftmaxWeights<T>& by_row,
                                    const SoftmaxWeights<T>& by_column)
    {
        const Related *const kinds = scratch_.kinds.data(), *const from_columns = strip_.from_columns(kinds);
        const T* const strip = strip_at(slot);
        for (Index c = 0; c < columns; ++c) {
            for (Index r = 0; r < count(); ++r) {
                const Index at = c * scene_.width + r;
                if (kinds[at] != Related::negative || from_columns[at] != Related::negative) {
                    scratch_.weights[static_cast<std::size_t>(at)] =
                        static_cast<T>(pair_weight(by_row, base() + r, kinds[at], strip[at]) +
                                       pair_weight(by_column, slot + c, from_columns[at], strip[at]));
                }
            }
        }
    }

    [[nodiscard]] double pair_weight(const SoftmaxWeights<T>& side, Index position, Related kind, T score) const
    {
        const auto at = static_cast<std::size_t>(position);
        if (!side.present() || side.weights[at] == 0 || kind == Related::neither) {
            return 0;
        }
        const SoftmaxRow& row = side.rows[at];
        const double slope = kind == Related::positive ? row.positive_slope(setting_.denominator, logit(score))
                                                       : std::exp(logit(score) + row.shift);
        return slope * static_cast<double>(side.weights[at]);
    }

    [[nodiscard]] double logit(T score) const
    {
        return static_cast<double>(score) * static_cast<double>(setting_.factor);
    }

    const SoftmaxSetting<T>& setting_;
    const Scene<T>& scene_;
    StripRows<T> strip_;
    const SoftmaxScratch<T>& scratch_;
    T* kept_;
    T* origins_;
};

}  // namespace mohs::inline MOHS_ABI::detail
