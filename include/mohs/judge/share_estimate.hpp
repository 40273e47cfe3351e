#pragma once

/// \file
/// ShareEstimate: a share that some have been looked at for, with its interval.

#include <mohs/detail/base/check.hpp>

#include <cmath>

namespace mohs::inline MOHS_ABI {

/// A share of a whole, estimated from a sample, between two bounds.
struct ShareEstimate {
    double share = 0, low = 0, high = 1;
    friend bool operator==(const ShareEstimate&, const ShareEstimate&) = default;
};

/// The score interval of Wilson (1927) for `hits` among `trials`, neither of which need be whole: with p = hits /
/// trials and z standard deviations (1.96 for 95 %),
///
///     (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
///
/// It stays within [0, 1], and is right for few trials and for shares near 0 or 1, where p +- z standard errors is not.
/// Without trials nothing is known: 0 to 1, and the share is 0. Throws std::invalid_argument unless 0 <= hits <= trials
/// and z > 0.
[[nodiscard]] inline ShareEstimate wilson_interval(double hits, double trials, double z = 1.959963984540054)
{
    if (!detail::is_finite(trials) || !(hits >= 0 && hits <= trials)) {
        detail::throw_bad_value("wilson_interval: hits", hits, "from 0 to the number of trials");
    }
    detail::check_positive("wilson_interval: z", z);
    if (trials == 0) {
        return {};
    }
    const double p = hits / trials, square = z * z / trials, centre = p + square / 2,
                 half = z * std::sqrt((p * (1 - p) + square / 4) / trials);
    return {p, hits == 0 ? 0 : (centre - half) / (1 + square), hits == trials ? 1 : (centre + half) / (1 + square)};
}

}  // namespace mohs::inline MOHS_ABI
