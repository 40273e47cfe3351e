#pragma once

#include "../common/statistics.hpp"
#include "details.hpp"
#include "scores.hpp"
#include "supervision.hpp"

#include <memory>

namespace digits {

using namespace examples;

/// How a network is trained.
struct Plan {
    Objective objective;
    Objective warm_up = {};  ///< in place of the objective in the first steps
    Index warm_up_steps = 0;
    std::shared_ptr<Supervision> supervision = {};  ///< null: every row is what its label says
};

/// How far a network has come.
struct Checkpoint {
    Index step = 0;
    Scores scores;
};

/// One network, trained.
struct Run {
    std::vector<Checkpoint> curve;           ///< from step 0 to the last
    double mining_seconds = 0, seconds = 0;  ///< of a step, without evaluation: medians over the steps
    FilterCounts filters;                    ///< of all steps
    SuspicionTally suspicion;
    std::vector<Index> test_rows;
    Details details;

    /// After the last step.
    [[nodiscard]] double map_at_r() const { return curve.back().scores.map_at_r; }
};

/// MAP@R after the last step.
inline Statistics score_of(const std::vector<Run>& runs)
{
    return Statistics::of(runs, [](const Run& run) { return run.map_at_r(); });
}

/// The numbers of steps after which a network is evaluated, ascending: close together while it learns fast, from 400 on
/// doubling, and the last.
std::vector<Index> checkpoints(Index steps);

/// Trains one network. With equal options, every plan gets the same initial weights and, if the labels of the task are
/// the same, batches.
Run train(const Task& task, const Plan& plan, const TrainingOptions& options,
          const std::function<void(const Checkpoint&)>& progress);

}  // namespace digits
