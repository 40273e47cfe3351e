#pragma once

#include <mohs/filter/filter.hpp>

namespace mohs::inline MOHS_ABI {

/// Keeps only negatives whose value to the anchor lies in [low, high], both included, in the metric's own unit:
/// similarities that are high enough to teach and low enough to be true negatives, or distances likewise. A band with
/// low > high is empty and keeps nothing; infinite ends are open. A miner throws std::invalid_argument for an end that
/// is NaN.
struct ScoreBand {
    static constexpr const char* name = "rejected_score_band";
    static constexpr bool needs_positive = false;

    double low, high;

    void validate() const
    {
        detail::check_number("ScoreBand: low", low);
        detail::check_number("ScoreBand: high", high);
    }

    template <class M>
    [[nodiscard]] ValueLimits limits(const KnownPositive&) const
    {
        return {M::is_similarity ? high : low, M::is_similarity ? low : high, true};
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        const double value = query.value();
        return value < low || value > high;
    }
};

}  // namespace mohs::inline MOHS_ABI
