#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Every positive of the anchor: one triplet, or one search for a negative, per ordered pair of an anchor and a
/// positive.
struct AllPositives {
    static constexpr Pick positive_pick = Pick::every;
};

}  // namespace mohs::inline MOHS_ABI
