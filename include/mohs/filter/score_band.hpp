#pragma once

#include <mohs/detail/choose/strategy_traits.hpp>
#include <mohs/filter/filter.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI {

/// Keeps only negatives whose value to the anchor lies in [low, high], both included, in the metric's own unit:
/// similarities that are high enough to teach and low enough to be true negatives, or distances likewise. An end that
/// is not given is no limit, nor is an infinite one. A band with low > high is empty and keeps nothing. A miner throws
/// std::invalid_argument for an end that is NaN.
struct ScoreBand {
    static constexpr const char* name = "rejected_score_band";
    static constexpr bool needs_positive = false;

    std::optional<double> low = std::nullopt, high = std::nullopt;

    void validate() const
    {
        detail::check_number("ScoreBand: low", low.value_or(0));
        detail::check_number("ScoreBand: high", high.value_or(0));
    }

    [[nodiscard]] std::string settings() const
    {
        const auto text = [](const std::optional<double>& end) {
            return end ? detail::text_of_number(*end) : std::string("none");
        };
        return "low " + text(low) + ", high " + text(high);
    }

    template <class M>
    [[nodiscard]] ValueLimits limits(const KnownPositive&) const
    {
        return {Finish<M>::close_end(low, high), Finish<M>::far_end(low, high), true};
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return !detail::in_band(low, high, query.value());
    }
};

}  // namespace mohs::inline MOHS_ABI
