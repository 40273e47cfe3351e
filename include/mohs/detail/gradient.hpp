#pragma once

/// \file
/// Gradients of sums over pairs, with respect to the raw rows.

#include <mohs/measure.hpp>
#include <mohs/workspace.hpp>

namespace mohs::inline MOHS_ABI::detail {

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
          sums_(workspace.take<double>(batch.rows() * batch.dimension(), 0.0))
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

    /// Adds the gradient with respect to the raw rows to `out`: (g - <g, x> x) / |x| for a unit row x, nothing for a
    /// zero row. Returns how many elements do not fit the type of `out`.
    template <class Matrix>
    Index add_to(Matrix& out) const
    {
        using Element = typename Matrix::Scalar;
        Index overflows = 0;
        for (Index row = 0; row < batch_.rows(); ++row) {
            if (touched_[static_cast<std::size_t>(row)] == 0) {
                continue;
            }
            const double* const gradient = sums_.data() + row * batch_.dimension();
            double along = 0;
            if constexpr (normalises<M>) {
                along = chain_sum(batch_.dimension(), [&](Index k) { return gradient[k] * element(row, k); });
            }
            const UnitScale& unit = scale(row);
            for (Index k = 0; k < batch_.dimension(); ++k) {
                const double value =
                    normalises<M> ? (gradient[k] - along * element(row, k)) * unit.power * unit.factor : gradient[k];
                const auto element_value = static_cast<Element>(value);
                overflows += !is_finite(element_value);
                out(row, k) += element_value;
            }
        }
        return overflows;
    }

private:
    const Batch<Scalar>& batch_;
    std::span<UnitScale> scales_;
    std::span<std::uint8_t> touched_;
    std::span<double> sums_;
};

/// The value between an anchor and a candidate, exactly as `measure` gives it.
template <class M, class A, class B>
double pair_value(const RowGradient<M, A>& anchors, Index anchor, const RowGradient<M, B>& candidates, Index candidate)
{
    return measure_scaled<M>(anchors.batch(), anchor, anchors.scale(anchor), candidates.batch(), candidate,
                             candidates.scale(candidate));
}

/// Adds `weight` = d loss / d value of one pair: similarity s = <a, b>: b and a; squared distance: 2 (a - b) and its
/// opposite; distance d: (a - b) / d, 0 at d = 0.
template <class M, class A, class B>
void add_pair(RowGradient<M, A>& anchors, Index anchor, RowGradient<M, B>& candidates, Index candidate, double value,
              double weight)
{
    double* const to_anchor = anchors.sum_of(anchor);
    double* const to_candidate = candidates.sum_of(candidate);
    const Index size = anchors.batch().dimension();
    if constexpr (M::is_similarity) {
        for (Index k = 0; k < size; ++k) {
            const double a = anchors.element(anchor, k), b = candidates.element(candidate, k);
            to_anchor[k] += weight * b;
            to_candidate[k] += weight * a;
        }
    } else {
        const double factor = M::is_squared ? 2 * weight : value > 0 ? weight / value : 0;
        for (Index k = 0; k < size; ++k) {
            const double difference = factor * (anchors.element(anchor, k) - candidates.element(candidate, k));
            to_anchor[k] += difference;
            to_candidate[k] -= difference;
        }
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
