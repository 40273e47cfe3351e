#pragma once

/// \file
/// The sweeps of a softmax loss: sums per anchor, and gradients of rows and of columns.
///
/// Panels of rows are taken in blocks, whose strips are kept. What is made of them for the rows is made for the columns
/// too, once tiles are turned: scores serve both directions, weights both gradients. A self-scan takes only the columns
/// from its block on; what lies before came from there, turned. Every row meets its columns in ascending order, so neither
/// blocks nor threads change a bit. Memory is O(N D), and a strip of all columns per panel of a block.

#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/loss/softmax/softmax_panel.hpp>
#include <mohs/visitor.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Stands for a gradient that is not wanted.
struct AddNothing {};

/// `Filters` are those of the scene's pairs, or NoPairFilters.
template <class T, class Filters>
class SoftmaxSweep {
public:
    SoftmaxSweep(const SoftmaxSetting<T>& setting, const Filters& filters, const Options& options, Workspace& workspace)
        : setting_(setting), turned_(setting.turned()), filters_(filters), options_(options), workspace_(workspace)
    {
        static_assert(accumulator_segment % stripe_columns == 0);
        const Index panels_per_stripe = stripe_columns / setting.scene.width,
                    wanted = std::max<Index>(worker_count(options, setting.rows.packed->panel_count), fewest_panels);
        block_ = (wanted + panels_per_stripe - 1) / panels_per_stripe * panels_per_stripe;
    }

    /// Losses of every row. `own(position, f)` calls f(logit) for further negatives.
    template <class Own>
    void sum(const Own& own, std::span<SoftmaxRow> results) const
    {
        const Workspace::Frame frame(workspace_);
        SoftmaxTotals<T> totals = take_totals(*setting_.rows.packed);
        for_each_panel(setting_, [&](Panel& panel) {
            panel.sum(0, setting_.columns.rows(), false, totals);
            panel.finish(own, totals, results);
        });
    }

    /// Losses of every row and of every column, from the same scores; in a self-scan, where these are the same, of every
    /// row, from half of the scores.
    template <class Own>
    void sum_both(const Own& own, std::span<SoftmaxRow> by_row, std::span<SoftmaxRow> by_column) const
    {
        const Workspace::Frame frame(workspace_);
        const bool self = setting_.scene.self;
        SoftmaxTotals<T> row_totals = take_totals(*setting_.rows.packed),
                         column_totals = self ? row_totals : take_totals(*setting_.columns.packed);
        for_each_block(
            true, false,
            [&](Panel& panel, Index first, Index) { panel.sum(first, setting_.columns.rows(), false, row_totals); },
            [&](Index number, const Turned& rows, const SoftmaxScratch<T>& scratch, bool) {
                Panel panel(turned_, filters_, number, scratch, {rows.tiles, rows.first});
                panel.sum(rows.first, rows.last, true, column_totals);
            });
        for_each_panel(setting_, [&](Panel& panel) { panel.finish(own, row_totals, by_row); });
        if (!self) {
            for_each_panel(turned_,
                           [&](Panel& panel) { panel.finish([](Index, const auto&) {}, column_totals, by_column); });
        }
    }

    /// Calls `add_row(position, gradient, stride)` and `add_column` of the same form: the derivatives of all losses by
    /// the logits, times the packed elements of the other side. In a self-scan either row of a pair is also a column.
    template <class AddRow, class AddColumn>
    void differentiate(const SoftmaxWeights<T>& by_row, const SoftmaxWeights<T>& by_column, const AddRow& add_row,
                       const AddColumn& add_column) const
    {
        run([](Panel&) {}, false, by_row, by_column, add_row, add_column);
    }

    /// `sum` and `differentiate` in one, where only the rows have losses, and are not the columns.
    template <class Own, class AddRow, class AddColumn>
    void sum_and_differentiate(const Own& own, SoftmaxWeights<T>& by_row, const AddRow& add_row,
                               const AddColumn& add_column) const
    {
        const Workspace::Frame frame(workspace_);
        SoftmaxTotals<T> totals = take_totals(*setting_.rows.packed);
        const auto prepare = [&](Panel& panel) {
            panel.sum(0, setting_.columns.rows(), false, totals);
            panel.finish(own, totals, by_row.rows);
            by_row.fill(panel.base(), panel.base() + panel.count());
        };
        run(prepare, true, by_row, SoftmaxWeights<T>(), add_row, add_column);
    }

private:
    using Panel = SoftmaxPanel<T, Filters>;

    /// Panels of rows whose strips are kept: with one, columns would read and write their gradients twice as often.
    static constexpr Index fewest_panels = 2;

    /// Tiles of a block of rows [first, last) and one panel of columns, with the columns along the vectors.
    struct Turned {
        T* tiles;
        Index first, last;
    };

    [[nodiscard]] SoftmaxTotals<T> take_totals(const PackedSide<T>& side) const
    {
        return {side.panel_count * setting_.scene.width, setting_.scene, workspace_};
    }

    template <class Body>
    void for_each_panel(const SoftmaxSetting<T>& setting, const Body& body) const
    {
        const Workspace::Frame frame(workspace_);
        const Index panels = setting.rows.packed->panel_count;
        const auto scratch = SoftmaxScratch<T>::take(setting.scene, worker_count(options_, panels), workspace_);
        parallel_for(options_, panels, [&](Index number, int worker) {
            Panel panel(setting, filters_, number, scratch[static_cast<std::size_t>(worker)]);
            body(panel);
        });
    }

    /// Calls `on_rows(panel, first column, worker)` for every panel of rows, then, with `turns`, for every panel of columns
    /// `on_columns(panel number, turned tiles, scratch, whether they end a segment)`; block after block.
    template <class OnRows, class OnColumns>
    void for_each_block(bool turns, bool keeps_origins, const OnRows& on_rows, const OnColumns& on_columns) const
    {
        const Workspace::Frame frame(workspace_);
        const PackedSide<T>&rows = *setting_.rows.packed, &columns = *setting_.columns.packed;
        const Index width = setting_.scene.width, panels = rows.panel_count,
                    stripe_count = (columns.rows() + stripe_columns - 1) / stripe_columns,
                    strip_size = stripe_count * stripe_columns * width,
                    origins_size = keeps_origins ? stripe_count * width : 0,
                    plain_size = Filters::present && keeps_origins ? stripe_count : 0,
                    block = (std::min)(block_, panels),
                    workers = worker_count(options_, (std::max)(block, columns.panel_count)),
                    tiles_size = block * width * width;
        const auto scratch = SoftmaxScratch<T>::take(setting_.scene, workers, workspace_);
        const auto strips = workspace_.take<T>(block * strip_size), origins = workspace_.take<T>(block * origins_size),
                   tiles = workspace_.take<T>(turns ? workers * tiles_size : 0);
        const auto plain = workspace_.take<std::uint8_t>(block * plain_size);
        for (Index first = 0, end = 0; first < panels; first = end) {
            const Index segment = (first * width / accumulator_segment + 1) * accumulator_segment / width;
            end = (std::min)({first + block, segment, panels});
            const Index first_column = setting_.scene.self ? first * width : 0;
            parallel_for(options_, end - first, [&](Index i, int worker) {
                Panel panel(
                    setting_, filters_, first + i, scratch[static_cast<std::size_t>(worker)],
                    {strips.data() + i * strip_size, 0, keeps_origins ? origins.data() + i * origins_size : nullptr,
                     plain.data() + i * plain_size});
                on_rows(panel, first_column, worker);
            });
            if (!turns) {
                continue;
            }
            const Index skipped = setting_.scene.self ? end : 0, last = (std::min)(end * width, rows.rows());
            parallel_for(options_, columns.panel_count - skipped, [&](Index i, int worker) {
                const Index number = skipped + i;
                const Turned turned{tiles.data() + worker * tiles_size, first * width, last};
                isa::run(setting_.scene.isa,
                         TurnTiles<T>{strips.data() + number * width * width, strip_size, end - first, turned.tiles});
                on_columns(number, turned, scratch[static_cast<std::size_t>(worker)], end == segment || end == panels);
            });
        }
    }

    template <class Prepare, class AddRow, class AddColumn>
    void run(const Prepare& prepare, bool keeps_origins, const SoftmaxWeights<T>& by_row,
             const SoftmaxWeights<T>& by_column, const AddRow& add_row, const AddColumn& add_column) const
    {
        const Workspace::Frame frame(workspace_);
        const PackedSide<T>&rows = *setting_.rows.packed, &columns = *setting_.columns.packed;
        const Index depth = setting_.scene.depth, elements = setting_.scene.width * depth,
                    workers = worker_count(options_, (std::max)(block_, columns.panel_count));
        const auto row_gradients = workspace_.take<T>(workers * elements, T{0}),
                   column_gradients = workspace_.take<T>(wants<AddColumn> ? columns.panel_count * elements : 0, T{0});
        for_each_block(
            wants<AddColumn>, keeps_origins,
            [&](Panel& panel, Index first, int worker) {
                prepare(panel);
                // In a self-scan the sum that has come from the columns before goes on.
                T* const gradient = setting_.scene.self ? column_gradients.data() + panel.base() * depth
                                                        : row_gradients.data() + worker * elements;
                for (Index begin = first, end = 0; begin < columns.rows(); begin = end) {
                    end = (std::min)((begin / accumulator_segment + 1) * accumulator_segment, columns.rows());
                    panel.weigh(begin, end, by_row, by_column, wants<AddRow> ? gradient : nullptr);
                    if constexpr (wants<AddRow>) {
                        hand_over(panel.base(), panel.count(), gradient, add_row);
                    }
                }
            },
            [&](Index panel, const Turned& turned, const SoftmaxScratch<T>&, bool ends_segment) {
                if constexpr (wants<AddColumn>) {
                    T* const gradient = column_gradients.data() + panel * elements;
                    isa::run(setting_.scene.isa, UpdatePanel<T>{turned.tiles, turned.last - turned.first,
                                                                rows.panels + turned.first * depth, depth, gradient});
                    if (ends_segment) {
                        const Index base = panel * setting_.scene.width;
                        hand_over(base, (std::min)(setting_.scene.width, columns.rows() - base), gradient, add_column);
                    }
                }
            });
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

    template <class Add>
    static constexpr bool wants = !std::is_same_v<Add, AddNothing>;

    SoftmaxSetting<T> setting_, turned_;
    const Filters& filters_;
    const Options& options_;
    Workspace& workspace_;
    Index block_;  ///< panels of rows, whole stripes of columns
};

}  // namespace mohs::inline MOHS_ABI::detail
