#pragma once

/// \file
/// FaissIndex: an index of FAISS (libfaiss-dev) as a source of candidates for corpus mining.

#include <mohs/corpus/index_form.hpp>
#include <mohs/corpus/input/candidate_index.hpp>

#include <faiss/Index.h>
#include <cstdint>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Any index of FAISS over rows of an IndexForm, in the order of the corpus, with squared Euclidean distances. How it
/// is trained and how widely it searches is its owner's business; both have to outlive it.
///
///     const mohs::IndexForm form{mohs::Cosine{}, mohs::Batch{corpus}};
///     const mohs::Matrix rows = form.corpus(mohs::Batch{corpus});
///     faiss::IndexHNSWFlat index(static_cast<int>(form.columns()), 32);
///     index.add(rows.rows(), rows.data());
///     const mohs::FaissIndex searched{form, index};
///     miner(mohs::Batch{queries}, mohs::Batch{corpus}, positives, mohs::SearchedBy{searched});
///
/// A graph finds less where many rows are equal: HnswIndex (adapter/hnswlib.hpp) keeps one of them. Throws
/// std::invalid_argument for an index of other columns or with another kind of distance.
template <Metric M>
class FaissIndex {
public:
    FaissIndex(const IndexForm<M>& form, const faiss::Index& index) : form_(&form), index_(&index)
    {
        if (index.metric_type != faiss::METRIC_L2) {
            detail::throw_rule("FaissIndex", "the index must be one of squared Euclidean distances, METRIC_L2");
        }
        if (index.d != form.columns()) {
            detail::throw_invalid("FaissIndex: the index has " + std::to_string(index.d) +
                                  " columns, but the form has " + std::to_string(form.columns()));
        }
    }

    template <class Scalar>
    [[nodiscard]] MatrixOf<Index> search(const Batch<Scalar>& queries, Index k) const
    {
        const Matrix rows = form_->queries(queries);
        const auto size = static_cast<std::size_t>(queries.rows() * k);
        std::vector<float> distances(size);
        std::vector<std::int64_t> labels(size, -1);
        if (queries.rows() > 0 && index_->ntotal > 0) {
            index_->search(queries.rows(), rows.data(), k, distances.data(), labels.data());
        }
        MatrixOf<Index> result(queries.rows(), k);
        for (std::size_t i = 0; i < size; ++i) {
            result.data()[i] = static_cast<Index>(labels[i]);
        }
        return result;
    }

private:
    const IndexForm<M>* form_;
    const faiss::Index* index_;
};

}  // namespace mohs::inline MOHS_ABI
