#pragma once

/// \file
/// The limits of filters as kernel scores.

#include <mohs/detail/score.hpp>
#include <mohs/filter/filter.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// What a score says to a filter: rejected for being too close, or too far; kept; or the filter has to be asked.
enum class ScoreVerdict : std::uint8_t { too_close, too_far, kept, unknown };

/// Kernel scores that decide for a filter. They lie apart from its limits by what rounding can do, so that scores in
/// between are left to the filter and its exact values.
template <class T>
struct FilterBounds {
    T reject_above = highest<T>, keep_below = highest<T>, keep_above = lowest<T>, reject_below = lowest<T>;
    bool keeps = false;  ///< whether the filter rejects nothing but for its limits

    [[nodiscard]] ScoreVerdict verdict_of(T score) const
    {
        return score > reject_above                                  ? ScoreVerdict::too_close
               : score < reject_below                                ? ScoreVerdict::too_far
               : keeps && score <= keep_below && score >= keep_above ? ScoreVerdict::kept
                                                                     : ScoreVerdict::unknown;
    }
};

/// The kernel score of a value, moved by what rounding can do to either.
template <class M, class T>
T widened_score(const Scene<T>& scene, Index anchor_position, double value, int direction)
{
    const double score = score_of_value<M>(scene.anchors, anchor_position, scene.candidates, value);
    return clamp_score<T>(score + direction * (score_error<M>(scene) + std::abs(score) * 1e-6));
}

/// The bounds of one filter for the anchor at `position`.
template <class M, class T, class F>
FilterBounds<T> bounds_of_filter(const F& filter, const Scene<T>& scene, Index position, double positive_value,
                                 const PositiveValues* all_positives)
{
    FilterBounds<T> bounds;
    if constexpr (has_limits<M, F>) {
        const ValueLimits limits = filter.template limits<M>(positive_value, all_positives);
        bounds.keeps = limits.nothing_else;
        if (limits.closest) {
            bounds.reject_above = widened_score<M>(scene, position, *limits.closest, 1);
            bounds.keep_below = widened_score<M>(scene, position, *limits.closest, -1);
        }
        if (limits.farthest) {
            bounds.reject_below = widened_score<M>(scene, position, *limits.farthest, -1);
            bounds.keep_above = widened_score<M>(scene, position, *limits.farthest, 1);
        }
    }
    return bounds;
}

}  // namespace mohs::inline MOHS_ABI::detail
