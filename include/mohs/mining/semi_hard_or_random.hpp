#pragma once

#include <mohs/detail/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Like SemiHardRandom, but where no negative lies within the margin, a uniform choice among all negatives. With
/// RandomPositive this is the semi-hard mining of Roth and Brattoli (2019, "Revisiting deep metric learning"; margin
/// 0.2).
struct SemiHardOrRandom {
    static constexpr detail::Pick negative_pick = detail::Pick::random;
    static constexpr detail::Beyond beyond = detail::Beyond::positive;
    static constexpr detail::Fallback fallback = detail::Fallback::random;

    double margin = 0.2;
    std::uint64_t seed = 0;
};

}  // namespace mohs::inline MOHS_ABI
