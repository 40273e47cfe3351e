#pragma once

/// \file
/// measure: the exact value of a metric between two rows.

#include <mohs/detail/scene/measure_rows.hpp>

namespace mohs::inline MOHS_ABI {

/// The similarity or distance between row `anchor` of one batch and row `candidate` of another, in the metric's own
/// unit, computed in double; distances from differences, so that those between near-duplicates are exact to rounding.
/// Within the range of the metric: rounding takes no cosine above 1.
/// Infinite or NaN if a row is, or if the result does not fit a double. Throws std::out_of_range for a row that does
/// not exist, std::invalid_argument if the batches differ in their columns. O(D).
template <Metric M, class A, class B>
double measure(M, const Batch<A>& anchors, Index anchor, const Batch<B>& candidates, Index candidate)
{
    if (anchors.dimension() != candidates.dimension()) {
        detail::throw_invalid("measure: rows of " + std::to_string(anchors.dimension()) + " and " +
                              std::to_string(candidates.dimension()) + " columns cannot be compared");
    }
    detail::check_row("measure: anchor", anchor, anchors.rows());
    detail::check_row("measure: candidate", candidate, candidates.rows());
    return detail::measure_rows<M>(anchors, anchor, candidates, candidate);
}

}  // namespace mohs::inline MOHS_ABI
