#pragma once

/// \file
/// Gradients of sums over pairs, with respect to the raw rows.

#include <mohs/detail/kernel/row_update.hpp>
#include <mohs/detail/scene/measure_rows.hpp>
#include <mohs/finish.hpp>
#include <mohs/workspace.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Adds a row of a gradient to a row of `out`, an Eigen matrix, Map or block. Returns how many elements do not fit its
/// type.
template <class Matrix>
Index add_row(std::span<const double> value, Matrix& out, Index row, IsaLevel isa)
{
    using Element = typename Matrix::Scalar;
    const auto size = static_cast<Index>(value.size());
    Index overflows = 0;
    if constexpr (DirectRows<Matrix> && (std::is_same_v<Element, float> || std::is_same_v<Element, double>)) {
        if ((Matrix::IsRowMajor ? out.innerStride() : out.outerStride()) == 1) {
            const Index stride = Matrix::IsRowMajor ? out.outerStride() : out.innerStride();
            bool fits = true;
            isa::run(isa, AddRow<Element>{value.data(), size, out.data() + row * stride, fits});
            for (Index k = 0; !fits && k < size; ++k) {
                overflows += !is_finite(static_cast<Element>(value[static_cast<std::size_t>(k)]));
            }
            return overflows;
        }
    }
    for (Index k = 0; k < size; ++k) {
        const auto element = static_cast<Element>(value[static_cast<std::size_t>(k)]);
        overflows += !is_finite(element);
        out(row, k) += element;
    }
    return overflows;
}

/// Takes the gradient of a unit row back to the raw row: (g - <g, x> x) / |x|, nothing for a zero row.
inline void project_row(std::span<double> gradient, const double* unit, const UnitScale& scale, IsaLevel isa)
{
    isa::run(isa, ProjectRow{gradient.data(), unit, scale.power, scale.factor,
                             static_cast<std::ptrdiff_t>(gradient.size()), gradient.data()});
}

/// Gradient with respect to the transformed rows of one batch (normalised, if the metric does so), in double, and the
/// way back to the raw rows.
template <class M, class Scalar>
class RowGradient {
public:
    /// Memory comes from the workspace's current frame.
    RowGradient(const Batch<Scalar>& batch, Workspace& workspace)
        : batch_(batch),
          scales_(workspace.take<UnitScale>(batch.rows())),
          touched_(workspace.take<std::uint8_t>(batch.rows(), std::uint8_t{0})),
          sums_(workspace.take<double>(batch.rows() * batch.dimension(), 0.0)),
          unit_(workspace.take<double>(normalises<M> ? batch.dimension() : 0))
    {
        for (Index row = 0; row < batch.rows(); ++row) {
            scales_[static_cast<std::size_t>(row)] = metric_scale<M>(batch, row);
        }
    }

    [[nodiscard]] const Batch<Scalar>& batch() const { return batch_; }
    [[nodiscard]] const UnitScale& scale(Index row) const { return scales_[static_cast<std::size_t>(row)]; }

    /// Element of the transformed row.
    [[nodiscard]] double element(Index row, Index column) const
    {
        return static_cast<double>(batch_.at(row, column)) * scale(row).power * scale(row).factor;
    }

    /// The gradient of one transformed row, to add to.
    [[nodiscard]] double* sum_of(Index row)
    {
        touched_[static_cast<std::size_t>(row)] = 1;
        return sums_.data() + row * batch_.dimension();
    }

    /// Multiplies what has been added so far.
    void multiply(double factor)
    {
        for (double& sum : sums_) {
            sum *= factor;
        }
    }

    /// Adds the gradient with respect to the raw rows to `out`, once: the sums are used up. Returns how many elements
    /// do not fit its type.
    template <class Matrix>
    Index add_to(Matrix& out)
    {
        const IsaLevel isa = isa::resolve(IsaLevel::automatic);
        const auto depth = static_cast<std::size_t>(batch_.dimension());
        Index overflows = 0;
        for (Index row = 0; row < batch_.rows(); ++row) {
            if (touched_[static_cast<std::size_t>(row)] == 0) {
                continue;
            }
            const std::span<double> gradient = sums_.subspan(static_cast<std::size_t>(row) * depth, depth);
            if constexpr (normalises<M>) {
                for (std::size_t k = 0; k < depth; ++k) {
                    unit_[k] = element(row, static_cast<Index>(k));
                }
                project_row(gradient, unit_.data(), scale(row), isa);
            }
            overflows += add_row(gradient, out, row, isa);
        }
        return overflows;
    }

private:
    const Batch<Scalar>& batch_;
    std::span<UnitScale> scales_;
    std::span<std::uint8_t> touched_;
    std::span<double> sums_;
    std::span<double> unit_;  ///< one row
};

/// Adds `weight` = d loss / d value of one pair to the gradients of both rows.
template <class M, class A, class B>
void add_pair(RowGradient<M, A>& anchors, Index anchor, RowGradient<M, B>& candidates, Index candidate, double value,
              double weight)
{
    double* const to_anchor = anchors.sum_of(anchor);
    double* const to_candidate = candidates.sum_of(candidate);
    const Index size = anchors.batch().dimension();
    const double factor = Finish<M>::pull(value, weight);
    for (Index k = 0; k < size; ++k) {
        const double a = anchors.element(anchor, k), b = candidates.element(candidate, k);
        to_anchor[k] += factor * Finish<M>::direction(a, b);
        to_candidate[k] += factor * Finish<M>::direction(b, a);
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
