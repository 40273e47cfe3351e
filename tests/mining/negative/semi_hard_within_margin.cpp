#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/mining/negative/semi_hard_within_margin.hpp>

namespace {

using mohs::SemiHardWithinMargin;
using strategies::fault;
using Rows = std::vector<mohs::Index>;

template <class M>
Rows negatives_of_first(const std::vector<double>& points, double margin)
{
    return strategies::negatives_of_first<M, mohs::AllPositives>(points, SemiHardWithinMargin{.margin = margin});
}

}

TEMPLATE_TEST_CASE("all negatives within the margin are found for any positive", "", mohs::HardestPositive,
                   mohs::EasiestPositive, mohs::RandomPositive, mohs::AllPositives)
{
    CHECK(fault<mohs::Euclidean>(TestType{}, SemiHardWithinMargin{.margin = 0.5}) == "");
}

TEMPLATE_TEST_CASE("all negatives within the margin are found in any metric", "", mohs::SquaredEuclidean,
                   mohs::DotProduct, mohs::Normalised<mohs::Euclidean>)
{
    for (const double margin : {0.125, 0.25, 1.0, 2.5, 1e30}) {
        CHECK(fault<TestType>(mohs::AllPositives{}, SemiHardWithinMargin{.margin = margin}) == "");
    }
}

TEST_CASE("all negatives within the margin are found in every instruction set", "[kernel]")
{
    CHECK(fault<mohs::Euclidean>(mohs::AllPositives{}, SemiHardWithinMargin{.margin = 1}, strategies::levels()) == "");
}

TEST_CASE("all negatives within the margin do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::AllPositives{}, SemiHardWithinMargin{.margin = 1}));
}

TEST_CASE("filters leave the definition of all negatives within the margin as it is")
{
    CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, SemiHardWithinMargin{.margin = 1}) == "");
}

TEST_CASE("the near end of the margin is left out and the far end counts")
{
    // Distances from 0: 1 of the positive; 1, 1.125, 1.5, 1.625.
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, -1, -1.125, 1.5, 1.625}, 0.5) == Rows{3, 4});
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, -1, -1.125, 1.5, 1.625}, 0.4999999) == Rows{3});
    CHECK(negatives_of_first<mohs::SquaredEuclidean>({0, 1, -1, -1.125, 1.5, 1.625}, 1.25) == Rows{3, 4});
    // Similarities to 2: 4 of the positive; 4, 3.75, 3.5, 3.25.
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 2, 1.875, 1.75, 1.625}, 0.5) == Rows{3, 4});
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 2, 1.875, 1.75, 1.625}, 0.4999999) == Rows{3});
}

TEST_CASE("an anchor with negatives but none within the margin is counted as such")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 3, 0.5}, {0, 0, 1, 2}));
    const mohs::TripletMiner<mohs::Euclidean, mohs::AllPositives, SemiHardWithinMargin> miner{{}, {}, {.margin = 1}};
    const auto triplets = miner(owned.batch());
    // From 0, 3 is too far and 0.5 too near; from 1, 3 is 1 farther than the positive.
    REQUIRE(triplets.size() == 1);
    CHECK(triplets[0] == mohs::Triplet{1, 0, 2});
    CHECK(triplets.report.none_in_place == 1);
    CHECK(triplets.report.no_positive == 2);
}

TEST_CASE("a margin that is not above 0 is refused for all within it")
{
    using Miner = mohs::TripletMiner<mohs::Euclidean, mohs::HardestPositive, SemiHardWithinMargin>;
    for (const double margin : {0.0, -0.5, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK(reference::mentions(reference::message_of([&] { Miner({}, {}, {.margin = margin}); }),
                                  {"margin", "above 0"}));
    }
}
