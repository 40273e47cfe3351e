#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Per anchor, a positive drawn uniformly, from the list of its class: nothing is scanned. Draws are keyed by seed,
/// `Options::step` and the anchor's sample id (its row without ids), so the same step repeats its draws and two steps
/// differ, whatever the threads.
struct RandomPositive {
    static constexpr Pick positive_pick = Pick::random;

    std::uint64_t seed = 0;
};

}  // namespace mohs::inline MOHS_ABI
