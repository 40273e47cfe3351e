#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// The closest negative that is strictly farther than the triplet's positive, and by less than `margin`; no triplet
/// where there is none. Without a margin this is the semi-hard negative of BatchEasyHardMiner
/// (pytorch-metric-learning; Xuan, Stylianou and Pless 2020).
///
/// For distances d(a, p) < d(a, n) < d(a, p) + margin; for similarities s(a, p) > s(a, n) > s(a, p) - margin. The
/// near end is decided on kernel scores, so a negative that ties with the positive is not farther; the margin, in the
/// metric's own unit, on exact values.
struct SemiHardNegative {
    static constexpr Pick negative_pick = Pick::closest;
    static constexpr Beyond beyond = Beyond::positive;
    static constexpr Within within = Within::margin;

    double margin = no_margin;
};

}  // namespace mohs::inline MOHS_ABI
