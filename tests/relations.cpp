#include "relations.hpp"

#include "traps.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace relations {

namespace {

/// What a problem has besides its relation.
struct Extras {
    bool roles, ids, unknown, bad;
};
constexpr Extras plain{false, false, false, false}, everything{true, true, true, true};

Side make_side(Index rows, Index dimension, std::uint64_t seed, bool labelled, const Extras& extras)
{
    reference::Generator generator(seed);
    Side side{Table(rows, dimension)};
    for (Index i = 0; i < side.rows.size(); ++i) {
        side.rows.data()[i] = 0.5 * reference::normal(generator);
    }
    side.has_unknown = extras.unknown;
    for (Index row = 0; row < rows; ++row) {
        if (labelled || extras.unknown) {
            side.labels.push_back(reference::uniform_below(generator, 4) * 10 - 7);
        }
        if (extras.ids) {
            side.ids.push_back(reference::uniform_below(generator, 2 * rows));
        }
        if (extras.roles) {
            // Most rows may be anything; the others are of every other kind.
            const Index drawn = reference::uniform_below(generator, 14);
            side.roles.push_back(static_cast<Role>(std::min<Index>(drawn, 7)));
        }
        side.bad.push_back(extras.bad && row % 7 == 3);
        if (side.bad.back()) {
            side.rows(row, row % dimension) =
                row % 2 == 0 ? std::numeric_limits<double>::quiet_NaN() : -std::numeric_limits<double>::infinity();
        }
    }
    return side;
}

Problem make_problem(std::string name, bool self, Index queries, Index candidates, Index dimension, bool labelled,
                     const Extras& extras)
{
    Problem result{std::move(name), self, make_side(queries, dimension, 1, labelled, extras)};
    result.name += std::string(self ? ", batch" : ", gallery") + (extras.roles ? ", roles" : "") +
                   (extras.ids ? ", ids" : "") + (extras.unknown ? ", unknown" : "") + (extras.bad ? ", bad rows" : "");
    if (!self) {
        result.other = make_side(candidates, dimension, 2, labelled, extras);
    }
    result.own = make_side(2 * queries, dimension, 3, labelled, extras);
    return result;
}

Related related_if(bool positive)
{
    return positive ? Related::positive : Related::negative;
}

std::function<Related(Index, Index)> by_label(const Problem& problem)
{
    return [a = problem.queries.labels, b = problem.candidates().labels](Index query, Index row) {
        return related_if(a[static_cast<std::size_t>(query)] == b[static_cast<std::size_t>(row)]);
    };
}

/// Tags of a row; some have none.
std::vector<int> tags(Index row, Index step)
{
    std::vector<int> result;
    for (int tag = 0; tag < 6; ++tag) {
        if ((row * step + row * tag + tag * tag * 3) % 5 == 0 && row % 9 != 1) {
            result.push_back(tag);
        }
    }
    return result;
}

std::vector<std::vector<int>> all_tags(Index rows, Index step)
{
    std::vector<std::vector<int>> result;
    for (Index row = 0; row < rows; ++row) {
        result.push_back(tags(row, step));
    }
    return result;
}

/// The problem with what it lists as a relation.
Problem with_lists(Problem problem)
{
    std::vector<Index> offsets{0}, rows;
    for (Index query = 0; query < problem.queries.size(); ++query) {
        for (Index row = problem.candidates().size() - 1; row >= 0; --row) {
            if (problem.listed(query, row) == Related::positive) {
                rows.push_back(row);
            }
        }
        offsets.push_back(static_cast<Index>(rows.size()));
    }
    problem.relation =
        std::make_shared<mohs::Relation>(mohs::Relation::positive_lists(offsets, rows, problem.candidates().size()));
    return problem;
}

void add_problems(std::vector<Problem>& problems, Index queries, Index candidates, Index dimension,
                  const Extras& extras)
{
    using mohs::Relation;
    for (const bool self : {true, false}) {
        const Index others = self ? queries : candidates;
        const auto make = [&](const char* name, Index columns, bool labelled) {
            return make_problem(name, self, queries, columns, dimension, labelled, extras);
        };
        if (extras.roles || extras.unknown) {
            // Labels alone are tested elsewhere.
            Problem problem = make("labels", others, true);
            problem.listed = by_label(problem);
            problems.push_back(problem);
        }
        Problem lists = make("lists", others, false);
        lists.listed = [](Index query, Index row) { return related_if((query * 7 + row * 3) % 11 < 2); };
        problems.push_back(with_lists(lists));
        if (self) {
            // Most rows are listed by others only, far from where they are themselves.
            Problem late = make("late lists", others, false);
            late.listed = [half = queries / 2](Index query, Index row) {
                return related_if(query >= half && query * 3 % half == row);
            };
            problems.push_back(with_lists(late));
        }

        Problem sets = make("label sets", others, false);
        sets.relation =
            std::make_shared<Relation>(self ? Relation::label_sets(all_tags(queries, 5))
                                            : Relation::label_sets(all_tags(queries, 5), all_tags(others, 3)));
        sets.listed = [self](Index query, Index row) {
            bool shared = false;
            for (const int x : tags(query, 5)) {
                for (const int y : tags(row, self ? 5 : 3)) {
                    shared = shared || x == y;
                }
            }
            return related_if(shared);
        };
        problems.push_back(sets);

        Problem predicate = make("predicate", others, false);
        predicate.listed = [](Index query, Index row) {
            const Index at = (query * 5 + row * row) % 13;
            return at < 2 ? Related::positive : at < 6 ? Related::neither : Related::negative;
        };
        predicate.relation = std::make_shared<Relation>(Relation::of_pairs(queries, others, predicate.listed));
        problems.push_back(predicate);
        if (self) {
            continue;
        }
        for (const Index own : {0, 2}) {
            Problem paired = make(own == 0 ? "pairs" : "pairs with own negatives", queries * (1 + own), false);
            paired.listed = [queries, own](Index query, Index row) {
                return row < queries                    ? related_if(row == query)
                       : (row - queries) / own == query ? Related::negative
                                                        : Related::neither;
            };
            paired.relation = std::make_shared<Relation>(Relation::paired(queries, own));
            paired.paired = true;
            problems.push_back(paired);
        }
    }
}

Related in_role(Related related, const Side& anchors, Index anchor, const Side& candidates, Index candidate)
{
    const Role wanted = related == Related::positive ? Role::positive : Role::negative;
    return anchors.may_be(anchor, Role::anchor) && candidates.may_be(candidate, wanted) ? related : Related::neither;
}

}  // namespace

Index Side::count_if(const std::function<bool(Index)>& holds) const
{
    Index result = 0;
    for (Index row = 0; row < size(); ++row) {
        result += holds(row) ? 1 : 0;
    }
    return result;
}

Index Kinds::count(Index row, Related kind) const
{
    Index result = 0;
    for (Index column = 0; column < columns; ++column) {
        result += (*this)(row, column) == kind ? 1 : 0;
    }
    return result;
}

Related Problem::before_roles(Index query, Index candidate) const
{
    const Side& others = candidates();
    const bool same = (self && query == candidate) ||
                      (!queries.ids.empty() && !(paired && query == candidate) &&
                       queries.ids[static_cast<std::size_t>(query)] == others.ids[static_cast<std::size_t>(candidate)]);
    if (!queries.takes_part(query) || !others.takes_part(candidate) || same) {
        return Related::neither;
    }
    const Related related = listed(query, candidate);
    return related == Related::negative && !others.ids.empty() &&
                   is_copy_of_positive(query, others.ids[static_cast<std::size_t>(candidate)])
               ? Related::neither
               : related;
}

bool Problem::is_copy_of_positive(Index query, std::int64_t id) const
{
    const Side& others = candidates();
    for (Index row = 0; relation != nullptr && row < others.size(); ++row) {
        if (listed(query, row) == Related::positive && others.ids[static_cast<std::size_t>(row)] == id) {
            return true;
        }
    }
    return false;
}

Kinds Problem::forward() const
{
    Kinds result{queries.size(), candidates().size()};
    for (Index query = 0; query < result.rows; ++query) {
        for (Index row = 0; row < result.columns; ++row) {
            result.kinds.push_back(in_role(before_roles(query, row), queries, query, candidates(), row));
        }
    }
    return result;
}

Kinds Problem::backward() const
{
    Kinds result{candidates().size(), queries.size()};
    for (Index row = 0; row < result.rows; ++row) {
        for (Index query = 0; query < result.columns; ++query) {
            result.kinds.push_back(in_role(before_roles(query, row), candidates(), row, queries, query));
        }
    }
    return result;
}

bool Problem::is_own_negative(Index row) const
{
    const auto at = static_cast<std::size_t>(row), query = at / 2;
    const bool same = (!own.ids.empty() && (own.ids[at] == queries.ids[query] ||
                                            is_copy_of_positive(static_cast<Index>(query), own.ids[at]))) ||
                      (relation == nullptr && own.labels[at] == queries.labels[query]);
    return own.takes_part(row) && own.may_be(row, Role::negative) && !same;
}

std::vector<Problem> all_problems(Index queries, Index candidates, Index dimension)
{
    std::vector<Problem> result;
    for (const Extras& extras : {plain, Extras{true, false, false, false}, Extras{false, true, false, false},
                                 Extras{false, false, true, false}, Extras{false, false, false, true}, everything}) {
        add_problems(result, queries, candidates, dimension, extras);
    }
    return result;
}

std::vector<Problem> full_problems(Index queries, Index candidates, Index dimension)
{
    std::vector<Problem> result, bare;
    add_problems(result, queries, candidates, dimension, everything);
    add_problems(bare, queries, candidates, dimension, plain);
    std::copy_if(bare.begin(), bare.end(), std::back_inserter(result),
                 [](const Problem& problem) { return problem.name.find("late lists") == 0; });
    return result;
}

std::vector<std::pair<Problem, Problem>> labels_and_relations(Index queries, Index candidates, Index dimension)
{
    std::vector<std::pair<Problem, Problem>> result;
    for (const bool self : {true, false}) {
        Problem labelled = make_problem("labels", self, queries, candidates, dimension, true, plain);
        labelled.listed = by_label(labelled);
        const auto sets = [](const std::vector<std::int64_t>& labels) {
            std::vector<std::vector<std::int64_t>> each;
            for (const std::int64_t label : labels) {
                each.push_back({label});
            }
            return each;
        };
        Problem related = labelled;
        related.relation = std::make_shared<mohs::Relation>(
            mohs::Relation::label_sets(sets(labelled.queries.labels), sets(labelled.candidates().labels)));
        // The relation stands in for labels, whatever these say.
        std::fill(related.queries.labels.begin(), related.queries.labels.end(), 0);
        result.emplace_back(labelled, related);
    }
    return result;
}

Table cosines(const Table& a, const Table& b)
{
    const Untrapped untrapped;
    Table result(a.rows(), b.rows());
    const auto dot = [](const Table& x, Index i, const Table& y, Index j) {
        double sum = 0;
        for (Index k = 0; k < x.cols(); ++k) {
            sum += x(i, k) * y(j, k);
        }
        return sum;
    };
    for (Index j = 0; j < b.rows(); ++j) {
        const double norm = std::sqrt(dot(b, j, b, j));
        for (Index i = 0; i < a.rows(); ++i) {
            result(i, j) = dot(a, i, b, j) / norm / std::sqrt(dot(a, i, a, i));
        }
    }
    return result;
}

Table distances(const Table& a, const Table& b)
{
    const Untrapped untrapped;
    Table result(a.rows(), b.rows());
    for (Index i = 0; i < a.rows(); ++i) {
        for (Index j = 0; j < b.rows(); ++j) {
            double sum = 0;
            for (Index k = 0; k < a.cols(); ++k) {
                sum += (a(i, k) - b(j, k)) * (a(i, k) - b(j, k));
            }
            result(i, j) = std::sqrt(sum);
        }
    }
    return result;
}

mohs::Report expected_rows(const Side& anchors, const Side& candidates)
{
    mohs::Report result;
    result.anchors = anchors.size();
    result.non_finite = anchors.count_if([&](Index row) { return anchors.is_bad(row); });
    result.unknown = anchors.count_if([&](Index row) { return anchors.is_unknown(row); });
    result.not_anchors =
        anchors.count_if([&](Index row) { return anchors.takes_part(row) && !anchors.may_be(row, Role::anchor); });
    result.non_finite_candidates = candidates.count_if([&](Index row) { return candidates.is_bad(row); });
    return result;
}

}  // namespace relations
