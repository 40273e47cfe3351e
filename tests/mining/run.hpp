#pragma once

/// \file
/// Miners without their types: what compares their triplets with a definition is compiled once instead of per miner.

#include "../reference.hpp"

#include <mohs/mining/triplet_miner.hpp>

#include <functional>
#include <vector>

namespace mining {

using mohs::Index;
using mohs::Options;
using reference::Data;
using reference::Scene;

/// What a miner found.
struct Mined {
    std::vector<mohs::Triplet> triplets;
    std::vector<double> positive_values, negative_values;
    mohs::Report report;
};

using Rows = Eigen::Map<const mohs::IndexVector>;
using Values = Eigen::Map<const Eigen::VectorXd>;
Mined mined(Rows anchors, Rows positives, Rows negatives, Values positive_values, Values negative_values,
            const mohs::Report& report);
template <class M>
Mined mined(const mohs::Triplets<M>& triplets)
{
    return mined(triplets.anchors(), triplets.positives(), triplets.negatives(), triplets.positive_values(),
                 triplets.negative_values(), triplets.report);
}

/// Whether triplets and values are the same, bit for bit.
bool same_triplets(const Mined& a, const Mined& b);
template <class M>
bool same_triplets(const mohs::Triplets<M>& a, const mohs::Triplets<M>& b)
{
    return same_triplets(mined(a), mined(b));
}

/// Adds what was found to a list.
void add(std::vector<Mined>& list, Rows anchors, Rows positives, Rows negatives, Values positive_values,
         Values negative_values, const mohs::Report& report);

/// Mines a scene in several ways, one after the other into the same triplets.
using Run = std::function<std::vector<Mined>(const Scene& scene, const std::vector<Options>& ways)>;

template <class Scalar, class M, class Positive, class Negative, class... Filters>
Run run_of(const mohs::TripletMiner<M, Positive, Negative, Filters...>& miner)
{
    return [miner](const Scene& scene, const std::vector<Options>& ways) {
        const reference::Owned<Scalar> anchors(scene.anchors), candidates(scene.candidates);
        mohs::Workspace workspace;
        mohs::Triplets<M> triplets;
        std::vector<Mined> result;
        for (const Options& options : ways) {
            // A gallery that is mined like a batch would still compile: both calls are the same code with another flag.
            if (scene.self) {
                miner(anchors.batch(), workspace, triplets, options);
            } else {
                miner(anchors.batch(), candidates.batch(), workspace, triplets, options);
            }
            add(result, triplets.anchors(), triplets.positives(), triplets.negatives(), triplets.positive_values(),
                triplets.negative_values(), triplets.report);
        }
        return result;
    };
}

/// The triplets of one way.
std::vector<mohs::Triplet> triplets_of(const Run& run, const Scene& scene, const Options& options);

}  // namespace mining
