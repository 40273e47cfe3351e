#pragma once

/// \file
/// Selectors at work: their thresholds, and what the driver may know of them.

#include <mohs/detail/close_tally.hpp>
#include <mohs/detail/pair_keys.hpp>
#include <mohs/visitor.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Selectors that keep a candidate, or several, for each of `layers()` choices of an anchor. Every layer has thresholds
/// of its own, and `window`, `admits` and `accept` are told the layer.
template <class Selector>
concept Layered = requires(const Selector& selector) { selector.layers(); };

/// Selectors that can count what is too close for their filters without being offered it.
template <class Selector>
inline constexpr bool counts_close = false;
template <class Selector>
    requires requires { Selector::counts_close; }
inline constexpr bool counts_close<Selector> = Selector::counts_close;

/// A selector at work: its thresholds, per layer and anchor position, padded with thresholds that nothing reaches.
template <class T, class Selector_>
struct Selection {
    using Selector = Selector_;
    static constexpr bool smallest = Selector::smallest_first;
    static constexpr bool layered = Layered<Selector>;
    static constexpr bool windowed = [] {
        if constexpr (layered) {
            return Selector::windowed;
        } else {
            return requires(Selector& selector, Anchor anchor) { selector.template window<T>(anchor); };
        }
    }();
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

/// Selectors that take anything they admit and keep the best: of several survivors only the best has to be offered.
template <class Selector>
inline constexpr bool keeps_one = false;
template <class Selector>
    requires requires { Selector::keeps_one; }
inline constexpr bool keeps_one<Selector> = Selector::keeps_one;

/// Selectors that admit anything, keep the best `keeps()` candidates, and take all survivors that an anchor has in a
/// tile at once, as their entries.
template <class Selector>
concept TakesTogether = requires(Selector& selector, std::span<const typename Selector::Entry> entries) {
    selector.accept(Anchor{}, entries, entries[0].score());
    selector.keeps();
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
    if constexpr (counts_close<Selector>) {
        start_close_tally(selection, scene, workspace);
    }
    if constexpr (keeps_best_key<Selector>) {
        selection.keys = start_pair_keys(selector, scene, workspace);
    }
    return selection;
}

/// Tells a selector what was found without it.
template <class T, class Selector>
void finish_selection(Selection<T, Selector>& selection, const Scene<T>& scene)
{
    if constexpr (counts_close<Selector>) {
        finish_close_tally(selection, scene);
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
