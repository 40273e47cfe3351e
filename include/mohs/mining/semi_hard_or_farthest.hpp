#pragma once

#include <mohs/detail/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// The closest negative that is strictly farther than the triplet's positive or, where there is none, the farthest
/// negative. With AllPositives this is `triplet_semihard_loss` of TensorFlow Addons and `BatchSemiHardTripletLoss` of
/// sentence-transformers. Every anchor with a positive and a negative yields a triplet.
struct SemiHardOrFarthest {
    static constexpr detail::Pick negative_pick = detail::Pick::closest;
    static constexpr detail::Beyond beyond = detail::Beyond::positive;
    static constexpr detail::Fallback fallback = detail::Fallback::farthest;
};

}  // namespace mohs::inline MOHS_ABI
