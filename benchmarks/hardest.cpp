// The hardest positive and the hardest negative of every row: a step of a training loop that keeps its workspace.

#include "answers.hpp"
#include "cases.hpp"

#include <mohs/mohs.hpp>

namespace bench {
namespace {

using Triplets = mohs::Triplets<mohs::Cosine>;

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
        if (!first || is_right(state, check_hardest(triplets, data))) {
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
