#pragma once

#include <mohs/detail/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Per anchor, the negative that is farthest: the largest distance or the smallest similarity. For comparison, and
/// for the first steps of a curriculum. Equal scores: the lowest row.
struct EasiestNegative {
    static constexpr detail::Pick negative_pick = detail::Pick::farthest;
};

}  // namespace mohs::inline MOHS_ABI
