#pragma once

#include <mohs/judge/judgement.hpp>
#include <mohs/judge/neighbour_votes.hpp>

namespace mohs::inline MOHS_ABI {

/// Options of NeighbourConsensus. Ten neighbours and their majority are the deep k-NN of Bahri, Jiang and Gupta (2020).
struct NeighbourConsensusOptions {
    Index k = 10;            ///< neighbours that vote
    double least_share = 0;  ///< of the votes that a trusted row's own label has, beside being ahead of the others
    Index least_voters = 1;  ///< with fewer, the judge abstains
};

/// Trusts a row if none of the labels of its `k` nearest rows of a reference has more votes than its own, and its own
/// has at least `least_share` of them (deep k-NN: Bahri et al. 2020). Suspicion is (1 + share of the best other label -
/// share of its own) / 2: 0 where all neighbours agree with the row, 1/2 where it is level, 1 where all agree on
/// another label.
///
///     const mohs::NeighbourConsensus judge{mohs::Cosine{}};
///     const mohs::Judgement judgement = judge(batch.with_ids(rows), bank.batch());
///
/// The reference is a labelled gallery, the embeddings of the training set, or a bank of recent ones; where it holds
/// the judged rows too, sample ids keep them from voting on themselves. A batch as its own reference is a weak
/// substitute: with 4 rows per class, 3 votes of 10 are all that a row can have, so k has to be 3 there.
///
/// It abstains on rows that are not finite, of unknown label, or with fewer than `least_voters` neighbours: an empty
/// reference judges nobody. `Judgement::short_of_voters` counts rows with fewer than k.
///
/// Throws std::invalid_argument for k or least_voters < 1, a share outside of [0, 1], and what `neighbour_votes`
/// throws. Time and memory are those of NearestNeighbours on the same rows, and O(N k).
template <Metric M>
class NeighbourConsensus {
public:
    static constexpr const char* name = "neighbour consensus";

    NeighbourConsensus(M, const NeighbourConsensusOptions& options = {}) : options_(options)
    {
        detail::check_voters(name, options.k, options.least_voters);
        if (!(options.least_share >= 0 && options.least_share <= 1)) {
            detail::throw_bad_value("NeighbourConsensus: least_share", options.least_share, "from 0 to 1");
        }
    }

    template <class A, class B>
    [[nodiscard]] Judgement operator()(const Batch<A>& rows, const Batch<B>& reference,
                                       const Options& options = {}) const
    {
        return judge(rows, neighbour_votes(M{}, options_.k, rows, reference, options));
    }
    /// A batch as its own reference.
    template <class A>
    [[nodiscard]] Judgement operator()(const Batch<A>& rows, const Options& options = {}) const
    {
        return judge(rows, neighbour_votes(M{}, options_.k, rows, options));
    }

private:
    template <class A>
    [[nodiscard]] Judgement judge(const Batch<A>& rows, const NeighbourVotes& votes) const
    {
        Judgement result(name);
        for (Index row = 0; row < rows.rows(); ++row) {
            const bool is_short = !rows.is_unknown(row) && votes.voters(row) < options_.k;
            if (rows.is_unknown(row) || votes.voters(row) < options_.least_voters) {
                result.add(Opinion::abstains, 0, is_short);
                continue;
            }
            const double own = votes.share(row, rows.label(row));
            double other = 0;
            for (const LabelVotes& each : votes.of(row)) {
                if (each.label != rows.label(row)) {
                    other = votes.share(row, each.label);
                    break;
                }
            }
            const bool trusted = own >= other && own >= options_.least_share;
            result.add(trusted ? Opinion::trusted : Opinion::suspect, (1 + other - own) / 2, is_short);
        }
        return result;
    }

    NeighbourConsensusOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
