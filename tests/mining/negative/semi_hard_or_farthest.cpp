#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/mining/negative/semi_hard_or_farthest.hpp>

namespace {

using mohs::SemiHardOrFarthest;
using strategies::fault;
using Rows = std::vector<mohs::Index>;

template <class M>
Rows negatives_of_first(const std::vector<double>& points)
{
    return strategies::negatives_of_first<M, mohs::AllPositives>(points, SemiHardOrFarthest{});
}

}

TEMPLATE_TEST_CASE("a semi-hard or farthest negative is found for any positive", "", mohs::HardestPositive,
                   mohs::EasiestPositive, mohs::RandomPositive, mohs::AllPositives)
{
    CHECK(fault<mohs::Euclidean>(TestType{}, SemiHardOrFarthest{}) == "");
}

TEMPLATE_TEST_CASE("a semi-hard or farthest negative is found in any metric", "", mohs::DotProduct,
                   mohs::Normalised<mohs::Euclidean>)
{
    CHECK(fault<TestType>(mohs::AllPositives{}, SemiHardOrFarthest{}) == "");
}

TEST_CASE("semi-hard or farthest negatives are found in every instruction set", "[kernel]")
{
    CHECK(fault<mohs::DotProduct>(mohs::AllPositives{}, SemiHardOrFarthest{}, strategies::levels()) == "");
}

TEST_CASE("semi-hard or farthest negatives do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::AllPositives{}, SemiHardOrFarthest{}));
}

TEST_CASE("filters leave the definition of semi-hard or farthest negatives as it is")
{
    CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, SemiHardOrFarthest{}) == "");
}

TEST_CASE("a negative as far as the positive is no semi-hard one but may be the farthest")
{
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, -1, 0.5}) == Rows{2});
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, -1, 4, 2}) == Rows{4});
    // Similarities to 2: 4 of the positive, then 4, 4.5; then 3 and 3.5 too.
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 2.25, 2}) == Rows{3});
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 2.25, 2, 1.5, 1.75}) == Rows{5});
}

TEST_CASE("of equally far negatives the lowest row falls back")
{
    CHECK(negatives_of_first<mohs::Euclidean>({0, 4, 1, -3, 3}) == Rows{3});
}

TEST_CASE("every anchor with a positive and a negative has a semi-hard or farthest one")
{
    // All positives are farther than all negatives.
    const reference::Owned<float> owned(strategies::line({0, 1, 10, 11}, {0, 1, 0, 1}));
    const mohs::TripletMiner<mohs::Euclidean, mohs::AllPositives, SemiHardOrFarthest> miner{{}, {}, {}};
    const auto triplets = miner(owned.batch());
    CHECK(triplets.report.valid == 4);
    CHECK(triplets.negatives() == mohs::IndexVector{{3, 2, 1, 0}});
}
