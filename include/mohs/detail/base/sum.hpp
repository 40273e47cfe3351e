#pragma once

/// \file
/// Sums in double whose order is fixed.

#include <mohs/types.hpp>

#include <algorithm>

namespace mohs::inline MOHS_ABI::detail {

/// Chains of a sum: several, so that additions overlap; their number is fixed, so that the sum does not depend on the
/// instruction set.
inline constexpr int sum_chains = 8;

MOHS_ALWAYS_INLINE double merge_chains(const double (&sum)[sum_chains])
{
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/// Sum of term(0) .. term(size - 1), in double.
template <class Term>
MOHS_ALWAYS_INLINE double chain_sum(Index size, const Term& term)
{
    constexpr int chains = sum_chains;
    double sum[chains] = {};
    Index k = 0;
    for (; k + chains <= size; k += chains) {
        MOHS_UNROLL
        for (int chain = 0; chain < chains; ++chain) {
            sum[chain] += term(k + chain);
        }
    }
    for (int chain = 0; k < size; ++k, ++chain) {
        sum[chain] += term(k);
    }
    return merge_chains(sum);
}

/// The largest of term(0) .. term(size - 1), but at least 0. A NaN is not looked at.
template <class Term>
MOHS_ALWAYS_INLINE double chain_max(Index size, const Term& term)
{
    constexpr int chains = sum_chains;
    double largest[chains] = {};
    Index k = 0;
    for (; k + chains <= size; k += chains) {
        MOHS_UNROLL
        for (int chain = 0; chain < chains; ++chain) {
            largest[chain] = (std::max)(largest[chain], term(k + chain));
        }
    }
    for (; k < size; ++k) {
        largest[0] = (std::max)(largest[0], term(k));
    }
    return *std::max_element(largest, largest + chains);
}

}  // namespace mohs::inline MOHS_ABI::detail
