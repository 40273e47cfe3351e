// corpus/index_form.hpp is tested in faiss.cpp, too.

#include <mohs/adapter/hnswlib.hpp>

#include "../catch.hpp"
#include "../corpus/corpus_problems.hpp"

#include <mohs/corpus/corpus_miner.hpp>

#include <stdexcept>

namespace {

using corpus_problems::rows_as;
using mohs::Batch;
using mohs::HnswIndex;
using mohs::Index;

template <class M>
mohs::CorpusReport mine(M metric, const mohs::MatrixOf<float>& queries, const mohs::MatrixOf<float>& corpus,
                        const mohs::Relation& relation, const mohs::HnswOptions& options = {})
{
    const HnswIndex index{metric, Batch{corpus}, options, corpus_problems::threads(2)};
    const mohs::CorpusMiner miner{metric, {.num_negatives = 5}};
    return miner(Batch{queries}, Batch{corpus}, relation, mohs::SearchedBy{index}).report;
}

}  // namespace

TEST_CASE("a graph of hnswlib finds nearly all whatever the metric", "[corpus][ieee]")
{
    const corpus_oracle::Problem problem = corpus_problems::clustered(40, 1500, 8, 61);
    const auto queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    CHECK(mine(mohs::Cosine{}, queries, corpus, problem.relation()).recall > 0.95);
    CHECK(mine(mohs::DotProduct{}, queries, corpus, problem.relation()).recall > 0.9);
    CHECK(mine(mohs::Euclidean{}, queries, corpus, problem.relation()).recall > 0.95);
}

TEST_CASE("equal rows do not ruin the recall of a graph", "[corpus][ieee]")
{
    corpus_oracle::Problem problem = corpus_problems::clustered(40, 1500, 8, 62, false);
    for (Index row = 500; row < 1500; ++row) {
        problem.corpus.row(row) = problem.corpus.row(400 + row % 3);
    }
    const auto queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const mohs::CorpusReport report = mine(mohs::Cosine{}, queries, corpus, problem.relation());
    CHECK(report.recall > 0.95);
    CHECK(report.shortfalls.empty());
}

TEST_CASE("a graph of no rows and senseless options", "[corpus][ieee]")
{
    const mohs::Matrix none(0, 3), one = mohs::Matrix::Random(1, 3);
    const HnswIndex empty{mohs::Cosine{}, Batch{none}};
    CHECK((empty.search(Batch{one}, 4).array() == -1).all());
    const HnswIndex single{mohs::Cosine{}, Batch{one}};
    const auto found = single.search(Batch{one}, 2);
    CHECK(found(0, 0) == 0);
    CHECK(found(0, 1) == -1);
    CHECK_THROWS_AS((HnswIndex{mohs::Cosine{}, Batch{one}, {.links = 0}}), std::invalid_argument);
}
