#pragma once

#include <mohs/detail/check.hpp>
#include <mohs/detail/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// The closest negative whose value to the anchor lies in [low, high], both included, in the metric's own unit;
/// decided on exact values. No triplet where there is none (`allowed_neg_range` of BatchEasyHardMiner).
///
/// Throws std::invalid_argument unless low <= high.
struct ScoreWindowNegative {
    static constexpr detail::Pick negative_pick = detail::Pick::closest;

    double low, high;

    void validate() const
    {
        if (detail::is_nan(low) || detail::is_nan(high) || !(low <= high)) {
            detail::throw_invalid("ScoreWindowNegative: [" + std::to_string(low) + ", " + std::to_string(high) +
                                  "] is empty, but low must not be above high");
        }
    }
};

}  // namespace mohs::inline MOHS_ABI
