#pragma once

/// \file
/// What all losses need: checks, their scalar functions, reductions, gradients on their way out.

#include <mohs/detail/loss/row_gradient.hpp>
#include <mohs/loss_options.hpp>
#include <mohs/result/result.hpp>

#include <cmath>

namespace mohs::inline MOHS_ABI::detail {

template <class Gradient>
inline constexpr bool is_wanted = !std::is_same_v<std::remove_cvref_t<Gradient>, NoGradient>;

/// Refuses a gradient that has not the size of its batch.
template <class Scalar, class Gradient>
void check_gradient(const char* loss, const Batch<Scalar>& batch, const Gradient& gradient)
{
    if constexpr (is_wanted<Gradient>) {
        if (gradient.rows() != batch.rows() || gradient.cols() != batch.dimension()) {
            throw_invalid(std::string(loss) + ": the gradient is " + std::to_string(gradient.rows()) + " x " +
                          std::to_string(gradient.cols()) + ", but its batch is " + std::to_string(batch.rows()) +
                          " x " + std::to_string(batch.dimension()));
        }
    }
}

/// Adds the gradient of a batch to the caller's buffer, if there is one. Returns how many elements do not fit it.
template <class M, class Scalar, class Gradient>
Index add_gradient(RowGradient<M, Scalar>& rows, Gradient& out)
{
    if constexpr (is_wanted<Gradient>) {
        return rows.add_to(out);
    } else {
        return 0;
    }
}

/// log(1 + exp(x)), for any finite x.
inline double softplus(double x)
{
    return (std::max)(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

/// 1 / (1 + exp(-x)), the derivative of softplus, to full relative precision for any finite x.
inline double sigmoid(double x)
{
    const double decay = std::exp(-std::abs(x));
    return (x >= 0 ? 1 : decay) / (1 + decay);
}

/// What the sum of losses is divided by.
inline Index divisor_of(Reduction reduction, Index tuples, Index active)
{
    switch (reduction) {
        case Reduction::mean: return tuples;
        case Reduction::mean_active: return active;
        default: return 1;
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
