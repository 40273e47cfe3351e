#pragma once

/// \file
/// The order of candidates.

#include <mohs/config.hpp>

#include <cstdint>

namespace mohs::inline MOHS_ABI::detail {

/// Whether a candidate comes before another: the better score first, the larger one or, if `smallest_first`, the smaller;
/// of equal ones the lowest row. So the order is total, and the best candidate is the same whatever the order of a scan.
template <bool smallest_first = false, class Score>
constexpr bool ranks_before(Score score, std::int32_t row, Score other_score, std::int32_t other_row)
{
    return score != other_score ? (smallest_first ? score < other_score : score > other_score) : row < other_row;
}

}  // namespace mohs::inline MOHS_ABI::detail
