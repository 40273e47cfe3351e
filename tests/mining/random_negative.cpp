#include "../catch.hpp"
#include "draws.hpp"
#include "expected.hpp"

#include <mohs/mining/random_negative.hpp>

namespace {

using mohs::Among;
using mohs::Index;
using mohs::Options;
using reference::Data;
using reference::Scene;

/// What is drawn does not depend on the metric, how its value is computed does.
using Metrics = std::tuple<mohs::DotProduct, mohs::Normalised<mohs::Euclidean>>;

template <class M>
using Miner = mohs::TripletMiner<M, mohs::RandomPositive, mohs::RandomNegative>;

template <class M>
std::vector<Index> by_anchor(const mohs::Triplets<M>& triplets, Index anchors)
{
    std::vector<Index> result(static_cast<std::size_t>(anchors), -1);
    for (const mohs::Triplet triplet : triplets) {
        result[static_cast<std::size_t>(triplet.anchor)] = triplet.negative;
    }
    return result;
}

std::vector<Index> draw(const Scene& scene, std::uint64_t seed, const Options& options)
{
    const Miner<mohs::DotProduct> miner{{}, {.seed = 99}, {.seed = seed}};
    const reference::Owned<float> anchors(scene.anchors), candidates(scene.candidates);
    return by_anchor(scene.self ? miner(anchors.batch(), options) : miner(anchors.batch(), candidates.batch(), options),
                     scene.anchors.size());
}

}

TEMPLATE_LIST_TEST_CASE("a random negative of a batch is one of the anchor's negatives", "", Metrics)
{
    CHECK(mining::self_scan_fault<float>(Miner<TestType>{{}, {}, {}}) == "");
}

TEMPLATE_LIST_TEST_CASE("a random negative of a gallery is one of the anchor's negatives", "", Metrics)
{
    CHECK(mining::gallery_scan_fault<float>(Miner<TestType>{{}, {}, {}}) == "");
}

TEST_CASE("random negatives do not depend on the layout of the rows")
{
    CHECK(mining::layout_fault(Miner<mohs::Cosine>{{}, {}, {}}) == "");
}

TEST_CASE("every anchor of a batch draws its negatives uniformly over the steps")
{
    const Data data = draws::two_labels(27, 41);
    CHECK(draws::uniformity_fault(draw, Scene(data), Among::negatives, 3000) == "");
}

TEST_CASE("every query draws its negatives in a gallery uniformly over the steps")
{
    const Data queries = draws::two_labels(9, 42), gallery = draws::two_labels(20, 43);
    CHECK(draws::uniformity_fault(draw, Scene(queries, gallery), Among::negatives, 3000) == "");
}

TEST_CASE("all samples but the anchor's own are drawn as negatives uniformly")
{
    // Two rows of every sample; in the second scene labels cut through samples.
    const Data pairs = draws::with_ids(draws::two_labels(30, 44), [](Index row) { return row / 2 % 13; });
    CHECK(draws::uniformity_fault(draw, Scene(pairs), Among::negatives, 3000) == "");
    const Data gallery = draws::with_ids(draws::two_labels(24, 45), [](Index row) { return row % 5; });
    CHECK(draws::uniformity_fault(draw, Scene(pairs, gallery), Among::negatives, 3000) == "");
}

TEST_CASE("the few negatives of other samples are drawn uniformly among many of the anchor's own")
{
    // Of 200 rows on either side of the label, all but five are the query's own sample.
    Data query = reference::gaussian(1, 2, 46), gallery = reference::gaussian(400, 2, 47);
    query.labels = {0};
    query.ids = {1};
    gallery.ids.assign(400, 1);
    for (std::size_t row = 0; row < 400; ++row) {
        gallery.labels[row] = static_cast<std::int64_t>(row % 2);
    }
    for (const std::size_t row : {0U, 1U, 62U, 63U, 64U, 65U, 200U, 201U, 398U, 399U}) {
        gallery.ids[row] = 2;
    }
    CHECK(draws::uniformity_fault(draw, Scene(query, gallery), Among::negatives, 4000) == "");
}

TEST_CASE("the only negative of another sample is always found")
{
    Data query = reference::gaussian(1, 2, 48), gallery = reference::gaussian(2000, 2, 49);
    query.labels = {0};
    query.ids = {1};
    gallery.ids.assign(2000, 1);
    for (std::size_t row = 0; row < 2000; ++row) {
        gallery.labels[row] = row < 1000 ? 0 : 1;
    }
    gallery.ids[77] = gallery.ids[1999] = 2;
    for (std::uint64_t step = 0; step < 20; ++step) {
        CHECK(draw(Scene(query, gallery), 1, draws::at_step(step)) == std::vector<Index>{1999});
    }
    gallery.ids[1999] = 1;
    const reference::Owned<float> queries(query), candidates(gallery);
    const auto none = Miner<mohs::DotProduct>{{}, {}, {}}(queries.batch(), candidates.batch());
    CHECK(none.empty());
    CHECK(none.report.no_negative == 1);
}

TEST_CASE("anchors draw their negatives independently within one step")
{
    Data queries = reference::gaussian(6000, 2, 50), gallery = draws::two_labels(24, 51);
    queries.labels.assign(6000, 0);
    const Scene scene(queries, gallery);
    const std::vector<Index> drawn = draw(scene, 1, draws::at_step(0));
    // The anchors share their candidates, so together they are as good as one anchor in many steps.
    const std::vector<Index> candidates = scene.candidates_of(0, Among::negatives);
    std::vector<Index> counts(24, 0);
    for (const Index row : drawn) {
        ++counts[static_cast<std::size_t>(row)];
    }
    std::vector<Index> cells;
    for (const Index row : candidates) {
        cells.push_back(counts[static_cast<std::size_t>(row)]);
    }
    CHECK(draws::is_uniform(cells));
    CHECK(draws::are_independent({drawn.begin(), drawn.end() - 1}, {drawn.begin() + 1, drawn.end()}));
}

TEST_CASE("steps and seeds draw negatives independently")
{
    const Data queries = draws::two_labels(3, 52), gallery = draws::two_labels(18, 53);
    const Scene scene(queries, gallery);
    const std::vector<Index> drawn = draws::over_steps(draw, scene, 1, 0, 6000),
                             other = draws::over_steps(draw, scene, 2, 0, 6000);
    CHECK(draws::are_independent({drawn.begin(), drawn.end() - 1}, {drawn.begin() + 1, drawn.end()}));
    CHECK(draws::are_independent(drawn, other));
    std::vector<Index> over_seeds;
    for (std::uint64_t seed = 0; seed < 6000; ++seed) {
        over_seeds.push_back(draw(scene, seed, draws::at_step(0))[0]);
    }
    CHECK(
        draws::are_independent({over_seeds.begin(), over_seeds.end() - 1}, {over_seeds.begin() + 1, over_seeds.end()}));
}

TEST_CASE("a step repeats its negatives and others differ")
{
    const Data data = draws::two_labels(120, 54);
    const Scene scene(data);
    const std::vector<Index> drawn = draw(scene, 7, draws::at_step(3));
    CHECK(draw(scene, 7, draws::at_step(3)) == drawn);
    // With 40 to 80 candidates, independent draws agree for about one anchor in 50. All 64 bits count.
    for (const std::uint64_t step :
         {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{4}, 3 + (std::uint64_t{1} << 32), ~std::uint64_t{3}}) {
        CHECK(draws::share_different(draw(scene, 7, draws::at_step(step)), drawn) > 0.85);
    }
    for (const std::uint64_t seed :
         {std::uint64_t{0}, std::uint64_t{6}, std::uint64_t{8}, 7 + (std::uint64_t{1} << 32), ~std::uint64_t{7}}) {
        CHECK(draws::share_different(draw(scene, seed, draws::at_step(3)), drawn) > 0.85);
    }
}

TEST_CASE("random negatives do not depend on threads or instruction sets", "[threads]")
{
    const Data data = draws::two_labels(200, 55);
    const Scene scene(data);
    const std::vector<Index> drawn = draw(scene, 7, draws::at_step(3));
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        for (const int threads : {1, 2, 3}) {
            CHECK(
                draw(scene, 7,
                     {.isa = level, .threads = threads, .executor = reference::thread_executor(threads), .step = 3}) ==
                drawn);
        }
        CHECK(draw(scene, 7, {.isa = level, .executor = reference::backward_executor(), .step = 3}) == drawn);
    }
    CHECK(draw(scene, 7, {.threads = 2, .step = 3}) == drawn);
}

TEST_CASE("random negatives do not depend on the metric or on the other strategy")
{
    const Data data = draws::two_labels(90, 56);
    const reference::Owned<float> owned(data);
    const auto drawn = draw(Scene(data), 7, draws::at_step(3));
    const Miner<mohs::Euclidean> other_metric{{}, {.seed = 99}, {.seed = 7}};
    CHECK(by_anchor(other_metric(owned.batch(), draws::at_step(3)), 90) == drawn);
    const mohs::TripletMiner<mohs::Cosine, mohs::HardestPositive, mohs::RandomNegative> other_strategy{
        {}, {}, {.seed = 7}};
    CHECK(by_anchor(other_strategy(owned.batch(), draws::at_step(3)), 90) == drawn);
}

TEST_CASE("a query draws its negative by its sample id wherever it stands")
{
    const Data queries = draws::with_ids(draws::two_labels(80, 57), [](Index row) { return 1000 - 37 * row; });
    const Data gallery = draws::with_ids(draws::two_labels(60, 58), [](Index row) { return 100000 + row; });
    const std::vector<Index> order = reference::shuffled_rows(80, 59);
    const Data permuted = reference::permuted(queries, order);
    const std::vector<Index> drawn = draw(Scene(queries, gallery), 7, draws::at_step(3)),
                             again = draw(Scene(permuted, gallery), 7, draws::at_step(3));
    for (std::size_t i = 0; i < order.size(); ++i) {
        CHECK(again[i] == drawn[static_cast<std::size_t>(order[i])]);
    }
}

TEST_CASE("without ids the negative is drawn by the row of the anchor")
{
    const Data data = draws::two_labels(50, 60);
    CHECK(draw(Scene(data), 7, draws::at_step(3)) == draw(Scene(reference::with_row_ids(data)), 7, draws::at_step(3)));
}

TEST_CASE("sample ids that differ in any bit draw other negatives")
{
    Data queries = draws::two_labels(100, 61);
    queries.labels.assign(100, 0);
    const Data gallery = draws::with_ids(draws::two_labels(150, 62), [](Index row) { return -1000 - row; });
    const auto drawn_with = [&](std::int64_t offset) {
        const Data data = draws::with_ids(queries, [&](Index row) { return row + offset; });
        return draw(Scene(data, gallery), 7, draws::at_step(3));
    };
    const std::vector<Index> drawn = drawn_with(0);
    CHECK(drawn_with(0) == drawn);
    CHECK(draws::share_different(drawn_with(1000), drawn) > 0.85);
    CHECK(draws::share_different(drawn_with(std::int64_t{1} << 32), drawn) > 0.85);
    CHECK(draws::share_different(drawn_with(std::int64_t{1} << 62), drawn) > 0.85);
}

TEST_CASE("positives and negatives of one seed are drawn independently")
{
    // As many positives as negatives: draws that share their random numbers would move together.
    Data query = reference::gaussian(1, 2, 63), gallery = reference::gaussian(14, 2, 64);
    query.labels = {0};
    for (std::size_t row = 0; row < 14; ++row) {
        gallery.labels[row] = row < 7 ? 0 : 1;
    }
    const reference::Owned<float> queries(query), candidates(gallery);
    const Miner<mohs::DotProduct> miner{{}, {.seed = 9}, {.seed = 9}};
    std::vector<Index> positives, negatives;
    for (std::uint64_t step = 0; step < 3000; ++step) {
        const auto triplets = miner(queries.batch(), candidates.batch(), draws::at_step(step));
        REQUIRE(triplets.size() == 1);
        positives.push_back(triplets[0].positive);
        negatives.push_back(triplets[0].negative);
    }
    CHECK(draws::are_independent(positives, negatives));
}
