#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/mining/negative/semi_hard_beyond_all.hpp>

namespace {

using mohs::SemiHardBeyondAll;
using strategies::fault;
using Rows = std::vector<mohs::Index>;

}

TEMPLATE_TEST_CASE("a negative beyond all positives is found for any positive", "", mohs::HardestPositive,
                   mohs::EasiestPositive, mohs::RandomPositive, mohs::AllPositives)
{
    CHECK(fault<mohs::Euclidean>(TestType{}, SemiHardBeyondAll{}) == "");
}

TEMPLATE_TEST_CASE("a negative beyond all positives is found in any metric", "", mohs::DotProduct,
                   mohs::Normalised<mohs::Euclidean>)
{
    CHECK(fault<TestType>(mohs::EasiestPositive{}, SemiHardBeyondAll{}) == "");
}

TEST_CASE("negatives beyond all positives are found in every instruction set", "[kernel]")
{
    CHECK(fault<mohs::DotProduct>(mohs::EasiestPositive{}, SemiHardBeyondAll{}, strategies::levels()) == "");
}

TEST_CASE("negatives beyond all positives do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::EasiestPositive{}, SemiHardBeyondAll{}));
}

TEST_CASE("filters leave the definition of negatives beyond all positives as it is")
{
    CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, SemiHardBeyondAll{}) == "");
}

TEST_CASE("the farthest positive bounds the negatives of the easiest one")
{
    // Anchor 0 at 0: positives at 1 and -3; negatives at 2, 3 (as far as the farthest positive) and -4.
    const reference::Owned<float> owned(strategies::line({0, 1, -3, 2, 3, -4}, {0, 0, 0, 1, 2, 3}));
    const mohs::TripletMiner<mohs::Euclidean, mohs::EasiestPositive, SemiHardBeyondAll> miner{{}, {}, {}};
    const auto triplets = miner(owned.batch());
    REQUIRE(triplets.size() == 3);
    CHECK(triplets[0] == mohs::Triplet{0, 1, 5});
    // From 1, nothing but -4 is farther than the positive at -3. From -3, the farthest positive is at 1; 2 is next.
    CHECK(triplets[1] == mohs::Triplet{1, 0, 5});
    CHECK(triplets[2] == mohs::Triplet{2, 0, 3});
}

TEST_CASE("where no negative is beyond all positives the farthest is taken")
{
    CHECK(strategies::negatives_of_first<mohs::Euclidean>({0, 3, 2, 3, -3, 1}, SemiHardBeyondAll{}) == Rows{3});
    CHECK(strategies::negatives_of_first<mohs::DotProduct>({2, 1, 2, 1, 3}, SemiHardBeyondAll{}) == Rows{3});
}
