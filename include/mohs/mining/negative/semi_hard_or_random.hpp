#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Like SemiHardRandom, but where no negative lies within the margin, a uniform choice among all negatives. With
/// RandomPositive this is the semi-hard mining of Roth and Brattoli (2019, "Revisiting deep metric learning"; margin
/// 0.2).
struct SemiHardOrRandom {
    static constexpr Pick negative_pick = Pick::random;
    static constexpr Beyond beyond = Beyond::positive;
    static constexpr Within within = Within::margin;
    static constexpr Fallback fallback = Fallback::random;

    double margin = 0.2;
    std::uint64_t seed = 0;
};

}  // namespace mohs::inline MOHS_ABI
