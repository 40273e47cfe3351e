#pragma once

/// \file
/// The kernels that nearly every test needs are compiled once, in kernels.cpp, instead of by each of them.

#include <mohs/detail/row.hpp>
#include <mohs/detail/scene.hpp>
#include <mohs/detail/tile.hpp>

#define MOHS_TILE_TEST(prefix, T, smallest, ceiling, bias)                                            \
    prefix template void run(IsaLevel, const TestTile<T, TileTest<smallest, ceiling, bias>, false>&); \
    prefix template void run(IsaLevel, const TestTile<T, TileTest<smallest, ceiling, bias>, true>&);

#define MOHS_PACKING(prefix, T, Scalar)                                                     \
    prefix template void run(IsaLevel, const MeasureRows<T, Scalar>&);                      \
    prefix template void run(IsaLevel, const PackPanel<pack_form<DotProduct>, T, Scalar>&); \
    prefix template void run(IsaLevel, const PackPanel<pack_form<Cosine>, T, Scalar>&);     \
    prefix template void run(IsaLevel, const PackPanel<pack_form<Euclidean>, T, Scalar>&);  \
    prefix template void run(IsaLevel, const PackPanel<pack_form<Normalised<Euclidean>>, T, Scalar>&);

#define MOHS_KERNELS(prefix)                                      \
    prefix template void run(IsaLevel, const DotPanels<float>&);  \
    prefix template void run(IsaLevel, const DotPanels<double>&); \
    MOHS_TILE_TEST(prefix, float, false, false, false)            \
    MOHS_TILE_TEST(prefix, float, false, false, true)             \
    MOHS_TILE_TEST(prefix, float, false, true, false)             \
    MOHS_TILE_TEST(prefix, float, false, true, true)              \
    MOHS_TILE_TEST(prefix, float, true, false, false)             \
    MOHS_TILE_TEST(prefix, float, true, false, true)              \
    MOHS_TILE_TEST(prefix, float, true, true, false)              \
    MOHS_TILE_TEST(prefix, float, true, true, true)               \
    MOHS_TILE_TEST(prefix, double, false, false, false)           \
    MOHS_TILE_TEST(prefix, double, false, false, true)            \
    MOHS_TILE_TEST(prefix, double, false, true, false)            \
    MOHS_TILE_TEST(prefix, double, false, true, true)             \
    MOHS_TILE_TEST(prefix, double, true, false, false)            \
    MOHS_TILE_TEST(prefix, double, true, false, true)             \
    MOHS_PACKING(prefix, float, float)                            \
    MOHS_PACKING(prefix, float, Eigen::half)                      \
    MOHS_PACKING(prefix, float, Eigen::bfloat16)                  \
    MOHS_PACKING(prefix, double, double)

namespace mohs::inline MOHS_ABI::detail::isa {
MOHS_KERNELS(extern)
}
