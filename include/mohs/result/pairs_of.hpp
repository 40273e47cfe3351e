#pragma once

/// \file
/// pairs_of: two searches for neighbours as pairs.

#include <mohs/result/result.hpp>

namespace mohs::inline MOHS_ABI {

/// The neighbours of a search among positives and of one among negatives as Pairs, with their values: for losses over
/// pairs, which have to know what is what.
///
///     const mohs::Pairs pairs = mohs::pairs_of(nearest_positives(batch), nearest_negatives(batch));
///
/// Both searches are of the same anchors and candidates; either may be empty. Pairs go by ascending anchor and, unlike
/// those of PairMiner, by rank. `report` is that of the search among negatives, with the number of pairs and the overflows
/// of both. O(N k) time and memory.
template <Metric M>
[[nodiscard]] Pairs<M> pairs_of(const Neighbours<M>& positives, const Neighbours<M>& negatives)
{
    Pairs<M> result;
    const auto copy = [](const Neighbours<M>& from, typename Pairs<M>::List& to) {
        for (Index anchor = 0; anchor < from.rows(); ++anchor) {
            for (Index rank = 0; rank < from.count(anchor); ++rank) {
                to.add({anchor, from.index(anchor, rank)}, from.value(anchor, rank));
            }
        }
    };
    copy(positives, result.positives);
    copy(negatives, result.negatives);
    result.report = negatives.report;
    result.report.overflows += positives.report.overflows;
    result.report.tuples = result.positives.size() + result.negatives.size();
    return result;
}

}  // namespace mohs::inline MOHS_ABI
