#pragma once

/// \file
/// The limits of a selector's filters as the kernels want them, and what was counted by them.

#include <mohs/detail/kernel/count_close.hpp>
#include <mohs/detail/scene/build_scene.hpp>

#include <bit>

namespace mohs::inline MOHS_ABI::detail {

/// Per layer, limit and anchor position: the lowest limit of an anchor is its first, and limits that it does not have
/// are out of reach. A count is of all that is above a limit, so it includes those of the limits that follow.
template <class T>
struct CloseTally {
    T* limit = nullptr;
    T* sure_above = nullptr;
    MaskElement<T>* count = nullptr;
    int limits = 0;  ///< the most that any anchor has; 0 if nothing is to be counted this way
    Index capacity = 0, padded = 0;

    /// Where the limits of an anchor begin.
    [[nodiscard]] Index first_of(Index layer, Index position) const { return layer * capacity * padded + position; }

    /// The anchors of a panel as a side of a tile.
    [[nodiscard]] CloseSide<T> side(Index layer, Index base, const T* bias, std::uint64_t& unsure) const
    {
        const Index first = first_of(layer, base);
        return {limit + first, sure_above + first, count + first, bias, unsure};
    }

    /// Counts those of `lanes` that are sure to be too close, one by one; returns the others.
    template <class Score>
    [[nodiscard]] std::uint64_t count_sure(Index layer, Index position, std::uint64_t lanes,
                                           const Score& score_of) const
    {
        const Index first = first_of(layer, position);
        std::uint64_t others = lanes;
        for (std::uint64_t left = lanes; left != 0; left &= left - 1) {
            const T score = score_of(std::countr_zero(left));
            int above = 0;
            while (above < limits && score > limit[first + above * padded]) {
                ++above;
            }
            if (above > 0 && score > sure_above[first + (above - 1) * padded]) {
                add(first, above, 1);
                others &= ~(left & -left);
            }
        }
        return others;
    }

    /// Adds to the counts of the lowest limits of an anchor.
    void add(Index first, int lowest, int change) const
    {
        for (int i = 0; i < lowest; ++i) {
            count[first + i * padded] += change;
        }
    }
};

/// Calls `f(anchor, layer, first, limits)` for the layers of all anchors, with where their limits begin in a tally.
template <class T, class Selection, class Function>
void for_close_limits(const Selection& selection, const Scene<T>& scene, const Function& f)
{
    for (Index layer = 0; layer < selection.selector->layers(); ++layer) {
        for (Index position = 0; position < scene.anchors.rows(); ++position) {
            if (selection.threshold[layer * selection.padded + position] != Selection::closed) {
                const Anchor anchor{scene.anchors.row_of(position)};
                const int number = static_cast<int>(layer);
                f(anchor, number, selection.close.first_of(layer, position),
                  selection.selector->close_limits(anchor, number));
            }
        }
    }
}

/// Asks a selector for its limits. Where samples have ids, what is above may be of the anchor's own, and is not counted
/// unseen.
template <class T, class Selection>
void start_close_tally(Selection& selection, const Scene<T>& scene, Workspace& workspace)
{
    if (scene.has_ids) {
        return;
    }
    CloseTally<T>& tally = selection.close;
    tally.capacity = Selection::Selector::most_close_limits;
    tally.padded = selection.padded;
    const Index size = selection.selector->layers() * tally.capacity * tally.padded;
    tally.limit = workspace.take<T>(size, highest<T>).data();
    tally.sure_above = workspace.take<T>(size, highest<T>).data();
    tally.count = workspace.take<MaskElement<T>>(size, MaskElement<T>{0}).data();
    for_close_limits(selection, scene, [&](Anchor, int, Index first, const auto& limits) {
        for (std::size_t i = 0; i < limits.size; ++i) {
            const Index at = first + static_cast<Index>(limits.size - 1 - i) * tally.padded;
            tally.limit[at] = limits.unsure_above[i];
            tally.sure_above[at] = limits.reject_above[i];
        }
        tally.limits = (std::max)(tally.limits, static_cast<int>(limits.size));
    });
}

/// Tells a selector what was counted in its scan.
template <class T, class Selection>
void finish_close_tally(Selection& selection, const Scene<T>& scene)
{
    if (selection.close.limits == 0) {
        return;
    }
    for_close_limits(selection, scene, [&](Anchor anchor, int layer, Index first, const auto& limits) {
        MaskElement<T> above = 0;
        for (std::size_t i = 0; i < limits.size; ++i) {
            const Index at = first + static_cast<Index>(limits.size - 1 - i) * selection.padded;
            selection.selector->count_close(anchor, layer, limits.filter[i],
                                            static_cast<std::int32_t>(selection.close.count[at] - above));
            above = selection.close.count[at];
        }
    });
}

}  // namespace mohs::inline MOHS_ABI::detail
