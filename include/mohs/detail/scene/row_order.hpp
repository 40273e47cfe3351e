#pragma once

/// \file
/// The order in which rows are packed: by class, then by row, without rows that are not finite.

#include <mohs/batch.hpp>
#include <mohs/workspace.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>

namespace mohs::inline MOHS_ABI::detail {

/// Positions [begin, end) of candidates.
struct ClassRange {
    std::int32_t begin, end;
    [[nodiscard]] std::int32_t size() const { return end - begin; }
};

/// Packed positions of one batch.
struct RowOrder {
    std::span<std::int32_t> row_of;    ///< position -> row
    std::span<std::int32_t> class_of;  ///< position -> class; ascending, so that a class is one range
    Index classes = 0;
};

/// Sorts `rows` (ascending on entry) by label, keeping rows of one label ascending. `labels` are by row.
inline void sort_by_label(std::span<const std::int64_t> labels, std::span<std::int32_t> rows, Workspace& workspace)
{
    const auto label_of = [&](std::int32_t row) { return labels[static_cast<std::size_t>(row)]; };
    std::int64_t smallest = (std::numeric_limits<std::int64_t>::max)(),
                 largest = (std::numeric_limits<std::int64_t>::min)();
    for (const std::int32_t row : rows) {
        smallest = (std::min)(smallest, label_of(row));
        largest = (std::max)(largest, label_of(row));
    }
    const std::uint64_t range = static_cast<std::uint64_t>(largest) - static_cast<std::uint64_t>(smallest);
    if (range >= 2 * rows.size() + 64) {
        std::sort(rows.begin(), rows.end(), [&](std::int32_t a, std::int32_t b) {
            const std::int64_t label_a = label_of(a), label_b = label_of(b);
            return label_a != label_b ? label_a < label_b : a < b;
        });
        return;
    }
    // Labels are usually 0 .. C-1: counting is linear, and the comparison sort would take a tenth of a small batch's
    // time.
    const Workspace::Frame frame(workspace);
    const auto bucket = [&](std::int32_t row) { return static_cast<std::size_t>(label_of(row) - smallest); };
    const std::span<std::int32_t> next = workspace.take<std::int32_t>(static_cast<Index>(range) + 2, 0);
    const std::span<std::int32_t> source = workspace.take<std::int32_t>(static_cast<Index>(rows.size()));
    for (const std::int32_t row : rows) {
        ++next[bucket(row) + 1];
    }
    std::partial_sum(next.begin(), next.end(), next.begin());
    std::copy(rows.begin(), rows.end(), source.begin());
    for (const std::int32_t row : source) {
        rows[static_cast<std::size_t>(next[bucket(row)]++)] = row;
    }
}

/// Row -> position, or -1.
inline std::span<std::int32_t> invert(std::span<const std::int32_t> row_of, Index rows, Workspace& workspace)
{
    const std::span<std::int32_t> position_of = workspace.take<std::int32_t>(rows, -1);
    for (std::size_t position = 0; position < row_of.size(); ++position) {
        position_of[static_cast<std::size_t>(row_of[position])] = static_cast<std::int32_t>(position);
    }
    return position_of;
}

/// Orders the rows for which `keep(row)` holds: by label, or as they are. `order` has room for all rows and is shrunk
/// to those kept.
template <class Scalar, class Keep>
void order_rows(const Batch<Scalar>& batch, bool by_label, const Keep& keep, RowOrder& order, Workspace& workspace)
{
    std::size_t count = 0;
    for (Index row = 0; row < batch.rows(); ++row) {
        if (keep(row)) {
            order.row_of[count++] = static_cast<std::int32_t>(row);
        }
    }
    order.row_of = order.row_of.first(count);
    order.class_of = order.class_of.first(count);
    if (!by_label || count == 0) {
        std::fill(order.class_of.begin(), order.class_of.end(), 0);
        order.classes = count == 0 ? 0 : 1;
        return;
    }
    // They are read several times, and each time through a function pointer that knows their type.
    const Workspace::Frame frame(workspace);
    const std::span<std::int64_t> labels = workspace.take<std::int64_t>(batch.rows());
    batch.copy_labels(labels.data());
    sort_by_label(labels, order.row_of, workspace);
    std::int32_t current = 0;
    std::int64_t last = labels[static_cast<std::size_t>(order.row_of[0])];
    for (std::size_t position = 0; position < count; ++position) {
        const std::int64_t label = labels[static_cast<std::size_t>(order.row_of[position])];
        current += label != last ? 1 : 0;
        last = label;
        order.class_of[position] = current;
    }
    order.classes = current + 1;
}

/// The rows of every class, as positives of one another.
inline void find_class_ranges(const RowOrder& order, std::span<ClassRange> class_ranges)
{
    for (std::size_t position = 0; position < order.class_of.size(); ++position) {
        ClassRange& range = class_ranges[static_cast<std::size_t>(order.class_of[position])];
        const auto at = static_cast<std::int32_t>(position);
        const bool first = position == 0 || order.class_of[position] != order.class_of[position - 1];
        range = {first ? at : range.begin, at + 1};
    }
}

/// The positives among the candidates, for every class of the anchors. Empty class_ranges where there are no labels.
template <class Scalar, class CandidateScalar>
void find_class_ranges(const Batch<Scalar>& anchors, const RowOrder& anchor_order,
                       const Batch<CandidateScalar>& candidates, const RowOrder& candidate_order,
                       std::span<ClassRange> class_ranges)
{
    if (!anchors.has_labels()) {
        std::fill(class_ranges.begin(), class_ranges.end(), ClassRange{0, 0});
        return;
    }
    const auto end = static_cast<std::int32_t>(candidate_order.row_of.size());
    std::int32_t candidate = 0;
    for (std::size_t position = 0; position < anchor_order.row_of.size(); ++position) {
        if (position > 0 && anchor_order.class_of[position] == anchor_order.class_of[position - 1]) {
            continue;
        }
        const std::int64_t label = anchors.label(anchor_order.row_of[position]);
        const auto label_at = [&](std::int32_t at) {
            return candidates.label(candidate_order.row_of[static_cast<std::size_t>(at)]);
        };
        while (candidate < end && label_at(candidate) < label) {
            ++candidate;
        }
        ClassRange range{candidate, candidate};
        while (range.end < end && label_at(range.end) == label) {
            ++range.end;
        }
        class_ranges[static_cast<std::size_t>(anchor_order.class_of[position])] = range;
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
