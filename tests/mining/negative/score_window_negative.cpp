#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/mining/negative/score_window_negative.hpp>

namespace {

using mohs::ScoreWindowNegative;
using reference::Data;
using reference::Scene;
using strategies::fault;
using Rows = std::vector<mohs::Index>;

}

TEMPLATE_TEST_CASE("the closest negative in a window of distances goes with any positive", "", mohs::HardestPositive,
                   mohs::EasiestPositive, mohs::RandomPositive, mohs::AllPositives)
{
    for (const auto& [low, high] : {std::pair{1.0, 2.0}, std::pair{0.0, 0.5}, std::pair{2.5, 1e9}}) {
        CHECK(fault<mohs::Euclidean>(TestType{}, ScoreWindowNegative{low, high}) == "");
    }
}

TEMPLATE_TEST_CASE("the closest negative in a window is found in any metric", "", mohs::SquaredEuclidean,
                   mohs::DotProduct, mohs::Cosine)
{
    for (const auto& [low, high] :
         {std::pair{1.0, 2.0}, std::pair{-0.25, 0.25}, std::pair{-100.0, 0.0}, std::pair{2.25, 2.25},
          std::pair{50.0, 60.0}, std::pair{-std::numeric_limits<double>::max(), std::numeric_limits<double>::max()}}) {
        CHECK(fault<TestType>(mohs::HardestPositive{}, ScoreWindowNegative{low, high}) == "");
    }
}

TEST_CASE("negatives in a window are found in every instruction set", "[kernel]")
{
    CHECK(fault<mohs::DotProduct>(mohs::HardestPositive{}, ScoreWindowNegative{0.5, 1.5}, strategies::levels()) == "");
    CHECK(fault<mohs::Euclidean>(mohs::AllPositives{}, ScoreWindowNegative{0.5, 1.5}, strategies::levels()) == "");
}

TEST_CASE("negatives in a window do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::AllPositives{}, ScoreWindowNegative{1, 2}));
}

TEST_CASE("filters leave the definition of a window as it is")
{
    CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, ScoreWindowNegative{1, 2.5}) == "");
}

TEST_CASE("both ends of a window are inside")
{
    using strategies::negatives_of_first;
    CHECK(negatives_of_first<mohs::Euclidean>({0, 9, 0.875, 2.125, -2}, ScoreWindowNegative{1, 2}) == Rows{4});
    CHECK(negatives_of_first<mohs::Euclidean>({0, 9, 0.875, 2, -1}, ScoreWindowNegative{1, 2}) == Rows{4});
    CHECK(negatives_of_first<mohs::SquaredEuclidean>({0, 9, 0.875, 2, 3}, ScoreWindowNegative{4, 4}) == Rows{3});
    CHECK(negatives_of_first<mohs::DotProduct>({2, 9, 2, 1, -1}, ScoreWindowNegative{-2, 2}) == Rows{3});
    CHECK(negatives_of_first<mohs::DotProduct>({2, 9, 2, -1, -2}, ScoreWindowNegative{-2, 2}) == Rows{3});
}

TEST_CASE("the next number beside an end of a window is outside")
{
    using strategies::negatives_of_first;
    CHECK(negatives_of_first<mohs::Euclidean>({0, 9, 1}, ScoreWindowNegative{std::nextafter(1.0, 2.0), 2}).empty());
    CHECK(negatives_of_first<mohs::Euclidean>({0, 9, 1}, ScoreWindowNegative{0, std::nextafter(1.0, 0.0)}).empty());
    CHECK(negatives_of_first<mohs::DotProduct>({2, 9, 1}, ScoreWindowNegative{std::nextafter(2.0, 3.0), 3}).empty());
    CHECK(negatives_of_first<mohs::DotProduct>({2, 9, 1}, ScoreWindowNegative{0, std::nextafter(2.0, 0.0)}).empty());
}

TEST_CASE("a window without bounds holds the hardest negative", "[ieee]")
{
    constexpr double infinity = std::numeric_limits<double>::infinity();
    for (const double low : {-infinity, 0.0}) {
        CHECK(fault<mohs::Euclidean>(mohs::HardestPositive{}, ScoreWindowNegative{low, infinity}) == "");
    }
    CHECK(fault<mohs::DotProduct>(mohs::HardestPositive{}, ScoreWindowNegative{-infinity, infinity}) == "");
}

TEST_CASE("an end of a window that is not given is no limit")
{
    using strategies::negatives_of_first;
    const std::vector<double> points{2, 9, 2, 1, -1, -30};
    CHECK(negatives_of_first<mohs::DotProduct>(points, ScoreWindowNegative{.high = 1}) == Rows{4});
    CHECK(negatives_of_first<mohs::DotProduct>(points, ScoreWindowNegative{.high = -10}) == Rows{5});
    CHECK(negatives_of_first<mohs::DotProduct>(points, ScoreWindowNegative{.low = -2}) == Rows{2});
    CHECK(negatives_of_first<mohs::Euclidean>(points, ScoreWindowNegative{.low = 2}) == Rows{4});
    CHECK(negatives_of_first<mohs::Euclidean>(points, ScoreWindowNegative{.high = 0.5}) == Rows{2});
    for (const ScoreWindowNegative window :
         {ScoreWindowNegative{}, ScoreWindowNegative{.low = 1}, ScoreWindowNegative{.high = -1}}) {
        CHECK(fault<mohs::Euclidean>(mohs::AllPositives{}, window) == "");
        CHECK(fault<mohs::DotProduct>(mohs::HardestPositive{}, window) == "");
    }
}

TEST_CASE("a window without ends finds what the hardest negative is, whatever fits a double", "[raises]")
{
    mohs::MatrixOf<double> rows = strategies::grid(40, 3, 8, 7).rows;
    const std::vector<int> labels = [] {
        std::vector<int> result;
        for (int row = 0; row < 40; ++row) {
            result.push_back(row / 5);
        }
        return result;
    }();
    for (const double scale : {1.0, 1e200}) {
        const mohs::MatrixOf<double> scaled = rows * scale;
        const mohs::Batch batch{scaled, labels};
        const mohs::Triplets window = mohs::TripletMiner{mohs::SquaredEuclidean{}, mohs::HardestPositive{},
                                                         ScoreWindowNegative{}}(batch),
                             hardest = mohs::TripletMiner{mohs::SquaredEuclidean{}, mohs::HardestPositive{},
                                                          mohs::HardestNegative{}}(batch);
        REQUIRE(hardest.size() == 40);
        CHECK(window.negatives() == hardest.negatives());
    }
}

TEST_CASE("a window works on rows of any magnitude")
{
    for (const double scale : {0x1p-60, 0x1p60}) {
        Data data = strategies::grid(40, 3, 8, 121);
        data.rows *= scale;
        const ScoreWindowNegative window{1 * scale, 1.5 * scale};
        const reference::Owned<float> owned(data);
        const mohs::TripletMiner<mohs::Euclidean, mohs::HardestPositive, ScoreWindowNegative> miner{{}, {}, window};
        CHECK(strategies::fault_of(miner(owned.batch()), Scene(data), mohs::HardestPositive{}, window) == "");
    }
}

TEST_CASE("an anchor with nothing in its window is counted as such")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 3}, {0, 0, 1}));
    const mohs::TripletMiner<mohs::Euclidean, mohs::HardestPositive, ScoreWindowNegative> miner{{}, {}, {2.5, 3}};
    const auto report = miner(owned.batch()).report;
    CHECK(report.valid == 1);
    CHECK(report.none_in_place == 1);
    CHECK(report.no_positive == 1);
}

TEST_CASE("an empty window is refused")
{
    using Miner = mohs::TripletMiner<mohs::Euclidean, mohs::HardestPositive, ScoreWindowNegative>;
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    for (const auto& [low, high] : {std::pair{1.0, 0.5}, std::pair{nan, 1.0}, std::pair{0.0, nan}}) {
        CHECK(reference::mentions(reference::message_of([low = low, high = high] {
                                      Miner({}, {}, {low, high});
                                  }),
                                  {"ScoreWindowNegative"}));
    }
    CHECK(reference::message_of([&] { Miner({}, {}, {.high = nan}); }) ==
          "mohs::ScoreWindowNegative: high is nan, but must be a number");
}
