#pragma once

#include <string>

#if defined(MOHS_MINE_CORPUS_HNSW)
#include <mohs/adapter/hnswlib.hpp>
#endif
#if defined(MOHS_MINE_CORPUS_FAISS)
#include <mohs/adapter/faiss.hpp>

#include <faiss/IndexHNSW.h>
#endif

#include <functional>
#include <memory>
#include <mohs/corpus/index_form.hpp>
#include <mohs/corpus/input/candidate_index.hpp>
#include <mohs/options.hpp>

namespace mine_corpus {

/// Whether the program has an index of this name.
inline bool is_built_in(const std::string& index)
{
#if defined(MOHS_MINE_CORPUS_HNSW)
    if (index == "hnsw") {
        return true;
    }
#endif
#if defined(MOHS_MINE_CORPUS_FAISS)
    if (index == "faiss") {
        return true;
    }
#endif
    return index == "exact";
}

/// An index over the corpus, of the kind that the settings name.
template <class M>
class SearchedIndex {
public:
    /// `rows` are viewed while it is made.
    SearchedIndex([[maybe_unused]] M metric, [[maybe_unused]] const mohs::Matrix& rows,
                  [[maybe_unused]] const std::string& kind, [[maybe_unused]] std::uint64_t seed,
                  [[maybe_unused]] const mohs::Options& run)
    {
#if defined(MOHS_MINE_CORPUS_HNSW)
        if (kind == "hnsw") {
            const auto index =
                std::make_shared<mohs::HnswIndex<M>>(metric, mohs::Batch{rows}, mohs::HnswOptions{.seed = seed}, run);
            search_ = [index](const mohs::Batch<float>& queries, mohs::Index k) { return index->search(queries, k); };
        }
#endif
#if defined(MOHS_MINE_CORPUS_FAISS)
        if (kind == "faiss") {
            const auto form = std::make_shared<mohs::IndexForm<M>>(metric, mohs::Batch{rows});
            const auto index = std::make_shared<faiss::IndexHNSWFlat>(static_cast<int>(form->columns()), 32);
            index->hnsw.efSearch = 200;
            const mohs::Matrix formed = form->corpus(mohs::Batch{rows});
            index->add(formed.rows(), formed.data());
            search_ = [form, index](const mohs::Batch<float>& queries, mohs::Index k) {
                return mohs::FaissIndex<M>{*form, *index}.search(queries, k);
            };
        }
#endif
    }

    [[nodiscard]] mohs::MatrixOf<mohs::Index> search(const mohs::Batch<float>& queries, mohs::Index k) const
    {
        return search_(queries, k);
    }

private:
    std::function<mohs::MatrixOf<mohs::Index>(const mohs::Batch<float>&, mohs::Index)> search_;
};

}  // namespace mine_corpus
