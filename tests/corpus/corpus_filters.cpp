// The filters of the library in one scan of a corpus, against their definitions.

#include <mohs/corpus/corpus_miner.hpp>

#include "../catch.hpp"
#include "corpus_problems.hpp"

#include <mohs/filter/exclude_by_guide.hpp>
#include <mohs/filter/exclude_close_rows.hpp>
#include <mohs/filter/exclude_pairs.hpp>
#include <mohs/filter/exclude_same_group.hpp>
#include <mohs/filter/margin_to_positive.hpp>
#include <mohs/filter/score_band.hpp>

using corpus_oracle::Kind;
using corpus_oracle::Problem;
using corpus_problems::rows_as;
using mohs::Batch;
using mohs::CorpusMiner;
using mohs::CorpusOptions;
using mohs::Index;

TEST_CASE("filters of the library reject in a scan what they say and are counted in their order", "[corpus][ieee]")
{
    Problem problem = corpus_problems::clustered(12, 130, 6, 29, false),
            guide = corpus_problems::clustered(12, 130, 4, 30);
    problem.positives[2] = {30};
    problem.neither[2].clear();
    std::vector<int> query_groups, row_groups;
    std::vector<mohs::Pair> pairs;
    for (int query = 0; query < 12; ++query) {
        query_groups.push_back(query % 5);
        for (int row = query % 3; row < 130; row += 9) {
            pairs.push_back({query, row});
        }
    }
    for (int row = 0; row < 130; ++row) {
        row_groups.push_back(row % 11);
    }
    problem.filters = 6;
    problem.filter = [&](Index query, const std::vector<Index>& positives, Index row, double value) {
        const auto cosine = [](const Problem& of, Index q, Index r) {
            return corpus_oracle::value_of(Kind::cosine, of.queries, q, of.corpus, r);
        };
        double least = 2;
        for (const Index positive : problem.positives[static_cast<std::size_t>(query)]) {
            least = (std::min)(least, cosine(problem, query, positive));
        }
        if (value > least - 0.01 * std::abs(least)) {
            return 0;
        }
        if (value > 0.8 || value < -0.7) {
            return 1;
        }
        if (query_groups[static_cast<std::size_t>(query)] == row_groups[static_cast<std::size_t>(row)]) {
            return 2;
        }
        if (std::any_of(pairs.begin(), pairs.end(),
                        [&](const mohs::Pair& pair) { return pair.anchor == query && pair.candidate == row; })) {
            return 3;
        }
        bool guided =
            !corpus_oracle::is_finite_row(guide.queries, query) || !corpus_oracle::is_finite_row(guide.corpus, row);
        for (const Index positive : positives) {
            guided = guided || !corpus_oracle::is_finite_row(guide.corpus, positive) ||
                     cosine(guide, query, row) > cosine(guide, query, positive) - 0.1;
        }
        if (guided) {
            return 4;
        }
        return corpus_oracle::value_of(Kind::euclidean, problem.queries, query, problem.corpus, row) < 1.5 ? 5 : -1;
    };
    const mohs::Matrix queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus),
                       guide_queries = rows_as<float>(guide.queries), guide_corpus = rows_as<float>(guide.corpus);
    for (CorpusOptions options :
         {CorpusOptions{.num_negatives = 4}, CorpusOptions{.num_negatives = 3, .raw_range_min = 4},
          CorpusOptions{.num_negatives = 3, .range_max = 40},
          CorpusOptions{.num_negatives = 2, .reference_positive = mohs::ReferencePositive::max, .per_positive = true},
          CorpusOptions{.num_negatives = 100}}) {
        for (const Index block : {0, 17}) {
            options.corpus_block = block;
            problem.options = options;
            CAPTURE(options.num_negatives, options.raw_range_min, options.per_positive, block);
            const CorpusMiner miner{mohs::Cosine{},
                                    options,
                                    mohs::MarginToPositive{.relative = 0.01, .against = mohs::PositiveOf::min},
                                    mohs::ScoreBand{.low = -0.7, .high = 0.8},
                                    mohs::ExcludeSameGroup{query_groups, row_groups},
                                    mohs::ExcludePairs{pairs, 12, 130},
                                    mohs::ExcludeByGuide{Batch{guide_queries}, Batch{guide_corpus}, 0.1},
                                    mohs::ExcludeCloseRows{1.5}};
            const auto found = miner(Batch{queries}, Batch{corpus}, problem.relation(), corpus_problems::threads(2));
            CHECK(corpus_problems::fault(found, problem, corpus_oracle::expect(problem)) == "");
            CHECK(found.report.provenance.filter_settings[1] != "");
            CHECK_FALSE(found.report.provenance.is_complete());
        }
    }
}
