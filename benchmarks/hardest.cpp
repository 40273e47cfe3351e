// The hardest positive and the hardest negative of every row: a step of a training loop that keeps its workspace.

#include "cases.hpp"
#include "oracle.hpp"

#include <mohs/mohs.hpp>

namespace bench {
namespace {

using Triplets = mohs::Triplets<mohs::Cosine>;

std::string check(const Triplets& triplets, const Data& data)
{
    const Oracle oracle(data);
    if (triplets.size() != oracle.rows()) {
        return "every row has positives and negatives, but there are " + std::to_string(triplets.size()) + " triplets";
    }
    for (const Index anchor : oracle.anchors()) {
        double farthest = 2, closest = -2;
        for (Index row = 0; row < oracle.rows(); ++row) {
            if (oracle.positive(anchor, row)) {
                farthest = std::min(farthest, oracle.cosine(anchor, row));
            } else if (oracle.negative(anchor, row)) {
                closest = std::max(closest, oracle.cosine(anchor, row));
            }
        }
        const mohs::Triplet triplet = triplets[anchor];
        if (triplet.anchor != anchor) {
            return wrong(anchor, "it has no triplet of its own");
        }
        if (!oracle.exists(triplet.positive) || !oracle.positive(anchor, triplet.positive) ||
            !oracle.exists(triplet.negative) || !oracle.negative(anchor, triplet.negative)) {
            return wrong(anchor, "its positive or negative is none");
        }
        const double positive = oracle.cosine(anchor, triplet.positive);
        const double negative = oracle.cosine(anchor, triplet.negative);
        if (positive > farthest + 2 * oracle.tolerance() || negative < closest - 2 * oracle.tolerance()) {
            return wrong(anchor, "there is a harder positive or negative");
        }
        if (!oracle.agrees(triplets.positive_values()[anchor], positive) ||
            !oracle.agrees(triplets.negative_values()[anchor], negative)) {
            return wrong(anchor, "a similarity is wrong");
        }
    }
    return {};
}

void add(Kind kind, Index rows, Index dimension, IsaLevel level, int threads)
{
    const std::string variant = to_string(kind) + (threads == 1 ? "" : ":" + std::to_string(threads) + "-threads");
    add_case(case_name("hardest", variant, rows, dimension), [=](benchmark::State& state, bool first) {
        const Data& data = cached_data(kind, rows, dimension);
        const mohs::Batch batch{data.rows, data.labels};
        const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
        const mohs::Options options{.isa = level, .threads = threads};
        mohs::Workspace workspace;
        Triplets triplets;
        // The workspace stops growing with the second call.
        miner(batch, workspace, triplets, options);
        miner(batch, workspace, triplets, options);
        if (!first || is_right(state, check(triplets, data))) {
            measure(state, level, threads, useful_flops(rows, dimension),
                    [&] { miner(batch, workspace, triplets, options); });
        }
    });
}

}  // namespace

void add_hardest_cases(IsaLevel level)
{
    for (const Kind kind : all_kinds) {
        for (const Index rows : all_rows) {
            for (const Index dimension : all_dimensions) {
                add(kind, rows, dimension, level, 1);
            }
        }
    }
#if defined(_OPENMP)
    for (const Index dimension : all_dimensions) {
        add(Kind::gaussian, 4096, dimension, level, 2);
    }
#endif
}

}  // namespace bench
