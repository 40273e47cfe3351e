#pragma once

#include <mohs/detail/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Per anchor, the positive that is closest (easy positives, Xuan, Stylianou and Pless 2020): keeps classes from
/// collapsing into one point. Equal scores: the lowest row.
struct EasiestPositive {
    static constexpr detail::Pick positive_pick = detail::Pick::closest;
};

}  // namespace mohs::inline MOHS_ABI
