#pragma once

#include <mohs/detail/base/row_lists.hpp>
#include <mohs/filter/filter.hpp>
#include <mohs/mining/nearest_neighbours.hpp>

#include <optional>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Ranks [begin, end) among the negatives of an anchor, 0 the closest; without `end`, all from `begin` on.
struct RankRange {
    Index begin = 0;
    std::optional<Index> end = std::nullopt;
};

/// Keeps only negatives whose **raw** rank lies in [begin, end): their rank among all negatives of the anchor by
/// relation, 0 the closest, before any filter (the `range_for_sampling` of FlagEmbedding's hn_mine, by default 10 to
/// 210). Ranks that count what other filters leave, **surviving** ranks, are those of RankedNegatives in a TripletMiner
/// and of `NearestNeighboursOptions::first_rank` (the `range_min` of sentence-transformers). Both have a name of their
/// own because the two differ: with three duplicates among the closest ten, surviving rank 10 is raw rank 13.
///
/// It is made once per batch, by one search among negatives:
///
///     mohs::RawRankWindow window{mohs::Cosine{}, {.begin = 10, .end = 210}, queries, gallery};
///     mohs::TripletMiner{mohs::Cosine{}, mohs::AllPositives{}, mohs::HardestNegative{}, window}(queries, gallery);
///
/// and keeps the rows within the window, or where that has no end, those ahead of it. So a rank is that of the search,
/// score for score, equal ones by the lowest row, and neither rounding nor the order of filters nor what the others
/// reject moves it. The metric, and with it what is close, may be another than the miner's.
///
/// A filter of pairs. It looks at no value, so every negative in question is looked up, in O(log end). An anchor with
/// fewer negatives keeps those that there are. Other batches have other ranks: it is made anew for each. Of a loss with
/// directions both ways it says the ranks of candidates among those of a query.
///
/// Throws std::invalid_argument unless 0 <= begin < end, and what NearestNeighbours throws; before any work,
/// std::invalid_argument for other numbers of rows than it was made for: own negatives of InfoNCE have no rank. Time:
/// one search for `end`, or else `begin`, neighbours; memory 8 bytes for each of them and anchor, twice that while it
/// is made.
class RawRankWindow {
public:
    static constexpr const char* name = "rejected_raw_rank";
    static constexpr bool needs_positive = false;

    /// Within a batch.
    template <Metric M, class Scalar>
    RawRankWindow(M metric, const RankRange& ranks, const Batch<Scalar>& batch, const Options& options = {})
        : RawRankWindow(ranks, batch.rows(), batch.rows(), [&](Index k) {
              return NearestNeighbours{metric, {.k = k, .among = Among::negatives}}(batch, options);
          })
    {
    }
    template <Metric M, class A, class B>
    RawRankWindow(M metric, const RankRange& ranks, const Batch<A>& queries, const Batch<B>& gallery,
                  const Options& options = {})
        : RawRankWindow(ranks, queries.rows(), gallery.rows(), [&](Index k) {
              return NearestNeighbours{metric, {.k = k, .among = Among::negatives}}(queries, gallery, options);
          })
    {
    }

    void check_sizes(Index anchor_rows, Index candidate_rows) const
    {
        if (anchor_rows != lists_.anchors() || candidate_rows != candidates_) {
            detail::throw_invalid("RawRankWindow: made for " + std::to_string(lists_.anchors()) + " anchors and " +
                                  std::to_string(candidates_) + " candidates, but " + std::to_string(anchor_rows) +
                                  " and " + std::to_string(candidate_rows) + " are mined");
        }
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return lists_.contains(query.anchor().row, query.negative().row) != lists_are_kept_;
    }

private:
    template <class Search>
    RawRankWindow(const RankRange& ranks, Index anchors, Index candidates, const Search& search)
        : candidates_(candidates), lists_are_kept_(ranks.end.has_value())
    {
        if (ranks.begin < 0 || (ranks.end && *ranks.end <= ranks.begin)) {
            detail::throw_invalid("RawRankWindow: ranks [" + std::to_string(ranks.begin) + ", " +
                                  (ranks.end ? std::to_string(*ranks.end) : "all") +
                                  ") are empty, but must satisfy 0 <= begin < end");
        }
        // The window, or what is ahead of it.
        const Index first = lists_are_kept_ ? ranks.begin : 0, last = ranks.end.value_or(ranks.begin);
        std::vector<std::pair<Index, Index>> rows;
        if (first < last) {
            const auto neighbours = search((std::min)(last, std::max<Index>(candidates, 1)));
            for (Index anchor = 0; anchor < anchors; ++anchor) {
                for (Index rank = first; rank < (std::min)(last, neighbours.count(anchor)); ++rank) {
                    rows.emplace_back(anchor, neighbours.index(anchor, rank));
                }
            }
        }
        lists_ = {anchors, std::move(rows)};
    }

    Index candidates_;
    bool lists_are_kept_;  ///< else they are rejected
    detail::RowLists lists_;
};

}  // namespace mohs::inline MOHS_ABI
