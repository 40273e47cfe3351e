#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/mining/negative/easiest_negative.hpp>

namespace {

using mohs::EasiestNegative;
using reference::Data;
using reference::Scene;
using strategies::fault;
using Rows = std::vector<mohs::Index>;

}

TEMPLATE_TEST_CASE("the easiest negative is the farthest with any positive", "", mohs::HardestPositive,
                   mohs::EasiestPositive, mohs::RandomPositive, mohs::AllPositives)
{
    CHECK(fault<mohs::Euclidean>(TestType{}, EasiestNegative{}) == "");
}

TEMPLATE_TEST_CASE("the easiest negative is the farthest in any metric", "", mohs::DotProduct,
                   mohs::Normalised<mohs::Euclidean>)
{
    CHECK(fault<TestType>(mohs::HardestPositive{}, EasiestNegative{}) == "");
}

TEST_CASE("easiest negatives are found in every instruction set", "[kernel]")
{
    CHECK(fault<mohs::DotProduct>(mohs::HardestPositive{}, EasiestNegative{}, strategies::levels()) == "");
    CHECK(fault<mohs::Euclidean>(mohs::AllPositives{}, EasiestNegative{}, strategies::levels()) == "");
}

TEST_CASE("easiest negatives do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::HardestPositive{}, EasiestNegative{}));
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::AllPositives{}, EasiestNegative{}));
}

TEST_CASE("filters leave the definition of the easiest negative as it is")
{
    CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, EasiestNegative{}) == "");
    for (const int tenths : {1, 4, 8, 10}) {
        CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, EasiestNegative{},
                                                          strategies::RejectSome{tenths}) == "");
    }
}

TEST_CASE("of equally far negatives the lowest row is the easiest")
{
    CHECK(strategies::negatives_of_first<mohs::Euclidean>({0, 1, 2, -3, 3, -3}, EasiestNegative{}) == Rows{3});
    CHECK(strategies::negatives_of_first<mohs::DotProduct>({2, 1, 2, -3, 3, -3}, EasiestNegative{}) == Rows{3});
}
