#pragma once

/// \file
/// Vector loops over single rows, in double: unit rows, the way of a gradient back through the normalisation, and into the
/// matrix of the caller. Results have the same bits at every instruction set.

#include <mohs/detail/kernel/pair_sums.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace mohs::inline MOHS_ABI::detail {

/// result = row * factor.
template <class T>
struct ScaleRow {
    const T* row;
    double factor;
    std::ptrdiff_t depth;
    double* result;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int step = lanes<Isa, double>;
        Vec<Isa, double> by;
        splat<Isa, double>(by, factor);
        std::ptrdiff_t k = 0;
        for (; k + step <= depth; k += step) {
            Vec<Isa, double> value;
            load_wide<Isa>(value, row + k);
            store<Isa, double>(result + k, value * by);
        }
        for (; k < depth; ++k) {
            result[k] = static_cast<double>(row[k]) * factor;
        }
    }
};

/// From the gradient g by a unit row x to that by the row it was made of: (g - <g, x> x) / |x|. The length is given by
/// two factors, as of UnitScale.
struct ProjectRow {
    const double* gradient;
    const double* row;
    double power, factor;
    std::ptrdiff_t depth;
    double* result;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int step = lanes<Isa, double>;
        const std::array<const double*, 1> others{gradient};
        std::array<double, 1> along;
        SumPairs<double, true, 1>{row, others, depth, along}(Isa{});
        Vec<Isa, double> share, first, second;
        splat<Isa, double>(share, along[0]);
        splat<Isa, double>(first, power);
        splat<Isa, double>(second, factor);
        std::ptrdiff_t k = 0;
        for (; k + step <= depth; k += step) {
            Vec<Isa, double> g, x, taken;
            load<Isa, double>(g, gradient + k);
            load<Isa, double>(x, row + k);
            multiply<Isa>(taken, share, x);
            store<Isa, double>(result + k, (g - taken) * first * second);
        }
        for (; k < depth; ++k) {
            result[k] = (gradient[k] - rounded(along[0] * row[k])) * power * factor;
        }
    }
};

/// Vectors of as many elements as a vector of doubles has.
template <class Isa, class Element>
using AsMany = VecTypes<Element, Isa::bytes* static_cast<int>(sizeof(Element)) / static_cast<int>(sizeof(double))>;

/// out += value, each rounded to `Element` first. Marks the lanes where that is infinite or NaN.
template <class Isa, class Element>
MOHS_ALWAYS_INLINE void add_narrow(Element* out, const Vec<Isa, double>& value,
                                   typename AsMany<Isa, Element>::Mask& infinite)
{
    constexpr auto exponent = static_cast<MaskElement<Element>>(FloatBits<Element>::exponent);
#if MOHS_GNU_VECTORS
    if constexpr (Isa::bytes != 0) {
        using Types = AsMany<Isa, Element>;
        using Narrow = typename Types::Type;
        const Narrow narrow = __builtin_convertvector(value, Narrow);
        infinite |= (reinterpret_cast<typename Types::Mask>(narrow) & exponent) == exponent;
        auto* const to = reinterpret_cast<typename Types::Unaligned*>(out);
        *to = *to + narrow;
        return;
    }
#endif
    if constexpr (Isa::bytes == 0) {
        const auto narrow = static_cast<Element>(value);
        infinite |= (std::bit_cast<MaskElement<Element>>(narrow) & exponent) == exponent ? -1 : 0;
        *out += narrow;
    }
}

/// out += value, rounded to `Element` first; `fits` says whether all of that is finite.
template <class Element>
struct AddRow {
    const double* value;
    std::ptrdiff_t depth;
    Element* out;
    bool& fits;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int step = lanes<Isa, double>;
        typename AsMany<Isa, Element>::Mask infinite{};
        std::ptrdiff_t k = 0;
        for (; k + step <= depth; k += step) {
            Vec<Isa, double> next;
            load<Isa, double>(next, value + k);
            add_narrow<Isa>(out + k, next, infinite);
        }
        MaskElement<Element> lane[step];
        std::memcpy(lane, &infinite, sizeof(lane));
        fits = std::all_of(lane, lane + step, [](MaskElement<Element> each) { return each == 0; });
        for (; k < depth; ++k) {
            const auto element = static_cast<Element>(value[k]);
            fits = fits && is_finite(element);
            out[k] += element;
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
