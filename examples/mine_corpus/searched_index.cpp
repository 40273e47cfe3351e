#include "searched_index.hpp"

// The only file that has them: hnswlib defines functions that are not inline.
#if defined(MOHS_MINE_CORPUS_HNSW)
#include <mohs/adapter/hnswlib.hpp>
#endif
#if defined(MOHS_MINE_CORPUS_FAISS)
#include <mohs/adapter/faiss.hpp>

#include <faiss/IndexHNSW.h>
#include <omp.h>
#endif

#include <mohs/metric.hpp>

#include <memory>
#include <stdexcept>

namespace mine_corpus {

namespace {

template <class M>
SearchedIndex index_of([[maybe_unused]] M metric, const std::string& kind, [[maybe_unused]] const mohs::Matrix& rows,
                       [[maybe_unused]] std::uint64_t seed, [[maybe_unused]] const mohs::Options& run)
{
#if defined(MOHS_MINE_CORPUS_HNSW)
    if (kind == "hnsw") {
        const auto index =
            std::make_shared<mohs::HnswIndex<M>>(metric, mohs::Batch{rows}, mohs::HnswOptions{.seed = seed}, run);
        return {[index](const mohs::Batch<float>& queries, mohs::Index k) { return index->search(queries, k); }};
    }
#endif
#if defined(MOHS_MINE_CORPUS_FAISS)
    if (kind == "faiss") {
        const auto form = std::make_shared<mohs::IndexForm<M>>(metric, mohs::Batch{rows});
        const auto index = std::make_shared<faiss::IndexHNSWFlat>(static_cast<int>(form->columns()), 32);
        index->hnsw.efSearch = 200;
        const mohs::Matrix formed = form->corpus(mohs::Batch{rows});
        // On several threads, which rows are linked would depend on who comes first.
        const int threads = omp_get_max_threads();
        omp_set_num_threads(1);
        index->add(formed.rows(), formed.data());
        omp_set_num_threads(threads);
        return {[form, index](const mohs::Batch<float>& queries, mohs::Index k) {
            return mohs::FaissIndex<M>{*form, *index}.search(queries, k);
        }};
    }
#endif
    throw std::runtime_error("--index " + kind + " is not built in");
}

}  // namespace

bool is_built_in(const std::string& kind)
{
#if defined(MOHS_MINE_CORPUS_HNSW)
    if (kind == "hnsw") {
        return true;
    }
#endif
#if defined(MOHS_MINE_CORPUS_FAISS)
    if (kind == "faiss") {
        return true;
    }
#endif
    return kind == "exact";
}

SearchedIndex make_index(const std::string& kind, const std::string& metric, const mohs::Matrix& rows,
                         std::uint64_t seed, const mohs::Options& run)
{
    return metric == "dot"         ? index_of(mohs::DotProduct{}, kind, rows, seed, run)
           : metric == "euclidean" ? index_of(mohs::Euclidean{}, kind, rows, seed, run)
                                   : index_of(mohs::Cosine{}, kind, rows, seed, run);
}

}  // namespace mine_corpus
