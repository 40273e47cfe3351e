#pragma once

/// \file
/// Hooks of a loss together with filters of the pairs that they are shown.

#include <mohs/detail/filter/pair_filters.hpp>
#include <mohs/pair_hooks.hpp>

#include <type_traits>

namespace mohs::inline MOHS_ABI::detail {

/// `Filters` are PairFilters of the scene that is swept.
template <class Hooks, class Filters>
struct FilteredHooks : Hooks {
    const Filters* filters;
};

template <class Hooks>
inline constexpr bool is_filtered = false;
template <class Hooks, class Filters>
inline constexpr bool is_filtered<FilteredHooks<Hooks, Filters>> = true;

/// Hooks as a sweep takes them: without filters, what they are.
template <class Hooks, class Filters>
using SweptHooks = std::conditional_t<Filters::present, FilteredHooks<Hooks, Filters>, Hooks>;

template <class Hooks, class Filters>
SweptHooks<Hooks, Filters> with_filters(const Hooks& hooks, const Filters& filters)
{
    if constexpr (Filters::present) {
        return {hooks, &filters};
    } else {
        return hooks;
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
