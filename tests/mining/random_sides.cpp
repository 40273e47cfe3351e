// Covers mining/negative/random_negative.hpp, mining/positive/random_positive.hpp.

#include "../catch.hpp"
#include "draws.hpp"
#include "expected.hpp"

#include <mohs/mining/negative/random_negative.hpp>
#include <mohs/mining/positive/random_positive.hpp>

namespace {

using mohs::Among;
using mohs::Index;
using mohs::Options;
using reference::Data;
using reference::Scene;

template <class M>
using Miner = mohs::TripletMiner<M, mohs::RandomPositive, mohs::RandomNegative>;

/// RandomPositive, next to RandomNegative or to a side that draws nothing.
struct Positive {
    static constexpr Among among = Among::positives;
    static constexpr Index only = 77;  ///< of the two that a test leaves in a gallery

    static Index row(mohs::Triplet triplet) { return triplet.positive; }
    static Index missing(const mohs::Report& report) { return report.no_positive; }

    template <class M>
    static Miner<M> miner(std::uint64_t seed)
    {
        return {{}, {.seed = seed}, {.seed = 99}};
    }

    template <class M>
    static mohs::TripletMiner<M, mohs::RandomPositive, mohs::HardestNegative> alone(std::uint64_t seed)
    {
        return {{}, {.seed = seed}, {}};
    }
};

struct Negative {
    static constexpr Among among = Among::negatives;
    static constexpr Index only = 1999;

    static Index row(mohs::Triplet triplet) { return triplet.negative; }
    static Index missing(const mohs::Report& report) { return report.no_negative; }

    template <class M>
    static Miner<M> miner(std::uint64_t seed)
    {
        return {{}, {.seed = 99}, {.seed = seed}};
    }

    template <class M>
    static mohs::TripletMiner<M, mohs::HardestPositive, mohs::RandomNegative> alone(std::uint64_t seed)
    {
        return {{}, {}, {.seed = seed}};
    }
};

using Sides = std::tuple<Positive, Negative>;

/// What is drawn does not depend on the metric, how its value is computed does.
using Metrics = std::tuple<mohs::DotProduct, mohs::Normalised<mohs::Euclidean>>;

template <class Side, class M>
std::vector<Index> by_anchor(const mohs::Triplets<M>& triplets, Index anchors)
{
    std::vector<Index> result(static_cast<std::size_t>(anchors), -1);
    for (const mohs::Triplet triplet : triplets) {
        result[static_cast<std::size_t>(triplet.anchor)] = Side::row(triplet);
    }
    return result;
}

template <class Side>
std::vector<Index> draw(const Scene& scene, std::uint64_t seed, const Options& options)
{
    const auto miner = Side::template miner<mohs::DotProduct>(seed);
    const reference::Owned<float> anchors(scene.anchors), candidates(scene.candidates);
    return by_anchor<Side>(
        scene.self ? miner(anchors.batch(), options) : miner(anchors.batch(), candidates.batch(), options),
        scene.anchors.size());
}

}

TEMPLATE_LIST_TEST_CASE("random positives and negatives of a batch are those of the anchor", "", Metrics)
{
    CHECK(mining::self_scan_fault<float>(Miner<TestType>{{}, {}, {}}) == "");
}

TEMPLATE_LIST_TEST_CASE("random positives and negatives of a gallery are those of the anchor", "", Metrics)
{
    CHECK(mining::gallery_scan_fault<float>(Miner<TestType>{{}, {}, {}}) == "");
}

TEST_CASE("random positives and negatives do not depend on the layout of the rows")
{
    CHECK(mining::layout_fault(Miner<mohs::Cosine>{{}, {}, {}}) == "");
}

TEMPLATE_LIST_TEST_CASE("every anchor of a batch draws uniformly over the steps", "", Sides)
{
    const Data data = draws::two_labels(27, 41);
    CHECK(draws::uniformity_fault(draw<TestType>, Scene(data), TestType::among, 3000) == "");
}

TEMPLATE_LIST_TEST_CASE("every query draws in a gallery uniformly over the steps", "", Sides)
{
    const Data queries = draws::two_labels(9, 42), gallery = draws::two_labels(20, 43);
    CHECK(draws::uniformity_fault(draw<TestType>, Scene(queries, gallery), TestType::among, 3000) == "");
}

TEMPLATE_LIST_TEST_CASE("all samples but the anchor's own are drawn uniformly", "", Sides)
{
    // Two rows of every sample; in the second scene labels cut through samples.
    const Data pairs = draws::with_ids(draws::two_labels(30, 44), [](Index row) { return row / 2 % 13; });
    CHECK(draws::uniformity_fault(draw<TestType>, Scene(pairs), TestType::among, 3000) == "");
    const Data gallery = draws::with_ids(draws::two_labels(24, 45), [](Index row) { return row % 5; });
    CHECK(draws::uniformity_fault(draw<TestType>, Scene(pairs, gallery), TestType::among, 3000) == "");
}

TEMPLATE_LIST_TEST_CASE("the few candidates of other samples are drawn uniformly among many of the anchor's own", "",
                        Sides)
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
    CHECK(draws::uniformity_fault(draw<TestType>, Scene(query, gallery), TestType::among, 4000) == "");
}

TEMPLATE_LIST_TEST_CASE("the only candidate of another sample is always found", "", Sides)
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
        CHECK(draw<TestType>(Scene(query, gallery), 1, draws::at_step(step)) == std::vector<Index>{TestType::only});
    }
    gallery.ids[static_cast<std::size_t>(TestType::only)] = 1;
    const reference::Owned<float> queries(query), candidates(gallery);
    const auto none = Miner<mohs::DotProduct>{{}, {}, {}}(queries.batch(), candidates.batch());
    CHECK(none.empty());
    CHECK(TestType::missing(none.report) == 1);
}

TEMPLATE_LIST_TEST_CASE("anchors draw independently within one step", "", Sides)
{
    Data queries = reference::gaussian(6000, 2, 50), gallery = draws::two_labels(24, 51);
    queries.labels.assign(6000, 0);
    const Scene scene(queries, gallery);
    const std::vector<Index> drawn = draw<TestType>(scene, 1, draws::at_step(0));
    // The anchors share their candidates, so together they are as good as one anchor in many steps.
    const std::vector<Index> candidates = scene.candidates_of(0, TestType::among);
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

TEMPLATE_LIST_TEST_CASE("steps and seeds draw independently", "", Sides)
{
    const Data queries = draws::two_labels(3, 52), gallery = draws::two_labels(18, 53);
    const Scene scene(queries, gallery);
    const std::vector<Index> drawn = draws::over_steps(draw<TestType>, scene, 1, 0, 6000),
                             other = draws::over_steps(draw<TestType>, scene, 2, 0, 6000);
    CHECK(draws::are_independent({drawn.begin(), drawn.end() - 1}, {drawn.begin() + 1, drawn.end()}));
    CHECK(draws::are_independent(drawn, other));
    std::vector<Index> over_seeds;
    for (std::uint64_t seed = 0; seed < 6000; ++seed) {
        over_seeds.push_back(draw<TestType>(scene, seed, draws::at_step(0))[0]);
    }
    CHECK(
        draws::are_independent({over_seeds.begin(), over_seeds.end() - 1}, {over_seeds.begin() + 1, over_seeds.end()}));
}

TEMPLATE_LIST_TEST_CASE("a step repeats its draws and others differ", "", Sides)
{
    const Data data = draws::two_labels(120, 54);
    const Scene scene(data);
    const std::vector<Index> drawn = draw<TestType>(scene, 7, draws::at_step(3));
    CHECK(draw<TestType>(scene, 7, draws::at_step(3)) == drawn);
    // With 40 to 80 candidates, independent draws agree for about one anchor in 50. All 64 bits count.
    for (const std::uint64_t step :
         {std::uint64_t{0}, std::uint64_t{2}, std::uint64_t{4}, 3 + (std::uint64_t{1} << 32), ~std::uint64_t{3}}) {
        CHECK(draws::share_different(draw<TestType>(scene, 7, draws::at_step(step)), drawn) > 0.85);
    }
    for (const std::uint64_t seed :
         {std::uint64_t{0}, std::uint64_t{6}, std::uint64_t{8}, 7 + (std::uint64_t{1} << 32), ~std::uint64_t{7}}) {
        CHECK(draws::share_different(draw<TestType>(scene, seed, draws::at_step(3)), drawn) > 0.85);
    }
}

TEMPLATE_LIST_TEST_CASE("random draws do not depend on threads or instruction sets", "[threads]", Sides)
{
    const Data data = draws::two_labels(200, 55);
    const Scene scene(data);
    const std::vector<Index> drawn = draw<TestType>(scene, 7, draws::at_step(3));
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        for (const int threads : {1, 2, 3}) {
            CHECK(draw<TestType>(
                      scene, 7,
                      {.isa = level, .threads = threads, .executor = reference::thread_executor(threads), .step = 3}) ==
                  drawn);
        }
        CHECK(draw<TestType>(scene, 7, {.isa = level, .executor = reference::backward_executor(), .step = 3}) == drawn);
    }
    CHECK(draw<TestType>(scene, 7, {.threads = 2, .step = 3}) == drawn);
}

TEMPLATE_LIST_TEST_CASE("random draws do not depend on the metric or on the other strategy", "", Sides)
{
    const Data data = draws::two_labels(90, 56);
    const reference::Owned<float> owned(data);
    const auto drawn = draw<TestType>(Scene(data), 7, draws::at_step(3));
    const auto other_metric = TestType::template miner<mohs::Euclidean>(7);
    CHECK(by_anchor<TestType>(other_metric(owned.batch(), draws::at_step(3)), 90) == drawn);
    const auto other_strategy = TestType::template alone<mohs::Cosine>(7);
    CHECK(by_anchor<TestType>(other_strategy(owned.batch(), draws::at_step(3)), 90) == drawn);
}

TEMPLATE_LIST_TEST_CASE("a query draws by its sample id wherever it stands", "", Sides)
{
    const Data queries = draws::with_ids(draws::two_labels(80, 57), [](Index row) { return 1000 - 37 * row; });
    const Data gallery = draws::with_ids(draws::two_labels(60, 58), [](Index row) { return 100000 + row; });
    const std::vector<Index> order = reference::shuffled_rows(80, 59);
    const Data permuted = reference::permuted(queries, order);
    const std::vector<Index> drawn = draw<TestType>(Scene(queries, gallery), 7, draws::at_step(3)),
                             again = draw<TestType>(Scene(permuted, gallery), 7, draws::at_step(3));
    for (std::size_t i = 0; i < order.size(); ++i) {
        CHECK(again[i] == drawn[static_cast<std::size_t>(order[i])]);
    }
}

TEMPLATE_LIST_TEST_CASE("without ids the draw is made by the row of the anchor", "", Sides)
{
    const Data data = draws::two_labels(50, 60);
    CHECK(draw<TestType>(Scene(data), 7, draws::at_step(3)) ==
          draw<TestType>(Scene(reference::with_row_ids(data)), 7, draws::at_step(3)));
}

TEMPLATE_LIST_TEST_CASE("sample ids that differ in any bit draw others", "", Sides)
{
    Data queries = draws::two_labels(100, 61);
    queries.labels.assign(100, 0);
    const Data gallery = draws::with_ids(draws::two_labels(150, 62), [](Index row) { return -1000 - row; });
    const auto drawn_with = [&](std::int64_t offset) {
        const Data data = draws::with_ids(queries, [&](Index row) { return row + offset; });
        return draw<TestType>(Scene(data, gallery), 7, draws::at_step(3));
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

TEST_CASE("wrong samplers fail the tests that random strategies pass")
{
    // Eight candidates, as many draws per candidate as above. A sampler makes one of them of a number that is uniform
    // in [0, 1).
    const auto passes = [](const std::function<Index(double, Index)>& sampler) {
        reference::Generator generator(65);
        std::vector<Index> counts(8, 0);
        for (Index step = 0; step < 3000; ++step) {
            ++counts[static_cast<std::size_t>(sampler(reference::uniform(generator), step))];
        }
        return draws::is_uniform(counts);
    };
    const auto uniform = [](double u, double count) { return static_cast<Index>(u * count); };
    CHECK(passes([&](double u, Index) { return uniform(u, 8); }));
    // Never the last.
    CHECK(!passes([&](double u, Index) { return uniform(u, 7); }));
    // Nine places, and the next candidate instead of the anchor itself: one is drawn twice as often.
    CHECK(!passes([&](double u, Index) { return std::min<Index>(uniform(u, 9), 7); }));
    // The remainder of a number with too few bits.
    CHECK(!passes([&](double u, Index) { return uniform(u, 20) % 8; }));
    // In turns: too even to be random.
    CHECK(!passes([&](double, Index step) { return step % 8; }));
    // Squared.
    CHECK(!passes([&](double u, Index) { return uniform(u * u, 8); }));

    // The same draw in two steps, one that follows from the other, and one that repeats the last now and then.
    reference::Generator generator(66);
    std::vector<Index> first, independent, shifted, sticky;
    for (int i = 0; i < 3000; ++i) {
        first.push_back(reference::uniform_below(generator, 7));
        independent.push_back(reference::uniform_below(generator, 7));
        shifted.push_back((first.back() + 3) % 7);
        sticky.push_back(reference::uniform(generator) < 0.2 ? first.back() : reference::uniform_below(generator, 7));
    }
    CHECK(draws::are_independent(first, independent));
    CHECK(!draws::are_independent(first, first));
    CHECK(!draws::are_independent(first, shifted));
    CHECK(!draws::are_independent(first, sticky));
}
