#pragma once

/// \file
/// The same mining in libraries that are compiled with different flags. Only plain data crosses between them.

#include <cstdint>

namespace compare {

/// Rows, and where the hardest positive and negative of each go.
struct FlagsProblem {
    const float* rows;
    const std::int64_t* labels;
    std::int64_t n, d;
    int level;  ///< a mohs::IsaLevel
    std::int64_t *positives, *negatives;
};

/// Mines what it was made for, with a workspace that it keeps.
class FlagsStep {
public:
    virtual ~FlagsStep() = default;
    virtual void run() = 0;
    /// Writes the triplets of the last run to the problem.
    virtual void write() = 0;
};

}  // namespace compare

// Made here, deleted by the caller. Of -O2, and of -O3 -march=native.
extern "C" compare::FlagsStep* compare_make_step_plain(const compare::FlagsProblem& problem);
extern "C" compare::FlagsStep* compare_make_step_native(const compare::FlagsProblem& problem);
