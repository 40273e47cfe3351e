#pragma once

/// \file
/// Vector loops over single pairs of rows, in double: their sums of products or of squared differences, what they add
/// to gradients, and the way of a gradient back through the normalisation.
///
/// Products are rounded before they are added, and sums have `sum_chains` chains, so that results have the same bits at
/// every instruction set.

#include <mohs/detail/sum.hpp>
#include <mohs/detail/vec.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace mohs::inline MOHS_ABI::detail {

/// Keeps a product from being fused with what it is added to.
template <class Isa>
MOHS_ALWAYS_INLINE void round_product([[maybe_unused]] Vec<Isa, double>& product)
{
    if constexpr (Isa::bytes == 0) {
        product = rounded(product);
    } else {
#if MOHS_FUSES_STATEMENTS
        __asm__("" : MOHS_FLOAT_REGISTER(product));
#endif
    }
}

/// product = a * b, rounded.
template <class Isa>
MOHS_ALWAYS_INLINE void multiply(Vec<Isa, double>& product, const Vec<Isa, double>& a, const Vec<Isa, double>& b)
{
    product = a * b;
    round_product<Isa>(product);
}

/// term(k) of all k < depth in the order of `chain_sum`, for `count` sums at a time: `by_vector(p, v, k)` sets v to the
/// terms of sum p from k on, `by_element(p, k)` returns one.
template <class Isa, std::size_t count, class ByVector, class ByElement>
MOHS_ALWAYS_INLINE void chain_sums(std::ptrdiff_t depth, const ByVector& by_vector, const ByElement& by_element,
                                   double* result)
{
    constexpr int step = lanes<Isa, double>, vectors = sum_chains / step;
    Vec<Isa, double> sum[count][vectors] = {};
    std::ptrdiff_t k = 0;
    for (; k + sum_chains <= depth; k += sum_chains) {
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            MOHS_UNROLL
            for (std::size_t p = 0; p < count; ++p) {
                Vec<Isa, double> term;
                by_vector(p, term, k + v * step);
                sum[p][v] += term;
            }
        }
    }
    MOHS_UNROLL
    for (std::size_t p = 0; p < count; ++p) {
        double chain[sum_chains];
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            store<Isa, double>(chain + v * step, sum[p][v]);
        }
        for (std::ptrdiff_t at = k; at < depth; ++at) {
            chain[at - k] += by_element(p, at);
        }
        result[p] = merge_chains(chain);
    }
}

/// result[p] = the sum over k of row[k] * others[p][k], or of the squares of their differences.
template <class T, bool similarity, std::size_t count>
struct SumPairs {
    const T* row;
    const std::array<const T*, count>& others;
    std::ptrdiff_t depth;
    std::array<double, count>& result;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        chain_sums<Isa, count>(
            depth,
            [&](std::size_t p, Vec<Isa, double>& term, std::ptrdiff_t k) MOHS_INLINE_LAMBDA {
                Vec<Isa, double> a, b;
                load_wide<Isa>(a, row + k);
                load_wide<Isa>(b, others[p] + k);
                if constexpr (similarity) {
                    multiply<Isa>(term, a, b);
                } else {
                    const Vec<Isa, double> difference = a - b;
                    multiply<Isa>(term, difference, difference);
                }
            },
            [&](std::size_t p, std::ptrdiff_t k) MOHS_INLINE_LAMBDA {
                const double a = static_cast<double>(row[k]), b = static_cast<double>(others[p][k]);
                return rounded(similarity ? a * b : (a - b) * (a - b));
            },
            result.data());
    }
};

/// One pair of a row: factor * other, or factor * (row - other), is added to the gradient of the row.
template <class T>
struct Pull {
    const T* other;
    double factor;
};

/// Adds the pulls of a row to its gradient, in their order.
template <class T, bool similarity>
struct AddPulls {
    const T* row;
    const Pull<T>* pulls;
    std::ptrdiff_t count;
    std::ptrdiff_t depth;
    double* gradient;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int step = lanes<Isa, double>, vectors = 8;
        std::ptrdiff_t k = 0;
        for (; k + vectors * step <= depth; k += vectors * step) {
            add<Isa, vectors>(k);
        }
        for (; k + step <= depth; k += step) {
            add<Isa, 1>(k);
        }
        for (; k < depth; ++k) {
            for (std::ptrdiff_t i = 0; i < count; ++i) {
                const double other = static_cast<double>(pulls[i].other[k]);
                gradient[k] += rounded(pulls[i].factor * (similarity ? other : static_cast<double>(row[k]) - other));
            }
        }
    }

private:
    template <class Isa, int vectors>
    MOHS_ALWAYS_INLINE void add(std::ptrdiff_t k) const
    {
        constexpr int step = lanes<Isa, double>;
        Vec<Isa, double> sum[vectors];
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            load<Isa, double>(sum[v], gradient + k + v * step);
        }
        for (std::ptrdiff_t i = 0; i < count; ++i) {
            Vec<Isa, double> factor;
            splat<Isa, double>(factor, pulls[i].factor);
            MOHS_UNROLL
            for (int v = 0; v < vectors; ++v) {
                Vec<Isa, double> other, product;
                load_wide<Isa>(other, pulls[i].other + k + v * step);
                if constexpr (!similarity) {
                    Vec<Isa, double> own;
                    load_wide<Isa>(own, row + k + v * step);
                    other = own - other;
                }
                multiply<Isa>(product, factor, other);
                sum[v] += product;
            }
        }
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            store<Isa, double>(gradient + k + v * step, sum[v]);
        }
    }
};

/// The sum of squares of contiguous elements.
template <class T>
struct SumSquares {
    const T* row;
    std::ptrdiff_t depth;
    double& result;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        chain_sums<Isa, 1>(
            depth,
            [&](std::size_t, Vec<Isa, double>& term, std::ptrdiff_t k) MOHS_INLINE_LAMBDA {
                Vec<Isa, double> a;
                load_wide<Isa>(a, row + k);
                multiply<Isa>(term, a, a);
            },
            [&](std::size_t, std::ptrdiff_t k) MOHS_INLINE_LAMBDA {
                const double a = static_cast<double>(row[k]);
                return rounded(a * a);
            },
            &result);
    }
};

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
