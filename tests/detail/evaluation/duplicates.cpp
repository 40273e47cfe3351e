#include "../../catch.hpp"
#include "../../evaluation/oracle.hpp"

#include <mohs/detail/evaluation/duplicates.hpp>
#include <mohs/evaluation/retrieval.hpp>
#include <mohs/evaluation/verification.hpp>

#include <bit>

namespace {

using evaluation::Set;
using mohs::Index;
using mohs::Role;
using mohs::detail::Duplicates;

bool equal(const Set& a, Index row_a, const Set& b, Index row_b)
{
    for (Index k = 0; k < a.rows.cols(); ++k) {
        if (std::bit_cast<std::uint64_t>(a.rows(row_a, k)) != std::bit_cast<std::uint64_t>(b.rows(row_b, k))) {
            return false;
        }
    }
    return true;
}

/// Queries with a candidate of their label that equals them.
Index counted(const Set& queries, const Set& gallery, bool self)
{
    const evaluation::Scene scene{queries, gallery, self};
    Index result = 0;
    for (Index query = 0; query < queries.size(); ++query) {
        bool found = false;
        for (Index row = 0; row < gallery.size() && queries.finite(query); ++row) {
            found |= scene.is_candidate(query, row) && queries.label(query) == gallery.label(row) &&
                     equal(queries, query, gallery, row);
        }
        result += found ? 1 : 0;
    }
    return result;
}

Index self_count(const Set& set)
{
    return Duplicates(set.batch(), set.batch(), true).count();
}

Index count(const Set& queries, const Set& gallery)
{
    return Duplicates(queries.batch(), gallery.batch(), false).count();
}

}  // namespace

TEST_CASE("duplicates are the queries with an equal row of their label", "[evaluation]")
{
    Index found = 0;
    for (const Index size : {0, 1, 2, 9, 60, 200}) {
        for (const Index classes : {1, 3, 30}) {
            for (const Index dimension : {1, 3, 4, 9}) {
                const auto seed = static_cast<std::uint64_t>(size + classes + dimension);
                const Set plain = evaluation::random_set(size, dimension, classes, seed);
                const Set copies = evaluation::with_duplicates(plain, 5);
                for (const Set& set :
                     {plain, copies, evaluation::with_bad_rows(copies), evaluation::with_shared_ids(copies, 6)}) {
                    INFO(set.name);
                    CHECK(self_count(set) == counted(set, set, true));
                    found += self_count(set);
                    Set half = set;
                    half.rows = set.rows.topRows(size / 2).eval();
                    half.labels.resize(static_cast<std::size_t>(size / 2));
                    half.ids.resize(set.has_ids ? half.labels.size() : 0);
                    std::erase_if(half.bad, [&](Index row) { return row >= size / 2; });
                    CHECK(count(half, set) == counted(half, set, false));
                    CHECK(count(set, half) == counted(set, half, false));
                }
            }
        }
    }
    CHECK(found > 1000);
}

TEST_CASE("rows that all are equal are counted in no more than a sort", "[evaluation]")
{
    // Every query has 100000 equal rows, all of its own sample but one: looked at one by one that would take hours.
    Set set{"equal", evaluation::Rows::Ones(100000, 2)};
    set.labels.assign(100000, 1);
    set.ids.assign(100000, 7);
    set.ids.back() = 8;
    set.has_ids = true;
    CHECK(self_count(set) == 100000);
    set.ids.back() = 7;
    CHECK(self_count(set) == 0);
    for (std::size_t row = 0; row < 100000; ++row) {
        set.labels[row] = static_cast<std::int64_t>(row);
    }
    CHECK(count(set, set) == 0);
}

TEST_CASE("0 and -0 are not the same bits", "[evaluation][ieee]")
{
    const double minus_zero = std::bit_cast<double>(std::uint64_t{1} << 63);
    CHECK(self_count(evaluation::line({0, minus_zero}, {1, 1})) == 0);
    CHECK(self_count(evaluation::line({0, 0}, {1, 1})) == 2);
}

TEST_CASE("a row that cannot be what a duplicate is to its query is none", "[evaluation]")
{
    const Set set = evaluation::line({5, 5, 5, 5}, {1, 1, 2, 3});
    const auto counted_with = [&](std::vector<Role> roles) {
        const mohs::Batch<double> batch = set.batch().with_roles(roles);
        return Duplicates(batch, batch, true).count();
    };
    CHECK(counted_with({Role::any, Role::any, Role::any, Role::any}) == 2);
    CHECK(counted_with({Role::anchor, Role::positive, Role::any, Role::any}) == 1);
    CHECK(counted_with({Role::anchor, Role::anchor | Role::negative, Role::any, Role::any}) == 0);
    const mohs::Batch<double> unknown = set.batch().with_unknown_label(1);
    CHECK(Duplicates(unknown, unknown, true).count() == 0);
}

TEST_CASE("under a relation a duplicate is a positive", "[evaluation]")
{
    const Set queries = evaluation::line({5, 6, 7, 8}, {1, 1, 1, 1});
    const Set gallery = evaluation::line({5, 5, 7, 9, 8}, {1, 1, 1, 1, 1});
    const std::vector<Index> offsets{0, 2, 3, 5, 6}, rows{1, 3, 0, 2, 4, 2};
    const mohs::Relation relation = mohs::Relation::positive_lists(offsets, rows, 5);
    const mohs::Batch<double> related = queries.batch().related_by(relation);
    CHECK(Duplicates(related, gallery.batch(), false).count() == 2);
    // Partners of paired rows are two samples, whatever their ids.
    const mohs::Relation paired = mohs::Relation::paired(4);
    const std::vector<int> ids{1, 2, 3, 4};
    const mohs::Batch<double> partners = queries.batch().with_ids(ids);
    CHECK(Duplicates(partners.related_by(paired), partners, false).count() == 4);
    const std::vector<Index> each{0, 1, 2, 3, 4}, own{0, 1, 2, 3};
    const mohs::Relation lists = mohs::Relation::positive_lists(each, own, 4);
    CHECK(Duplicates(partners.related_by(lists), partners, false).count() == 0);
    const mohs::Batch<double> self = queries.batch().related_by(lists);
    CHECK(Duplicates(self, self, true).count() == 0);
}

TEST_CASE("evaluation reports that a copy of the queries was given as their gallery", "[evaluation]")
{
    const Set set = evaluation::random_set(60, 4, 9, 3), copy = set;
    const mohs::RetrievalMetrics evaluate{mohs::Cosine{}, {.k = {1}}};
    const mohs::VerificationMetrics verify{mohs::Euclidean{}};
    CHECK(evaluate(set.batch()).duplicates == 0);
    CHECK(evaluate(set.batch(), copy.batch()).duplicates == 60);
    CHECK(evaluate(set.batch(), copy.batch()).overall.at_k[0].hit_rate == 1);
    CHECK(evaluation::entries_of(evaluate(set.batch(), copy.batch())).at("duplicates") == 60);
    CHECK(verify(set.batch()).duplicates == 0);
    CHECK(verify(set.batch(), copy.batch()).duplicates == 60);
    CHECK(evaluation::entries_of(verify(set.batch(), copy.batch())).at("duplicates") == 60);
    const Set doubled = evaluation::with_duplicates(set, 4);
    CHECK(evaluate(doubled.batch()).duplicates == counted(doubled, doubled, true));
    CHECK(verify(doubled.batch()).duplicates == counted(doubled, doubled, true));
    // Half rows against their float copy are the same rows.
    const Eigen::Matrix<Eigen::half, -1, -1> halves = set.rows.cast<Eigen::half>();
    const mohs::Matrix floats = halves.cast<float>();
    CHECK(evaluate(mohs::Batch(halves, set.labels), mohs::Batch(floats, set.labels)).duplicates == 60);
}
