#pragma once

/// \file
/// CandidateIndex: candidates from an index of approximate search instead of a scan.

#include <mohs/batch.hpp>

#include <concepts>

namespace mohs::inline MOHS_ABI {

/// An index over the rows of a corpus, as of hnswlib or FAISS (adapter/hnswlib.hpp, adapter/faiss.hpp):
///
///     struct MyIndex {
///         // At most k rows of the corpus per query, in any order; -1, or fewer columns, where there are no more.
///         mohs::MatrixOf<mohs::Index> search(const mohs::Batch<float>& queries, mohs::Index k) const;
///     };
///
/// What it says is a suggestion: rows that are not there, as -1, and rows that come twice are passed over and
/// counted, and all others are measured anew.
template <class I, class Scalar>
concept CandidateIndex = requires(const I& index, const Batch<Scalar>& queries, Index k) {
    {
        index.search(queries, k)
    } -> std::convertible_to<MatrixOf<Index>>;
};

/// Options of SearchedBy.
struct SearchOptions {
    /// Queries that are scanned for as well, to measure the recall of the index: as many, drawn by the seed of the
    /// miner. 0: none, and none where a model is asked.
    Index recall_queries = 100;
    /// Candidates that the first search asks for, for each that the list wants and each positive of the query.
    double widen = 2;
};

/// Makes a CorpusMiner take its candidates from an index. They are ranked by their exact values and go through all
/// rules, as those of a scan. A list that lacks negatives is searched anew for four times as many, and so on, and
/// where the index has no more it is scanned for: so lists are never short for the sake of the index, only not the
/// closest. Raw ranks are not known; `raw_range_min` and `range_max` count what the index has found. The index has to
/// outlive the call. Draws by `Sampling::random` are from a pool of 100 survivors where none is given.
///
///     const auto found = miner(queries, corpus, positives, mohs::SearchedBy{index, {.recall_queries = 200}});
///     found.report.recall;
template <class I>
struct SearchedBy {
    using IndexType = I;

    const I& index;
    SearchOptions options = {};
};
template <class I>
SearchedBy(const I&) -> SearchedBy<I>;
template <class I>
SearchedBy(const I&, SearchOptions) -> SearchedBy<I>;

}  // namespace mohs::inline MOHS_ABI
