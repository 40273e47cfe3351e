// Covers corpus/input/block_source.hpp, corpus/input/corpus_options.hpp, result/corpus_negatives.hpp.
// Covers detail/corpus/corpus_collector.hpp, detail/corpus/corpus_exclusions.hpp, detail/corpus/corpus_extras.hpp.
// Covers detail/corpus/corpus_lists.hpp, detail/corpus/corpus_plan.hpp, detail/corpus/corpus_query.hpp.
// Covers detail/corpus/corpus_rules.hpp, detail/corpus/corpus_run.hpp, detail/corpus/corpus_scan.hpp.
// Covers detail/corpus/corpus_selector.hpp, detail/corpus/kept_candidates.hpp, detail/corpus/measure_positives.hpp.
// Covers detail/corpus/deep_search.hpp, detail/corpus/query_block.hpp.

#include <mohs/corpus/corpus_miner.hpp>

#include "../catch.hpp"
#include "corpus_problems.hpp"

#include <mohs/filter/exclude_if.hpp>
#include <mohs/filter/exclude_near_duplicates.hpp>

#include <cstring>
#include <stdexcept>

namespace {

using corpus_oracle::Kind;
using corpus_oracle::Problem;
using corpus_problems::clustered;
using corpus_problems::fault;
using corpus_problems::rows_as;
using corpus_problems::threads;
using mohs::Batch;
using mohs::CorpusMiner;
using mohs::CorpusNegatives;
using mohs::CorpusOptions;
using mohs::Index;
using mohs::ReferencePositive;

/// Every option that has a say in the closest negatives.
std::vector<CorpusOptions> top_options()
{
    std::vector<CorpusOptions> result{
        {.num_negatives = 1},
        {.num_negatives = 5},
        {.num_negatives = 3, .range_min = 4},
        {.num_negatives = 3, .range_max = 6},
        {.num_negatives = 3, .range_min = 2, .range_max = 9, .raw_range_min = 3},
        {.num_negatives = 4, .raw_range_min = 5},
        {.num_negatives = 3, .absolute_margin = 0.05},
        {.num_negatives = 3, .range_max = 12, .absolute_margin = 0.1},
        {.num_negatives = 3, .relative_margin = 0.05},
        {.num_negatives = 2, .range_min = 1, .relative_margin = -0.1},
        {.num_negatives = 3,
         .absolute_margin = 0.02,
         .relative_margin = 0.1,
         .reference_positive = ReferencePositive::max},
        {.num_negatives = 3,
         .raw_range_min = 2,
         .relative_margin = 0.05,
         .reference_positive = ReferencePositive::mean},
        {.num_negatives = 3,
         .relative_margin = 0.02,
         .reference_positive = ReferencePositive::own,
         .per_positive = true},
        {.num_negatives = 2,
         .range_max = 8,
         .relative_margin = 0.02,
         .reference_positive = ReferencePositive::own,
         .per_positive = true},
        {.num_negatives = 2, .absolute_margin = 0.1, .per_positive = true},
        {.num_negatives = 200},
        {.num_negatives = 3, .range_min = 1000},
    };
    return result;
}

/// The ends of a band that some candidates lie outside of.
void add_bands(std::vector<CorpusOptions>& options, const Problem& problem)
{
    std::vector<double> values;
    for (Index row = 10; row < problem.corpus.rows(); ++row) {
        values.push_back(corpus_oracle::value_of(problem.kind, problem.queries, 0, problem.corpus, row));
    }
    std::sort(values.begin(), values.end());
    const double low = values[values.size() / 4], high = values[values.size() * 3 / 4];
    options.push_back({.num_negatives = 3, .max_score = high});
    options.push_back({.num_negatives = 3, .min_score = low});
    options.push_back({.num_negatives = 40, .max_score = high, .min_score = low});
    options.push_back({.num_negatives = 3, .range_max = 10, .max_score = high, .min_score = low});
}

bool is_unwanted(Index query, Index row)
{
    return (query * 7 + row * 13) % 3 == 0;
}

template <class M, class... Filters>
CorpusNegatives<M> mine(const Problem& problem, const CorpusOptions& options, const mohs::Options& run,
                        const Filters&... filters)
{
    const auto queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const CorpusMiner<M, Filters...> miner(M{}, options, filters...);
    const mohs::Relation relation = problem.relation();
    if (problem.known_scores) {
        std::vector<Index> offsets{0};
        std::vector<double> values;
        for (const std::vector<double>& scores : *problem.known_scores) {
            values.insert(values.end(), scores.begin(), scores.end());
            offsets.push_back(static_cast<Index>(values.size()));
        }
        return miner(Batch{queries}, Batch{corpus}, relation, mohs::PositiveScores{offsets, values}, run);
    }
    if (!problem.query_ids.empty()) {
        return miner(Batch{queries}.with_ids(problem.query_ids), Batch{corpus}.with_ids(problem.corpus_ids), relation,
                     run);
    }
    return miner(Batch{queries}, Batch{corpus}, relation, run);
}

/// Compares with the oracle, in blocks of several sizes and on 1 to 3 threads.
template <class M, class... Filters>
std::string fault_of(Problem problem, const CorpusOptions& options, const Filters&... filters)
{
    problem.options = options;
    const auto expected = corpus_oracle::expect(problem);
    const Index blocks[][2] = {{0, 0}, {7, 5}, {1, 3}, {1000, 1000}};
    int number = 0;
    for (const auto& block : blocks) {
        CorpusOptions each = options;
        each.corpus_block = block[0];
        each.query_block = block[1];
        const std::string found =
            fault(mine<M>(problem, each, threads(1 + number++ % 3), filters...), problem, expected);
        if (!found.empty()) {
            return found + ", blocks of " + std::to_string(block[0]);
        }
    }
    return "";
}

template <class M>
void compare_all(Kind kind, std::uint32_t seed)
{
    Problem problem = clustered(11, 90, 6, seed);
    problem.kind = kind;
    std::vector<CorpusOptions> options = top_options();
    add_bands(options, problem);
    for (std::size_t i = 0; i < options.size(); ++i) {
        INFO(M::name << ", options " << i);
        CHECK(fault_of<M>(problem, options[i]) == "");
    }
}

}  // namespace

TEST_CASE("corpus mining agrees with the definition for all metrics and options", "[corpus][ieee]")
{
    compare_all<mohs::Cosine>(Kind::cosine, 1);
    compare_all<mohs::DotProduct>(Kind::dot, 2);
    compare_all<mohs::Euclidean>(Kind::euclidean, 3);
    compare_all<mohs::Normalised<mohs::Euclidean>>(Kind::normalised_euclidean, 5);
}

TEST_CASE("corpus mining asks filters in the scan and counts the first that rejects", "[corpus][ieee][threads]")
{
    Problem problem = clustered(11, 90, 6, 9);
    problem.filters = 2;
    problem.filter = [&](Index query, const std::vector<Index>& positives, Index row, double value) {
        if (is_unwanted(query, row)) {
            return 0;
        }
        bool close = value > 0.9;
        for (const Index positive : positives) {
            // A positive without a value does not count.
            close |= corpus_oracle::is_finite_row(problem.corpus, positive) &&
                     corpus_oracle::value_of(Kind::cosine, problem.corpus, positive, problem.corpus, row) > 0.9;
        }
        return close ? 1 : -1;
    };
    const mohs::ExcludeIf unwanted{[](Index query, Index row) { return is_unwanted(query, row); }};
    std::vector<CorpusOptions> options = top_options();
    for (std::size_t i = 0; i < options.size(); ++i) {
        // This filter needs a positive, so lists without one are left out of the comparison.
        Problem with_positives = problem;
        with_positives.positives[2] = {30};
        with_positives.positives[4] = {31};
        with_positives.neither[2].clear();
        if (options[i].per_positive) {
            with_positives.positives[0].pop_back();
        }
        INFO("options " << i);
        CHECK(fault_of<mohs::Cosine>(with_positives, options[i], unwanted, mohs::ExcludeNearDuplicates{0.9}) == "");
    }
}

TEST_CASE("a filter that rejects nearly everything leaves nobody short and is counted by a second scan",
          "[corpus][ieee]")
{
    Problem problem = clustered(7, 2500, 4, 21);
    problem.filters = 1;
    const auto rejects = [](Index query, Index row) { return (query + row) % 199 != 0; };
    problem.filter = [&](Index query, const std::vector<Index>&, Index row, double) {
        return rejects(query, row) ? 0 : -1;
    };
    const mohs::ExcludeIf filter{rejects};
    for (const Index n : {1, 3, 10, 14}) {
        CAPTURE(n);
        problem.options = {.num_negatives = n};
        const auto expected = corpus_oracle::expect(problem);
        for (const Index block : {0, 100, 999}) {
            CorpusOptions options = problem.options;
            options.corpus_block = block;
            CHECK(fault(mine<mohs::Cosine>(problem, options, threads(2), filter), problem, expected) == "");
        }
    }
}

TEST_CASE("rows that scores cannot tell apart are ranked by their exact values and by row", "[corpus][ieee]")
{
    // Nearly equal rows, far from where they differ: scores in float are noise, exact values are not.
    Problem problem;
    problem.kind = Kind::euclidean;
    problem.queries.resize(3, 8);
    problem.corpus.resize(400, 8);
    std::mt19937 random(4);
    std::uniform_real_distribution<double> uniform(-1, 1);
    for (Index row = 0; row < 400; ++row) {
        for (Index k = 0; k < 8; ++k) {
            problem.corpus(row, k) = static_cast<double>(static_cast<float>(100 + 1e-5 * uniform(random)));
        }
    }
    for (Index row = 200; row < 300; ++row) {
        problem.corpus.row(row) = problem.corpus.row(0);  // a hundred equal rows
    }
    problem.queries.setConstant(50);
    problem.queries.row(1) = problem.corpus.row(0);
    problem.queries.row(2).setConstant(100);
    problem.positives = {{1}, {2}, {3, 4}};
    problem.neither = {{}, {}, {}};
    for (const Index n : {1, 10, 60}) {
        CAPTURE(n);
        CHECK(fault_of<mohs::Euclidean>(problem, {.num_negatives = n}) == "");
    }
    problem.kind = Kind::cosine;
    // On a sphere, equal rows alone: values that differ by a rounding of double may be ordered otherwise by the oracle.
    for (Index row = 0; row < 400; ++row) {
        problem.corpus.row(row) = problem.corpus.row(row % 2 == 0 ? 0 : 1);
    }
    problem.corpus.row(0) *= -1;
    CHECK(fault_of<mohs::Cosine>(problem, {.num_negatives = 30, .range_min = 3}) == "");
}

TEST_CASE("corpora of no rows or one or fewer than asked for are results", "[corpus][ieee]")
{
    for (const Index rows : {0, 1, 2, 5}) {
        Problem problem = clustered(4, rows, 3, 8, false);
        INFO(rows);
        CHECK(fault_of<mohs::Cosine>(problem, {.num_negatives = 7}) == "");
        CHECK(fault_of<mohs::Cosine>(problem, {.num_negatives = 1, .range_max = 3}) == "");
    }
    const Problem none = clustered(0, 10, 3, 8, false);
    CHECK(mine<mohs::Cosine>(none, {}, {}).empty());
    CHECK(mine<mohs::Cosine>(none, {}, {}).report.corpus == 10);
}

TEST_CASE("the query itself and copies of its positives are no candidates where rows have ids", "[corpus][ieee]")
{
    Problem problem = clustered(12, 60, 5, 31, false);
    problem.corpus.topRows(12) = problem.queries;
    for (Index query = 0; query < 12; ++query) {
        problem.positives[static_cast<std::size_t>(query)] = {20 + query, 35};
        problem.neither[static_cast<std::size_t>(query)].clear();
        problem.query_ids.push_back(query);
    }
    for (Index row = 0; row < 60; ++row) {
        problem.corpus_ids.push_back(row < 50 ? row : row - 30);  // rows 50 to 59 show what 20 to 29 do
    }
    CHECK(fault_of<mohs::Cosine>(problem, {.num_negatives = 5}) == "");
    CHECK(fault_of<mohs::Cosine>(problem, {.num_negatives = 2, .relative_margin = 0.1, .per_positive = true}) == "");
}

TEST_CASE("scores of positives that are known stand in for their rows", "[corpus][ieee]")
{
    Problem problem = clustered(6, 50, 5, 12, false);
    problem.known_scores = {{0.5}, {0.9, std::numeric_limits<double>::quiet_NaN()}, {}, {0.2, 0.3, 0.8}, {-0.5}, {0.7}};
    for (const ReferencePositive of : {ReferencePositive::min, ReferencePositive::max, ReferencePositive::mean}) {
        CHECK(fault_of<mohs::Cosine>(problem, {.num_negatives = 3, .relative_margin = 0.1, .reference_positive = of}) ==
              "");
    }
    problem.known_scores = {{0.5}, {0.9, 0.1}, {}, {0.2}, {-0.5, 0.3}, {0.7, 0.6, 0.5}};
    CHECK(fault_of<mohs::Cosine>(problem, {.num_negatives = 3,
                                           .absolute_margin = 0.05,
                                           .reference_positive = ReferencePositive::own,
                                           .per_positive = true}) == "");
}

TEST_CASE("corpus mining refuses what makes no sense before any work", "[corpus][ieee]")
{
    const auto refused = [](const CorpusOptions& options) { CorpusMiner miner{mohs::Cosine{}, options}; };
    CHECK_THROWS_WITH(refused({.num_negatives = 0}), "mohs::CorpusMiner: num_negatives is 0, but must be at least 1");
    CHECK_THROWS_AS(refused({.range_min = -1}), std::invalid_argument);
    CHECK_THROWS_AS(refused({.raw_range_min = -1}), std::invalid_argument);
    CHECK_THROWS_AS(refused({.num_negatives = 3, .pool = 2}), std::invalid_argument);
    CHECK_THROWS_AS(refused({.num_negatives = 3, .range_min = 8, .range_max = 10}), std::invalid_argument);
    CHECK_THROWS_AS(refused({.relative_margin = std::numeric_limits<double>::infinity()}), std::invalid_argument);
    CHECK_THROWS_AS(refused({.max_score = std::numeric_limits<double>::quiet_NaN()}), std::invalid_argument);
    CHECK_THROWS_AS(refused({.temperature = 0}), std::invalid_argument);
    CHECK_THROWS_AS(refused({.simans_a = -1}), std::invalid_argument);
    CHECK_THROWS_AS(refused({.reference_positive = ReferencePositive::own}), std::invalid_argument);
    CHECK_THROWS_AS(refused({.corpus_block = -1}), std::invalid_argument);

    const mohs::Matrix queries = mohs::Matrix::Random(4, 3), corpus = mohs::Matrix::Random(9, 3),
                       narrow = mohs::Matrix::Random(9, 2);
    const std::vector<Index> offsets{0, 1, 2, 3, 4}, rows{0, 1, 2, 3};
    const mohs::Relation relation = mohs::Relation::positive_lists(offsets, rows, 9),
                         other = mohs::Relation::positive_lists(offsets, rows, 8);
    const CorpusMiner miner{mohs::Cosine{}, {}};
    const std::vector<std::int64_t> ids{1, 2, 3, 4};
    CHECK_THROWS_AS(miner(Batch{queries}, Batch{corpus}, other), std::invalid_argument);
    CHECK_THROWS_AS(miner(Batch{corpus}, Batch{queries}, relation), std::invalid_argument);
    CHECK_THROWS_AS(miner(Batch{queries}, Batch{narrow}, relation), std::invalid_argument);
    CHECK_THROWS_AS(miner(Batch{queries}.with_ids(ids), Batch{corpus}, relation), std::invalid_argument);
    // Queries that are rows of the corpus would find themselves.
    const auto part = corpus.topRows(4);
    CHECK_THROWS_AS(miner(Batch{part}, Batch{corpus}, relation), std::invalid_argument);
    CHECK_THROWS_AS(miner(Batch{queries}, Batch{corpus}, relation, mohs::PositiveScores{}), std::invalid_argument);
}

TEST_CASE("corpus mining of 16-bit and double rows and of strided rows is that of their values", "[corpus][ieee]")
{
    Problem problem = clustered(9, 70, 10, 77, false);
    problem.options = {.num_negatives = 4, .relative_margin = 0.03};
    const auto check = [&]<class Scalar>(Scalar) {
        const mohs::MatrixOf<Scalar> queries = rows_as<Scalar>(problem.queries),
                                     corpus = rows_as<Scalar>(problem.corpus);
        const Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> by_column = corpus;
        Problem rounded = problem;
        rounded.queries = queries.template cast<double>();
        rounded.corpus = corpus.template cast<double>();
        const auto expected = corpus_oracle::expect(rounded);
        const CorpusMiner miner{mohs::Cosine{}, problem.options};
        const mohs::Relation relation = problem.relation();
        CHECK(fault(miner(Batch{queries}, Batch{corpus}, relation), rounded, expected) == "");
        CHECK(fault(miner(Batch{queries}, Batch{by_column}, relation), rounded, expected) == "");
    };
    check(double{});
    check(Eigen::half{});
}

TEST_CASE("progress is reported and mining stops where it is told to", "[corpus][ieee]")
{
    const Problem problem = clustered(10, 40, 4, 3, false);
    std::vector<double> shares;
    CorpusOptions options{.num_negatives = 2, .corpus_block = 10, .query_block = 4};
    options.progress = [&](const mohs::CorpusProgress& progress) {
        shares.push_back(progress.share);
        return true;
    };
    const auto all = mine<mohs::Cosine>(problem, options, {});
    // Four blocks of the corpus for each of three of queries, and before that a look at one of queries and four of the
    // corpus.
    CHECK(shares.size() == 17);
    CHECK(std::is_sorted(shares.begin(), shares.end()));
    CHECK(shares.back() == Approx(1));
    CHECK(all.report.finished == 10);
    CHECK_FALSE(all.report.cancelled);
    int calls = 0;
    options.progress = [&](const mohs::CorpusProgress&) { return ++calls < 11; };
    const auto part = mine<mohs::Cosine>(problem, options, {});
    CHECK(part.report.cancelled);
    CHECK(part.report.finished == 4);
    REQUIRE(part.size() == 4);
    for (Index list = 0; list < 4; ++list) {
        CHECK(std::equal(part.negatives(list).begin(), part.negatives(list).end(), all.negatives(list).begin()));
    }
    calls = 0;
    options.progress = [&](const mohs::CorpusProgress&) { return ++calls < 3; };
    const auto none = mine<mohs::Cosine>(problem, options, {});
    CHECK(calls == 3);
    CHECK(none.report.cancelled);
    CHECK(none.report.finished == 0);
    CHECK(none.empty());
    CHECK_FALSE(none.report.provenance.hashed);
    options.progress = [](const mohs::CorpusProgress&) -> bool { throw std::runtime_error("enough"); };
    CHECK_THROWS_WITH(mine<mohs::Cosine>(problem, options, {}), "enough");
}
