#pragma once

#include <mohs/mohs.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace digits {

/// Distances between embeddings, for mining, for the loss and for the scores.
using Metric = mohs::Normalised<mohs::Euclidean>;

/// What one step of an objective did.
struct Step {
    double loss = 0, active_share = 0, mining_seconds = 0;
};

/// Mines a batch of embeddings, and adds the gradient of the loss to the last argument.
using Objective = std::function<Step(const mohs::Batch<float>&, std::uint64_t step, mohs::Matrix& gradient)>;

/// A way to train, with what pytorch-metric-learning reaches on the same protocol.
struct Strategy {
    std::string name;
    std::function<Objective(std::uint64_t seed)> objective;
    std::vector<std::pair<mohs::Index, double>> peer_map_at_r;  ///< after a number of steps
};

/// All strategies of the laboratory, in the order in which they are shown.
std::vector<Strategy> strategies();

}  // namespace digits
