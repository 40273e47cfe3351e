#pragma once

/// \file
/// Which of several filters rejects a candidate.

#include <mohs/detail/filter/filter_bounds.hpp>

#include <span>
#include <tuple>

namespace mohs::inline MOHS_ABI::detail {

/// What the filters said of a candidate: the first that rejected it, or -1, and whether its score alone was too close
/// for that filter.
struct Rejection {
    int filter = -1;
    bool too_close = false;
};

/// Asks filters in their order. `verdict(bounds)` is what is known of the candidate by a filter's bounds; only where
/// that is nothing, or `bounds` is empty, the filter is asked about `query`.
template <class T, class Query, class Verdict, class... Filters>
MOHS_ALWAYS_INLINE Rejection first_rejection(const std::tuple<Filters...>& filters, const Query& query,
                                             std::span<const FilterBounds<T>> bounds, const Verdict& verdict)
{
    Rejection result;
    std::size_t at = 0;
    const auto rejects = [&](const auto& filter) {
        const ScoreVerdict by_score = bounds.empty() ? ScoreVerdict::unknown : verdict(bounds[at]);
        result.too_close = by_score == ScoreVerdict::too_close;
        return by_score == ScoreVerdict::too_close || by_score == ScoreVerdict::too_far ||
               (by_score == ScoreVerdict::unknown && filter.rejects(query));
    };
    const bool rejected = std::apply(
        [&](const Filters&... filter) { return ((rejects(filter) ? true : (++at, false)) || ...); }, filters);
    result.filter = rejected ? static_cast<int>(at) : -1;
    return result;
}

/// The first filter that rejects what `query` is about, or -1.
template <class Query, class... Filters>
int first_rejection([[maybe_unused]] const std::tuple<Filters...>& filters, [[maybe_unused]] const Query& query)
{
    int at = 0;
    const bool rejected = std::apply(
        [&](const Filters&... filter) { return ((filter.rejects(query) ? true : (++at, false)) || ...); }, filters);
    return rejected ? at : -1;
}

}  // namespace mohs::inline MOHS_ABI::detail
