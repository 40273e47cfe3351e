#include <mohs/filter/exclude_near_duplicates.hpp>

#include "../catch.hpp"
#include "../mining/strategies.hpp"

namespace {

using mohs::ExcludeNearDuplicates;
using mohs::Index;
using reference::Scene;
using Rows = std::vector<Index>;

/// Points on a line, the first two of one label: which negatives of the first with the second the filter leaves.
template <class M, class Filter>
Rows kept(const std::vector<double>& points, const Filter& filter)
{
    std::vector<std::int64_t> labels(points.size(), 1);
    labels[0] = labels[1] = 0;
    const reference::Owned<float> owned(strategies::line(points, labels));
    const mohs::TripletMiner<M, mohs::HardestPositive, mohs::AllNegatives, Filter> miner{{}, {}, {}, filter};
    Rows result;
    for (const mohs::Triplet triplet : miner(owned.batch())) {
        if (triplet.anchor == 0) {
            result.push_back(triplet.negative);
        }
    }
    return result;
}

template <class M, class Negative>
std::string fault(const Negative& negative, const ExcludeNearDuplicates<>& filter)
{
    return strategies::fault_with<M>(
        mohs::AllPositives{}, negative, strategies::best_level(),
        [&](const Scene& scene) {
            return strategies::Verdict{
                [&](Index anchor, Index positive, Index row) {
                    const auto near = [&](const reference::Table& rows, Index other) {
                        const double value = strategies::value_of<M>(rows, other, scene.candidates.rows, row);
                        return reference::is_similarity<M> ? value > filter.closer_than : value < filter.closer_than;
                    };
                    return near(scene.anchors.rows, anchor) ||
                                   (filter.to_positive && near(scene.candidates.rows, positive))
                               ? 0
                               : -1;
                },
                1, true};
        },
        filter);
}

}

TEST_CASE("a negative at the threshold of near-duplicates stays")
{
    // Anchor at 0, positive at 10.
    CHECK(kept<mohs::Euclidean>({0, 10, 0, 0.875, -1, 1, 1.125}, ExcludeNearDuplicates{1.0}) == Rows{4, 5, 6});
    CHECK(kept<mohs::SquaredEuclidean>({0, 10, 1.875, 2, -2}, ExcludeNearDuplicates{4.0}) == Rows{3, 4});
    CHECK(kept<mohs::DotProduct>({2, 0, 1, 1.125, -3}, ExcludeNearDuplicates{2.0}) == Rows{2, 4});
    // One step of double above and below, on a distance of 1.
    CHECK(kept<mohs::Euclidean>({0, 10, 1}, ExcludeNearDuplicates{std::nextafter(1.0, 2.0)}).empty());
    CHECK(kept<mohs::DotProduct>({2, 0, 1}, ExcludeNearDuplicates{std::nextafter(2.0, 1.0)}).empty());
}

TEST_CASE("near-duplicates of the positive are excluded unless told otherwise")
{
    // Anchor at 0, positive at 4.
    CHECK(kept<mohs::Euclidean>({0, 4, 0.5, 2, 3, 3.5, 4, 5, 5.5}, ExcludeNearDuplicates{1.0}) == Rows{3, 4, 7, 8});
    CHECK(kept<mohs::Euclidean>({0, 4, 0.5, 2, 3, 3.5, 4, 5, 5.5}, ExcludeNearDuplicates{1.0, false}) ==
          Rows{3, 4, 5, 6, 7, 8});
    // Similarities to the anchor at 1 and to the positive at -2.
    CHECK(kept<mohs::DotProduct>({1, -2, 1, 2, -1, -0.5, 0.5}, ExcludeNearDuplicates{1.0}) == Rows{2, 5, 6});
}

TEST_CASE("thresholds of near-duplicates may say what they are")
{
    CHECK(kept<mohs::Euclidean>({0, 10, 0.5, 1}, ExcludeNearDuplicates{mohs::distance(1)}) == Rows{3});
    CHECK(kept<mohs::DotProduct>({2, 0, 1, 1.125}, ExcludeNearDuplicates{mohs::similarity(2)}) == Rows{2});
    CHECK(kept<mohs::Cosine>({2, -1, 1, -1, 0}, ExcludeNearDuplicates{mohs::similarity(0.5), false}) == Rows{3, 4});
    STATIC_REQUIRE(std::is_same_v<decltype(ExcludeNearDuplicates{0.5F, true}), ExcludeNearDuplicates<float>>);
}

TEMPLATE_TEST_CASE("near-duplicates are excluded from the hardest negatives", "", mohs::Euclidean, mohs::DotProduct)
{
    for (const bool to_positive : {true, false}) {
        for (const double threshold : {0.125, 1.0, 2.0, -1.0}) {
            CHECK(fault<TestType>(mohs::HardestNegative{}, {threshold, to_positive}) == "");
        }
    }
}

TEST_CASE("near-duplicates are excluded from semi-hard negatives")
{
    for (const double threshold : {1.0, 2.0}) {
        CHECK(fault<mohs::Euclidean>(mohs::SemiHardNegative{.margin = 1}, {threshold, true}) == "");
    }
}

TEST_CASE("near-duplicates far from zero are told apart exactly")
{
    // Squares of 4000 are of order 1e7, where float has steps of 1 to 2; the distances are 1/8 and 1/4.
    CHECK(kept<mohs::Euclidean>({4000, 5000, 4000.125, 4000.25}, ExcludeNearDuplicates{0.25}) == Rows{3});
}

TEST_CASE("near-duplicates are counted under their name")
{
    const reference::Owned<float> owned(strategies::line({0, 0.5, 1, 2}, {0, 0, 1, 2}));
    const auto report = mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                           ExcludeNearDuplicates{1.25}}(owned.batch())
                            .report;
    CHECK(report.filter_names[0] == std::string("rejected_near_duplicates"));
    // Of both anchors 1 is a near-duplicate; 2 is far enough.
    CHECK(report.rejected[0] == 2);
    CHECK(report.valid == 2);
}

TEST_CASE("a threshold of near-duplicates has to be a number")
{
    const double nan = std::bit_cast<double>(0x7ff8000000000000U);
    const auto miner = [](const auto& metric, const auto& threshold) {
        return mohs::TripletMiner{metric, mohs::HardestPositive{}, mohs::HardestNegative{},
                                  ExcludeNearDuplicates{threshold}};
    };
    CHECK_THROWS_AS(miner(mohs::Cosine{}, nan), std::invalid_argument);
    CHECK_THROWS_AS(miner(mohs::Cosine{}, static_cast<float>(nan)), std::invalid_argument);
    CHECK_THROWS_AS(miner(mohs::Cosine{}, mohs::similarity(nan)), std::invalid_argument);
    CHECK_THROWS_AS(miner(mohs::Euclidean{}, mohs::distance(nan)), std::invalid_argument);
    CHECK_THROWS_WITH(miner(mohs::Cosine{}, nan),
                      "mohs::ExcludeNearDuplicates: closer_than is nan, but must be a number");
    CHECK_NOTHROW(miner(mohs::Euclidean{}, std::bit_cast<double>(0x7ff0000000000000U)));
}

TEST_CASE("a threshold of near-duplicates has to be given")
{
    const auto miner = [](const auto& filter) {
        return mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}, filter};
    };
    CHECK_THROWS_AS(miner(ExcludeNearDuplicates<>{}), std::invalid_argument);
    CHECK_THROWS_AS(miner(ExcludeNearDuplicates<float>{.to_positive = false}), std::invalid_argument);
    CHECK_THROWS_AS(miner(ExcludeNearDuplicates<mohs::Similarity>{}), std::invalid_argument);
    CHECK_THROWS_WITH(miner(ExcludeNearDuplicates<>{}),
                      "mohs::ExcludeNearDuplicates: closer_than is nan, but must be a number");
}

TEST_CASE("near-duplicates of the anchor alone are a filter of pairs where that is known when it is compiled")
{
    const mohs::ExcludeNearDuplicates of_anchor{0.9, std::false_type{}};
    const mohs::ExcludeNearDuplicates told_late{0.9, false};
    STATIC_REQUIRE(mohs::PairFilter<decltype(of_anchor)>);
    STATIC_REQUIRE_FALSE(mohs::PairFilter<decltype(told_late)>);
    STATIC_REQUIRE_FALSE(mohs::PairFilter<mohs::ExcludeNearDuplicates<>>);
    const mohs::MatrixOf<double> rows{{1, 0}, {4, 1}, {1, 1}};
    const std::vector<int> labels{0, 1, 2};
    const mohs::Batch batch(rows, labels);
    const auto rejects = [&](mohs::Index negative) {
        return of_anchor.rejects(
            mohs::FilterQuery<mohs::Cosine, double, double>(batch, batch, mohs::Anchor{0}, mohs::Candidate{negative}));
    };
    CHECK(rejects(1));
    CHECK_FALSE(rejects(2));
    CHECK(of_anchor.limits<mohs::Cosine>({0, 0, nullptr}).nothing_else);
}
