#pragma once

/// \file
/// InfoNCE: from batches to sweeps.

#include <mohs/detail/softmax_sweep.hpp>
#include <mohs/detail/triplet_report.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// What the loss is made of, past all checks.
struct InfoNCEPlan {
    double temperature;
    Denominator denominator;
    Reduction reduction;
    bool paired, both, self;
};

/// One evaluation of the loss. `Own` holds the anchors' own negatives.
template <class M, class A, class B, class Own>
class InfoNCERun {
public:
    using T = typename Batch<A>::Compute;

    InfoNCERun(const InfoNCEPlan& plan, const Batch<A>& queries, const Batch<B>& candidates, const Batch<Own>* own,
               const Options& options, Workspace& workspace)
        : plan_(plan), queries_(queries), candidates_(candidates), own_(own), options_(options), workspace_(workspace)
    {
    }

    template <class GradientA, class GradientB, class GradientOwn>
    double run(GradientA& query_gradient, GradientB& candidate_gradient, GradientOwn& own_gradient, double scale,
               Report& report, std::span<double> per_tuple)
    {
        const Scene<T> scene =
            build_scene<M, T>(queries_, candidates_, plan_.self, PackOrder::by_class, options_, workspace_);
        report = {};
        std::fill(per_tuple.begin(), per_tuple.end(), 0.0);
        const double factor = scene.anchors.unscale * scene.candidates.unscale / plan_.temperature;
        if (!(factor < static_cast<double>(highest<T>) / 1024)) {
            start_report(scene, queries_.rows(), report);
            report.overflows = report.anchors - report.non_finite - report.unknown - report.not_anchors;
            return 0;
        }
        report.zero_rows = scene.anchors.zero + (plan_.self ? 0 : scene.candidates.zero);
        report.non_finite_candidates = scene.candidates.non_finite;
        RowGradient<M, A> query_rows(queries_, workspace_);
        const RelatedSide<T> anchors = relate_side(scene, true, queries_, candidates_, plan_.paired, workspace_),
                             others = plan_.self
                                          ? anchors
                                          : relate_side(scene, false, candidates_, queries_, plan_.paired, workspace_);
        const SoftmaxSweep<T> sweep(scene, plan_.denominator, static_cast<T>(factor), options_, workspace_);
        const Index reverse_rows = plan_.paired ? queries_.rows() : candidates_.rows();
        Direction forward = evaluate(
            sweep, anchors, others, queries_, queries_.rows(),
            [&](Index position, const auto& add) {
                for_each_own(query_rows, scene.anchors.row_of(position), [&](Index, double logit) { add(logit); });
            },
            per_tuple.first(std::min<std::size_t>(per_tuple.size(), static_cast<std::size_t>(queries_.rows()))),
            report);
        Direction backward;
        double value = forward.value;
        if (plan_.both) {
            backward = evaluate(
                sweep, others, anchors, candidates_, reverse_rows, [](Index, const auto&) {},
                per_tuple.empty() ? per_tuple : per_tuple.subspan(static_cast<std::size_t>(queries_.rows())), report);
            value = (forward.value + backward.value) / 2;
        }
        // All rows of a direction weigh the same: what they share is multiplied in at the end, in double.
        const double share = std::max(forward.weight, backward.weight);
        if (share == 0) {
            return value;
        }
        const double outer = scale * (plan_.both ? 0.5 : 1) * share / plan_.temperature;
        const SoftmaxWeights<T> by_anchor = weigh(scene.anchors, forward, share),
                                by_other = plan_.both ? weigh(scene.candidates, backward, share) : SoftmaxWeights<T>{};
        if constexpr (is_wanted<GradientA>) {
            sweep.differentiate(anchors, by_anchor, others, plan_.self ? by_anchor : by_other,
                                adder(query_rows, scene.anchors, scene.candidates, outer));
        }
        if (own_ != nullptr) {
            RowGradient<M, Own> own_rows(*own_, workspace_);
            add_own(query_rows, own_rows, scene.anchors, forward, scale * forward.weight * (plan_.both ? 0.5 : 1));
            report.overflows += add_gradient(own_rows, own_gradient);
        }
        report.overflows += add_gradient(query_rows, query_gradient);
        if constexpr (is_wanted<GradientB>) {
            RowGradient<M, B> candidate_rows(candidates_, workspace_);
            sweep.differentiate(others, by_other, anchors, by_anchor,
                                adder(candidate_rows, scene.candidates, scene.anchors, outer));
            report.overflows += add_gradient(candidate_rows, candidate_gradient);
        }
        return value;
    }

private:
    struct Direction {
        std::span<SoftmaxRow> rows;
        double value = 0, weight = 0;  ///< weight of each row's loss in the value
    };

    /// The losses of one direction. The first `offered` rows of the batch are anchors.
    template <class Scalar, class OwnNegatives>
    Direction evaluate(const SoftmaxSweep<T>& sweep, const RelatedSide<T>& anchors, const RelatedSide<T>& others,
                       const Batch<Scalar>& batch, Index offered, const OwnNegatives& own, std::span<double> per_tuple,
                       Report& report)
    {
        Direction result;
        result.rows = workspace_.take<SoftmaxRow>(anchors.rows(), SoftmaxRow{});
        sweep.sum(anchors, others, own, result.rows);
        double sum = 0;
        Index packed = 0, tuples = 0, active = 0;
        for (Index position = 0; position < anchors.rows(); ++position) {
            SoftmaxRow& row = result.rows[static_cast<std::size_t>(position)];
            const Index number = anchors.packed->row_of(position);
            if (number >= offered) {
                row = {};
                continue;
            }
            ++packed;
            if (!anchors.packed->has_role(position, Role::anchor)) {
                ++report.not_anchors;
                continue;
            }
            report.no_positive += row.positive_count == 0;
            report.no_negative += row.positive_count > 0 && row.negative_count == 0;
            if (row.valid()) {
                ++report.valid;
                tuples += plan_.denominator == Denominator::positives_excluded ? row.positive_count : 1;
                active += row.active;
                sum += row.loss;
                if (!per_tuple.empty()) {
                    per_tuple[static_cast<std::size_t>(number)] = row.loss;
                }
            }
        }
        report.anchors += offered;
        const Index unknown = count_unknown(batch, offered);
        report.unknown += unknown;
        report.non_finite += offered - packed - unknown;
        report.tuples += tuples;
        report.active += active;
        const Index divisor = divisor_of(plan_.reduction, tuples, active);
        if (divisor > 0 && tuples > 0) {
            result.weight = 1 / static_cast<double>(divisor);
            result.value = sum / static_cast<double>(divisor);
        }
        return result;
    }

    /// Of the first rows, those of unknown class that are finite.
    template <class Scalar>
    static Index count_unknown(const Batch<Scalar>& batch, Index rows)
    {
        Index result = 0;
        for (Index row = 0; row < rows; ++row) {
            bool counts = batch.is_unknown(row);
            for (Index k = 0; counts && k < batch.dimension(); ++k) {
                counts = is_finite(batch.at(row, k));
            }
            result += counts;
        }
        return result;
    }

    SoftmaxWeights<T> weigh(const PackedSide<T>& side, const Direction& direction, double share)
    {
        const Index padded = (side.rows() + strip_columns - 1) / strip_columns * strip_columns;
        SoftmaxWeights<T> result{direction.rows, workspace_.take<T>(padded, T{0}), workspace_.take<T>(padded, T{0})};
        for (std::size_t at = 0; at < direction.rows.size(); ++at) {
            if (direction.rows[at].valid()) {
                result.shift[at] = static_cast<T>(direction.rows[at].shift);
                result.weight[at] = static_cast<T>(direction.weight / share);
            }
        }
        return result;
    }

    template <class Rows>
    static auto adder(Rows& rows, const PackedSide<T>& side, const PackedSide<T>& other, double outer)
    {
        return [&rows, &side, factor = outer * other.unscale, depth = rows.batch().dimension()](
                   Index position, const double* gradient) {
            double* const sum = rows.sum_of(side.row_of(position));
            for (Index k = 0; k < depth; ++k) {
                sum[k] += factor * gradient[k];
            }
        };
    }

    /// Calls f(row, logit) for the own negatives of an anchor that are finite, of a known class, may be negatives and
    /// are not the anchor's own sample or class.
    template <class Function>
    void for_each_own(const RowGradient<M, A>& anchors, Index anchor, const Function& f) const
    {
        if (own_ == nullptr) {
            return;
        }
        const Index each = own_->rows() / queries_.rows();
        for (Index row = anchor * each; row < (anchor + 1) * each; ++row) {
            const bool same = (own_->has_ids() && queries_.has_ids() && own_->id(row) == queries_.id(anchor)) ||
                              (own_->has_labels() && queries_.has_labels() && queries_.relation() == nullptr &&
                               own_->label(row) == queries_.label(anchor));
            if (!same && !own_->is_unknown(row) && has_role(own_->role(row), Role::negative)) {
                const double logit = measure_scaled<M>(queries_, anchor, anchors.scale(anchor), *own_, row,
                                                       metric_scale<M>(*own_, row)) /
                                     plan_.temperature;
                if (is_finite(logit)) {
                    f(row, logit);
                }
            }
        }
    }

    void add_own(RowGradient<M, A>& anchors, RowGradient<M, Own>& own, const PackedSide<T>& side,
                 const Direction& direction, double weight) const
    {
        for (Index position = 0; position < side.rows(); ++position) {
            const SoftmaxRow& row = direction.rows[static_cast<std::size_t>(position)];
            const Index anchor = side.row_of(position);
            if (row.valid()) {
                for_each_own(anchors, anchor, [&](Index number, double logit) {
                    add_pair(anchors, anchor, own, number, logit,
                             std::exp(logit + row.shift) * weight / plan_.temperature);
                });
            }
        }
    }

    const InfoNCEPlan& plan_;
    const Batch<A>& queries_;
    const Batch<B>& candidates_;
    const Batch<Own>* own_;
    const Options& options_;
    Workspace& workspace_;
};

}  // namespace mohs::inline MOHS_ABI::detail
