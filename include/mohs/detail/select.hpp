#pragma once

/// \file
/// The driver of selectors: tiles are computed once, tested against the thresholds of their rows and, in a self-scan,
/// of their columns.

#include <mohs/detail/edge.hpp>
#include <mohs/detail/relate.hpp>
#include <mohs/detail/row.hpp>
#include <mohs/visitor.hpp>

#include <array>
#include <bit>
#include <tuple>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// Selectors that keep a candidate, or several, for each of `layers()` choices of an anchor. Every layer has thresholds
/// of its own, and `window`, `admits` and `accept` are told the layer.
template <class Selector>
concept Layered = requires(const Selector& selector) { selector.layers(); };

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
};

/// Selectors that take anything they admit and keep the best: of several survivors only the best has to be offered.
template <class Selector>
inline constexpr bool keeps_one = false;
template <class Selector>
    requires requires { Selector::keeps_one; }
inline constexpr bool keeps_one<Selector> = Selector::keeps_one;

/// Selectors that can count what is too close for their filters without being offered it.
template <class Selector>
inline constexpr bool counts_close = false;
template <class Selector>
    requires requires { Selector::counts_close; }
inline constexpr bool counts_close<Selector> = Selector::counts_close;

/// Scans a scene with several selectors at once. `bias`: its metric has biases.
template <class T, bool bias, class... Selections>
class SelectDriver {
public:
    SelectDriver(const Scene<T>& scene, std::tuple<Selections...>& selections) : scene_(scene), selections_(selections)
    {
    }

    void run(const Options& options, Workspace& workspace)
    {
        const Index anchor_panels = scene_.anchors.panel_count, candidate_panels = scene_.candidates.panel_count;
        if (anchor_panels == 0 || candidate_panels == 0) {
            return;
        }
        const Workspace::Frame frame(workspace);
        // A few anchor panels stay in the L2 cache while the candidates of a block pass by. Blocks are larger than that:
        // every block is read from memory anew, and a pair of blocks reads its anchors once.
        const Index panel_bytes = scene_.width * scene_.depth * static_cast<Index>(sizeof(T));
        const int lanes_wanted = lane_count(options, anchor_panels);
        cached_ = std::max<Index>(1, cached_bytes_at(scene_.isa) / panel_bytes);
        block_ = std::clamp<Index>(4 * cached_, 1, std::max<Index>(1, anchor_panels / (3 * lanes_wanted)));
        const Index anchor_blocks = (anchor_panels + block_ - 1) / block_;
        const int lanes = static_cast<int>(std::min<Index>(lanes_wanted, anchor_blocks));
        const Index tile_size = scene_.width * scene_.width;
        const std::span<T> tiles = workspace.take<T>(lanes * tile_size);
        FirstException first;
        if (scene_.self) {
            PairSchedule schedule(anchor_blocks, workspace.take<std::uint8_t>(anchor_blocks));
            run_lanes(options, lanes, first, [&](int lane) {
                T* const tile = tiles.data() + lane * tile_size;
                schedule.work(first, [&](Index i, Index j) {
                    scan_blocks(i * block_, j * block_, std::min((j + 1) * block_, candidate_panels), tile);
                });
            });
        } else {
            std::atomic<Index> next{0};
            run_lanes(options, lanes, first, [&](int lane) {
                T* const tile = tiles.data() + lane * tile_size;
                for (Index i = next.fetch_add(1); i < anchor_blocks && !first.failed(); i = next.fetch_add(1)) {
                    for (Index j = 0; j < candidate_panels; j += block_) {
                        scan_blocks(i * block_, j, std::min(j + block_, candidate_panels), tile);
                    }
                }
            });
        }
    }

private:
    /// All tiles of the anchor block at panel `anchor_begin` and candidate panels [begin, end).
    void scan_blocks(Index anchor_begin, Index begin, Index end, T* tile) const
    {
        const Index anchor_end = std::min(anchor_begin + block_, scene_.anchors.panel_count);
        for (Index first = anchor_begin; first < anchor_end; first += cached_) {
            const Index last = std::min(first + cached_, anchor_end);
            for (Index candidate = begin; candidate < end; ++candidate) {
                for (Index anchor = first; anchor < last && !(scene_.self && anchor > candidate); ++anchor) {
                    scan_tile(anchor, candidate, tile);
                }
            }
        }
    }

    void scan_tile(Index anchor_panel, Index candidate_panel, T* tile) const
    {
        const Shown shown{kind_of(scene_, anchor_panel, candidate_panel), anchor_panel * scene_.width,
                          candidate_panel * scene_.width, tile};
        const bool wanted = std::apply(
            [&](const auto&... selection) { return ((layers_shown(selection, shown) > 0) || ...); }, selections_);
        if (!wanted) {
            return;
        }
        compute(anchor_panel, candidate_panel, tile);
        std::apply([&](auto&... selection) { (show(selection, shown), ...); }, selections_);
    }

    void compute(Index anchor_panel, Index candidate_panel, T* tile) const
    {
        const Index panel_size = scene_.width * scene_.depth;
        const T* const a = scene_.anchors.panels + anchor_panel * panel_size;
        const T* const b = scene_.candidates.panels + candidate_panel * panel_size;
        const auto rows = [&](const PackedSide<T>& side, Index panel) {
            return std::min(scene_.width, side.rows() - panel * scene_.width);
        };
        const Index of_a = rows(scene_.anchors, anchor_panel), of_b = rows(scene_.candidates, candidate_panel);
        const bool diagonal = scene_.self && anchor_panel == candidate_panel;
        if (diagonal || of_a < scene_.width || of_b < scene_.width) {
            isa::run(scene_.isa,
                     DotEdge<T>{a, b, scene_.depth, tile, static_cast<int>(of_a), static_cast<int>(of_b), diagonal});
        } else {
            isa::run(scene_.isa, DotPanels<T>{a, b, scene_.depth, tile});
        }
    }

    /// A tile, and the positions that its rows and columns begin at.
    struct Shown {
        TileKind kind;
        Index row_base, column_base;
        const T* tile;
    };

    /// Whether the columns of a tile are anchors too.
    [[nodiscard]] bool shown_twice(const Shown& shown) const
    {
        return scene_.self && shown.row_base != shown.column_base;
    }

    /// The layers of a selection that may want candidates of a tile.
    template <class Selection>
    [[nodiscard]] std::int32_t layers_shown(const Selection& selection, const Shown& shown) const
    {
        if (!concerns(Selection::Selector::among, shown.kind)) {
            return 0;
        }
        if constexpr (Selection::layered) {
            const auto of_panel = [&](Index base) {
                return selection.layers_of[static_cast<std::size_t>(base / scene_.width)];
            };
            return std::max(of_panel(shown.row_base), shown_twice(shown) ? of_panel(shown.column_base) : 0);
        } else {
            return 1;
        }
    }

    template <class Selection>
    void show(Selection& selection, const Shown& shown) const
    {
        const std::int32_t layers = layers_shown(selection, shown);
        for (std::int32_t layer = 0; layer < layers; ++layer) {
            const bool best_only = keeps_one<typename Selection::Selector> && shown.kind != TileKind::mixed;
            const Layer<Selection> of_layer{
                selection, selection.threshold + layer * selection.padded,
                Selection::windowed ? selection.ceiling + layer * selection.padded : nullptr, layer, best_only};
            TileSurvivors survivors;
            if (shown_twice(shown)) {
                test<true>(of_layer, shown, survivors);
                if ((survivors.rows | survivors.columns) != 0) {
                    offer_rows(of_layer, survivors, shown);
                    offer_columns(of_layer, survivors, shown);
                }
            } else {
                test<false>(of_layer, shown, survivors);
                if (survivors.rows != 0) {
                    offer_rows(of_layer, survivors, shown);
                }
            }
        }
    }

    /// One layer of a selection while it is shown a tile.
    template <class Selection>
    struct Layer {
        Selection& selection;
        T* threshold;
        T* ceiling;
        std::int32_t number;
        bool best_only;
    };

    template <bool both, class Selection>
    void test(const Layer<Selection>& layer, const Shown& shown, TileSurvivors& survivors) const
    {
        const auto side = [&](const PackedSide<T>& packed, Index base, bool anchors) {
            return TileSide<T>{anchors ? layer.threshold + base : nullptr,
                               anchors && Selection::windowed ? layer.ceiling + base : nullptr,
                               bias ? packed.bias + base : nullptr};
        };
        using Test = TileTest<Selection::smallest, Selection::windowed, bias>;
        isa::run(scene_.isa,
                 TestTile<T, Test, both>{shown.tile, side(scene_.anchors, shown.row_base, true),
                                         side(scene_.candidates, shown.column_base, both), layer.best_only, survivors});
    }

    /// Offers what survives in the rows of a tile.
    template <class Selection>
    MOHS_NOINLINE void offer_rows(const Layer<Selection>& layer, const TileSurvivors& survivors,
                                  const Shown& shown) const
    {
        std::uint64_t hits =
            survivors.rows & lanes_between(shown.row_base, scene_.anchors.rows(), shown.row_base, scene_.width);
        for (; hits != 0; hits &= hits - 1) {
            const int r = std::countr_zero(hits);
            const T* const scores = shown.tile + r * scene_.width;
            offer_lanes(layer, shown.kind, shown.row_base + r, shown.column_base, survivors.in_row[r], [&](int c) {
                return bias ? scores[c] + scene_.candidates.bias[shown.column_base + c] : scores[c];
            });
        }
    }

    /// The same for the columns, as anchors whose candidates are the rows.
    template <class Selection>
    MOHS_NOINLINE void offer_columns(const Layer<Selection>& layer, const TileSurvivors& survivors,
                                     const Shown& shown) const
    {
        std::uint64_t hits = survivors.columns & lanes_between(shown.column_base, scene_.candidates.rows(),
                                                               shown.column_base, scene_.width);
        for (; hits != 0; hits &= hits - 1) {
            const int c = std::countr_zero(hits);
            const T* const scores = shown.tile + c;
            offer_lanes(layer, shown.kind, shown.column_base + c, shown.row_base, survivors.in_column[c], [&](int r) {
                const T dot = scores[r * scene_.width];
                return bias ? dot + scene_.anchors.bias[shown.row_base + r] : dot;
            });
        }
    }

    /// Offers the candidates at `base` in the lanes `found` to one anchor. Where those are only the best and are
    /// refused, the others get their turn.
    template <class Selection, class Score>
    MOHS_ALWAYS_INLINE void offer_lanes(const Layer<Selection>& layer, TileKind kind, Index anchor, Index base,
                                        std::uint64_t found, const Score& score_of) const
    {
        std::uint64_t left = found;
        if (kind == TileKind::mixed) {
            left &= eligible_lanes(scene_, Selection::Selector::among, anchor, base / scene_.width);
        }
        if constexpr (counts_close<typename Selection::Selector>) {
            if (layer.best_only && !scene_.has_ids && offer_past_close(layer, anchor, base, left, score_of)) {
                return;
            }
        }
        bool refused = false;
        for (; left != 0; left &= left - 1) {
            const int lane = std::countr_zero(left);
            refused |= !offer(layer, anchor, base + lane, score_of(lane));
        }
        if (layer.best_only && refused) {
            for (int lane = 0; lane < scene_.width; ++lane) {
                if ((found >> lane & 1) == 0) {
                    offer(layer, anchor, base + lane, score_of(lane));
                }
            }
        }
    }

    /// Counts the candidates that are too close for a filter and offers the others; false, and nothing done, if not
    /// even the best of them, in the lanes `best`, is.
    template <class Selection, class Score>
    MOHS_ALWAYS_INLINE bool offer_past_close(const Layer<Selection>& layer, Index anchor_position, Index base,
                                             std::uint64_t best, const Score& score_of) const
    {
        auto& selector = *layer.selection.selector;
        const Anchor anchor{scene_.anchors.row_of(anchor_position)};
        const auto limits = selector.close_limits(anchor, layer.number);
        if (best == 0 || score_of(std::countr_zero(best)) <= limits.lowest_limit()) {
            return false;
        }
        const T threshold = layer.threshold[anchor_position];
        std::array<std::int32_t, std::tuple_size_v<decltype(limits.filter)>> count{};
        std::uint64_t asked = 0;
        for (int lane = 0; lane < scene_.width; ++lane) {
            // Without branches: where many are rejected, they would be mispredicted.
            const T score = score_of(lane);
            bool left = true, unsure = false;
            for (std::size_t i = 0; i < limits.size; ++i) {
                const bool rejected = score > limits.reject_above[i], kept = score <= limits.unsure_above[i];
                count[i] += left & rejected;
                unsure |= left & !rejected & !kept;
                left &= kept;
            }
            asked |= static_cast<std::uint64_t>(unsure | (left & (score >= threshold))) << lane;
        }
        for (std::size_t i = 0; i < limits.size; ++i) {
            selector.count_close(anchor, layer.number, limits.filter[i], count[i]);
        }
        for (; asked != 0; asked &= asked - 1) {
            const int lane = std::countr_zero(asked);
            offer(layer, anchor_position, base + lane, score_of(lane));
        }
        return true;
    }

    /// Whether a candidate was not refused: one that falls short of the threshold by now is not.
    template <class Selection>
    MOHS_ALWAYS_INLINE bool offer(const Layer<Selection>& layer, Index anchor_position, Index candidate_position,
                                  T score) const
    {
        T& threshold = layer.threshold[anchor_position];
        if (Selection::smallest ? score > threshold : score < threshold) {
            return true;
        }
        if constexpr (Selection::windowed) {
            const T ceiling = layer.ceiling[anchor_position];
            if (Selection::smallest ? score < ceiling : score > ceiling) {
                return false;
            }
        }
        if (scene_.same_sample(anchor_position, candidate_position)) {
            return false;
        }
        const Anchor anchor{scene_.anchors.row_of(anchor_position)};
        const Candidate candidate{scene_.candidates.row_of(candidate_position)};
        auto& selector = *layer.selection.selector;
        if constexpr (Selection::layered) {
            if constexpr (requires { selector.admits(anchor, candidate, score, layer.number); }) {
                if (!selector.admits(anchor, candidate, score, layer.number)) {
                    return false;
                }
            }
            threshold = selector.accept(anchor, candidate, score, threshold, layer.number);
        } else {
            if constexpr (requires { selector.admits(anchor, candidate, score); }) {
                if (!selector.admits(anchor, candidate, score)) {
                    return false;
                }
            }
            threshold = selector.accept(anchor, candidate, score, threshold);
        }
        return true;
    }

    const Scene<T>& scene_;
    std::tuple<Selections...>& selections_;
    Index block_ = 1, cached_ = 1;  ///< panels
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
            threshold[position] =
                Result::smallest ? std::min(window.threshold, Result::open) : std::max(window.threshold, Result::open);
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
    return selection;
}

/// Scans `scene` once with all `selectors`; returns their selections, with the final thresholds, in the workspace's
/// current frame.
template <class M, class T, class... Selectors>
std::tuple<Selection<T, Selectors>...> select(const Scene<T>& scene, const Options& options, Workspace& workspace,
                                              Selectors&... selectors)
{
    std::tuple<Selection<T, Selectors>...> selections{start_selection<T>(selectors, scene, workspace)...};
    SelectDriver<T, has_bias<M>, Selection<T, Selectors>...>(scene, selections).run(options, workspace);
    return selections;
}

}  // namespace mohs::inline MOHS_ABI::detail
