#pragma once

/// \file
/// Tiles at the edge: of a panel that is not full, or on the diagonal of a self-scan.
///
/// Only registers that hold scores of two rows are computed. Everything has the bits that `DotPanels` gives: zeros
/// where a row is padding, and below the diagonal the mirrored scores, since the product commutes.

#include <mohs/detail/kernel/dot_panels.hpp>
#include <mohs/detail/simd/transpose.hpp>

#include <algorithm>

namespace mohs::inline MOHS_ABI::detail {

/// The same as `DotPanels` for panels of which `rows` and `columns` are not padding. `diagonal`: the panels are the
/// same.
template <class T>
struct DotEdge {
    const T* a;
    const T* b;
    std::ptrdiff_t depth;
    T* tile;
    int rows, columns;
    bool diagonal;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa isa) const
    {
        constexpr int width = panel_width<Isa, T>;
        if constexpr (Isa::level == IsaLevel::portable) {
            DotPanels<T>{a, b, depth, tile}(isa);
        } else {
            // All sums resume from here: half as many loops as with and without.
            std::fill(tile, tile + width * width, T{0});
            for_blocks<Isa, T>(depth, [&](std::ptrdiff_t k, std::ptrdiff_t size) MOHS_INLINE_LAMBDA {
                for (int r = 0; r < rows;) {
                    const int first = diagonal ? r / lanes<Isa, T> * lanes<Isa, T> : 0;
                    r += dot_columns<Isa, Isa::vectors>(r, first, k, size);
                }
            });
            if (diagonal) {
                mirror<Isa>();
            }
        }
    }

private:
    /// Rows from r on and the columns from `first` to the last, which are `vectors` registers or fewer. Returns how
    /// many rows.
    template <class Isa, int vectors>
    MOHS_ALWAYS_INLINE int dot_columns(int r, int first, std::ptrdiff_t k, std::ptrdiff_t size) const
    {
        constexpr int width = panel_width<Isa, T>;
        const T* const from_a = a + k * width + r;
        const T* const from_b = b + k * width + first;
        T* const to = tile + r * width + first;
        if constexpr (vectors > 1) {
            if (columns - first <= (vectors - 1) * lanes<Isa, T>) {
                return dot_columns<Isa, vectors - 1>(r, first, k, size);
            }
        } else if (r + Isa::rows < rows) {
            // Few columns: more rows, so that there are enough chains to hide the latency.
            dot_rows<Isa, T, 2 * Isa::rows, vectors, true>(from_a, from_b, size, to);
            return 2 * Isa::rows;
        }
        dot_rows<Isa, T, Isa::rows, vectors, true>(from_a, from_b, size, to);
        return Isa::rows;
    }

    /// Copies what is right of the registers on the diagonal to what is left of them.
    template <class Isa>
    MOHS_ALWAYS_INLINE void mirror() const
    {
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>, side = block_side<T>;
        static_assert(step % side == 0);
        for (int r = step; r < rows; r += side) {
            for (int c = 0; c < r / step * step; c += side) {
                turn_block<T>({tile + c * width + r, width}, {tile + r * width + c, width});
            }
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
