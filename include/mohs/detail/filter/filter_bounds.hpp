#pragma once

/// \file
/// The limits of filters as kernel scores.

#include <mohs/detail/scene/kernel_score.hpp>
#include <mohs/filter/filter.hpp>
#include <mohs/finish.hpp>

#include <array>

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

/// Limits that a score can be too close for, in the order of their filters, each below those before: a candidate above
/// `reject_above[i]`, and not above `unsure_above` of those before, is rejected by `filter[i]`.
template <class T, int most>
struct CloseLimits {
    static constexpr std::size_t capacity = most > 0 ? most : 1;
    std::array<T, capacity> reject_above, unsure_above;
    std::array<int, capacity> filter;
    std::size_t size = 0;
    T keep_above = lowest<T>;  ///< what is above is not too far for any of the filters

    void add(int number, const FilterBounds<T>& bounds)
    {
        keep_above = (std::max)(keep_above, bounds.keep_above);
        if (bounds.keep_below >= lowest_limit() || bounds.keep_below < keep_above) {
            return;
        }
        // Two filters that are too near to tell apart are both asked.
        if (size > 0 && bounds.reject_above >= unsure_above[size - 1]) {
            unsure_above[size - 1] = (std::min)(unsure_above[size - 1], bounds.keep_below);
            reject_above[size - 1] = (std::max)(reject_above[size - 1], bounds.reject_above);
            if (size > 1) {
                // What is above the limit before is not for these two to tell.
                reject_above[size - 1] = (std::min)(reject_above[size - 1], unsure_above[size - 2]);
            }
            return;
        }
        reject_above[size] = bounds.reject_above;
        unsure_above[size] = bounds.keep_below;
        filter[size++] = number;
    }

    /// What is above is rejected, or has to be asked about.
    [[nodiscard]] T lowest_limit() const { return size == 0 ? highest<T> : unsure_above[size - 1]; }
};

/// The kernel score of a value, moved by what rounding can do to either.
template <class M, class T>
T widened_score(const Scene<T>& scene, Index anchor_position, double value, int direction)
{
    // In range before it is moved: a share of an infinite score is infinite, and the difference is no number.
    const double score = std::clamp(score_of_value<M>(scene.anchors, anchor_position, scene.candidates, value),
                                    -beyond_scores<T>, beyond_scores<T>);
    return clamp_score<T>(score + direction * (score_error<M>(scene) + std::abs(score) * 1e-6));
}

/// The bounds of one filter for the anchor at `position`.
template <class M, class T, class F>
FilterBounds<T> bounds_of_filter(const F& filter, const Scene<T>& scene, Index position, const KnownPositive& positive)
{
    FilterBounds<T> bounds;
    if constexpr (has_limits<M, F>) {
        const ValueLimits limits = filter.template limits<M>(positive);
        bounds.keeps = limits.nothing_else;
        const auto score = [&](double value, int direction) {
            return widened_score<M>(scene, position, Finish<M>::closer_by(value, direction * limits.error), direction);
        };
        if (limits.closest && Finish<M>::any_closer(Finish<M>::farther_by(*limits.closest, limits.error))) {
            bounds.reject_above = score(*limits.closest, 1);
            bounds.keep_below = score(*limits.closest, -1);
        }
        if (limits.farthest && Finish<M>::any_farther(Finish<M>::closer_by(*limits.farthest, limits.error))) {
            bounds.reject_below = score(*limits.farthest, -1);
            bounds.keep_above = score(*limits.farthest, 1);
        }
    }
    return bounds;
}

/// Those of all filters, in their order.
template <class M, class T, class... Filters>
void find_bounds(const std::tuple<Filters...>& filters, const Scene<T>& scene, Index position,
                 const KnownPositive& positive, std::span<FilterBounds<T>> bounds)
{
    std::size_t at = 0;
    std::apply(
        [&](const Filters&... filter) {
            ((bounds[at++] = bounds_of_filter<M>(filter, scene, position, positive)), ...);
        },
        filters);
}

}  // namespace mohs::inline MOHS_ABI::detail
