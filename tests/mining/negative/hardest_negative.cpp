#include "../../catch.hpp"
#include "../expected.hpp"

#include <mohs/mining/negative/hardest_negative.hpp>

namespace {

/// Positives that are drawn leave the scan to the negatives.
template <class M>
using Miner = mohs::TripletMiner<M, mohs::RandomPositive, mohs::HardestNegative>;

}

TEMPLATE_LIST_TEST_CASE("the hardest negative is the closest row of another label in a batch", "", mining::AllMetrics)
{
    CHECK(mining::self_scan_fault<float>(Miner<TestType>{{}, {}, {}}) == "");
}

TEMPLATE_LIST_TEST_CASE("the hardest negative is the closest row of another label in a gallery", "", mining::AllMetrics)
{
    CHECK(mining::gallery_scan_fault<float>(Miner<TestType>{{}, {}, {}}) == "");
}

TEMPLATE_TEST_CASE("the hardest negative is found for any scalar", "", double, Eigen::half, Eigen::bfloat16)
{
    CHECK(mining::self_scan_fault<TestType>(Miner<mohs::Cosine>{{}, {}, {}}) == "");
    CHECK(mining::gallery_scan_fault<TestType>(Miner<mohs::Cosine>{{}, {}, {}}) == "");
}

TEST_CASE("the hardest negative among equal ones is the lowest row")
{
    CHECK(mining::exact_tie_fault(Miner<mohs::DotProduct>{{}, {}, {}}) == "");
    CHECK(mining::exact_tie_fault(Miner<mohs::Euclidean>{{}, {}, {}}) == "");
    CHECK(mining::exact_tie_fault(Miner<mohs::SquaredEuclidean>{{}, {}, {}}) == "");
}

TEST_CASE("the hardest negative does not depend on the layout of the rows")
{
    CHECK(mining::layout_fault(Miner<mohs::Cosine>{{}, {}, {}}) == "");
}

TEST_CASE("the hardest negative of a point on a line is the nearest point of another class")
{
    const mohs::Matrix rows{{0}, {1}, {5}, {7}, {11}, {12}};
    const std::vector<int> labels{1, 1, 2, 2, 1, 2};
    const auto triplets = Miner<mohs::Euclidean>{{}, {}, {}}(mohs::Batch(rows, labels));
    REQUIRE(triplets.size() == 6);
    CHECK(triplets.negatives() == mohs::IndexVector{{2, 2, 1, 4, 5, 4}});
    const Eigen::VectorXd expected{{5, 4, 4, 4, 1, 1}};
    CHECK(triplets.negative_values() == expected);
}
