#pragma once

#include "../common/stopwatch.hpp"
#include "training.hpp"

#include <mutex>
#include <string>

namespace digits {

using namespace examples;

/// Says on standard error how the runs are doing: on a terminal in one line that is written over again and again,
/// otherwise in a line for every tenth of the way. Safe to call from several threads.
class Progress {
public:
    Progress(std::size_t runs, Index steps);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// A run has reached a checkpoint.
    void report(const std::string& title, std::uint64_t seed, const Checkpoint& checkpoint, Index steps_since_last);

private:
    const bool live_;
    const Index total_steps_;
    std::mutex mutex_;
    Index done_ = 0, tenths_shown_ = 0;
    Stopwatch stopwatch_;
};

}  // namespace digits
