#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/mining/negative/all_negatives.hpp>

namespace {

using mohs::AllNegatives;
using reference::Data;
using reference::Scene;
using strategies::fault;
using Rows = std::vector<mohs::Index>;

}

TEMPLATE_TEST_CASE("all negatives of the anchor go with any positive", "", mohs::HardestPositive, mohs::EasiestPositive,
                   mohs::RandomPositive, mohs::AllPositives)
{
    CHECK(fault<mohs::Euclidean>(TestType{}, AllNegatives{}) == "");
}

TEMPLATE_TEST_CASE("all negatives of the anchor are found in any metric", "", mohs::DotProduct, mohs::Cosine)
{
    CHECK(fault<TestType>(mohs::AllPositives{}, AllNegatives{}) == "");
}

TEST_CASE("all negatives are found in every instruction set", "[kernel]")
{
    CHECK(fault<mohs::DotProduct>(mohs::AllPositives{}, AllNegatives{}, strategies::levels()) == "");
}

TEST_CASE("all negatives do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::HardestPositive{}, AllNegatives{}));
}

TEST_CASE("filters leave the definition of all negatives as it is")
{
    CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, AllNegatives{}) == "");
    for (const int tenths : {1, 6, 10}) {
        CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, AllNegatives{},
                                                          strategies::RejectSome{tenths}) == "");
    }
}

TEST_CASE("rows in classes of four have as many triplets as promised")
{
    // 128 anchors, 3 positives and 124 negatives each.
    const reference::Owned<float> owned(strategies::grid(128, 3, 32, 101));
    const auto triplets = mohs::TripletMiner{mohs::Euclidean{}, mohs::AllPositives{}, AllNegatives{}}(owned.batch());
    CHECK(triplets.size() == 47616);
    CHECK(triplets.report.tuples == 47616);
    CHECK(triplets.report.valid == 128);
}

TEST_CASE("all triplets of a handful of rows")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 2, 3, 4}, {7, 8, 7, 8, 7}));
    const auto triplets = mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{}, AllNegatives{}}(owned.batch());
    CHECK(std::vector<mohs::Triplet>(triplets.begin(), triplets.end()) ==
          std::vector<mohs::Triplet>{{0, 4, 1},
                                     {0, 4, 3},
                                     {1, 3, 0},
                                     {1, 3, 2},
                                     {1, 3, 4},
                                     {2, 0, 1},
                                     {2, 0, 3},
                                     {3, 1, 0},
                                     {3, 1, 2},
                                     {3, 1, 4},
                                     {4, 0, 1},
                                     {4, 0, 3}});
}
