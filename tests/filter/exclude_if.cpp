#include <mohs/filter/exclude_if.hpp>

#include "../catch.hpp"
#include "../mining/strategies.hpp"

namespace {

using mohs::ExcludeIf;
using mohs::Index;
using reference::Scene;

template <class Condition>
mohs::Triplets<mohs::Euclidean> mine(const std::vector<double>& points, const std::vector<std::int64_t>& labels,
                                     const Condition& condition)
{
    const reference::Owned<float> owned(strategies::line(points, labels));
    return mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                              ExcludeIf{condition}}(owned.batch());
}

}

TEST_CASE("a condition on rows sees the anchor first and then the negative")
{
    const auto triplets =
        mine({0, 1, 2, 3}, {0, 0, 1, 2}, [](Index anchor, Index negative) { return anchor == 0 && negative == 2; });
    REQUIRE(triplets.size() == 2);
    CHECK(triplets[0] == mohs::Triplet{0, 1, 3});
    CHECK(triplets[1] == mohs::Triplet{1, 0, 2});
    CHECK(triplets.report.rejected[0] == 1);
    CHECK(triplets.report.filter_names[0] == std::string("rejected_by_condition"));
}

TEST_CASE("a condition may look at the value too")
{
    // 0.5 is a distance between double and float rows alike.
    const auto triplets = mine({0, 1, 1.5, 4}, {0, 0, 1, 2}, [](Index, Index, double value) { return value == 0.5; });
    REQUIRE(triplets.size() == 2);
    CHECK(triplets[0] == mohs::Triplet{0, 1, 2});
    CHECK(triplets[1] == mohs::Triplet{1, 0, 3});
}

TEST_CASE("the value of a condition is in the unit of the metric")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 3}, {0, 0, 1}));
    std::set<double> seen;
    const auto note = [&](Index, Index, double value) {
        seen.insert(value);
        return false;
    };
    const mohs::Options serial{.threads = 1};
    (void)mohs::TripletMiner{mohs::SquaredEuclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                             ExcludeIf{note}}(owned.batch(), serial);
    CHECK(seen == std::set<double>{4, 9});
}

TEST_CASE("a condition is asked only about negatives of the anchor")
{
    const reference::Data data = strategies::grid(60, 3, 7, 91);
    const Scene scene(data);
    std::set<std::pair<Index, Index>> asked;
    const auto note = [&](Index anchor, Index negative) {
        asked.emplace(anchor, negative);
        return true;
    };
    const reference::Owned<float> owned(data);
    const mohs::Options serial{.threads = 1};
    const auto triplets = mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                             ExcludeIf{note}}(owned.batch(), serial);
    CHECK(triplets.report.all_filtered == 60);
    std::set<std::pair<Index, Index>> negatives;
    for (Index anchor = 0; anchor < 60; ++anchor) {
        for (const Index negative : scene.candidates_of(anchor, mohs::Among::negatives)) {
            negatives.emplace(anchor, negative);
        }
    }
    CHECK(asked == negatives);
    CHECK(triplets.report.rejected[0] == static_cast<Index>(negatives.size()));
}

TEST_CASE("any condition leaves the definition of the hardest negative as it is")
{
    const auto condition = [](Index anchor, Index negative) { return strategies::hash(anchor, 5, negative) < 7; };
    CHECK(strategies::fault_with<mohs::Euclidean>(
              mohs::AllPositives{}, mohs::HardestNegative{}, strategies::best_level(),
              [&](const Scene&) {
                  return strategies::Verdict{
                      [&](Index anchor, Index, Index negative) { return condition(anchor, negative) ? 0 : -1; }, 1,
                      false};
              },
              ExcludeIf{condition}) == "");
}

TEST_CASE("what a condition throws reaches the caller")
{
    CHECK_THROWS_AS(
        mine({0, 1, 2, 3}, {0, 0, 1, 2}, [](Index, Index) -> bool { throw std::domain_error("no opinion"); }),
        std::domain_error);
}

TEST_CASE("conditions that take a value are told from those that do not")
{
    const auto two = [](Index, Index) { return true; };
    const auto three = [](Index, Index, double) { return true; };
    STATIC_REQUIRE(mohs::Filter<ExcludeIf<decltype(two)>>);
    STATIC_REQUIRE(mohs::Filter<ExcludeIf<decltype(three)>>);
    STATIC_REQUIRE(!ExcludeIf<decltype(two)>::needs_positive);
}
