#pragma once

/// \file
/// Hinges of strips of pairs: squared distances of products, then losses and weights of values.

#include <mohs/detail/simd/inverse_root.hpp>
#include <mohs/detail/strip/strip.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Loss and slope of a pair whose violation is x: h x or h x^2 for x > 0.
struct PairHinge {
    double positive_margin, negative_margin;
    bool squared;
    double factor;

    [[nodiscard]] double loss(double x) const { return factor * (squared ? x * x : x); }
    [[nodiscard]] double slope(double x) const { return factor * (squared ? 2 * x : 1); }
    [[nodiscard]] double margin(bool positive) const { return positive ? positive_margin : negative_margin; }
};

/// Whether no value of packed rows with these scales, no square of one and no sum of those overflows, and none
/// vanishes.
inline bool is_moderate(const PairHinge& hinge, double unscale, double other_unscale)
{
    bool result = true;
    for (const double each : {unscale, other_unscale}) {
        result &= each > 1e-60 && each < 1e60;
    }
    return result && std::abs(hinge.positive_margin) < 1e60 && std::abs(hinge.negative_margin) < 1e60;
}

/// The squared norms of packed rows, padded to whole stripes, if values are distances: what biases are made of.
template <class M>
std::span<const double> squares_of(const PackedSide<double>& side, Workspace& workspace)
{
    if constexpr (Finish<M>::is_product) {
        return {};
    } else {
        const Index padded = (side.rows() + stripe_columns - 1) / stripe_columns * stripe_columns;
        const std::span<double> result = workspace.take<double>(padded, 0.0);
        for (Index row = 0; row < side.rows(); ++row) {
            result[static_cast<std::size_t>(row)] = (normalises<M> ? 1 : 0) - 2 * side.bias[row];
        }
        return result;
    }
}

/// What takes the place of the squared distance of a pair that is to be measured from differences.
inline constexpr double to_be_measured = -1;

/// Where squared distances from products are good enough.
///
/// |a|^2 + |b|^2 - 2 <a, b> is off by at most 2 (D + 8) u (|a|^2 + |b|^2), u = 2^-53: packing, one FMA chain, norms.
/// Where it exceeds `fraction` of the squared norms its relative error is at most 2 (D + 8) u / fraction, that of the
/// distance half as much: 3.9e-12 for D = 128, and in practice a hundredth of that, since roundings cancel. Pairs
/// below, and those closer to a margin than the error, are measured.
struct DistanceTrust {
    static constexpr double fraction = 1.0 / 256;

    double least = fraction;  ///< of the squared norms
    double margin[2]{};       ///< squared, as packed rows have it
    double band[2]{};         ///< how close to it is too close

    /// `unscale` is that of the packed rows; `is_root`: margins are those of distances, not of squared ones.
    DistanceTrust(const PairHinge& hinge, bool is_root, double unscale, Index depth)
    {
        const double unit = std::numeric_limits<double>::epsilon() / 2;
        const double error = 2 * (static_cast<double>(depth) + 8) * unit / fraction;
        for (const int kind : {0, 1}) {
            const double value = hinge.margin(kind == 0) / unscale;
            margin[kind] = is_root ? value * value : value / unscale;
            band[kind] = 2 * error * margin[kind];
            if (value < 0) {
                // No distance is close to it.
                margin[kind] = -1;
                band[kind] = 0;
            }
        }
    }
};

/// Turns the dot products of a stripe into squared distances of packed rows, or `to_be_measured`; says whether there is
/// one of the latter.
template <class Isa>
MOHS_ALWAYS_INLINE bool square_distances(double* strip, Index columns, const double* row_squares,
                                         const double* column_squares, const DistanceTrust& trust)
{
    using Vector = Vec<Isa, double>;
    constexpr int width = panel_width<Isa, double>, step = lanes<Isa, double>;
    Vector other, smallest{}, margin[2], band[2];
    splat<Isa, double>(other, to_be_measured);
    for (const int kind : {0, 1}) {
        splat<Isa, double>(margin[kind], trust.margin[kind]);
        splat<Isa, double>(band[kind], trust.band[kind]);
    }
    for (Index c = 0; c < columns; ++c) {
        for (int v = 0; v < width; v += step) {
            Vector product, norms;
            load<Isa, double>(product, strip + c * width + v);
            load<Isa, double>(norms, row_squares + v);
            norms += column_squares[c];
            const Vector square = norms - 2 * product;  // Twice is exact.
            // What squares of tiny rows lose to underflow stays below the constant.
            Vector least;
            splat<Isa, double>(least, 1e-250);
            add_scaled<Isa, double>(least, trust.least, norms);
            Vector kept = square > least ? square : other;
            MOHS_UNROLL
            for (int kind = 0; kind < 2; ++kind) {
                Vector away = square - margin[kind];
                keep_larger<Isa, double>(away, -away);
                kept = away > band[kind] ? kept : other;
            }
            keep_smaller<Isa, double>(smallest, kept);
            store<Isa, double>(strip + c * width + v, kept);
        }
    }
    double lane[step];
    store<Isa, double>(lane, smallest);
    return *std::min_element(lane, lane + step) < 0;
}

/// The derivative of the violation of a hinge by the value: positives are to be closer than their margin, negatives
/// farther.
template <class M>
constexpr double hinge_sign(bool positive)
{
    return positive ? Finish<M>::farther_sign : -Finish<M>::farther_sign;
}

/// The hinge of one kind of pairs, of values that are products or squared distances of packed rows.
struct HingeTerms {
    double scale, offset;     ///< the violation is value * scale - offset
    double constant, linear;  ///< the slope of the loss, by the violation: constant + linear * violation
    double sign;              ///< `hinge_sign`
};

/// `unit` is the value of 1 in packed rows.
template <class M>
HingeTerms hinge_terms(const PairHinge& hinge, bool positive, double unit)
{
    const double sign = hinge_sign<M>(positive);
    return {.scale = sign * unit,
            .offset = sign * hinge.margin(positive),
            .constant = hinge.squared ? 0 : hinge.factor,
            .linear = hinge.squared ? 2 * hinge.factor : 0,
            .sign = sign};
}

/// Sums over the pairs of one kind, by row of a panel.
struct HingeSums {
    double* loss;
    double* active;  ///< how many pairs
    double* weight;
};

/// Adds the losses of a stripe to the sums. weights = the derivatives of these losses by the value; for distances, by
/// the value and divided by the distance, so that the gradient is the sum of weight * (row - column). Pairs that are to
/// be measured, and those whose mask is 0, count nothing. Says whether a pair is active.
template <class M, bool masked, class Isa>
MOHS_ALWAYS_INLINE bool weigh_hinges(const double* values, const MaskElement<double>* masks, Index columns,
                                     const HingeTerms& terms, const HingeSums& sums, double* weights)
{
    using Vector = Vec<Isa, double>;
    constexpr int width = panel_width<Isa, double>, step = lanes<Isa, double>;
    constexpr bool is_root = Finish<M>::is_root;
    const Vector zero{};
    Vector one, tiny, offset, constant;
    splat<Isa, double>(offset, -terms.offset);
    splat<Isa, double>(constant, terms.constant);
    splat<Isa, double>(one, 1);
    splat<Isa, double>(tiny, 1e-300);
    double found = 0;
    for (int v = 0; v < width; v += step) {
        Vector loss{}, active{}, pull{};
        for (Index c = 0; c < columns; ++c) {
            Vector value;
            load<Isa, double>(value, values + c * width + v);
            Vector violation = offset, inverse = one;
            if constexpr (is_root) {
                Vector square = value;
                keep_larger<Isa, double>(square, tiny);
                inverse_root<Isa>(square, inverse);
                add_scaled<Isa, double>(violation, terms.scale, square * inverse);
            } else {
                add_scaled<Isa, double>(violation, terms.scale, value);
            }
            if constexpr (!Finish<M>::is_product) {
                violation = value < zero ? zero : violation;
            }
            if constexpr (masked) {
                keep_masked<Isa, double>(masks + c * width + v, violation);
            }
            keep_larger<Isa, double>(violation, zero);
            Vector mean_slope = constant, weight = constant;
            add_scaled<Isa, double>(mean_slope, terms.linear / 2, violation);
            add_product<Isa, double>(loss, violation, mean_slope);
            add_scaled<Isa, double>(weight, terms.linear, violation);
            weight *= terms.sign;
            if constexpr (is_root) {
                weight *= inverse;
            }
            weight = violation > zero ? weight : zero;
            active += violation > zero ? one : zero;
            pull += weight;
            store<Isa, double>(weights + c * width + v, weight);
        }
        double lane[step];
        store<Isa, double>(lane, active);
        for (int r = 0; r < step; ++r) {
            found += lane[r];
        }
        Vector total;
        load<Isa, double>(total, sums.loss + v);
        store<Isa, double>(sums.loss + v, total + loss);
        load<Isa, double>(total, sums.active + v);
        store<Isa, double>(sums.active + v, total + active);
        load<Isa, double>(total, sums.weight + v);
        store<Isa, double>(sums.weight + v, total + pull);
    }
    return found > 0;
}

}  // namespace mohs::inline MOHS_ABI::detail
