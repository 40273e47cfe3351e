#include "allocations.hpp"
#include "catch.hpp"
#include "reference.hpp"

#include <mohs/mohs.hpp>

#include <string>
#include <vector>

namespace {

using mohs::Index;
using mohs::Options;

/// Four rows per class, without the oracle's tables of doubles.
struct Embeddings {
    mohs::Matrix rows;
    std::vector<std::int32_t> labels;

    Embeddings(Index count, Index dimension) : rows(count, dimension), labels(static_cast<std::size_t>(count))
    {
        reference::Generator generator(91);
        for (Index i = 0; i < rows.size(); ++i) {
            rows.data()[i] = static_cast<float>(reference::uniform(generator) - 0.5);
        }
        for (std::size_t i = 0; i < labels.size(); ++i) {
            labels[i] = static_cast<std::int32_t>(i / 4);
        }
    }
};

/// Bytes beyond the input at the peak of a call, its result included, in units of the rows as floats.
template <class Call>
double peak_share(const Embeddings& embeddings, const Call& call)
{
    const std::size_t before = allocations::bytes_held();
    allocations::reset_peak();
    const auto result = call();
    const std::size_t peak = allocations::peak_bytes() - before;
    // The result has to be counted, so something has to have been found.
    REQUIRE(result.size() == embeddings.rows.rows());
    return static_cast<double>(peak) / static_cast<double>(embeddings.rows.size() * static_cast<Index>(sizeof(float)));
}

/// Allocations of `step` after two steps of warm-up.
template <class Step>
std::size_t allocations_of(const Step& step)
{
    step();
    step();
    const std::size_t before = allocations::count();
    for (int repeat = 0; repeat < 3; ++repeat) {
        step();
    }
    return allocations::count() - before;
}

/// The ways in which a step can run, at every ISA level: serial, OpenMP, executor.
std::vector<Options> ways_to_run()
{
    std::vector<Options> result;
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        result.push_back({.isa = level, .threads = 1});
        result.push_back({.isa = level, .threads = 2});
        result.push_back({.isa = level, .executor = reference::backward_executor()});
    }
    return result;
}

std::string name_of(const Options& options)
{
    return std::string(mohs::to_string(options.isa)) +
           (options.executor ? ", executor" : ", " + std::to_string(options.threads) + " threads");
}

template <class Miner>
void check_steps(const Miner& miner)
{
    const Embeddings embeddings(128, 64), gallery(96, 64);
    const mohs::Batch batch(embeddings.rows, embeddings.labels), others(gallery.rows, gallery.labels);
    const mohs::TripletLoss loss{miner.metric(), {.margin = 1}};
    mohs::Matrix gradient = mohs::Matrix::Zero(128, 64), gallery_gradient = mohs::Matrix::Zero(96, 64);
    for (const Options& options : ways_to_run()) {
        INFO(name_of(options));
        mohs::Workspace workspace;
        auto triplets = miner(batch);
        REQUIRE(triplets.size() == 128);
        mohs::Report report;
        CHECK(allocations_of([&] {
                  miner(batch, workspace, triplets, options);
                  loss(batch, triplets, workspace, gradient, 1, &report);
              }) == 0);
        CHECK(report.active > 0);
        CHECK(allocations_of([&] {
                  miner(batch, others, workspace, triplets, options);
                  loss(batch, others, triplets, workspace, gradient, gallery_gradient, 0.5, &report);
              }) == 0);
    }
}

}

TEST_CASE("mining 65536 rows of 128 takes little more than a copy of them", "[slow]")
{
    const Embeddings embeddings(65536, 128);
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    CHECK(peak_share(embeddings,
                     [&] { return miner(mohs::Batch(embeddings.rows, embeddings.labels), {.threads = 2}); }) <= 1.15);
}

TEST_CASE("losses over tuples and their way back allocate nothing once the workspace has grown")
{
    const Embeddings embeddings(128, 64), gallery(96, 64);
    const mohs::Batch batch(embeddings.rows, embeddings.labels), others(gallery.rows, gallery.labels);
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{},
                                   mohs::RankedNegatives{.begin = 0, .end = 4}};
    const auto triplets = miner(batch, others);
    const auto pairs = mohs::PairMiner{mohs::Cosine{}, mohs::MultiSimilarity{}}(batch, others);
    const mohs::ContrastiveLoss contrastive{mohs::Cosine{}};
    const mohs::InfoNCE softmax{mohs::Cosine{}};
    mohs::Matrix gradient = mohs::Matrix::Zero(128, 64), gallery_gradient = mohs::Matrix::Zero(96, 64);
    mohs::Workspace workspace;
    const auto step = [&] {
        contrastive(batch, others, triplets, workspace, gradient, gallery_gradient);
        contrastive(batch, others, pairs, workspace, gradient, gallery_gradient);
        softmax(batch, others, triplets, workspace, gradient, gallery_gradient);
        softmax(batch, others, pairs, workspace, gradient, mohs::no_gradient);
        mohs::backward(batch, others, triplets, triplets.positive_values(), 2 * triplets.negative_values(), workspace,
                       gradient, gallery_gradient);
    };
    CHECK(allocations_of(step) == 0);
}

TEST_CASE("mining 4096 rows of 256 takes little more than a copy of them")
{
    // 80 bytes per row of 1024 are 0.08; the tiles of a thread are 0.012 with AVX-512.
    const Embeddings embeddings(4096, 256);
    const mohs::Batch batch(embeddings.rows, embeddings.labels);
    const mohs::TripletMiner hardest{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    CHECK(peak_share(embeddings, [&] { return hardest(batch, {.threads = 2}); }) <= 1.15);
    const double random = peak_share(embeddings, [&] {
        return mohs::TripletMiner{mohs::Cosine{}, mohs::RandomPositive{}, mohs::RandomNegative{}}(batch);
    });
    // Nothing is packed where nothing is scanned.
    CHECK(random <= 0.15);
}

TEST_CASE("mining takes as many bytes per row beyond a copy of them as its documentation says")
{
    const Embeddings embeddings(8192, 64);
    const mohs::Batch batch(embeddings.rows, embeddings.labels);
    const auto bytes_per_row = [&](const auto& miner) {
        const std::size_t before = allocations::bytes_held();
        allocations::reset_peak();
        const auto triplets = miner(batch, {.threads = 1});
        REQUIRE(triplets.size() > 0);
        return static_cast<double>(allocations::peak_bytes() - before) / 8192 - 64 * sizeof(float);
    };
    // The scratch of lanes counts too, and the small tiles of the portable path need less of it.
    const double least = MOHS_GNU_VECTORS != 0 ? 0.9 : 0.8;
    const auto check = [&](const auto& miner, double documented) {
        const double bytes = bytes_per_row(miner);
        CHECK(bytes >= least * documented);
        CHECK(bytes <= 1.1 * documented);
    };
    const mohs::TripletMiner hardest{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    check(hardest, 90);
    const mohs::TripletMiner semi_hard{mohs::Cosine{}, mohs::EasiestPositive{}, mohs::SemiHardNegative{}};
    check(semi_hard, 140);
    const mohs::TripletMiner filtered{mohs::Cosine{}, mohs::EasiestPositive{}, mohs::SemiHardNegative{},
                                      mohs::ExcludeNearDuplicates{0.97}};
    check(filtered, 350);
    // Three positives per anchor.
    const mohs::TripletMiner every{mohs::Cosine{}, mohs::AllPositives{}, mohs::SemiHardNegative{}};
    check(every, 3 * 115);
}

TEST_CASE("losses and metrics take a few copies of the rows and nothing per pair of rows")
{
    const Embeddings embeddings(4096, 64);
    const mohs::Batch batch(embeddings.rows, embeddings.labels);
    // In copies of the rows, results included: a number per pair would be 64 of them.
    const auto copies = [&](const auto& call) {
        const std::size_t before = allocations::bytes_held();
        allocations::reset_peak();
        const auto result = call();
        REQUIRE(result.report.valid == 4096);
        return static_cast<double>(allocations::peak_bytes() - before) / (4096 * 64 * sizeof(float));
    };
    const Options serial{.threads = 1};
    for (const mohs::Denominator denominator :
         {mohs::Denominator::positives_excluded, mohs::Denominator::positives_included,
          mohs::Denominator::summed_inside}) {
        const mohs::InfoNCE loss{mohs::Cosine{}, {.denominator = denominator}};
        INFO("denominator " << static_cast<int>(denominator));
        CHECK(copies([&] { return loss(batch, serial); }) <= 10);
    }
    const mohs::ContrastiveLoss contrastive{mohs::Euclidean{}, {}};
    CHECK(copies([&] { return contrastive(batch, serial); }) <= 10);
    const mohs::RetrievalMetrics retrieval{mohs::Cosine{}, {.k = {1, 10}}};
    CHECK(copies([&] { return retrieval(batch, serial); }) <= 10);
}

TEST_CASE("copies of listed positives take nothing per pair of rows")
{
    // Row i of the gallery belongs to row i of the queries, and half of the gallery is one item.
    const Embeddings queries(8192, 16), gallery(8192, 16);
    const mohs::Relation relation = mohs::Relation::paired(8192);
    std::vector<std::int32_t> query_ids(8192), ids(8192);
    for (std::size_t row = 0; row < ids.size(); ++row) {
        query_ids[row] = static_cast<std::int32_t>(row);
        ids[row] = row % 2 == 0 ? 100000 : 10000 + static_cast<std::int32_t>(row);
    }
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const mohs::Batch anchors = mohs::Batch(queries.rows).related_by(relation).with_ids(query_ids),
                      candidates = mohs::Batch(gallery.rows).with_ids(ids);
    const std::size_t before = allocations::bytes_held();
    allocations::reset_peak();
    const auto triplets = miner(anchors, candidates, {.threads = 1});
    CHECK(triplets.size() == 8192);
    CHECK(triplets.negatives()[0] % 2 == 1);
    CHECK(static_cast<double>(allocations::peak_bytes() - before) / 8192 <= 10 * 16 * sizeof(float));
}

TEST_CASE("a few triplets of a hundred million take memory per pair and not per triplet")
{
    const Embeddings embeddings(736, 1);
    std::vector<std::int32_t> halves(736);
    for (std::size_t row = 0; row < halves.size(); ++row) {
        halves[row] = row % 2 == 0 ? 0 : 1;
    }
    const mohs::TripletEnumerator enumerator{mohs::Euclidean{}, {.limit = 100}};
    const std::size_t before = allocations::bytes_held();
    allocations::reset_peak();
    const auto triplets = enumerator(mohs::Batch(embeddings.rows, halves), {.threads = 1});
    CHECK(triplets.size() == 100);
    // 736 times 367 pairs of 40 bytes, and a hundred million triplets.
    CHECK(static_cast<double>(allocations::peak_bytes() - before) / (736 * 367) <= 44);
}

TEST_CASE("a training step with a workspace does not allocate after warm-up")
{
    check_steps(mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}});
    check_steps(
        mohs::TripletMiner{mohs::Normalised<mohs::Euclidean>{}, mohs::EasiestPositive{}, mohs::HardestNegative{}});
    check_steps(mohs::TripletMiner{mohs::Euclidean{}, mohs::RandomPositive{}, mohs::RandomNegative{}});
    check_steps(mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{},
                                   mohs::WeightedNegative{[](double value, Index) { return -value; }}});
    check_steps(mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{},
                                   mohs::ChosenNegative{[](const mohs::Choices&) { return Index{0}; }}});
}

TEST_CASE("a neighbour search with a workspace does not allocate after warm-up")
{
    const Embeddings embeddings(128, 64);
    const mohs::Batch batch(embeddings.rows, embeddings.labels);
    const mohs::NearestNeighbours neighbours{mohs::Cosine{}, {.k = 10}};
    for (const Options& options : ways_to_run()) {
        INFO(name_of(options));
        mohs::Workspace workspace;
        mohs::Neighbours<mohs::Cosine> table;
        CHECK(allocations_of([&] { neighbours(batch, workspace, table, options); }) == 0);
        CHECK(table.report.valid == 128);
    }
}

TEST_CASE("steps of changing size do not allocate once the largest has been seen")
{
    const Embeddings large(128, 64), small(40, 64), narrow(100, 8);
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    mohs::Workspace workspace;
    mohs::Triplets<mohs::Cosine> triplets;
    CHECK(allocations_of([&] {
              for (const Embeddings* const embeddings : {&large, &small, &narrow}) {
                  miner(mohs::Batch(embeddings->rows, embeddings->labels), workspace, triplets, {.threads = 1});
              }
          }) == 0);
}

TEST_CASE("memory for pairs of either kind is taken once their number is known")
{
    // Of one class there are only positives, of singletons only negatives: one list with its three columns.
    for (const bool one_class : {true, false}) {
        for (const Index count : {10, 120}) {
            Embeddings embeddings(count, 2);
            for (Index row = 0; row < count; ++row) {
                embeddings.labels[static_cast<std::size_t>(row)] = one_class ? 0 : static_cast<std::int32_t>(row);
            }
            const mohs::Batch batch(embeddings.rows, embeddings.labels);
            const mohs::PairMiner miner{mohs::Cosine{}, mohs::AllPairs{}};
            mohs::Workspace workspace;
            mohs::Pairs<mohs::Cosine> pairs;
            CHECK(allocations_of([&] {
                      pairs = {};
                      miner(batch, workspace, pairs, {.threads = 1});
                  }) == 3 * 3);
            CHECK(pairs.positives.size() + pairs.negatives.size() == count * (count - 1));
        }
    }
}
