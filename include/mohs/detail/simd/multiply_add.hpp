#pragma once

/// \file
/// Multiply-adds of whole vectors: one operation, rounded once, wherever the instruction set has it.
///
/// Which a * b + c a compiler contracts depends on its flags: GCC takes all of them, but none below -O2 or with
/// -ffp-contract=off, Clang those within a statement. So kernels say which ones they mean: what is one operation calls
/// the functions here, and of what is left nothing can be contracted, or the product is exact. Scores keep their bits,
/// and kernels their speed, whatever the flags.

#include <mohs/detail/simd/vec.hpp>

namespace mohs::inline MOHS_ABI::detail {

// GCC takes note that the builtins return vectors, which is an ABI matter in functions that are called. This one is not.
#if MOHS_FUSED_BUILTINS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

/// sum += a * b. Clang contracts where it is told to, and refuses builtins outside of functions that name their
/// instruction set; GCC looks at the builtins only where they have been inlined.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void add_product(Vec<Isa, T>& sum, const Vec<Isa, T>& a, const Vec<Isa, T>& b)
{
    MOHS_CONTRACT
#if MOHS_FUSED_BUILTINS
    constexpr bool single = sizeof(T) == sizeof(float);
#if MOHS_X86
    if constexpr (Isa::bytes == 64) {
        constexpr int as_ever = 4;  // The rounding mode, for all lanes.
        if constexpr (single) {
            sum = __builtin_ia32_vfmaddps512_mask(a, b, sum, -1, as_ever);
        } else {
            sum = __builtin_ia32_vfmaddpd512_mask(a, b, sum, -1, as_ever);
        }
        return;
    } else if constexpr (Isa::bytes == 32) {
        if constexpr (single) {
            sum = __builtin_ia32_vfmaddps256(a, b, sum);
        } else {
            sum = __builtin_ia32_vfmaddpd256(a, b, sum);
        }
        return;
    }
#endif
#if defined(MOHS_FUSED_FLOATS)
    if constexpr (Isa::bytes == 16) {
        if constexpr (single) {
            sum = MOHS_FUSED_FLOATS(a, b, sum);
        } else {
            sum = MOHS_FUSED_DOUBLES(a, b, sum);
        }
        return;
    }
#endif
#endif
    sum += a * b;
}

#if MOHS_FUSED_BUILTINS
#pragma GCC diagnostic pop
#endif

/// The same with the scalar a in every lane.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void add_scaled(Vec<Isa, T>& sum, T a, const Vec<Isa, T>& b)
{
    Vec<Isa, T> all;
    splat<Isa, T>(all, a);
    add_product<Isa, T>(sum, all, b);
}

/// sum -= a * b.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void subtract_product(Vec<Isa, T>& sum, const Vec<Isa, T>& a, const Vec<Isa, T>& b)
{
    const Vec<Isa, T> opposite = -a;
    add_product<Isa, T>(sum, opposite, b);
}

/// The same with the scalar a in every lane.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void subtract_scaled(Vec<Isa, T>& sum, T a, const Vec<Isa, T>& b)
{
    add_scaled<Isa, T>(sum, -a, b);
}

/// Rounds a product, or a sum, here: it is not contracted or reordered with what it is added to. Clang does not do so across
/// statements, unless -ffp-contract=fast or -ffast-math tells it to, and refuses registers of other instruction sets here.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void round_product([[maybe_unused]] Vec<Isa, T>& product)
{
    if constexpr (Isa::bytes == 0) {
        product = rounded(product);
    }
#if MOHS_FUSED_BUILTINS
    else {
        __asm__("" : MOHS_FLOAT_REGISTER(product));
    }
#endif
}

/// x = x * factor + addend, a step of Horner's rule.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void multiply_add(Vec<Isa, T>& x, const Vec<Isa, T>& factor, T addend)
{
    Vec<Isa, T> sum;
    splat<Isa, T>(sum, addend);
    add_product<Isa, T>(sum, x, factor);
    x = sum;
}

}  // namespace mohs::inline MOHS_ABI::detail
