#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// The closest negative that is strictly farther than the triplet's positive or, where there is none, the farthest
/// negative. With AllPositives this is `triplet_semihard_loss` of TensorFlow Addons and `BatchSemiHardTripletLoss` of
/// sentence-transformers. Every anchor with a positive and a negative yields a triplet.
struct SemiHardOrFarthest {
    static constexpr Pick negative_pick = Pick::closest;
    static constexpr Beyond beyond = Beyond::positive;
    static constexpr Fallback fallback = Fallback::farthest;
};

}  // namespace mohs::inline MOHS_ABI
