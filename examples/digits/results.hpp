#pragma once

#include "../common/statistics.hpp"
#include "laboratory.hpp"

#include <optional>
#include <string>
#include <vector>

namespace digits {

using namespace examples;

/// Scores of one configuration after a number of steps, over all seeds. Scores and times are of the test rows and of a
/// training step.
struct Result {
    Configuration configuration;
    std::string strategy, loss, filter;
    double noise = 0;
    Index steps = 0;
    Statistics map_at_r, recall_at_1;
    double mining_ms = 0, step_ms = 0;
    std::optional<double> peer;  ///< MAP@R of pytorch-metric-learning on the same protocol
};

/// A result for every configuration at steps 100, 400 and the last.
std::vector<Result> results(const Laboratory& laboratory);

/// How far the mean is above the peer, in its standard errors; none without a peer or from a single seed.
std::optional<double> above_peer(const Result& result);

}  // namespace digits
