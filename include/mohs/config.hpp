#pragma once

/// \file
/// Every compiler switch of the library is here, and nowhere else.
///
/// All of mohs lives in an inline namespace whose name spells the instruction set and the modes that the including
/// file is compiled with. Two object files built with different flags thus share no weak symbol, and the linker can
/// never hand one of them the code that was compiled for the other.

#if defined(_MSVC_LANG) ? _MSVC_LANG < 202002L : __cplusplus < 202002L
#error "mohs needs C++20: compile with -std=c++20 or later (CMake: target_compile_features(... cxx_std_20))"
#endif
#if !defined(__cpp_exceptions)
#error "mohs reports wrong use by exceptions: compile without -fno-exceptions"
#endif

#if (defined(__GNUC__) || defined(__clang__)) && !defined(MOHS_PORTABLE)
#define MOHS_GNU_VECTORS 1
#define MOHS_ALWAYS_INLINE inline __attribute__((always_inline))
#define MOHS_INLINE_LAMBDA __attribute__((always_inline))
#define MOHS_NOINLINE __attribute__((noinline))
#define MOHS_COLD __attribute__((noinline, cold))
#else
#define MOHS_GNU_VECTORS 0
#define MOHS_ALWAYS_INLINE inline
#define MOHS_INLINE_LAMBDA
#define MOHS_NOINLINE
#define MOHS_COLD
#endif

// GCC before 12 cannot shuffle vectors as Clang does.
#define MOHS_SHUFFLE 0
#if MOHS_GNU_VECTORS && defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#undef MOHS_SHUFFLE
#define MOHS_SHUFFLE 1
#endif
#endif

#if MOHS_GNU_VECTORS && defined(__x86_64__)
#define MOHS_X86 1
#else
#define MOHS_X86 0
#endif

// Dot products of bytes: GCC and Clang have the instructions, but only as builtins.
#if MOHS_X86 && ((defined(__clang__) && __clang_major__ >= 12) || (!defined(__clang__) && __GNUC__ >= 11))
#define MOHS_BYTE_DOT 1
#else
#define MOHS_BYTE_DOT 0
#endif

// Files are written by the calls of POSIX.
#if __has_include(<unistd.h>) && !defined(_WIN32)
#define MOHS_POSIX 1
#else
#define MOHS_POSIX 0
#endif

// One letter per feature that changes generated code: the key of the inline namespace.
#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512BW__) && defined(__AVX512DQ__)
#define MOHS_KEY_VECTOR avx512
#elif defined(__AVX512F__)
#define MOHS_KEY_VECTOR avx512f
#elif defined(__AVX2__)
#define MOHS_KEY_VECTOR avx2
#elif defined(__AVX__)
#define MOHS_KEY_VECTOR avx
#elif defined(__SSE4_2__)
#define MOHS_KEY_VECTOR sse4_2
#elif defined(__SSE4_1__)
#define MOHS_KEY_VECTOR sse4_1
#elif defined(__SSSE3__)
#define MOHS_KEY_VECTOR ssse3
#elif defined(__SSE3__)
#define MOHS_KEY_VECTOR sse3
#elif defined(__ARM_FEATURE_SVE)
#define MOHS_KEY_VECTOR sve
#else
#define MOHS_KEY_VECTOR base
#endif
#if defined(__FMA__)
#define MOHS_KEY_FMA _fma
#else
#define MOHS_KEY_FMA
#endif
#if defined(__F16C__)
#define MOHS_KEY_HALF _f16c
#else
#define MOHS_KEY_HALF
#endif
#if defined(__BMI2__)
#define MOHS_KEY_BITS _bmi2
#elif defined(__BMI__)
#define MOHS_KEY_BITS _bmi
#elif defined(__POPCNT__)
#define MOHS_KEY_BITS _popcnt
#else
#define MOHS_KEY_BITS
#endif
#if defined(__FAST_MATH__)
#define MOHS_KEY_MATH _fast
#else
#define MOHS_KEY_MATH
#endif
#if defined(_OPENMP)
#define MOHS_KEY_THREADS _omp
#else
#define MOHS_KEY_THREADS
#endif
#if MOHS_GNU_VECTORS
#define MOHS_KEY_PATH
#else
#define MOHS_KEY_PATH _portable
#endif
#define MOHS_JOIN_TOKENS(a, b, c, d, e, f, g) a##b##c##d##e##f##g
#define MOHS_JOIN(a, b, c, d, e, f, g) MOHS_JOIN_TOKENS(a, b, c, d, e, f, g)
#define MOHS_ABI                                                                                            \
    MOHS_JOIN(MOHS_KEY_VECTOR, MOHS_KEY_FMA, MOHS_KEY_HALF, MOHS_KEY_BITS, MOHS_KEY_MATH, MOHS_KEY_THREADS, \
              MOHS_KEY_PATH)

// GCC does not unroll at -O2: without this hint the accumulators of the kernel are indexed at run time and live on
// the stack.
#if defined(__GNUC__) || defined(__clang__)
#define MOHS_UNROLL _Pragma("GCC unroll 64")
#else
#define MOHS_UNROLL
#endif

// Multiply-adds that are one operation whatever the flags: Clang contracts them in a block that begins with this; GCC has
// builtins, one per width. Those of the baseline are there if it has the operation.
#if defined(__clang__)
#define MOHS_CONTRACT _Pragma("clang fp contract(on)")
#else
#define MOHS_CONTRACT
#endif
#if MOHS_GNU_VECTORS && !defined(__clang__)
#define MOHS_FUSED_BUILTINS 1
#else
#define MOHS_FUSED_BUILTINS 0
#endif
#if defined(__aarch64__)
#define MOHS_FUSED_FLOATS __builtin_aarch64_fmav4sf
#define MOHS_FUSED_DOUBLES __builtin_aarch64_fmav2df
#elif defined(__x86_64__) && defined(__FMA__)
#define MOHS_FUSED_FLOATS __builtin_ia32_vfmaddps
#define MOHS_FUSED_DOUBLES __builtin_ia32_vfmaddpd
#endif

// The constraint of inline assembly for a floating-point register.
#if defined(__x86_64__)
#define MOHS_FLOAT_REGISTER "+x"
#elif defined(__aarch64__)
#define MOHS_FLOAT_REGISTER "+w"
#else
#define MOHS_FLOAT_REGISTER "+m"
#endif
