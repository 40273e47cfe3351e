#pragma once

#include <mohs/detail/base/check.hpp>
#include <mohs/detail/weighted/weight_curve.hpp>
#include <mohs/strategy.hpp>

#include <algorithm>
#include <cmath>

namespace mohs::inline MOHS_ABI {

/// A negative drawn with weight 1 / q(d), where q is the density of distances between uniform points on the unit
/// sphere (Wu, Manmatha, Smola and Kraehenbuehl 2017, section 4), so that all distances are met about equally often:
///
///     log w(d) = ((2 - n) log d - (n - 3) / 2 log(1 - d^2 / 4)) / temperature,   d = max(d, cutoff),   w = 0 from `upper` on
///
/// d is the distance of `Normalised<Euclidean>`, whatever the metric: that of a zero row, which stays zero, to another
/// row is 1. n is the dimension of the rows, or `effective_dimension` if that is set. Defaults are those of
/// pytorch-metric-learning: cutoff 0.5, upper 1.4. Weights are scaled by the anchor's own maximum, in log space, so a
/// near-duplicate elsewhere costs no anchor its negatives; in high dimensions they still concentrate on very few,
/// which `report.effective_negatives` shows and a temperature above 1, or a smaller effective dimension, cures.
///
/// With AllPositives one draw per positive, with replacement. Anchors without a negative nearer than `upper` are
/// skipped. Only for metrics on normalised rows. Draws are keyed like those of RandomNegative. Throws
/// std::invalid_argument unless 0 < cutoff < upper <= 2, temperature > 0 and effective_dimension is 0, or finite and at
/// least 2. In float a weight w has a relative error below 1e-6 (1 + |log(w / largest)| + 1 / temperature).
///
/// Time N^2 D / 2 and a weight per pair for a batch against itself with labels alone, where all weights there can be
/// span less than 2^200 (float): up to dimension 190 by default, or any with a temperature or an effective dimension to
/// match, `upper` below 2. Else twice that. Memory 100 scalars per anchor, or a strip of scores per thread.
struct DistanceWeightedNegative {
    static constexpr Pick negative_pick = Pick::weighted;
    static constexpr WeightForm weight_form = WeightForm::vectors;
    template <class T>
    using Curve = detail::WeightCurve<T>;

    double cutoff = 0.5, upper = 1.4, temperature = 1, effective_dimension = 0;
    std::uint64_t seed = 0;

    [[nodiscard]] double log_weight(double distance, Index dimension) const
    {
        const double n = effective_dimension > 0 ? effective_dimension : static_cast<double>(dimension);
        const double d = (std::max)(distance, cutoff);
        return ((2 - n) * std::log(d) - (n - 3) / 2 * std::log(1 - d * d / 4)) / temperature;
    }

    void validate() const
    {
        if (detail::is_nan(cutoff) || detail::is_nan(upper) || !(cutoff > 0 && cutoff < upper && upper <= 2)) {
            detail::throw_invalid("DistanceWeightedNegative: cutoff " + std::to_string(cutoff) + " and upper " +
                                  std::to_string(upper) + " must satisfy 0 < cutoff < upper <= 2");
        }
        if (detail::is_nan(temperature) || temperature <= 0) {
            detail::throw_bad_value("DistanceWeightedNegative: temperature", temperature, "above 0");
        }
        if (!detail::is_finite(effective_dimension) || (effective_dimension != 0 && !(effective_dimension >= 2))) {
            detail::throw_bad_value("DistanceWeightedNegative: effective_dimension", effective_dimension,
                                    "0, or finite and at least 2");
        }
    }
};

}  // namespace mohs::inline MOHS_ABI
