#pragma once

/// \file
/// Selectors at work: their thresholds, and what the driver may know of them.

#include <mohs/detail/scan/close_tally.hpp>
#include <mohs/detail/scan/pair_keys.hpp>
#include <mohs/detail/scan/selector_traits.hpp>
#include <mohs/detail/scene/relation_of.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// A selector at work: its thresholds, per layer and anchor position, padded with thresholds that nothing reaches.
template <class T, class Selector_>
struct Selection {
    using Selector = Selector_;
    using Traits = SelectorTraits<Selector>;
    static constexpr bool smallest = Selector::smallest_first;
    static constexpr bool layered = Traits::layered;
    static constexpr bool windowed = Traits::template windowed<T>;
    /// The threshold of an anchor that wants no candidate, and of one that wants any.
    static constexpr T closed = smallest ? lowest<T> : highest<T>, open = smallest ? highest<T> / 2 : lowest<T> / 2;

    Selector* selector = nullptr;
    T* threshold = nullptr;
    T* ceiling = nullptr;
    Index padded = 0;
    std::span<std::int32_t> layers_of;  ///< per panel of anchors: the layers that any of them has; only if layered
    CloseTally<T> close;                ///< only if the selector counts
    PairKeys keys;                      ///< only if the selector keeps the best key
};

/// Thresholds of a selector before its scan: as far as it knows already, or open for all.
template <class T, class Selector>
Selection<T, Selector> start_selection(Selector& selector, const Scene<T>& scene, Workspace& workspace)
{
    using Result = Selection<T, Selector>;
    selector.start(scene.anchors.batch_rows, workspace);
    Result selection;
    selection.selector = &selector;
    selection.padded = scene.anchors.panel_count * scene.width;
    const Index rows = scene.anchors.rows();
    const auto fill = [&](Index layer, const auto& window_of) {
        T* const threshold = selection.threshold + layer * selection.padded;
        for (Index position = 0; position < rows; ++position) {
            const Window<T> window = window_of(Anchor{scene.anchors.row_of(position)});
            threshold[position] = Result::smallest ? (std::min)(window.threshold, Result::open)
                                                   : (std::max)(window.threshold, Result::open);
            if constexpr (Result::windowed) {
                selection.ceiling[layer * selection.padded + position] = window.ceiling;
            }
        }
    };
    if constexpr (Result::layered) {
        const Index layers = selector.layers();
        selection.threshold = workspace.take<T>(layers * selection.padded, Result::closed).data();
        if constexpr (Result::windowed) {
            selection.ceiling = workspace.take<T>(layers * selection.padded, Result::closed).data();
        }
        selection.layers_of = workspace.take<std::int32_t>(scene.anchors.panel_count, 0);
        for (Index layer = 0; layer < layers; ++layer) {
            fill(layer, [&](Anchor anchor) { return selector.template window<T>(anchor, static_cast<int>(layer)); });
            for (Index position = 0; position < rows; ++position) {
                if (selection.threshold[layer * selection.padded + position] != Result::closed) {
                    selection.layers_of[static_cast<std::size_t>(position / scene.width)] =
                        static_cast<std::int32_t>(layer + 1);
                }
            }
        }
    } else {
        selection.threshold = workspace.take<T>(selection.padded, Result::open).data();
        std::fill(selection.threshold + rows, selection.threshold + selection.padded, Result::closed);
        if constexpr (Result::windowed) {
            selection.ceiling = workspace.take<T>(selection.padded, Result::closed).data();
            fill(0, [&](Anchor anchor) { return selector.template window<T>(anchor); });
        }
    }
    if constexpr (Result::Traits::counts_close) {
        start_close_tally(selection, scene, workspace);
    }
    if constexpr (Result::Traits::keeps_best_key) {
        selection.keys = start_pair_keys(selector.random_keys(), scene, workspace);
    }
    return selection;
}

/// A tile, and the positions that its rows and columns begin at.
template <class T>
struct Shown {
    TileKind kind;
    Index row_base, column_base;
    const T* tile;
};

/// One layer of a selection while it is shown a tile.
template <class T, class Selection>
struct Layer {
    Selection& selection;
    T* threshold;
    T* ceiling;  ///< null where the selector has no windows
    std::int32_t number;
    bool best_only;  ///< whether all pairs of the tile count, and only the best of an anchor has to be offered

    /// Whether what is too close for filters is counted without being offered.
    [[nodiscard]] bool counts() const { return Selection::Traits::counts_close && selection.close.limits > 0; }
    /// The lowest limits of the anchors from a position on, where that is so.
    [[nodiscard]] const T* lowest_limit(Index position) const
    {
        return selection.close.limit + selection.close.first_of(number, position);
    }
};

/// Tells a selector what was found without it.
template <class T, class Selector>
void finish_selection(Selection<T, Selector>& selection, const Scene<T>& scene)
{
    if constexpr (SelectorTraits<Selector>::counts_close) {
        finish_close_tally(selection, scene);
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
