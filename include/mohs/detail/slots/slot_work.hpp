#pragma once

/// \file
/// Mining by slots: what the steps share, and where a strategy wants its negatives.

#include <mohs/detail/slots/choose_positives.hpp>
#include <mohs/detail/slots/slot_selector.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The positives of a batch as slots, with all that the later steps look at.
template <class M, class T, class A, class B>
class SlotWork {
public:
    const Scene<T>& scene;
    const Batch<A>& anchors;
    const Batch<B>& candidates;
    const Options& options;
    Workspace& workspace;
    Slots<T> triplet_slots = {};
    std::span<double> positive_value;               ///< per slot: exact, or that of the score where that will do
    double positive_error = 0;                      ///< bound on what those may be off by
    std::span<const std::int32_t> anchor_position;  ///< per anchor row, -1 for rows that are not finite

    /// Chooses positives. `exact`: whether more is done with values than to report them.
    template <class Positive>
    SlotWork(const Scene<T>& packed, const Batch<A>& of_anchors, const Batch<B>& of_candidates,
             const Positive& strategy, const Options& how, Workspace& memory, bool exact = true)
        : scene(packed), anchors(of_anchors), candidates(of_candidates), options(how), workspace(memory)
    {
        triplet_slots = choose_positives<M>(strategy, scene, anchors, candidates, options, workspace);
        positive_value = workspace.take<double>(triplet_slots.size());
        if (!exact && Finish<M>::is_product) {
            positive_error = score_error<M>(scene) * scene.anchors.unscale * scene.candidates.unscale;
        }
        each_slot([&](Anchor anchor, std::size_t slot) {
            if constexpr (Finish<M>::is_product) {
                if (!exact) {
                    positive_value[slot] = value_of_score<M>(scene, triplet_slots.score[slot]);
                    return;
                }
            }
            positive_value[slot] = measure_rows<M>(anchors, anchor.row, candidates, triplet_slots.positive[slot]);
        });
        anchor_position = invert(scene.anchors.order.row_of, anchors.rows(), workspace);
    }

    /// Calls `f(anchor, slot)` for every slot with a positive.
    template <class Function>
    void each_slot(const Function& f) const
    {
        each_slot(triplet_slots, f);
    }
    template <class Function>
    void each_slot(const Slots<T>& of, const Function& f) const
    {
        for (Index row = 0; row < anchors.rows(); ++row) {
            for (std::size_t slot = of.begin(Anchor{row}); slot < of.end(Anchor{row}); ++slot) {
                if (of.positive[slot] >= 0) {
                    f(Anchor{row}, slot);
                }
            }
        }
    }

    [[nodiscard]] Index position_of(Anchor anchor) const
    {
        return anchor_position[static_cast<std::size_t>(anchor.row)];
    }

    /// Per anchor row, the exact values between the anchor and all its positives.
    [[nodiscard]] std::span<const PositiveValues> all_positive_values() const
    {
        const std::span<PositiveValues> result =
            workspace.take<PositiveValues>(anchors.rows(), PositiveValues{0, 0, 0});
        for (Index position = 0; position < scene.anchors.rows(); ++position) {
            const Index row = scene.anchors.row_of(position);
            PositiveValues& values = result[static_cast<std::size_t>(row)];
            const Positions positives = positives_of(scene, position);
            double count = 0;
            for (Index i = 0; i < positives.size(); ++i) {
                if (relation_of(scene, position, positives[i]) == Related::positive) {
                    const double value =
                        measure_rows<M>(anchors, row, candidates, scene.candidates.row_of(positives[i]));
                    values.min = count == 0 ? value : (std::min)(values.min, value);
                    values.max = count == 0 ? value : (std::max)(values.max, value);
                    values.mean += value;
                    ++count;
                }
            }
            values.mean /= (std::max)(count, 1.0);
        }
        return result;
    }

    /// Whether a row is used as an anchor at all.
    [[nodiscard]] bool takes_part(Anchor anchor) const
    {
        const Index position = position_of(anchor);
        return position >= 0 && scene.anchors.has_role(position, Role::anchor);
    }

    /// Whether an anchor has any negative: a row of another label that is not of its own sample.
    [[nodiscard]] bool has_negative(Anchor anchor) const
    {
        const Index position = position_of(anchor), count = scene.candidates.rows();
        // The candidates behind the positives come first: nearly always one of them answers.
        const Index begin = scene.lists.present ? 0 : scene.class_range_of(position).end;
        for (Index i = 0; i < count; ++i) {
            if (relation_of(scene, position, (begin + i) % count) == Related::negative) {
                return true;
            }
        }
        return false;
    }

    /// One slot per anchor with a positive, for choices that do not depend on which.
    [[nodiscard]] Slots<T> anchor_slots() const
    {
        const std::span<std::int32_t> rows = workspace.take<std::int32_t>(anchors.rows(), -1);
        each_slot([&](Anchor anchor, std::size_t slot) {
            rows[static_cast<std::size_t>(anchor.row)] = triplet_slots.positive[slot];
        });
        return single_slots<T>(rows, workspace);
    }

    /// Per slot, the score that negatives have to stay beyond.
    template <class Negative>
    [[nodiscard]] std::span<const T> bounds() const
    {
        if constexpr (beyond_of<Negative> == Beyond::positive) {
            return triplet_slots.score;
        } else if constexpr (beyond_of<Negative> == Beyond::farthest_positive) {
            Best<Among::positives, true> farthest;
            const auto found = select<M>(scene, options, workspace, farthest);
            const std::span<T> result = workspace.take<T>(triplet_slots.size(), lowest<T>);
            each_slot([&](Anchor anchor, std::size_t slot) {
                result[slot] = std::get<0>(found).threshold[position_of(anchor)];
            });
            return result;
        } else {
            return {};
        }
    }

    /// Per slot, scores below which no candidate can be within the margin or the band; in the direction of 1, scores
    /// above which every candidate is within the margin.
    template <class Negative>
    [[nodiscard]] std::span<const T> floors(const Negative& negative, const Slots<T>& of, int direction = -1) const
    {
        std::span<T> floor;
        if constexpr (has_margin<Negative> || has_band<Negative>) {
            floor = workspace.take<T>(of.size(), highest<T>);
            each_slot(of, [&](Anchor anchor, std::size_t slot) {
                const Index position = position_of(anchor);
                if constexpr (has_band<Negative>) {
                    const std::optional<double>& farthest = Finish<M>::far_end(negative.low, negative.high);
                    floor[slot] = farthest ? widened_score<M>(scene, position, *farthest, direction) : lowest<T>;
                } else {
                    floor[slot] =
                        negative.margin >= no_margin
                            ? lowest<T>
                            : widened_score<M>(scene, position,
                                               Finish<M>::farther_by(positive_value[slot], negative.margin), direction);
                }
            });
        }
        return floor;
    }

    /// Per slot, scores above which no candidate can be within the band.
    template <class Negative>
    [[nodiscard]] std::span<const T> ceilings(const Negative& negative, const Slots<T>& of) const
    {
        std::span<T> ceiling;
        if constexpr (has_band<Negative>) {
            ceiling = workspace.take<T>(of.size(), lowest<T>);
            each_slot(of, [&](Anchor anchor, std::size_t slot) {
                const std::optional<double>& closest = Finish<M>::close_end(negative.low, negative.high);
                ceiling[slot] = closest ? widened_score<M>(scene, position_of(anchor), *closest, 1) : highest<T>;
            });
        }
        return ceiling;
    }

    /// Per slot and filter, the scores that decide; empty if all filters have to be asked.
    template <class... Filters>
    [[nodiscard]] std::span<const FilterBounds<T>> filter_bounds(const std::tuple<Filters...>& filters,
                                                                 const Slots<T>& of,
                                                                 std::span<const PositiveValues> all_positives) const
    {
        std::span<FilterBounds<T>> bounds;
        if constexpr ((has_limits<M, Filters> || ...)) {
            bounds =
                workspace.take<FilterBounds<T>>(of.size() * static_cast<Index>(sizeof...(Filters)), FilterBounds<T>{});
            each_slot(of, [&](Anchor anchor, std::size_t slot) {
                // Where slots are not those of the positives, no filter looks at the positive.
                const KnownPositive positive{
                    of.size() == triplet_slots.size() ? positive_value[slot] : 0, positive_error,
                    all_positives.empty() ? nullptr : &all_positives[static_cast<std::size_t>(anchor.row)]};
                find_bounds<M>(filters, scene, position_of(anchor), positive,
                               bounds.subspan(slot * sizeof...(Filters), sizeof...(Filters)));
            });
        }
        return bounds;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
