#pragma once

/// \file
/// Exact values between two rows, in double.

#include <mohs/detail/scene/pack_panel.hpp>
#include <mohs/finish.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mohs::inline MOHS_ABI::detail {

template <class Scalar>
bool is_finite_row(const Batch<Scalar>& batch, Index row)
{
    bool finite = true;
    for (Index k = 0; k < batch.dimension(); ++k) {
        finite &= is_finite(batch.at(row, k));
    }
    return finite;
}

/// The factors that bring a row to length 1, for metrics that normalise; 1 for the others; factor 0 for a zero row, and a
/// NaN for one that is not finite.
template <class M, class Scalar>
UnitScale metric_scale(const Batch<Scalar>& batch, Index row)
{
    if constexpr (normalises<M>) {
        // A comparison with a NaN would raise an exception.
        bool finite = true;
        const double largest = chain_max(batch.dimension(), [&](Index k) {
            const double value = std::abs(static_cast<double>(batch.at(row, k)));
            finite &= is_finite(value);
            return is_finite(value) ? value : 0;
        });
        if (!finite) {
            return {1, std::numeric_limits<double>::quiet_NaN()};
        }
        if (largest == 0) {
            return {1, 0};
        }
        const double power = largest > 1e-100 && largest < 1e100 ? 1 : near_one(largest);
        const double square = chain_sum(batch.dimension(), [&](Index k) {
            const double value = rounded(static_cast<double>(batch.at(row, k)) * power);
            return value * value;
        });
        return {power, 1 / std::sqrt(square)};
    } else {
        return {1, 1};
    }
}

/// Values of a metric between rows of two batches whose scales are known, from differences where it is a distance:
/// |a|^2 - 2 <a, b> + |b|^2 cancels for near-duplicates.
template <class M, class A, class B>
double measure_scaled(const Batch<A>& anchors, Index anchor, const UnitScale& anchor_scale, const Batch<B>& candidates,
                      Index candidate, const UnitScale& candidate_scale)
{
    const auto sum = [&](double scale) {
        return chain_sum(anchors.dimension(), [&](Index k) {
            // Rounded, so that equal rows have equal elements: their distance is exactly 0.
            const double a =
                rounded(rounded(static_cast<double>(anchors.at(anchor, k)) * (anchor_scale.power * scale)) *
                        anchor_scale.factor);
            const double b =
                rounded(rounded(static_cast<double>(candidates.at(candidate, k)) * (candidate_scale.power * scale)) *
                        candidate_scale.factor);
            return Finish<M>::term(a, b);
        });
    };
    double total = sum(1), unscale = 1;
    if constexpr (!normalises<M>) {
        // Squares of doubles may overflow or vanish where the distance does not.
        if (!is_finite(total) || (total < 1e-280 && total > -1e-280)) {
            double largest = 0;
            const bool finite = is_finite_row(anchors, anchor) && is_finite_row(candidates, candidate);
            for (Index k = 0; finite && k < anchors.dimension(); ++k) {
                largest = (std::max)({largest, std::abs(static_cast<double>(anchors.at(anchor, k))),
                                      std::abs(static_cast<double>(candidates.at(candidate, k)))});
            }
            if (largest > 0) {
                const double scale = near_one(largest) / 2;
                total = sum(scale);
                unscale = 1 / scale;
            }
        }
    }
    const double value = Finish<M>::of_packed_sum(total, unscale, unscale);
    // A comparison with NaN may say anything under -ffast-math.
    return is_finite(value) ? Finish<M>::in_range(value) : value;
}

/// The same with scales computed on the way.
template <class M, class A, class B>
double measure_rows(const Batch<A>& anchors, Index anchor, const Batch<B>& candidates, Index candidate)
{
    return measure_scaled<M>(anchors, anchor, metric_scale<M>(anchors, anchor), candidates, candidate,
                             metric_scale<M>(candidates, candidate));
}

}  // namespace mohs::inline MOHS_ABI::detail
