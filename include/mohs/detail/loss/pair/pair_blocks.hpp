#pragma once

/// \file
/// The sweeps over all pairs: sums of rows and of columns, and the gradients that their weights make.
///
/// As those of a softmax loss: panels of rows are taken in blocks, whose strips are kept, and what is made of them for the
/// rows is made for the columns too, once tiles are turned. A self-scan takes only the columns from its block on. Every
/// row meets its columns in ascending order, so neither blocks nor threads change a bit. Memory is O(N D), and a strip of
/// all columns per panel of a block.

#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/loss/pair/pair_panel.hpp>
#include <mohs/detail/simd/transpose.hpp>
#include <mohs/finish.hpp>
#include <mohs/visitor.hpp>

namespace mohs::inline MOHS_ABI::detail {

template <class M, class T, class Hooks, class Measure>
class PairBlocks {
public:
    using Side = PairSide<T, Hooks>;
    using Panel = PairPanel<M, T, Hooks, Measure>;

    PairBlocks(const PairSetting<T, Hooks>& setting, const Measure& measure, const Options& options,
               Workspace& workspace)
        : setting_(setting), turned_(setting.turned()), measure_(measure), options_(options), workspace_(workspace)
    {
        static_assert(accumulator_segment % stripe_columns == 0);
        const Index panels_per_stripe = stripe_columns / setting.scene.width,
                    wanted = (std::max)(Index{worker_count(options, setting.rows.packed->panel_count)}, fewest_panels);
        block_ = (wanted + panels_per_stripe - 1) / panels_per_stripe * panels_per_stripe;
    }

    /// One pass of sums, of the rows and, with `by_column`, of the columns. In a self-scan both are the same.
    template <int pass>
    void sum(const Side& rows, const Side& columns, bool by_column) const
    {
        if (!by_column) {
            for_each_panel(setting_, [&](Panel& panel) {
                panel.template sum<pass>(0, setting_.columns.rows(), false, rows, columns);
            });
            return;
        }
        for_each_block(
            true,
            [&](Panel& panel, Index first, Index) {
                panel.template sum<pass>(first, setting_.columns.rows(), false, rows, columns);
            },
            [&](Index number, const Turned& block, const PairScratch<T, Hooks>& scratch, bool) {
                Panel(turned_, number, scratch, measure_, block.tiles, block.first)
                    .template sum<pass>(block.first, block.last, true, columns, rows);
            });
    }

    /// Ends a pass.
    void finish(int pass, const Side& rows, const Side& columns, bool by_column) const
    {
        for_each_panel(setting_, [&](Panel& panel) { panel.finish(pass, rows); });
        if (by_column && !setting_.scene.self) {
            for_each_panel(turned_, [&](Panel& panel) { panel.finish(pass, columns); });
        }
    }

    /// Calls `add_row(position, gradient, stride)` and `add_column` of the same form: the weights of all pairs times the
    /// packed elements of the other side. `back`: columns are anchors too. With `sums`, where only the rows are, their
    /// only pass comes first, from the same values. In a self-scan either row of a pair is also a column.
    template <bool wants_rows, bool wants_columns, class AddRow, class AddColumn>
    void differentiate(const Side& row_side, const Side& column_side, bool back, bool sums, const AddRow& add_row,
                       const AddColumn& add_column) const
    {
        const Workspace::Frame frame(workspace_);
        const PackedSide<T>&rows = *setting_.rows.packed, &columns = *setting_.columns.packed;
        const Index depth = setting_.scene.depth, elements = setting_.scene.width * depth,
                    workers = worker_count(options_, (std::max)(block_, columns.panel_count));
        const auto row_gradients = workspace_.take<T>(workers * elements, T{0}),
                   column_gradients = workspace_.take<T>(wants_columns ? columns.panel_count * elements : 0, T{0});
        for_each_block(
            wants_columns,
            [&](Panel& panel, Index first, int worker) {
                if (sums) {
                    panel.template sum<0>(0, columns.rows(), false, row_side, column_side);
                    panel.finish(0, row_side);
                }
                // In a self-scan the sum that has come from the columns before goes on.
                T* const gradient = setting_.scene.self ? column_gradients.data() + panel.base() * depth
                                                        : row_gradients.data() + worker * elements;
                for (Index begin = first, end = 0; begin < columns.rows(); begin = end) {
                    end = (std::min)((begin / accumulator_segment + 1) * accumulator_segment, columns.rows());
                    panel.weigh(begin, end, sums, back, row_side, column_side, wants_rows ? gradient : nullptr);
                    if constexpr (wants_rows) {
                        hand_over(panel.base(), panel.count(), gradient, add_row);
                    }
                }
            },
            [&](Index panel, const Turned& block, const PairScratch<T, Hooks>&, bool ends_segment) {
                if constexpr (wants_columns) {
                    T* const gradient = column_gradients.data() + panel * elements;
                    isa::run(setting_.scene.isa, UpdatePanel<T>{block.tiles, block.last - block.first,
                                                                rows.panels + block.first * depth, depth, gradient});
                    const Index base = panel * setting_.scene.width,
                                count = (std::min)(setting_.scene.width, columns.rows() - base);
                    if constexpr (!Finish<M>::is_product) {
                        for (Index at = 0; at < (block.last - block.first) * setting_.scene.width; ++at) {
                            column_side.pulls[static_cast<std::size_t>(base + at % setting_.scene.width)] -=
                                static_cast<double>(block.tiles[at]);
                        }
                    }
                    if (ends_segment) {
                        hand_over(base, count, gradient, add_column);
                    }
                }
            });
    }

private:
    /// Panels of rows whose strips are kept: with one, columns would read and write their gradients twice as often.
    static constexpr Index fewest_panels = 2;

    /// Tiles of a block of rows [first, last) and one panel of columns, with the columns along the vectors.
    struct Turned {
        T* tiles;
        Index first, last;
    };

    template <class Body>
    void for_each_panel(const PairSetting<T, Hooks>& setting, const Body& body) const
    {
        const Workspace::Frame frame(workspace_);
        const Index panels = setting.rows.packed->panel_count;
        const auto scratch = PairScratch<T, Hooks>::take(setting.scene, worker_count(options_, panels), workspace_);
        parallel_for(options_, panels, [&](Index number, int worker) {
            Panel panel(setting, number, scratch[static_cast<std::size_t>(worker)], measure_, nullptr);
            body(panel);
        });
    }

    /// Calls `on_rows(panel, first column, worker)` for every panel of rows, then, with `turns`, for every panel of columns
    /// `on_columns(panel number, turned tiles, scratch, whether they end a segment)`; block after block.
    template <class OnRows, class OnColumns>
    void for_each_block(bool turns, const OnRows& on_rows, const OnColumns& on_columns) const
    {
        const Workspace::Frame frame(workspace_);
        const Scene<T>& scene = setting_.scene;
        const PackedSide<T>&rows = *setting_.rows.packed, &columns = *setting_.columns.packed;
        const Index width = scene.width, panels = rows.panel_count,
                    strip_size = (columns.rows() + stripe_columns - 1) / stripe_columns * stripe_columns * width,
                    block = (std::min)(block_, panels),
                    workers = worker_count(options_, (std::max)(block, columns.panel_count)),
                    tiles_size = block * width * width;
        const auto scratch = PairScratch<T, Hooks>::take(scene, workers, workspace_);
        const auto strips = workspace_.take<T>(block * strip_size),
                   tiles = workspace_.take<T>(turns ? workers * tiles_size : 0);
        for (Index first = 0, end = 0; first < panels; first = end) {
            const Index segment = (first * width / accumulator_segment + 1) * accumulator_segment / width;
            end = (std::min)({first + block, segment, panels});
            const Index first_column = scene.self ? first * width : 0;
            parallel_for(options_, end - first, [&](Index i, int worker) {
                Panel panel(setting_, first + i, scratch[static_cast<std::size_t>(worker)], measure_,
                            strips.data() + i * strip_size);
                on_rows(panel, first_column, worker);
            });
            if (!turns) {
                continue;
            }
            const Index skipped = scene.self ? end : 0, last = (std::min)(end * width, rows.rows());
            parallel_for(options_, columns.panel_count - skipped, [&](Index i, int worker) {
                const Index number = skipped + i;
                const Turned turned{tiles.data() + worker * tiles_size, first * width, last};
                isa::run(scene.isa,
                         TurnTiles<T>{strips.data() + number * width * width, strip_size, end - first, turned.tiles});
                on_columns(number, turned, scratch[static_cast<std::size_t>(worker)], end == segment || end == panels);
            });
        }
    }

    /// Adds a gradient panel to what it belongs to, and clears it.
    template <class Add>
    void hand_over(Index base, Index count, T* gradient, const Add& add) const
    {
        for (Index r = 0; r < count; ++r) {
            add(base + r, gradient + r, setting_.scene.width);
        }
        std::fill_n(gradient, setting_.scene.width * setting_.scene.depth, T{0});
    }

    PairSetting<T, Hooks> setting_, turned_;
    const Measure& measure_;
    const Options& options_;
    Workspace& workspace_;
    Index block_;  ///< panels of rows, whole stripes of columns
};

}  // namespace mohs::inline MOHS_ABI::detail
