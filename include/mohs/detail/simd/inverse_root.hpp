#pragma once

/// \file
/// Reciprocal square roots of whole vectors.

#include <mohs/detail/simd/multiply_add.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Vectors of 64-bit words without a sign, because x86 shifts signed ones right in one instruction only from AVX-512 on.
#if MOHS_GNU_VECTORS
template <int Bytes>
struct WordTypes {
    typedef std::uint64_t Type __attribute__((vector_size(Bytes)));
};
template <>
struct WordTypes<0> {
    using Type = std::uint64_t;
};
#else
template <int Bytes>
struct WordTypes {
    using Type = std::uint64_t;
};
#endif

/// inverse = 1 / sqrt(x) of normal x > 0, to about 2 units in the last place: a linear guess at the logarithm, off by
/// 3.5 % at most, and four steps of Newton, each of which squares the error and multiplies it by 3/2. Vectors of GNU
/// types have no square root, and this one comes without the division that would follow it.
template <class Isa>
MOHS_ALWAYS_INLINE void inverse_root(const Vec<Isa, double>& x, Vec<Isa, double>& inverse)
{
    typename WordTypes<Isa::bytes>::Type bits;
    std::memcpy(&bits, &x, sizeof(bits));
    bits = 0x5fe6eb50c7b537a9ULL - (bits >> 1);
    std::memcpy(&inverse, &bits, sizeof(bits));
    const Vec<Isa, double> half = x * 0.5;
    Vec<Isa, double> three_halves;
    splat<Isa, double>(three_halves, 1.5);
    MOHS_UNROLL
    for (int step = 0; step < 4; ++step) {
        Vec<Isa, double> correction = three_halves;
        subtract_product<Isa, double>(correction, half * inverse, inverse);
        inverse *= correction;
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
