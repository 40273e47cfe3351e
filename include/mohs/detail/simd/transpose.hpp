#pragma once

/// \file
/// Transposition of small blocks, for panels and tiles. Registers of 16 bytes, which every instruction set has.

#include <mohs/detail/simd/vec.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Rows and columns of a block: 4 floats, 2 doubles.
template <class T>
inline constexpr int block_side = 16 / static_cast<int>(sizeof(T));

/// Element (r, c) of a block is at `at[r * stride + c]`.
template <class T>
struct BlockAt {
    T* at;
    std::ptrdiff_t stride;
};

#if MOHS_SHUFFLE

/// The instruction set of blocks.
struct Sixteen {
    static constexpr int bytes = 16;
};

/// Transposes the block whose rows are in `row`.
MOHS_ALWAYS_INLINE void transpose(Vec<Sixteen, float> (&row)[4])
{
    using Vector = Vec<Sixteen, float>;
    const Vector low01 = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5),
                 high01 = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7),
                 low23 = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5),
                 high23 = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
    row[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    row[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    row[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    row[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}
MOHS_ALWAYS_INLINE void transpose(Vec<Sixteen, double> (&row)[2])
{
    const Vec<Sixteen, double> first = __builtin_shufflevector(row[0], row[1], 0, 2);
    row[1] = __builtin_shufflevector(row[0], row[1], 1, 3);
    row[0] = first;
}

/// to = the transpose of the block whose row r is at `row[r]`, times `factor[r]`.
template <class T>
MOHS_ALWAYS_INLINE void transpose_block(const T* const (&row)[block_side<T>], const T (&factor)[block_side<T>],
                                        BlockAt<T> to)
{
    Vec<Sixteen, T> vector[block_side<T>];
    MOHS_UNROLL
    for (int r = 0; r < block_side<T>; ++r) {
        load<Sixteen, T>(vector[r], row[r]);
        vector[r] *= factor[r];
    }
    transpose(vector);
    MOHS_UNROLL
    for (int r = 0; r < block_side<T>; ++r) {
        store<Sixteen, T>(to.at + r * to.stride, vector[r]);
    }
}

#else

template <class T>
MOHS_ALWAYS_INLINE void transpose_block(const T* const (&row)[block_side<T>], const T (&factor)[block_side<T>],
                                        BlockAt<T> to)
{
    for (int c = 0; c < block_side<T>; ++c) {
        for (int r = 0; r < block_side<T>; ++r) {
            to.at[c * to.stride + r] = row[r][c] * factor[r];
        }
    }
}

#endif

/// to = the transpose of the block at `from`.
template <class T>
MOHS_ALWAYS_INLINE void turn_block(BlockAt<const T> from, BlockAt<T> to)
{
    const T* row[block_side<T>];
    T one[block_side<T>];
    MOHS_UNROLL
    for (int i = 0; i < block_side<T>; ++i) {
        row[i] = from.at + i * from.stride;
        one[i] = 1;
    }
    transpose_block<T>(row, one, to);
}

/// Turns `count` tiles, `stride` apart: element [c * width + r] of each goes to [r * width + c] of the next of `to`.
template <class T>
struct TurnTiles {
    const T* tiles;
    std::ptrdiff_t stride;
    std::ptrdiff_t count;
    T* to;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int width = panel_width<Isa, T>, side = block_side<T>;
        for (std::ptrdiff_t i = 0; i < count; ++i) {
            const T* const tile = tiles + i * stride;
            T* const turned = to + i * width * width;
            for (int c = 0; c < width; c += side) {
                for (int r = 0; r < width; r += side) {
                    turn_block<T>({tile + c * width + r, width}, {turned + r * width + c, width});
                }
            }
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
