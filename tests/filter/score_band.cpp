#include <mohs/filter/score_band.hpp>

#include "../catch.hpp"
#include "../mining/strategies.hpp"

namespace {

using mohs::Index;
using mohs::ScoreBand;
using reference::Scene;
using Rows = std::vector<Index>;

/// Points on a line, the first two of one label: which negatives of the first the band leaves.
template <class M>
Rows kept(const std::vector<double>& points, const ScoreBand& band)
{
    std::vector<std::int64_t> labels(points.size(), 1);
    labels[0] = labels[1] = 0;
    const reference::Owned<float> owned(strategies::line(points, labels));
    const mohs::TripletMiner<M, mohs::HardestPositive, mohs::AllNegatives, ScoreBand> miner{{}, {}, {}, band};
    Rows result;
    for (const mohs::Triplet triplet : miner(owned.batch())) {
        if (triplet.anchor == 0) {
            result.push_back(triplet.negative);
        }
    }
    return result;
}

template <class M, class Negative>
std::string fault(const Negative& negative, const ScoreBand& band)
{
    return strategies::fault_with<M>(
        mohs::AllPositives{}, negative, strategies::best_level(),
        [&](const Scene& scene) {
            return strategies::Verdict{
                [&](Index anchor, Index, Index row) {
                    const double value =
                        strategies::value_of<M>(scene.anchors.rows, anchor, scene.candidates.rows, row);
                    return (!band.low || *band.low <= value) && (!band.high || value <= *band.high) ? -1 : 0;
                },
                1, false};
        },
        band);
}

}

TEST_CASE("both ends of a score band are inside")
{
    CHECK(kept<mohs::Euclidean>({0, 9, 0.875, 1, -1.5, 2, -2, 2.125}, {1, 2}) == Rows{3, 4, 5, 6});
    CHECK(kept<mohs::SquaredEuclidean>({0, 9, 0.875, 1, -1.5, 2, -2, 2.125}, {1, 4}) == Rows{3, 4, 5, 6});
    CHECK(kept<mohs::DotProduct>({2, 1, 0.5, 1, -1, 2, 2.125, -1.125}, {-2, 4}) == Rows{2, 3, 4, 5});
    CHECK(kept<mohs::Cosine>({2, 1, 3, -1, 0}, {-1, 0}) == Rows{3, 4});
}

TEST_CASE("the next number beside an end of a score band is outside")
{
    CHECK(kept<mohs::Euclidean>({0, 9, 1, 2}, {std::nextafter(1.0, 2.0), std::nextafter(2.0, 1.0)}).empty());
    CHECK(kept<mohs::Euclidean>({0, 9, 1, 2}, {1, std::nextafter(2.0, 1.0)}) == Rows{2});
    CHECK(kept<mohs::DotProduct>({2, 1, 1, 2}, {std::nextafter(2.0, 3.0), std::nextafter(4.0, 3.0)}).empty());
}

TEST_CASE("a single value and no value at all are bands too")
{
    CHECK(kept<mohs::Euclidean>({0, 9, 1, 2, 3}, {2, 2}) == Rows{3});
    CHECK(kept<mohs::Euclidean>({0, 9, 1, 2, 3}, {2, 1}).empty());
}

TEST_CASE("a score band is applied to the hardest negatives")
{
    for (const ScoreBand band : {ScoreBand{0.5, 1.5}, ScoreBand{1, 100}, ScoreBand{-1, 2}, ScoreBand{50, 60}}) {
        CHECK(fault<mohs::Euclidean>(mohs::HardestNegative{}, band) == "");
        CHECK(fault<mohs::DotProduct>(mohs::HardestNegative{}, band) == "");
    }
}

TEST_CASE("an end of a score band that is not given is no limit")
{
    const std::vector<double> points{2, 1, 0.5, 1, -1, -300};
    CHECK(kept<mohs::DotProduct>(points, {.high = 1}) == Rows{2, 4, 5});
    CHECK(kept<mohs::DotProduct>(points, {.low = -2}) == Rows{2, 3, 4});
    CHECK(kept<mohs::DotProduct>(points, {}) == Rows{2, 3, 4, 5});
    CHECK(kept<mohs::Cosine>(points, {.high = 0.8}) == Rows{4, 5});
    CHECK(kept<mohs::Euclidean>(points, {.low = 2}) == Rows{4, 5});
    CHECK(kept<mohs::Euclidean>(points, {.high = 1.25}) == Rows{3});
    for (const ScoreBand band : {ScoreBand{}, ScoreBand{.low = 1}, ScoreBand{.high = 1}, ScoreBand{.high = -1}}) {
        CHECK(fault<mohs::Euclidean>(mohs::HardestNegative{}, band) == "");
        CHECK(fault<mohs::DotProduct>(mohs::HardestNegative{}, band) == "");
        CHECK(fault<mohs::SquaredEuclidean>(mohs::RankedNegatives{.end = 6}, band) == "");
    }
}

TEST_CASE("a score band that is open keeps values that do not fit a double", "[raises]")
{
    Eigen::MatrixXd rows(3, 1);
    rows << -1e200, -1.0000001e200, 1e200;
    const std::vector<int> labels{0, 0, 1};
    const mohs::Batch batch{rows, labels};
    const auto found = [&](const ScoreBand& band) {
        return mohs::TripletMiner{mohs::SquaredEuclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                  band}(batch)
            .size();
    };
    CHECK(found({}) == 2);
    CHECK(found({.low = 1}) == 2);
    CHECK(found({.high = 1e300}) == 0);
}

TEST_CASE("a score band is applied to ranked negatives")
{
    for (const ScoreBand band : {ScoreBand{0.5, 1.5}, ScoreBand{1, 100}, ScoreBand{-1, 2}, ScoreBand{50, 60}}) {
        CHECK(fault<mohs::SquaredEuclidean>(mohs::RankedNegatives{.end = 6}, band) == "");
    }
}

TEST_CASE("a score band counts under its name")
{
    const reference::Owned<float> owned(strategies::line({0, 0.5, 1, 2}, {0, 0, 1, 2}));
    const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                   ScoreBand{1.25, 1.5}};
    const auto report = miner(owned.batch()).report;
    CHECK(report.filter_names[0] == std::string("rejected_score_band"));
    // 0: rejects 1 and 2. 0.5: rejects 1, takes 2.
    CHECK(report.rejected[0] == 3);
    CHECK(report.all_filtered == 1);
    CHECK(report.valid == 1);
}

TEST_CASE("a score band refuses ends that are not numbers")
{
    const double nan = std::bit_cast<double>(0x7ff8000000000000U), negative_nan = std::bit_cast<double>(~0ULL);
    const auto miner = [](const ScoreBand& band) {
        return mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}, band};
    };
    CHECK_THROWS_AS(miner({nan, 1}), std::invalid_argument);
    CHECK_THROWS_AS(miner({0, negative_nan}), std::invalid_argument);
    CHECK_THROWS_WITH(miner({nan, 1}), "mohs::ScoreBand: low is nan, but must be a number");
    CHECK_NOTHROW(miner({1, 0}));
}

TEST_CASE("a score band may be open at either end", "[ieee]")
{
    const double infinity = std::numeric_limits<double>::infinity();
    const std::vector<double> points{2, 1, -1, 0.5, 1, 3};
    CHECK(kept<mohs::DotProduct>(points, {-infinity, 1}) == Rows{2, 3});
    CHECK(kept<mohs::DotProduct>(points, {2, infinity}) == Rows{4, 5});
    CHECK(kept<mohs::Euclidean>(points, {-infinity, 1}) == Rows{4, 5});
    CHECK(kept<mohs::Euclidean>(points, {1.5, infinity}) == Rows{2, 3});
    for (const ScoreBand band :
         {ScoreBand{-infinity, infinity}, ScoreBand{-infinity, 1}, ScoreBand{1, infinity}, ScoreBand{infinity, 1}}) {
        CHECK(fault<mohs::Euclidean>(mohs::HardestNegative{}, band) == "");
        CHECK(fault<mohs::DotProduct>(mohs::HardestNegative{}, band) == "");
    }
}
