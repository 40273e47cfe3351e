#pragma once

/// \file
/// Scores of single pairs of rows, with the bits that tiles give them.

#include <mohs/detail/simd/multiply_add.hpp>
#include <mohs/detail/simd/transpose.hpp>

#include <algorithm>
#include <cstddef>

namespace mohs::inline MOHS_ABI::detail {

/// Pairs that are scored together, at most: a pair per lane of the widest register.
inline constexpr int pairs_at_once = 16;

/// result[i] = dot(a[i], b[i]), one chain of multiply-adds over k in ascending order, for `pairs_at_once` pairs of rows
/// that are contiguous.
template <class T>
struct DotPairs {
    const T* const* a;
    const T* const* b;
    std::ptrdiff_t depth;
    T* result;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int step = lanes<Isa, T>, vectors = pairs_at_once / step;
        // Long enough that what is stored has arrived in the cache before it is loaded again, in other pieces.
        constexpr std::ptrdiff_t block = 32;
        alignas(64) T left[block * pairs_at_once], right[block * pairs_at_once];
        Vec<Isa, T> sum[vectors] = {};
        for (std::ptrdiff_t first = 0; first < depth; first += block) {
            const std::ptrdiff_t size = (std::min)(block, depth - first);
            interleave(a, first, size, left);
            interleave(b, first, size, right);
            for (std::ptrdiff_t k = 0; k < size; ++k) {
                MOHS_UNROLL
                for (int v = 0; v < vectors; ++v) {
                    Vec<Isa, T> x, y;
                    load<Isa, T>(x, left + k * pairs_at_once + v * step);
                    load<Isa, T>(y, right + k * pairs_at_once + v * step);
                    add_product<Isa, T>(sum[v], x, y);
                }
            }
        }
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            store<Isa, T>(result + v * step, sum[v]);
        }
    }

private:
    /// Elements [first, first + size) of all rows, those of equal k next to each other.
    static MOHS_ALWAYS_INLINE void interleave(const T* const* rows, std::ptrdiff_t first, std::ptrdiff_t size, T* to)
    {
        constexpr int side = block_side<T>;
        for (int i = 0; i < pairs_at_once; i += side) {
            std::ptrdiff_t k = 0;
            for (; k + side <= size; k += side) {
                const T* row[side];
                T one[side];
                MOHS_UNROLL
                for (int r = 0; r < side; ++r) {
                    row[r] = rows[i + r] + first + k;
                    one[r] = 1;
                }
                transpose_block<T>(row, one, {to + k * pairs_at_once + i, pairs_at_once});
            }
            for (; k < size; ++k) {
                for (int r = i; r < i + side; ++r) {
                    to[k * pairs_at_once + r] = rows[r][first + k];
                }
            }
        }
    }
};

/// The same, for `count` pairs, in several chains each: not the bits of a tile, but no more rounding, in a fraction of the
/// time. For those who measure what they keep.
template <class T>
struct DotRows {
    const T* const* a;
    const T* const* b;
    std::ptrdiff_t depth;
    std::size_t count;
    T* result;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int step = lanes<Isa, T>, chains = 4;
        for (std::size_t i = 0; i < count; ++i) {
            const T* const x = a[i];
            const T* const y = b[i];
            Vec<Isa, T> sum[chains] = {}, left, right;
            std::ptrdiff_t k = 0;
            for (; k + chains * step <= depth; k += chains * step) {
                MOHS_UNROLL
                for (int chain = 0; chain < chains; ++chain) {
                    load<Isa, T>(left, x + k + chain * step);
                    load<Isa, T>(right, y + k + chain * step);
                    add_product<Isa, T>(sum[chain], left, right);
                }
            }
            for (; k + step <= depth; k += step) {
                load<Isa, T>(left, x + k);
                load<Isa, T>(right, y + k);
                add_product<Isa, T>(sum[0], left, right);
            }
            sum[0] += sum[1];
            sum[2] += sum[3];
            sum[0] += sum[2];
            T lane[step], total = 0;
            store<Isa, T>(lane, sum[0]);
            for (const T part : lane) {
                total += part;
            }
            for (; k < depth; ++k) {
                total += x[k] * y[k];
            }
            result[i] = total;
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
