#pragma once

/// \file
/// PairSweep: a loss over all pairs of a batch, or of queries and candidates, streamed.

#include <mohs/detail/loss/pair/pair_run.hpp>

namespace mohs::inline MOHS_ABI {

/// The loss that hooks say (pair_hooks.hpp), with its gradients: the loop that losses over all pairs share, and what a
/// loss of your own is made with,
///
///     mohs::PairSweep loss{mohs::Cosine{}, SoftplusOfSum{}};
///     const mohs::LossResult result = loss(batch);             // or loss(queries, candidates)
///
/// In one batch every row is an anchor, and its candidates are all other rows; of two, the queries are anchors. Rows with
/// equal labels are positives of one another, or a relation says who is; pairs that share a sample id, that the relation calls
/// neither, or whose rows have not the roles for what they would be, are left out.
///
/// Similarities are computed in the scalar of the rows (float for 16-bit ones); distances in double, from differences of the
/// rows where their square is below 1/256 of the sum of the squared norms, so that those of near-duplicates are right.
/// Sums are made in that scalar over 48 candidates, and added up in double. With u the epsilon of the scalar and D
/// columns, a similarity is off by at most (D / 2 + 2) u |a| |b|, and a sum of terms of one sign by a relative 48 u
/// beside what its terms are off by. Gradients are with respect to the raw rows.
///
/// Filters of pairs (filter.hpp) may follow the reduction: a pair that one rejects is neither. Of queries and candidates a
/// filter is asked about the query as the anchor, and that answer serves either end; within a batch it is asked for either
/// row as the anchor. `report.rejected` counts, for every filter, the pairs of an anchor and a negative that it was the first
/// to reject, but for calls with sums over pieces; anchors with a positive that `finish` skips, of whose negatives some were
/// rejected, are counted under `all_filtered`.
///
/// The value is the sum of the losses of all anchors, divided as `reduction` says; with `none` it is their sum, and
/// `per_tuple` has the loss of every query, then with `both_ways`, of two batches, of every candidate; 0 where skipped. The
/// report counts anchors that `finish` skips, by returning no tuples, under `no_positive` if they have none, else under
/// `no_negative`; `report.positive` and `report.negative` stay empty. An empty batch has value 0 and gradient 0. Rows
/// that are not finite or of unknown class are left out and counted. Where values do not fit, beyond 1e28 in float or
/// 1e280 in double, the value is 0 and `report.overflows` counts the anchors.
///
/// Throws std::invalid_argument, before any work, for neither labels nor a relation, a relation of other sizes or given for
/// the candidates, queries and candidates that share rows in memory where labels decide and there are no ids, a
/// `per_tuple` or `parameter_gradient` of the wrong size, sizes that do not fit, or senseless options of filters, and what
/// hooks and filters throw for batches that do not suit them. The same bits for any number of threads.
///
/// Time, with one pass: 2 N^2 D multiply-adds for a batch and its gradient, 3 Q C D for queries, candidates and both
/// gradients, or 4 with `both_ways`; N^2 D / 2 and Q C D more per further pass; with filters, a question per negative, pass
/// and end, of O(D) where scores do not answer it. Memory O(N D), and the values of up to 96
/// anchors, or 48 per thread, with all candidates.
template <Metric M, PairHooks Hooks, class... Filters>
class PairSweep {
    static_assert((Filter<Filters> && ...),
                  "mohs::PairSweep: what follows the reduction has to be filters: put a lambda into mohs::ExcludeIf");
    static_assert(((!Filter<Filters> || PairFilter<Filters>)&&...),
                  "mohs::PairSweep: this filter needs the positive of a triplet, and a pair has none (filter.hpp)");
    static_assert(detail::countable<Filters...>, "mohs::PairSweep: too many filters");

public:
    PairSweep(M, const Hooks& hooks, Reduction reduction = Reduction::mean, Filters... filters)
        : loss_{hooks, reduction, {std::move(filters)...}}
    {
        detail::validate_filters(loss_.filters);
    }

    [[nodiscard]] M metric() const { return {}; }
    [[nodiscard]] const Hooks& hooks() const { return loss_.hooks; }
    [[nodiscard]] Reduction reduction() const { return loss_.reduction; }
    [[nodiscard]] const std::tuple<Filters...>& filters() const { return loss_.filters; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // take a Batch{rows, labels}

    template <class Scalar>
    [[nodiscard]] LossResult<typename Batch<Scalar>::Compute> operator()(const Batch<Scalar>& batch,
                                                                         const Options& options = {}) const
    {
        auto result = prepare(batch, 0);
        Workspace workspace;
        result.value = (*this)(batch, workspace, result.gradient, 1, &result.report, options, result.per_tuple,
                               result.parameter_gradient);
        return result;
    }

    template <class A, class B>
    [[nodiscard]] LossResult<typename Batch<A>::Compute> operator()(const Batch<A>& queries, const Batch<B>& candidates,
                                                                    const Options& options = {}) const
    {
        auto result = prepare(queries, Traits::both_ways ? candidates.rows() : 0);
        result.candidate_gradient.setZero(candidates.rows(), candidates.dimension());
        Workspace workspace;
        result.value = (*this)(queries, candidates, workspace, result.gradient, result.candidate_gradient, 1,
                               &result.report, options, result.per_tuple, result.parameter_gradient);
        return result;
    }

    /// Adds `scale` times the gradient to `gradient`, an Eigen matrix, Map or block of the batch's size, or
    /// `no_gradient`, and to `parameter_gradient`, if not empty; returns the value, unscaled. `report` is overwritten.
    /// `per_tuple`, if not empty, receives the single losses. Allocates nothing once the workspace has grown.
    template <class Scalar, class Gradient>
    double operator()(const Batch<Scalar>& batch, Workspace& workspace, Gradient&& gradient, double scale = 1,
                      Report* report = nullptr, const Options& options = {}, std::span<double> per_tuple = {},
                      std::span<double> parameter_gradient = {}) const
    {
        return run(batch, batch, true, workspace, gradient, no_gradient, scale, report, options, per_tuple,
                   parameter_gradient);
    }

    template <class A, class B, class GradientA, class GradientB>
    double operator()(const Batch<A>& queries, const Batch<B>& candidates, Workspace& workspace,
                      GradientA&& query_gradient, GradientB&& candidate_gradient, double scale = 1,
                      Report* report = nullptr, const Options& options = {}, std::span<double> per_tuple = {},
                      std::span<double> parameter_gradient = {}) const
    {
        return run(queries, candidates, false, workspace, query_gradient, candidate_gradient, scale, report, options,
                   per_tuple, parameter_gradient);
    }

    // A gallery in pieces, as shards or a batch and a bank: for hooks with one pass, of which only queries are anchors.

    /// The sums of the queries over a piece of the gallery, or of a batch over itself. Those of several pieces are merged by
    /// `SweptSums::merge`.
    template <class A, class B>
    [[nodiscard]] SweptSums<Hooks> sums(const Batch<A>& queries, const Batch<B>& piece,
                                        const Options& options = {}) const
    {
        return sums_of(queries, piece, false, options);
    }
    template <class Scalar>
    [[nodiscard]] SweptSums<Hooks> sums(const Batch<Scalar>& batch, const Options& options = {}) const
    {
        return sums_of(batch, batch, true, options);
    }

    /// The value, from the sums over all pieces, and what a piece contributes to the gradient of the queries and has as its
    /// own. Parameters have the same gradient with each piece: it is added once, where it is asked for.
    template <class A, class B, class GradientA, class GradientB>
    double operator()(const SweptSums<Hooks>& sums, const Batch<A>& queries, const Batch<B>& piece,
                      Workspace& workspace, GradientA&& query_gradient, GradientB&& piece_gradient, double scale = 1,
                      Report* report = nullptr, const Options& options = {}, std::span<double> per_tuple = {},
                      std::span<double> parameter_gradient = {}) const
    {
        return run(queries, piece, false, workspace, query_gradient, piece_gradient, scale, report, options, per_tuple,
                   parameter_gradient, &sums);
    }
    template <class Scalar, class Gradient>
    double operator()(const SweptSums<Hooks>& sums, const Batch<Scalar>& batch, Workspace& workspace,
                      Gradient&& gradient, double scale = 1, Report* report = nullptr, const Options& options = {},
                      std::span<double> per_tuple = {}, std::span<double> parameter_gradient = {}) const
    {
        return run(batch, batch, true, workspace, gradient, no_gradient, scale, report, options, per_tuple,
                   parameter_gradient, &sums);
    }

private:
    using Traits = detail::HookTraits<Hooks>;

    template <class Scalar>
    LossResult<typename Batch<Scalar>::Compute> prepare(const Batch<Scalar>& queries, Index candidates) const
    {
        LossResult<typename Batch<Scalar>::Compute> result;
        result.gradient.setZero(queries.rows(), queries.dimension());
        result.parameter_gradient.resize(static_cast<std::size_t>(Traits::parameters));
        if (loss_.reduction == Reduction::none) {
            result.per_tuple.resize(static_cast<std::size_t>(queries.rows() + candidates));
        }
        return result;
    }

    void check_sizes(Index queries, Index candidates) const
    {
        if constexpr (requires { loss_.hooks.check_sizes(queries, candidates); }) {
            loss_.hooks.check_sizes(queries, candidates);
        }
        detail::check_filters(loss_.filters, queries, candidates);
    }

    template <class A, class B>
    SweptSums<Hooks> sums_of(const Batch<A>& queries, const Batch<B>& piece, bool self, const Options& options) const
    {
        static_assert(Traits::passes == 1 && !Traits::both_ways && !Traits::sums_candidates,
                      "mohs::PairSweep: sums over pieces need hooks with one pass, of which only queries are anchors");
        detail::check_batches({.verb = Hooks::name, .self = self}, queries, piece, options);
        const auto rows = static_cast<std::size_t>(queries.rows());
        SweptSums<Hooks> result;
        result.sums.resize(rows);
        result.positives.resize(rows);
        result.negatives.resize(rows);
        Workspace workspace;
        const Workspace::Frame frame(workspace);
        check_sizes(queries.rows(), piece.rows());
        detail::PairRun<M, Hooks, A, B, Filters...> sweep(loss_, queries, piece, self, options, workspace);
        if (sweep.fits()) {
            sweep.add_sums_to(result);
        }
        return result;
    }

    template <class A, class B, class GradientA, class GradientB>
    double run(const Batch<A>& queries, const Batch<B>& candidates, bool self, Workspace& workspace,
               GradientA& query_gradient, GradientB& candidate_gradient, double scale, Report* report,
               const Options& options, std::span<double> per_tuple, std::span<double> parameter_gradient,
               const SweptSums<Hooks>* sums = nullptr) const
    {
        detail::check_batches({.verb = Hooks::name, .self = self}, queries, candidates, options);
        detail::check_gradient(Hooks::name, queries, query_gradient);
        detail::check_gradient(Hooks::name, candidates, candidate_gradient);
        const Index single = queries.rows() + (Traits::both_ways && !self ? candidates.rows() : 0);
        detail::check_length(Hooks::name, "per_tuple", per_tuple.size(), single);
        detail::check_length(Hooks::name, "parameter_gradient", parameter_gradient.size(), Traits::parameters);
        if (sums != nullptr) {
            detail::check_length(Hooks::name, "sums", sums->sums.size(), queries.rows());
        }
        check_sizes(queries.rows(), candidates.rows());
        const Workspace::Frame frame(workspace);
        Report local;
        Report& seen = report != nullptr ? *report : local;
        seen = {};
        detail::PairRun<M, Hooks, A, B, Filters...> sweep(loss_, queries, candidates, self, options, workspace);
        if (!sweep.fits()) {
            sweep.report_overflow(seen, per_tuple);
            return 0;
        }
        if (sums == nullptr) {
            sweep.template run<GradientA, GradientB>();
        } else {
            sweep.take_sums(*sums);
            sweep.template differentiate<GradientA, GradientB>(false);
        }
        const double value = sweep.reduce(seen, per_tuple);
        detail::name_filters(loss_.filters, seen);
        sweep.add_gradients(query_gradient, candidate_gradient, scale, parameter_gradient, seen);
        return value;
    }

    detail::PairLoss<Hooks, Filters...> loss_;
};

}  // namespace mohs::inline MOHS_ABI
