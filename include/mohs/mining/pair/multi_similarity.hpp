#pragma once

#include <mohs/detail/base/check.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI {

/// Pairs that are informative next to the anchor's hardest pair of the other kind (multi-similarity mining, Wang et
/// al. 2019, equations 11 and 12): a negative that is closer than the farthest positive is, up to epsilon, and a
/// positive that is farther than the closest negative is, up to epsilon.
///
///     negative kept: s(a, n) + epsilon > min over positives of s(a, p)      d(a, n) - epsilon < max over positives of d(a, p)
///     positive kept: s(a, p) - epsilon < max over negatives of s(a, n)      d(a, p) + epsilon > min over negatives of d(a, n)
///
/// Strict, on exact values, in the metric's own unit. An anchor without positives keeps no negatives, and the other
/// way round. Throws std::invalid_argument for an epsilon that is negative or not finite.
struct MultiSimilarity {
    double epsilon = 0.1;

    void validate() const
    {
        if (!detail::is_finite(epsilon) || epsilon < 0) {
            detail::throw_bad_value("MultiSimilarity: epsilon", epsilon, "finite and at least 0");
        }
    }
    static constexpr bool needs_extremes = true;

    /// Whether a positive pair of this value is kept, given that of the closest negative.
    template <class M>
    [[nodiscard]] bool keeps_positive(double value, double closest_negative) const
    {
        return Finish<M>::closer(Finish<M>::closer_by(closest_negative, epsilon), value);
    }
    /// Negatives closer than this are kept, given the value of the farthest positive.
    template <class M>
    [[nodiscard]] double negative_bound(double farthest_positive) const
    {
        return Finish<M>::farther_by(farthest_positive, epsilon);
    }
};

}  // namespace mohs::inline MOHS_ABI
