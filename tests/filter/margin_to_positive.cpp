#include <mohs/filter/margin_to_positive.hpp>

#include "../catch.hpp"
#include "../mining/strategies.hpp"

namespace {

using mohs::Index;
using mohs::MarginToPositive;
using reference::Scene;
using Rows = std::vector<Index>;

/// Points on a line, the first two of one label: which negatives of the first with the second the filter leaves.
template <class M>
Rows kept(const std::vector<double>& points, const MarginToPositive& filter)
{
    std::vector<std::int64_t> labels(points.size(), 1);
    labels[0] = labels[1] = 0;
    const reference::Owned<float> owned(strategies::line(points, labels));
    const mohs::TripletMiner<M, mohs::HardestPositive, mohs::AllNegatives, MarginToPositive> miner{{}, {}, {}, filter};
    Rows result;
    for (const mohs::Triplet triplet : miner(owned.batch())) {
        if (triplet.anchor == 0) {
            result.push_back(triplet.negative);
        }
    }
    return result;
}

/// The value of each anchor's positives that a filter measures against, where that is not the own.
template <class M>
std::vector<double> references(const Scene& scene, mohs::PositiveOf against)
{
    std::vector<double> result;
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        double smallest = std::numeric_limits<double>::max(), largest = -smallest, sum = 0, count = 0;
        for (const Index positive : scene.candidates_of(anchor, mohs::Among::positives)) {
            const double value = strategies::value_of<M>(scene.anchors.rows, anchor, scene.candidates.rows, positive);
            smallest = std::min(smallest, value);
            largest = std::max(largest, value);
            sum += value;
            ++count;
        }
        result.push_back(against == mohs::PositiveOf::min   ? smallest
                         : against == mohs::PositiveOf::max ? largest
                                                            : sum / std::max(count, 1.0));
    }
    return result;
}

template <class M, class Positive, class Negative>
std::string fault(const Positive& strategy, const Negative& negative, const MarginToPositive& filter)
{
    return strategies::fault_with<M>(
        strategy, negative, strategies::best_level(),
        [&](const Scene& scene) {
            return strategies::Verdict{
                [&scene, &filter, others = references<M>(scene, filter.against)](Index anchor, Index positive,
                                                                                 Index row) {
                    const auto value = [&](Index other) {
                        return strategies::value_of<M>(scene.anchors.rows, anchor, scene.candidates.rows, other);
                    };
                    const double known = filter.against == mohs::PositiveOf::triplet
                                             ? value(positive)
                                             : others[static_cast<std::size_t>(anchor)];
                    const double margin = filter.absolute + filter.relative * std::abs(known);
                    const bool stays =
                        reference::is_similarity<M> ? value(row) <= known - margin : value(row) >= known + margin;
                    return stays ? -1 : 0;
                },
                1, true};
        },
        filter);
}

template <class M, class Negative>
std::string fault(const Negative& negative, const MarginToPositive& filter)
{
    return fault<M>(mohs::AllPositives{}, negative, filter);
}

}

TEST_CASE("the margin is measured against the positive that was asked for")
{
    // Rows 1 to 3 are the positives of row 0, at distances 1, 2 and 6; of 9 others, those beyond the bound stay.
    std::vector<std::int64_t> labels(13, 1);
    labels[0] = labels[1] = labels[2] = labels[3] = 0;
    const std::vector<double> points{0, 1, -2, 6, 0.5, 1.5, -1.75, 2.5, -3.5, 3.25, 4, 5.5, 6.75};
    const reference::Owned<float> owned(strategies::line(points, labels));
    const auto rows_kept = [&](mohs::PositiveOf against) {
        const mohs::TripletMiner<mohs::Euclidean, mohs::AllPositives, mohs::AllNegatives, MarginToPositive> miner{
            {}, {}, {}, {.absolute = 0.25, .against = against}};
        Rows result;
        for (const mohs::Triplet triplet : miner(owned.batch())) {
            if (triplet.anchor == 0 && triplet.positive == 2) {
                result.push_back(triplet.negative);
            }
        }
        return result;
    };
    CHECK(rows_kept(mohs::PositiveOf::triplet) == Rows{7, 8, 9, 10, 11, 12});
    CHECK(rows_kept(mohs::PositiveOf::min) == Rows{5, 6, 7, 8, 9, 10, 11, 12});
    CHECK(rows_kept(mohs::PositiveOf::mean) == Rows{8, 9, 10, 11, 12});
    CHECK(rows_kept(mohs::PositiveOf::max) == Rows{12});
}

TEST_CASE("a negative at the absolute margin stays")
{
    // Distances from 0: 2 of the positive.
    CHECK(kept<mohs::Euclidean>({0, 2, 1, 2, 2.25, -2.5, 2.5, 3}, {.absolute = 0.5}) == Rows{5, 6, 7});
    CHECK(kept<mohs::SquaredEuclidean>({0, 2, 2.25, -2.5, 2.5}, {.absolute = 2.25}) == Rows{3, 4});
    // Similarities to 2: 4 of the positive.
    CHECK(kept<mohs::DotProduct>({2, 2, 3, 2, 1.875, 1.75, -1}, {.absolute = 0.5}) == Rows{5, 6});
}

TEST_CASE("without a margin whatever is closer than the positive goes")
{
    CHECK(kept<mohs::Euclidean>({0, 2, 1.875, 2, -2, 2.125}, {}) == Rows{3, 4, 5});
    CHECK(kept<mohs::DotProduct>({2, 2, 2.125, 2, 1.875}, {}) == Rows{3, 4});
}

TEST_CASE("a relative margin is a share of the positive")
{
    CHECK(kept<mohs::Euclidean>({0, 2, 2, 2.375, 2.5, 3}, {.relative = 0.25}) == Rows{4, 5});
    // 4 of the positive, 3 at the margin.
    CHECK(kept<mohs::DotProduct>({2, 2, 2, 1.625, 1.5, 1}, {.relative = 0.25}) == Rows{4, 5});
    CHECK(kept<mohs::DotProduct>({2, 2, 1.5, 1.375, 1.25, 1}, {.absolute = 0.5, .relative = 0.25}) == Rows{4, 5});
}

TEST_CASE("a relative margin moves away from a positive of negative similarity")
{
    // -4 of the positive; the margin ends at -5, not at -3.
    CHECK(kept<mohs::DotProduct>({2, -2, -1.5, -2, -2.25, -2.5, -3}, {.relative = 0.25}) == Rows{5, 6});
}

TEMPLATE_TEST_CASE("a margin to the positive holds for the hardest negatives", "", mohs::Euclidean, mohs::DotProduct)
{
    for (const MarginToPositive filter :
         {MarginToPositive{}, MarginToPositive{.absolute = 0.5}, MarginToPositive{.relative = 0.25},
          MarginToPositive{.absolute = 1, .relative = 0.5}, MarginToPositive{.absolute = -1}}) {
        CHECK(fault<TestType>(mohs::HardestNegative{}, filter) == "");
    }
}

TEST_CASE("a margin to the positive holds for random negatives")
{
    CHECK(fault<mohs::SquaredEuclidean>(mohs::RandomNegative{}, {.absolute = 0.5}) == "");
}

TEST_CASE("the hardest negative with a margin to the positive is the closest beyond it")
{
    const reference::Owned<float> owned(strategies::grid(70, 3, 17, 92));
    const mohs::TripletMiner filtered{mohs::Euclidean{}, mohs::AllPositives{}, mohs::HardestNegative{},
                                      MarginToPositive{.absolute = 1e-9}};
    const mohs::TripletMiner semi_hard{mohs::Euclidean{}, mohs::AllPositives{}, mohs::SemiHardNegative{}};
    const auto a = filtered(owned.batch()), b = semi_hard(owned.batch());
    REQUIRE(a.size() == b.size());
    CHECK(a.negatives() == b.negatives());
    CHECK(a.report.filter_names[0] == std::string("rejected_margin_to_positive"));
    CHECK(a.report.all_filtered == b.report.none_in_place);
}

TEMPLATE_TEST_CASE("a margin holds against any choice among the positives", "", mohs::Euclidean, mohs::DotProduct)
{
    using mohs::PositiveOf;
    for (const PositiveOf against : {PositiveOf::triplet, PositiveOf::min, PositiveOf::max, PositiveOf::mean}) {
        for (const MarginToPositive filter : {MarginToPositive{.absolute = 0.5, .against = against},
                                              MarginToPositive{.relative = 0.25, .against = against}}) {
            INFO("against " << static_cast<int>(against));
            CHECK(fault<TestType>(mohs::HardestPositive{}, mohs::HardestNegative{}, filter) == "");
            CHECK(fault<TestType>(mohs::AllPositives{}, mohs::HardestNegative{}, filter) == "");
        }
    }
}

TEST_CASE("margins to the positive have to be numbers, the relative one finite")
{
    const double nan = std::bit_cast<double>(0x7ff8000000000000U),
                 infinity = std::bit_cast<double>(0x7ff0000000000000U);
    const auto miner = [](const MarginToPositive& filter) {
        return mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}, filter};
    };
    CHECK_THROWS_AS(miner({.absolute = nan}), std::invalid_argument);
    CHECK_THROWS_AS(miner({.relative = nan}), std::invalid_argument);
    // Times a positive of 0 it is no number.
    CHECK_THROWS_AS(miner({.relative = infinity}), std::invalid_argument);
    CHECK_THROWS_WITH(miner({.absolute = nan}), "mohs::MarginToPositive: absolute is nan, but must be a number");
    CHECK_NOTHROW(miner({.absolute = infinity}));
}

TEST_CASE("an infinite margin to the positive rejects everything, or nothing", "[ieee]")
{
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(kept<mohs::Euclidean>({0, 2, 1, 3}, {.absolute = infinity}).empty());
    CHECK(kept<mohs::DotProduct>({2, 2, 1, 3}, {.absolute = infinity}).empty());
    CHECK(kept<mohs::Euclidean>({0, 2, 1, 3}, {.absolute = -infinity}) == Rows{2, 3});
    CHECK(kept<mohs::DotProduct>({2, 2, 1, 3}, {.absolute = -infinity}) == Rows{2, 3});
}
