#include <mohs/detail/scene/relation_lists.hpp>

#include "../../catch.hpp"

#include <vector>

using mohs::Index;
using mohs::Related;
using mohs::Relation;
using mohs::Workspace;
using mohs::detail::ClassRange;
using mohs::detail::lanes_between;
using mohs::detail::PositionLists;
using mohs::detail::Positions;
using mohs::detail::RelationLists;
using mohs::detail::RowOrder;

namespace {

using Rows = std::vector<std::int32_t>;

Rows of(const PositionLists& lists, Index anchor)
{
    const auto span = lists.of(anchor);
    return {span.begin(), span.end()};
}

/// The order of a batch whose rows are at the positions of `row_of`.
RowOrder order_of(Rows& row_of)
{
    RowOrder order;
    order.row_of = row_of;
    return order;
}

}  // namespace

TEST_CASE("lanes between positions are those of the panel")
{
    CHECK(lanes_between(0, 100, 32, 8) == 0xff);
    CHECK(lanes_between(34, 36, 32, 8) == 0b1100);
    CHECK(lanes_between(0, 33, 32, 8) == 1);
    CHECK(lanes_between(39, 80, 32, 8) == 0x80);
    CHECK(lanes_between(0, 32, 32, 8) == 0);
    CHECK(lanes_between(40, 90, 32, 8) == 0);
    CHECK(lanes_between(35, 35, 32, 8) == 0);
    CHECK(lanes_between(0, 64, 0, 64) == ~std::uint64_t{0});
}

TEST_CASE("a segment and a list of the same positions answer alike")
{
    const Rows list{5, 6, 7, 8};
    for (const Positions& positions : {Positions(ClassRange{5, 9}), Positions(std::span<const std::int32_t>(list))}) {
        CHECK(positions.size() == 4);
        CHECK(positions[2] == 7);
        CHECK(positions.before(4) == 0);
        CHECK(positions.before(5) == 0);
        CHECK(positions.before(7) == 2);
        CHECK(positions.before(20) == 4);
        CHECK(positions.contains(5));
        CHECK(positions.contains(8));
        CHECK_FALSE(positions.contains(4));
        CHECK_FALSE(positions.contains(9));
        CHECK(positions.lanes(0, 4) == 0);
        CHECK(positions.lanes(4, 4) == 0b1110);
        CHECK(positions.lanes(8, 4) == 1);
    }
    const Positions none{std::span<const std::int32_t>()};
    CHECK(none.size() == 0);
    CHECK_FALSE(none.contains(0));
    CHECK(none.lanes(0, 4) == 0);
}

TEST_CASE("lists are by position and without rows that are not packed or the anchor itself")
{
    const auto kind = [](Index anchor, Index candidate) {
        return candidate == 0                  ? Related::neither
               : (anchor + candidate) % 2 == 0 ? Related::positive
                                               : Related::negative;
    };
    const Relation relation = Relation::of_pairs(4, 4, kind);
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    // Row 2 is not packed.
    Rows row_of{0, 1, 3};
    const RowOrder order = order_of(row_of);
    const RelationLists lists = build_lists(relation, order, order, true, workspace);
    CHECK(lists.present);
    CHECK(lists.owner.empty());
    CHECK(of(lists.positives, 0) == Rows{});
    CHECK(of(lists.positives, 1) == Rows{2});
    CHECK(of(lists.positives, 2) == Rows{1});
    CHECK(of(lists.neither, 0) == Rows{});
    CHECK(of(lists.neither, 1) == Rows{0});
    CHECK(lists.is_neither(2, 0));
    CHECK_FALSE(lists.is_neither(2, 1));
    CHECK(of(build_lists(relation, order, order, false, workspace).positives, 1) == Rows{1, 2});
}

TEST_CASE("own negatives belong to the position of their anchor and to nobody where it is not packed")
{
    const Relation relation = Relation::paired(3, 1);
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    Rows anchors{0, 2}, candidates{0, 1, 2, 3, 4, 5};
    const RelationLists lists = build_lists(relation, order_of(anchors), order_of(candidates), false, workspace);
    CHECK(Rows(lists.owner.begin(), lists.owner.end()) == Rows{-1, -1, -1, 0, -2, 1});
    CHECK_FALSE(lists.is_neither(1, 5));
    CHECK(lists.is_neither(0, 5));
    CHECK(lists.is_neither(0, 4));
    CHECK(lists.is_neither(1, 4));
    CHECK_FALSE(lists.is_neither(0, 1));

    const RelationLists part = lists_of_anchors(lists, 1, 1, workspace);
    CHECK(of(part.positives, 0) == Rows{2});
    CHECK(Rows(part.owner.begin(), part.owner.end()) == Rows{-1, -1, -1, -2, -2, 0});
}

TEST_CASE("copies of listed rows are told by their ids, where they are not listed themselves")
{
    // Items A A A B B C; anchor 0 lists two of A, anchor 1 one of B and what is not packed of A, anchor 2 nothing.
    const std::vector<Index> offsets{0, 2, 4, 4}, listed{0, 1, 4, 6};
    const Relation relation = Relation::positive_lists(offsets, listed, 7);
    const std::vector<std::int64_t> ids{7, 7, 7, -2, -2, 3, 7}, different{1, 2, 3, 4, 5, 6, 7};
    const mohs::Matrix rows = mohs::Matrix::Zero(7, 1);
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    Rows anchors{0, 1, 2}, packed{0, 1, 2, 3, 4, 5};
    const RowOrder anchor_order = order_of(anchors);
    RelationLists lists = build_lists(relation, anchor_order, order_of(packed), false, workspace);
    const auto copies_of = [&](const RelationLists& some, Index anchor) {
        Rows result;
        for (const std::int32_t at : packed) {
            if (some.is_copy_of_positive(anchor, at, ids[static_cast<std::size_t>(at)])) {
                result.push_back(at);
            }
        }
        return result;
    };
    CHECK(copies_of(lists, 0) == Rows{});
    lists.positive_ids =
        mohs::detail::list_positive_ids(relation, anchor_order, mohs::Batch<float>(rows).with_ids(ids), workspace);
    CHECK(copies_of(lists, 0) == Rows{2});
    CHECK(copies_of(lists, 1) == Rows{0, 1, 2, 3});
    CHECK(copies_of(lists, 2) == Rows{});
    CHECK(copies_of(lists_of_anchors(lists, 1, 2, workspace), 0) == Rows{0, 1, 2, 3});
    CHECK(
        mohs::detail::list_positive_ids(relation, anchor_order, mohs::Batch<float>(rows).with_ids(different), workspace)
            .empty());
}
