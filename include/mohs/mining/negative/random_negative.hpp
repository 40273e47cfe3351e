#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Per anchor, a negative drawn uniformly among the rows of all other classes: nothing is scanned. Draws are keyed by
/// seed, `Options::step` and the anchor's sample id (its row without ids), so the same step repeats its draws and two
/// steps differ, whatever the threads.
struct RandomNegative {
    static constexpr Pick negative_pick = Pick::random;

    std::uint64_t seed = 0;
};

}  // namespace mohs::inline MOHS_ABI
