#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Every negative that is strictly farther than the triplet's positive, by at most `margin`. With AllPositives this
/// is `TripletMarginMiner(type_of_triplets="semihard")` of pytorch-metric-learning (margin 0.2).
///
/// For distances d(a, p) < d(a, n) <= d(a, p) + margin; for similarities s(a, p) > s(a, n) >= s(a, p) - margin. The
/// near end is decided on kernel scores, the margin on exact values.
struct SemiHardWithinMargin {
    static constexpr Pick negative_pick = Pick::every;
    static constexpr Beyond beyond = Beyond::positive;
    static constexpr Within within = Within::margin;
    static constexpr bool margin_included = true;

    double margin = 0.2;
};

}  // namespace mohs::inline MOHS_ABI
