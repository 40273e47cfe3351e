#include <mohs/filter/positive_of.hpp>

#include "../catch.hpp"

#include <mohs/filter/exclude_by_guide_threshold.hpp>
#include <mohs/filter/prepared/rescore_negatives.hpp>
#include <mohs/mining/nearest_neighbours.hpp>

#include <stdexcept>
#include <vector>

using mohs::PositiveOf;

TEST_CASE("of several positives the smallest, largest and mean value are told by number")
{
    mohs::detail::PositiveTally tally;
    CHECK(tally.count() == 0);
    for (const double value : {-0.5, -2.0, 1.0, 0.5}) {
        tally.add(value);
    }
    CHECK(tally.count() == 4);
    CHECK(tally.values().of(PositiveOf::min) == -2);
    CHECK(tally.values().of(PositiveOf::max) == 1);
    CHECK(tally.values().of(PositiveOf::mean) == -0.25);
    mohs::detail::PositiveTally one;
    one.add(3);
    for (const PositiveOf which : {PositiveOf::min, PositiveOf::max, PositiveOf::mean}) {
        CHECK(one.values().of(which) == 3);
    }
}

TEST_CASE("where pairs are judged there is no positive of a triplet")
{
    const mohs::MatrixOf<double> rows{{1, 0}, {0, 1}, {1, 1}};
    const std::vector<int> labels{0, 0, 1};
    const mohs::Batch batch(rows, labels), guide(rows);
    CHECK_THROWS_WITH((mohs::ExcludeByGuideThreshold{batch, guide, {.of = PositiveOf::triplet}}),
                      "mohs::ExcludeByGuideThreshold: a pair has no triplet, so `of` must be PositiveOf::min, max or "
                      "mean");
    const mohs::NearestNeighbours search{mohs::Euclidean{}, {.k = 1, .among = mohs::Among::negatives}};
    int calls = 0;
    const auto scorer = [&](std::span<const mohs::Pair>, std::span<double>) { ++calls; };
    CHECK_THROWS_AS(mohs::rescore_negatives(search(batch), batch, scorer,
                                            {.scale = mohs::ScoreScale::logit, .margin = 1, .of = PositiveOf::triplet}),
                    std::invalid_argument);
    CHECK(calls == 0);
}
