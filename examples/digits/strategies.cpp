#include "strategies.hpp"

#include "stopwatch.hpp"

#include <memory>

namespace digits {

namespace {

/// Triplet hinge with margin 0.2, mean over the active triplets.
template <class Positive, class Negative>
Objective triplet_objective(Positive positive, Negative negative)
{
    const mohs::TripletMiner miner{Metric{}, positive, negative};
    const mohs::TripletLoss loss{miner.metric(), {.margin = 0.2, .reduction = mohs::Reduction::mean_active}};
    struct Memory {
        mohs::Workspace workspace;
        mohs::Triplets<Metric> triplets;
    };
    return [miner, loss, memory = std::make_shared<Memory>()](const mohs::Batch<float>& batch, std::uint64_t step,
                                                              mohs::Matrix& gradient) {
        const Stopwatch stopwatch;
        miner(batch, memory->workspace, memory->triplets, {.threads = 1, .step = step});
        const double seconds = stopwatch.seconds();
        mohs::Report report;
        const double value = loss(batch, memory->triplets, memory->workspace, gradient, 1, &report);
        return Step{value, report.active_share(), seconds};
    };
}

}  // namespace

std::vector<Strategy> strategies()
{
    return {
        {"random",
         [](std::uint64_t seed) {
             return triplet_objective(mohs::RandomPositive{.seed = seed}, mohs::RandomNegative{.seed = seed});
         },
         {{100, 0.718}, {400, 0.812}}},
        {"hardest",
         [](std::uint64_t) { return triplet_objective(mohs::HardestPositive{}, mohs::HardestNegative{}); },
         {{100, 0.813}, {400, 0.894}}},
    };
}

}  // namespace digits
