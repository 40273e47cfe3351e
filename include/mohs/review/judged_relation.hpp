#pragma once

/// \file
/// Verdicts as a relation.

#include <mohs/detail/scene/relation_of_batch.hpp>
#include <mohs/review/judged_pairs.hpp>

namespace mohs::inline MOHS_ABI {

/// Who is positive and who is negative for whom, with the pairs that are decided as they are decided: judged positive,
/// a pair becomes positive; judged negative, it is or stays negative. All others are what they were by the relation of
/// the anchors, or else by labels; without either, all are negatives.
///
///     const mohs::JudgedPairs judged(verdicts, batch);
///     const mohs::Relation relation = mohs::judged_relation(judged, batch);
///     const mohs::Triplets triplets = miner(batch.related_by(relation));
///
/// Where decided negatives and positives need not count as the other, but only decided positives must not be negatives,
/// `ExcludeJudgedPositives` is cheaper: the lists of a relation take 8 bytes per positive pair. O(positive pairs).
///
/// Throws std::out_of_range if the pairs are of other numbers of rows, std::invalid_argument if candidates have no
/// labels where anchors have them and no relation.
template <class A, class B>
[[nodiscard]] Relation judged_relation(const JudgedPairs& judged, const Batch<A>& anchors, const Batch<B>& candidates)
{
    judged.check_sizes("judged_relation", anchors.rows(), candidates.rows());
    return detail::relation_of_batch("judged_relation", anchors, candidates).with(judged.pairs());
}

/// The same for a batch with itself.
template <class Scalar>
[[nodiscard]] Relation judged_relation(const JudgedPairs& judged, const Batch<Scalar>& batch)
{
    return judged_relation(judged, batch, batch);
}

}  // namespace mohs::inline MOHS_ABI
