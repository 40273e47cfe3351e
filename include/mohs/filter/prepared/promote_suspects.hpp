#pragma once

/// \file
/// promote_suspects: a relation where suspected negatives are positives.

#include <mohs/batch.hpp>
#include <mohs/result/suspects.hpp>

#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Options of promote_suspects.
struct PromoteSuspectsOptions {
    bool either_end = true;  ///< within a batch, the anchor becomes a positive of the candidate as well
};

namespace detail {

/// Positives by label, or by the relation that the queries have, without promotions.
template <class A, class B>
Relation relation_as_it_is(const Batch<A>& queries, const Batch<B>& candidates, bool self)
{
    if (queries.relation() != nullptr) {
        return *queries.relation();
    }
    std::vector<std::pair<std::int64_t, Index>> rows;
    for (Index row = 0; candidates.has_labels() && row < candidates.rows(); ++row) {
        if (!candidates.is_unknown(row)) {
            rows.emplace_back(candidates.label(row), row);
        }
    }
    std::sort(rows.begin(), rows.end());
    std::vector<Index> offsets{0}, positives;
    for (Index anchor = 0; anchor < queries.rows(); ++anchor) {
        if (queries.has_labels() && !queries.is_unknown(anchor)) {
            const std::int64_t label = queries.label(anchor);
            for (auto at = std::lower_bound(rows.begin(), rows.end(), std::pair{label, Index{0}});
                 at != rows.end() && at->first == label; ++at) {
                if (!self || at->second != anchor) {
                    positives.push_back(at->second);
                }
            }
        }
        offsets.push_back(static_cast<Index>(positives.size()));
    }
    return Relation::positive_lists(offsets, positives, candidates.rows());
}

template <class A, class B>
Relation promote(const Batch<A>& queries, const Batch<B>& candidates, const Suspects& suspects, bool self,
                 bool either_end)
{
    std::vector<RelatedPair> promoted;
    for (const Suspect& suspect : suspects) {
        if (suspect.of != Suspicion::negative) {
            continue;
        }
        check_row("promote_suspects: anchor", suspect.anchor, queries.rows());
        check_row("promote_suspects: candidate", suspect.candidate, candidates.rows());
        promoted.push_back({suspect.anchor, suspect.candidate, Related::positive});
        if (either_end) {
            promoted.push_back({suspect.candidate, suspect.anchor, Related::positive});
        }
    }
    return relation_as_it_is(queries, candidates, self).with(promoted);
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
/// Throws std::out_of_range for suspects whose rows the batch does not have. Time and memory are those of the lists: 8
/// bytes per pair of rows of one label.
template <class A>
[[nodiscard]] Relation promote_suspects(const Batch<A>& batch, const Suspects& suspects,
                                        const PromoteSuspectsOptions& options = {})
{
    return detail::promote(batch, batch, suspects, true, options.either_end);
}

/// The same of queries and candidates; the candidates are no anchors.
template <class A, class B>
[[nodiscard]] Relation promote_suspects(const Batch<A>& queries, const Batch<B>& candidates, const Suspects& suspects)
{
    return detail::promote(queries, candidates, suspects, false, false);
}

}  // namespace mohs::inline MOHS_ABI
