#pragma once

#include "training.hpp"

#include <string>

namespace digits {

/// One of many networks to train, and what the progress line calls it.
struct Job {
    std::string title;
    TrainingOptions options;
    std::function<Run(const std::function<void(const Checkpoint&)>& progress)> train;
};

/// Trains networks, each on one of `threads` threads, and says on standard error how far they are. The runs are in the
/// order of the jobs, and do not depend on the number of threads.
std::vector<Run> train_all(const std::vector<Job>& jobs, unsigned threads);

}  // namespace digits
