#pragma once

/// \file
/// From the products of a strip to values in the metric's own unit.

#include <mohs/detail/scene/measure_rows.hpp>
#include <mohs/detail/simd/inverse_root.hpp>
#include <mohs/detail/strip/strip.hpp>
#include <mohs/finish.hpp>
#include <mohs/number.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Stands for the value of a pair whose product cannot tell its distance.
inline constexpr double to_be_measured_alone = -1;

/// Products of packed rows -> values, in place. Returns whether some are to be measured, whose squared distance is below
/// 1/256 of the sum of the squared norms; they are marked. `bias`: of the rows; `other_bias`: of the columns.
template <class M, class Isa, class T>
MOHS_ALWAYS_INLINE bool make_values(T* strip, Index columns, T unit, const T* bias, const T* other_bias)
{
    constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
    using N = Number<Isa, T>;
    if constexpr (Finish<M>::is_product) {
        if (unit != 1) {
            for (Index at = 0; at < columns * width; at += step) {
                (N::load(strip + at) * N(static_cast<double>(unit))).store(strip + at);
            }
        }
        return false;
    } else {
        constexpr double two_norms = normalises<M> ? 2 : 0;
        Mask<Isa, T> found{};
        for (int v = 0; v < width; v += step) {
            const N mine = N::load(bias + v);
            for (Index c = 0; c < columns; ++c) {
                T* const at = strip + c * width + v;
                const N both = mine + N(static_cast<double>(other_bias[c])), norms = N(two_norms) - N(2) * both,
                        square = larger(N(0), norms - N(2) * N::load(at));
                const Flags<Isa, T> close = square * N(256) <= norms;
                found |= close.lanes();
                N value = square;
                if constexpr (Finish<M>::is_root) {
                    const N safe = larger(square, N(1e-300));
                    N inverse;
                    inverse_root<Isa>(safe.vector(), inverse.vector());
                    value = safe * inverse;
                }
                select(close, N(to_be_measured_alone), value * N(static_cast<double>(unit))).store(at);
            }
        }
        return combine_lanes<Isa, T>(found) != 0;
    }
}

/// How a pair of rows pulls at them: the derivative of a loss by its value becomes what the difference of the rows, or the
/// other row, is multiplied with.
template <class M, class N>
MOHS_ALWAYS_INLINE N pull_of(const N& value, const N& weight)
{
    if constexpr (Finish<M>::is_product) {
        return weight;
    } else if constexpr (Finish<M>::is_root) {
        const Flags apart = value > N(0);
        return select(apart, weight / select(apart, value, N(1)), N(0));
    } else {
        return weight + weight;
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
