#pragma once

#include <mohs/filter/filter.hpp>

namespace mohs::inline MOHS_ABI {

/// Rejects negatives that are closer to the anchor, or to the positive, than `closer_than`: near-duplicates with
/// another label are usually mislabelled. Strict: a negative at the threshold stays. The threshold is in the metric's
/// own unit, a plain number or `mohs::similarity(x)` or `mohs::distance(x)`. With `to_positive` false, only the
/// anchor is looked at. A miner throws std::invalid_argument for a threshold that is NaN; an infinite one excludes
/// nothing or everything. There is no default: one that is not given is NaN.
template <class Threshold = double>
struct ExcludeNearDuplicates {
    static constexpr const char* name = "rejected_near_duplicates";
    static constexpr bool needs_positive = true;

    Threshold closer_than = detail::threshold_not_given<Threshold>();
    bool to_positive = true;

    void validate() const
    {
        detail::check_number("ExcludeNearDuplicates: closer_than", detail::threshold_number(closer_than));
    }

    template <class M>
    [[nodiscard]] ValueLimits limits(const KnownPositive&) const
    {
        return {detail::threshold_value<M>(closer_than), std::nullopt, !to_positive};
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        using M = typename Query::M;
        const double bound = detail::threshold_value<M>(closer_than);
        return Finish<M>::closer(query.value(), bound) ||
               (to_positive && Finish<M>::closer(query.value_to_positive(), bound));
    }
};
template <class Threshold>
ExcludeNearDuplicates(Threshold) -> ExcludeNearDuplicates<Threshold>;
template <class Threshold>
ExcludeNearDuplicates(Threshold, bool) -> ExcludeNearDuplicates<Threshold>;

}  // namespace mohs::inline MOHS_ABI
