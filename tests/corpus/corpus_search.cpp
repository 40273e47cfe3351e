// Covers corpus/input/candidate_index.hpp, corpus/input/rescored_by.hpp, detail/corpus/deepening.hpp.
// Covers detail/corpus/index_search.hpp.

#include <mohs/corpus/corpus_miner.hpp>

#include "../catch.hpp"
#include "corpus_problems.hpp"

#include <mohs/mining/nearest_neighbours.hpp>

#include <map>
#include <stdexcept>

namespace {

using corpus_oracle::Kind;
using corpus_oracle::Problem;
using corpus_problems::clustered;
using corpus_problems::fault;
using corpus_problems::rows_as;
using mohs::Batch;
using mohs::CorpusMiner;
using mohs::CorpusOptions;
using mohs::Index;

/// An index that forgets some rows, and says things that are no rows.
struct Careless {
    const mohs::Matrix& corpus;
    Index forgets = 0;     ///< every so many-th row is never found
    Index most = 1000000;  ///< never more than so many
    bool babbles = false;  ///< says -1, rows that are not there, and rows twice
    mutable std::vector<Index> asked = {};

    mohs::MatrixOf<Index> search(const Batch<float>& queries, Index k) const
    {
        asked.push_back(k);
        const auto near = mohs::NearestNeighbours{mohs::Cosine{}, {.k = corpus.rows()}}(queries, Batch{corpus});
        mohs::MatrixOf<Index> result = mohs::MatrixOf<Index>::Constant(queries.rows(), k + (babbles ? 3 : 0), -1);
        for (Index query = 0; query < queries.rows(); ++query) {
            Index count = 0;
            for (Index rank = 0; rank < near.count(query) && count < (std::min)(k, most); ++rank) {
                if (forgets == 0 || near.index(query, rank) % forgets != 0) {
                    result(query, count++) = near.index(query, rank);
                }
            }
            if (babbles) {
                result(query, k) = corpus.rows();
                result(query, k + 1) = result(query, 0);
                result(query, k + 2) = -7;
            }
        }
        return result;
    }
};

template <class M>
std::vector<std::vector<Index>> lists_of(const mohs::CorpusNegatives<M>& found)
{
    std::vector<std::vector<Index>> result;
    for (Index list = 0; list < found.size(); ++list) {
        result.emplace_back(found.negatives(list).begin(), found.negatives(list).end());
    }
    return result;
}

std::vector<CorpusOptions> several()
{
    return {{.num_negatives = 5},
            {.num_negatives = 3, .range_min = 2, .relative_margin = 0.05},
            {.num_negatives = 3,
             .relative_margin = 0.05,
             .reference_positive = mohs::ReferencePositive::own,
             .per_positive = true},
            {.num_negatives = 80, .min_score = 0.1}};
}

}  // namespace

TEST_CASE("an index that finds the closest gives what a scan gives", "[corpus][ieee]")
{
    const Problem problem = clustered(13, 90, 6, 41);
    const mohs::Matrix queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const mohs::Relation relation = problem.relation();
    for (const CorpusOptions& options : several()) {
        const CorpusMiner miner{mohs::Cosine{}, options};
        const Careless index{corpus};
        const auto exact = miner(Batch{queries}, Batch{corpus}, relation),
                   found = miner(Batch{queries}, Batch{corpus}, relation, mohs::SearchedBy{index});
        CHECK(lists_of(found) == lists_of(exact));
        CHECK(found.report.recall == 1);
        CHECK(found.report.recall_lists == exact.size());
        CHECK(found.report.index_faults == 0);
        for (Index list = 0; list < found.size(); ++list) {
            CHECK(std::equal(found.scores(list).begin(), found.scores(list).end(), exact.scores(list).begin()));
        }
    }
}

TEST_CASE("an index that forgets rows leaves nobody short and its recall is measured", "[corpus][ieee]")
{
    const Problem problem = clustered(13, 90, 6, 43, false);
    const mohs::Matrix queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const mohs::Relation relation = problem.relation();
    const CorpusMiner miner{mohs::Cosine{}, {.num_negatives = 10}};
    const auto exact = miner(Batch{queries}, Batch{corpus}, relation);
    SECTION("the share that is found")
    {
        const Careless index{corpus, 3};
        const auto found = miner(Batch{queries}, Batch{corpus}, relation, mohs::SearchedBy{index});
        Index common = 0, all = 0;
        for (Index list = 0; list < exact.size(); ++list) {
            CHECK(found.count(list) == 10);
            for (const Index row : exact.negatives(list)) {
                ++all;
                const auto theirs = found.negatives(list);
                common += std::find(theirs.begin(), theirs.end(), row) != theirs.end();
            }
        }
        CHECK(found.report.recall == Approx(static_cast<double>(common) / static_cast<double>(all)));
        CHECK(found.report.recall < 1);
        CHECK(found.report.exact_fallbacks == 0);
    }
    SECTION("fewer than asked for: scanned")
    {
        const Careless index{corpus, 0, 6};
        const auto found =
            miner(Batch{queries}, Batch{corpus}, relation, mohs::SearchedBy{index, {.recall_queries = 0}});
        CHECK(lists_of(found) == lists_of(exact));
        CHECK(found.report.exact_fallbacks == exact.size());
        CHECK(found.report.recall == -1);
        // Of the index, which finds 6 rows, positives among them, and not of the scan that fills up the rest.
        const auto measured = miner(Batch{queries}, Batch{corpus}, relation, mohs::SearchedBy{Careless{corpus, 0, 6}});
        CHECK(lists_of(measured) == lists_of(exact));
        CHECK(measured.report.recall > 0.2);
        CHECK(measured.report.recall <= 0.6);
        CHECK(std::is_sorted(index.asked.begin(), index.asked.end()));
        CHECK(index.asked.back() == 90);
    }
    SECTION("what is no row is none, and what comes twice is there once")
    {
        const Careless index{corpus, 0, 1000, true};
        const auto found = miner(Batch{queries}, Batch{corpus}, relation, mohs::SearchedBy{index});
        CHECK(lists_of(found) == lists_of(exact));
        CHECK(found.report.index_faults >= 3 * 13);
    }
    SECTION("other numbers of rows are refused")
    {
        struct Wrong {
            mohs::MatrixOf<Index> search(const Batch<float>&, Index k) const
            {
                return mohs::MatrixOf<Index>::Zero(2, k);
            }
        };
        const Wrong wrong;
        CHECK_THROWS_AS(miner(Batch{queries}, Batch{corpus}, relation, mohs::SearchedBy{wrong}), std::invalid_argument);
    }
}

TEST_CASE("an index is not searched deeper than a window of ranks", "[corpus][ieee]")
{
    const Problem problem = clustered(13, 90, 6, 44, false);
    const mohs::Matrix queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const CorpusMiner miner{mohs::Cosine{}, {.num_negatives = 5, .range_max = 8, .max_score = -2}};
    const Careless index{corpus};
    const auto found = miner(Batch{queries}, Batch{corpus}, problem.relation(), mohs::SearchedBy{index});
    CHECK(found.report.negatives == 0);
    CHECK(index.asked.size() == 1);
    for (const mohs::SearchOptions& options :
         {mohs::SearchOptions{.recall_queries = -1}, mohs::SearchOptions{.widen = 0},
          mohs::SearchOptions{.widen = std::numeric_limits<double>::quiet_NaN()}}) {
        CHECK_THROWS_AS(miner(Batch{queries}, Batch{corpus}, problem.relation(), mohs::SearchedBy{index, options}),
                        std::invalid_argument);
    }
}

TEST_CASE("a model is asked about what all rules let pass and each pair once until lists are full", "[corpus][ieee]")
{
    Problem problem = clustered(13, 90, 6, 47);
    const mohs::Matrix queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    // Scores that have nothing to do with the metric, and some that are none.
    const auto score = [](Index query, Index row) {
        const Index number = (query * 31 + row * 17) % 40;
        return number == 5 ? std::numeric_limits<double>::quiet_NaN() : 0.1 * static_cast<double>(number);
    };
    problem.filters = 1;
    for (const bool margin : {false, true}) {
        problem.filter = [&](Index query, const std::vector<Index>& positives, Index row, double) {
            // What has no score is rejected: a comparison with a NaN would raise an exception.
            const double found = std::isfinite(score(query, row)) ? score(query, row) : 1e6;
            bool rejects = found > 3;
            double least = 1e9;
            bool known = false;
            for (const Index positive : positives) {
                if (std::isfinite(score(query, positive))) {
                    known = true;
                    least = (std::min)(least, score(query, positive));
                }
            }
            if (margin && !positives.empty()) {
                rejects |= !known || found > least - 0.5;
            }
            return rejects ? 0 : -1;
        };
        for (const CorpusOptions& options : several()) {
            problem.options = options;
            std::map<std::pair<Index, Index>, int> asked;
            const auto model = [&](std::span<const mohs::Pair> pairs, std::span<double> scores) {
                REQUIRE(pairs.size() <= 7);
                for (std::size_t i = 0; i < pairs.size(); ++i) {
                    ++asked[{pairs[i].anchor, pairs[i].candidate}];
                    scores[i] = score(pairs[i].anchor, pairs[i].candidate);
                }
            };
            mohs::RescoreOptions rescore{.scale = mohs::ScoreScale::logit, .threshold = 3, .batch_size = 7};
            if (margin) {
                rescore.margin = 0.5;
            }
            const CorpusMiner miner{mohs::Cosine{}, options};
            const auto found =
                miner(Batch{queries}, Batch{corpus}, problem.relation(), mohs::RescoredBy{model, rescore});
            CHECK(fault(found, problem, corpus_oracle::expect(problem)) == "");
            if (!options.per_positive) {
                for (const auto& [pair, times] : asked) {
                    CHECK(times == 1);
                }
            }
            CHECK(found.report.rescored > 0);
            CHECK(found.report.without_rescore > 0);
            // And by an index.
            const Careless index{corpus};
            const auto by_index = miner(Batch{queries}, Batch{corpus}, problem.relation(), mohs::SearchedBy{index},
                                        mohs::RescoredBy{model, rescore});
            CHECK(lists_of(by_index) == lists_of(found));
        }
    }
}

TEST_CASE("a model with senseless options or of scores alone is refused", "[corpus][ieee]")
{
    const Problem problem = clustered(3, 20, 4, 2, false);
    const mohs::Matrix queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const auto model = [](std::span<const mohs::Pair>, std::span<double> scores) {
        std::fill(scores.begin(), scores.end(), 0.0);
    };
    const CorpusMiner miner{mohs::Cosine{}, {}};
    CHECK_THROWS_AS(miner(Batch{queries}, Batch{corpus}, problem.relation(), mohs::RescoredBy{model, {}}),
                    std::invalid_argument);
    const std::vector<Index> offsets{0, 1, 2, 3};
    const std::vector<double> scores{0.5, 0.5, 0.5};
    CHECK_THROWS_AS(miner(Batch{queries}, Batch{corpus}, problem.relation(), mohs::PositiveScores{offsets, scores},
                          mohs::RescoredBy{model, {.scale = mohs::ScoreScale::logit, .margin = 1}}),
                    std::invalid_argument);
}
