#pragma once

/// \file
/// Verdicts as a relation.

#include <mohs/detail/scene/relation_of_batch.hpp>
#include <mohs/review/judged_pairs.hpp>

namespace mohs::inline MOHS_ABI {

/// Who is positive and who is negative for whom, with the pairs that are decided as they are decided: judged positive,
/// a pair becomes positive; judged negative, it is or stays negative. All others are what they were by the relation of
/// the anchors, or else by labels; without either, all are negatives. But rows of unknown label are, to everybody and
/// as anchors, neither: only what is decided of them counts.
///
///     const mohs::JudgedPairs judged(verdicts, batch);
///     const mohs::Relation relation = mohs::judged_relation(judged, batch);
///     const mohs::Triplets triplets = miner(batch.with_labels_known().related_by(relation));
///
/// `with_labels_known` lets rows of unknown label take part, of both batches where there are two: mining leaves them
/// out otherwise, whatever a relation says, and with them what is decided of them.
///
/// Where decided negatives and positives need not count as the other, but only decided positives must not be negatives,
/// `ExcludeJudgedPositives` is cheaper: the lists of a relation take 8 bytes per positive pair, and per pair with a row
/// of unknown label; while they are made, about 100 of the latter. O(positive pairs), and O(anchors candidates) if
/// there are unknown labels.
///
/// Throws std::out_of_range for batches with more rows than the pairs are of, and if a decided pair is of rows that
/// they do not have; std::invalid_argument if candidates have no labels where anchors have them and no relation.
template <class A, class B>
[[nodiscard]] Relation judged_relation(const JudgedPairs& judged, const Batch<A>& anchors, const Batch<B>& candidates)
{
    judged.check_sizes("judged_relation", anchors.rows(), candidates.rows());
    std::vector<RelatedPair> pairs;
    std::vector<Index> unknown;
    for (Index candidate = 0; candidate < candidates.rows(); ++candidate) {
        if (candidates.is_unknown(candidate)) {
            unknown.push_back(candidate);
        }
    }
    for (Index anchor = 0; anchor < anchors.rows(); ++anchor) {
        if (anchors.is_unknown(anchor)) {
            for (Index candidate = 0; candidate < candidates.rows(); ++candidate) {
                pairs.push_back({anchor, candidate, Related::neither});
            }
        } else {
            for (const Index candidate : unknown) {
                pairs.push_back({anchor, candidate, Related::neither});
            }
        }
    }
    // Of a pair that is there twice, what is said last.
    pairs.insert(pairs.end(), judged.pairs().begin(), judged.pairs().end());
    return detail::relation_of_batch("judged_relation", anchors, candidates).with(pairs);
}

/// The same for a batch with itself.
template <class Scalar>
[[nodiscard]] Relation judged_relation(const JudgedPairs& judged, const Batch<Scalar>& batch)
{
    return judged_relation(judged, batch, batch);
}

}  // namespace mohs::inline MOHS_ABI
