#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Per anchor, the negative that is farthest: the largest distance or the smallest similarity. For comparison, and
/// for the first steps of a curriculum. Equal scores: the lowest row.
struct EasiestNegative {
    static constexpr Pick negative_pick = Pick::farthest;
};

}  // namespace mohs::inline MOHS_ABI
