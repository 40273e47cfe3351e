#pragma once

#include "filters.hpp"

#include <mohs/batch.hpp>
#include <mohs/metric.hpp>
#include <mohs/result/result.hpp>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace digits {

using mohs::Index;

/// Distances between embeddings, for mining, for the triplet loss and for the scores.
using Metric = mohs::Normalised<mohs::Euclidean>;

/// What an objective is shown at a step.
struct StepInput {
    const mohs::Batch<float>& embeddings;  ///< with the labels to train on, which may be wrong
    const mohs::Matrix& features;          ///< what the network saw, row by row: the guide of the filters
    std::span<const std::int64_t> truth;   ///< the true classes, for statistics only
    std::uint64_t step = 0;
};

/// What one step of an objective did.
struct Step {
    double loss = 0, mining_seconds = 0;
    const mohs::Triplets<Metric>* triplets = nullptr;  ///< until the next step; null where nothing is mined
    const FilterCounts* filters = nullptr;             ///< of all steps so far; null without filters
};

/// Mines a batch of embeddings where the strategy does, and adds the gradient of the loss to the last argument.
using Objective = std::function<Step(const StepInput&, mohs::Matrix& gradient)>;

/// What pytorch-metric-learning 2.8.1 reaches on the same protocol, without filters.
struct Peer {
    bool noisy;
    Index steps;
    double map_at_r;
};

/// A way to train.
struct Strategy {
    std::string name, loss;
    std::string label;  ///< short, for charts
    std::vector<Peer> peers;
    std::function<Objective(std::uint64_t seed)> plain;
    std::function<Objective(std::uint64_t seed)> filtered;  ///< empty where nothing is mined

    [[nodiscard]] bool mined() const { return static_cast<bool>(filtered); }
    /// What a legend calls it.
    [[nodiscard]] const std::string& title() const { return mined() ? name : loss; }
};

/// What the filters of all strategies are called together.
inline constexpr const char* filter_title = "near-duplicates + guide";

/// Places in the list of strategies, of those that pictures and sentences pick out.
inline constexpr std::size_t random_place = 0, hardest_place = 1, distance_weighted_place = 4, supcon_place = 5;

/// All strategies of the laboratory, in the order in which they are shown.
std::vector<Strategy> strategies();

}  // namespace digits
