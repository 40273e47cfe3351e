#pragma once

/// \file
/// Slots of anchors alone: for negatives that belong to no triplet.

#include <mohs/detail/slots/choose_positives.hpp>
#include <mohs/detail/slots/negative_rule.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// One slot per row that may be an anchor.
template <class T>
Slots<T> slot_per_anchor(const Scene<T>& scene, Workspace& workspace)
{
    const std::span<std::int32_t> rows = workspace.take<std::int32_t>(scene.anchors.batch_rows, -1);
    for (Index position = 0; position < scene.anchors.rows(); ++position) {
        if (scene.anchors.has_role(position, Role::anchor)) {
            rows[static_cast<std::size_t>(scene.anchors.row_of(position))] = 0;
        }
    }
    return single_slots<T>(rows, workspace);
}

/// Per slot and filter of pairs, the scores that decide; empty if all filters have to be asked.
template <class M, class T, class... Filters>
std::span<const FilterBounds<T>> bounds_per_anchor(const std::tuple<Filters...>& filters, const Scene<T>& scene,
                                                   const Slots<T>& anchor_slots, Workspace& workspace)
{
    if constexpr ((has_limits<M, Filters> || ...)) {
        constexpr std::size_t count = sizeof...(Filters);
        const std::span<FilterBounds<T>> bounds =
            workspace.take<FilterBounds<T>>(anchor_slots.size() * static_cast<Index>(count), FilterBounds<T>{});
        for (Index position = 0; position < scene.anchors.rows(); ++position) {
            const Anchor anchor{scene.anchors.row_of(position)};
            for (std::size_t slot = anchor_slots.begin(anchor); slot < anchor_slots.end(anchor); ++slot) {
                find_bounds<M>(filters, scene, position, KnownPositive{0, 0, nullptr},
                               bounds.subspan(slot * count, count));
            }
        }
        return bounds;
    } else {
        return {};
    }
}

/// Any negative that filters of pairs let pass.
template <class M, class T, class A, class B, class... Filters>
class AnyNegative {
public:
    using Rule = NegativeRule<M, T, A, B, AnyPlace, Filters...>;

    AnyNegative(const std::tuple<Filters...>& filters, const Scene<T>& scene, const Batch<A>& anchors,
                const Batch<B>& candidates, Workspace& workspace)
        : anchor_slots(slot_per_anchor(scene, workspace)),
          rule{.anchors = anchors,
               .candidates = candidates,
               .strategy = anywhere,
               .filters = filters,
               .triplet_slots = anchor_slots,
               .filter_bounds = bounds_per_anchor<M>(filters, scene, anchor_slots, workspace)}
    {
    }
    AnyNegative(const AnyNegative&) = delete;
    AnyNegative& operator=(const AnyNegative&) = delete;
    ~AnyNegative() = default;

    const Slots<T> anchor_slots;
    const Rule rule;

private:
    static constexpr AnyPlace anywhere{};
};

}  // namespace mohs::inline MOHS_ABI::detail
