#pragma once

/// \file
/// ContrastiveLoss: hinges on all pairs of a batch, or of queries and a gallery, streamed.

#include <mohs/detail/loss/contrastive/contrastive_sweep.hpp>

#include <optional>

namespace mohs::inline MOHS_ABI {

/// Options of ContrastiveLoss. Margins are in the metric's own unit; where they are not given, distances get 0 and 1
/// (Hadsell, Chopra and LeCun 2006, with any margin), similarities 1 and 0. The other defaults are those of
/// pytorch-metric-learning 2.8.
struct ContrastiveLossOptions {
    std::optional<double> positive_margin = std::nullopt;  ///< positives closer than this have no loss
    std::optional<double> negative_margin = std::nullopt;  ///< negatives farther than this have no loss
    int power = 1;                                         ///< 1: linear hinge; 2: squared hinge
    bool half = false;      ///< times 1/2, as Hadsell et al. write it with the squared hinge
    bool together = false;  ///< one reduction of all pairs; else one for each kind, added
    Reduction reduction = Reduction::mean_active;
};

/// Contrastive loss of all pairs: with [x] = max(0, x)^power, times 1/2 with `.half`,
///
///     [d - positive_margin] for positives, [negative_margin - d] for negatives      for distances
///     [positive_margin - s] for positives, [s - negative_margin] for negatives      for similarities
///
/// Rows with equal labels are positives of one another. Within a batch a pair counts once, whichever row comes first;
/// queries meet every row of the gallery. Pairs of one sample id are left out.
///
/// A relation stands in for labels; pairs that are neither, or whose rows have not the roles for what they would be,
/// are left out. Within a batch a pair may then be one thing to one of its rows and another to the other: it counts
/// once as a positive if it is one to either row as the anchor, and once as a negative likewise.
///
/// Values are computed in double, whatever the scalar of the rows. Those of similarities are products of packed rows.
/// Distances whose square exceeds 1/256 of the sum of the squared norms (of rows minus a mean, unless they are
/// normalised) come from products too, with a relative error of at most 256 (D + 8) 2^-53: 4e-12 for D = 128, and
/// much less in practice; all others, and those within that error of a margin, from differences of the rows. Gradients
/// are with respect to the raw rows; 0 at distance 0, and for pairs at their margin.
///
/// No pairs, or none active: value 0 and gradient 0. One class has positives only, singletons have negatives only.
/// Rows that are not finite or of unknown class are left out and counted; pairs with a value that is not finite too, in
/// `report.overflows`. `report.valid` counts rows that are the anchor of a pair, `report.no_positive` anchors without
/// any; `report.positive` and `report.negative` stay empty.
///
/// With `Reduction::none` the value is the sum, and `per_tuple` has the sum of the pairs of every row of the batch, or of
/// every query: pairs themselves are never kept. Within a batch a pair is among those of either row.
///
/// Throws std::invalid_argument for margins that are not finite, a power other than 1 and 2, neither labels nor a
/// relation, a relation of other sizes or given for the gallery, queries and a gallery that share rows in memory
/// without ids or a relation, and sizes that do not fit, before any work. The same bits for any number of threads.
/// Time: 2 N^2 D multiply-adds in double for a batch whose pairs are mostly active and N^2 D in the scalar of the rows
/// where few are; twice that for queries and gallery; and O(D) for every pair whose distance comes from differences,
/// from either end. Memory O(N D): products live in strips of 48 columns.
template <Metric M>
class ContrastiveLoss {
public:
    ContrastiveLoss(M, const ContrastiveLossOptions& options = {})
        : options_(options),
          hinge_{options.positive_margin.value_or(M::is_similarity ? 1 : 0),
                 options.negative_margin.value_or(M::is_similarity ? 0 : 1), options.power == 2, options.half ? 0.5 : 1}
    {
        for (const double margin : {hinge_.positive_margin, hinge_.negative_margin}) {
            if (!detail::is_finite(margin)) {
                detail::throw_bad_value("ContrastiveLoss: margin", margin, "finite");
            }
        }
        if (options.power != 1 && options.power != 2) {
            detail::throw_bad_value("ContrastiveLoss: power", options.power, "1 or 2");
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // take a Batch{rows, labels}

    template <class Scalar>
    [[nodiscard]] LossResult<typename Batch<Scalar>::Compute> operator()(const Batch<Scalar>& batch,
                                                                         const Options& options = {}) const
    {
        LossResult<typename Batch<Scalar>::Compute> result = prepare(batch);
        Workspace workspace;
        result.value = (*this)(batch, workspace, result.gradient, 1, &result.report, options, result.per_tuple);
        return result;
    }

    template <class A, class B>
    [[nodiscard]] LossResult<typename Batch<A>::Compute> operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                                                    const Options& options = {}) const
    {
        LossResult<typename Batch<A>::Compute> result = prepare(queries);
        result.candidate_gradient.setZero(gallery.rows(), gallery.dimension());
        Workspace workspace;
        result.value = (*this)(queries, gallery, workspace, result.gradient, result.candidate_gradient, 1,
                               &result.report, options, result.per_tuple);
        return result;
    }

    /// Adds `scale` times the gradient to `gradient`, an Eigen matrix, Map or block of the batch's size, or
    /// `no_gradient`; returns the value, unscaled. `report` is overwritten. `per_tuple`, if not empty, receives the sum of
    /// the pairs of every row. Allocates nothing once the workspace has grown.
    template <class Scalar, class Gradient>
    double operator()(const Batch<Scalar>& batch, Workspace& workspace, Gradient&& gradient, double scale = 1,
                      Report* report = nullptr, const Options& options = {}, std::span<double> per_tuple = {}) const
    {
        check_sides(batch, batch, true, options, gradient, no_gradient, per_tuple);
        const Workspace::Frame frame(workspace);
        using T = typename Batch<Scalar>::Compute;
        const detail::ContrastiveScenes<M, T> scenes(batch, batch, true, options, workspace);
        detail::RowGradient<M, Scalar> rows(batch, workspace);
        detail::ContrastiveSweep<M, T, Scalar, Scalar> sweep(scenes, true, rows, rows, hinge_);
        sweep.run(detail::is_wanted<Gradient>, options, workspace);
        Report local;
        Report& seen = report != nullptr ? *report : local;
        const detail::ContrastiveTotal total = sweep.total(options_.reduction, options_.together, seen, per_tuple);
        sweep.template add_to<Gradient>(rows, total, scale);
        seen.overflows += detail::add_gradient(rows, gradient);
        return total.value;
    }

    template <class A, class B, class GradientA, class GradientB>
    double operator()(const Batch<A>& queries, const Batch<B>& gallery, Workspace& workspace,
                      GradientA&& query_gradient, GradientB&& gallery_gradient, double scale = 1,
                      Report* report = nullptr, const Options& options = {}, std::span<double> per_tuple = {}) const
    {
        using T = typename Batch<A>::Compute;
        static_assert(std::is_same_v<T, typename Batch<B>::Compute>,
                      "mohs::ContrastiveLoss: double rows cannot be compared with float or 16-bit rows");
        check_sides(queries, gallery, false, options, query_gradient, gallery_gradient, per_tuple);
        const Workspace::Frame frame(workspace);
        const detail::ContrastiveScenes<M, T> scenes(queries, gallery, false, options, workspace);
        detail::RowGradient<M, A> query_rows(queries, workspace);
        detail::RowGradient<M, B> gallery_rows(gallery, workspace);
        detail::ContrastiveSweep<M, T, A, B> sweep(scenes, true, query_rows, gallery_rows, hinge_);
        sweep.run(detail::is_wanted<GradientA>, options, workspace);
        Report local;
        Report& seen = report != nullptr ? *report : local;
        const detail::ContrastiveTotal total = sweep.total(options_.reduction, options_.together, seen, per_tuple);
        sweep.template add_to<GradientA>(query_rows, total, scale);
        seen.overflows += detail::add_gradient(query_rows, query_gradient);
        if constexpr (detail::is_wanted<GradientB>) {
            detail::ContrastiveSweep<M, T, B, A> back(scenes, false, gallery_rows, query_rows, hinge_);
            back.run(true, options, workspace);
            back.template add_to<GradientB>(gallery_rows, total, scale);
            seen.overflows += detail::add_gradient(gallery_rows, gallery_gradient);
        }
        return total.value;
    }

private:
    template <class Scalar>
    LossResult<typename Batch<Scalar>::Compute> prepare(const Batch<Scalar>& queries) const
    {
        LossResult<typename Batch<Scalar>::Compute> result;
        result.gradient.setZero(queries.rows(), queries.dimension());
        if (options_.reduction == Reduction::none) {
            result.per_tuple.resize(static_cast<std::size_t>(queries.rows()));
        }
        return result;
    }

    template <class A, class B, class GradientA, class GradientB>
    static void check_sides(const Batch<A>& queries, const Batch<B>& gallery, bool self, const Options& options,
                            const GradientA& query_gradient, const GradientB& gallery_gradient,
                            std::span<const double> per_tuple)
    {
        if (!per_tuple.empty() && static_cast<Index>(per_tuple.size()) != queries.rows()) {
            detail::throw_size_mismatch("ContrastiveLoss", queries.rows(), static_cast<long long>(per_tuple.size()),
                                        "elements of per_tuple");
        }
        detail::check_batches({.verb = "ContrastiveLoss", .self = self}, queries, gallery, options);
        detail::check_gradient("ContrastiveLoss", queries, query_gradient);
        detail::check_gradient("ContrastiveLoss", gallery, gallery_gradient);
    }

    ContrastiveLossOptions options_;
    detail::PairHinge hinge_;
};

}  // namespace mohs::inline MOHS_ABI
