#pragma once

#include "../common/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace text_retrieval {

/// A mean of differences between two ways on the same seeds.
struct PairedDifference {
    double mean = 0, standard_error = 0;
    /// Farther from 0 than 95 % of all means would be if there were no difference (Student's t).
    bool is_clear = false;
};

/// Of a[i] - b[i]. Of fewer than two nothing is clear.
inline PairedDifference paired_difference(const std::vector<double>& a, const std::vector<double>& b)
{
    std::vector<double> differences;
    for (std::size_t i = 0; i < a.size(); ++i) {
        differences.push_back(a[i] - b[i]);
    }
    const auto statistics = examples::Statistics::of(differences, [](double value) { return value; });
    if (differences.size() < 2) {
        return {statistics.mean, 0, false};
    }
    // 97.5 % quantiles of Student's t, for 1 to 10 degrees of freedom; beyond, one that is a little too large.
    constexpr std::array quantiles{12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
    const double quantile = quantiles[std::min(differences.size() - 2, quantiles.size() - 1)];
    return {statistics.mean, statistics.standard_error(),
            std::abs(statistics.mean) > quantile * statistics.standard_error()};
}

}  // namespace text_retrieval
