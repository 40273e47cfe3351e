#pragma once

/// \file
/// Sums in double whose order is fixed.

#include <mohs/types.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Sum of term(0) .. term(size - 1), in double. Several chains, so that additions overlap; their number is fixed, so
/// that the sum does not depend on the instruction set.
template <class Term>
MOHS_ALWAYS_INLINE double chain_sum(Index size, const Term& term)
{
    constexpr int chains = 8;
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
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

}  // namespace mohs::inline MOHS_ABI::detail
