#pragma once

#include "noise.hpp"

namespace digits {

/// What all runs have in common, and the seed in which they differ.
struct TrainingOptions {
    Index train_count = 600, steps = 400;
    double noise = 0.25;  ///< share of the training labels that noisy runs are wrong about
    std::uint64_t seed = 1000;
    bool keep_details = false;
};

/// What a network is trained and tested on.
struct Task {
    Dataset training, test;  ///< features divided by the largest of the training rows; labels as the network is told
    Labels truth;            ///< the true classes of the training rows
    Split rows;              ///< where they are in the data file
    std::vector<Index> sampled;  ///< the training rows that batches are drawn from

    /// Which training labels are wrong.
    [[nodiscard]] bool is_wrong(Index row) const
    {
        return training.labels[static_cast<std::size_t>(row)] != truth[static_cast<std::size_t>(row)];
    }
};

/// The same split for every kind of noise, and the same wrong labels for every way to train.
Task make_task(const Dataset& data, NoiseKind noise, const TrainingOptions& options);

}  // namespace digits
