#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Per anchor, the negative that is closest: the smallest distance or the largest similarity (batch hard, Hermans,
/// Beyer and Leibe 2017). Equal scores: the lowest row.
struct HardestNegative {
    static constexpr Pick negative_pick = Pick::closest;
};

}  // namespace mohs::inline MOHS_ABI
