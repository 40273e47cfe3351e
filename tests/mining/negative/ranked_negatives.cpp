#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/mining/negative/ranked_negatives.hpp>

namespace {

using mohs::RankedNegatives;
using reference::Data;
using reference::Scene;
using strategies::fault;
using Rows = std::vector<mohs::Index>;

}

TEMPLATE_TEST_CASE("negatives of a range of ranks go with any positive", "", mohs::HardestPositive,
                   mohs::EasiestPositive, mohs::RandomPositive, mohs::AllPositives)
{
    CHECK(fault<mohs::Euclidean>(TestType{}, RankedNegatives{.end = 4}) == "");
}

TEMPLATE_TEST_CASE("negatives of a range of ranks are found in any metric", "", mohs::DotProduct,
                   mohs::Normalised<mohs::Euclidean>)
{
    for (const mohs::Index end : {1, 2, 5, 1000}) {
        CHECK(fault<TestType>(mohs::HardestPositive{}, RankedNegatives{.end = end}) == "");
    }
}

TEST_CASE("the first ranks may be skipped")
{
    // Every anchor has 45 negatives or more.
    const Data data = strategies::grid(60, 3, 5, 111), gallery = strategies::grid(90, 3, 6, 112);
    for (const auto& [begin, end] : {std::pair{0, 1}, std::pair{1, 2}, std::pair{3, 4}, std::pair{2, 9},
                                     std::pair{40, 45}, std::pair{40, 80}, std::pair{44, 1000}}) {
        const RankedNegatives strategy{.begin = begin, .end = end};
        CHECK(strategies::fault_in<mohs::Euclidean>(Scene(data), mohs::AllPositives{}, strategy, strategies::levels(),
                                                    {}) == "");
        CHECK(strategies::fault_in<mohs::Euclidean>(Scene(data, gallery), mohs::AllPositives{}, strategy,
                                                    strategies::levels(), {}) == "");
    }
}

TEST_CASE("ranked negatives do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::AllPositives{}, RankedNegatives{.begin = 2, .end = 9}));
}

TEST_CASE("ranks count what passes the filters")
{
    for (const mohs::Index end : {1, 3, 12}) {
        CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, RankedNegatives{.end = end}) == "");
        CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, RankedNegatives{.end = end},
                                                          strategies::RejectSome{4}) == "");
    }
}

TEST_CASE("ranked negatives come best first and equal ones by ascending row")
{
    // Distances from 0: 3, 1, 2, 1, 2, 0.
    const std::vector<double> points{0, 9, 3, -1, 2, 1, -2, 0};
    CHECK(strategies::negatives_of_first<mohs::Euclidean>(points, RankedNegatives{.end = 6}) == Rows{7, 3, 5, 4, 6, 2});
    CHECK(strategies::negatives_of_first<mohs::Euclidean>(points, RankedNegatives{.begin = 2, .end = 4}) == Rows{5, 4});
    CHECK(strategies::negatives_of_first<mohs::Euclidean>(points, RankedNegatives{.begin = 5, .end = 9}) == Rows{2});
    CHECK(strategies::negatives_of_first<mohs::Euclidean>(points, RankedNegatives{.begin = 6, .end = 9}).empty());
}

TEST_CASE("an anchor with too few negatives for the ranks has none in place")
{
    // The first anchor has three negatives.
    const reference::Owned<float> owned(strategies::line({0, 1, 2, 3, 4}, {0, 0, 1, 2, 3}));
    for (const mohs::Index begin : {3, 4, 50}) {
        const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{},
                                       RankedNegatives{.begin = begin, .end = begin + 2}};
        const mohs::Report report = miner(owned.batch()).report;
        CHECK(report.valid == 0);
        CHECK(report.none_in_place == 2);
        CHECK(report.no_negative == 0);
        CHECK(report.no_positive == 3);
    }
    for (const mohs::Index begin : {1, 9, 48}) {
        const RankedNegatives strategy{.begin = begin, .end = begin + 3};
        CHECK(fault<mohs::Euclidean>(mohs::AllPositives{}, strategy) == "");
        // Filtered is only what filters took away: not an anchor that had too few before.
        CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, strategy, strategies::RejectSome{4}) ==
              "");
    }
}

TEST_CASE("an empty range of ranks is refused")
{
    using Miner = mohs::TripletMiner<mohs::Euclidean, mohs::HardestPositive, RankedNegatives>;
    for (const auto& [begin, end] : {std::pair{-1, 1}, std::pair{0, 0}, std::pair{3, 3}, std::pair{4, 3}}) {
        const std::string message =
            reference::message_of([begin = begin, end = end] { Miner({}, {}, {.begin = begin, .end = end}); });
        CHECK(reference::mentions(message, {"RankedNegatives", std::to_string(begin), std::to_string(end)}));
    }
}
