#pragma once

/// \file
/// MultiSimilarityLoss: soft sums of all positives and of all negatives of an anchor, streamed.

#include <mohs/pair_sweep.hpp>

namespace mohs::inline MOHS_ABI {

/// Options of MultiSimilarityLoss. The defaults are those of pytorch-metric-learning 2.8; Wang et al. have a `beta` of 40 in
/// their code, and take only anchors of both kinds of pairs.
struct MultiSimilarityLossOptions {
    double alpha = 2;         ///< how sharply positives are weighed, above 0
    double beta = 50;         ///< how sharply negatives are weighed, above 0
    double base = 0.5;        ///< lambda: the similarity where pairs begin to count
    bool both_kinds = false;  ///< anchors without a positive, then those without a negative, are skipped
    Reduction reduction = Reduction::mean;
};

/// The hooks of MultiSimilarityLoss.
struct MultiSimilarityHooks {
    static constexpr const char* name = "MultiSimilarityLoss";
    double alpha, beta, base;
    bool both_kinds;

    template <class N>
    struct Sums {
        LogSum<N> positives, negatives;
    };
    template <class N>
    struct State {
        LogShare<N> positives, negatives;
    };

    /// The exponent of a pair.
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N exponent(const Pair& pair) const
    {
        return Pair::positive ? N(alpha) * (N(base) - pair.value) : N(beta) * (pair.value - N(base));
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE void sum(Sums<N>& sums, const Pair& pair) const
    {
        (Pair::positive ? sums.positives : sums.negatives).add_scaled(exponent<N>(pair), pair.weight);
    }
    template <class N>
    MOHS_ALWAYS_INLINE void merge(Sums<N>& total, const Sums<N>& later) const
    {
        total.positives.merge(later.positives);
        total.negatives.merge(later.negatives);
    }
    PairOutcome finish(const SweptAnchor& anchor, Sums<double> sums, State<double>& state) const
    {
        const bool any = anchor.positives + anchor.negatives > 0, both = anchor.positives > 0 && anchor.negatives > 0;
        if (!(both_kinds ? both : any)) {
            return {};
        }
        const double loss = softplus(sums.positives.log()) / alpha + softplus(sums.negatives.log()) / beta;
        // Both logarithms are of 1 and a sum.
        sums.positives.add(0);
        sums.negatives.add(0);
        state = {sums.positives.split(), sums.negatives.split()};
        return {.loss = loss, .tuples = 1, .active = loss > 0};
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N weigh(const Pair& pair) const
    {
        const N x = exponent<N>(pair);
        return pair.weight * (Pair::positive ? -pair.own.positives.share(x) : pair.own.negatives.share(x));
    }
};

/// Multi-similarity loss (Wang et al. 2019, equation 15, without its mining of pairs): for an anchor with similarities s to its
/// positives P and negatives N
///
///     log(1 + sum over P of exp(-alpha (s - base))) / alpha + log(1 + sum over N of exp(beta (s - base))) / beta
///
/// and the mean over the anchors that have a pair. An empty sum adds nothing: one class has the first term alone,
/// singletons the second. Filters of pairs may follow the options. Calls, relations, reports, errors and costs are those
/// of PairSweep. In float a loss is off by at most (D / 2 + 4) u |a| |b| for each of its terms, whatever alpha and beta,
/// and 100 u / alpha.
///
/// Throws std::invalid_argument for `alpha` or `beta` that is not finite and above 0, or a `base` that is not finite.
template <Metric M, class... Filters>
class MultiSimilarityLoss : public PairSweep<M, MultiSimilarityHooks, Filters...> {
    static_assert(M::is_similarity,
                  "mohs::MultiSimilarityLoss: the metric has to be a similarity, as Cosine or DotProduct");

public:
    MultiSimilarityLoss(M metric, const MultiSimilarityLossOptions& options = {}, Filters... filters)
        : PairSweep<M, MultiSimilarityHooks, Filters...>(
              metric, {options.alpha, options.beta, options.base, options.both_kinds}, options.reduction,
              std::move(filters)...)
    {
        detail::check_positive("MultiSimilarityLoss: alpha", options.alpha);
        detail::check_positive("MultiSimilarityLoss: beta", options.beta);
        detail::check_finite("MultiSimilarityLoss: base", options.base);
    }
};

}  // namespace mohs::inline MOHS_ABI
