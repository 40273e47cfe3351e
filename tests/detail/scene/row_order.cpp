#include <mohs/detail/scene/row_order.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <limits>
#include <set>

using mohs::Batch;
using mohs::Index;
using mohs::Workspace;
using mohs::detail::ClassRange;
using mohs::detail::RowOrder;

namespace {

using LabelVector = std::vector<std::int64_t>;

constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min(),
                       largest = std::numeric_limits<std::int64_t>::max();

/// Labels as they come: dense, sparse, of either sign, at the ends of the range, and around the range where another way
/// of sorting takes over.
std::vector<LabelVector> label_sets()
{
    std::vector<LabelVector> result = {
        {}, {5}, {0, 0, 0}, {smallest, largest, 0, smallest, -1, largest}, {largest, largest - 1, largest}};
    reference::Generator generator(30);
    for (const Index size : {2, 30, 100}) {
        for (const Index range :
             {Index{1}, size / 4 + 1, size, 2 * size + 63, 2 * size + 64, 2 * size + 65, Index{1} << 40}) {
            LabelVector labels;
            for (Index i = 0; i < size; ++i) {
                labels.push_back(reference::uniform_below(generator, range + 1) - range / 3);
            }
            // Both ends occur, so that the range is what it says.
            labels[0] = -(range / 3);
            labels[1] = range - range / 3;
            result.push_back(labels);
        }
    }
    return result;
}

struct Ordered {
    Ordered(const LabelVector* labels, Index rows, const std::vector<bool>& keep)
        : matrix(mohs::Matrix::Ones(rows, 1)),
          row_of(static_cast<std::size_t>(rows)),
          class_of(static_cast<std::size_t>(rows))
    {
        Workspace workspace;
        const Workspace::Frame frame(workspace);
        order = {row_of, class_of};
        mohs::detail::order_rows(
            labels == nullptr ? Batch<float>(matrix) : Batch<float>(matrix, *labels), labels != nullptr,
            [&](Index row) { return keep[static_cast<std::size_t>(row)]; }, order, workspace);
    }
    mohs::Matrix matrix;
    std::vector<std::int32_t> row_of, class_of;
    RowOrder order;
};

std::vector<bool> keep_all(std::size_t size)
{
    return std::vector<bool>(size, true);
}

std::vector<bool> keep_some(std::size_t size, std::uint64_t seed)
{
    reference::Generator generator(seed);
    std::vector<bool> keep(size);
    for (std::size_t i = 0; i < size; ++i) {
        keep[i] = reference::uniform(generator) < 0.6;
    }
    return keep;
}

}  // namespace

TEST_CASE("rows are sorted by label and then by row")
{
    for (const LabelVector& labels : label_sets()) {
        for (const std::vector<bool>& keep : {keep_all(labels.size()), keep_some(labels.size(), 31)}) {
            std::vector<std::int32_t> expected;
            for (std::size_t i = 0; i < labels.size(); ++i) {
                if (keep[i]) {
                    expected.push_back(static_cast<std::int32_t>(i));
                }
            }
            std::stable_sort(expected.begin(), expected.end(), [&](std::int32_t a, std::int32_t b) {
                return labels[static_cast<std::size_t>(a)] < labels[static_cast<std::size_t>(b)];
            });
            const Ordered ordered(&labels, static_cast<Index>(labels.size()), keep);
            REQUIRE(std::vector<std::int32_t>(ordered.order.row_of.begin(), ordered.order.row_of.end()) == expected);
        }
    }
}

TEST_CASE("classes are numbered from 0 in the order of their labels")
{
    for (const LabelVector& labels : label_sets()) {
        const Ordered ordered(&labels, static_cast<Index>(labels.size()), keep_all(labels.size()));
        const std::set<std::int64_t> distinct(labels.begin(), labels.end());
        REQUIRE(ordered.order.classes == static_cast<Index>(distinct.size()));
        REQUIRE(ordered.order.class_of.size() == labels.size());
        for (std::size_t at = 0; at < labels.size(); ++at) {
            const auto label = labels[static_cast<std::size_t>(ordered.order.row_of[at])];
            REQUIRE(ordered.order.class_of[at] == std::distance(distinct.begin(), distinct.find(label)));
        }
    }
}

TEST_CASE("without labels rows keep their order and are one class")
{
    const std::vector<bool> keep = {true, false, true, true, false};
    const Ordered ordered(nullptr, 5, keep);
    REQUIRE(std::vector<std::int32_t>(ordered.order.row_of.begin(), ordered.order.row_of.end()) ==
            std::vector<std::int32_t>{0, 2, 3});
    REQUIRE(std::vector<std::int32_t>(ordered.order.class_of.begin(), ordered.order.class_of.end()) ==
            std::vector<std::int32_t>{0, 0, 0});
    REQUIRE(ordered.order.classes == 1);
}

TEST_CASE("nothing kept is no class")
{
    const LabelVector labels = {1, 2, 3};
    REQUIRE(Ordered(&labels, 3, {false, false, false}).order.classes == 0);
    REQUIRE(Ordered(nullptr, 3, {false, false, false}).order.classes == 0);
    REQUIRE(Ordered(&labels, 3, {false, false, false}).order.row_of.empty());
}

TEST_CASE("segments of rows among themselves are those of two equal batches")
{
    for (const LabelVector& labels : label_sets()) {
        const Ordered rows(&labels, static_cast<Index>(labels.size()), keep_some(labels.size(), 34));
        const auto classes = static_cast<std::size_t>(rows.order.classes);
        std::vector<ClassRange> segments(classes, ClassRange{-1, -1}), expected(classes);
        mohs::detail::find_class_ranges(rows.order, segments);
        const Batch<float> batch(rows.matrix, labels);
        mohs::detail::find_class_ranges(batch, rows.order, batch, rows.order, expected);
        bool same = true;
        for (std::size_t at = 0; at < classes; ++at) {
            same = same && segments[at].begin == expected[at].begin && segments[at].end == expected[at].end;
        }
        REQUIRE(same);
    }
}

TEST_CASE("segments are the positions of the candidates with the label of the class")
{
    const std::vector<LabelVector> sets = label_sets();
    for (const LabelVector& labels : sets) {
        for (const LabelVector& candidate_labels : sets) {
            const Ordered anchors(&labels, static_cast<Index>(labels.size()), keep_some(labels.size(), 32));
            const Ordered candidates(&candidate_labels, static_cast<Index>(candidate_labels.size()),
                                     keep_some(candidate_labels.size(), 33));
            std::vector<ClassRange> segments(static_cast<std::size_t>(anchors.order.classes));
            mohs::detail::find_class_ranges(Batch<float>(anchors.matrix, labels), anchors.order,
                                            Batch<float>(candidates.matrix, candidate_labels), candidates.order,
                                            segments);
            bool right = true;
            for (std::size_t at = 0; at < anchors.order.row_of.size(); ++at) {
                const ClassRange segment = segments[static_cast<std::size_t>(anchors.order.class_of[at])];
                const std::int64_t label = labels[static_cast<std::size_t>(anchors.order.row_of[at])];
                for (std::size_t c = 0; c < candidates.order.row_of.size(); ++c) {
                    const bool inside =
                        segment.begin <= static_cast<std::int64_t>(c) && static_cast<std::int64_t>(c) < segment.end;
                    right &=
                        inside == (candidate_labels[static_cast<std::size_t>(candidates.order.row_of[c])] == label);
                }
            }
            REQUIRE(right);
        }
    }
}

TEST_CASE("without labels all segments are empty")
{
    const Ordered anchors(nullptr, 4, keep_all(4)), candidates(nullptr, 6, keep_all(6));
    std::vector<ClassRange> segments(1, ClassRange{3, 5});
    mohs::detail::find_class_ranges(Batch<float>(anchors.matrix), anchors.order, Batch<float>(candidates.matrix),
                                    candidates.order, segments);
    REQUIRE(segments[0].size() == 0);
}

TEST_CASE("sorting takes no memory from a warm workspace and gives back what it took")
{
    const LabelVector labels = {3, 1, 2, 1};
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    std::vector<std::int32_t> order = {0, 1, 2, 3};
    mohs::detail::sort_by_label(labels, std::span<std::int32_t>(order), workspace);
    REQUIRE(order == std::vector<std::int32_t>{1, 3, 2, 0});
    const int* const first = workspace.take<int>(1).data();
    const Workspace::Frame inner(workspace);
    mohs::detail::sort_by_label(labels, std::span<std::int32_t>(order), workspace);
    REQUIRE(workspace.take<int>(1).data() == first + 64 / sizeof(int));
}
