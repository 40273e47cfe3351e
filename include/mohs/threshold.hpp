#pragma once

/// \file
/// Thresholds that say whether they are similarities or distances.

#include <mohs/metric.hpp>

#include <type_traits>

namespace mohs::inline MOHS_ABI {

/// A threshold known to be a similarity, for use with metrics that are.
struct Similarity {
    double value;
};
/// A threshold known to be a distance, for use with metrics that are.
struct Distance {
    double value;
};
constexpr Similarity similarity(double value)
{
    return {value};
}
constexpr Distance distance(double value)
{
    return {value};
}

namespace detail {

/// The number behind a threshold; refuses at compile time the kind that does not suit the metric.
template <class M, class Threshold>
constexpr double threshold_value(const Threshold& threshold)
{
    if constexpr (std::is_same_v<Threshold, Similarity>) {
        static_assert(M::is_similarity, "mohs: a similarity threshold does not suit a metric that is a distance");
        return threshold.value;
    } else if constexpr (std::is_same_v<Threshold, Distance>) {
        static_assert(!M::is_similarity, "mohs: a distance threshold does not suit a metric that is a similarity");
        return threshold.value;
    } else {
        return static_cast<double>(threshold);
    }
}

}  // namespace detail
}  // namespace mohs::inline MOHS_ABI
