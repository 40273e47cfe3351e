#pragma once

/// \file
/// InfoNCE: from batches to sweeps.

#include <mohs/detail/loss/softmax/own_negatives.hpp>
#include <mohs/detail/loss/softmax/softmax_sweep.hpp>
#include <mohs/detail/scene/start_report.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// What the loss is made of, past all checks.
struct InfoNCEPlan {
    double temperature;
    Denominator denominator;
    Reduction reduction;
    bool paired, both, self;
};

/// One evaluation of the loss. `Own` holds the anchors' own negatives.
template <class M, class A, class B, class Own, class... Filters>
class InfoNCERun {
public:
    using T = typename Batch<A>::Compute;

    InfoNCERun(const InfoNCEPlan& plan, const Batch<A>& queries, const Batch<B>& candidates, const Batch<Own>* own,
               const std::tuple<Filters...>& filters, const Options& options, Workspace& workspace)
        : plan_(plan),
          queries_(queries),
          candidates_(candidates),
          own_(own),
          filters_(filters),
          options_(options),
          workspace_(workspace)
    {
    }

    template <class GradientA, class GradientB, class GradientOwn>
    double run(GradientA& query_gradient, GradientB& candidate_gradient, GradientOwn& own_gradient, double scale,
               Report& report, std::span<double> per_tuple)
    {
        const Scene<T> scene =
            build_scene<M, T>(queries_, candidates_, plan_.self, PackOrder::by_class, options_, workspace_);
        report = {};
        name_filters(filters_, report);
        std::fill(per_tuple.begin(), per_tuple.end(), 0.0);
        const double factor = scene.anchors.unscale * scene.candidates.unscale / plan_.temperature;
        const double lengths = scene.anchors.length * scene.candidates.length;
        // What is scaled are differences of scores and of what stands above and below all scores.
        if (!(factor * lengths < static_cast<double>(highest<T>) / 32)) {
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
        const SoftmaxSetting<T> setting{scene, anchors, others, plan_.denominator, static_cast<T>(factor)};
        const auto filters = pair_filters<M>(filters_, scene, queries_, candidates_, plan_.both, workspace_);
        Losses losses(scene, anchors, per_tuple, workspace_);
        const OwnNegatives<M, A, B, Own, Filters...> own_negatives{queries_, candidates_, own_, filters_,
                                                                   plan_.temperature};
        const auto own = [&](Index position, const auto& add) {
            own_negatives.for_each(
                query_rows, scene.anchors.row_of(position), [&](Index, double logit) { add(logit); },
                [&]([[maybe_unused]] int filter) {
                    if constexpr (sizeof...(Filters) > 0) {
                        filters.count(true, position, filter);
                    }
                });
        };
        const auto add_query = [&] {
            if constexpr (is_wanted<GradientA>) {
                return adder(query_rows, scene.anchors, scene.candidates);
            } else {
                return AddNothing{};
            }
        }();
        if constexpr (is_wanted<GradientB>) {
            RowGradient<M, B> candidate_rows(candidates_, workspace_);
            evaluate_all(setting, filters, own, losses, add_query,
                         adder(candidate_rows, scene.candidates, scene.anchors), report);
            candidate_rows.multiply(scale * losses.slope(plan_));
            report.overflows += add_gradient(candidate_rows, candidate_gradient);
        } else if (plan_.self) {
            evaluate_all(setting, filters, own, losses, add_query, add_query, report);
        } else {
            evaluate_all(setting, filters, own, losses, add_query, AddNothing{}, report);
        }
        query_rows.multiply(scale * losses.slope(plan_));
        if (own_ != nullptr) {
            RowGradient<M, Own> own_rows(*own_, workspace_);
            own_negatives.add_gradients(query_rows, own_rows, setting, losses.by_anchor.rows,
                                        scale * losses.forward.weight * (plan_.both ? 0.5 : 1));
            report.overflows += add_gradient(own_rows, own_gradient);
        }
        report.overflows += add_gradient(query_rows, query_gradient);
        return plan_.both ? (losses.forward.value + losses.backward.value) / 2 : losses.forward.value;
    }

private:
    struct Direction {
        double value = 0, weight = 0;  ///< weight of each row's loss in the value
    };

    /// What the anchors, and with both directions the candidates, come to.
    struct Losses {
        SoftmaxWeights<T> by_anchor, by_other;
        Direction forward, backward;
        std::span<double> per_tuple;

        Losses(const Scene<T>& scene, const RelatedSide<T>& anchors, std::span<double> tuples, Workspace& workspace)
            : by_anchor(scene, workspace.take<SoftmaxRow>(anchors.rows(), SoftmaxRow{}), workspace), per_tuple(tuples)
        {
        }

        /// All rows of a direction weigh the same: what they share is multiplied in at the end, in double.
        [[nodiscard]] double share() const { return (std::max)(forward.weight, backward.weight); }
        [[nodiscard]] double slope(const InfoNCEPlan& plan) const
        {
            return share() * (plan.both ? 0.5 : 1) / plan.temperature;
        }
    };

    template <class PairRule, class OwnNegatives, class AddRow, class AddColumn>
    void evaluate_all(const SoftmaxSetting<T>& setting, const PairRule& filters, const OwnNegatives& own,
                      Losses& losses, const AddRow& add_row, const AddColumn& add_column, Report& report)
    {
        constexpr bool differentiates = !std::is_same_v<AddRow, AddNothing> || !std::is_same_v<AddColumn, AddNothing>;
        const SoftmaxSweep<T, PairRule> sweep(setting, filters, options_, workspace_);
        if (plan_.both) {
            losses.by_other = {setting.scene, workspace_.take<SoftmaxRow>(setting.columns.rows(), SoftmaxRow{}),
                               workspace_};
        }
        if (plan_.both || plan_.self) {
            sweep.sum_both(own, losses.by_anchor.rows, losses.by_other.rows);
        } else if (differentiates) {
            sweep.sum_and_differentiate(own, losses.by_anchor, add_row, add_column);
        } else {
            sweep.sum(own, losses.by_anchor.rows);
        }
        const std::size_t queries = static_cast<std::size_t>(queries_.rows());
        losses.forward = evaluate(losses.by_anchor.rows, filters, true, *setting.rows.packed, queries_, queries_.rows(),
                                  losses.per_tuple.first((std::min)(queries, losses.per_tuple.size())), report);
        if (plan_.both) {
            losses.backward = evaluate(losses.by_other.rows, filters, false, *setting.columns.packed, candidates_,
                                       plan_.paired ? queries_.rows() : candidates_.rows(),
                                       losses.per_tuple.subspan((std::min)(queries, losses.per_tuple.size())), report);
        }
        const double share = losses.share();
        if (differentiates && (plan_.both || plan_.self) && share > 0) {
            losses.by_anchor.each = losses.forward.weight / share;
            losses.by_anchor.fill(0, setting.rows.rows());
            if (plan_.both) {
                losses.by_other.each = losses.backward.weight / share;
                losses.by_other.fill(0, setting.columns.rows());
            }
            sweep.differentiate(losses.by_anchor, plan_.both ? losses.by_other : losses.by_anchor, add_row, add_column);
        }
    }

    /// The losses of one direction, from its rows. The first `offered` rows of the batch are anchors.
    template <class PairRule, class Scalar>
    Direction evaluate(std::span<SoftmaxRow> rows, const PairRule& filters, bool of_anchors, const PackedSide<T>& side,
                       const Batch<Scalar>& batch, Index offered, std::span<double> per_tuple, Report& report)
    {
        Direction result;
        Index packed = 0, tuples = 0, active = 0;
        for (Index position = 0; position < side.rows(); ++position) {
            SoftmaxRow& row = rows[static_cast<std::size_t>(position)];
            const Index number = side.row_of(position);
            if (number >= offered) {
                row = {};
                continue;
            }
            ++packed;
            if (!side.has_role(position, Role::anchor)) {
                ++report.not_anchors;
                continue;
            }
            bool filtered = false;
            if constexpr (PairRule::present) {
                filtered = filters.report_row(of_anchors, position, report);
            }
            report.no_positive += row.positive_count == 0;
            if (row.positive_count > 0 && row.negative_count == 0) {
                (filtered ? report.all_filtered : report.no_negative) += 1;
            }
            if (row.valid()) {
                ++report.valid;
                tuples += plan_.denominator == Denominator::positives_excluded ? row.positive_count : 1;
                active += row.active;
                if (!per_tuple.empty()) {
                    per_tuple[static_cast<std::size_t>(number)] = row.loss;
                }
            }
        }
        report.anchors += offered;
        const Index unknown = count_unknown(batch, offered), withdrawn = side.withdrawn_before(offered);
        report.unknown += unknown;
        report.not_anchors += withdrawn;
        report.non_finite += offered - packed - unknown - withdrawn;
        report.tuples += tuples;
        report.active += active;
        const Index divisor = divisor_of(plan_.reduction, tuples, active);
        if (divisor > 0 && tuples > 0) {
            result.weight = 1 / static_cast<double>(divisor);
            // Not their sum, divided: that may not fit.
            for (const SoftmaxRow& row : rows) {
                result.value += row.loss / static_cast<double>(divisor);
            }
            report.overflows += !is_finite(result.value);
        }
        return result;
    }

    /// Of the first rows, those of unknown class that are finite.
    template <class Scalar>
    static Index count_unknown(const Batch<Scalar>& batch, Index rows)
    {
        Index result = 0;
        for (Index row = 0; row < rows; ++row) {
            result += batch.is_unknown(row) && is_finite_row(batch, row);
        }
        return result;
    }

    /// Adds gradients of a side by the elements of the other, before what all of them share.
    template <class Rows>
    static auto adder(Rows& rows, const PackedSide<T>& side, const PackedSide<T>& other)
    {
        return [&rows, &side, unscale = other.unscale, depth = rows.batch().dimension()](
                   Index position, const T* gradient, Index stride) {
            double* const sum = rows.sum_of(side.row_of(position));
            for (Index k = 0; k < depth; ++k) {
                sum[k] += unscale * static_cast<double>(gradient[k * stride]);
            }
        };
    }

    const InfoNCEPlan& plan_;
    const Batch<A>& queries_;
    const Batch<B>& candidates_;
    const Batch<Own>* own_;
    const std::tuple<Filters...>& filters_;
    const Options& options_;
    Workspace& workspace_;
};

}  // namespace mohs::inline MOHS_ABI::detail
