#pragma once

/// \file
/// The second product: weights times panels.

#include <mohs/detail/simd/multiply_add.hpp>

#include <algorithm>
#include <cstddef>

namespace mohs::inline MOHS_ABI::detail {

/// Elements [k, k + Rows) of all rows of a gradient panel.
template <class Isa, class T, int Rows>
MOHS_ALWAYS_INLINE void update_rows(const T* weights, std::ptrdiff_t columns, const T* panels, std::ptrdiff_t depth,
                                    std::ptrdiff_t k, T* gradient)
{
    constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
    Vec<Isa, T> sum[Rows][Isa::vectors];
    MOHS_UNROLL
    for (int r = 0; r < Rows; ++r) {
        MOHS_UNROLL
        for (int v = 0; v < Isa::vectors; ++v) {
            load<Isa, T>(sum[r][v], gradient + (k + r) * width + v * step);
        }
    }
    for (std::ptrdiff_t first = 0; first < columns; first += width) {
        const T* element = panels + first * depth + k * width;
        const std::ptrdiff_t end = std::min<std::ptrdiff_t>(first + width, columns);
        for (std::ptrdiff_t c = first; c < end; ++c, ++element) {
            Vec<Isa, T> weight[Isa::vectors];
            MOHS_UNROLL
            for (int v = 0; v < Isa::vectors; ++v) {
                load<Isa, T>(weight[v], weights + c * width + v * step);
            }
            MOHS_UNROLL
            for (int r = 0; r < Rows; ++r) {
                Vec<Isa, T> own;
                splat<Isa, T>(own, element[r * width]);
                MOHS_UNROLL
                for (int v = 0; v < Isa::vectors; ++v) {
                    add_product<Isa, T>(sum[r][v], own, weight[v]);
                }
            }
        }
    }
    MOHS_UNROLL
    for (int r = 0; r < Rows; ++r) {
        MOHS_UNROLL
        for (int v = 0; v < Isa::vectors; ++v) {
            store<Isa, T>(gradient + (k + r) * width + v * step, sum[r][v]);
        }
    }
}

/// gradient[k * width + r] += the sum over c < columns of weights[c * width + r] times element k of column c, in
/// ascending order of c. The columns are the rows of consecutive panels. Shaped as the dot kernel is: per column a
/// register tile of `rows` elements x `vectors` loads the weights of all rows and broadcasts `rows` elements. One
/// function per instruction set and scalar.
template <class T>
struct UpdatePanel {
    const T* weights;
    std::ptrdiff_t columns;
    const T* panels;
    std::ptrdiff_t depth;
    T* gradient;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        std::ptrdiff_t k = 0;
        for (; k + Isa::rows <= depth; k += Isa::rows) {
            update_rows<Isa, T, Isa::rows>(weights, columns, panels, depth, k, gradient);
        }
        for (; k < depth; ++k) {
            update_rows<Isa, T, 1>(weights, columns, panels, depth, k, gradient);
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
