// Covers detail/slots/slot_choices.hpp, detail/strip/value_strip.hpp.

#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/mining/negative/chosen_negative.hpp>
#include <mohs/mining/negative/hardest_negative.hpp>
#include <mohs/mining/negative/ranked_negatives.hpp>
#include <mohs/mining/positive/all_positives.hpp>
#include <mohs/mining/triplet_miner.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

namespace {

using mohs::Choices;
using mohs::Index;
using strategies::Seen;
using strategies::View;

/// The negative at a rank of the closest, of equal ones the lowest row; none where there are fewer.
struct AtRank {
    double sign;  ///< 1 for distances
    Index rank = 0;

    std::optional<Index> operator()(const Choices& choices) const
    {
        if (rank >= choices.size()) {
            return std::nullopt;
        }
        std::vector<Index> order(choices.rows.size());
        std::iota(order.begin(), order.end(), Index{0});
        std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
            return sign * choices.values[static_cast<std::size_t>(a)] <
                   sign * choices.values[static_cast<std::size_t>(b)];
        });
        return order[static_cast<std::size_t>(rank)];
    }
};
using Chosen = mohs::ChosenNegative<AtRank>;

/// `take`: of the closest, or any with counts of all that filters reject.
template <class M, class... Filters>
strategies::Subject subject_of(const Chosen& strategy, strategies::Take take, const Filters&... filters)
{
    const auto rank = static_cast<std::size_t>(strategy.choose.rank);
    const auto stages = [rank, take](const View& view, const Seen&) {
        strategies::Stage stage{view.negatives, take, rank, rank + 1};
        std::stable_sort(stage.in_place.begin(), stage.in_place.end(),
                         [](const Seen& a, const Seen& b) { return a.far < b.far; });
        return strategies::Stages{stage};
    };
    return {reference::metric_of<M>,
            strategies::rule_of(mohs::AllPositives{}),
            {stages, true, false},
            mining::run_of<float>(mohs::TripletMiner<M, mohs::AllPositives, Chosen, Filters...>{
                M{}, mohs::AllPositives{}, strategy, filters...})};
}

/// Beyond the positive, by a choice: what SemiHardNegative takes.
struct SemiHardChoice {
    static constexpr mohs::Pick negative_pick = mohs::Pick::chosen;
    static constexpr mohs::Beyond beyond = mohs::Beyond::positive;
    static constexpr mohs::Within within = mohs::Within::margin;
    double margin = 1.25;

    [[nodiscard]] std::optional<Index> choose(const Choices& choices) const { return AtRank{1}(choices); }
};

}

TEST_CASE("a choice of the closest or the second closest is what a plain loop finds")
{
    CHECK(strategies::fault(subject_of<mohs::Euclidean>(Chosen{{1}}, strategies::Take::ranks), strategies::levels()) ==
          "");
    CHECK(strategies::fault(subject_of<mohs::Euclidean>(Chosen{{1, 1}}, strategies::Take::ranks),
                            strategies::best_level()) == "");
    CHECK(strategies::fault(subject_of<mohs::DotProduct>(Chosen{{-1, 1}}, strategies::Take::ranks),
                            strategies::best_level()) == "");
}

TEST_CASE("a choice sees what filters leave and all that they reject is counted")
{
    const strategies::RejectSome some{4};
    const strategies::RejectSomeOfPair others{7};
    const strategies::Verdict verdict =
        strategies::verdict_of({[some](Index a, Index p, Index n) { return some.rejects_rows(a, p, n); },
                                [others](Index a, Index p, Index n) { return others.rejects_rows(a, p, n); }},
                               true);
    const auto subject = subject_of<mohs::Euclidean>(Chosen{{1}}, strategies::Take::any, some, others);
    CHECK(strategies::fault_with(subject, strategies::best_level(),
                                 [&](const strategies::Scene&) { return verdict; }) == "");
    // And takes the closest of it.
    const mohs::TripletMiner hardest{mohs::Euclidean{}, mohs::AllPositives{}, mohs::HardestNegative{}, some, others};
    for (const reference::Data& data : strategies::kinds()) {
        const strategies::Scene scene(data);
        CHECK(mining::triplets_of(subject.run, scene, {.threads = 1}) ==
              mining::triplets_of(mining::run_of<float>(hardest), scene, {.threads = 1}));
    }
}

TEST_CASE("a choice can be made among what lies beyond the positive")
{
    const auto chosen =
        mining::run_of<float>(mohs::TripletMiner{mohs::Euclidean{}, mohs::AllPositives{}, SemiHardChoice{}});
    const auto semi_hard = mining::run_of<float>(
        mohs::TripletMiner{mohs::Euclidean{}, mohs::AllPositives{}, mohs::SemiHardNegative{.margin = 1.25}});
    for (const reference::Data& data : strategies::kinds()) {
        const strategies::Scene scene(data);
        CHECK(mining::triplets_of(chosen, scene, {.threads = 1}) ==
              mining::triplets_of(semi_hard, scene, {.threads = 1}));
    }
}

TEST_CASE("choices do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads(subject_of<mohs::Euclidean>(Chosen{{1}}, strategies::Take::first).run));
}

TEST_CASE("a choice sees exact rows in ascending order and its errors reach the caller")
{
    const reference::Data data = strategies::grid(50, 4, 8, 5);
    const reference::Owned<float> owned(data);
    const auto batch = owned.batch();
    const auto mine = [&](const std::function<std::optional<Index>(const Choices&)>& choose) {
        return mohs::TripletMiner{mohs::Euclidean{}, mohs::AllPositives{}, mohs::ChosenNegative{choose}}(
            batch, {.threads = 1});
    };
    int wrong = 0;
    const auto triplets = mine([&](const Choices& choices) -> std::optional<Index> {
        const auto label = [&](Index row) { return data.labels[static_cast<std::size_t>(row)]; };
        wrong += label(choices.positive.row) != label(choices.anchor.row);
        wrong += std::abs(choices.positive_value - strategies::value_of<mohs::Euclidean>(data.rows, choices.anchor.row,
                                                                                         data.rows,
                                                                                         choices.positive.row)) > 1e-12;
        wrong += !std::is_sorted(choices.rows.begin(), choices.rows.end());
        wrong += choices.rows.size() != static_cast<std::size_t>(std::count_if(
                                            data.labels.begin(), data.labels.end(),
                                            [&](std::int64_t other) { return other != label(choices.anchor.row); }));
        for (std::size_t i = 0; i < choices.rows.size(); ++i) {
            const double value =
                strategies::value_of<mohs::Euclidean>(data.rows, choices.anchor.row, data.rows, choices.rows[i]);
            wrong += label(choices.rows[i]) == label(choices.anchor.row);
            wrong += std::abs(choices.values[i] - value) > 1e-6 * value;
        }
        return std::nullopt;
    });
    CHECK(wrong == 0);
    CHECK(triplets.empty());
    CHECK(triplets.report.none_in_place == triplets.report.anchors - triplets.report.no_positive);
    CHECK_THROWS_AS(mine([](const Choices& choices) { return choices.size(); }), std::out_of_range);
    CHECK_THROWS_AS(mine([](const Choices&) { return Index{-1}; }), std::out_of_range);
    CHECK_THROWS_AS(mine([](const Choices&) -> std::optional<Index> { throw std::range_error("mine"); }),
                    std::range_error);
    CHECK(reference::mentions(reference::message_of([&] { mine({}); }), {"ChosenNegative", "empty"}));
}
