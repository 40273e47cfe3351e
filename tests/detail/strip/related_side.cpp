#include <mohs/detail/strip/related_side.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <set>
#include <vector>

using mohs::Index;
using mohs::Related;
using mohs::Relation;
using mohs::Role;
using mohs::Workspace;

namespace {

Related kind(Index anchor, Index candidate)
{
    const Index at = (anchor * 5 + candidate * candidate) % 13;
    return at < 2 ? Related::positive : at < 4 ? Related::neither : Related::negative;
}

std::vector<Role> every_role(Index rows)
{
    std::vector<Role> result;
    for (Index row = 0; row < rows; ++row) {
        result.push_back(static_cast<Role>(row * 3 % 8));
    }
    return result;
}

/// The scene of a batch with a relation, against itself or another, and all that it looks at.
struct Problem {
    bool self;
    mohs::Matrix rows = mohs::Matrix::Ones(37, 2), others = mohs::Matrix::Ones(self ? 37 : 51, 2);
    Relation relation = Relation::of_pairs(rows.rows(), others.rows(), kind);
    std::vector<Role> roles = every_role(rows.rows()), other_roles = every_role(others.rows());
    mohs::Batch<float> batch = mohs::Batch<float>(rows).related_by(relation).with_roles(roles),
                       other = self ? batch : mohs::Batch<float>(others).with_roles(other_roles);
    Workspace workspace{};
    mohs::detail::Scene<float> scene = mohs::detail::build_scene<mohs::Cosine, float>(
        batch, other, self, mohs::detail::PackOrder::by_class, {}, workspace);
};

std::set<Index> listed(const mohs::detail::RelatedSide<float>& side, Index row)
{
    const auto span = side.listed.of(row);
    CHECK(std::is_sorted(span.begin(), span.end()));
    return {span.begin(), span.end()};
}

}  // namespace

TEST_CASE("what a pair is and which lanes are eligible agree for every pair")
{
    for (const bool self : {true, false}) {
        const Problem problem{self};
        const auto& scene = problem.scene;
        bool agree = true;
        for (Index anchor = 0; anchor < scene.anchors.rows(); ++anchor) {
            for (Index candidate = 0; candidate < scene.candidates.rows(); ++candidate) {
                const Index row = scene.anchors.row_of(anchor), column = scene.candidates.row_of(candidate);
                const Role own = problem.batch.role(row), its = problem.other.role(column);
                Related expected = self && row == column ? Related::neither : kind(row, column);
                if (!has_role(own, Role::anchor) ||
                    !has_role(its, expected == Related::positive ? Role::positive : Role::negative)) {
                    expected = Related::neither;
                }
                const Index panel = candidate / scene.width;
                const auto eligible = [&](mohs::Among among) {
                    return (eligible_lanes(scene, among, anchor, panel) >> (candidate % scene.width) & 1U) != 0;
                };
                agree = agree && relation_of(scene, anchor, candidate) == expected &&
                        eligible(mohs::Among::positives) == (expected == Related::positive) &&
                        eligible(mohs::Among::negatives) == (expected == Related::negative) &&
                        eligible(mohs::Among::everyone) == (expected != Related::neither);
            }
        }
        CHECK(agree);
    }
}

TEST_CASE("rows without a role are not packed")
{
    for (const bool self : {true, false}) {
        const Problem problem{self};
        const auto& side = problem.scene.anchors;
        Index withdrawn = 0, position = 0;
        for (Index row = 0; row < problem.batch.rows(); ++row) {
            CHECK(side.withdrawn_before(row) == withdrawn);
            if (problem.batch.role(row) == Role::none) {
                ++withdrawn;
            } else {
                REQUIRE(side.row_of(position) == row);
                CHECK(side.roles[static_cast<std::size_t>(position)] == problem.batch.role(row));
                ++position;
            }
        }
        CHECK(withdrawn == 5);
        CHECK(side.withdrawn_before(problem.batch.rows()) == 5);
        CHECK(side.rows() == position);
    }
}

TEST_CASE("roles are forgotten where every packed row has all of them")
{
    const mohs::Matrix rows = mohs::Matrix::Ones(9, 2);
    std::vector<Role> roles(9, Role::any);
    roles[4] = Role::none;
    const mohs::Batch<float> batch = mohs::Batch<float>(rows).with_roles(roles);
    Workspace workspace;
    const auto scene = mohs::detail::build_scene<mohs::Cosine, float>(batch, batch, true,
                                                                      mohs::detail::PackOrder::by_class, {}, workspace);
    CHECK(scene.anchors.rows() == 8);
    CHECK(scene.anchors.roles.empty());
    const auto in_place = mohs::detail::build_scene<mohs::Cosine, float>(
        batch, batch, true, mohs::detail::PackOrder::in_place, {}, workspace);
    CHECK(in_place.anchors.rows() == 9);
    CHECK(in_place.anchors.withdrawn.empty());
    CHECK_FALSE(in_place.anchors.has_role(4, Role::anchor));
}

TEST_CASE("tiles of labelled rows are negatives or positives where all their pairs are")
{
    const reference::Owned<float> owned({"one class and singletons", reference::Table::Ones(200, 2), [] {
                                             std::vector<std::int64_t> labels(200, 0);
                                             for (std::size_t row = 100; row < 200; ++row) {
                                                 labels[row] = static_cast<std::int64_t>(row);
                                             }
                                             return labels;
                                         }()});
    Workspace workspace;
    const auto scene = mohs::detail::build_scene<mohs::Cosine, float>(owned.batch(), owned.batch(), true,
                                                                      mohs::detail::PackOrder::by_class, {}, workspace);
    using mohs::detail::TileKind;
    const auto all = [&](Index row_panel, Index column_panel, Related related) {
        bool result = true;
        for (Index row = row_panel * scene.width; row < (row_panel + 1) * scene.width; ++row) {
            for (Index column = column_panel * scene.width; column < (column_panel + 1) * scene.width; ++column) {
                result = result && relation_of(scene, row, column) == related;
            }
        }
        return result;
    };
    const Index full = 200 / scene.width;
    std::set<TileKind> seen;
    for (Index row = 0; row < full; ++row) {
        for (Index column = 0; column < full; ++column) {
            const TileKind found = kind_of(scene, row, column);
            seen.insert(found);
            CHECK((found == TileKind::negatives) == all(row, column, Related::negative));
            CHECK((found == TileKind::positives) == all(row, column, Related::positive));
        }
    }
    CHECK(seen.size() == 3);
}

TEST_CASE("a side lists the columns that are not its negatives from either end")
{
    for (const bool self : {true, false}) {
        Problem problem{self};
        const auto kind_at = [&](Index anchor, Index candidate) {
            return kind(problem.scene.anchors.row_of(anchor), problem.scene.candidates.row_of(candidate));
        };
        const auto rows = relate_side(problem.scene, true, problem.batch, problem.other, false, problem.workspace),
                   columns = relate_side(problem.scene, false, problem.other, problem.batch, false, problem.workspace);
        for (Index row = 0; row < rows.rows(); ++row) {
            std::set<Index> expected;
            for (Index column = 0; column < columns.rows(); ++column) {
                const bool listed_by_row = kind_at(row, column) != Related::negative,
                           by_column = self && kind_at(column, row) != Related::negative;
                if ((listed_by_row || by_column) && !(self && row == column)) {
                    expected.insert(column);
                }
            }
            CHECK(listed(rows, row) == expected);
        }
        for (Index column = 0; column < columns.rows(); ++column) {
            std::set<Index> expected;
            for (Index row = 0; row < rows.rows(); ++row) {
                if (listed(rows, row).count(column) != 0) {
                    expected.insert(row);
                }
            }
            CHECK(listed(columns, column) == expected);
        }
    }
}

TEST_CASE("paired rows know the position of their partner, wherever labels have put it")
{
    const mohs::Matrix rows = mohs::Matrix::Ones(5, 2), others = mohs::Matrix::Ones(7, 2);
    const std::vector<int> labels{4, 3, 2, 1, 0}, other_labels{0, 1, 2, 3, 4, 5, 0};
    const mohs::Batch batch{rows, labels}, other{others, other_labels};
    Workspace workspace;
    const auto scene = mohs::detail::build_scene<mohs::Cosine, float>(batch, other, false,
                                                                      mohs::detail::PackOrder::by_class, {}, workspace);
    const auto side = relate_side(scene, true, batch, other, true, workspace),
               back = relate_side(scene, false, other, batch, true, workspace);
    for (Index position = 0; position < 5; ++position) {
        CHECK(scene.candidates.row_of(side.partners[static_cast<std::size_t>(position)]) ==
              scene.anchors.row_of(position));
        CHECK(side.class_range(position).size() == (batch.label(scene.anchors.row_of(position)) == 0 ? 2 : 1));
    }
    for (Index position = 0; position < 7; ++position) {
        const Index row = scene.candidates.row_of(position);
        const std::int32_t partner = back.partners[static_cast<std::size_t>(position)];
        CHECK((partner < 0 ? row >= 5 : scene.anchors.row_of(partner) == row));
    }
}
