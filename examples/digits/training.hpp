#pragma once

#include "details.hpp"
#include "scores.hpp"

namespace digits {

/// One way to train, on one kind of labels.
struct Configuration {
    std::size_t strategy = 0;
    bool noisy = false, filtered = false;
    friend bool operator==(const Configuration&, const Configuration&) = default;
};

/// What all runs have in common, and the seed in which they differ.
struct TrainingOptions {
    Index train_count = 600, steps = 400;
    double noise = 0.25;  ///< share of the training labels that noisy configurations redraw
    std::uint64_t seed = 1000;
    bool keep_details = false;
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
    std::vector<Index> test_rows;
    Details details;
};

/// The numbers of steps after which a network is evaluated, ascending: close together while it learns fast, from 400 on
/// doubling, and the last.
std::vector<Index> checkpoints(Index steps);

/// Trains one network. With equal options, every configuration gets the same split, initial weights and, if its labels
/// are the same, batches.
Run train(const Dataset& data, const Strategy& strategy, const Configuration& configuration,
          const TrainingOptions& options, const std::function<void(const Checkpoint&)>& progress);

}  // namespace digits
