#pragma once

/// \file
/// Packing: rows become panels, with the metric folded in.
///
/// Panel p holds rows `row_of[p * width ...]`, transposed (element k of its row r at `panel[k * width + r]`),
/// zero-padded. Rows are normalised, centred or scaled on the way; all are brought to lengths of about 1 by an exact
/// power of two, so that no score overflows or vanishes, whatever the magnitude of the input.

#include <mohs/detail/scene/row_norm.hpp>
#include <mohs/detail/simd/transpose.hpp>
#include <mohs/metric.hpp>
#include <mohs/workspace.hpp>

#include <algorithm>
#include <span>

namespace mohs::inline MOHS_ABI::detail {

/// x -> x * scale - mean. The scale is a power of two; the mean, of scaled rows, is null unless the metric centres.
struct RowMap {
    const double* mean = nullptr;
    double scale = 1;
};

/// The two factors that bring a row of norm `norm` to length 1: each is representable where their product may not be.
struct UnitScale {
    double power, factor;
};
inline UnitScale unit_scale(double norm)
{
    if (norm <= 0) {
        return {1, 0};
    }
    if (norm > 1e-150 && norm < 1e150) {
        return {1, 1 / norm};
    }
    const double power = near_one(norm);
    return {power, 1 / (norm * power)};
}

/// A row on its way into a panel: contiguous elements, to be multiplied by a factor.
template <class T>
struct ReadyRow {
    const T* elements;
    T factor;
};

/// Brings one row into the metric's form. Rows that need more than one exact-width multiplication go through
/// `buffer`.
template <RowTransform transform, class T, class Scalar>
MOHS_ALWAYS_INLINE ReadyRow<T> ready_row(const Batch<Scalar>& batch, Index row, double norm, const RowMap& map,
                                         T* buffer)
{
    const Index depth = batch.dimension();
    const T* const x = fetch_row(batch, row, buffer);
    if constexpr (transform == RowTransform::centre) {
        for (Index k = 0; k < depth; ++k) {
            // The product is exact.
            buffer[k] = static_cast<T>(static_cast<double>(x[k]) * map.scale - map.mean[k]);
        }
        return {buffer, 1};
    } else {
        const UnitScale unit = transform == RowTransform::normalise ? unit_scale(norm) : UnitScale{map.scale, 1};
        const double product = unit.power * unit.factor;
        if (product > 1e-30 && product < 1e30) {
            return {x, static_cast<T>(product)};
        }
        for (Index k = 0; k < depth; ++k) {
            buffer[k] = static_cast<T>(rounded(static_cast<double>(x[k]) * unit.power) * unit.factor);
        }
        return {buffer, 1};
    }
}

/// Writes `rows` to columns [0, block_side) of a panel.
template <class T, int width>
MOHS_ALWAYS_INLINE void interleave(const ReadyRow<T> (&rows)[block_side<T>], Index depth, T* panel)
{
    constexpr int side = block_side<T>;
    T factor[side];
    MOHS_UNROLL
    for (int r = 0; r < side; ++r) {
        factor[r] = rows[r].factor;
    }
    Index k = 0;
    for (; k + side <= depth; k += side) {
        const T* row[side];
        MOHS_UNROLL
        for (int r = 0; r < side; ++r) {
            row[r] = rows[r].elements + k;
        }
        transpose_block<T>(row, factor, {panel + k * width, width});
    }
    for (; k < depth; ++k) {
        for (int r = 0; r < side; ++r) {
            panel[k * width + r] = rows[r].elements[k] * factor[r];
        }
    }
}

/// Packs the rows of one panel: `rows` are at most its width, and the rest is zero. `norms` are by row. `buffer` has
/// room for the whole panel; `bias` may be null for metrics without.
template <PackForm form, class T, class Scalar>
struct PackPanel {
    const Batch<Scalar>& batch;
    std::span<const std::int32_t> rows;
    const double* norms;
    const RowMap& map;
    T* buffer;
    T* panel;
    T* bias;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int width = panel_width<Isa, T>, group = block_side<T>;
        static_assert(width % group == 0);
        const Index depth = batch.dimension();
        for (int first = 0; first < width; first += group) {
            ReadyRow<T> ready[group];
            for (int r = 0; r < group; ++r) {
                T* const scratch = buffer + (first + r) * depth;
                const auto at = static_cast<std::size_t>(first + r);
                // Rows that are not finite are masked where they are packed at all; like padding they become zeros.
                const bool present = at < rows.size() && norms[rows[at]] >= 0;
                if (present) {
                    ready[r] = ready_row<form.transform>(batch, rows[at], norms[rows[at]], map, scratch);
                } else {
                    std::fill(scratch, scratch + depth, T{0});
                    ready[r] = {scratch, 1};
                }
                if constexpr (form.bias && form.transform == RowTransform::normalise) {
                    // |x|^2 is 1, or 0 for a zero row: the constant half is left out.
                    bias[first + r] = present && norms[rows[at]] == 0 ? T{0.5} : T{0};
                } else if constexpr (form.bias) {
                    bias[first + r] = static_cast<T>(-0.5 * square_sum<Isa>(ready[r].elements, depth));
                }
            }
            interleave<T, width>(ready, depth, panel + first);
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
