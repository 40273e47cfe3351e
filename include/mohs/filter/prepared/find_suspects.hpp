#pragma once

/// \file
/// find_suspects: what filters would reject, as suspicions to look at.

#include <mohs/detail/filter/first_rejection.hpp>
#include <mohs/filter/filter.hpp>
#include <mohs/mining/nearest_neighbours.hpp>
#include <mohs/result/result.hpp>
#include <mohs/result/suspects.hpp>

#include <array>
#include <tuple>

namespace mohs::inline MOHS_ABI {
namespace detail {

/// What `find_positives()`, a search for the nearest positive of every anchor, finds is only asked for if anything is
/// suspected.
template <Metric M, class A, class B, class FindPositives, class... Filters>
Suspects suspects_among(const Neighbours<M>& negatives, const Batch<A>& anchors, const Batch<B>& candidates,
                        const FindPositives& find_positives, const Filters&... filters)
{
    static_assert(sizeof...(Filters) > 0, "mohs::find_suspects: without a filter nothing is suspected");
    const std::tuple<const Filters&...> all(filters...);
    const std::array<const char*, sizeof...(Filters)> names{Filters::name...};
    validate_filters(all);
    if (negatives.rows() != anchors.rows()) {
        throw_size_mismatch("find_suspects", anchors.rows(), negatives.rows(), "rows with neighbours");
    }
    for (Index anchor = 0; anchor < negatives.rows(); ++anchor) {
        for (Index rank = 0; rank < negatives.count(anchor); ++rank) {
            check_row("find_suspects: neighbour", negatives.index(anchor, rank), candidates.rows());
        }
    }
    check_filters(all, anchors.rows(), candidates.rows());
    Suspects result;
    for (Index anchor = 0; anchor < negatives.rows(); ++anchor) {
        for (Index rank = 0; rank < negatives.count(anchor); ++rank) {
            const Index candidate = negatives.index(anchor, rank);
            const FilterQuery<M, A, B> query(anchors, candidates, Anchor{anchor}, Candidate{candidate});
            const int filter = first_rejection(all, query);
            if (filter >= 0) {
                result.push_back({.of = Suspicion::negative,
                                  .anchor = anchor,
                                  .candidate = candidate,
                                  .score = Finish<M>::larger_is_closer ? negatives.value(anchor, rank)
                                                                       : -negatives.value(anchor, rank),
                                  .reason = names[static_cast<std::size_t>(filter)]});
            }
        }
    }
    if (!result.empty()) {
        const Neighbours<M> positives = find_positives();
        for (Suspect& suspect : result) {
            suspect.positive = positives.count(suspect.anchor) > 0 ? positives.index(suspect.anchor, 0) : -1;
        }
    }
    return result;
}

}  // namespace detail

/// Of the nearest negatives of a batch, those that filters of pairs reject: instead of being dropped, they are named.
/// What a suspicion does is chosen afterwards:
///
///     const auto nearest = mohs::NearestNeighbours{metric, {.k = 20, .among = mohs::Among::negatives}}(batch);
///     const mohs::Suspects suspects = mohs::find_suspects(nearest, batch, scale.near_duplicates(), window);
///
///     mohs::ExcludePairs{suspects, batch.rows()}                      // drop: a filter for miners and losses
///     mohs::weigh_pairs(loss, {suspects, 0.3, batch.rows()})          // down-weight, in losses on PairSweep
///     mohs::promote_suspects(batch, suspects)                         // promote: a relation where they are positives
///     ...                                                             // or people look at them, then one of these
///
/// One suspect per pair, anchor by anchor, closest first; its reason is the name of the first filter that rejects it,
/// in their order, and its positive, to compare with, the nearest positive of the anchor, if it has one. The neighbours
/// must be of a search among negatives without these filters, of the same batches.
///
/// The score is how close the pair is: the similarity, or a distance negated, in the metric's own unit. It compares
/// pairs of one metric, and says nothing beside the score of a judge, a share from 0 to 1; a ReviewQueue compares
/// scores within one reason alone.
///
/// Throws std::invalid_argument for neighbours of another number of rows and for senseless options of filters,
/// std::out_of_range for neighbours that the candidates do not have, and what filters throw for batches that do not
/// suit them, before any of them is asked. One question per neighbour, of O(D) where a filter looks at the value; then,
/// if anything is suspected, a scan for the positives, as of NearestNeighbours.
template <Metric M, class A, class B, PairFilter... Filters>
[[nodiscard]] Suspects find_suspects(const Neighbours<M>& negatives, const Batch<A>& anchors,
                                     const Batch<B>& candidates, const Filters&... filters)
{
    return detail::suspects_among(
        negatives, anchors, candidates,
        [&] {
            return NearestNeighbours{M{}, {.k = 1, .among = Among::positives}}(anchors, candidates);
        },
        filters...);
}

/// The same within a batch.
template <Metric M, class A, PairFilter... Filters>
[[nodiscard]] Suspects find_suspects(const Neighbours<M>& negatives, const Batch<A>& batch, const Filters&... filters)
{
    return detail::suspects_among(
        negatives, batch, batch,
        [&] {
            return NearestNeighbours{M{}, {.k = 1, .among = Among::positives}}(batch);
        },
        filters...);
}

}  // namespace mohs::inline MOHS_ABI
