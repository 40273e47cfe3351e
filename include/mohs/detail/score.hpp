#pragma once

/// \file
/// Between values in a metric's own unit and kernel scores.

#include <mohs/detail/scene.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// value / unscale, where that is beyond 1e300 a value of 1e300: quotients of bounds that are meant to be no bounds do not
/// overflow.
inline double in_range_quotient(double value, double unscale)
{
    return unscale < 1 && std::abs(value) > 1e300 * unscale ? std::copysign(1e300, value) : value / unscale;
}

/// The kernel score that a value has for the row of `anchors` at `position`, up to `score_error`.
template <class M, class T>
double score_of_value(const PackedSide<T>& anchors, Index position, const PackedSide<T>& candidates, double value)
{
    if constexpr (M::is_similarity) {
        return in_range_quotient(in_range_quotient(value, anchors.unscale), candidates.unscale);
    } else {
        // <a, b> - |b|^2 / 2 = (|a|^2 - |a - b|^2) / 2, and the anchor's bias is -|a|^2 / 2; normalised rows leave
        // the constant halves of both rows out of their biases.
        const double distance = M::is_squared ? std::sqrt((std::max)(0.0, value)) : (std::max)(0.0, value);
        const double root = (std::min)(in_range_quotient(distance, anchors.unscale), 1e150);
        const double own = static_cast<double>(anchors.bias[position]);
        return (normalises<M> ? 1.0 : 0.0) - own - root * root / 2;
    }
}

/// The similarity that a kernel score stands for.
template <class M, class T>
double value_of_score(const Scene<T>& scene, T score)
{
    static_assert(M::is_similarity);
    return in_range<M>(static_cast<double>(score) * scene.anchors.unscale * scene.candidates.unscale);
}

/// Bound on the difference between a kernel score and the score of the value that is computed from the rows: for the
/// longest packed rows a rounding per step of the chain, in either type, and fewer than 12 of the packed elements, the
/// bias and what is made of them.
template <class M, class T>
double score_error(const Scene<T>& scene)
{
    // Packed rows are no longer than 1, 2 or 4 times `length`: normalised, scaled by a power of two, or centred after
    // scaling.
    constexpr double factor = normalises<M> ? 1 : M::transform == RowTransform::scale ? 2 : 4;
    const double square = factor * scene.anchors.length * (factor * scene.candidates.length);
    constexpr double unit = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2,
                     exact_unit = std::numeric_limits<double>::epsilon() / 2;
    const double roundings = static_cast<double>(scene.depth) + 12;
    return roundings * (unit + exact_unit) * (1 + 2 * roundings * unit) * square;
}

/// Farther from 0 than any score, packed rows being no longer than 2^62, or 2^482 in double, yet in range.
template <class T>
inline constexpr double beyond_scores = std::is_same_v<T, float> ? 0x1p126 : 0x1p1000;

/// The score as the scalar of the scan, far values kept in range.
template <class T>
T clamp_score(double score)
{
    return static_cast<T>(std::clamp(score, -beyond_scores<T>, beyond_scores<T>));
}

}  // namespace mohs::inline MOHS_ABI::detail
