#pragma once

/// \file
/// Two batches that view the same rows.

#include <mohs/batch.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

namespace mohs::inline MOHS_ABI::detail {

/// The row of `queries` that is row 0 of `gallery` in memory, if the two share rows: below 0 where row 0 of the queries
/// is a later one of the gallery.
template <class A, class B>
std::optional<Index> shared_rows(const Batch<A>& queries, const Batch<B>& gallery)
{
    if constexpr (std::is_same_v<A, B>) {
        if (queries.rows() == 0 || gallery.rows() == 0 || queries.dimension() != gallery.dimension() ||
            queries.row_stride() != gallery.row_stride() || queries.column_stride() != gallery.column_stride()) {
            return std::nullopt;
        }
        // By address: pointers into two matrices have no difference.
        const auto address = [](const A* at) { return reinterpret_cast<std::uintptr_t>(at); };
        const auto distance = static_cast<std::ptrdiff_t>(address(gallery.data()) - address(queries.data()));
        const auto step = static_cast<std::ptrdiff_t>(sizeof(A)) * queries.row_stride();
        if (distance == 0) {
            return 0;
        }
        if (step != 0 && distance % step == 0 && distance / step > -gallery.rows() &&
            distance / step < queries.rows()) {
            return distance / step;
        }
    }
    return std::nullopt;
}

/// Refuses batches that share rows of which nothing says that they are the same samples: each would be its own nearest
/// candidate, and its own positive.
template <class A, class B>
void check_shared_rows(const Batch<A>& queries, const Batch<B>& gallery)
{
    if (queries.has_ids() || queries.relation() != nullptr) {
        return;
    }
    if (const std::optional<Index> shared = shared_rows(queries, gallery)) {
        throw_invalid("scan: row " + std::to_string(std::max<Index>(*shared, 0)) + " of the queries is row " +
                      std::to_string(std::max<Index>(-*shared, 0)) +
                      " of the gallery in memory, and would be its own candidate: call with one batch to compare it "
                      "with itself, or give both batches sample ids");
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
