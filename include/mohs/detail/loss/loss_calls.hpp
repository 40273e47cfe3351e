#pragma once

/// \file
/// The ways to call a loss, written once: what losses derive from.

#include <mohs/detail/loss/tuple_pairs.hpp>
#include <mohs/detail/scene/check_batches.hpp>
#include <mohs/options.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// What a loss gets besides batches, tuples and gradients.
struct LossCall {
    Workspace& workspace;
    double scale;  ///< what gradients are multiplied by
    Report& report;
    std::span<double> per_tuple;  ///< empty, or as long as the loss says
};

/// A result with gradients of zero. `singles` is the length of `per_tuple`.
template <class A>
LossResult<typename Batch<A>::Compute> empty_result(const Batch<A>& anchors, Reduction reduction, Index singles)
{
    LossResult<typename Batch<A>::Compute> result;
    result.gradient.setZero(anchors.rows(), anchors.dimension());
    if (reduction == Reduction::none) {
        result.per_tuple.resize(static_cast<std::size_t>(singles));
    }
    return result;
}

/// Calls over all pairs. With `takes_own` also those with negatives of each anchor's own.
///
/// `Loss` has a `name`, its `reduction()`, `singles(anchors, candidates, self)`, which is how long `per_tuple` is, and
///
///     double over_all(const Batch<A>& anchors, const Batch<B>& candidates, const Batch<Own>* own, bool self,
///                     GradientA&, GradientB&, GradientOwn&, const Options&, const LossCall&) const
///
/// which refuses what it cannot work on before any work. Sizes of gradients and of `per_tuple` are checked before. Within a
/// batch `anchors` and `candidates` are one, and the first gradient is for all rows.
template <class Loss, bool takes_own = false>
class PairLossCalls {
public:
    /// Value and gradient of a batch.
    template <class Scalar>
    [[nodiscard]] LossResult<typename Batch<Scalar>::Compute> operator()(const Batch<Scalar>& batch,
                                                                         const Options& options = {}) const
    {
        auto result = empty_result(batch, loss().reduction(), loss().singles(batch.rows(), batch.rows(), true));
        Workspace workspace;
        result.value = (*this)(batch, workspace, result.gradient, 1, &result.report, options, result.per_tuple);
        return result;
    }

    /// Value and both gradients of queries and a gallery.
    template <class A, class B>
    [[nodiscard]] LossResult<typename Batch<A>::Compute> operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                                                    const Options& options = {}) const
    {
        auto result = empty_result(queries, loss().reduction(), loss().singles(queries.rows(), gallery.rows(), false));
        result.candidate_gradient.setZero(gallery.rows(), gallery.dimension());
        Workspace workspace;
        result.value = (*this)(queries, gallery, workspace, result.gradient, result.candidate_gradient, 1,
                               &result.report, options, result.per_tuple);
        return result;
    }

    /// The same with negatives of each query's own, row i * H + h of `own` for query i, and all three gradients.
    template <class A, class B, class Own>
        requires takes_own
    [[nodiscard]] LossResult<typename Batch<A>::Compute> operator()(const Batch<A>& queries, const Batch<B>& candidates,
                                                                    const Batch<Own>& own,
                                                                    const Options& options = {}) const
    {
        auto result =
            empty_result(queries, loss().reduction(), loss().singles(queries.rows(), candidates.rows(), false));
        result.candidate_gradient.setZero(candidates.rows(), candidates.dimension());
        result.own_gradient.setZero(own.rows(), own.dimension());
        Workspace workspace;
        result.value = (*this)(queries, candidates, own, workspace, result.gradient, result.candidate_gradient,
                               result.own_gradient, 1, &result.report, options, result.per_tuple);
        return result;
    }

    /// Adds `scale` times the gradient to `gradient`, an Eigen matrix, Map or block of the batch's size, or
    /// `no_gradient`; returns the value, unscaled. `report` is overwritten. `per_tuple`, if not empty, receives the
    /// single losses that `Reduction::none` returns, whatever the reduction. Allocates nothing once the workspace has
    /// grown.
    template <class Scalar, class Gradient>
    double operator()(const Batch<Scalar>& batch, Workspace& workspace, Gradient&& gradient, double scale = 1,
                      Report* report = nullptr, const Options& options = {}, std::span<double> per_tuple = {}) const
    {
        return run<Scalar>(batch, batch, nullptr, true, workspace, gradient, no_gradient, no_gradient, scale, report,
                           options, per_tuple);
    }

    /// The same for queries and a gallery, with a gradient for each.
    template <class A, class B, class GradientA, class GradientB>
    double operator()(const Batch<A>& queries, const Batch<B>& gallery, Workspace& workspace,
                      GradientA&& query_gradient, GradientB&& gallery_gradient, double scale = 1,
                      Report* report = nullptr, const Options& options = {}, std::span<double> per_tuple = {}) const
    {
        return run<A>(queries, gallery, nullptr, false, workspace, query_gradient, gallery_gradient, no_gradient, scale,
                      report, options, per_tuple);
    }

    /// The same with negatives of each query's own.
    template <class A, class B, class Own, class GradientA, class GradientB, class GradientOwn>
        requires takes_own
    double operator()(const Batch<A>& queries, const Batch<B>& candidates, const Batch<Own>& own, Workspace& workspace,
                      GradientA&& query_gradient, GradientB&& candidate_gradient, GradientOwn&& own_gradient,
                      double scale = 1, Report* report = nullptr, const Options& options = {},
                      std::span<double> per_tuple = {}) const
    {
        check_gradient(Loss::name, own, own_gradient);
        return run<Own>(queries, candidates, &own, false, workspace, query_gradient, candidate_gradient, own_gradient,
                        scale, report, options, per_tuple);
    }

private:
    [[nodiscard]] const Loss& loss() const { return static_cast<const Loss&>(*this); }

    template <class Own, class A, class B, class GradientA, class GradientB, class GradientOwn>
    double run(const Batch<A>& queries, const Batch<B>& candidates, const Batch<Own>* own, bool self,
               Workspace& workspace, GradientA& query_gradient, GradientB& candidate_gradient,
               GradientOwn& own_gradient, double scale, Report* report, const Options& options,
               std::span<double> per_tuple) const
    {
        check_gradient(Loss::name, queries, query_gradient);
        check_gradient(Loss::name, candidates, candidate_gradient);
        check_length(Loss::name, "per_tuple", per_tuple.size(),
                     loss().singles(queries.rows(), candidates.rows(), self));
        const Workspace::Frame frame(workspace);
        Report local;
        return loss().over_all(queries, candidates, own, self, query_gradient, candidate_gradient, own_gradient,
                               options, LossCall{workspace, scale, report != nullptr ? *report : local, per_tuple});
    }
};

/// Calls with tuples of the types `Taken`. `Loss` has a `name`, its `reduction()`, `singles(tuples, anchors)`, which is how
/// long `per_tuple` is, and
///
///     double over_tuples(const Batch<A>& anchors, const Batch<B>& candidates, bool self, const Tuples&, GradientA&,
///                        GradientB&, const LossCall&) const
///
/// Sizes and the rows of tuples are checked before. The report is that of the miner, in which the loss sets `tuples`,
/// `active` and `overflows`, which are 0.
template <class Loss, class... Taken>
class TupleLossCalls {
protected:
    template <class Tuples>
    static constexpr bool takes = (std::is_same_v<Tuples, Taken> || ...);
    /// Tuples of a kind that the loss does not take, of whatever metric.
    template <class Argument>
    static constexpr bool refuses =
        tuple_kind<Argument> != TupleKind::none && ((tuple_kind<Argument> != tuple_kind<Taken>)&&...);
    template <class Argument>
    static constexpr bool is_of_another_metric =
        tuple_kind<Argument> != TupleKind::none && !refuses<Argument> && !takes<Argument>;

public:
    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // take a mohs::Batch of the rows
    template <class... Arguments>
        requires(is_of_another_metric<Arguments> || ...)
    void operator()(const Arguments&...) const = delete;  // the triplets were mined by another metric, or the pairs

    /// Value and gradient for tuples within a batch.
    template <class Scalar, class Tuples>
        requires takes<Tuples>
    [[nodiscard]] LossResult<typename Batch<Scalar>::Compute> operator()(const Batch<Scalar>& batch,
                                                                         const Tuples& tuples) const
    {
        auto result = empty_result(batch, loss().reduction(), loss().singles(tuples, batch.rows()));
        Workspace workspace;
        result.value = (*this)(batch, tuples, workspace, result.gradient, 1, &result.report, result.per_tuple);
        return result;
    }

    /// Value and both gradients for anchors among the queries and candidates in the gallery.
    template <class A, class B, class Tuples>
        requires takes<Tuples>
    [[nodiscard]] LossResult<typename Batch<A>::Compute> operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                                                    const Tuples& tuples) const
    {
        auto result = empty_result(queries, loss().reduction(), loss().singles(tuples, queries.rows()));
        result.candidate_gradient.setZero(gallery.rows(), gallery.dimension());
        Workspace workspace;
        result.value = (*this)(queries, gallery, tuples, workspace, result.gradient, result.candidate_gradient, 1,
                               &result.report, result.per_tuple);
        return result;
    }

    /// Adds `scale` times the gradient to `gradient`, an Eigen matrix, Map or block of the batch's size, or
    /// `no_gradient`; returns the value, unscaled. `report` is overwritten. `per_tuple`, if not empty, receives the
    /// single losses that `Reduction::none` returns, whatever the reduction. Allocates nothing once the workspace has
    /// grown.
    template <class Scalar, class Tuples, class Gradient>
        requires takes<Tuples>
    double operator()(const Batch<Scalar>& batch, const Tuples& tuples, Workspace& workspace, Gradient&& gradient,
                      double scale = 1, Report* report = nullptr, std::span<double> per_tuple = {}) const
    {
        return run(batch, batch, true, tuples, workspace, gradient, no_gradient, scale, report, per_tuple);
    }

    /// The same for queries and a gallery, with a gradient for each; `no_gradient` for one that is not wanted.
    template <class A, class B, class Tuples, class GradientA, class GradientB>
        requires takes<Tuples>
    double operator()(const Batch<A>& queries, const Batch<B>& gallery, const Tuples& tuples, Workspace& workspace,
                      GradientA&& query_gradient, GradientB&& gallery_gradient, double scale = 1,
                      Report* report = nullptr, std::span<double> per_tuple = {}) const
    {
        return run(queries, gallery, false, tuples, workspace, query_gradient, gallery_gradient, scale, report,
                   per_tuple);
    }

private:
    [[nodiscard]] const Loss& loss() const { return static_cast<const Loss&>(*this); }

    template <class A, class B, class Tuples, class GradientA, class GradientB>
    double run(const Batch<A>& anchors, const Batch<B>& candidates, bool self, const Tuples& tuples,
               Workspace& workspace, GradientA& anchor_gradient, GradientB& candidate_gradient, double scale,
               Report* report, std::span<double> per_tuple) const
    {
        check_gradient(Loss::name, anchors, anchor_gradient);
        check_gradient(Loss::name, candidates, candidate_gradient);
        check_tuples(Loss::name, anchors, candidates, tuples);
        check_length(Loss::name, "per_tuple", per_tuple.size(), loss().singles(tuples, anchors.rows()));
        const Workspace::Frame frame(workspace);
        Report local;
        Report& seen = report != nullptr ? *report : local;
        // What the miner saw, and then the loss: one report for a logger.
        seen = tuples.report;
        seen.tuples = seen.active = seen.overflows = 0;
        return loss().over_tuples(anchors, candidates, self, tuples, anchor_gradient, candidate_gradient,
                                  LossCall{workspace, scale, seen, per_tuple});
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
