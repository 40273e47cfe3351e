#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// The closest negative that is strictly farther than the anchor's farthest positive, whichever positive the triplet
/// has, or, where there is none, the farthest negative: the semi-hard negative of TensorFlow Similarity.
struct SemiHardBeyondAll {
    static constexpr Pick negative_pick = Pick::closest;
    static constexpr Beyond beyond = Beyond::farthest_positive;
    static constexpr Fallback fallback = Fallback::farthest;
};

}  // namespace mohs::inline MOHS_ABI
