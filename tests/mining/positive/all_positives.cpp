#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/mining/positive/all_positives.hpp>

namespace {

using mohs::AllPositives;
using reference::Data;
using reference::Scene;
using strategies::fault;
using Rows = std::vector<mohs::Index>;

}

TEMPLATE_TEST_CASE("every pair of an anchor and a positive has its triplet in any metric", "", mohs::Euclidean,
                   mohs::DotProduct, mohs::Normalised<mohs::Euclidean>)
{
    CHECK(fault<TestType>(AllPositives{}, mohs::HardestNegative{}) == "");
}

TEST_CASE("all positives go with random negatives")
{
    CHECK(fault<mohs::Euclidean>(AllPositives{}, mohs::RandomNegative{}) == "");
}

TEST_CASE("all positives are found in every instruction set", "[kernel]")
{
    CHECK(fault<mohs::Euclidean>(AllPositives{}, mohs::HardestNegative{}, strategies::levels()) == "");
}

TEST_CASE("all positives do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(AllPositives{}, mohs::HardestNegative{}));
}

TEST_CASE("classes of every size have a triplet per ordered pair of rows")
{
    // Sizes 1, 2, 3, ..., 12: pairs n (n - 1).
    std::vector<double> points;
    std::vector<std::int64_t> labels;
    mohs::Index pairs = 0;
    for (int size = 1; size <= 12; ++size) {
        for (int i = 0; i < size; ++i) {
            points.push_back(size + i / 16.0);
            labels.push_back(100 - size);
        }
        pairs += size * (size - 1);
    }
    const reference::Owned<float> owned(strategies::line(points, labels));
    const auto triplets = mohs::TripletMiner{mohs::Euclidean{}, AllPositives{}, mohs::HardestNegative{}}(owned.batch());
    CHECK(triplets.size() == pairs);
    CHECK(triplets.report.valid == 77);
    CHECK(triplets.report.no_positive == 1);
    std::set<std::pair<mohs::Index, mohs::Index>> seen;
    for (const mohs::Triplet triplet : triplets) {
        seen.emplace(triplet.anchor, triplet.positive);
    }
    CHECK(seen.size() == static_cast<std::size_t>(pairs));
}

TEST_CASE("triplets ascend by anchor then positive then negative")
{
    // Neither labels nor values decide.
    const reference::Owned<float> owned(strategies::line({3, 7, 1, 5, 2}, {1, 0, 1, 0, 1}));
    const auto triplets = mohs::TripletMiner{mohs::Euclidean{}, AllPositives{}, mohs::AllNegatives{}}(owned.batch());
    const std::vector<mohs::Triplet> expected{{0, 2, 1}, {0, 2, 3}, {0, 4, 1}, {0, 4, 3}, {1, 3, 0}, {1, 3, 2},
                                              {1, 3, 4}, {2, 0, 1}, {2, 0, 3}, {2, 4, 1}, {2, 4, 3}, {3, 1, 0},
                                              {3, 1, 2}, {3, 1, 4}, {4, 0, 1}, {4, 0, 3}, {4, 2, 1}, {4, 2, 3}};
    CHECK(std::vector<mohs::Triplet>(triplets.begin(), triplets.end()) == expected);
}

TEST_CASE("all positives leave out the rows of the anchor's own sample")
{
    Data data = strategies::line({0, 1, 2, 3, 9}, {0, 0, 0, 0, 1});
    data.ids = {5, 5, 6, 7, 8};
    const reference::Owned<float> owned(data);
    const auto triplets = mohs::TripletMiner{mohs::Euclidean{}, AllPositives{}, mohs::HardestNegative{}}(owned.batch());
    std::set<std::pair<mohs::Index, mohs::Index>> seen;
    for (const mohs::Triplet triplet : triplets) {
        seen.emplace(triplet.anchor, triplet.positive);
    }
    CHECK(seen == std::set<std::pair<mohs::Index, mohs::Index>>{
                      {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 0}, {2, 1}, {2, 3}, {3, 0}, {3, 1}, {3, 2}});
    CHECK(triplets.size() == 10);
}

TEST_CASE("all positives are found among double rows")
{
    const Data data = strategies::grid(60, 3, 12, 102);
    const reference::Owned<double> owned(data);
    const auto triplets = mohs::TripletMiner{mohs::Euclidean{}, AllPositives{}, mohs::HardestNegative{}}(owned.batch());
    CHECK(strategies::fault_of(triplets, Scene(data), AllPositives{}, mohs::HardestNegative{}) == "");
}

TEST_CASE("every positive draws its own random negative uniformly")
{
    const Data data = strategies::grid(24, 3, 6, 103);
    const Scene scene(data);
    const mohs::RandomNegative random{.seed = 4};
    const auto sampler = strategies::sampler_of<mohs::Euclidean>(scene, AllPositives{}, random);
    CHECK(strategies::uniformity_fault<mohs::Euclidean>(sampler, scene, random, 2000) == "");
    const mohs::Index anchor = 0, first = scene.candidates_of(0, mohs::Among::positives)[0],
                      second = scene.candidates_of(0, mohs::Among::positives)[1];
    CHECK(draws::are_independent(strategies::over_steps(sampler, anchor, first, 4000),
                                 strategies::over_steps(sampler, anchor, second, 4000)));
    // Everything is in place, so the third sampler makes no mistake here.
    const auto wrong = strategies::wrong_samplers<mohs::Euclidean>(scene, random);
    CHECK(strategies::uniformity_fault<mohs::Euclidean>(wrong[0], scene, random, 1000) != "");
    CHECK(strategies::uniformity_fault<mohs::Euclidean>(wrong[1], scene, random, 1000) != "");
    CHECK(strategies::uniformity_fault<mohs::Euclidean>(wrong[2], scene, random, 1000) == "");
}

TEST_CASE("random negatives that pass filters are drawn uniformly")
{
    const Data data = strategies::grid(20, 3, 5, 104);
    const Scene scene(data);
    const mohs::RandomNegative random{.seed = 4};
    for (const int tenths : {3, 8}) {
        const strategies::RejectSome filter{tenths};
        const strategies::Verdict verdict{[&](mohs::Index anchor, mohs::Index, mohs::Index row) {
                                              return filter.rejects_rows(anchor, 0, row) ? 0 : -1;
                                          },
                                          1, false};
        CHECK(strategies::uniformity_fault<mohs::Euclidean>(
                  strategies::sampler_of<mohs::Euclidean>(scene, AllPositives{}, random, filter), scene, random, 2000,
                  verdict) == "");
    }
    CHECK(strategies::filtered_fault<mohs::Euclidean>(AllPositives{}, random) == "");
}
