#pragma once

#include <mohs/judge/judgement.hpp>
#include <mohs/mining/nearest_neighbours.hpp>

namespace mohs::inline MOHS_ABI {

/// Options of PositiveConsistency. E5 (Wang et al. 2022) and nomic-embed (Nussbaum et al. 2024) keep pairs whose own
/// passage is among the 2 nearest.
struct PositiveConsistencyOptions {
    Index k = 2;
};

/// Trusts an anchor if one of its positives is among its `k` nearest candidates: what the embedding finds far from
/// everything it is paired with is probably paired wrongly. Positives are as ever, by labels, a relation and ids;
/// nearest among everyone but the anchor's own sample. Suspicion is rank / k of the nearest positive, from 0, and 1
/// where it is not among the k.
///
///     const mohs::Relation relation = mohs::Relation::paired(queries.rows());
///     const mohs::PositiveConsistency judge{mohs::Cosine{}};
///     const mohs::Judgement judgement = judge(mohs::Batch{queries}.related_by(relation), mohs::Batch{passages});
///
/// It abstains on anchors without a positive, or that are not finite. The anchors alone are judged: in paired rows,
/// `judgement.roles(batch)` is also that of the partners. Among k candidates or fewer every anchor is trusted:
/// `Judgement::short_of_voters` counts those among fewer.
///
/// Throws std::invalid_argument for k < 1, and what NearestNeighbours throws. Time: two scans, O(N C D); memory O(N k).
template <Metric M>
class PositiveConsistency {
public:
    static constexpr const char* name = "positive consistency";

    PositiveConsistency(M, const PositiveConsistencyOptions& options = {}) : options_(options)
    {
        if (options.k < 1) {
            detail::throw_bad_value("PositiveConsistency: k", static_cast<double>(options.k), "at least 1");
        }
    }

    template <class A, class B>
    [[nodiscard]] Judgement operator()(const Batch<A>& anchors, const Batch<B>& candidates,
                                       const Options& options = {}) const
    {
        return judge(anchors.rows(), find(anchors, candidates, options));
    }
    template <class A>
    [[nodiscard]] Judgement operator()(const Batch<A>& batch, const Options& options = {}) const
    {
        return judge(batch.rows(), find(batch, options));
    }

    /// The suspected pairs, each of an anchor and its nearest positive, for a review queue.
    template <class A, class B>
    [[nodiscard]] Suspects suspects(const Batch<A>& anchors, const Batch<B>& candidates,
                                    const Options& options = {}) const
    {
        return suspects_of(anchors.rows(), find(anchors, candidates, options));
    }
    template <class A>
    [[nodiscard]] Suspects suspects(const Batch<A>& batch, const Options& options = {}) const
    {
        return suspects_of(batch.rows(), find(batch, options));
    }

private:
    struct Found {
        Neighbours<M> nearest, positive;
    };

    template <class... Batches>
    [[nodiscard]] Found find(const Batches&... batches_and_options) const
    {
        return {NearestNeighbours{M{}, {.k = options_.k}}(batches_and_options...),
                NearestNeighbours{M{}, {.k = 1, .among = Among::positives}}(batches_and_options...)};
    }

    /// The rank of the nearest positive of an anchor that has one; k if it is not among the nearest.
    [[nodiscard]] Index rank_of_positive(const Found& found, Index anchor) const
    {
        const Index row = found.positive.index(anchor, 0);
        for (Index rank = 0; rank < found.nearest.count(anchor); ++rank) {
            if (found.nearest.index(anchor, rank) == row) {
                return rank;
            }
        }
        return options_.k;
    }

    [[nodiscard]] Judgement judge(Index anchors, const Found& found) const
    {
        Judgement result(name);
        for (Index anchor = 0; anchor < anchors; ++anchor) {
            if (found.positive.count(anchor) == 0) {
                result.add(Opinion::abstains, 0);
                continue;
            }
            const bool is_short = found.nearest.count(anchor) < options_.k;
            const Index rank = rank_of_positive(found, anchor);
            result.add(rank < options_.k ? Opinion::trusted : Opinion::suspect,
                       static_cast<double>(rank) / static_cast<double>(options_.k), is_short);
        }
        return result;
    }

    [[nodiscard]] Suspects suspects_of(Index anchors, const Found& found) const
    {
        Suspects result;
        for (Index anchor = 0; anchor < anchors; ++anchor) {
            if (found.positive.count(anchor) > 0 && rank_of_positive(found, anchor) == options_.k) {
                result.push_back({.of = Suspicion::positive,
                                  .anchor = anchor,
                                  .candidate = found.positive.index(anchor, 0),
                                  .score = 1,
                                  .reason = name});
            }
        }
        return result;
    }

    PositiveConsistencyOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
