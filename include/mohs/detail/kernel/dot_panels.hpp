#pragma once

/// \file
/// The register kernel: scores of one panel of rows against another.
///
/// A panel holds `panel_width` rows, transposed: element k of row r is at `panel[k * width + r]`. Per step k a
/// register tile of `rows` x `vectors` loads `vectors` registers of candidates, broadcasts `rows` anchors and issues
/// rows * vectors FMAs. On AVX2 (4 x 3 of 8 floats): 12 accumulators + 3 candidates + 1 broadcast = the 16 registers
/// there are; 7 loads feed 12 FMAs, below the 1 load : 1 FMA that the load ports sustain, and 12 independent chains
/// cover 2 pipes x 4 cycles of latency. AVX-512 (8 x 3 of 16): 24 + 3 + 1 of 32 registers, 11 loads for 24.
///
/// A score is one FMA chain over k in ascending order. A k-block resumes the stored partial sum, so blocking never
/// changes a bit, and the product commutes: score(i, j) has the bits of score(j, i).

#include <mohs/detail/simd/multiply_add.hpp>

#include <Eigen/Core>
#include <cstddef>

namespace mohs::inline MOHS_ABI::detail {

/// `rows` rows of the tile and `vectors` registers of its columns, over k in [0, depth). `a`, `b` and `tile` point at
/// the first row and column, at the first k of this block.
template <class Isa, class T, int rows, int vectors, bool Resume>
MOHS_ALWAYS_INLINE void dot_rows(const T* a, const T* b, std::ptrdiff_t depth, T* tile)
{
    constexpr int width = panel_width<Isa, T>;
    constexpr int step = lanes<Isa, T>;
    Vec<Isa, T> sum[rows][vectors];
    MOHS_UNROLL
    for (int r = 0; r < rows; ++r) {
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            if constexpr (Resume) {
                load<Isa, T>(sum[r][v], tile + r * width + v * step);
            } else {
                sum[r][v] = Vec<Isa, T>{};
            }
        }
    }
    for (std::ptrdiff_t k = 0; k < depth; ++k) {
        Vec<Isa, T> candidate[vectors];
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            load<Isa, T>(candidate[v], b + v * step);
        }
        MOHS_UNROLL
        for (int r = 0; r < rows; ++r) {
            Vec<Isa, T> anchor;
            splat<Isa, T>(anchor, a[r]);
            MOHS_UNROLL
            for (int v = 0; v < vectors; ++v) {
                add_product<Isa, T>(sum[r][v], anchor, candidate[v]);
            }
        }
        a += width;
        b += width;
    }
    MOHS_UNROLL
    for (int r = 0; r < rows; ++r) {
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            store<Isa, T>(tile + r * width + v * step, sum[r][v]);
        }
    }
}

/// Calls `body(k, size)` for the k-blocks of rows of `depth` elements.
template <class Isa, class T, class Body>
MOHS_ALWAYS_INLINE void for_blocks(std::ptrdiff_t depth, const Body& body)
{
    constexpr std::ptrdiff_t block = Isa::depth / static_cast<int>(sizeof(T));
    std::ptrdiff_t k = 0;
    do {
        // Equal blocks: a short last one would pay the tile's loads and stores for little work.
        const std::ptrdiff_t left = depth - k;
        const std::ptrdiff_t size = left <= block ? left : left / ((left + block - 1) / block);
        body(k, size);
        k += size;
    } while (k < depth);
}

/// tile[i * width + j] = dot(row i of panel a, row j of panel b), for rows of `depth` elements. One function per
/// instruction set and scalar, shared by every visitor.
template <class T>
struct DotPanels {
    const T* a;
    const T* b;
    std::ptrdiff_t depth;
    T* tile;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int width = panel_width<Isa, T>;
        if constexpr (Isa::level == IsaLevel::portable) {
            using Panel = Eigen::Matrix<T, width, Eigen::Dynamic>;
            Eigen::Map<Eigen::Matrix<T, width, width, Eigen::RowMajor>>(tile).noalias() =
                Eigen::Map<const Panel>(a, width, depth)
                    .lazyProduct(Eigen::Map<const Panel>(b, width, depth).transpose());
        } else {
            for_blocks<Isa, T>(depth, [&](std::ptrdiff_t k, std::ptrdiff_t size) MOHS_INLINE_LAMBDA {
                for (int r = 0; r < width; r += Isa::rows) {
                    if (k == 0) {
                        dot_rows<Isa, T, Isa::rows, Isa::vectors, false>(a + r, b, size, tile + r * width);
                    } else {
                        dot_rows<Isa, T, Isa::rows, Isa::vectors, true>(a + k * width + r, b + k * width, size,
                                                                        tile + r * width);
                    }
                }
            });
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
