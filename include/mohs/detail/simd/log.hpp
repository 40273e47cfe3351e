#pragma once

/// \file
/// Logarithms and powers of two of whole vectors.

#include <mohs/detail/simd/exp.hpp>

#include <numbers>

namespace mohs::inline MOHS_ABI::detail {

/// The layout of a floating point number as signed integers, and series of log(1 + f) / f. Arguments are brought to
/// [sqrt(1/2), sqrt(2)), whose lower end is `middle`.
template <class T>
struct LogConstants;
template <>
struct LogConstants<float> {
    static constexpr std::int32_t one = 0x3f800000, middle = 0x3f3504f3, rounder = 0x4b400000;
    /// Interpolates at the Chebyshev points of that range, to a relative error of 2e-7.
    static constexpr float series[] = {0.999999968F, -0.500003751F, 0.33334606F,  -0.24968907F,
                                       0.199133479F, -0.172782061F, 0.161262479F, -0.0989535074F};
    static constexpr int power_degree = 6;
};
template <>
struct LogConstants<double> {
    static constexpr std::int64_t one = 0x3ff0000000000000, middle = 0x3fe6a09e667f3bcd, rounder = 0x4338000000000000;
    static constexpr int power_degree = 13;
};

/// series = a polynomial of x, its coefficients in ascending order. By pairs, then pairs of pairs: waiting for one FMA
/// after the other takes longer than the few products more.
template <class Isa, class T, int count>
MOHS_ALWAYS_INLINE void evaluate(const T (&coefficients)[count], const Vec<Isa, T>& x, Vec<Isa, T>& series)
{
    constexpr int pairs = (count + 1) / 2;
    Vec<Isa, T> term[pairs], power = x;
    MOHS_UNROLL
    for (int i = 0; i < pairs; ++i) {
        splat<Isa, T>(term[i], coefficients[2 * i]);
        if (2 * i + 1 < count) {
            add_scaled<Isa, T>(term[i], coefficients[2 * i + 1], x);
        }
    }
    MOHS_UNROLL
    for (int left = pairs; left > 1; left = (left + 1) / 2) {
        power *= power;
        MOHS_UNROLL
        for (int i = 0; i < left / 2; ++i) {
            term[i] = term[2 * i];
            add_product<Isa, T>(term[i], term[2 * i + 1], power);
        }
        if (left % 2 != 0) {
            term[left / 2] = term[left - 1];
        }
    }
    series = term[0];
}

/// x = log(1 + x), to a relative error of about 3e-7 in float and 4e-16 in double, near 0 too. For x > -1 such that
/// 1 + x is a normal number below 2^126 (2^1022).
template <class Isa, class T>
MOHS_ALWAYS_INLINE void log1p_in_place(Vec<Isa, T>& x)
{
    using Constants = LogConstants<T>;
    using Bits = Mask<Isa, T>;
    constexpr int mantissa = ExpConstants<T>::mantissa;
    constexpr MaskElement<T> unit = MaskElement<T>{1} << mantissa;
    // 1 + x = 2^e (1 + f). The exponent comes from the rounded sum, f from x itself: f = x 2^-e + (2^-e - 1).
    const Vec<Isa, T> y = x + T{1};
    Bits bits;
    std::memcpy(&bits, &y, sizeof(bits));
    const Bits exponent = (bits - Constants::middle) & -unit;
    bits = Constants::one - exponent;
    Vec<Isa, T> scale;
    std::memcpy(&scale, &bits, sizeof(scale));
    // Computed 2^16 times too small and brought back as an integer, so that -ffast-math cannot see x 2^-e + 2^-e and
    // take out the factor, which would round. What that makes of 0 is a very small number.
    Vec<Isa, T> less = scale * T(0x1p-16) - T(0x1p-16);  // The product is exact.
    std::memcpy(&bits, &less, sizeof(bits));
    bits += 16 * unit;
    std::memcpy(&less, &bits, sizeof(less));
    Vec<Isa, T> f = less;
    add_product<Isa, T>(f, scale, x);
    Bits integer = (exponent >> mantissa) + Constants::rounder;
    Vec<Isa, T> e;
    std::memcpy(&e, &integer, sizeof(e));
    e -= ExpConstants<T>::rounder;
    Vec<Isa, T> series;
    if constexpr (sizeof(T) == sizeof(float)) {
        evaluate<Isa, T>(Constants::series, f, series);
        x = f * series;
    } else {
        // log(1 + f) = 2 artanh(z), z^2 < 0.03.
        const Vec<Isa, T> z = f / (f + T{2}), square = z * z;
        splat<Isa, T>(series, T{1} / 21);
        MOHS_UNROLL
        for (int odd = 19; odd > 0; odd -= 2) {
            multiply_add<Isa, T>(series, square, T{1} / static_cast<T>(odd));
        }
        x = (z + z) * series;
    }
    add_scaled<Isa, T>(x, std::numbers::ln2_v<T>, e);
}

/// to = the integers, as numbers.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void convert(Vec<Isa, T>& to, const Mask<Isa, T>& integers)
{
#if MOHS_GNU_VECTORS
    if constexpr (Isa::bytes != 0) {
        using To = Vec<Isa, T>;
        to = __builtin_convertvector(integers, To);
        return;
    }
#endif
    if constexpr (Isa::bytes == 0) {
        to = static_cast<T>(integers);
    }
}

/// Coefficients of the series of 2^x.
template <class T>
struct PowerSeries {
    struct Table {
        T term[LogConstants<T>::power_degree + 1];
    };
    static constexpr Table table = [] {
        Table result{};
        double product = 1;
        for (int n = 0; n <= LogConstants<T>::power_degree; ++n) {
            product *= n > 0 ? std::numbers::ln2 / n : 1;
            result.term[n] = static_cast<T>(product);
        }
        return result;
    }();
};

/// x = 2^(x + offset), to a relative error of 2e-7 in float and 4e-16 in double, for x + offset up to 127 (1023). Never
/// below the smallest normal number, which is what smaller arguments give.
template <class Isa, class T, int offset = 0>
MOHS_ALWAYS_INLINE void exp2_in_place(Vec<Isa, T>& x)
{
    using Constants = ExpConstants<T>;
    using Bits = Mask<Isa, T>;
    Vec<Isa, T> lowest_power;
    splat<Isa, T>(lowest_power, static_cast<T>(1 - Constants::bias - offset));
    keep_larger<Isa, T>(x, lowest_power);
    // The whole part by way of integers, so that -ffast-math cannot take x + rounder for x.
    const Vec<Isa, T> rounded = x + (Constants::rounder + static_cast<T>(Constants::bias + offset));
    Bits bits;
    std::memcpy(&bits, &rounded, sizeof(bits));
    const Bits exponent = bits << Constants::mantissa;
    bits -= LogConstants<T>::rounder + static_cast<MaskElement<T>>(Constants::bias + offset);
    Vec<Isa, T> whole;
    convert<Isa, T>(whole, bits);
    const Vec<Isa, T> f = x - whole;
    Vec<Isa, T> series, scale;
    evaluate<Isa, T>(PowerSeries<T>::table.term, f, series);
    std::memcpy(&scale, &exponent, sizeof(scale));
    x = series * scale;
}

}  // namespace mohs::inline MOHS_ABI::detail
