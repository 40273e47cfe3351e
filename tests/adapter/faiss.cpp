// Covers corpus/index_form.hpp.

#include <mohs/adapter/faiss.hpp>

#include "../catch.hpp"
#include "../corpus/corpus_problems.hpp"

#include <mohs/corpus/corpus_miner.hpp>
#include <mohs/measure.hpp>

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <stdexcept>

namespace {

using corpus_problems::rows_as;
using mohs::Batch;
using mohs::Index;

template <class M>
void compare_flat(M metric)
{
    const corpus_oracle::Problem problem = corpus_problems::clustered(15, 120, 6, 51);
    const auto queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const mohs::IndexForm form{metric, Batch{corpus}};
    const mohs::Matrix rows = form.corpus(Batch{corpus});
    faiss::IndexFlatL2 flat(form.columns());
    flat.add(rows.rows(), rows.data());
    const mohs::FaissIndex index{form, flat};
    const mohs::CorpusMiner miner{metric, {.num_negatives = 5}};
    const auto exact = miner(Batch{queries}, Batch{corpus}, problem.relation()),
               found = miner(Batch{queries}, Batch{corpus}, problem.relation(), mohs::SearchedBy{index});
    for (Index list = 0; list < exact.size(); ++list) {
        CHECK(std::equal(exact.negatives(list).begin(), exact.negatives(list).end(), found.negatives(list).begin(),
                         found.negatives(list).end()));
    }
    CHECK(found.report.recall == 1);
}

}  // namespace

TEST_CASE("a flat index of FAISS finds what a scan does whatever the metric", "[corpus][ieee]")
{
    compare_flat(mohs::Cosine{});
    compare_flat(mohs::DotProduct{});
    compare_flat(mohs::Euclidean{});
}

TEST_CASE("a graph of FAISS is measured", "[corpus][ieee]")
{
    const corpus_oracle::Problem problem = corpus_problems::clustered(30, 2000, 12, 52, false);
    const auto queries = rows_as<float>(problem.queries), corpus = rows_as<float>(problem.corpus);
    const mohs::IndexForm form{mohs::DotProduct{}, Batch{corpus}};
    const mohs::Matrix rows = form.corpus(Batch{corpus});
    faiss::IndexHNSWFlat graph(static_cast<int>(form.columns()), 16);
    graph.add(rows.rows(), rows.data());
    const mohs::FaissIndex index{form, graph};
    const mohs::CorpusMiner miner{mohs::DotProduct{}, {.num_negatives = 5}};
    const auto found = miner(Batch{queries}, Batch{corpus}, problem.relation(), mohs::SearchedBy{index});
    CHECK(found.report.recall > 0.5);
    CHECK(found.report.shortfalls.empty());
}

TEST_CASE("an index of FAISS that does not suit its form is refused", "[corpus][ieee]")
{
    const mohs::Matrix corpus = mohs::Matrix::Random(10, 4);
    const mohs::IndexForm form{mohs::Cosine{}, Batch{corpus}};
    const faiss::IndexFlatIP products(4);
    const faiss::IndexFlatL2 narrow(3);
    CHECK_THROWS_AS(mohs::FaissIndex(form, products), std::invalid_argument);
    CHECK_THROWS_AS(mohs::FaissIndex(form, narrow), std::invalid_argument);
    const mohs::Matrix wide = mohs::Matrix::Random(2, 5);
    CHECK_THROWS_AS(form.queries(Batch{wide}), std::invalid_argument);
}

TEST_CASE("rows in the form of an index rank by distance as the metric ranks them", "[corpus][ieee]")
{
    mohs::Matrix corpus = mohs::Matrix::Random(40, 5), queries = mohs::Matrix::Random(6, 5);
    corpus.row(3) *= 100;
    corpus(7, 1) = std::numeric_limits<float>::quiet_NaN();
    const auto check = [&](auto metric, bool larger) {
        const mohs::IndexForm form{metric, Batch{corpus}};
        const mohs::Matrix rows = form.corpus(Batch{corpus}), asked = form.queries(Batch{queries});
        CHECK(rows.row(7).isZero());
        for (Index query = 0; query < 6; ++query) {
            for (Index a = 0; a < 40; ++a) {
                for (Index b = 0; b < 40; ++b) {
                    if (a == 7 || b == 7) {
                        continue;
                    }
                    const double of_a = mohs::measure(metric, Batch{queries}, query, Batch{corpus}, a),
                                 of_b = mohs::measure(metric, Batch{queries}, query, Batch{corpus}, b);
                    const double far_a = (rows.row(a) - asked.row(query)).cast<double>().squaredNorm(),
                                 far_b = (rows.row(b) - asked.row(query)).cast<double>().squaredNorm();
                    if (std::abs(far_a - far_b) > 1e-4 * (1 + far_a + far_b)) {
                        CHECK((far_a < far_b) == (larger ? of_a > of_b : of_a < of_b));
                    }
                }
            }
        }
    };
    check(mohs::Cosine{}, true);
    check(mohs::DotProduct{}, true);
    check(mohs::Euclidean{}, false);
    check(mohs::Normalised<mohs::SquaredEuclidean>{}, false);
}
