#pragma once

#include <mohs/filter/filter.hpp>

#include <concepts>
#include <utility>

namespace mohs::inline MOHS_ABI {

/// Rejects the negatives for which `condition(anchor row, negative row)` is true, or `condition(anchor row, negative
/// row, value)` with their value in the metric's own unit. Called from several threads.
template <class Condition>
struct ExcludeIf {
    static constexpr const char* name = "rejected_by_condition";
    static constexpr bool needs_positive = false;

    Condition condition;

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        if constexpr (std::predicate<const Condition&, Index, Index, double>) {
            return condition(query.anchor().row, query.negative().row, query.value());
        } else {
            return condition(query.anchor().row, query.negative().row);
        }
    }
};
template <class Condition>
ExcludeIf(Condition) -> ExcludeIf<Condition>;

}  // namespace mohs::inline MOHS_ABI
