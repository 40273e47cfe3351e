#pragma once

/// \file
/// The driver of selectors: tiles are computed once, tested against the thresholds of their rows and, in a self-scan,
/// of their columns.

#include <mohs/detail/edge.hpp>
#include <mohs/detail/relate.hpp>
#include <mohs/detail/row.hpp>

#include <bit>
#include <tuple>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// A selector at work: its thresholds, per anchor position, padded with thresholds that nothing reaches.
template <class T, class Selector_>
struct Selection {
    using Selector = Selector_;
    static constexpr bool smallest = Selector::smallest_first;
    static constexpr bool windowed =
        requires(Selector& selector, Anchor anchor) { selector.template window<T>(anchor); };
    /// The threshold of an anchor that wants no candidate.
    static constexpr T closed = smallest ? lowest<T> : highest<T>;

    Selector* selector = nullptr;
    T* threshold = nullptr;
    T* ceiling = nullptr;
};

/// Selectors that take anything and keep the best: of several survivors only the best has to be offered.
template <class Selector>
inline constexpr bool keeps_one = false;
template <class Selector>
    requires requires { Selector::keeps_one; }
inline constexpr bool keeps_one<Selector> = Selector::keeps_one;

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
        const TileKind kind = kind_of(scene_, anchor_panel, candidate_panel);
        if (!(concerns(Selections::Selector::among, kind) || ...)) {
            return;
        }
        compute(anchor_panel, candidate_panel, tile);
        std::apply(
            [&](auto&... selection) {
                (show(selection, Shown{kind, anchor_panel * scene_.width, candidate_panel * scene_.width, tile}), ...);
            },
            selections_);
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

    template <class Selection>
    void show(Selection& selection, const Shown& shown) const
    {
        if (!concerns(Selection::Selector::among, shown.kind)) {
            return;
        }
        TileSurvivors survivors;
        if (scene_.self && shown.row_base != shown.column_base) {
            test<true>(selection, shown, survivors);
            if ((survivors.rows | survivors.columns) != 0) {
                offer_rows(selection, survivors, shown);
                offer_columns(selection, survivors, shown);
            }
        } else {
            test<false>(selection, shown, survivors);
            if (survivors.rows != 0) {
                offer_rows(selection, survivors, shown);
            }
        }
    }

    template <bool both, class Selection>
    void test(const Selection& selection, const Shown& shown, TileSurvivors& survivors) const
    {
        const auto side = [&](const PackedSide<T>& packed, Index base, bool anchors) {
            return TileSide<T>{anchors ? selection.threshold + base : nullptr,
                               anchors && Selection::windowed ? selection.ceiling + base : nullptr,
                               bias ? packed.bias + base : nullptr};
        };
        const bool best_only =
            keeps_one<typename Selection::Selector> && shown.kind != TileKind::mixed && !scene_.has_ids;
        using Test = TileTest<Selection::smallest, Selection::windowed, bias>;
        isa::run(scene_.isa,
                 TestTile<T, Test, both>{shown.tile, side(scene_.anchors, shown.row_base, true),
                                         side(scene_.candidates, shown.column_base, both), best_only, survivors});
    }

    /// Offers what survives in the rows of a tile.
    template <class Selection>
    MOHS_NOINLINE void offer_rows(Selection& selection, const TileSurvivors& survivors, const Shown& shown) const
    {
        std::uint64_t hits =
            survivors.rows & lanes_between(shown.row_base, scene_.anchors.rows(), shown.row_base, scene_.width);
        for (; hits != 0; hits &= hits - 1) {
            const int r = std::countr_zero(hits);
            const T* const scores = shown.tile + r * scene_.width;
            std::uint64_t left = survivors.in_row[r] &
                                 lanes_of<Selection>(shown.kind, shown.row_base + r, shown.column_base / scene_.width);
            for (; left != 0; left &= left - 1) {
                const int c = std::countr_zero(left);
                const T score = bias ? scores[c] + scene_.candidates.bias[shown.column_base + c] : scores[c];
                offer(selection, shown.row_base + r, shown.column_base + c, score);
            }
        }
    }

    /// The same for the columns, as anchors whose candidates are the rows.
    template <class Selection>
    MOHS_NOINLINE void offer_columns(Selection& selection, const TileSurvivors& survivors, const Shown& shown) const
    {
        std::uint64_t hits = survivors.columns & lanes_between(shown.column_base, scene_.candidates.rows(),
                                                               shown.column_base, scene_.width);
        for (; hits != 0; hits &= hits - 1) {
            const int c = std::countr_zero(hits);
            std::uint64_t left = survivors.in_column[c] &
                                 lanes_of<Selection>(shown.kind, shown.column_base + c, shown.row_base / scene_.width);
            for (; left != 0; left &= left - 1) {
                const int r = std::countr_zero(left);
                const T dot = shown.tile[r * scene_.width + c];
                const T score = bias ? dot + scene_.anchors.bias[shown.row_base + r] : dot;
                offer(selection, shown.column_base + c, shown.row_base + r, score);
            }
        }
    }

    /// The lanes of `panel` that a selector may be offered for the anchor at `position`.
    template <class Selection>
    std::uint64_t lanes_of(TileKind kind, Index position, Index panel) const
    {
        return kind == TileKind::mixed ? eligible_lanes(scene_, Selection::Selector::among, position, panel)
                                       : lanes_between(0, scene_.width, 0, scene_.width);
    }

    template <class Selection>
    MOHS_ALWAYS_INLINE void offer(Selection& selection, Index anchor_position, Index candidate_position, T score) const
    {
        T& threshold = selection.threshold[anchor_position];
        if (Selection::smallest ? score > threshold : score < threshold) {
            return;
        }
        if constexpr (Selection::windowed) {
            const T ceiling = selection.ceiling[anchor_position];
            if (Selection::smallest ? score < ceiling : score > ceiling) {
                return;
            }
        }
        if (scene_.same_sample(anchor_position, candidate_position)) {
            return;
        }
        const Anchor anchor{scene_.anchors.row_of(anchor_position)};
        const Candidate candidate{scene_.candidates.row_of(candidate_position)};
        if constexpr (requires { selection.selector->admits(anchor, candidate, score); }) {
            if (!selection.selector->admits(anchor, candidate, score)) {
                return;
            }
        }
        threshold = selection.selector->accept(anchor, candidate, score, threshold);
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
    const Index padded = scene.anchors.panel_count * scene.width;
    selection.threshold = workspace.take<T>(padded, Result::smallest ? highest<T> : lowest<T>).data();
    if constexpr (Result::windowed) {
        selection.ceiling = workspace.take<T>(padded).data();
        for (Index position = 0; position < scene.anchors.rows(); ++position) {
            const auto window = selector.template window<T>(Anchor{scene.anchors.row_of(position)});
            selection.threshold[position] = window.threshold;
            selection.ceiling[position] = window.ceiling;
        }
    }
    std::fill(selection.threshold + scene.anchors.rows(), selection.threshold + padded, Result::closed);
    if constexpr (Result::windowed) {
        std::fill(selection.ceiling + scene.anchors.rows(), selection.ceiling + padded, Result::closed);
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
