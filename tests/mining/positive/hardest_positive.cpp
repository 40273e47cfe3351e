#include "../../catch.hpp"
#include "../expected.hpp"

#include <mohs/mining/positive/hardest_positive.hpp>

namespace {

/// Negatives that are drawn leave the scan to the positives.
template <class M>
using Miner = mohs::TripletMiner<M, mohs::HardestPositive, mohs::RandomNegative>;

}

TEMPLATE_LIST_TEST_CASE("the hardest positive is the farthest row of the label in a batch", "", mining::Metrics)
{
    CHECK(mining::self_scan_fault<float>(Miner<TestType>{{}, {}, {}}) == "");
}

TEMPLATE_LIST_TEST_CASE("the hardest positive is the farthest row of the label in a gallery", "", mining::Metrics)
{
    CHECK(mining::gallery_scan_fault<float>(Miner<TestType>{{}, {}, {}}) == "");
}

TEMPLATE_TEST_CASE("the hardest positive is found for any scalar", "", double, Eigen::half, Eigen::bfloat16)
{
    CHECK(mining::self_scan_fault<TestType>(Miner<mohs::Cosine>{{}, {}, {}}) == "");
    CHECK(mining::gallery_scan_fault<TestType>(Miner<mohs::Cosine>{{}, {}, {}}) == "");
}

TEST_CASE("the hardest positive among equal ones is the lowest row")
{
    CHECK(mining::exact_tie_fault(Miner<mohs::DotProduct>{{}, {}, {}}) == "");
    CHECK(mining::exact_tie_fault(Miner<mohs::Euclidean>{{}, {}, {}}) == "");
    CHECK(mining::exact_tie_fault(Miner<mohs::SquaredEuclidean>{{}, {}, {}}) == "");
}

TEST_CASE("the hardest positive does not depend on the layout of the rows")
{
    CHECK(mining::layout_fault(Miner<mohs::Cosine>{{}, {}, {}}) == "");
}

TEST_CASE("the hardest positive of a point on a line is the other end of its class")
{
    const mohs::Matrix rows{{0}, {1}, {5}, {10}, {11}, {12}};
    const std::vector<int> labels{1, 1, 1, 2, 2, 2};
    const auto triplets = Miner<mohs::Euclidean>{{}, {}, {}}(mohs::Batch(rows, labels));
    REQUIRE(triplets.size() == 6);
    CHECK(triplets.positives() == mohs::IndexVector{{2, 2, 0, 5, 3, 3}});
    const Eigen::VectorXd expected{{5, 4, 5, 2, 1, 2}};
    CHECK(triplets.positive_values() == expected);
}
