#pragma once

#include <mohs/filter/filter.hpp>
#include <mohs/finish.hpp>

#include <type_traits>

namespace mohs::inline MOHS_ABI {

/// Rejects negatives that are closer to the anchor, or to the positive, than `closer_than`: near-duplicates with
/// another label are usually mislabelled. Strict: a negative at the threshold stays. The threshold is in the metric's
/// own unit, a plain number or `mohs::similarity(x)` or `mohs::distance(x)`. With `to_positive` false, only the
/// anchor is looked at; with `std::false_type{}` that is known when it is compiled, and it is a filter of pairs:
///
///     mohs::InfoNCE{mohs::Cosine{}, {}, mohs::ExcludeNearDuplicates{mohs::similarity(0.97), std::false_type{}}}
///
/// A miner throws std::invalid_argument for a threshold that is NaN; an infinite one excludes
/// nothing or everything. There is no default: one that is not given is NaN.
template <class Threshold = double, class ToPositive = bool>
struct ExcludeNearDuplicates {
    static_assert(std::is_same_v<ToPositive, bool> || std::is_same_v<ToPositive, std::false_type>,
                  "mohs::ExcludeNearDuplicates: to_positive is a bool or std::false_type{}");
    static constexpr const char* name = "rejected_near_duplicates";
    static constexpr bool needs_positive = std::is_same_v<ToPositive, bool>;

    Threshold closer_than = detail::threshold_not_given<Threshold>();
    ToPositive to_positive = std::conditional_t<needs_positive, std::true_type, std::false_type>{};

    void validate() const
    {
        detail::check_number("ExcludeNearDuplicates: closer_than", detail::threshold_number(closer_than));
    }

    [[nodiscard]] std::string settings() const
    {
        return "closer_than " + detail::text_of_number(detail::threshold_number(closer_than)) +
               (to_positive ? ", to_positive" : "");
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
template <class Threshold>
ExcludeNearDuplicates(Threshold, std::false_type) -> ExcludeNearDuplicates<Threshold, std::false_type>;

}  // namespace mohs::inline MOHS_ABI
