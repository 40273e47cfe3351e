#pragma once

/// \file
/// PairMiner: positive and negative pairs, for whatever looks at pairs one at a time.

#include <mohs/detail/mining/closer_than.hpp>
#include <mohs/detail/mining/closest_passing.hpp>
#include <mohs/detail/scene/start_report.hpp>
#include <mohs/detail/slots/collect_selector.hpp>
#include <mohs/finish.hpp>

#include <utility>

namespace mohs::inline MOHS_ABI {

/// Mines pairs: `Strategy` is AllPairs, PairMargin or MultiSimilarity.
///
///     const mohs::Pairs pairs = mohs::PairMiner{mohs::Cosine{}, mohs::MultiSimilarity{.epsilon = 0.1}}(batch);
///
/// Pairs are ordered: in a batch (i, j) and (j, i) are two pairs, which a strategy may treat differently. An anchor
/// is valid if it has a pair of either kind; others are counted under one reason. Rows that are not finite take no
/// part. Pairs whose value does not fit a double are taken like all others, by what an infinite value means to the
/// strategy, and counted in `report.overflows`.
///
/// Filters of pairs (filter.hpp) may follow the strategy. What they reject is no negative at all: no pair, and not the
/// closest negative that MultiSimilarity measures positives against. `report.rejected` counts, for every filter, the
/// negatives that it was the first to reject and that lay where the strategy wants them, so would have been pairs. An
/// anchor without any pair for whom one was rejected so is counted under `all_filtered`, other anchors with negatives
/// under `none_in_place`, as those whose closest negative is far from every positive.
///
/// Throws std::invalid_argument if a batch has no labels, if queries and gallery cannot be compared, and for options
/// that make no sense, those of filters included, before any work, and what filters throw for batches that do not suit
/// them. Time: two scans, and O(D) per pair that comes near the bound; memory: one
/// packed copy of the rows, and the pairs, whose number is known before their memory is taken.
template <class M, class Strategy, class... Filters>
class PairMiner {
    static_assert(Metric<M>, "mohs::PairMiner: the first argument has to be a metric, as mohs::Cosine{}");
    static_assert(!detail::PositiveStrategy<Strategy> && !detail::NegativeStrategy<Strategy>,
                  "mohs::PairMiner: this strategy is for triplets, so give it to mohs::TripletMiner");
    static_assert(detail::PairStrategy<Strategy>,
                  "mohs::PairMiner: the second argument has to choose pairs, as mohs::AllPairs{}");
    static_assert((Filter<Filters> && ...) || !detail::PairStrategy<Strategy>,
                  "mohs::PairMiner: what follows the strategy has to be filters: put a lambda into mohs::ExcludeIf");
    static_assert(((!Filter<Filters> || PairFilter<Filters>)&&...),
                  "mohs::PairMiner: this filter needs the positive of a triplet, and a pair has none (filter.hpp)");
    static_assert(detail::countable<Filters...>, "mohs::PairMiner: too many filters");

public:
    PairMiner(M, const Strategy& strategy, Filters... filters) : strategy_(strategy), filters_(std::move(filters)...)
    {
        strategy_.validate();
        detail::validate_filters(filters_);
    }

    [[nodiscard]] M metric() const { return {}; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // mine a Batch{rows, labels}

    /// Pairs within a batch.
    template <class Scalar>
    [[nodiscard]] Pairs<M> operator()(const Batch<Scalar>& batch, const Options& options = {}) const
    {
        Pairs<M> pairs;
        Workspace workspace;
        mine(batch, batch, true, workspace, pairs, options);
        return pairs;
    }

    template <class Scalar>
    void operator()(const Batch<Scalar>& batch, Workspace& workspace, Pairs<M>& pairs,
                    const Options& options = {}) const
    {
        mine(batch, batch, true, workspace, pairs, options);
    }

    /// Pairs of queries with rows of a gallery.
    template <class A, class B>
    [[nodiscard]] Pairs<M> operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                      const Options& options = {}) const
    {
        Pairs<M> pairs;
        Workspace workspace;
        mine(queries, gallery, false, workspace, pairs, options);
        return pairs;
    }

    template <class A, class B>
    void operator()(const Batch<A>& queries, const Batch<B>& gallery, Workspace& workspace, Pairs<M>& pairs,
                    const Options& options = {}) const
    {
        mine(queries, gallery, false, workspace, pairs, options);
    }

private:
    template <class A, class B>
    void mine(const Batch<A>& anchors, const Batch<B>& candidates, bool self, Workspace& workspace, Pairs<M>& pairs,
              const Options& options) const
    {
        using T = typename Batch<A>::Compute;
        using Rule = detail::CloserThan<M, T, A, B, Filters...>;
        detail::check_filters(filters_, anchors.rows(), candidates.rows());
        const Workspace::Frame frame(workspace);
        const auto scene =
            detail::open_scene<M>({.verb = "PairMiner", .self = self}, anchors, candidates, options, workspace);
        pairs.clear();
        const detail::SlotWork<M, T, A, B> work(scene, anchors, candidates, detail::EveryPositive{}, options,
                                                workspace);
        const Bounds<T> bounds = bound_negatives(work);
        const Rule rule{anchors, candidates, bounds.triplet_slots, bounds.bound, bounds.floor, filters_};
        detail::CollectSelector<T, Rule> negatives{rule};
        const std::span<const std::int64_t> first = detail::collect_rows<M>(work, negatives);
        const Closest closest = closest_negatives(work);
        pairs.negatives.reserve(static_cast<Index>(first.back()));
        Index kept_positives = 0;
        work.each_slot([&](Anchor anchor, std::size_t slot) {
            kept_positives += keeps(work.positive_value[slot], closest, anchor.row);
        });
        pairs.positives.reserve(kept_positives);
        detail::start_report(scene, anchors.rows(), pairs.report);
        detail::name_filters(filters_, pairs.report);
        for (Index row = 0; row < anchors.rows(); ++row) {
            const Anchor anchor{row};
            if (!work.takes_part(anchor)) {
                continue;
            }
            const Index before = pairs.positives.size() + pairs.negatives.size();
            bool has_positive = false, filtered = false;
            for (std::size_t slot = work.triplet_slots.begin(anchor); slot < work.triplet_slots.end(anchor); ++slot) {
                if (work.triplet_slots.positive[slot] >= 0) {
                    has_positive = true;
                    if (keeps(work.positive_value[slot], closest, row)) {
                        pairs.positives.add({row, work.triplet_slots.positive[slot]}, work.positive_value[slot]);
                    }
                }
            }
            for (std::size_t slot = bounds.triplet_slots.begin(anchor); slot < bounds.triplet_slots.end(anchor);
                 ++slot) {
                for (std::int64_t at = first[slot]; at < first[slot + 1]; ++at) {
                    const Index candidate = negatives.row[static_cast<std::size_t>(at)];
                    pairs.negatives.add({row, candidate}, detail::measure_rows<M>(anchors, row, candidates, candidate));
                }
                for (std::size_t filter = 0; filter < sizeof...(Filters); ++filter) {
                    const std::int32_t rejected = negatives.rejections[slot * sizeof...(Filters) + filter];
                    pairs.report.rejected[filter] += rejected;
                    filtered |= rejected > 0;
                }
            }
            Report& report = pairs.report;
            (pairs.positives.size() + pairs.negatives.size() > before ? report.valid
             : !has_positive                                          ? report.no_positive
             : !work.has_negative(anchor)                             ? report.no_negative
             : filtered                                               ? report.all_filtered
                                                                      : report.none_in_place) += 1;
        }
        pairs.report.tuples = pairs.positives.size() + pairs.negatives.size();
        pairs.report.overflows = overflows(pairs.positives) + overflows(pairs.negatives);
        pairs.report.positive = detail::summary_of(pairs.positives.values(), workspace);
        pairs.report.negative = detail::summary_of(pairs.negatives.values(), workspace);
    }

    template <class T>
    struct Bounds {
        detail::Slots<T> triplet_slots;  ///< one per anchor that may have negatives
        std::span<const double> bound;   ///< per anchor row
        std::span<const T> floor;        ///< per anchor row
    };

    /// The closest negatives, for strategies that look at them; else empty.
    struct Closest {
        std::span<const std::int32_t> row;  ///< per anchor row; -1 where there is none
        std::span<const double> value;      ///< per anchor row, exact
    };

    /// The values of a list that do not fit a double.
    static Index overflows(const typename Pairs<M>::List& list)
    {
        return std::count_if(list.values().begin(), list.values().end(),
                             [](double value) { return !detail::is_finite(value); });
    }

    /// How close negatives have to be, per anchor.
    template <class T, class A, class B>
    Bounds<T> bound_negatives(const detail::SlotWork<M, T, A, B>& work) const
    {
        const Index rows = work.anchors.rows();
        const std::span<double> farthest = work.workspace.template take<double>(rows, Finish<M>::closest_bound);
        const std::span<std::int32_t> takes_part = work.workspace.template take<std::int32_t>(rows, -1);
        for (Index row = 0; row < rows && !Strategy::needs_extremes; ++row) {
            takes_part[static_cast<std::size_t>(row)] = work.takes_part(Anchor{row}) ? 0 : -1;
        }
        work.each_slot([&](Anchor anchor, std::size_t slot) {
            double& value = farthest[static_cast<std::size_t>(anchor.row)];
            value = Finish<M>::closer(value, work.positive_value[slot]) ? work.positive_value[slot] : value;
            takes_part[static_cast<std::size_t>(anchor.row)] = 0;
        });
        const std::span<T> floor = work.workspace.template take<T>(rows, detail::highest<T>);
        for (Index row = 0; row < rows; ++row) {
            const auto at = static_cast<std::size_t>(row);
            if (takes_part[at] >= 0) {
                farthest[at] = strategy_.template negative_bound<M>(farthest[at]);
                floor[at] = farthest[at] == Finish<M>::farthest_bound
                                ? detail::lowest<T>
                                : detail::widened_score<M>(work.scene, work.position_of(Anchor{row}), farthest[at], -1);
            }
        }
        return {detail::single_slots<T>(takes_part, work.workspace), farthest, floor};
    }

    template <class T, class A, class B>
    Closest closest_negatives(const detail::SlotWork<M, T, A, B>& work) const
    {
        if constexpr (Strategy::needs_extremes) {
            const std::span<const std::int32_t> rows = detail::closest_passing<M>(filters_, work);
            const std::span<double> value = work.workspace.template take<double>(work.anchors.rows(), 0.0);
            for (Index row = 0; row < work.anchors.rows(); ++row) {
                const std::int32_t negative = rows[static_cast<std::size_t>(row)];
                if (negative >= 0) {
                    value[static_cast<std::size_t>(row)] =
                        detail::measure_rows<M>(work.anchors, row, work.candidates, negative);
                }
            }
            return {rows, value};
        } else {
            return {};
        }
    }

    [[nodiscard]] bool keeps(double value, const Closest& closest, Index row) const
    {
        const auto at = static_cast<std::size_t>(row);
        return closest.row.empty()    ? strategy_.template keeps_positive<M>(value, 0)
               : closest.row[at] >= 0 ? strategy_.template keeps_positive<M>(value, closest.value[at])
                                      : false;
    }

    Strategy strategy_;
    std::tuple<Filters...> filters_;
};

}  // namespace mohs::inline MOHS_ABI
