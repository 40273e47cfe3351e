#pragma once

/// \file
/// SigmoidLoss: every pair is a decision of its own, with a learned temperature and bias, streamed.

#include <mohs/pair_sweep.hpp>

namespace mohs::inline MOHS_ABI {

/// Options of SigmoidLoss: its learned parameters, at the values that Zhai et al. begin with, and the reduction.
struct SigmoidLossOptions {
    double log_scale = 2.302585092994046;  ///< t': similarities are multiplied by exp(t'); log 10
    double bias = -10;                     ///< b, added to logits: at the beginning most pairs are negatives
    Reduction reduction = Reduction::mean;
};

/// The hooks of SigmoidLoss.
struct SigmoidHooks {
    static constexpr const char* name = "SigmoidLoss";
    static constexpr int parameters = 2;
    double scale, bias;

    template <class N>
    struct Sums {
        N loss, slope, value_slope;  ///< slopes by the logit; times the value
    };
    template <class N>
    struct State {};

    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N logit(const Pair& pair) const
    {
        return multiply_add(N(scale), pair.value, N(bias));
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N slope(const N& x) const
    {
        return Pair::positive ? -sigmoid(-x) : sigmoid(x);
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE void sum(Sums<N>& sums, const Pair& pair) const
    {
        const N x = logit<N>(pair), by_logit = pair.weight * slope<N, Pair>(x);
        sums.loss += pair.weight * softplus(Pair::positive ? -x : x);
        sums.slope += by_logit;
        sums.value_slope = multiply_add(by_logit, pair.value, sums.value_slope);
    }
    template <class N>
    MOHS_ALWAYS_INLINE void merge(Sums<N>& total, const Sums<N>& later) const
    {
        total.loss += later.loss;
        total.slope += later.slope;
        total.value_slope += later.value_slope;
    }
    PairOutcome finish(const SweptAnchor& anchor, const Sums<double>& sums, State<double>&) const
    {
        if (anchor.positives + anchor.negatives == 0) {
            return {};
        }
        return {
            .loss = sums.loss, .tuples = 1, .active = sums.loss > 0, .slopes = {sums.value_slope * scale, sums.slope}};
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N weigh(const Pair& pair) const
    {
        return pair.weight * (slope<N, Pair>(logit<N>(pair)) * N(scale));
    }
};

/// Pairwise sigmoid loss (SigLIP; Zhai et al. 2023): with z = 1 for positives and -1 for negatives, for every anchor the
/// sum over its candidates of
///
///     log(1 + exp(-z (exp(log_scale) s + bias)))
///
/// and the mean over the anchors that have a pair. `Relation::paired` makes candidate i the positive of query i, as in the
/// paper; with labels every candidate of the label is one. `parameter_gradient` is by `log_scale`, then by `bias`: an
/// optimiser keeps both, and makes the loss anew in every step. Filters of pairs may follow the options. Calls,
/// relations, reports, errors and costs are those of PairSweep; one class and singletons have pairs of one kind. In float
/// a pair's loss is off by at most (D / 2 + 3) u |a| |b| exp(log_scale) + 2 u |bias|, and 4 u of itself.
///
/// Throws std::invalid_argument for a `log_scale` outside [-60, 60] or a `bias` that is not finite.
template <Metric M, class... Filters>
class SigmoidLoss : public PairSweep<M, SigmoidHooks, Filters...> {
    static_assert(M::is_similarity, "mohs::SigmoidLoss: the metric has to be a similarity, as Cosine or DotProduct");

public:
    SigmoidLoss(M metric, const SigmoidLossOptions& options = {}, Filters... filters)
        : PairSweep<M, SigmoidHooks, Filters...>(metric, {std::exp(options.log_scale), options.bias}, options.reduction,
                                                 std::move(filters)...)
    {
        if (!detail::is_finite(options.log_scale) || std::abs(options.log_scale) > 60) {
            detail::throw_bad_value("SigmoidLoss: log_scale", options.log_scale, "between -60 and 60");
        }
        detail::check_finite("SigmoidLoss: bias", options.bias);
    }
};

}  // namespace mohs::inline MOHS_ABI
