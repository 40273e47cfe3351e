#pragma once

/// \file
/// LiftedStructureLoss: every positive pair against the negatives of both of its rows, streamed.

#include <mohs/pair_sweep.hpp>

namespace mohs::inline MOHS_ABI {

/// Options of LiftedStructureLoss. Song et al. (2016) have a margin of 1 and no positive margin, as pytorch-metric-learning.
/// Margins are in the metric's own unit; of similarities they are added to their opposites.
struct LiftedStructureLossOptions {
    double negative_margin = 1;  ///< alpha: what is added to the opposite of a negative's distance
    double positive_margin = 0;  ///< what is taken off a positive's distance
    Reduction reduction = Reduction::mean;
};

/// The hooks of LiftedStructureLoss. `M` says which way values grow.
template <Metric M>
struct LiftedStructureHooks {
    static constexpr const char* name = "LiftedStructureLoss";
    static constexpr int passes = 2;
    static constexpr bool both_ways = true, sums_candidates = true;
    static constexpr double sign = M::is_similarity ? -1 : 1;  ///< of a distance by a value
    double negative_margin, positive_margin;

    template <class N>
    struct Sums {
        LogSum<N> negatives;  ///< Z of the first pass
        N loss, pairs, active, pull;
    };
    template <class N>
    struct State {
        N top = N(-detail::beyond_all<N>), rest = N(0);  ///< of log Z; without negatives as it begins
        N pull = N(0);                                   ///< the derivative of all losses by log Z

        [[nodiscard]] MOHS_ALWAYS_INLINE N above(const State& other) const
        {
            return (top - other.top) + (rest - other.rest);
        }
    };

    /// max(0, J), for J = log(Z_own + Z_other) + distance - margin.
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N violation(const Pair& pair) const
    {
        // From the larger of the two: the other one may be nothing at all.
        const State<N>&own = pair.own, &other = pair.other;
        const N ahead = other.above(own), more = log1p(decay(abs(ahead)));
        const auto leads = ahead > N(0);
        const N top = select(leads, other.top, own.top), rest = select(leads, other.rest, own.rest);
        return larger(top + ((rest + more) + (N(sign) * pair.value - N(positive_margin))), N(0));
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE void sum(Sums<N>& sums, const Pair& pair) const
    {
        if constexpr (Pair::pass == 0 && !Pair::positive && !Pair::as_candidate) {
            sums.negatives.add_scaled(N(negative_margin) - N(sign) * pair.value, pair.weight);
        } else if constexpr (Pair::pass == 1 && Pair::positive) {
            const N j = violation<N>(pair), zero(0), one(1);
            sums.pull += pair.weight * (j * sigmoid(pair.own.above(pair.other)));
            if constexpr (!Pair::as_candidate) {
                sums.loss += pair.weight * (N(0.5) * j * j);
                sums.active += select(j > zero, one, zero);
                sums.pairs += select(larger(pair.own.top, pair.other.top) > N(-detail::beyond_all<N> / 2), one, zero);
            }
        }
    }
    template <class N>
    MOHS_ALWAYS_INLINE void merge(Sums<N>& total, const Sums<N>& later) const
    {
        total.negatives.merge(later.negatives);
        total.loss += later.loss;
        total.pairs += later.pairs;
        total.active += later.active;
        total.pull += later.pull;
    }
    void prepare(int, const SweptAnchor&, const Sums<double>& sums, State<double>& state) const
    {
        if (!sums.negatives.empty()) {
            state.top = sums.negatives.top;
            state.rest = std::log(sums.negatives.sum);
        }
    }
    PairOutcome finish(const SweptAnchor&, const Sums<double>& sums, State<double>& state) const
    {
        state.pull = sums.pull;
        return {.loss = sums.loss, .tuples = static_cast<Index>(sums.pairs), .active = static_cast<Index>(sums.active)};
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N weigh(const Pair& pair) const
    {
        const N by_distance = Pair::positive ? violation<N>(pair)
                                             : -(pair.own.pull * LogShare<N>{pair.own.top, pair.own.rest}.share(
                                                                     N(negative_margin) - N(sign) * pair.value));
        return pair.weight * (N(sign) * by_distance);
    }
};

/// Lifted structured feature embedding (Song et al. 2016, equation 4): for every positive pair (i, j), with distances d and
/// negatives N of either row,
///
///     1/2 max(0, log(sum over n of N(i) of exp(a - d_in) + sum over n of N(j) of exp(a - d_jn)) + d_ij - b)^2
///
/// and the mean over the pairs, where both orders of a pair count: 1 / (2 |P|) times the sum of the squares over unordered
/// ones. A similarity takes part as the distance -s. Of queries and candidates, the negatives of a candidate are queries, and
/// either row is the anchor of a pair: `report.anchors` and `per_tuple` are of queries, then candidates. A pair counts if
/// one of its rows has a negative: one class, and singletons, have value 0 and gradient 0. The loss of an anchor is the
/// sum over its pairs. Filters of pairs may follow the options. Calls, relations, reports, errors and costs are those of
/// PairSweep with two passes.
///
/// Peers deviate: TensorFlow Similarity takes the hardest positive alone, without a square; pytorch-metric-learning
/// mixes rows up where references are given; TensorFlow Addons has NaN for one class. Throws std::invalid_argument for
/// margins that are not finite.
template <Metric M, class... Filters>
class LiftedStructureLoss : public PairSweep<M, LiftedStructureHooks<M>, Filters...> {
public:
    LiftedStructureLoss(M metric, const LiftedStructureLossOptions& options = {}, Filters... filters)
        : PairSweep<M, LiftedStructureHooks<M>, Filters...>(metric, {options.negative_margin, options.positive_margin},
                                                            options.reduction, std::move(filters)...)
    {
        detail::check_finite("LiftedStructureLoss: negative_margin", options.negative_margin);
        detail::check_finite("LiftedStructureLoss: positive_margin", options.positive_margin);
    }
};

}  // namespace mohs::inline MOHS_ABI
