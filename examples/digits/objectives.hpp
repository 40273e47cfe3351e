#pragma once

#include "../common/stopwatch.hpp"
#include "strategies.hpp"

#include <mohs/mohs.hpp>

#include <memory>

namespace digits {

using namespace examples;

/// What an objective keeps from step to step.
struct Memory {
    mohs::Workspace workspace;
    mohs::Triplets<Metric> triplets;
    FilterCounts counts;
};

/// Negatives closer than this to the anchor or to the positive are taken for mislabelled.
inline constexpr double near_duplicate_distance = 0.4;
/// So much closer than the positive, in cosine similarity of the features, a negative may be: more is not believed.
inline constexpr double guide_tolerance = 0.2;

/// Mines with both filters, and counts what they reject.
///
/// The near-duplicates are those of the network: where it puts two images on one spot and the labels disagree, a label
/// is more likely wrong than the network. The guide is not trained at all: the features themselves, which no wrong
/// label has spoilt. With a negative tolerance it speaks up only where the contradiction is gross.
template <class Positive, class Negative>
void mine_filtered(const Positive& positive, const Negative& negative, const StepInput& input,
                   const mohs::Options& options, Memory& memory)
{
    using NearDuplicates = mohs::ExcludeNearDuplicates<mohs::Distance>;
    using Guide = mohs::ExcludeByGuide<float>;
    auto& [near, guided] = memory.counts.filters;
    const mohs::Batch<float> guide{input.features};
    const mohs::TripletMiner miner{
        Metric{}, positive, negative,
        Watched<NearDuplicates>{NearDuplicates{mohs::distance(near_duplicate_distance)}, input.truth, &near},
        Watched<Guide>{Guide{guide, guide, -guide_tolerance}, input.truth, &guided}};
    miner(input.embeddings, memory.workspace, memory.triplets, options);
    const mohs::Report& report = memory.triplets.report;
    for (std::size_t i = 0; i < memory.counts.filters.size(); ++i) {
        memory.counts.filters[i].name = report.filter_names[i];
        memory.counts.filters[i].rejected += static_cast<double>(report.rejected[i]);
    }
    memory.counts.anchors += static_cast<double>(report.anchors);
    memory.counts.dropped += static_cast<double>(report.all_filtered);
}

/// Triplet hinge with margin 0.2, mean over the active triplets.
template <bool filtered, class Positive, class Negative>
Objective triplet_objective(const Positive& positive, const Negative& negative)
{
    const mohs::TripletMiner miner{Metric{}, positive, negative};
    const mohs::TripletLoss loss{miner.metric(), {.margin = 0.2, .reduction = mohs::Reduction::mean_active}};
    return [=, memory = std::make_shared<Memory>()](const StepInput& input, mohs::Matrix& gradient) {
        const Stopwatch stopwatch;
        const mohs::Options options{.threads = 1, .step = input.step};
        if constexpr (filtered) {
            mine_filtered(positive, negative, input, options, *memory);
        } else {
            miner(input.embeddings, memory->workspace, memory->triplets, options);
        }
        const double seconds = stopwatch.seconds();
        const double value = loss(input.embeddings, memory->triplets, memory->workspace, gradient);
        return Step{value, seconds, &memory->triplets, filtered ? &memory->counts : nullptr};
    };
}

// What several studies train with, compiled once.

Objective hardest();
/// With both filters.
Objective hardest_filtered();
Objective semi_hard();
Objective semi_hard_filtered();
Objective supcon(double temperature);

/// A loss over all pairs of the batch.
template <class Loss>
Objective all_pairs_objective(const Loss& loss)
{
    return [loss, workspace = std::make_shared<mohs::Workspace>()](const StepInput& input, mohs::Matrix& gradient) {
        return Step{.loss = loss(input.embeddings, *workspace, gradient, 1, nullptr, {.threads = 1})};
    };
}

}  // namespace digits
