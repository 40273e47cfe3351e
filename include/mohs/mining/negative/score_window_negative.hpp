#pragma once

#include <mohs/detail/base/check.hpp>
#include <mohs/strategy.hpp>

#include <optional>

namespace mohs::inline MOHS_ABI {

/// The closest negative whose value to the anchor lies in [low, high], both included, in the metric's own unit;
/// decided on exact values. An end that is not given is no limit: with neither, this is HardestNegative. No triplet where
/// there is none (`allowed_neg_range` of BatchEasyHardMiner).
///
/// Throws std::invalid_argument for an end that is NaN, and unless low <= high.
struct ScoreWindowNegative {
    static constexpr Pick negative_pick = Pick::closest;
    static constexpr Within within = Within::band;

    std::optional<double> low = std::nullopt, high = std::nullopt;

    void validate() const
    {
        detail::check_number("ScoreWindowNegative: low", low.value_or(0));
        detail::check_number("ScoreWindowNegative: high", high.value_or(0));
        if (low && high && *low > *high) {
            detail::throw_invalid("ScoreWindowNegative: [" + std::to_string(*low) + ", " + std::to_string(*high) +
                                  "] is empty, but low must not be above high");
        }
    }
};

}  // namespace mohs::inline MOHS_ABI
