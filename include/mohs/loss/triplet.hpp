#pragma once

/// \file
/// TripletLoss: hinge or softplus on triplets.

#include <mohs/detail/loss/triplet_term.hpp>

#include <optional>

namespace mohs::inline MOHS_ABI {

namespace detail {

/// Whether an argument is triplets that were not mined by the metric M.
template <class Argument, class M>
inline constexpr bool is_of_another_metric = false;
template <class Other, class M>
inline constexpr bool is_of_another_metric<Triplets<Other>, M> = !std::is_same_v<Other, M>;

}  // namespace detail

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
/// for the zeros of a gradient that is returned. Memory about 72 bytes per triplet and 56 per row in one, and a copy of
/// these rows: in double for metrics that normalise, none for contiguous rows of others.
template <Metric M>
class TripletLoss {
public:
    TripletLoss(M, const TripletLossOptions& options = {}) : options_(options)
    {
        if (!detail::is_finite(options.margin) || options.margin < 0) {
            detail::throw_bad_value("TripletLoss: margin", options.margin, "finite and at least 0");
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // take a mohs::Batch of the rows
    template <class... Arguments>
        requires(detail::is_of_another_metric<Arguments, M> || ...)
    void operator()(const Arguments&...) const = delete;  // the triplets were mined by another metric than this one

    /// Value and gradient for triplets within a batch.
    template <class Scalar>
    [[nodiscard]] LossResult<typename Batch<Scalar>::Compute> operator()(const Batch<Scalar>& batch,
                                                                         const Triplets<M>& triplets) const
    {
        LossResult<typename Batch<Scalar>::Compute> result;
        result.gradient.setZero(batch.rows(), batch.dimension());
        prepare(result, triplets);
        Workspace workspace;
        result.value = (*this)(batch, triplets, workspace, result.gradient, 1, &result.report, result.per_tuple);
        return result;
    }

    /// Value and both gradients for anchors among the queries, positives and negatives among the gallery.
    template <class A, class B>
    [[nodiscard]] LossResult<typename Batch<A>::Compute> operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                                                    const Triplets<M>& triplets) const
    {
        LossResult<typename Batch<A>::Compute> result;
        result.gradient.setZero(queries.rows(), queries.dimension());
        result.candidate_gradient.setZero(gallery.rows(), gallery.dimension());
        prepare(result, triplets);
        Workspace workspace;
        result.value = (*this)(queries, gallery, triplets, workspace, result.gradient, result.candidate_gradient, 1,
                               &result.report, result.per_tuple);
        return result;
    }

    /// Adds `scale` times the gradient to `gradient`, an Eigen matrix, Map or block of the batch's size; returns the
    /// value, unscaled. `report` is overwritten. `per_tuple`, if not empty, has an element per triplet and receives
    /// its loss, whatever the reduction. Allocates nothing once the workspace has grown.
    template <class Scalar, class Gradient>
    double operator()(const Batch<Scalar>& batch, const Triplets<M>& triplets, Workspace& workspace,
                      Gradient&& gradient, double scale = 1, Report* report = nullptr,
                      std::span<double> per_tuple = {}) const
    {
        detail::check_gradient("TripletLoss", batch, gradient);
        check_rows(batch, batch, triplets, per_tuple);
        const Workspace::Frame frame(workspace);
        detail::NamedRows<M, Scalar, detail::ReadyElement<M, Scalar, Scalar>> rows(batch, 3 * triplets.size(),
                                                                                   workspace);
        Report local;
        return run(detail::TripletTerms<M, Scalar, Scalar>(rows, rows, triplets, workspace), gradient, no_gradient,
                   triplets, workspace, scale, report != nullptr ? *report : local, per_tuple);
    }

    /// The same for queries and gallery, with a gradient for each; `no_gradient` for one that is not wanted.
    template <class A, class B, class GradientA, class GradientB>
    double operator()(const Batch<A>& queries, const Batch<B>& gallery, const Triplets<M>& triplets,
                      Workspace& workspace, GradientA&& query_gradient, GradientB&& gallery_gradient, double scale = 1,
                      Report* report = nullptr, std::span<double> per_tuple = {}) const
    {
        detail::check_gradient("TripletLoss", queries, query_gradient);
        detail::check_gradient("TripletLoss", gallery, gallery_gradient);
        check_rows(queries, gallery, triplets, per_tuple);
        const Workspace::Frame frame(workspace);
        using T = detail::ReadyElement<M, A, B>;
        detail::NamedRows<M, A, T> query_rows(queries, triplets.size(), workspace);
        detail::NamedRows<M, B, T> gallery_rows(gallery, 2 * triplets.size(), workspace);
        Report local;
        return run(detail::TripletTerms<M, A, B>(query_rows, gallery_rows, triplets, workspace), query_gradient,
                   gallery_gradient, triplets, workspace, scale, report != nullptr ? *report : local, per_tuple);
    }

private:
    template <class Result>
    void prepare(Result& result, const Triplets<M>& triplets) const
    {
        if (options_.reduction == Reduction::none) {
            result.per_tuple.resize(static_cast<std::size_t>(triplets.size()));
        }
    }

    template <class A, class B>
    static void check_rows(const Batch<A>& anchors, const Batch<B>& candidates, const Triplets<M>& triplets,
                           std::span<double> per_tuple)
    {
        if (anchors.dimension() != candidates.dimension()) {
            detail::throw_invalid("TripletLoss: queries have " + std::to_string(anchors.dimension()) +
                                  " columns but the gallery has " + std::to_string(candidates.dimension()));
        }
        if (!per_tuple.empty() && static_cast<Index>(per_tuple.size()) != triplets.size()) {
            detail::throw_invalid("TripletLoss: per_tuple has " + std::to_string(per_tuple.size()) +
                                  " elements, but there are " + std::to_string(triplets.size()) + " triplets");
        }
        for (const Triplet triplet : triplets) {
            detail::check_row("TripletLoss: anchor", triplet.anchor, anchors.rows());
            detail::check_row("TripletLoss: positive", triplet.positive, candidates.rows());
            detail::check_row("TripletLoss: negative", triplet.negative, candidates.rows());
        }
    }

    template <class Terms, class GradientA, class GradientB>
    double run(Terms&& terms, GradientA& anchor_gradient, GradientB& candidate_gradient, const Triplets<M>& triplets,
               Workspace& workspace, double scale, Report& report, std::span<double> per_tuple) const
    {
        const detail::TripletRule rule{options_.margin, options_.shape == TripletShape::softplus, options_.swap};
        double sum = 0;
        // What the miner saw, and then the loss: one report for a logger.
        report = triplets.report;
        report.tuples = triplets.size();
        report.active = report.overflows = 0;
        for (Index i = 0; i < triplets.size(); ++i) {
            const std::optional<double> loss = terms.evaluate(i, rule);
            sum += loss.value_or(0);
            report.overflows += !loss;
            report.active += loss > 0;
            if (!per_tuple.empty()) {
                per_tuple[static_cast<std::size_t>(i)] = loss.value_or(0);
            }
        }
        const Index divisor = detail::divisor_of(options_.reduction, triplets.size() - report.overflows, report.active);
        if (divisor == 0) {
            return 0;
        }
        report.overflows +=
            terms.add_gradients(anchor_gradient, candidate_gradient, scale / static_cast<double>(divisor), workspace);
        return sum / static_cast<double>(divisor);
    }

    TripletLossOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
