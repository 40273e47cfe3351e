#pragma once

/// \file
/// Norms of rows.

#include <mohs/batch.hpp>
#include <mohs/detail/base/sum.hpp>
#include <mohs/detail/simd/multiply_add.hpp>

#include <algorithm>
#include <cmath>

namespace mohs::inline MOHS_ABI::detail {

/// Norm of a row that is not finite.
inline constexpr double not_finite = -1;

/// Row `row` of `batch` as contiguous elements of the compute type: in place where it lies so, else copied to
/// `buffer`.
template <class T, class Scalar>
MOHS_ALWAYS_INLINE const T* fetch_row(const Batch<Scalar>& batch, Index row, T* buffer)
{
    const Scalar* const from = batch.data() + row * batch.row_stride();
    const Index stride = batch.column_stride();
    if constexpr (std::is_same_v<T, Scalar>) {
        if (stride == 1) {
            return from;
        }
    }
    for (Index k = 0; k < batch.dimension(); ++k) {
        buffer[k] = static_cast<T>(from[k * stride]);
    }
    return buffer;
}

/// |x|, in double, of `size` elements; `not_finite` if one of them is infinite or NaN. Scaled where squares would
/// overflow or vanish.
template <class T>
MOHS_ALWAYS_INLINE double row_norm(const T* x, Index size)
{
    typename FloatBits<T>::Word exponents = 0;
    const double total = chain_sum(size, [&](Index k) MOHS_INLINE_LAMBDA {
        exponents = std::max<typename FloatBits<T>::Word>(
            exponents, std::bit_cast<typename FloatBits<T>::Word>(x[k]) & FloatBits<T>::exponent);
        return static_cast<double>(x[k]) * static_cast<double>(x[k]);
    });
    if (exponents == FloatBits<T>::exponent) {
        return not_finite;
    }
    if (total > 1e-280 && total < 1e280) {
        return std::sqrt(total);
    }
    double largest = 0;
    for (Index k = 0; k < size; ++k) {
        largest = (std::max)(largest, std::abs(static_cast<double>(x[k])));
    }
    if (largest == 0) {
        return 0;
    }
    const double up = near_one(largest);
    return std::sqrt(chain_sum(size,
                               [&](Index k) {
                                   const double value = rounded(static_cast<double>(x[k]) * up);
                                   return rounded(value * value);
                               })) /
           up;
}

/// The sum of squares of `row_norm`, in the same order, but without a look at the elements.
template <class Isa, class T>
MOHS_ALWAYS_INLINE double square_sum(const T* x, Index size)
{
    constexpr int step = lanes<Isa, double>, vectors = sum_chains / step;
    Vec<Isa, double> sum[vectors] = {};
    const auto add = [&sum](const T* from) MOHS_INLINE_LAMBDA {
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            Vec<Isa, double> value;
            load_wide<Isa>(value, from + v * step);
            add_product<Isa, double>(sum[v], value, value);
        }
    };
    Index k = 0;
    for (; k + sum_chains <= size; k += sum_chains) {
        add(x + k);
    }
    if (k < size) {
        T last[sum_chains] = {};
        std::copy(x + k, x + size, last);
        add(last);
    }
    double chain[sum_chains];
    MOHS_UNROLL
    for (int v = 0; v < vectors; ++v) {
        store<Isa, double>(chain + v * step, sum[v]);
    }
    return merge_chains(chain);
}

/// Whether a sum of squares shows that no square was an infinity or a NaN, and that those which vanished do not
/// matter. Bitwise, because -ffast-math takes no NaN into account.
inline bool is_trusted(double total)
{
    const int exponent = exponent_of(total);
    return exponent > -930 && exponent < 930;
}

/// Writes the norms of rows [begin, end) to `norms`, which is by row. `buffer` has room for a row.
template <class T, class Scalar>
struct MeasureRows {
    const Batch<Scalar>& batch;
    Index begin, end;
    T* buffer;
    double* norms;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        for (Index row = begin; row < end; ++row) {
            const T* const x = fetch_row(batch, row, buffer);
            const double total = square_sum<Isa>(x, batch.dimension());
            norms[row] = is_trusted(total) ? std::sqrt(total) : row_norm(x, batch.dimension());
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
