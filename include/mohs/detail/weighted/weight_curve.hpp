#pragma once

/// \file
/// Distance weights of whole vectors of scores: a curve, as `weigh_strip.hpp` wants it.
///
/// A kernel score s of rows on the unit sphere says their distance, d^2 = 2 - 2 s, and with it the weight of
/// DistanceWeightedNegative:
///
///     log w = A log(1 - s^2) + B log(1 + s) + constant,   A = -(n - 2) / (2 temperature),   B = 1 / (2 temperature)
///
/// A grows with the dimension, and so would every rounding error before it is multiplied. What is taken is therefore
/// the logarithm of a ratio near 1, to its relative precision: with m = 1 - |s|, and m* the smallest m of the anchor,
///
///     (1 - s^2) / (1 - s*^2) = 1 + (m - m*) (2 - m - m*) / (m* (2 - m*)),
///
/// in which m - m* = |s*| - |s| is exact where it is small. An anchor's weights are divided by the largest one. The
/// logarithm of the weight has no maximum inside: it is convex in s for n > 3 and ascends otherwise, so the largest
/// weight is that of the smallest or of the largest score. In float the relative error of a weight w is below 1e-6 (1 +
/// |log w| + 1 / temperature).

#include <mohs/detail/simd/log.hpp>
#include <mohs/detail/strip/strip.hpp>

#include <cmath>

namespace mohs::inline MOHS_ABI::detail {

/// Weights are kept this power of two larger than they are, so that more of them are normal numbers. Their sums, times
/// their logarithms, have to remain finite.
template <class T>
inline constexpr int weight_offset = sizeof(T) == sizeof(float) ? 80 : 900;

/// Per row of a panel: what its weights are relative to. `star` is |s*|; a cutoff that is no score leaves `correction`.
template <class T>
struct WeightOrigin {
    static constexpr Index parts = 8;

    T* smallest = nullptr;  ///< of the row's scores from `first` on
    T* largest = nullptr;
    T* star = nullptr;
    T* correction = nullptr;  ///< 1 - |s*| - m*
    T* margin = nullptr;      ///< m*
    T* inverse = nullptr;     ///< 1 / (m* (2 - m*))
    T* power = nullptr;       ///< the logarithms of the ratio and of 1 + s, where the weight is largest
    T* tail = nullptr;

    WeightOrigin() = default;
    /// In `parts` x `width` elements.
    WeightOrigin(T* at, Index width)
        : smallest(at),
          largest(at + width),
          star(at + 2 * width),
          correction(at + 3 * width),
          margin(at + 4 * width),
          inverse(at + 5 * width),
          power(at + 6 * width),
          tail(at + 7 * width)
    {
    }
};

template <class Isa, class T>
struct OriginVectors;
template <class Isa, class T, bool two_sided>
struct WeightTerms;

/// The weights of a strategy in a dimension, as what is computed from a score. Weights are powers of two.
template <class T>
struct WeightCurve {
    using Origin = WeightOrigin<T>;
    template <class Isa>
    using Rows = OriginVectors<Isa, T>;
    template <class Isa, bool two_sided>
    using Terms = WeightTerms<Isa, T, two_sided>;

    template <class Strategy>
    WeightCurve(const Strategy& strategy, Index depth)
    {
        const double n = strategy.effective_dimension > 0 ? strategy.effective_dimension : static_cast<double>(depth);
        // At temperatures below this the rounding of a score outweighs it.
        constexpr double largest_tail = 0.01 / static_cast<double>(std::numeric_limits<T>::epsilon());
        const double factor = (std::min)(std::numbers::log2e / (2 * strategy.temperature), largest_tail);
        power = static_cast<T>((std::max)((2 - n) * factor, -1e30));
        tail = static_cast<T>(factor);
        nearest = static_cast<T>((std::max)(strategy.cutoff * strategy.cutoff / 2, 1e-36));
        farthest = 1 - nearest;
        if (1 - farthest > nearest) {
            farthest = std::nextafter(farthest, T{2});
        }
        // The smallest score of a distance below `upper`, by bisection between two scores that are surely beyond it.
        const auto bound = static_cast<T>(1 - strategy.upper * strategy.upper / 2);
        const T slack = 16 * std::numeric_limits<T>::epsilon();
        T out = bound - slack, in = bound + slack;
        for (int step = 0; step < 200; ++step) {
            const T middle = out + (in - out) / 2;
            (is_possible(strategy, middle) ? in : out) = middle;
        }
        first = in;
        two_sided = sizeof(T) > sizeof(float) || first < 0;
    }

    /// Bits between the largest and the smallest weight that any two scores can have.
    [[nodiscard]] double range() const
    {
        const auto at = [&](double s) { return power * std::log((1 - s) * (1 + s)) + tail * std::log1p(s); };
        const double low = static_cast<double>(first), high = (std::max)(low, 1 - static_cast<double>(nearest));
        if (!(low > -1 && high < 1)) {
            return (std::numeric_limits<double>::max)();
        }
        // Where the derivative is 0: a minimum, or outside.
        const double a = static_cast<double>(power), b = static_cast<double>(tail);
        const double middle = std::clamp(b / (std::min)(b + 2 * a, -1e-9 * b), low, high);
        return (std::max)(at(low), at(high)) - (std::min)({at(low), at(middle), at(high)});
    }

    /// The distance of rows on the unit sphere.
    static double distance(T score) { return std::sqrt((std::max)(0.0, 2 - 2 * static_cast<double>(score))); }

    /// The logarithm of an exact distance's weight, if its score has one: that the distance is below `upper` was
    /// decided by the score, which is rounded otherwise.
    template <class Strategy>
    static double log_weight(const Strategy& strategy, double exact_distance, Index depth)
    {
        return strategy.log_weight((std::min)(exact_distance, strategy.upper * (1 - 1e-15)), depth);
    }

    T power = 0;             ///< A, for the binary logarithm
    T tail = 0;              ///< B, likewise
    T nearest = 0;           ///< 1 - s at the cutoff: what is nearer counts as that
    T farthest = 0;          ///< the same as a score, rounded up
    T first = 0;             ///< smaller scores have weight 0
    bool two_sided = false;  ///< whether negative scores have a weight

private:
    template <class Strategy>
    static bool is_possible(const Strategy& strategy, T score)
    {
        return distance(score) < strategy.upper;
    }
};

/// The origins of a vector of rows, or of one row in all lanes.
template <class Isa, class T>
struct OriginVectors {
    Vec<Isa, T> star, correction, margin, inverse, power{}, tail{};

    MOHS_ALWAYS_INLINE void load_rows(const WeightOrigin<T>& origin, Index row)
    {
        load<Isa, T>(star, origin.star + row);
        load<Isa, T>(correction, origin.correction + row);
        load<Isa, T>(margin, origin.margin + row);
        load<Isa, T>(inverse, origin.inverse + row);
        load<Isa, T>(power, origin.power + row);
        load<Isa, T>(tail, origin.tail + row);
    }

    MOHS_ALWAYS_INLINE void load_row(const WeightOrigin<T>& origin, Index row)
    {
        splat<Isa, T>(star, origin.star[row]);
        splat<Isa, T>(correction, origin.correction[row]);
        splat<Isa, T>(margin, origin.margin[row]);
        splat<Isa, T>(inverse, origin.inverse[row]);
        splat<Isa, T>(power, origin.power[row]);
        splat<Isa, T>(tail, origin.tail[row]);
    }
};

/// The curve in vectors.
template <class Isa, class T, bool two_sided>
struct WeightTerms {
    Vec<Isa, T> first, farthest, power, tail, nearest;

    MOHS_ALWAYS_INLINE explicit WeightTerms(const WeightCurve<T>& curve)
    {
        splat<Isa, T>(first, curve.first);
        splat<Isa, T>(farthest, curve.farthest);
        splat<Isa, T>(power, curve.power);
        splat<Isa, T>(tail, curve.tail);
        splat<Isa, T>(nearest, curve.nearest);
    }

    /// Keeps a score within the range of those that differ in weight; size = |score|.
    MOHS_ALWAYS_INLINE void prepare(Vec<Isa, T>& score, Vec<Isa, T>& size) const
    {
        keep_larger<Isa, T>(score, first);
        keep_smaller<Isa, T>(score, farthest);
        size = score;
        if constexpr (two_sided) {
            keep_larger<Isa, T>(size, -score);
        }
    }

    /// ratio = log((1 - s^2) / (1 - s*^2)); rest = log(1 + s).
    MOHS_ALWAYS_INLINE void logarithms(const Vec<Isa, T>& score, const Vec<Isa, T>& size,
                                       const OriginVectors<Isa, T>& origin, Vec<Isa, T>& ratio, Vec<Isa, T>& rest) const
    {
        const Vec<Isa, T> zero{};
        Vec<Isa, T> beyond = (origin.star - size) + origin.correction;
        keep_larger<Isa, T>(beyond, zero);
        const Vec<Isa, T> margin = origin.margin + beyond;
        ratio = beyond * origin.inverse * ((T{2} - origin.margin) - margin);
        round_product<Isa, T>(ratio);
        log1p_in_place<Isa, T>(ratio);
        if constexpr (two_sided) {
            rest = score;
            log1p_in_place<Isa, T>(rest);
        } else {
            // log(2 - m) for m in [0, 1], to 3e-7.
            constexpr T series[] = {T(0.693147319),    T(-0.500017616),  T(-0.124636783), T(-0.0444709336),
                                    T(-0.00523664358), T(-0.0264032876), T(0.0176274903), T(-0.0100092896)};
            evaluate<Isa, T>(series, margin, rest);
        }
    }

    /// From the smallest and the largest score of a vector of rows to what their weights are relative to.
    MOHS_ALWAYS_INLINE void fix(const WeightOrigin<T>& origin, Index at) const
    {
        OriginVectors<Isa, T> row;
        Vec<Isa, T> right, right_size, left, left_size, best_power, best_tail;
        load<Isa, T>(right, origin.largest + at);
        prepare(right, right_size);
        row.star = right_size;
        row.margin = T{1} - right_size;
        keep_larger<Isa, T>(row.margin, nearest);
        if constexpr (two_sided) {
            load<Isa, T>(left, origin.smallest + at);
            prepare(left, left_size);
            keep_larger<Isa, T>(row.star, left_size);
            keep_smaller<Isa, T>(row.margin, T{1} - left_size);
        }
        row.correction = (T{1} - row.star) - row.margin;
        row.inverse = T{1} / (row.margin * (T{2} - row.margin));
        logarithms(right, right_size, row, best_power, best_tail);
        if constexpr (two_sided) {
            Vec<Isa, T> left_power, left_tail;
            logarithms(left, left_size, row, left_power, left_tail);
            const Vec<Isa, T> zero{};
            Vec<Isa, T> ahead = (left_tail - best_tail) * tail;
            add_product<Isa, T>(ahead, left_power - best_power, power);
            best_power = ahead > zero ? left_power : best_power;
            best_tail = ahead > zero ? left_tail : best_tail;
        }
        store<Isa, T>(origin.star + at, row.star);
        store<Isa, T>(origin.correction + at, row.correction);
        store<Isa, T>(origin.margin + at, row.margin);
        store<Isa, T>(origin.inverse + at, row.inverse);
        store<Isa, T>(origin.power + at, best_power);
        store<Isa, T>(origin.tail + at, best_tail);
    }

    /// logarithm = log2 of the weight of a score, relative to the largest one of its row, if the score has a weight.
    MOHS_ALWAYS_INLINE void log_weight(const Vec<Isa, T>& score, const OriginVectors<Isa, T>& origin,
                                       Vec<Isa, T>& logarithm) const
    {
        Vec<Isa, T> kept = score, size, rest;
        prepare(kept, size);
        logarithms(kept, size, origin, logarithm, rest);
        // One-sided, the largest score has the smallest margin and the largest weight, and `power` is 0.
        if constexpr (two_sided) {
            logarithm -= origin.power;
        }
        Vec<Isa, T> sum = (rest - origin.tail) * tail;
        add_product<Isa, T>(sum, logarithm, power);
        logarithm = sum;
    }
};

/// weight = 2^(logarithm + weight_offset), or 0 for scores without a weight.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void raise(const Vec<Isa, T>& logarithm, const Vec<Isa, T>& score, const Vec<Isa, T>& first,
                              Vec<Isa, T>& weight)
{
    weight = logarithm;
    exp2_in_place<Isa, T, weight_offset<T>>(weight);
    const Vec<Isa, T> zero{};
    weight = score < first ? zero : weight;
}

}  // namespace mohs::inline MOHS_ABI::detail
