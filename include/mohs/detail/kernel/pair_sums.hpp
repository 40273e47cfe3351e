#pragma once

/// \file
/// Vector loops over single pairs of rows, in double: their sums of products or of squared differences, and what they add
/// to gradients.
///
/// Products are rounded before they are added, and sums have `sum_chains` chains, so that results have the same bits at
/// every instruction set.

#include <mohs/detail/base/sum.hpp>
#include <mohs/detail/simd/multiply_add.hpp>

#include <array>
#include <cstddef>

namespace mohs::inline MOHS_ABI::detail {

/// product = a * b, rounded.
template <class Isa>
MOHS_ALWAYS_INLINE void multiply(Vec<Isa, double>& product, const Vec<Isa, double>& a, const Vec<Isa, double>& b)
{
    product = a * b;
    round_product<Isa, double>(product);
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

}  // namespace mohs::inline MOHS_ABI::detail
