#include <mohs/scan.hpp>

#include "catch.hpp"
#include "reference.hpp"
#include "visitors.hpp"

using mohs::Among;
using mohs::Batch;
using mohs::Cosine;
using mohs::Euclidean;
using mohs::Index;
using mohs::IsaLevel;
using mohs::Options;
using reference::Data;
using reference::Scene;
using visitors::at_level;
using visitors::describe;
using visitors::Everything;
using visitors::scan_scene;

namespace {

/// How often every pair should be shown: once or never.
mohs::MatrixOf<int> expected_times(const Scene& scene, Among among)
{
    mohs::MatrixOf<int> times = mohs::MatrixOf<int>::Zero(scene.anchors.size(), scene.candidates.size());
    for (Index anchor = 0; anchor < times.rows(); ++anchor) {
        for (const Index candidate : scene.candidates_of(anchor, among)) {
            times(anchor, candidate) = 1;
        }
    }
    return times;
}

template <class M, class T, Among among, bool smallest_first>
void require_all_pairs(const Scene& scene, const Options& options, const mohs::MatrixOf<int>& expected)
{
    Everything<T, among, smallest_first> visitor(scene.candidates.size());
    scan_scene<M, T>(scene, visitor, options);
    INFO(describe(scene, options.isa) << ", " << M::name << ", among " << static_cast<int>(among));
    REQUIRE(visitor.times == expected);
}

/// Every pair of the relation is shown once, for all relations, both orders of preference, and metrics with and without
/// bias.
template <class T>
void require_all_relations(const Scene& scene, const std::vector<Options>& ways)
{
    const mohs::MatrixOf<int> everyone = expected_times(scene, Among::everyone),
                              positives = expected_times(scene, Among::positives),
                              negatives = expected_times(scene, Among::negatives);
    for (const Options& options : ways) {
        require_all_pairs<Cosine, T, Among::everyone, false>(scene, options, everyone);
        require_all_pairs<Euclidean, T, Among::positives, false>(scene, options, positives);
        require_all_pairs<Cosine, T, Among::positives, true>(scene, options, positives);
        require_all_pairs<Euclidean, T, Among::negatives, true>(scene, options, negatives);
    }
}

std::vector<Options> all_levels()
{
    std::vector<Options> ways;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        ways.push_back(at_level(level));
    }
    return ways;
}

}  // namespace

TEST_CASE("a selector is shown every pair of a batch once in each direction")
{
    for (const Data& data : reference::all_kinds(101, 3)) {
        require_all_relations<float>(Scene(data), all_levels());
    }
}

TEST_CASE("a selector is shown every pair of queries and gallery once")
{
    for (const Data& gallery : reference::all_kinds(67, 3)) {
        Data queries = reference::clustered(59, 3, 70);
        if (gallery.labels.empty()) {
            queries.labels.clear();
        }
        if (!gallery.ids.empty()) {
            queries = reference::with_shared_ids(queries, 71);
        }
        require_all_relations<float>(Scene(queries, gallery), all_levels());
    }
}

TEST_CASE("a selector is shown every pair at sizes around the edges of the panels", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index rows : reference::edge_sizes<float>(level)) {
            const Data data = reference::clustered(rows, 2);
            require_all_relations<float>(Scene(data), {at_level(level)});
        }
        for (const Index rows : reference::edge_sizes<double>(level)) {
            const Data data = reference::clustered(rows, 2);
            require_all_relations<double>(Scene(data), {at_level(level)});
        }
    }
}

TEST_CASE("a selector is shown every pair of queries and gallery of any sizes", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const Index width = reference::panel_width<float>(level);
        for (const Index queries : {Index{0}, Index{1}, width - 1, width, width + 1}) {
            for (const Index gallery : {Index{0}, Index{1}, width - 1, width, width + 1, 2 * width + 1}) {
                const Data a = reference::two_classes(queries, 2, 72), b = reference::two_classes(gallery, 2, 73);
                require_all_relations<float>(Scene(a, b), {at_level(level)});
            }
        }
    }
}

TEST_CASE("a selector is shown every pair for any classes of queries and gallery")
{
    // Classes that only one side has, before, between and after those of the other; large ones that fill whole tiles.
    Data queries = reference::gaussian(150, 2, 74), gallery = reference::gaussian(170, 2, 75);
    for (std::size_t i = 0; i < queries.labels.size(); ++i) {
        queries.labels[i] = static_cast<std::int64_t>(i % 7 < 4 ? 10 : i % 7);
    }
    for (std::size_t i = 0; i < gallery.labels.size(); ++i) {
        gallery.labels[i] = static_cast<std::int64_t>(i % 9 < 5 ? 10 : 2 * (i % 9) - 9);
    }
    require_all_relations<float>(Scene(queries, gallery), all_levels());
    require_all_relations<float>(Scene(gallery, queries), all_levels());
    require_all_relations<float>(Scene(queries), all_levels());
}

TEST_CASE("a selector is shown every pair however the work is split", "[threads]")
{
    const Data data = reference::clustered(200, 2);
    std::vector<Options> ways;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const int threads : {1, 2, 3, 8}) {
            ways.push_back(at_level(level));
            ways.back().threads = threads;
            ways.back().executor = reference::thread_executor(std::min(threads, 3));
        }
        ways.push_back(at_level(level));
        ways.back().executor = reference::backward_executor();
    }
    require_all_relations<float>(Scene(data), ways);
    const Data queries = reference::clustered(90, 2, 76);
    require_all_relations<float>(Scene(queries, data), ways);
}

TEST_CASE("a selector is shown every pair of rows of many columns")
{
    // One panel of 5000 columns is larger than what is kept in the cache: blocks of one panel.
    const Data data = reference::clustered(60, 5000);
    require_all_relations<float>(Scene(data), all_levels());
}

TEST_CASE("16-bit batches and mixed batches are scanned like the float rows that they convert to")
{
    const Data data =
        reference::rounded_to<Eigen::bfloat16>(reference::rounded_to<Eigen::half>(reference::clustered(70, 5)));
    const reference::Owned<float> floats(data);
    const reference::Owned<Eigen::half> halves(data);
    const reference::Owned<Eigen::bfloat16> brains(data);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const Options options = at_level(level);
        Everything<float> expected(70), half(70), brain(70), mixed(70), mixed_expected(70);
        mohs::scan(floats.batch(), Euclidean{}, expected, options);
        mohs::scan(halves.batch(), Euclidean{}, half, options);
        mohs::scan(brains.batch(), Euclidean{}, brain, options);
        mohs::scan(halves.batch(), floats.batch(), Euclidean{}, mixed, options);
        mohs::scan(floats.batch(), floats.batch(), Euclidean{}, mixed_expected, options);
        REQUIRE(half.scores == expected.scores);
        REQUIRE(brain.scores == expected.scores);
        REQUIRE(mixed.scores == mixed_expected.scores);
        REQUIRE(mixed.times == mixed_expected.times);
    }
}

TEST_CASE("any layout of the rows gives the same scores")
{
    const Data data = reference::clustered(50, 7);
    const mohs::Matrix row_major = data.as<float>();
    const Eigen::MatrixXf column_major = row_major;
    mohs::Matrix wide = mohs::Matrix::Constant(100, 21, 9);
    using Stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    Eigen::Map<mohs::Matrix, 0, Stride> strided(wide.data(), 50, 7, Stride(42, 3));
    strided = row_major;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        Everything<float> expected(50), other(50);
        mohs::scan(Batch{row_major, data.labels}, Cosine{}, expected, at_level(level));
        mohs::scan(Batch{column_major, data.labels}, Cosine{}, other, at_level(level));
        REQUIRE(other.scores == expected.scores);
        mohs::scan(Batch{strided, data.labels}, Cosine{}, other, at_level(level));
        REQUIRE(other.scores == expected.scores);
        mohs::scan(Batch{strided, data.labels}, Batch{column_major, data.labels}, Cosine{}, other, at_level(level));
        mohs::scan(Batch{row_major, data.labels}, Batch{row_major, data.labels}, Cosine{}, expected, at_level(level));
        REQUIRE(other.scores == expected.scores);
    }
}

TEST_CASE("the result counts what a scan saw")
{
    Data queries = reference::non_finite(40, 4, 83);
    queries.rows.row(0).setZero();
    Data gallery = reference::zero_rows(30, 4, 84);
    gallery.rows(1, 2) = std::bit_cast<double>(0x7ff0000000000000U);
    Everything<float> selector(30);
    visitors::Collect accumulator(40);
    for (const mohs::ScanResult& result :
         {scan_scene<Cosine, float>(Scene(queries, gallery), selector, Options{}),
          scan_scene<Cosine, float>(Scene(queries, gallery), accumulator, Options{})}) {
        REQUIRE(result.anchors == 32);
        REQUIRE(result.candidates == 29);
        REQUIRE(result.non_finite == 9);
        REQUIRE(result.zero_rows == 11);
    }
    Everything<float> self_selector(40);
    visitors::CollectRows rows(40);
    for (const mohs::ScanResult& result : {scan_scene<Euclidean, float>(Scene(queries), self_selector, Options{}),
                                           scan_scene<Euclidean, float>(Scene(queries), rows, Options{})}) {
        REQUIRE(result.anchors == 32);
        REQUIRE(result.candidates == 32);
        REQUIRE(result.non_finite == 8);
        REQUIRE(result.zero_rows == 1);
    }
}

TEST_CASE("queries and a gallery that cannot be compared are refused before any work")
{
    const mohs::Matrix three = mohs::Matrix::Ones(2, 3), four = mohs::Matrix::Ones(2, 4);
    const std::vector<int> labels = {1, 2};
    visitors::CollectRows rows(2);
    const auto message = [&](const Batch<float>& a, const Batch<float>& b) {
        return reference::message_of([&] { mohs::scan(a, b, Cosine{}, rows); });
    };
    REQUIRE(message(Batch{three}, Batch{four}) == "mohs::scan: queries have 3 columns but the gallery has 4");
    REQUIRE(reference::mentions(message(Batch{three, labels}, Batch{three}), {"mohs::scan", "labels"}));
    REQUIRE(reference::mentions(message(Batch{three}, Batch{three}.with_ids(labels)), {"mohs::scan", "ids"}));
    REQUIRE(rows.finished == std::vector<int>(2, 0));
}
