#pragma once

/// \file
/// Bit-level facts about scalars that hold under -ffast-math too.

#include <mohs/types.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

namespace mohs::inline MOHS_ABI::detail {

/// Positions are 32-bit; the last panel must not overflow them.
inline constexpr Eigen::Index max_rows = (Eigen::Index{1} << 31) - 64;

template <class Scalar>
struct FloatBits;
template <>
struct FloatBits<float> {
    using Word = std::uint32_t;
    static constexpr Word exponent = 0x7f800000U;
};
template <>
struct FloatBits<double> {
    using Word = std::uint64_t;
    static constexpr Word exponent = 0x7ff0000000000000U;
};
template <>
struct FloatBits<Eigen::half> {
    using Word = std::uint16_t;
    static constexpr Word exponent = 0x7c00U;
};
template <>
struct FloatBits<Eigen::bfloat16> {
    using Word = std::uint16_t;
    static constexpr Word exponent = 0x7f80U;
};

/// Neither infinite nor NaN.
template <class Scalar>
inline bool is_finite(Scalar value)
{
    using Bits = FloatBits<Scalar>;
    return (std::bit_cast<typename Bits::Word>(value) & Bits::exponent) != Bits::exponent;
}

/// Not a number.
inline bool is_nan(double value)
{
    return (std::bit_cast<std::uint64_t>(value) & ~(std::uint64_t{1} << 63)) > FloatBits<double>::exponent;
}

/// The value, rounded to its type: neither contraction to FMA nor -ffast-math reaches across.
template <class T>
MOHS_ALWAYS_INLINE T rounded(T value)
{
#if defined(__GNUC__) || defined(__clang__)
    __asm__("" : MOHS_FLOAT_REGISTER(value));
#endif
    return value;
}

/// Exact product with a power of two in the normal range.
inline double power_of_two(int exponent)
{
    return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52);
}

/// Exponent e with 2^e <= |value| < 2^(e+1), for normal values; -1023 for zero and denormal ones.
inline int exponent_of(double value)
{
    return static_cast<int>((std::bit_cast<std::uint64_t>(value) >> 52) & 0x7ffU) - 1023;
}

/// The power of two that brings a positive value to about 1; a denormal one to at least 2^-74, because no larger
/// factor can be represented.
inline double near_one(double value)
{
    return power_of_two(std::clamp(-exponent_of(value), -1000, 1000));
}

/// A threshold that no score reaches from below, and the score below all others. Scores are scaled, so they never
/// come near either; infinities would be at the mercy of -ffast-math.
template <class T>
inline constexpr T highest = (std::numeric_limits<T>::max)();
template <class T>
inline constexpr T lowest = std::numeric_limits<T>::lowest();

}  // namespace mohs::inline MOHS_ABI::detail
