#pragma once

/// \file
/// The short way to mine triplets: positive and negative do not depend on each other, and one scan chooses both.

#include <mohs/detail/choose/draw_candidate.hpp>
#include <mohs/detail/choose/strategy_traits.hpp>
#include <mohs/detail/scan/best.hpp>
#include <mohs/detail/scan/select_driver.hpp>
#include <mohs/detail/scene/kernel_score.hpp>
#include <mohs/detail/scene/measure_rows.hpp>
#include <mohs/detail/scene/start_report.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Whether each strategy chooses one candidate per anchor on its own, and nothing is filtered.
template <class Positive, class Negative, class... Filters>
inline constexpr bool chosen_apart =
    sizeof...(Filters) == 0 && Positive::positive_pick != Pick::every &&
    (Negative::negative_pick == Pick::closest || Negative::negative_pick == Pick::farthest ||
     Negative::negative_pick == Pick::random) &&
    beyond_of<Negative> == Beyond::nothing && !has_margin<Negative> && !has_band<Negative>;

/// Mines the triplets of a scene.
template <class M, class T, class A, class B>
struct ApartMiner {
    const Scene<T>& scene;
    const Batch<A>& anchors;
    const Batch<B>& candidates;
    const Options& options;
    Workspace& workspace;

    template <class Positive, class Negative>
    void run(const Positive& positive, const Negative& negative, Triplets<M>& triplets) const
    {
        using PositiveSelector = Best<Among::positives, Positive::positive_pick == Pick::farthest>;
        using NegativeSelector = Best<Among::negatives, Negative::negative_pick == Pick::farthest>;
        if constexpr (Positive::positive_pick == Pick::random || Negative::negative_pick == Pick::random) {
            const Choice positives = choose<PositiveSelector, Positive::positive_pick>(positive),
                         negatives = choose<NegativeSelector, Negative::negative_pick>(negative);
            assemble(positives, negatives, triplets);
        } else {
            PositiveSelector best_positive;
            NegativeSelector best_negative;
            const auto found = select<M>(scene, options, workspace, best_positive, best_negative);
            const Choice positives = selected(best_positive, std::get<0>(found)),
                         negatives = selected(best_negative, std::get<1>(found));
            assemble(positives, negatives, triplets);
        }
    }

private:
    /// What a strategy chose for every anchor, by the anchor's row: a candidate or -1, and the kernel's score if there
    /// is one.
    struct Choice {
        std::span<std::int32_t> rows;
        std::span<T> scores;
    };

    /// The choice of one strategy alone.
    template <class Selector, Pick pick, class Strategy>
    [[nodiscard]] Choice choose(const Strategy& strategy) const
    {
        if constexpr (pick == Pick::random) {
            return {draw_rows<Selector::among>(seed_of(strategy), scene, options.step, workspace), {}};
        } else {
            Selector selector;
            const auto found = select<M>(scene, options, workspace, selector);
            return selected(selector, std::get<0>(found));
        }
    }

    /// The choice of a selector after its scan: final thresholds are the scores of what was kept.
    template <class Selector, class Selection>
    [[nodiscard]] Choice selected(const Selector& selector, const Selection& selection) const
    {
        std::replace(selector.row.begin(), selector.row.end(), Selector::none, -1);
        if constexpr (!Finish<M>::is_product) {
            return {selector.row, {}};
        } else {
            const std::span<T> scores =
                AfterScan<T>(scene, anchors.rows(), workspace).scores(Selector::among == Among::positives ? 0 : 1);
            for (Index position = 0; position < scene.anchors.rows(); ++position) {
                scores[static_cast<std::size_t>(scene.anchors.row_of(position))] = selection.threshold[position];
            }
            return {selector.row, scores};
        }
    }

    /// The value of a chosen pair in the metric's own unit.
    [[nodiscard]] double value_of(const Choice& choice, Index row) const
    {
        const auto at = static_cast<std::size_t>(row);
        return value_of_pair<M>(scene, choice.scores.empty() ? std::nullopt : std::optional<T>(choice.scores[at]),
                                anchors, row, candidates, choice.rows[at]);
    }

    void assemble(const Choice& positives, const Choice& negatives, Triplets<M>& triplets) const
    {
        Report& report = triplets.report;
        start_report(scene, anchors.rows(), report);
        const std::span<std::uint8_t> takes_part = workspace.take<std::uint8_t>(anchors.rows(), std::uint8_t{0});
        for (Index position = 0; position < scene.anchors.rows(); ++position) {
            takes_part[static_cast<std::size_t>(scene.anchors.row_of(position))] =
                scene.anchors.has_role(position, Role::anchor) ? 1 : 0;
        }
        Index valid = 0;
        for (std::size_t row = 0; row < takes_part.size(); ++row) {
            const bool positive = positives.rows[row] >= 0, negative = negatives.rows[row] >= 0;
            report.no_positive += takes_part[row] != 0 && !positive;
            report.no_negative += takes_part[row] != 0 && positive && !negative;
            valid += positive && negative;
        }
        report.valid = report.tuples = valid;
        triplets.reserve(valid);
        for (Index row = 0; row < anchors.rows(); ++row) {
            const Index positive = positives.rows[static_cast<std::size_t>(row)];
            const Index negative = negatives.rows[static_cast<std::size_t>(row)];
            if (positive >= 0 && negative >= 0) {
                const double positive_value = value_of(positives, row), negative_value = value_of(negatives, row);
                triplets.add({row, positive, negative}, positive_value, negative_value);
                report.overflows += !is_finite(positive_value) || !is_finite(negative_value);
            }
        }
        summarise(triplets, AfterScan<T>(scene, anchors.rows(), workspace).values());
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
