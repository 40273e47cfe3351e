#pragma once

/// \file
/// Dot products of bytes: where there are instructions for them, and the loop that uses them.
///
/// No compiler makes `vpdpbusd` of vector code, and both refuse its builtin outside of a function that names the
/// instruction set. So the loop stands here, once per register width, and calls back what is common to both.

#include <mohs/detail/simd/vec.hpp>

#if MOHS_BYTE_DOT
#include <cpuid.h>
#endif

namespace mohs::inline MOHS_ABI::detail {

/// Elements that one lane holds, as bytes.
inline constexpr int bytes_per_lane = 4;

/// Levels with a loop for bytes, on machines with the instructions.
template <class Isa>
inline constexpr bool knows_byte_dot =
    MOHS_BYTE_DOT != 0 && (Isa::level == IsaLevel::avx2 || Isa::level == IsaLevel::avx512);

/// Whether `level` multiplies bytes on this machine: AVX-512 with VNNI, AVX2 with AVX-VNNI.
inline bool has_byte_dot([[maybe_unused]] IsaLevel level)
{
#if MOHS_BYTE_DOT
    if (level == IsaLevel::avx512) {
        return isa::is_available(level) && __builtin_cpu_supports("avx512vnni");
    }
    if (level == IsaLevel::avx2) {
        unsigned a = 0, b = 0, c = 0, d = 0;
        return isa::is_available(level) && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1) != 0;
    }
#endif
    return false;
}

#if MOHS_BYTE_DOT

#if defined(__clang__)
#define MOHS_BYTE_DOT_256 __builtin_ia32_vpdpbusd256
#define MOHS_BYTE_DOT_512 __builtin_ia32_vpdpbusd512
#else
#define MOHS_BYTE_DOT_256 __builtin_ia32_vpdpbusd_v8si
#define MOHS_BYTE_DOT_512 __builtin_ia32_vpdpbusd_v16si
#endif

/// After `kernel.begin()`, for every group of rows of the register tile: `kernel.start(sum)`, then sum[r][v] += the dot
/// products of the four unsigned bytes in every lane of `kernel.anchors` with the four signed ones of
/// `kernel.candidates`, over `kernel.groups` lanes, then `kernel.finish(first, sum)`. Both tell whether to go on.
template <class Kernel>
__attribute__((target("avx2,fma,f16c,bmi,bmi2,popcnt,avxvnni"))) MOHS_NOINLINE void dot_bytes(isa::Avx2,
                                                                                              const Kernel& kernel)
{
    using Isa = isa::Avx2;
    constexpr int width = panel_width<Isa, float>, step = lanes<Isa, float>;
    bool goes_on = kernel.template begin<Isa>();
    for (int first = 0; first < width && goes_on; first += Isa::rows) {
        Vec<Isa, std::int32_t> sum[Isa::rows][Isa::vectors];
        kernel.template start<Isa>(sum);
        const std::int32_t *a = kernel.anchors + first, *b = kernel.candidates;
        for (std::ptrdiff_t group = 0; group < kernel.groups; ++group, a += width, b += width) {
            Vec<Isa, std::int32_t> anchor, candidate[Isa::vectors];
            MOHS_UNROLL
            for (int v = 0; v < Isa::vectors; ++v) {
                load<Isa, std::int32_t>(candidate[v], b + v * step);
            }
            MOHS_UNROLL
            for (int r = 0; r < Isa::rows; ++r) {
                splat<Isa, std::int32_t>(anchor, a[r]);
                // All 16 registers are in use: Clang would load the next anchor early, and spill a sum for it.
                __asm__ volatile("" : "+x"(anchor));
                MOHS_UNROLL
                for (int v = 0; v < Isa::vectors; ++v) {
                    sum[r][v] = MOHS_BYTE_DOT_256(sum[r][v], anchor, candidate[v]);
                }
            }
        }
        goes_on = kernel.template finish<Isa>(first, sum);
    }
}

/// The same with wider registers.
template <class Kernel>
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c,bmi,bmi2,popcnt")))
MOHS_NOINLINE void
dot_bytes(isa::Avx512, const Kernel& kernel)
{
    using Isa = isa::Avx512;
    constexpr int width = panel_width<Isa, float>, step = lanes<Isa, float>;
    bool goes_on = kernel.template begin<Isa>();
    for (int first = 0; first < width && goes_on; first += Isa::rows) {
        Vec<Isa, std::int32_t> sum[Isa::rows][Isa::vectors];
        kernel.template start<Isa>(sum);
        const std::int32_t *a = kernel.anchors + first, *b = kernel.candidates;
        for (std::ptrdiff_t group = 0; group < kernel.groups; ++group, a += width, b += width) {
            Vec<Isa, std::int32_t> anchor, candidate[Isa::vectors];
            MOHS_UNROLL
            for (int v = 0; v < Isa::vectors; ++v) {
                load<Isa, std::int32_t>(candidate[v], b + v * step);
            }
            MOHS_UNROLL
            for (int r = 0; r < Isa::rows; ++r) {
                splat<Isa, std::int32_t>(anchor, a[r]);
                MOHS_UNROLL
                for (int v = 0; v < Isa::vectors; ++v) {
                    sum[r][v] = MOHS_BYTE_DOT_512(sum[r][v], anchor, candidate[v]);
                }
            }
        }
        goes_on = kernel.template finish<Isa>(first, sum);
    }
}

#undef MOHS_BYTE_DOT_256
#undef MOHS_BYTE_DOT_512

#endif

/// Runs a kernel of bytes at a level that `has_byte_dot`.
template <class Kernel>
void run_byte_dot(IsaLevel level, const Kernel& kernel)
{
    isa::with_isa(level, [&](auto isa) MOHS_INLINE_LAMBDA {
        if constexpr (knows_byte_dot<decltype(isa)>) {
            dot_bytes(isa, kernel);
        }
    });
}

}  // namespace mohs::inline MOHS_ABI::detail
