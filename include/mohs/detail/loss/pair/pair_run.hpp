#pragma once

/// \file
/// A loss over all pairs: from batches to sweeps, and back to raw rows.

#include <mohs/detail/loss/loss_terms.hpp>
#include <mohs/detail/loss/pair/pair_blocks.hpp>
#include <mohs/detail/scene/start_report.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// What is evaluated.
template <class Hooks, class... Filters>
struct PairLoss {
    Hooks hooks;
    Reduction reduction;
    std::tuple<Filters...> filters;
};

/// One evaluation of the loss. What it keeps lives in the workspace's current frame.
template <class M, class UserHooks, class A, class B, class... Filters>
class PairRun {
public:
    /// Distances are computed in double: products of floats cannot tell those of near-duplicates.
    using T = std::conditional_t<Finish<M>::is_product, typename Batch<A>::Compute, double>;
    using Rejections = decltype(pair_filters<M>(std::declval<const std::tuple<Filters...>&>(),
                                                std::declval<const Scene<T>&>(), std::declval<const Batch<A>&>(),
                                                std::declval<const Batch<B>&>(), false, std::declval<Workspace&>()));
    using Hooks = SweptHooks<UserHooks, Rejections>;
    using Traits = HookTraits<Hooks>;

    PairRun(const PairLoss<UserHooks, Filters...>& loss, const Batch<A>& queries, const Batch<B>& candidates, bool self,
            const Options& options, Workspace& workspace)
        : reduction_(loss.reduction),
          queries_(queries),
          candidates_(candidates),
          options_(options),
          workspace_(workspace),
          scene_(build_scene<M, T>(queries, candidates, self, PackOrder::by_class, options, workspace)),
          filters_(pair_filters<M>(loss.filters, scene_, queries, candidates, Traits::both_ways, workspace)),
          hooks_(with_filters(loss.hooks, filters_)),
          anchors_(relate_side(scene_, true, queries, candidates, false, workspace)),
          others_(self ? anchors_ : relate_side(scene_, false, candidates, queries, false, workspace)),
          query_rows_(queries, workspace),
          candidate_rows_(candidates, workspace),
          by_row_(anchors_, scene_.width, true, !Finish<M>::is_product, workspace),
          by_column_(
              self ? by_row_
                   : PairSide<T, Hooks>(others_, scene_.width, Traits::both_ways, !Finish<M>::is_product, workspace)),
          back_(self || Traits::both_ways),
          blocks_({scene_, anchors_, others_, hooks_}, measure_, options, workspace)
    {
    }

    /// Whether all values fit T, with room for what hooks multiply them by.
    [[nodiscard]] bool fits() const
    {
        const double largest = 4 * scene_.anchors.length * scene_.candidates.length *
                               Finish<M>::unit(scene_.anchors.unscale, scene_.candidates.unscale);
        return largest < (std::is_same_v<T, float> ? 1e28 : 1e280);
    }

    /// The sums over all pairs, and what they come to; with gradients in one sweep where that saves one.
    template <class GradientA, class GradientB>
    void run()
    {
        if (back_ || Traits::passes > 1 || !(is_wanted<GradientA> || is_wanted<GradientB>)) {
            sum_all(std::make_integer_sequence<int, Traits::passes>());
            if constexpr (is_wanted<GradientA> || is_wanted<GradientB>) {
                differentiate<GradientA, GradientB>(false);
            }
        } else {
            differentiate<GradientA, GradientB>(true);
        }
    }

    /// The sums over all pairs, added to those of other galleries.
    void add_sums_to(SweptSums<UserHooks>& to)
    {
        blocks_.template sum<0>(by_row_, by_column_, back_);
        for (Index at = 0; at < anchors_.rows(); ++at) {
            const auto row = static_cast<std::size_t>(scene_.anchors.row_of(at)),
                       position = static_cast<std::size_t>(at);
            typename Traits::template Sums<double> sums;
            by_row_.sums.get(at, sums);
            hooks_.merge(to.sums[row], sums);
            to.positives[row] += by_row_.positives[position];
            to.negatives[row] += by_row_.negatives[position];
        }
    }

    /// Takes sums that are complete.
    void take_sums(const SweptSums<UserHooks>& from)
    {
        for (Index at = 0; at < anchors_.rows(); ++at) {
            const auto row = static_cast<std::size_t>(scene_.anchors.row_of(at)),
                       position = static_cast<std::size_t>(at);
            by_row_.sums.set(at, from.sums[row]);
            by_row_.positives[position] = from.positives[row];
            by_row_.negatives[position] = from.negatives[row];
        }
        blocks_.finish(0, by_row_, by_column_, back_);
    }

    /// The gradients of the sum of all losses, by packed rows.
    template <class GradientA, class GradientB>
    void differentiate(bool sums)
    {
        const auto add_query = adder(query_rows_, scene_.anchors, scene_.candidates);
        if (scene_.self) {
            blocks_.template differentiate<is_wanted<GradientA>, is_wanted<GradientA>>(by_row_, by_column_, back_, sums,
                                                                                       add_query, add_query);
        } else {
            blocks_.template differentiate<is_wanted<GradientA>, is_wanted<GradientB>>(
                by_row_, by_column_, back_, sums, add_query, adder(candidate_rows_, scene_.candidates, scene_.anchors));
        }
        if constexpr (!Finish<M>::is_product) {
            add_pulls<GradientA>(query_rows_, scene_.anchors, by_row_);
            if (!scene_.self) {
                add_pulls<GradientB>(candidate_rows_, scene_.candidates, by_column_);
            }
        }
    }

    /// Reduces the losses; returns the value. `per_tuple`: losses of the queries, then of candidates that are anchors.
    double reduce(Report& report, std::span<double> per_tuple)
    {
        std::fill(per_tuple.begin(), per_tuple.end(), 0.0);
        start_report(scene_, queries_.rows(), report);
        const auto queries = (std::min)(static_cast<std::size_t>(queries_.rows()), per_tuple.size());
        collect(by_row_, true, per_tuple.first(queries), report);
        const bool both = Traits::both_ways && !scene_.self;
        if (both) {
            report.anchors += candidates_.rows();
            report.non_finite += scene_.candidates.non_finite;
            report.unknown += scene_.candidates.unknown;
            report.not_anchors += scene_.candidates.withdrawn_before(candidates_.rows());
            for (Index at = 0; at < others_.rows(); ++at) {
                report.not_anchors += scene_.candidates.has_role(at, Role::anchor) ? 0 : 1;
            }
            collect(by_column_, false, per_tuple.subspan(queries), report);
        }
        const Index divisor = divisor_of(reduction_, report.tuples, report.active);
        weight_ = divisor > 0 && report.tuples > 0 ? 1 / static_cast<double>(divisor) : 0;
        double value = 0;
        for_each_outcome([&](const PairOutcome& outcome) {
            // Not their sum, divided: that may not fit.
            value += outcome.loss * weight_;
            for (std::size_t i = 0; i < slopes_.size(); ++i) {
                slopes_[i] += outcome.slopes[i] * weight_;
            }
        });
        report.overflows += !is_finite(value);
        return value;
    }

    /// Instead of all else, where values do not fit: no anchor has a loss.
    void report_overflow(Report& report, std::span<double> per_tuple) const
    {
        std::fill(per_tuple.begin(), per_tuple.end(), 0.0);
        start_report(scene_, queries_.rows(), report);
        report.overflows = report.anchors - report.non_finite - report.unknown - report.not_anchors;
    }

    /// Hands on `scale` times the gradients of the value: once.
    template <class GradientA, class GradientB>
    void add_gradients(GradientA& query_gradient, GradientB& candidate_gradient, double scale,
                       std::span<double> parameter_gradient, Report& report)
    {
        query_rows_.multiply(scale * weight_);
        report.overflows += add_gradient(query_rows_, query_gradient);
        if (!scene_.self) {
            candidate_rows_.multiply(scale * weight_);
            report.overflows += add_gradient(candidate_rows_, candidate_gradient);
        }
        for (std::size_t i = 0; i < parameter_gradient.size(); ++i) {
            parameter_gradient[i] += scale * slopes_[i];
        }
    }

private:
    /// The exact value of two rows by position.
    struct Measure {
        const PairRun& run;
        double operator()(Index anchor, Index candidate) const
        {
            const Index row = run.scene_.anchors.row_of(anchor), column = run.scene_.candidates.row_of(candidate);
            return measure_scaled<M>(
                run.queries_, row, run.query_rows_.scale(row), run.candidates_, column,
                run.scene_.self ? run.query_rows_.scale(column) : run.candidate_rows_.scale(column));
        }
    };

    template <int... passes>
    void sum_all(std::integer_sequence<int, passes...>)
    {
        ((begin(passes), blocks_.template sum<passes>(by_row_, by_column_, back_),
          blocks_.finish(passes, by_row_, by_column_, back_)),
         ...);
    }

    void begin(int pass) const
    {
        if (pass > 0) {
            by_row_.begin();
            if (back_ && !scene_.self) {
                by_column_.begin();
            }
        }
    }

    template <class Function>
    void for_each_outcome(const Function& function) const
    {
        std::for_each(by_row_.outcomes.begin(), by_row_.outcomes.end(), function);
        if (!scene_.self) {
            std::for_each(by_column_.outcomes.begin(), by_column_.outcomes.end(), function);
        }
    }

    void collect(const PairSide<T, Hooks>& side, bool of_anchors, std::span<double> per_tuple, Report& report) const
    {
        const PackedSide<T>& packed = of_anchors ? scene_.anchors : scene_.candidates;
        for (Index at = 0; at < packed.rows(); ++at) {
            const auto position = static_cast<std::size_t>(at);
            if (!packed.has_role(at, Role::anchor)) {
                continue;
            }
            PairOutcome& outcome = side.outcomes[position];
            bool filtered = false;
            if constexpr (Rejections::present) {
                filtered = filters_.report_row(of_anchors, at, report);
            }
            if (outcome.tuples == 0) {
                outcome = {};
                ++(side.positives[position] == 0 ? report.no_positive
                   : filtered                    ? report.all_filtered
                                                 : report.no_negative);
                continue;
            }
            ++report.valid;
            report.tuples += outcome.tuples;
            report.active += outcome.active;
            if (!per_tuple.empty()) {
                per_tuple[static_cast<std::size_t>(packed.row_of(at))] = outcome.loss;
            }
        }
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

    /// Adds to the gradients of distances what the rows themselves contribute: the sum of pull * (own - other).
    template <class Gradient, class Rows>
    void add_pulls(Rows& rows, const PackedSide<T>& side, const PairSide<T, Hooks>& by_side) const
    {
        if constexpr (is_wanted<Gradient>) {
            for (Index at = 0; at < side.rows(); ++at) {
                double* const sum = rows.sum_of(side.row_of(at));
                const double pull = by_side.pulls[static_cast<std::size_t>(at)] * side.unscale;
                const T* const own = side.panels + at / scene_.width * scene_.width * scene_.depth + at % scene_.width;
                for (Index k = 0; k < scene_.depth; ++k) {
                    sum[k] += pull * static_cast<double>(own[k * scene_.width]);
                }
            }
        }
    }

    Reduction reduction_;
    const Batch<A>& queries_;
    const Batch<B>& candidates_;
    const Options& options_;
    Workspace& workspace_;
    const Scene<T> scene_;
    const Rejections filters_;
    const Hooks hooks_;
    const RelatedSide<T> anchors_, others_;
    RowGradient<M, A> query_rows_;
    RowGradient<M, B> candidate_rows_;
    PairSide<T, Hooks> by_row_, by_column_;
    const bool back_;  ///< columns are anchors too
    const Measure measure_{*this};
    const PairBlocks<M, T, Hooks, Measure> blocks_;
    double weight_ = 0;
    std::array<double, 4> slopes_{};
};

}  // namespace mohs::inline MOHS_ABI::detail
