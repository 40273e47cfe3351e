#pragma once

#include <mohs/detail/base/listed_rows.hpp>
#include <mohs/filter/filter.hpp>
#include <mohs/result/result.hpp>
#include <mohs/result/suspects.hpp>

#include <span>

namespace mohs::inline MOHS_ABI {

/// Options of ExcludePairs.
struct ExcludePairsOptions {
    bool either_end = false;  ///< of a batch against itself: with an anchor and a negative, also the two turned round
};

/// Rejects the negatives of a list of pairs of rows: what a cross-encoder, a person or a search has found to be no
/// negatives (`rescore_negatives`, `find_suspects`). It stands wherever there are negatives, for batches with these
/// rows in this order:
///
///     const mohs::ExcludePairs filter{suspects, batch.rows()};                        // within a batch
///     const mohs::ExcludePairs filter{pairs, queries.rows(), gallery.rows()};         // or of two
///
/// Of suspects, those of negatives count. A pair that is listed twice, or is no negative, does not matter. Without
/// `either_end` it is a pair of an anchor and a negative, in this order. A filter of pairs. It looks at no value, so
/// every negative in question is looked up, in O(log) of the list of its anchor; memory 8 bytes per pair and anchor.
///
/// Throws std::out_of_range for rows that the batches do not have, and std::invalid_argument for `either_end` with two
/// batches and numbers of rows below 0. Before any work, std::invalid_argument for another number of anchors, or fewer
/// candidates: those that come after, as own negatives of InfoNCE, are in no list.
class ExcludePairs {
public:
    static constexpr const char* name = "rejected_listed_pairs";
    static constexpr bool needs_positive = false;

    /// Within a batch.
    ExcludePairs(std::span<const Pair> pairs, Index rows, const ExcludePairsOptions& options = {})
        : ExcludePairs(pairs, rows, rows, options)
    {
    }
    ExcludePairs(std::span<const Pair> pairs, Index anchors, Index candidates, const ExcludePairsOptions& options = {})
        : candidates_(candidates),
          lists_(detail::ListedRows(class_name, anchors, candidates, options.either_end).lists(pairs))
    {
    }
    /// Within a batch, what is suspected to be no negative.
    ExcludePairs(const Suspects& suspects, Index rows, const ExcludePairsOptions& options = {})
        : ExcludePairs(suspects, rows, rows, options)
    {
    }
    ExcludePairs(const Suspects& suspects, Index anchors, Index candidates, const ExcludePairsOptions& options = {})
        : candidates_(candidates),
          lists_(detail::ListedRows(class_name, anchors, candidates, options.either_end)
                     .lists(detail::suspected_negatives(suspects)))
    {
    }

    void check_sizes(Index anchor_rows, Index candidate_rows) const
    {
        if (anchor_rows != lists_.anchors() || candidate_rows < candidates_) {
            detail::throw_invalid("ExcludePairs: made for " + std::to_string(lists_.anchors()) + " anchors and " +
                                  std::to_string(candidates_) + " candidates, but " + std::to_string(anchor_rows) +
                                  " and " + std::to_string(candidate_rows) + " are mined");
        }
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return contains(query.anchor().row, query.negative().row);
    }

    /// Whether a pair is listed.
    [[nodiscard]] bool contains(Index anchor, Index candidate) const { return lists_.contains(anchor, candidate); }
    /// Pairs that are listed, each once.
    [[nodiscard]] Index size() const { return lists_.size(); }

private:
    static constexpr const char* class_name = "ExcludePairs";

    Index candidates_;
    detail::RowLists lists_;
};

}  // namespace mohs::inline MOHS_ABI
