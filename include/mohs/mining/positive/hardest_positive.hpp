#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Per anchor, the positive that is farthest: the largest distance or the smallest similarity (batch hard, Hermans,
/// Beyer and Leibe 2017). Equal scores: the lowest row.
struct HardestPositive {
    static constexpr Pick positive_pick = Pick::farthest;
};

}  // namespace mohs::inline MOHS_ABI
