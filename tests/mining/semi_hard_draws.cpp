// Covers detail/choose/sample_copies.hpp, mining/negative/semi_hard_or_random.hpp,
// mining/negative/semi_hard_random.hpp.

#include "../catch.hpp"
#include "strategies.hpp"

#include <mohs/mining/negative/semi_hard_or_random.hpp>
#include <mohs/mining/negative/semi_hard_random.hpp>

#include <tuple>

namespace {

using mohs::SemiHardOrRandom;
using mohs::SemiHardRandom;
using reference::Data;
using reference::Scene;
using strategies::fault;
using strategies::sampler_of;
using strategies::uniformity_fault;
using Rows = std::vector<mohs::Index>;

/// Both draw within the margin; they differ where nothing is there.
using Strategies = std::tuple<SemiHardRandom, SemiHardOrRandom>;

template <class Strategy>
constexpr Strategy wide{.margin = 1.5, .seed = 5};

template <class M, class Strategy>
Rows negatives_of_first(const std::vector<double>& points, const Strategy& strategy)
{
    return strategies::negatives_of_first<M, mohs::AllPositives>(points, strategy);
}

}

TEMPLATE_TEST_CASE("a random semi-hard negative is legal for any positive", "", mohs::HardestPositive,
                   mohs::EasiestPositive, mohs::RandomPositive, mohs::AllPositives)
{
    for (const double margin : {0.25, 1.0}) {
        CHECK(fault<mohs::Euclidean>(TestType{}, SemiHardRandom{.margin = margin}) == "");
        CHECK(fault<mohs::Euclidean>(TestType{}, SemiHardOrRandom{.margin = margin}) == "");
    }
}

TEMPLATE_TEST_CASE("a random semi-hard negative is legal in any metric", "", mohs::SquaredEuclidean, mohs::DotProduct,
                   mohs::Cosine)
{
    for (const double margin : {0.125, 0.5, 2.5}) {
        CHECK(fault<TestType>(mohs::AllPositives{}, SemiHardRandom{.margin = margin}) == "");
        CHECK(fault<TestType>(mohs::AllPositives{}, SemiHardOrRandom{.margin = margin}) == "");
    }
}

TEMPLATE_LIST_TEST_CASE("random semi-hard negatives are legal in every instruction set", "[kernel]", Strategies)
{
    CHECK(fault<mohs::Euclidean>(mohs::AllPositives{}, wide<TestType>, strategies::levels()) == "");
}

TEMPLATE_LIST_TEST_CASE("random semi-hard negatives do not depend on threads or instruction sets", "[threads]",
                        Strategies)
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::AllPositives{}, wide<TestType>));
}

TEMPLATE_LIST_TEST_CASE("filters leave the definition of random semi-hard negatives as it is", "", Strategies)
{
    CHECK(strategies::filtered_fault<mohs::Euclidean>(mohs::AllPositives{}, wide<TestType>) == "");
}

TEMPLATE_LIST_TEST_CASE("random semi-hard negatives are drawn uniformly over the steps", "", Strategies)
{
    const Data data = strategies::grid(30, 3, 8, 71);
    const Scene self(data);
    CHECK(uniformity_fault<mohs::Euclidean>(sampler_of<mohs::Euclidean>(self, mohs::AllPositives{}, wide<TestType>),
                                            self, wide<TestType>, 2000) == "");
    // A random positive shares the steps among its few rows.
    CHECK(uniformity_fault<mohs::Euclidean>(sampler_of<mohs::Euclidean>(self, mohs::RandomPositive{}, wide<TestType>),
                                            self, wide<TestType>, 3000) == "");
    const Data queries = strategies::grid(12, 3, 4, 72), gallery = strategies::grid(26, 3, 5, 73);
    const Scene scene(queries, gallery);
    CHECK(uniformity_fault<mohs::Euclidean>(sampler_of<mohs::Euclidean>(scene, mohs::AllPositives{}, wide<TestType>),
                                            scene, wide<TestType>, 2000) == "");
}

TEMPLATE_LIST_TEST_CASE("rows of one sample id are drawn as often as others as random semi-hard negatives", "",
                        Strategies)
{
    const Data crowded = strategies::crowded_sample();
    const Scene scene(crowded);
    CHECK(uniformity_fault<mohs::Euclidean>(sampler_of<mohs::Euclidean>(scene, mohs::HardestPositive{}, wide<TestType>),
                                            scene, wide<TestType>, 4000) == "");
    // Every row is one of two of its sample, most of which are of two labels.
    const Data paired = draws::with_ids(strategies::grid(30, 3, 8, 71), [](mohs::Index row) { return row / 2; });
    const Scene pairs(paired);
    CHECK(uniformity_fault<mohs::Euclidean>(sampler_of<mohs::Euclidean>(pairs, mohs::AllPositives{}, wide<TestType>),
                                            pairs, wide<TestType>, 2000) == "");
}

TEST_CASE("random semi-hard negatives are drawn by their sample ids wherever the rows stand")
{
    // Two rows per class, so that the positive is the same in any order.
    const Data data = draws::with_ids(
        strategies::with_labels(strategies::grid(60, 3, 1, 75), "pairs", [](mohs::Index row) { return row / 2; }),
        [](mohs::Index row) { return 1000 - 17 * row; });
    const std::vector<mohs::Index> order = reference::shuffled_rows(60, 76);
    const auto plain = sampler_of<mohs::Euclidean>(Scene(data), mohs::AllPositives{}, wide<SemiHardRandom>),
               shuffled = sampler_of<mohs::Euclidean>(Scene(reference::permuted(data, order)), mohs::AllPositives{},
                                                      wide<SemiHardRandom>);
    for (const std::uint64_t step : {0U, 1U, 2U}) {
        std::vector<mohs::Triplet> found;
        for (const mohs::Triplet triplet : shuffled(step)) {
            const auto row = [&](mohs::Index i) { return order[static_cast<std::size_t>(i)]; };
            found.push_back({row(triplet.anchor), row(triplet.positive), row(triplet.negative)});
        }
        std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.anchor < b.anchor; });
        CHECK(found == plain(step));
    }
}

TEMPLATE_LIST_TEST_CASE("wrong samplers of random semi-hard negatives are found out", "", Strategies)
{
    const Data data = strategies::grid(30, 3, 8, 71);
    const Scene scene(data);
    for (const auto& wrong : strategies::wrong_samplers<mohs::Euclidean>(scene, wide<TestType>)) {
        CHECK(uniformity_fault<mohs::Euclidean>(wrong, scene, wide<TestType>, 600) != "");
    }
}

TEMPLATE_LIST_TEST_CASE("the positives of an anchor draw their random semi-hard negatives independently", "",
                        Strategies)
{
    // Two positives at the same place, with the same eight negatives beyond.
    const Data data =
        strategies::line({0, 1, 1, 2, 2.125, 2.25, 2.375, 2.4, 2.3, 2.2, 2.1}, {0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1});
    const Scene scene(data);
    const auto sampler = sampler_of<mohs::Euclidean>(scene, mohs::AllPositives{}, wide<TestType>);
    const Rows first = strategies::over_steps(sampler, 0, 1, 4000),
               second = strategies::over_steps(sampler, 0, 2, 4000);
    REQUIRE(first.size() == 4000);
    CHECK(draws::are_independent(first, second));
    CHECK(draws::are_independent({first.begin(), first.end() - 1}, {first.begin() + 1, first.end()}));
    const TestType other_seed{.margin = 1.5, .seed = 6};
    CHECK(draws::are_independent(
        first,
        strategies::over_steps(sampler_of<mohs::Euclidean>(scene, mohs::AllPositives{}, other_seed), 0, 1, 4000)));
}

TEMPLATE_LIST_TEST_CASE("two anchors draw their random semi-hard negatives independently", "", Strategies)
{
    // Two anchors at the same place, with one positive and the same eight negatives beyond.
    const Data data =
        strategies::line({0, 0, 1, 2, 2.125, 2.25, 2.375, 2.4, 2.3, 2.2, 2.1}, {0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1});
    const Scene scene(data);
    const auto sampler = sampler_of<mohs::Euclidean>(scene, mohs::AllPositives{}, wide<TestType>);
    const Rows first = strategies::over_steps(sampler, 0, 2, 4000),
               second = strategies::over_steps(sampler, 1, 2, 4000);
    REQUIRE(first.size() == 4000);
    CHECK(draws::are_independent(first, second));
}

TEST_CASE("random semi-hard negatives follow the ids of all rows of their classes")
{
    // Several positives per anchor, which come in another order when the rows do.
    const Data data = draws::with_ids(strategies::grid(60, 3, 5, 77), [](mohs::Index row) { return 1000 - 17 * row; });
    const std::vector<mohs::Index> order = reference::shuffled_rows(60, 78);
    const auto by_pair = [](const auto& a, const auto& b) {
        return std::tie(a.anchor, a.positive) < std::tie(b.anchor, b.positive);
    };
    std::vector<mohs::Triplet> found, plain;
    for (const mohs::Triplet triplet :
         sampler_of<mohs::Euclidean>(Scene(data), mohs::AllPositives{}, wide<SemiHardRandom>)(3)) {
        plain.push_back(triplet);
    }
    for (const mohs::Triplet triplet : sampler_of<mohs::Euclidean>(Scene(reference::permuted(data, order)),
                                                                   mohs::AllPositives{}, wide<SemiHardRandom>)(3)) {
        const auto row = [&](mohs::Index i) { return order[static_cast<std::size_t>(i)]; };
        found.push_back({row(triplet.anchor), row(triplet.positive), row(triplet.negative)});
    }
    std::sort(found.begin(), found.end(), by_pair);
    std::sort(plain.begin(), plain.end(), by_pair);
    REQUIRE(plain.size() > 60);
    CHECK(found == plain);
}

TEMPLATE_LIST_TEST_CASE("a step repeats its random semi-hard negatives and others differ", "", Strategies)
{
    const Data data = strategies::grid(120, 3, 30, 74);
    const auto at = [&](std::uint64_t seed, std::uint64_t step) {
        return sampler_of<mohs::Euclidean>(Scene(data), mohs::AllPositives{},
                                           TestType{.margin = 1.5, .seed = seed})(step);
    };
    const auto drawn = at(7, 3);
    CHECK(at(7, 3) == drawn);
    // With dozens of candidates, independent draws rarely agree. All 64 bits count.
    for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{4}, 3 + (std::uint64_t{1} << 32)}) {
        CHECK(strategies::share_different(at(7, step), drawn) > 0.8);
    }
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{8}, 7 + (std::uint64_t{1} << 32)}) {
        CHECK(strategies::share_different(at(seed, 3), drawn) > 0.8);
    }
}

TEMPLATE_LIST_TEST_CASE("a margin that is not above 0 is refused for random semi-hard negatives", "", Strategies)
{
    using Miner = mohs::TripletMiner<mohs::Euclidean, mohs::HardestPositive, TestType>;
    for (const double margin : {0.0, -0.5, std::numeric_limits<double>::quiet_NaN()}) {
        CHECK(reference::mentions(reference::message_of([&] { Miner({}, {}, {.margin = margin}); }),
                                  {"margin", "above 0"}));
    }
}

TEST_CASE("neither end of the margin is drawn")
{
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, -1, 1.5}, SemiHardRandom{.margin = 0.5}).empty());
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, -1, 1.5, -1.25}, SemiHardRandom{.margin = 0.5}) == Rows{4});
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, -1, 1.5}, SemiHardRandom{.margin = 0.5000001}) == Rows{3});
    CHECK(negatives_of_first<mohs::SquaredEuclidean>({0, 1, -1, 1.5}, SemiHardRandom{.margin = 1.25}).empty());
    CHECK(negatives_of_first<mohs::SquaredEuclidean>({0, 1, -1, 1.5}, SemiHardRandom{.margin = 1.2500001}) == Rows{3});
    // Similarities to 2: 4 of the positive; 4, 3.5, 3.75.
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 2, 1.75}, SemiHardRandom{.margin = 0.5}).empty());
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 2, 1.75, 1.875}, SemiHardRandom{.margin = 0.5}) == Rows{4});
}

TEST_CASE("where nothing is within the margin any negative is drawn uniformly")
{
    // Both ends of the margin are out: 1 is as far as the positive, 1.5 at the end; the others are nearer or farther.
    const SemiHardOrRandom narrow{.margin = 0.5};
    const Data data = strategies::line({0, 1, -1, 1.5, 0.25, 0.5, 9, -7}, {0, 0, 1, 2, 3, 4, 5, 6});
    const Scene scene(data);
    const auto sampler = sampler_of<mohs::Euclidean>(scene, mohs::AllPositives{}, narrow);
    std::set<mohs::Index> drawn;
    for (const mohs::Index row : strategies::over_steps(sampler, 0, 1, 200)) {
        drawn.insert(row);
    }
    CHECK(drawn.size() == 6);
    CHECK(uniformity_fault<mohs::Euclidean>(sampler, scene, narrow, 3000) == "");
}

TEST_CASE("one negative within the margin is enough to draw no other")
{
    CHECK(negatives_of_first<mohs::Euclidean>({0, 1, -1, 1.5, 0.25, 9, -1.25}, SemiHardOrRandom{.margin = 0.5}) ==
          Rows{6});
    CHECK(negatives_of_first<mohs::SquaredEuclidean>({0, 1, -1, 1.5, 0.25, 9}, SemiHardOrRandom{.margin = 1.2500001}) ==
          Rows{3});
    CHECK(negatives_of_first<mohs::DotProduct>({2, 2, 2, 1.75, 3, 1.875}, SemiHardOrRandom{.margin = 0.5}) == Rows{5});
}
