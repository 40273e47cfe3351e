#pragma once

/// \file
/// A scene seen from one of its batches: what its rows are to those of the other, and where they are more than
/// negatives.

#include <mohs/detail/scene/relation_of.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// One batch of a scene packed by class, as rows whose columns are the rows of the other batch. All by position.
template <class T>
struct RelatedSide {
    const PackedSide<T>* packed = nullptr;
    bool anchors = true;                     ///< its rows are the anchors of the scene, its columns their candidates
    std::span<const ClassRange> classes;     ///< per class of the rows: the columns of its label
    std::span<const std::int32_t> partners;  ///< per paired row: its only positive, -1 if it has none; else empty
    PositionLists listed;  ///< with a relation, per row: the columns that are not its negatives, from either end

    [[nodiscard]] Index rows() const { return packed->rows(); }
    [[nodiscard]] ClassRange class_range(Index row) const
    {
        return classes[static_cast<std::size_t>(packed->class_of(row))];
    }
};

/// Per row of one side of a scene: the columns that a relation lists with it, whichever of the two is the anchor. In a
/// self-scan a row is both.
template <class T>
PositionLists listed_with(const Scene<T>& scene, bool anchors, Workspace& workspace)
{
    const Index rows = anchors ? scene.anchors.rows() : scene.candidates.rows();
    const auto for_each = [&](const auto& f) {
        for (const PositionLists* const lists : {&scene.lists.positives, &scene.lists.neither}) {
            for (std::int32_t anchor = 0; anchor < scene.anchors.rows(); ++anchor) {
                for (const std::int32_t candidate : lists->of(anchor)) {
                    if (anchors || scene.self) {
                        f(anchor, candidate);
                    }
                    if (!anchors || scene.self) {
                        f(candidate, anchor);
                    }
                }
            }
        }
    };
    const auto total =
        static_cast<std::int64_t>(scene.lists.positives.entries.size() + scene.lists.neither.entries.size());
    check_listed_pairs(scene.self ? 2 * total : total);
    PositionLists result;
    result.offset = workspace.take<std::int32_t>(rows + 1, 0);
    for_each([&](std::int32_t row, std::int32_t) { ++result.offset[static_cast<std::size_t>(row) + 1]; });
    std::partial_sum(result.offset.begin(), result.offset.end(), result.offset.begin());
    result.entries = workspace.take<std::int32_t>(result.offset.back());
    const Workspace::Frame frame(workspace);
    const std::span<std::int32_t> next = workspace.take<std::int32_t>(rows);
    std::copy_n(result.offset.begin(), rows, next.begin());
    for_each([&](std::int32_t row, std::int32_t column) {
        result.entries[static_cast<std::size_t>(next[static_cast<std::size_t>(row)]++)] = column;
    });
    for (Index row = 0; row < rows; ++row) {
        const auto at = static_cast<std::size_t>(row);
        std::sort(result.entries.begin() + result.offset[at], result.entries.begin() + result.offset[at + 1]);
    }
    return result;
}

/// The anchors of a scene, or its candidates, as rows. `paired`: the positive of each row is the one of its own number,
/// and rows of its label are neither.
template <class T, class Mine, class Theirs>
RelatedSide<T> relate_side(const Scene<T>& scene, bool anchors, const Batch<Mine>& batch,
                           const Batch<Theirs>& other_batch, bool paired, Workspace& workspace)
{
    const PackedSide<T>&side = anchors ? scene.anchors : scene.candidates,
          &other = anchors ? scene.candidates : scene.anchors;
    RelatedSide<T> result;
    result.packed = &side;
    result.anchors = anchors;
    if (scene.lists.present) {
        result.listed = listed_with(scene, anchors, workspace);
        return result;
    }
    const std::span<ClassRange> classes = workspace.take<ClassRange>(side.order.classes);
    find_class_ranges(batch, side.order, other_batch, other.order, classes);
    result.classes = classes;
    if (paired) {
        const std::span<std::int32_t> partners = workspace.take<std::int32_t>(side.rows(), -1);
        const std::span<const std::int32_t> position_of = invert(other.order.row_of, other.batch_rows, workspace);
        for (Index position = 0; position < side.rows(); ++position) {
            if (side.row_of(position) < other.batch_rows) {
                partners[static_cast<std::size_t>(position)] =
                    position_of[static_cast<std::size_t>(side.row_of(position))];
            }
        }
        result.partners = partners;
    }
    return result;
}

}  // namespace mohs::inline MOHS_ABI::detail
