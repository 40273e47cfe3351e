#pragma once

/// \file
/// ContrastiveLoss: hinges on all pairs of a batch, or of queries and a gallery, streamed; or on mined pairs.

#include <mohs/detail/loss/contrastive/contrastive_sweep.hpp>
#include <mohs/detail/loss/contrastive/contrastive_tuples.hpp>
#include <mohs/detail/loss/loss_calls.hpp>

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
/// Filters of pairs (filter.hpp) may follow the options: a pair that one rejects is no negative.
///
///     mohs::ContrastiveLoss loss{mohs::Euclidean{}, {.negative_margin = 0.5}, mohs::ExcludeIf{same_source}};
///
/// Within a batch a filter is asked for either row as the anchor, and a pair stays a negative if it does to one of
/// them. `report.rejected` counts, for every filter, the pairs of an anchor and a negative that it was the first to
/// reject, those of a batch for either row; an anchor that has no pairs left is counted under `all_filtered`.
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
/// without ids or a relation, sizes that do not fit, and senseless options of filters, and what filters throw for
/// batches that do not suit them, before any work. The same bits for any number of threads. Time: 2 N^2 D multiply-adds
/// in double for a batch whose pairs are mostly active and N^2 D in the scalar of the rows where few are; twice that
/// for queries and gallery; and O(D) for every pair whose distance comes from differences, from either end. With
/// filters, 2 N^2 D in double, O(D) for pairs within rounding of a limit, and a question for every negative to filters
/// without limits. Memory O(N D): products live in strips of 48 columns.
///
/// **Over tuples**, `loss(batch, tuples)` and `loss(queries, gallery, tuples)`, the pairs are those that were mined: Pairs
/// as they are, (i, j) and (j, i) two pairs; a triplet is a positive pair and a negative pair, each of which counts as often
/// as triplets name it, as in pytorch-metric-learning 2.8, so that it weighs what TripletLoss gives it. Labels, relations,
/// roles and ids of the batches are not looked at, and filters are not asked: miners take them. Options mean what they
/// mean above: means are over the pairs of a kind, or of both kinds `together`. `per_tuple` has the loss of each pair, positives first, or the sum of both pairs of each
/// triplet. Values are computed in double, distances from differences. `report` is that of the miner, but `tuples` counts
/// pairs, `active` those with a loss, and `overflows` those whose value or loss is not finite, which are left out, and
/// gradient elements that do not fit. Throws std::out_of_range for rows that do not exist, before any work. Time O(T D)
/// for T pairs, memory 40 bytes per pair, and 56 per row in one with a copy of it; other rows are not touched.
template <Metric M, class... Filters>
class ContrastiveLoss : public detail::PairLossCalls<ContrastiveLoss<M, Filters...>>,
                        public detail::TupleLossCalls<ContrastiveLoss<M, Filters...>, Pairs<M>, Triplets<M>> {
    using PairCalls = detail::PairLossCalls<ContrastiveLoss>;
    using TupleCalls = detail::TupleLossCalls<ContrastiveLoss, Pairs<M>, Triplets<M>>;
    friend PairCalls;
    friend TupleCalls;
    static_assert(
        (Filter<Filters> && ...),
        "mohs::ContrastiveLoss: what follows the options has to be filters: put a lambda into mohs::ExcludeIf");
    static_assert(
        ((!Filter<Filters> || PairFilter<Filters>)&&...),
        "mohs::ContrastiveLoss: this filter needs the positive of a triplet, and a pair has none (filter.hpp)");
    static_assert(detail::countable<Filters...>, "mohs::ContrastiveLoss: too many filters");

public:
    ContrastiveLoss(M, const ContrastiveLossOptions& options = {}, Filters... filters)
        : options_(options),
          filters_(std::move(filters)...),
          hinge_{options.positive_margin.value_or(M::is_similarity ? 1 : 0),
                 options.negative_margin.value_or(M::is_similarity ? 0 : 1), options.power == 2, options.half ? 0.5 : 1}
    {
        detail::validate_filters(filters_);
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

    using PairCalls::operator();
    using TupleCalls::operator();
    // Not the parameters of the deleted operators above, which Clang 14 would then hide.
    template <class A, class... Rest>
        requires(TupleCalls::template refuses<Rest> || ...)
    void operator()(const A&, const Rest&...) const = delete;  // nearest positives and negatives go into pairs_of

private:
    static constexpr const char* name = "ContrastiveLoss";
    [[nodiscard]] Reduction reduction() const { return options_.reduction; }
    [[nodiscard]] Index singles(Index anchors, Index, bool) const { return anchors; }
    [[nodiscard]] Index singles(const Pairs<M>& pairs, Index) const { return detail::pair_count(pairs); }
    [[nodiscard]] Index singles(const Triplets<M>& triplets, Index) const { return triplets.size(); }

    template <class A, class B, class Own, class GradientA, class GradientB, class GradientOwn>
    double over_all(const Batch<A>& queries, const Batch<B>& gallery, const Batch<Own>*, bool self,
                    GradientA& query_gradient, GradientB& gallery_gradient, GradientOwn&, const Options& options,
                    const detail::LossCall& call) const
    {
        using T = typename Batch<A>::Compute;
        static_assert(std::is_same_v<T, typename Batch<B>::Compute>,
                      "mohs::ContrastiveLoss: double rows cannot be compared with float or 16-bit rows");
        detail::check_batches({.verb = name, .self = self}, queries, gallery, options);
        detail::check_filters(filters_, queries.rows(), gallery.rows());
        Workspace& workspace = call.workspace;
        const detail::ContrastiveScenes<M, T> scenes(queries, gallery, self, options, workspace);
        const auto filters = detail::pair_filters<M>(filters_, scenes.exact, queries, gallery, false, workspace);
        detail::RowGradient<M, A> query_rows(queries, workspace);
        if constexpr (std::is_same_v<A, B>) {
            if (self) {
                return add_side(scenes, query_rows, query_rows, filters, query_gradient, options, call).value;
            }
        }
        detail::RowGradient<M, B> gallery_rows(gallery, workspace);
        const detail::ContrastiveTotal total =
            add_side(scenes, query_rows, gallery_rows, filters, query_gradient, options, call);
        if constexpr (detail::is_wanted<GradientB>) {
            detail::ContrastiveSweep<M, T, B, A, decltype(filters)> back(scenes, false, gallery_rows, query_rows,
                                                                         hinge_, filters);
            back.run(true, options, workspace);
            back.template add_to<GradientB>(gallery_rows, total, call.scale);
            call.report.overflows += detail::add_gradient(gallery_rows, gallery_gradient);
        }
        return total.value;
    }

    /// What the pairs come to, and the gradient of the rows that are their anchors.
    template <class T, class A, class B, class PairFilters, class Gradient>
    detail::ContrastiveTotal add_side(const detail::ContrastiveScenes<M, T>& scenes, detail::RowGradient<M, A>& rows,
                                      detail::RowGradient<M, B>& columns, const PairFilters& filters,
                                      Gradient& gradient, const Options& options, const detail::LossCall& call) const
    {
        detail::ContrastiveSweep<M, T, A, B, PairFilters> sweep(scenes, true, rows, columns, hinge_, filters);
        sweep.run(detail::is_wanted<Gradient>, options, call.workspace);
        const detail::ContrastiveTotal total =
            sweep.total(options_.reduction, options_.together, call.report, call.per_tuple);
        detail::name_filters(filters_, call.report);
        sweep.template add_to<Gradient>(rows, total, call.scale);
        call.report.overflows += detail::add_gradient(rows, gradient);
        return total;
    }

    template <class A, class B, class Tuples, class GradientA, class GradientB>
    double over_tuples(const Batch<A>& anchors, const Batch<B>& candidates, bool self, const Tuples& tuples,
                       GradientA& anchor_gradient, GradientB& candidate_gradient, const detail::LossCall& call) const
    {
        return detail::with_terms_of<M>(anchors, candidates, self, tuples, call.workspace, [&](auto& pairs) {
            pairs.measure_all();
            const double value = detail::hinge_pairs<M>(pairs, tuples, hinge_, options_.reduction, options_.together,
                                                        call.report, call.per_tuple);
            call.report.overflows +=
                pairs.add_gradients(anchor_gradient, candidate_gradient, call.scale, call.workspace);
            return value;
        });
    }

    ContrastiveLossOptions options_;
    std::tuple<Filters...> filters_;
    detail::PairHinge hinge_;
};

}  // namespace mohs::inline MOHS_ABI
