// Options::screening in corpus mining: the same bits, with one list per query and with several.

#include <mohs/corpus/corpus_miner.hpp>

#include "../catch.hpp"
#include "../detail/screened.hpp"
#include "corpus_problems.hpp"

#include <mohs/filter/exclude_if.hpp>

#include <bit>

namespace {

using corpus_problems::rows_as;
using mohs::Batch;
using mohs::CorpusOptions;
using mohs::Index;
using mohs::Options;

/// All that a result says.
struct Bits {
    std::vector<Index> rows, ranks, counts;
    std::vector<std::uint64_t> scores;
    friend bool operator==(const Bits&, const Bits&) = default;
};

template <class M>
Bits bits_of(const mohs::CorpusNegatives<M>& found)
{
    Bits bits;
    for (Index list = 0; list < found.size(); ++list) {
        bits.rows.insert(bits.rows.end(), found.negatives(list).begin(), found.negatives(list).end());
        bits.ranks.insert(bits.ranks.end(), found.ranks(list).begin(), found.ranks(list).end());
        bits.counts.push_back(found.count(list));
        for (const double score : found.scores(list)) {
            bits.scores.push_back(std::bit_cast<std::uint64_t>(score));
        }
    }
    for (const mohs::RejectedBy& rule : found.report.rejected) {
        bits.counts.push_back(rule.count);
    }
    bits.counts.push_back(found.report.missing);
    bits.counts.push_back(static_cast<Index>(found.report.depth.mean * 1e6));
    return bits;
}

template <class M, class... Filters>
void compare(M metric, const corpus_oracle::Problem& problem, const Filters&... filters)
{
    const mohs::Matrix queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const mohs::Relation relation = problem.relation();
    for (const CorpusOptions& base : {CorpusOptions{.num_negatives = 4, .relative_margin = 0.05},
                                      CorpusOptions{.num_negatives = 3, .range_max = 20},
                                      CorpusOptions{.num_negatives = 3,
                                      .relative_margin = 0.02,
                                      .reference_positive = mohs::ReferencePositive::own,
                                      .per_positive = true}}) {
        for (const Index block : {Index{0}, Index{1700}}) {
            CorpusOptions options = base;
            options.corpus_block = block;
            options.hash_rows = false;
            const mohs::CorpusMiner<M, Filters...> miner{metric, options, filters...};
            for (const mohs::IsaLevel level : screened::levels()) {
                Options run = corpus_problems::threads(2);
                run.isa = level;
                const Bits plain = bits_of(miner(Batch{queries}, Batch{corpus}, relation, run));
                run.screening = mohs::Screening::on;
                CHECK(bits_of(miner(Batch{queries}, Batch{corpus}, relation, run)) == plain);
                run.threads = 1;
                CHECK(bits_of(miner(Batch{queries}, Batch{corpus}, relation, run)) == plain);
            }
        }
    }
}

}  // namespace

TEST_CASE("a screened corpus gives the same bits", "[corpus][ieee][threads]")
{
    if (screened::levels_to_test().empty()) {
        return;
    }
    compare(mohs::Cosine{}, corpus_problems::clustered(110, 3500, 65, 17));
    compare(mohs::Euclidean{}, corpus_problems::clustered(110, 3500, 64, 18));
}

TEST_CASE("a screened corpus gives the same bits where rules reject most and are counted anew", "[corpus][ieee]")
{
    if (screened::levels_to_test().empty()) {
        return;
    }
    const mohs::ExcludeIf filter{[](Index query, Index row) { return (query * 7 + row) % 151 != 0; }};
    compare(mohs::Cosine{}, corpus_problems::clustered(80, 3500, 64, 19), filter);
}
