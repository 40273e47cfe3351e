#pragma once

/// \file
/// TripletMiner: triplets from a positive and a negative strategy.

#include <mohs/detail/mine_slots.hpp>
#include <mohs/scan.hpp>

#include <utility>

namespace mohs::inline MOHS_ABI {

/// Mines triplets: for every anchor the positive that `Positive` chooses with the negative that `Negative` chooses; one
/// triplet per anchor, unless either of them chooses several.
///
///     mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
///     const mohs::Triplets triplets = miner(batch);
///
/// Triplets ascend by anchor, those of an anchor by the row of their positive, those of a pair by the row of their
/// negative, or by its rank for RankedNegatives. One search for negatives serves all positives of an anchor where
/// neither `Negative` nor a filter looks at the positive: they get the same negatives, and rejections are counted
/// once. Strategies that draw do so for every positive anew.
///
/// Anchors without a positive or without a negative are skipped and counted, rows that are not finite too; one class,
/// singletons or no rows at all give no triplets and a report. A row never meets itself, nor another row of its
/// sample id.
///
/// `positive_values` and `negative_values` are similarities as the kernel computed them, in the scalar of the batch,
/// or distances recomputed in double from differences.
///
/// Throws std::invalid_argument if a batch has no labels, if queries and gallery differ in their columns, if only one
/// of them has ids, or for senseless options, before any work.
///
/// Time: N^2 D / 2 multiply-adds for a batch of N rows of D, Q N D for Q queries, O(N D) where both strategies draw;
/// memory: one packed copy of the rows unless both draw, and, the triplets included, about 80 bytes per row; where the
/// negative depends on the positive about 130, or 170 with filters. AllPositives take about 100 bytes per pair of an
/// anchor and a positive.
template <Metric M, detail::PositiveStrategy Positive, detail::NegativeStrategy Negative, Filter... Filters>
class TripletMiner {
public:
    TripletMiner(M, Positive positive, Negative negative, Filters... filters)
        : positive_(std::move(positive)), negative_(std::move(negative)), filters_(std::move(filters)...)
    {
        static_assert(sizeof...(Filters) <= std::tuple_size_v<decltype(Report::rejected)>,
                      "mohs::TripletMiner: too many filters");
        static_assert(
            Negative::negative_pick != detail::Pick::weighted || detail::normalises<M>,
            "mohs::DistanceWeightedNegative is defined on the unit sphere: take Cosine or a Normalised metric");
        if constexpr (requires { negative_.validate(); }) {
            negative_.validate();
        }
        if constexpr (detail::has_margin<Negative>) {
            if (!(negative_.margin > 0)) {
                detail::throw_bad_value("TripletMiner: margin of the negative strategy", negative_.margin, "above 0");
            }
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    /// Mines a batch against itself.
    template <class Scalar>
    [[nodiscard]] Triplets<M> operator()(const Batch<Scalar>& batch, const Options& options = {}) const
    {
        Triplets<M> triplets;
        mine(batch, batch, true, nullptr, triplets, options);
        return triplets;
    }

    /// The same into `triplets`, which is cleared first; with a workspace that has seen such a batch before, nothing
    /// is allocated.
    template <class Scalar>
    void operator()(const Batch<Scalar>& batch, Workspace& workspace, Triplets<M>& triplets,
                    const Options& options = {}) const
    {
        mine(batch, batch, true, &workspace, triplets, options);
    }

    /// Mines anchors among the queries, positives and negatives among the gallery.
    template <class A, class B>
    [[nodiscard]] Triplets<M> operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                         const Options& options = {}) const
    {
        Triplets<M> triplets;
        mine(queries, gallery, false, nullptr, triplets, options);
        return triplets;
    }

    template <class A, class B>
    void operator()(const Batch<A>& queries, const Batch<B>& gallery, Workspace& workspace, Triplets<M>& triplets,
                    const Options& options = {}) const
    {
        mine(queries, gallery, false, &workspace, triplets, options);
    }

private:
    /// One scan serves both sides where neither depends on the other: what all of this header is about. Everything
    /// else goes through slots.
    static constexpr bool simple =
        sizeof...(Filters) == 0 && Positive::positive_pick != detail::Pick::every &&
        (Negative::negative_pick == detail::Pick::closest || Negative::negative_pick == detail::Pick::farthest ||
         Negative::negative_pick == detail::Pick::random) &&
        detail::beyond_of<Negative> == detail::Beyond::nothing && !detail::has_margin<Negative> &&
        !detail::has_band<Negative>;
    template <detail::Pick pick>
    static constexpr bool draws = pick == detail::Pick::random;
    using PositiveSelector = detail::Best<Among::positives, Positive::positive_pick == detail::Pick::farthest>;
    using NegativeSelector = detail::Best<Among::negatives, Negative::negative_pick == detail::Pick::farthest>;

    /// What a strategy chose for every anchor, by the anchor's row: a candidate or -1, and the kernel's score if
    /// there is one.
    template <class T>
    struct Choice {
        std::span<std::int32_t> rows;
        std::span<T> scores;
    };

    template <class A, class B>
    void mine(const Batch<A>& anchors, const Batch<B>& candidates, bool self, Workspace* workspace,
              Triplets<M>& triplets, const Options& options) const
    {
        static_assert(std::is_same_v<typename Batch<A>::Compute, typename Batch<B>::Compute>,
                      "mohs::TripletMiner: double rows cannot be compared with float or 16-bit rows");
        using T = typename Batch<A>::Compute;
        if (!anchors.has_labels() || !candidates.has_labels()) {
            detail::throw_invalid("TripletMiner: the batch has no labels, but triplets need them");
        }
        detail::check_options(options);
        detail::check_comparable(anchors, candidates);
        triplets.clear();
        Workspace local;
        Workspace& memory = workspace != nullptr ? *workspace : local;
        const Workspace::Frame frame(memory);
        constexpr bool draws_only = simple && draws<Positive::positive_pick> && draws<Negative::negative_pick>;
        const detail::PackOrder order = draws_only ? detail::PackOrder::no_panels : detail::PackOrder::by_class;
        const auto scene = detail::build_scene<M, T>(anchors, candidates, self, order, options, memory);
        if constexpr (!simple) {
            detail::SlotWork<M, T, A, B> work{scene, anchors, candidates, options, memory, {}, {}, {}};
            work.find_positives(positive_);
            detail::SlotMiner<M, T, A, B, Negative, Filters...>(negative_, filters_, work).run(triplets);
        } else {
            Choice<T> positives, negatives;
            if constexpr (!draws<Positive::positive_pick> && !draws<Negative::negative_pick>) {
                PositiveSelector positive;
                NegativeSelector negative;
                const auto found = detail::select<M>(scene, options, memory, positive, negative);
                positives = selected(scene, anchors.rows(), positive, std::get<0>(found), memory);
                negatives = selected(scene, anchors.rows(), negative, std::get<1>(found), memory);
            } else {
                positives = choose<PositiveSelector>(positive_, scene, anchors, candidates, options, memory);
                negatives = choose<NegativeSelector>(negative_, scene, anchors, candidates, options, memory);
            }
            assemble(scene, anchors, candidates, positives, negatives, triplets, memory);
        }
    }

    /// The choice of one strategy alone.
    template <class Selector, class Strategy, class T, class A, class B>
    static Choice<T> choose(const Strategy& strategy, const detail::Scene<T>& scene, const Batch<A>& anchors,
                            const Batch<B>& candidates, const Options& options, Workspace& workspace)
    {
        if constexpr (!requires { strategy.seed; }) {
            Selector selector;
            const auto found = detail::select<M>(scene, options, workspace, selector);
            return selected(scene, anchors.rows(), selector, std::get<0>(found), workspace);
        } else {
            const std::span<std::int32_t> rows = workspace.take<std::int32_t>(anchors.rows(), -1);
            const detail::SampleIds<A, B> ids{anchors, candidates};
            for (Index position = 0; position < scene.anchors.rows(); ++position) {
                rows[static_cast<std::size_t>(scene.anchors.row_of(position))] =
                    static_cast<std::int32_t>(strategy.draw(scene, ids, position, options.step));
            }
            return {rows, {}};
        }
    }

    /// The choice of a selector after its scan: final thresholds are the scores of what was kept.
    template <class T, class Selector, class Selection>
    static Choice<T> selected(const detail::Scene<T>& scene, Index anchor_rows, const Selector& selector,
                              const Selection& selection, Workspace& workspace)
    {
        std::replace(selector.row.begin(), selector.row.end(), Selector::none, -1);
        if constexpr (!M::is_similarity) {
            return {selector.row, {}};
        } else {
            const std::span<T> scores =
                detail::AfterScan<T>(scene, anchor_rows, workspace).scores(Selector::among == Among::positives ? 0 : 1);
            for (Index position = 0; position < scene.anchors.rows(); ++position) {
                scores[static_cast<std::size_t>(scene.anchors.row_of(position))] = selection.threshold[position];
            }
            return {selector.row, scores};
        }
    }

    /// The value of a chosen pair in the metric's own unit.
    template <class T, class A, class B>
    static double value_of(const detail::Scene<T>& scene, const Choice<T>& choice, const Batch<A>& anchors, Index row,
                           const Batch<B>& candidates)
    {
        const auto at = static_cast<std::size_t>(row);
        if (!choice.scores.empty()) {
            return static_cast<double>(choice.scores[at]) * scene.anchors.unscale * scene.candidates.unscale;
        }
        return detail::measure_rows<M>(anchors, row, candidates, choice.rows[at]);
    }

    template <class T, class A, class B>
    static void assemble(const detail::Scene<T>& scene, const Batch<A>& anchors, const Batch<B>& candidates,
                         const Choice<T>& positives, const Choice<T>& negatives, Triplets<M>& triplets,
                         Workspace& workspace)
    {
        Report& report = triplets.report;
        detail::start_report(scene, anchors.rows(), report);
        const std::span<std::uint8_t> finite = workspace.take<std::uint8_t>(anchors.rows(), std::uint8_t{0});
        for (const std::int32_t row : scene.anchors.order.row_of) {
            finite[static_cast<std::size_t>(row)] = 1;
        }
        Index valid = 0;
        for (std::size_t row = 0; row < finite.size(); ++row) {
            const bool positive = positives.rows[row] >= 0, negative = negatives.rows[row] >= 0;
            report.no_positive += finite[row] != 0 && !positive;
            report.no_negative += finite[row] != 0 && positive && !negative;
            valid += positive && negative;
        }
        report.valid = report.tuples = valid;
        triplets.reserve(valid);
        for (Index row = 0; row < anchors.rows(); ++row) {
            const Index positive = positives.rows[static_cast<std::size_t>(row)];
            const Index negative = negatives.rows[static_cast<std::size_t>(row)];
            if (positive >= 0 && negative >= 0) {
                const double positive_value = value_of(scene, positives, anchors, row, candidates);
                const double negative_value = value_of(scene, negatives, anchors, row, candidates);
                triplets.add({row, positive, negative}, positive_value, negative_value);
                report.overflows += !detail::is_finite(positive_value) || !detail::is_finite(negative_value);
            }
        }
        detail::summarise(triplets, detail::AfterScan<T>(scene, anchors.rows(), workspace).values());
    }

    Positive positive_;
    Negative negative_;
    std::tuple<Filters...> filters_;
};

}  // namespace mohs::inline MOHS_ABI
