#pragma once

/// \file
/// The exponential function of whole vectors.

#include <mohs/detail/simd/multiply_add.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The lowest argument, splitting of ln 2, and the layout of a floating point number. 1.5 * 2^mantissa is the number
/// whose unit in the last place is 1: adding it rounds to an integer, which then stands in the lowest bits.
template <class T>
struct ExpConstants;
template <>
struct ExpConstants<float> {
    static constexpr float lowest = -87, log2_e = 1.44269504F, ln2_high = 0.693359375F, ln2_low = -2.12194440e-4F,
                           rounder = 12582912;
    static constexpr int mantissa = 23, bias = 127, degree = 7;
};
template <>
struct ExpConstants<double> {
    static constexpr double lowest = -708, log2_e = 1.4426950408889634, ln2_high = 6.93145751953125e-1,
                            ln2_low = 1.42860682030941723212e-6, rounder = 6755399441055744;
    static constexpr int mantissa = 52, bias = 1023, degree = 13;
};

/// Coefficients of the exponential series.
template <class T>
constexpr T inverse_factorial(int n)
{
    double product = 1;
    for (int i = 2; i <= n; ++i) {
        product *= i;
    }
    return static_cast<T>(1 / product);
}

/// x = exp(x), to a relative error of 1.2e-7 in float and 3e-16 in double, for x up to 88 (709). 0 below the range in which
/// the result is normal. Not for NaN.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void exp_in_place(Vec<Isa, T>& x)
{
    using Constants = ExpConstants<T>;
    using Bits = Mask<Isa, T>;
    Vec<Isa, T> low, zero{};
    splat<Isa, T>(low, Constants::lowest);
    Vec<Isa, T> y = x;
    keep_larger<Isa, T>(y, low);
    // x = n ln 2 + r. The bias is taken off again between two views of the same bits, which -ffast-math cannot undo.
    Vec<Isa, T> rounded = y, log2_e;
    splat<Isa, T>(log2_e, Constants::log2_e);
    multiply_add<Isa, T>(rounded, log2_e, Constants::rounder + static_cast<T>(Constants::bias));
    Bits bits;
    std::memcpy(&bits, &rounded, sizeof(bits));
    const Bits exponent = bits << Constants::mantissa;
    bits -= static_cast<MaskElement<T>>(Constants::bias);
    std::memcpy(&rounded, &bits, sizeof(bits));
    const Vec<Isa, T> n = rounded - Constants::rounder;
    Vec<Isa, T> r = y;
    subtract_scaled<Isa, T>(r, Constants::ln2_high, n);
    // -ffast-math would add up the two parts of ln 2.
    round_product<Isa, T>(r);
    subtract_scaled<Isa, T>(r, Constants::ln2_low, n);
    Vec<Isa, T> series;
    splat<Isa, T>(series, inverse_factorial<T>(Constants::degree));
    MOHS_UNROLL
    for (int power = Constants::degree - 1; power >= 0; --power) {
        multiply_add<Isa, T>(series, r, inverse_factorial<T>(power));
    }
    Vec<Isa, T> scale;
    std::memcpy(&scale, &exponent, sizeof(scale));
    series *= scale;
    x = x < low ? zero : series;
}

}  // namespace mohs::inline MOHS_ABI::detail
