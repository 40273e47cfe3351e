#pragma once

#include "stopwatch.hpp"
#include "training.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace digits {

/// Says on standard error how the runs are doing: on a terminal in one line that is written over again and again,
/// otherwise in a line for every seed. Safe to call from several threads.
class Progress {
public:
    Progress(const std::vector<Strategy>& strategies, std::size_t seeds, Index steps);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// A run has reached a checkpoint.
    void report(std::size_t strategy, std::uint64_t seed, const Checkpoint& checkpoint, Index steps_since_last);

private:
    struct Latest {
        std::string name;
        Checkpoint checkpoint;
    };
    struct Finished {
        std::uint64_t seed;
        std::size_t strategy;
        Scores scores;
    };

    void draw_line();
    void print_seed(std::uint64_t seed);

    const bool live_;
    const Index total_steps_, steps_;
    const std::size_t seeds_;
    std::mutex mutex_;
    std::vector<Latest> latest_;
    std::vector<Finished> finished_;
    Index done_ = 0;
    std::size_t seeds_done_ = 0;
    Stopwatch stopwatch_;
};

}  // namespace digits
