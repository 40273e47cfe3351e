#pragma once

/// \file
/// The finish of a metric: all that follows from whether it is a similarity, a distance or a squared one.

#include <mohs/detail/base/bits.hpp>
#include <mohs/metric.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mohs::inline MOHS_ABI {

namespace detail {

/// A quotient, but 1e300 where it would be beyond: those of bounds that are meant to be no bounds do not overflow.
inline double in_range_quotient(double value, double unscale)
{
    return unscale < 1 && std::abs(value) > 1e300 * unscale ? std::copysign(1e300, value) : value / unscale;
}

}  // namespace detail

/// What a metric makes of pairs of rows a and b, once packing has transformed them. There are three forms,
///
///     similarity          <a, b>             larger is closer
///     squared distance    |a - b|^2          smaller is closer
///     distance            |a - b|            smaller is closer
///
/// and a rule about values stands here and nowhere else. Values are in the metric's own unit, as results report them.
/// A kernel score is <a, b>, for distances less |b|^2 / 2, so that larger is closer; a row's bias is -|x|^2 / 2, and
/// that of a normalised row is without its constant half.
template <Metric M>
struct Finish {
    static_assert(
        M::transform != (M::is_similarity ? detail::RowTransform::centre : detail::RowTransform::scale),
        "mohs: a similarity scales or normalises its rows, a distance centres or normalises them (metric.hpp)");
    static_assert(!M::is_similarity || !M::is_squared, "mohs: a similarity is not squared (metric.hpp)");

    /// Whether the value is a sum of products, which its score stands for. Distances are made of differences.
    static constexpr bool is_product = M::is_similarity;
    /// Whether the value is the root of a sum.
    static constexpr bool is_root = !M::is_similarity && !M::is_squared;
    static constexpr bool larger_is_closer = M::is_similarity;

    // Order.

    /// Whether a value is strictly closer than a bound.
    static constexpr bool closer(double value, double bound)
    {
        return larger_is_closer ? value > bound : value < bound;
    }
    /// A number that is larger for closer values: the value, or its negative.
    static constexpr double closeness(double value) { return larger_is_closer ? value : -value; }
    /// How much farther a value is than another; negative if it is closer.
    static constexpr double gap(double value, double farther)
    {
        return larger_is_closer ? value - farther : farther - value;
    }
    /// The derivative of `gap` by the farther value, and of its negative by the value: of the sign that makes pairs
    /// farther.
    static constexpr double farther_sign = larger_is_closer ? -1 : 1;
    static constexpr double farther_by(double value, double amount) { return value + farther_sign * amount; }
    static constexpr double closer_by(double value, double amount) { return value - farther_sign * amount; }
    /// Which of the two ends of an interval is the close one, and which the far one.
    template <class End>
    static constexpr const End& close_end(const End& lower, const End& upper)
    {
        return larger_is_closer ? upper : lower;
    }
    template <class End>
    static constexpr const End& far_end(const End& lower, const End& upper)
    {
        return larger_is_closer ? lower : upper;
    }

    // Range. Of rows of length 1 values may be a rounding outside as they are computed.

private:
    static constexpr bool is_bounded = M::transform == detail::RowTransform::normalise;
    static constexpr double most = (std::numeric_limits<double>::max)();

public:
    /// All values lie between these, both included.
    static constexpr double low = !M::is_similarity ? 0 : is_bounded ? -1 : -most;
    static constexpr double high = !is_bounded ? most : M::is_similarity ? 1 : M::is_squared ? 4 : 2;
    /// Bounds that every value is closer than, or farther than.
    static constexpr double farthest_bound = larger_is_closer ? -most : most,
                            closest_bound = larger_is_closer ? most : -most;

    /// A value that is not NaN, in the range of its metric: what is reported, and compared with thresholds.
    template <class T>
    static constexpr T in_range(T value)
    {
        if constexpr (is_bounded) {
            constexpr auto least = static_cast<T>(low), largest = static_cast<T>(high);
            return value < least ? least : value > largest ? largest : value;
        } else {
            return value;
        }
    }
    /// Whether any value can be strictly closer than a bound, or strictly farther.
    static constexpr bool any_closer(double bound) { return closer(close_end(low, high), bound); }
    static constexpr bool any_farther(double bound) { return closer(bound, far_end(low, high)); }

    // From rows to values, and from the loss back to rows.

    /// What two elements add to the sum that a value is made of.
    template <class T>
    static constexpr T term(T a, T b)
    {
        return is_product ? a * b : (a - b) * (a - b);
    }
    /// The value of a sum.
    static double of_sum(double sum) { return is_root ? std::sqrt(sum) : sum; }
    /// The slope of a value by the elements a of one of its rows is `pull(value)` times `direction(a, b)`: <a, b> by a
    /// is b, |a - b|^2 is 2 (a - b), |a - b| is (a - b) / |a - b|, and 0 between equal rows. Here times `weight`, which
    /// is usually that of a loss by the value.
    static double pull(double value, double weight)
    {
        return is_product ? weight : is_root ? (value > 0 ? weight / value : 0) : 2 * weight;
    }
    template <class T>
    static constexpr T direction(T own, T other)
    {
        return is_product ? other : own - other;
    }

    // Between values and scores of packed rows. `unscale` times an element of a packed row is one of the row; both
    // sides of a distance have the same.

    /// The value of 1 that products, squared distances or distances of packed rows have.
    static double unit(double unscale, double other_unscale) { return is_root ? unscale : unscale * other_unscale; }
    /// The value of a sum over packed rows, before it is brought into the range.
    template <class T>
    MOHS_ALWAYS_INLINE static T of_packed_sum(T sum, T unscale, T other_unscale)
    {
        if constexpr (is_root) {
            return std::sqrt(sum) * unscale;
        } else {
            return detail::rounded(sum * unscale) * other_unscale;
        }
    }
    /// The sum that the product of two packed rows stands for, given the biases of both. Of distances it is off by the
    /// rounding of |a|^2 + |b|^2 - 2 <a, b>: where that matters they are measured.
    template <class T>
    MOHS_ALWAYS_INLINE static T sum_of_product(T product, T bias, T other_bias)
    {
        return (std::max)(T{0}, (is_bounded ? T{2} : T{0}) - 2 * (product + bias + other_bias));
    }
    /// The score that a value has for a row whose bias is given, up to rounding.
    static double score_of(double value, double unscale, double other_unscale, double bias)
    {
        if constexpr (is_product) {
            return detail::in_range_quotient(detail::in_range_quotient(value, unscale), other_unscale);
        } else {
            // <a, b> - |b|^2 / 2 = (|a|^2 - |a - b|^2) / 2.
            const double distance = (std::max)(0.0, value);
            const double root =
                (std::min)(detail::in_range_quotient(is_root ? distance : std::sqrt(distance), unscale), 1e150);
            return (is_bounded ? 1.0 : 0.0) - bias - root * root / 2;
        }
    }
};

}  // namespace mohs::inline MOHS_ABI
