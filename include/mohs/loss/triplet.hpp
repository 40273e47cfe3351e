#pragma once

/// \file
/// TripletLoss: hinge or softplus on triplets.

#include <mohs/detail/loss/loss_calls.hpp>
#include <mohs/detail/loss/triplet_term.hpp>

namespace mohs::inline MOHS_ABI {

/// What a triplet's violation x becomes: max(0, x), or log(1 + exp(x)), which never lets go of a triplet.
enum class TripletShape { hinge, softplus };

/// Options of TripletLoss. The margin is in the metric's own unit: 0.2 is that of FaceNet (Schroff et al. 2015), who
/// used it on squared distances. The soft margin of Hermans, Beyer and Leibe (2017) is softplus with margin 0.
struct TripletLossOptions {
    double margin = 0.2;
    Reduction reduction = Reduction::mean_active;
    TripletShape shape = TripletShape::hinge;
    /// The negative counts as seen from the anchor or from the positive, whichever is closer (Balntas et al. 2016).
    bool swap = false;
};

/// Triplet loss, for a triplet of anchor a, positive p and negative n:
///
///     f(d(a, p) - d(a, n) + margin)      for distances
///     f(s(a, n) - s(a, p) + margin)      for similarities
///
/// with f(x) = max(0, x), or f(x) = log(1 + exp(x)) for `.shape = TripletShape::softplus`. With `.swap`, d(a, n) is
/// min(d(a, n), d(p, n)) and s(a, n) is max(s(a, n), s(p, n)); the gradient flows to the pair that is used, the
/// anchor's where both are equal.
///
/// Distances are computed from differences, in double. The gradient is with respect to the rows that were passed in,
/// through their normalisation: `(I - x x^T) / |x|` of a unit row x, 0 for a zero row; it is 0 at distance 0, and for
/// triplets whose loss is 0. Gradients of rows that occur in several triplets are added in the order of the triplets,
/// so the same input gives the same bits, at every instruction set.
///
/// No triplets, or none active: value 0 and gradient 0. Triplets with a value that is not finite are left out and
/// counted in `report.overflows`; their entry in `per_tuple` is 0.
///
/// Throws std::invalid_argument for a margin that is negative or not finite, and for a gradient or `per_tuple` of the
/// wrong size; std::out_of_range for a triplet with rows that do not exist; all before any work. Time O(T D) for T
/// triplets of D columns, whatever the number of rows: those that are in no triplet are neither read nor written, but
/// for the zeros of a gradient that is returned. Memory about 80 bytes per triplet and 56 per row in one, and a copy of
/// these rows: in double for metrics that normalise, none for contiguous rows of others.
template <Metric M>
class TripletLoss : public detail::TupleLossCalls<TripletLoss<M>, Triplets<M>> {
    using Calls = detail::TupleLossCalls<TripletLoss<M>, Triplets<M>>;
    friend Calls;

public:
    TripletLoss(M, const TripletLossOptions& options = {}) : options_(options)
    {
        if (!detail::is_finite(options.margin) || options.margin < 0) {
            detail::throw_bad_value("TripletLoss: margin", options.margin, "finite and at least 0");
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    using Calls::operator();
    // Not the parameters of the deleted operators above, which Clang 14 would then hide.
    template <class A, class... Rest>
        requires(Calls::template refuses<Rest> || ...)
    void operator()(const A&, const Rest&...) const = delete;  // takes triplets: pairs go to ContrastiveLoss or InfoNCE

private:
    static constexpr const char* name = "TripletLoss";
    [[nodiscard]] Reduction reduction() const { return options_.reduction; }
    [[nodiscard]] Index singles(const Triplets<M>& triplets, Index) const { return triplets.size(); }

    template <class A, class B, class GradientA, class GradientB>
    double over_tuples(const Batch<A>& anchors, const Batch<B>& candidates, bool self, const Triplets<M>& triplets,
                       GradientA& anchor_gradient, GradientB& candidate_gradient, const detail::LossCall& call) const
    {
        return detail::with_terms_of<M>(anchors, candidates, self, triplets, call.workspace, [&](auto& pairs) {
            const detail::TripletRule rule{options_.margin, options_.shape == TripletShape::softplus, options_.swap};
            Report& report = call.report;
            report.tuples = triplets.size();
            double sum = 0;
            for (Index i = 0; i < triplets.size(); ++i) {
                const std::optional<double> loss = detail::evaluate_triplet<M>(pairs, i, rule);
                sum += loss.value_or(0);
                report.overflows += !loss;
                report.active += loss > 0;
                if (!call.per_tuple.empty()) {
                    call.per_tuple[static_cast<std::size_t>(i)] = loss.value_or(0);
                }
            }
            const Index divisor =
                detail::divisor_of(options_.reduction, triplets.size() - report.overflows, report.active);
            if (divisor == 0) {
                return 0.0;
            }
            report.overflows += pairs.add_gradients(anchor_gradient, candidate_gradient,
                                                    call.scale / static_cast<double>(divisor), call.workspace);
            return sum / static_cast<double>(divisor);
        });
    }

    TripletLossOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
