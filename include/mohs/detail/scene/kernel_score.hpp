#pragma once

/// \file
/// Between values in a metric's own unit and kernel scores.

#include <mohs/detail/scene/build_scene.hpp>
#include <mohs/detail/scene/measure_rows.hpp>
#include <mohs/finish.hpp>

#include <optional>

namespace mohs::inline MOHS_ABI::detail {

/// The kernel score that a value has for the row of `anchors` at `position`, up to `score_error`.
template <class M, class T>
double score_of_value(const PackedSide<T>& anchors, Index position, const PackedSide<T>& candidates, double value)
{
    return Finish<M>::score_of(value, anchors.unscale, candidates.unscale,
                               anchors.bias == nullptr ? 0 : static_cast<double>(anchors.bias[position]));
}

/// The similarity that a kernel score stands for.
template <class M, class T>
double value_of_score(const Scene<T>& scene, T score)
{
    static_assert(Finish<M>::is_product);
    return Finish<M>::in_range(
        Finish<M>::of_packed_sum(static_cast<double>(score), scene.anchors.unscale, scene.candidates.unscale));
}

/// The exact value of a pair: that of its score where that is the value and is known, else measured. `anchor` and `candidate`
/// are numbers of rows.
template <class M, class T, class A, class B>
double value_of_pair(const Scene<T>& scene, std::optional<T> score, const Batch<A>& anchors, Index anchor,
                     const Batch<B>& candidates, Index candidate)
{
    if constexpr (Finish<M>::is_product) {
        if (score) {
            return value_of_score<M>(scene, *score);
        }
    }
    return measure_rows<M>(anchors, anchor, candidates, candidate);
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
