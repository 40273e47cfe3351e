#pragma once

/// \file
/// The driver of selectors: tiles are computed once, tested against the thresholds of their rows and, in a self-scan,
/// of their columns.

#include <mohs/detail/relate.hpp>
#include <mohs/detail/row.hpp>
#include <mohs/detail/tile.hpp>

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

/// Scans a scene with several selectors at once. `Ids` gives sample ids by row.
template <class T, class M, class Ids, class... Selections>
class SelectDriver {
public:
    SelectDriver(const Scene<T>& scene, const Ids& ids, std::tuple<Selections...>& selections)
        : scene_(scene), ids_(ids), selections_(selections)
    {
    }

    void run(const Options& options, Workspace& workspace)
    {
        const Index anchor_panels = scene_.anchors.panel_count, candidate_panels = scene_.candidates.panel_count;
        if (anchor_panels == 0 || candidate_panels == 0) {
            return;
        }
        const Workspace::Frame frame(workspace);
        // A block of panels on either side has to stay in the L2 cache while all their tiles are computed.
        const Index panel_bytes = scene_.width * scene_.depth * static_cast<Index>(sizeof(T));
        const int lanes_wanted = lane_count(options, anchor_panels);
        block_ = std::max<Index>(1, std::min<Index>(block_bytes / panel_bytes, anchor_panels / (3 * lanes_wanted)));
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
    static constexpr Index block_bytes = 160 << 10;

    /// All tiles of the anchor block at panel `anchor_begin` and candidate panels [begin, end).
    void scan_blocks(Index anchor_begin, Index begin, Index end, T* tile) const
    {
        const Index anchor_end = std::min(anchor_begin + block_, scene_.anchors.panel_count);
        isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
            for (Index candidate = begin; candidate < end; ++candidate) {
                for (Index anchor = anchor_begin; anchor < anchor_end && !(scene_.self && anchor > candidate);
                     ++anchor) {
                    scan_tile<decltype(isa)>(anchor, candidate, tile);
                }
            }
        });
    }

    template <class Isa>
    MOHS_ALWAYS_INLINE void scan_tile(Index anchor_panel, Index candidate_panel, T* tile) const
    {
        const TileKind kind = kind_of(scene_, anchor_panel, candidate_panel);
        if (!(concerns(Selections::Selector::among, kind) || ...)) {
            return;
        }
        const Index panel_size = scene_.width * scene_.depth;
        isa::enter(Isa{},
                   DotPanels<Isa, T>{scene_.anchors.panels + anchor_panel * panel_size,
                                     scene_.candidates.panels + candidate_panel * panel_size, scene_.depth, tile});
        // Not std::apply: it calls through functions that are not compiled for this instruction set.
        [&]<std::size_t... I>(std::index_sequence<I...>) MOHS_INLINE_LAMBDA {
            (show<Isa>(std::get<I>(selections_), kind, anchor_panel, candidate_panel, tile), ...);
        }(std::index_sequence_for<Selections...>{});
    }

    template <class Isa, class Selection>
    MOHS_ALWAYS_INLINE void show(Selection& selection, TileKind kind, Index anchor_panel, Index candidate_panel,
                                 const T* tile) const
    {
        using Test = TileTest<Selection::smallest, Selection::windowed, has_bias<M>>;
        if (!concerns(Selection::Selector::among, kind)) {
            return;
        }
        const Index row_base = anchor_panel * scene_.width, column_base = candidate_panel * scene_.width;
        const auto side = [&](const PackedSide<T>& packed, Index base) {
            return TileSide<T>{selection.threshold + base,
                               selection.ceiling == nullptr ? nullptr : selection.ceiling + base,
                               has_bias<M> ? packed.bias + base : nullptr};
        };
        const TileSide<T> rows = side(scene_.anchors, row_base);
        if (scene_.self && anchor_panel != candidate_panel) {
            const TileSide<T> columns = side(scene_.candidates, column_base);
            const TileHits hits = find_hits<Isa, T, Test, true>(tile, rows, columns);
            if ((hits.rows | hits.columns) != 0) {
                offer_rows<Test>(selection, hits.rows, kind, anchor_panel, candidate_panel, tile);
                offer_columns<Test>(selection, hits.columns, kind, anchor_panel, candidate_panel, tile);
            }
        } else {
            // Thresholds of a gallery's rows do not exist: only its biases are looked at.
            const TileSide<T> columns{nullptr, nullptr, has_bias<M> ? scene_.candidates.bias + column_base : nullptr};
            const TileHits hits = find_hits<Isa, T, Test, false>(tile, rows, columns);
            if (hits.rows != 0) {
                offer_rows<Test>(selection, hits.rows, kind, anchor_panel, candidate_panel, tile);
            }
        }
    }

    /// Offers what survives in the rows of a tile that are hit.
    template <class Test, class Selection>
    MOHS_NOINLINE void offer_rows(Selection& selection, std::uint64_t hits, TileKind kind, Index anchor_panel,
                                  Index candidate_panel, const T* tile) const
    {
        const Index row_base = anchor_panel * scene_.width, column_base = candidate_panel * scene_.width;
        hits &= lanes_between(row_base, scene_.anchors.rows(), row_base, scene_.width);
        for (; hits != 0; hits &= hits - 1) {
            const int r = std::countr_zero(hits);
            const T* const scores = tile + r * scene_.width;
            for (std::uint64_t left = lanes_of<Selection>(kind, row_base + r, candidate_panel); left != 0;
                 left &= left - 1) {
                const int c = std::countr_zero(left);
                const T score = Test::bias ? scores[c] + scene_.candidates.bias[column_base + c] : scores[c];
                offer<Test>(selection, row_base + r, column_base + c, score);
            }
        }
    }

    /// The same for the columns, as anchors whose candidates are the rows.
    template <class Test, class Selection>
    MOHS_NOINLINE void offer_columns(Selection& selection, std::uint64_t hits, TileKind kind, Index anchor_panel,
                                     Index candidate_panel, const T* tile) const
    {
        const Index row_base = anchor_panel * scene_.width, column_base = candidate_panel * scene_.width;
        hits &= lanes_between(column_base, scene_.candidates.rows(), column_base, scene_.width);
        for (; hits != 0; hits &= hits - 1) {
            const int c = std::countr_zero(hits);
            for (std::uint64_t left = lanes_of<Selection>(kind, column_base + c, anchor_panel); left != 0;
                 left &= left - 1) {
                const int r = std::countr_zero(left);
                const T dot = tile[r * scene_.width + c];
                const T score = Test::bias ? dot + scene_.anchors.bias[row_base + r] : dot;
                offer<Test>(selection, column_base + c, row_base + r, score);
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

    template <class Test, class Selection>
    MOHS_ALWAYS_INLINE void offer(Selection& selection, Index anchor_position, Index candidate_position, T score) const
    {
        T& threshold = selection.threshold[anchor_position];
        if (Test::smallest ? score > threshold : score < threshold) {
            return;
        }
        if constexpr (Test::ceiling) {
            const T ceiling = selection.ceiling[anchor_position];
            if (Test::smallest ? score < ceiling : score > ceiling) {
                return;
            }
        }
        const Anchor anchor{scene_.anchors.row_of(anchor_position)};
        const Candidate candidate{scene_.candidates.row_of(candidate_position)};
        if (scene_.has_ids && ids_.same(anchor, candidate)) {
            return;
        }
        if constexpr (requires { selection.selector->admits(anchor, candidate, score); }) {
            if (!selection.selector->admits(anchor, candidate, score)) {
                return;
            }
        }
        threshold = selection.selector->accept(anchor, candidate, score, threshold);
    }

    const Scene<T>& scene_;
    const Ids& ids_;
    std::tuple<Selections...>& selections_;
    Index block_ = 1;
};

/// Thresholds of a selector before its scan: as far as it knows already, or open for all.
template <class T, class Selector>
Selection<T, Selector> start_selection(Selector& selector, const Scene<T>& scene, Index anchor_rows,
                                       Workspace& workspace)
{
    using Result = Selection<T, Selector>;
    selector.start(anchor_rows, workspace);
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
template <class M, class T, class A, class B, class... Selectors>
std::tuple<Selection<T, Selectors>...> select(const Scene<T>& scene, const Batch<A>& anchors,
                                              const Batch<B>& candidates, const Options& options, Workspace& workspace,
                                              Selectors&... selectors)
{
    std::tuple<Selection<T, Selectors>...> selections{
        start_selection<T>(selectors, scene, anchors.rows(), workspace)...};
    const SampleIds<A, B> ids{anchors, candidates};
    SelectDriver<T, M, SampleIds<A, B>, Selection<T, Selectors>...>(scene, ids, selections).run(options, workspace);
    return selections;
}

}  // namespace mohs::inline MOHS_ABI::detail
