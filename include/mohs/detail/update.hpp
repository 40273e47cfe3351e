#pragma once

/// \file
/// The second product: weights times panels.

#include <mohs/detail/transpose.hpp>

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
                MOHS_UNROLL
                for (int v = 0; v < Isa::vectors; ++v) {
                    sum[r][v] += element[r * width] * weight[v];
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

/// The same for a panel of columns: gradient[k * width + c] += the sum over r < rows of the weight of row r and column c
/// times element k of row r. The weights are tiles with the rows along the vectors, one per panel of rows, `stride` apart.
template <class T>
struct UpdateColumns {
    const T* tiles;
    std::ptrdiff_t stride;
    std::ptrdiff_t rows;
    const T* panels;  ///< of the rows
    std::ptrdiff_t depth;
    T* turned;  ///< scratch, a tile per panel of rows
    T* gradient;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int width = panel_width<Isa, T>;
        for (std::ptrdiff_t first = 0; first < rows; first += width) {
            turn<Isa>(tiles + first / width * stride, turned + first * width);
        }
        isa::enter(Isa{}, UpdatePanel<T>{turned, rows, panels, depth, gradient});
    }

private:
    template <class Isa>
    MOHS_ALWAYS_INLINE static void turn(const T* tile, T* to)
    {
        constexpr int width = panel_width<Isa, T>, side = block_side<T>;
        for (int c = 0; c < width; c += side) {
            for (int r = 0; r < width; r += side) {
                const T* column[side];
                T factor[side];
                MOHS_UNROLL
                for (int i = 0; i < side; ++i) {
                    column[i] = tile + (c + i) * width + r;
                    factor[i] = 1;
                }
                transpose_block<T>(column, factor, {to + r * width + c, width});
            }
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
