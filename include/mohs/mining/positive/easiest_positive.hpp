#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Per anchor, the positive that is closest (easy positives, Xuan, Stylianou and Pless 2020): keeps classes from
/// collapsing into one point. Equal scores: the lowest row.
struct EasiestPositive {
    static constexpr Pick positive_pick = Pick::closest;
};

}  // namespace mohs::inline MOHS_ABI
