#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/mining/negative/semi_hard_negative.hpp>

namespace {

using mohs::SemiHardNegative;
using strategies::fault;

using Rows = std::vector<mohs::Index>;

template <class M>
Rows negatives_of_first(const std::vector<double>& points, double margin)
{
    return strategies::negatives_of_first<M, mohs::AllPositives>(points, SemiHardNegative{.margin = margin});
}

}

TEMPLATE_TEST_CASE("a semi-hard negative is the closest beyond any positive", "", mohs::HardestPositive,
                   mohs::EasiestPositive, mohs::RandomPositive, mohs::AllPositives)
{
    CHECK(fault<mohs::Euclidean>(TestType{}, SemiHardNegative{}) == "");
    CHECK(fault<mohs::Euclidean>(TestType{}, SemiHardNegative{.margin = 0.5}) == "");
}

TEMPLATE_TEST_CASE("a semi-hard negative is within its margin in any metric", "", mohs::SquaredEuclidean,
                   mohs::DotProduct, mohs::Normalised<mohs::Euclidean>)
{
    for (const double margin : {0.125, 0.25, 1.0, 2.5, 1e30}) {
        CHECK(fault<TestType>(mohs::AllPositives{}, SemiHardNegative{.margin = margin}) == "");
    }
}

TEST_CASE("semi-hard negatives are found in every instruction set", "[kernel]")
{
    CHECK(fault<mohs::Euclidean>(mohs::EasiestPositive{}, SemiHardNegative{.margin = 1}, strategies::levels()) == "");
}

TEST_CASE("semi-hard negatives do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::AllPositives{}, SemiHardNegative{.margin = 1}));
}

TEST_CASE("filters leave the definition of semi-hard negatives as it is")
{
    CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, SemiHardNegative{.margin = 1.5}) == "");
}

TEST_CASE("a negative as far as the positive is not semi-hard")
{
    // Anchor at 0, positive at 1.
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, -1}, 0.5).empty());
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, -1, 1, -1.125, 1.125}, 0.5) == Rows{4});
    CHECK(negatives_of_first<mohs::SquaredEuclidean>({0, 1, -1, 1, -1.125}, 0.5) == Rows{4});
    // Similarities to 2: 4 of the positive, then 4, 3.5, 3.
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 2}, 5).empty());
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 2, 1.5, 1.75}, 5) == Rows{4});
}

TEST_CASE("a negative at the end of the margin is not semi-hard")
{
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, 1.5}, 0.5).empty());
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, 1.5}, 0.5000001) == Rows{2});
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, 1.5, -1.375}, 0.5) == Rows{3});
    // Squared: 1 and 2.25.
    CHECK(negatives_of_first<mohs::SquaredEuclidean>({0, 1, 1.5}, 1.25).empty());
    CHECK(negatives_of_first<mohs::SquaredEuclidean>({0, 1, 1.5}, 1.2500001) == Rows{2});
    // Similarities 4 and 3.5.
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 1.75}, 0.5).empty());
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 1.75}, 0.5000001) == Rows{2});
}

TEST_CASE("a duplicate of the anchor is never semi-hard")
{
    CHECK(negatives_of_first<mohs::Euclidean>({0, 0, 0, 0}, 1).empty());
    CHECK(negatives_of_first<mohs::Euclidean>({0, 0, 0, 0.125}, 1) == Rows{3});
}

TEST_CASE("without a margin any distance beyond the positive is semi-hard")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 1e6}, {0, 0, 1}));
    const mohs::TripletMiner<mohs::SquaredEuclidean, mohs::HardestPositive, SemiHardNegative> miner{{}, {}, {}};
    const auto triplets = miner(owned.batch());
    CHECK(triplets.negatives() == mohs::IndexVector{{2, 2}});
    CHECK(triplets.report.no_positive == 1);
}

TEST_CASE("a margin that is not above 0 is refused")
{
    using Miner = mohs::TripletMiner<mohs::Euclidean, mohs::HardestPositive, SemiHardNegative>;
    for (const double margin : {0.0, -0.5, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK(reference::mentions(reference::message_of([&] { Miner({}, {}, {.margin = margin}); }),
                                  {"margin", "above 0"}));
    }
}
