#pragma once

/// \file
/// The driver of selectors: tiles are computed once, tested against the thresholds of their rows and, in a self-scan,
/// of their columns.

#include <mohs/detail/kernel/dot_edge.hpp>
#include <mohs/detail/scan/offers.hpp>
#include <mohs/detail/screen/screen_log.hpp>

#include <optional>
#include <tuple>

namespace mohs::inline MOHS_ABI::detail {

/// Selections that tiles can be screened for: what falls short of an anchor's only threshold, or of those of all its
/// layers, is nothing to them.
template <class T, class Selection>
inline constexpr bool screenable =
    std::is_same_v<T, float> && !Selection::smallest && !Selection::windowed &&
    (!Selection::layered || Selection::Traits::screens_layers) && Selection::Selector::among != Among::positives;

/// Scans a scene with several selectors at once. `bias`: its metric has biases.
template <class T, bool bias, class... Selections>
class SelectDriver {
public:
    SelectDriver(const Scene<T>& scene, std::tuple<Selections...>& selections)
        : scene_(scene), selections_(selections), offers_(scene)
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
        const int workers_wanted = worker_count(options, anchor_panels);
        cached_ = std::max<Index>(1, cached_bytes_at(scene_.isa) / panel_bytes);
        block_ = std::clamp<Index>(4 * cached_, 1, std::max<Index>(1, anchor_panels / (3 * workers_wanted)));
        const Index anchor_blocks = (anchor_panels + block_ - 1) / block_;
        const int workers = static_cast<int>(std::min<Index>(workers_wanted, anchor_blocks));
        const Index tile_size = scene_.width * scene_.width;
        const std::span<T> tiles = workspace.take<T>(workers * tile_size);
        const std::span<ScreenEntry> entries = start_screening(options, workers, workspace);
        const auto start_worker = [&](int worker) {
            return Worker{tiles.data() + worker * tile_size, screen_worker(entries, worker, workers)};
        };
        FirstException first;
        if (scene_.self) {
            PairSchedule schedule(anchor_blocks, workspace.take<std::uint8_t>(anchor_blocks));
            run_workers(options, workers, first, [&](int worker) {
                Worker at_work = start_worker(worker);
                schedule.work(first, [&](Index i, Index j) {
                    scan_blocks(i * block_, j * block_, (std::min)((j + 1) * block_, candidate_panels), at_work);
                });
            });
        } else {
            const Index candidate_blocks = (candidate_panels + block_ - 1) / block_;
            std::atomic<Index> next{0};
            run_workers(options, workers, first, [&](int worker) {
                Worker at_work = start_worker(worker);
                for (Index i = next.fetch_add(1); i < anchor_blocks && !first.failed(); i = next.fetch_add(1)) {
                    for (Index j = 0; j < candidate_blocks; ++j) {
                        const Index begin = scattered(j, candidate_blocks) * block_;
                        scan_blocks(i * block_, begin, (std::min)(begin + block_, candidate_panels), at_work);
                    }
                }
            });
        }
    }

private:
    /// What a thread works with.
    struct Worker {
        T* tile;
        std::optional<ScreenLog> screen;
    };

    static constexpr bool screens = (int{screenable<T, Selections>} + ...) == 1;

    /// Makes bytes of the rows if that is asked for and helps. Returns memory for the hits of all workers.
    std::span<ScreenEntry> start_screening(const Options& options, int workers, Workspace& workspace)
    {
        if constexpr (screens) {
            if (options.screening == Screening::on && Screen::suits(scene_)) {
                screen_.emplace(scene_, options, workspace);
                std::apply([&](const auto&... selection) { (aim(selection, workspace), ...); }, selections_);
                return workspace.take<ScreenEntry>(workers * ScreenLog::capacity(*screen_, target_));
            }
        }
        return {};
    }

    template <class Selection>
    void aim(const Selection& selection, Workspace& workspace)
    {
        if constexpr (screenable<T, Selection>) {
            using Traits = typename Selection::Traits;
            constexpr bool takes_any = Traits::keeps_one && !Traits::template has_admits<T>;
            target_ = {selection.threshold, workspace.take<float>(selection.padded, lowest<float>).data(),
                       takes_any && !scene_.has_ids};
            if constexpr (Selection::layered) {
                target_.pause = 48;
                if (selection.selector->layers() > 1) {
                    lowest_ = workspace.take<float>(selection.padded, Selection::closed).data();
                    target_.threshold = lowest_;
                    find_lowest(selection, 0, selection.padded);
                }
            }
        }
    }

    /// Finds the lowest thresholds of the layers of `count` anchors from a position on, where these are what is screened
    /// for. Thresholds rise, so until then the old ones are no higher.
    template <class Selection>
    void find_lowest(const Selection& selection, Index first, Index count) const
    {
        if constexpr (Selection::layered && screenable<T, Selection>) {
            for (Index position = first; lowest_ != nullptr && position < first + count; ++position) {
                const std::int32_t layers = selection.layers_of[static_cast<std::size_t>(position / scene_.width)];
                T least = Selection::closed;
                for (Index layer = 0; layer < layers; ++layer) {
                    least = (std::min)(least, selection.threshold[layer * selection.padded + position]);
                }
                lowest_[position] = least;
            }
        }
    }

    [[nodiscard]] std::optional<ScreenLog> screen_worker(std::span<ScreenEntry> entries, int worker, int workers) const
    {
        if (!screen_) {
            return std::nullopt;
        }
        const std::size_t size = entries.size() / static_cast<std::size_t>(workers);
        return ScreenLog(*screen_, target_, entries.subspan(static_cast<std::size_t>(worker) * size, size));
    }

    /// All tiles of the anchor block at panel `anchor_begin` and candidate panels [begin, end).
    void scan_blocks(Index anchor_begin, Index begin, Index end, Worker& worker) const
    {
        const Index anchor_end = (std::min)(anchor_begin + block_, scene_.anchors.panel_count);
        for (Index first = anchor_begin; first < anchor_end; first += cached_) {
            const Index last = (std::min)(first + cached_, anchor_end);
            for (Index i = 0; i < end - begin; ++i) {
                const Index candidate = begin + scattered(i, end - begin);
                for (Index anchor = first; anchor < last && !(scene_.self && anchor > candidate); ++anchor) {
                    scan_tile(anchor, candidate, worker);
                }
            }
        }
        // Before another worker has these anchors.
        score_hits(worker);
    }

    void scan_tile(Index anchor_panel, Index candidate_panel, Worker& worker) const
    {
        const Shown<T> shown{kind_of(scene_, anchor_panel, candidate_panel), anchor_panel * scene_.width,
                             candidate_panel * scene_.width, worker.tile};
        const int wanted = std::apply(
            [&](const auto&... selection) { return (int{layers_shown(selection, shown) > 0} + ...); }, selections_);
        if (wanted == 0) {
            return;
        }
        if (worker.screen && shown.kind == TileKind::negatives && wanted == 1 &&
            worker.screen->look(anchor_panel, candidate_panel, shown_twice(shown))) {
            if (worker.screen->is_full()) {
                score_hits(worker);
            }
            return;
        }
        compute(anchor_panel, candidate_panel, worker.tile);
        std::apply([&](auto&... selection) { (show(selection, shown), ...); }, selections_);
    }

    void score_hits(Worker& worker) const
    {
        if (worker.screen) {
            std::apply([&](auto&... selection) { (offer_hits(selection, *worker.screen), ...); }, selections_);
        }
    }

    template <class Selection>
    void offer_hits(Selection& selection, ScreenLog& log) const
    {
        if constexpr (screenable<T, Selection>) {
            const auto layer = [&](std::int32_t number) {
                return Layer<T, Selection>{selection, selection.threshold + number * selection.padded, nullptr, number,
                                           false};
            };
            // Layers are screened for selectors that measure what they keep.
            log.template flush<Selection::layered>([&](Index anchor, Index candidate, T dot) {
                if constexpr (Selection::layered) {
                    const std::int32_t layers = selection.layers_of[static_cast<std::size_t>(anchor / scene_.width)];
                    for (std::int32_t number = 0; number < layers; ++number) {
                        offers_.offer_dot(layer(number), anchor, candidate, dot);
                    }
                    find_lowest(selection, anchor, 1);
                } else {
                    offers_.offer_dot(layer(0), anchor, candidate, dot);
                }
            });
        }
    }

    void compute(Index anchor_panel, Index candidate_panel, T* tile) const
    {
        const Index panel_size = scene_.width * scene_.depth;
        const T* const a = scene_.anchors.panels + anchor_panel * panel_size;
        const T* const b = scene_.candidates.panels + candidate_panel * panel_size;
        const auto rows = [&](const PackedSide<T>& side, Index panel) {
            return (std::min)(scene_.width, side.rows() - panel * scene_.width);
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

    /// Whether the columns of a tile are anchors too.
    [[nodiscard]] bool shown_twice(const Shown<T>& shown) const
    {
        return scene_.self && shown.row_base != shown.column_base;
    }

    /// The layers of a selection that may want candidates of a tile.
    template <class Selection>
    [[nodiscard]] std::int32_t layers_shown(const Selection& selection, const Shown<T>& shown) const
    {
        if (!concerns(Selection::Selector::among, shown.kind)) {
            return 0;
        }
        if constexpr (Selection::layered) {
            const auto of_panel = [&](Index base) {
                return selection.layers_of[static_cast<std::size_t>(base / scene_.width)];
            };
            return (std::max)(of_panel(shown.row_base), shown_twice(shown) ? of_panel(shown.column_base) : 0);
        } else {
            return 1;
        }
    }

    /// Whether a selection wants no more than the best of a tile, where all pairs of the tile count.
    template <class Selection>
    [[nodiscard]] bool keeps_best(const Selection& selection) const
    {
        if constexpr (Selection::Traits::takes_together) {
            return selection.selector->keeps() == 1 && !scene_.has_ids;
        } else {
            return Selection::Traits::keeps_one;
        }
    }

    template <class Selection>
    void show(Selection& selection, const Shown<T>& shown) const
    {
        const std::int32_t layers = layers_shown(selection, shown);
        for (std::int32_t layer = 0; layer < layers; ++layer) {
            const bool best_only = keeps_best(selection) && shown.kind != TileKind::mixed;
            const Layer<T, Selection> of_layer{
                selection, selection.threshold + layer * selection.padded,
                Selection::windowed ? selection.ceiling + layer * selection.padded : nullptr, layer, best_only};
            TileSurvivors survivors;
            if (shown_twice(shown)) {
                offers_.template test<true>(of_layer, shown, survivors);
                if ((survivors.rows | survivors.columns) != 0) {
                    offers_.offer_rows(of_layer, survivors, shown);
                    offers_.offer_columns(of_layer, survivors, shown);
                }
            } else {
                offers_.template test<false>(of_layer, shown, survivors);
                if (survivors.rows != 0) {
                    offers_.offer_rows(of_layer, survivors, shown);
                }
            }
        }
        find_lowest(selection, shown.row_base, scene_.width);
        if (shown_twice(shown)) {
            find_lowest(selection, shown.column_base, scene_.width);
        }
    }

    const Scene<T>& scene_;
    std::tuple<Selections...>& selections_;
    Offers<T, bias> offers_;
    std::optional<Screen> screen_;
    ScreenTarget target_;
    float* lowest_ = nullptr;       ///< per position: of the thresholds of all layers, where there are several
    Index block_ = 1, cached_ = 1;  ///< panels
};

/// Scans `scene` once with all `selectors`; returns their selections, with the final thresholds, in the workspace's
/// current frame.
template <class M, class T, class... Selectors>
std::tuple<Selection<T, Selectors>...> select(const Scene<T>& scene, const Options& options, Workspace& workspace,
                                              Selectors&... selectors)
{
    std::tuple<Selection<T, Selectors>...> selections{start_selection<T>(selectors, scene, workspace)...};
    SelectDriver<T, has_bias<M>, Selection<T, Selectors>...>(scene, selections).run(options, workspace);
    std::apply([&](auto&... selection) { (finish_selection(selection, scene), ...); }, selections);
    return selections;
}

}  // namespace mohs::inline MOHS_ABI::detail
