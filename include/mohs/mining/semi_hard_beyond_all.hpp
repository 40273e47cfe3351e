#pragma once

#include <mohs/detail/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// The closest negative that is strictly farther than the anchor's farthest positive, whichever positive the triplet
/// has, or, where there is none, the farthest negative: the semi-hard negative of TensorFlow Similarity.
struct SemiHardBeyondAll {
    static constexpr detail::Pick negative_pick = detail::Pick::closest;
    static constexpr detail::Beyond beyond = detail::Beyond::farthest_positive;
    static constexpr detail::Fallback fallback = detail::Fallback::farthest;
};

}  // namespace mohs::inline MOHS_ABI
