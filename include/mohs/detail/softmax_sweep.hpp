#pragma once

/// \file
/// The sweeps of a softmax loss: sums per anchor, and gradients of rows and of columns.
///
/// Panels of rows are taken in blocks. The strips of a block's panels are kept until their sums are known, so scores
/// are computed and exponentials taken once. They then serve the gradients of the rows and, turned, those of the columns.
/// Memory is O(N D) and one strip of all columns per panel of a block; blocks do not change a bit of the result.

#include <mohs/detail/parallel.hpp>
#include <mohs/detail/softmax_panel.hpp>
#include <mohs/visitor.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Stands for a gradient that is not wanted.
struct AddNothing {};

template <class T>
class SoftmaxSweep {
public:
    SoftmaxSweep(const SoftmaxSetting<T>& setting, const Options& options, Workspace& workspace)
        : setting_(setting), options_(options), workspace_(workspace)
    {
        static_assert(accumulator_slot % strip_columns == 0);
    }

    /// Sums and losses of every row. `own(position, f)` calls f(logit) for further negatives.
    template <class Own>
    void sum(const Own& own, std::span<SoftmaxRow> results) const
    {
        const Workspace::Frame frame(workspace_);
        const Index panels = setting_.rows.packed->panel_count;
        const auto scratch = SoftmaxScratch<T>::take(setting_.scene, lane_count(options_, panels), workspace_);
        parallel_for(options_, panels, [&](Index panel, int lane) {
            SoftmaxPanel<T>(setting_, panel, scratch[static_cast<std::size_t>(lane)]).sum(own, results);
        });
    }

    /// Calls `add_row(position, gradient, stride)` and `add_column` of the same form: the derivatives of all losses by
    /// the logits, times the packed elements of the other side.
    template <class AddRow, class AddColumn>
    void differentiate(const SoftmaxWeights<T>& by_row, const SoftmaxWeights<T>& by_column, const AddRow& add_row,
                       const AddColumn& add_column) const
    {
        run(
            false, [](SoftmaxPanel<T>&) {}, by_row, by_column, add_row, add_column);
    }

    /// Both of it in one, where only the rows have losses: `by_row` is the result.
    template <class Own, class AddRow, class AddColumn>
    void sum_and_differentiate(const Own& own, SoftmaxWeights<T>& by_row, const AddRow& add_row,
                               const AddColumn& add_column) const
    {
        const auto sum = [&](SoftmaxPanel<T>& panel) {
            panel.sum(own, by_row.rows);
            by_row.fill(panel.base(), panel.base() + panel.count(), 1);
        };
        run(true, sum, by_row, SoftmaxWeights<T>(), add_row, add_column);
    }

private:
    /// Panels of rows whose strips are kept. Columns then read and write their gradients once per block.
    static constexpr Index block_panels = 2;

    template <class Prepare, class AddRow, class AddColumn>
    void run(bool summed, const Prepare& prepare, const SoftmaxWeights<T>& by_row, const SoftmaxWeights<T>& by_column,
             const AddRow& add_row, const AddColumn& add_column) const
    {
        const Workspace::Frame frame(workspace_);
        const PackedSide<T>&rows = *setting_.rows.packed, &columns = *setting_.columns.packed;
        const Index panels = rows.panel_count, width = setting_.scene.width, elements = width * setting_.scene.depth,
                    kept_size = setting_.kept(), origins_size = summed ? setting_.slots() * width : 0,
                    block = std::min(std::max<Index>(lane_count(options_, panels), block_panels), panels),
                    lanes = lane_count(options_, std::max(block, columns.panel_count));
        const auto scratch = SoftmaxScratch<T>::take(setting_.scene, lanes, workspace_);
        const auto kept = workspace_.take<T>(block * kept_size), origins = workspace_.take<T>(block * origins_size),
                   row_gradients = workspace_.take<T>(lanes * elements, T{0}),
                   turned = workspace_.take<T>(lanes * block * width * width),
                   column_gradients = workspace_.take<T>(wants<AddColumn> ? columns.panel_count * elements : 0, T{0});
        for (Index first = 0, end = 0; first < panels; first = end) {
            const Index slot = (first * width / accumulator_slot + 1) * accumulator_slot / width;
            end = std::min({first + block, slot, panels});
            parallel_for(options_, end - first, [&](Index i, int lane) {
                SoftmaxPanel<T> panel(setting_, first + i, scratch[static_cast<std::size_t>(lane)],
                                      kept.data() + i * kept_size,
                                      summed ? origins.data() + i * origins_size : nullptr);
                prepare(panel);
                weigh(panel, by_row, by_column, add_row, row_gradients.data() + lane * elements);
            });
            if constexpr (wants<AddColumn>) {
                const Index last = std::min(end * width, rows.rows());
                parallel_for(options_, columns.panel_count, [&](Index panel, int lane) {
                    T* const gradient = column_gradients.data() + panel * elements;
                    isa::run(setting_.scene.isa,
                             UpdateColumns<T>{kept.data() + panel * width * width, kept_size, last - first * width,
                                              rows.panels + first * elements, setting_.scene.depth,
                                              turned.data() + lane * block * width * width, gradient});
                    if (end == slot || end == panels) {
                        hand_over(panel * width, std::min(width, columns.rows() - panel * width), gradient, add_column);
                    }
                });
            }
        }
    }

    /// Weighs the strips of a panel of rows, and adds to the gradients of its rows.
    template <class AddRow>
    void weigh(SoftmaxPanel<T>& panel, const SoftmaxWeights<T>& by_row, const SoftmaxWeights<T>& by_column,
               const AddRow& add_row, T* gradient) const
    {
        const Index columns = setting_.columns.rows();
        for (Index begin = 0; begin < columns; begin += accumulator_slot) {
            const Index end = std::min(begin + accumulator_slot, columns);
            panel.weigh(begin, end, by_row, by_column, wants<AddRow> ? gradient : nullptr);
            if constexpr (wants<AddRow>) {
                hand_over(panel.base(), panel.count(), gradient, add_row);
            }
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

    template <class Add>
    static constexpr bool wants = !std::is_same_v<Add, AddNothing>;

    const SoftmaxSetting<T>& setting_;
    const Options& options_;
    Workspace& workspace_;
};

}  // namespace mohs::inline MOHS_ABI::detail
