#pragma once

/// \file
/// The kernels and the steps of miners that nearly every test needs are compiled once, in kernels.cpp, instead of by
/// each of them.

#include <mohs/mohs.hpp>

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
    prefix template void run(IsaLevel, const DotEdge<float>&);    \
    prefix template void run(IsaLevel, const DotEdge<double>&);   \
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

#define MOHS_SCENE(prefix, form, T, A)                                                                        \
    prefix template Scene<T> build_scene_as<form, T, A, A>(const Batch<A>&, const Batch<A>&, bool, PackOrder, \
                                                           const Options&, Workspace&);

#define MOHS_SCENES(prefix, T, A)                                                                            \
    prefix template void check_batches(const BatchRules&, const Batch<A>&, const Batch<A>&, const Options&); \
    MOHS_SCENE(prefix, pack_form<DotProduct>, T, A)                                                          \
    MOHS_SCENE(prefix, pack_form<Cosine>, T, A)                                                              \
    MOHS_SCENE(prefix, pack_form<Euclidean>, T, A)                                                           \
    MOHS_SCENE(prefix, pack_form<Normalised<Euclidean>>, T, A)

#define MOHS_DRAWS(prefix, among)                                                                                      \
    prefix template Index draw_candidate<among, float>(const Scene<float>&, Index, const RandomStream&, std::uint32_t, \
                                                       const AdmitAll&);

#define MOHS_POSITIVES(prefix, M, Strategy)                                                                     \
    prefix template Slots<float> choose_positives<M>(const Strategy&, const Scene<float>&, const Batch<float>&, \
                                                     const Batch<float>&, const Options&, Workspace&);

#define MOHS_VALUES(prefix, M, A) \
    prefix template double measure_rows<M>(const Batch<A>&, Index, const Batch<A>&, Index);

#define MOHS_MINING(prefix, M)                                       \
    prefix template void summarise(Triplets<M>&, std::span<double>); \
    prefix template void summarise(Triplets<M>&, Workspace&);        \
    MOHS_VALUES(prefix, M, float)                                    \
    MOHS_VALUES(prefix, M, double)                                   \
    MOHS_POSITIVES(prefix, M, HardestPositive)                       \
    MOHS_POSITIVES(prefix, M, EasiestPositive)                       \
    MOHS_POSITIVES(prefix, M, RandomPositive)                        \
    MOHS_POSITIVES(prefix, M, AllPositives)

#define MOHS_GRADIENTS(prefix, T) prefix template void check_gradient(const char*, const Batch<T>&, const MatrixOf<T>&);

#define MOHS_STEPS(prefix)                                                       \
    MOHS_SCENES(prefix, float, float)                                            \
    MOHS_SCENES(prefix, double, double)                                          \
    MOHS_SCENE(prefix, pack_form<Cosine>, float, Eigen::half)                    \
    MOHS_SCENE(prefix, pack_form<Cosine>, float, Eigen::bfloat16)                \
    MOHS_SCENE(prefix, pack_form<Normalised<Euclidean>>, float, Eigen::half)     \
    MOHS_SCENE(prefix, pack_form<Normalised<Euclidean>>, float, Eigen::bfloat16) \
    MOHS_GRADIENTS(prefix, float)                                                \
    MOHS_GRADIENTS(prefix, double)                                               \
    MOHS_DRAWS(prefix, Among::positives)                                         \
    MOHS_DRAWS(prefix, Among::negatives)                                         \
    MOHS_MINING(prefix, DotProduct)                                              \
    MOHS_MINING(prefix, Cosine)                                                  \
    MOHS_MINING(prefix, Euclidean)                                               \
    MOHS_MINING(prefix, SquaredEuclidean)                                        \
    MOHS_MINING(prefix, Normalised<Euclidean>)

namespace mohs::inline MOHS_ABI::detail {
MOHS_STEPS(extern)
}
namespace mohs::inline MOHS_ABI::detail::isa {
MOHS_KERNELS(extern)
}
