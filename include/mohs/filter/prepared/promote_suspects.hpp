#pragma once

/// \file
/// promote_suspects: a relation where suspected negatives are positives.

#include <mohs/detail/base/listed_rows.hpp>
#include <mohs/detail/scene/relation_of_batch.hpp>
#include <mohs/result/suspects.hpp>

#include <vector>

namespace mohs::inline MOHS_ABI {

/// Options of promote_suspects.
struct PromoteSuspectsOptions {
    bool either_end = true;  ///< within a batch, the anchor becomes a positive of the candidate as well
};

namespace detail {

template <class A, class B>
Relation promote(const Batch<A>& queries, const Batch<B>& candidates, const Suspects& suspects, bool either_end)
{
    const ListedRows rows("promote_suspects", queries.rows(), candidates.rows(), either_end);
    std::vector<RelatedPair> promoted;
    for (const Suspect& suspect : suspected_negatives(suspects)) {
        rows.for_each_end(suspect, [&](Index anchor, Index candidate) {
            promoted.push_back({anchor, candidate, Related::positive});
        });
    }
    return relation_of_batch("promote_suspects", queries, candidates).with(promoted);
}

}  // namespace detail

/// The relation of a batch, by its labels or by the one that it has, where suspected negatives are positives: they are
/// promoted before a miner or loss chooses positives.
///
///     const mohs::Relation promoted = mohs::promote_suspects(batch, suspects);
///     const mohs::Triplets triplets = miner(batch.related_by(promoted));
///
/// Suspects of negatives count, others do not. Promotion is not transitive: the anchor's other positives know nothing
/// of the new one. With neither labels nor a relation the promoted pairs are the only positives. Rows of unknown class,
/// with a role that forbids it or of the anchor's own sample are left out as ever, promoted or not; where there are
/// sample ids, copies of a promoted row are neither positive nor negative (relation.hpp). The batch need not outlive
/// the relation.
///
/// **A promotion overrides** what the batch says of the pair: a label, a relation where it is negative or neither, and
/// also what a person judged negative. So what people decided comes last, and then holds:
///
///     const mohs::Relation promoted = mohs::promote_suspects(batch, suspects);
///     const mohs::Relation decided = mohs::judged_relation(judged, batch.related_by(promoted));
///
/// Throws std::out_of_range for suspects whose rows the batch does not have, std::invalid_argument if candidates have
/// no labels where queries have them and no relation. Time and memory are those of the lists: 8 bytes per pair of rows
/// of one label.
template <class A>
[[nodiscard]] Relation promote_suspects(const Batch<A>& batch, const Suspects& suspects,
                                        const PromoteSuspectsOptions& options = {})
{
    return detail::promote(batch, batch, suspects, options.either_end);
}

/// The same of queries and candidates; the candidates are no anchors.
template <class A, class B>
[[nodiscard]] Relation promote_suspects(const Batch<A>& queries, const Batch<B>& candidates, const Suspects& suspects)
{
    return detail::promote(queries, candidates, suspects, false);
}

}  // namespace mohs::inline MOHS_ABI
