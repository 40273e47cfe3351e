#pragma once

/// \file
/// InfoNCE: softmax over the candidates of every anchor, streamed.

#include <mohs/detail/loss/softmax/info_nce_run.hpp>

namespace mohs::inline MOHS_ABI {

/// Which candidates are the positives of a query: those with its label, or of its relation if the batch has one; or the
/// one with its row number.
enum class PositivesOf { label, pair };

/// Whose softmax: that of each query over the candidates, or also that of each candidate over the queries.
enum class Directions { query_to_candidate, both };

/// Options of InfoNCE. The temperature divides similarities: 0.07 is that of Wu et al. (2018) and of MoCo (He et al.
/// 2020), and the default of NT-Xent in pytorch-metric-learning.
struct InfoNCEOptions {
    double temperature = 0.07;
    PositivesOf positives = PositivesOf::label;
    Denominator denominator = Denominator::positives_excluded;
    Directions directions = Directions::query_to_candidate;
    Reduction reduction = Reduction::mean;
};

/// InfoNCE (van den Oord et al. 2018) with logits z = similarity / temperature, for an anchor with positives P and
/// negatives N. With LSE the logarithm of a sum of exponentials, `.denominator` is one of
///
///     positives_excluded    LSE over {p} and N of z - z_p, one loss for each p of P
///     positives_included    mean over p of P of (LSE over P and N of z) - z_p
///     summed_inside         (LSE over P and N of z) - (LSE over P of z) + log |P|
///
/// They agree where there is one positive. `mean` is over pairs for the first, over anchors for the others.
///
/// `loss(batch)` has the other rows of the batch as candidates and positives by label; NT-Xent (SimCLR) is this with
/// the number of the sample as the label of its two views. `loss(queries, candidates)` has positives by label, or,
/// with `.positives = PositivesOf::pair`, candidate i for query i: candidates past the last query are negatives for
/// all, and other candidates that share the query's id or label are duplicates, neither positive nor negative. By
/// label, pairs that share an id are left out. `loss(queries, candidates, own)` adds negatives of each anchor's own:
/// row i * H + h of `own` belongs to query i; those that share its id or label are left out. `Directions::both` is
/// the average of both directions, each reduced by itself, as in CLIP; own negatives take part in the first. One batch
/// has one direction.
///
/// A relation of the queries stands in for labels: P is what it lists, what is neither is left out, and own negatives
/// are left out by id only. Towards the queries it is the same relation turned round: a candidate's positives are the
/// queries that list it, its negatives those it is a negative of. It need not be symmetric within a batch: each row's
/// softmax is over what the row is the anchor of. Roles hold in either direction: only rows that may be anchors have a
/// softmax, only those that may be positives or negatives are in that of others. Candidates of unknown class are left
/// out.
///
/// Scores are those of the kernel, in float or double. Exponentials are of differences of scores, which are taken before
/// they are scaled, so temperatures down to 0.001 and logits up to 1/32 of the largest scalar neither overflow nor lose
/// the gradient. With u the epsilon of the scalar, T the temperature and D columns, a logit is off by at most
/// (D / 2 + 2) u |a| |b| / T, as its score is rounded, a loss by twice that and 8 u. Given the scores, the weights in a
/// gradient are off by less than u for each loss: those of a softmax add up to 1 whatever the size of its logits.
/// Gradients are with respect to the raw rows.
/// Anchors without a positive, then those without a negative, are skipped and counted; no anchor left, one class, an
/// empty batch: value 0 and gradient 0. Rows that are not finite, of unknown class or no anchors by their role are
/// counted as such. Where logits might not fit the scalar at all (dot products of huge rows), the value is 0 and
/// `report.overflows` counts the anchors. `report.positive` and `report.negative` stay empty.
///
/// Throws std::invalid_argument for a temperature that is not finite and above 0, neither labels nor a relation, fewer
/// candidates than paired queries, `pair` for one batch or next to a relation, a relation of other sizes or one that is
/// given for candidates or own negatives, queries and candidates that share rows in memory where labels decide and there
/// are no ids, an `own` whose rows are no multiple of the queries, or sizes that do not fit,
/// before any work. The same bits for any number of threads. Time: 2 N^2 D multiply-adds for a batch and its gradient,
/// 3 Q C D for queries, candidates and both gradients, 4 Q C D for both directions, plus one exponential per pair and
/// softmax, and one more where a gradient is not made in the same sweep; N^2 D / 2 and Q C D for values alone. Memory
/// O(N D), and the scores of up to 96 anchors, or 48 per thread, with all candidates.
template <Metric M>
class InfoNCE {
    static_assert(M::is_similarity, "mohs::InfoNCE: the metric has to be a similarity, as Cosine or DotProduct");

public:
    InfoNCE(M, const InfoNCEOptions& options = {}) : options_(options)
    {
        if (!detail::is_finite(options.temperature) || !(options.temperature > 0)) {
            detail::throw_bad_value("InfoNCE: temperature", options.temperature, "finite and above 0");
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // take a Batch{rows, labels}

    template <class Scalar>
    [[nodiscard]] LossResult<typename Batch<Scalar>::Compute> operator()(const Batch<Scalar>& batch,
                                                                         const Options& options = {}) const
    {
        auto result = prepare(batch, 0);
        Workspace workspace;
        result.value = (*this)(batch, workspace, result.gradient, 1, &result.report, options, result.per_tuple);
        return result;
    }

    template <class A, class B>
    [[nodiscard]] LossResult<typename Batch<A>::Compute> operator()(const Batch<A>& queries, const Batch<B>& candidates,
                                                                    const Options& options = {}) const
    {
        auto result = prepare(queries, candidates.rows());
        result.candidate_gradient.setZero(candidates.rows(), candidates.dimension());
        Workspace workspace;
        result.value = (*this)(queries, candidates, workspace, result.gradient, result.candidate_gradient, 1,
                               &result.report, options, result.per_tuple);
        return result;
    }

    template <class A, class B, class Own>
    [[nodiscard]] LossResult<typename Batch<A>::Compute> operator()(const Batch<A>& queries, const Batch<B>& candidates,
                                                                    const Batch<Own>& own,
                                                                    const Options& options = {}) const
    {
        auto result = prepare(queries, candidates.rows());
        result.candidate_gradient.setZero(candidates.rows(), candidates.dimension());
        result.own_gradient.setZero(own.rows(), own.dimension());
        Workspace workspace;
        result.value = (*this)(queries, candidates, own, workspace, result.gradient, result.candidate_gradient,
                               result.own_gradient, 1, &result.report, options, result.per_tuple);
        return result;
    }

    /// Adds `scale` times the gradient to `gradient`, an Eigen matrix, Map or block of the batch's size, or
    /// `no_gradient`; returns the value, unscaled. `report` is overwritten. `per_tuple`, if not empty, receives the
    /// loss of every query, then with `Directions::both` that of every candidate; 0 where skipped. Allocates nothing
    /// once the workspace has grown.
    template <class Scalar, class Gradient>
    double operator()(const Batch<Scalar>& batch, Workspace& workspace, Gradient&& gradient, double scale = 1,
                      Report* report = nullptr, const Options& options = {}, std::span<double> per_tuple = {}) const
    {
        return run<Scalar>(batch, batch, nullptr, true, workspace, gradient, no_gradient, no_gradient, scale, report,
                           options, per_tuple);
    }

    template <class A, class B, class GradientA, class GradientB>
    double operator()(const Batch<A>& queries, const Batch<B>& candidates, Workspace& workspace,
                      GradientA&& query_gradient, GradientB&& candidate_gradient, double scale = 1,
                      Report* report = nullptr, const Options& options = {}, std::span<double> per_tuple = {}) const
    {
        return run<A>(queries, candidates, nullptr, false, workspace, query_gradient, candidate_gradient, no_gradient,
                      scale, report, options, per_tuple);
    }

    template <class A, class B, class Own, class GradientA, class GradientB, class GradientOwn>
    double operator()(const Batch<A>& queries, const Batch<B>& candidates, const Batch<Own>& own, Workspace& workspace,
                      GradientA&& query_gradient, GradientB&& candidate_gradient, GradientOwn&& own_gradient,
                      double scale = 1, Report* report = nullptr, const Options& options = {},
                      std::span<double> per_tuple = {}) const
    {
        detail::check_gradient("InfoNCE", own, own_gradient);
        if (own.dimension() != queries.dimension() ||
            (queries.rows() == 0 ? own.rows() > 0 : own.rows() % queries.rows() != 0)) {
            detail::throw_invalid("InfoNCE: own negatives are " + std::to_string(own.rows()) + " x " +
                                  std::to_string(own.dimension()) + ", but must be a multiple of the " +
                                  std::to_string(queries.rows()) + " queries, of " +
                                  std::to_string(queries.dimension()) + " columns");
        }
        return run<Own>(queries, candidates, &own, false, workspace, query_gradient, candidate_gradient, own_gradient,
                        scale, report, options, per_tuple);
    }

private:
    [[nodiscard]] bool both() const { return options_.directions == Directions::both; }

    template <class Scalar>
    LossResult<typename Batch<Scalar>::Compute> prepare(const Batch<Scalar>& queries, Index candidates) const
    {
        LossResult<typename Batch<Scalar>::Compute> result;
        result.gradient.setZero(queries.rows(), queries.dimension());
        if (options_.reduction == Reduction::none) {
            result.per_tuple.resize(static_cast<std::size_t>(queries.rows() + (both() ? candidates : 0)));
        }
        return result;
    }

    template <class Own, class A, class B, class GradientA, class GradientB, class GradientOwn>
    double run(const Batch<A>& queries, const Batch<B>& candidates, const Batch<Own>* own, bool self,
               Workspace& workspace, GradientA& query_gradient, GradientB& candidate_gradient,
               GradientOwn& own_gradient, double scale, Report* report, const Options& options,
               std::span<double> per_tuple) const
    {
        const bool paired = options_.positives == PositivesOf::pair;
        detail::check_batches({.verb = "InfoNCE", .self = self, .needs_relation = !paired, .told_apart = paired},
                              queries, candidates, options);
        detail::check_gradient("InfoNCE", queries, query_gradient);
        detail::check_gradient("InfoNCE", candidates, candidate_gradient);
        if (paired && (self || candidates.rows() < queries.rows())) {
            detail::throw_invalid("InfoNCE: paired positives need a candidate for each of the " +
                                  std::to_string(queries.rows()) + " queries, but there are " +
                                  (self ? "none" : std::to_string(candidates.rows())));
        }
        if (paired && queries.relation() != nullptr) {
            detail::throw_rule("InfoNCE", "the relation of the queries and PositivesOf::pair both say who is positive");
        }
        if (own != nullptr && own->relation() != nullptr) {
            detail::throw_rule("InfoNCE", "the relation is given for own negatives, but belongs to the queries");
        }
        const bool both_ways = both() && !self;
        const Index single = queries.rows() + (both_ways ? candidates.rows() : 0);
        if (!per_tuple.empty() && static_cast<Index>(per_tuple.size()) != single) {
            detail::throw_invalid("InfoNCE: per_tuple has " + std::to_string(per_tuple.size()) +
                                  " elements, but must have " + std::to_string(single));
        }
        const detail::InfoNCEPlan plan{
            options_.temperature, options_.denominator, options_.reduction, paired, both_ways, self};
        const Workspace::Frame frame(workspace);
        Report local;
        return detail::InfoNCERun<M, A, B, Own>(plan, queries, candidates, own, options, workspace)
            .run(query_gradient, candidate_gradient, own_gradient, scale, report != nullptr ? *report : local,
                 per_tuple);
    }

    InfoNCEOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
