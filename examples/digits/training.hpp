#pragma once

#include "data.hpp"
#include "evaluation.hpp"
#include "strategies.hpp"

namespace digits {

struct TrainingOptions {
    Index train_count = 600, steps = 400;
    Index evaluate_every = 50;
    std::uint64_t seed = 1000;
};

/// How far a network has come.
struct Checkpoint {
    Index step = 0;
    Scores scores;
};

/// One network, trained.
struct Run {
    std::vector<Checkpoint> curve;           ///< from step 0 to the last
    double mining_seconds = 0, seconds = 0;  ///< of all training steps, without evaluation
    std::vector<Index> test_rows;
    mohs::Matrix embeddings;  ///< of the test rows, after the last step
};

/// Trains one network. With equal options, every strategy gets the same split, initial weights and batches.
Run train(const Dataset& data, const Strategy& strategy, const TrainingOptions& options,
          const std::function<void(const Checkpoint&)>& progress);

}  // namespace digits
