#pragma once

/// \file
/// Rows as bytes, and how far scores of bytes can be from scores of floats.
///
/// A packed row is x = m + s q + r: `m` a vector that all rows share, `s` the scale of the row, `q` whole numbers from
/// -127 to 127, `r` what is left. With x' = x - m and M at least every |x'|,
///
///     <a, b> = <a', b'> + shift(a) + shift(b),    shift(x) = <x', m> + |m|^2 / 2
///     |<a', b'> - s_a s_b <q_a, q_b>| <= |r_a| |b'| + (|a'| + |r_a|) |r_b| <= error(a) + error(b),
///     error(x) = |r| M + |r|^2 / 2
///
/// and every rounding on the way is added to the errors.

#include <mohs/detail/scene/scene.hpp>
#include <mohs/detail/screen/byte_dot.hpp>
#include <mohs/detail/simd/multiply_add.hpp>
#include <mohs/detail/simd/transpose.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mohs::inline MOHS_ABI::detail {

/// One packed batch as bytes. Lane g * width + r of a panel holds elements 4 g to 4 g + 3 of its row r.
struct QuantisedSide {
    std::int32_t* unsigned_bytes = nullptr;  ///< q + 128, as anchors
    std::int32_t* signed_bytes = nullptr;    ///< q, as candidates
    std::int32_t* start = nullptr;           ///< per position: -128 times the sum of q
    float* scale = nullptr;                  ///< per position: s
    float* offset = nullptr;                 ///< per position: shift(x), plus the bias if there is one
    float* lift = nullptr;                   ///< per position: shift(x) + error(x)
    float* largest_error = nullptr;          ///< per panel
    float* length = nullptr;                 ///< per position: |x'|
    float* rest = nullptr;                   ///< per position: |r|
    float* rows = nullptr;                   ///< the packed rows, one after the other, for the scores of single pairs

    /// The same from a panel on.
    [[nodiscard]] QuantisedSide at(Index panel, Index width, Index depth) const
    {
        const Index first = panel * width, bytes = first * ((depth + bytes_per_lane - 1) / bytes_per_lane);
        QuantisedSide result = *this;
        result.unsigned_bytes += unsigned_bytes == nullptr ? 0 : bytes;
        result.signed_bytes += signed_bytes == nullptr ? 0 : bytes;
        for (float** const numbers : {&result.scale, &result.offset, &result.lift, &result.length, &result.rest}) {
            *numbers += first;
        }
        result.start += first;
        result.largest_error += panel;
        result.rows += first * depth;
        return result;
    }
};

/// sum[k] += element k of all rows of a panel.
struct AddRows {
    const float* panel;
    std::span<float> sum;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int width = panel_width<Isa, float>;
        for (std::size_t k = 0; k < sum.size(); ++k) {
            const float* const element = panel + static_cast<std::ptrdiff_t>(k) * width;
            Vec<Isa, float> total, next;
            load<Isa, float>(total, element);
            MOHS_UNROLL
            for (int v = 1; v < Isa::vectors; ++v) {
                load<Isa, float>(next, element + v * lanes<Isa, float>);
                total += next;
            }
            float lane[lanes<Isa, float>];
            store<Isa, float>(lane, total);
            for (const float value : lane) {
                sum[k] += value;
            }
        }
    }
};

/// Makes bytes of one panel: all of `to`, which is the place of the panel, but for the errors and what they are part of.
/// `offset` is <x', m> at first.
struct QuantisePanel {
    const float* panel;
    const float* mean;
    std::ptrdiff_t depth;
    QuantisedSide to;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        if constexpr (knows_byte_dot<Isa>) {
            for (int v = 0; v < panel_width<Isa, float>; v += lanes<Isa, float>) {
                quantise<Isa>(v);
            }
            copy_rows<panel_width<Isa, float>>();
        }
    }

private:
    template <class Isa>
    MOHS_ALWAYS_INLINE void quantise(int v) const
    {
        constexpr int width = panel_width<Isa, float>, step = lanes<Isa, float>;
        using Vector = Vec<Isa, float>;
        using Integers = Vec<Isa, std::int32_t>;
        Vector largest{}, squares{}, with_mean{};
        for (std::ptrdiff_t k = 0; k < depth; ++k) {
            Vector x, m;
            load<Isa, float>(x, panel + k * width + v);
            splat<Isa, float>(m, mean[k]);
            x -= m;
            add_product<Isa, float>(squares, x, x);
            add_product<Isa, float>(with_mean, x, m);
            const Vector negated = -x;
            keep_larger<Isa, float>(largest, x);
            keep_larger<Isa, float>(largest, negated);
        }
        // What is smaller than this is left to |r|: a quotient by it could be infinite.
        const Vector smallest = Vector{} + 1e-30F, none{};
        const Vector divisor = largest > smallest ? largest : smallest, quotient = 127 / divisor;
        const Vector factor = largest > smallest ? quotient : none;
        const Vector scale = largest > smallest ? 1 / quotient : none;
        Vector rest{};
        Integers sum{};
        for (std::ptrdiff_t group = 0; group * bytes_per_lane < depth; ++group) {
            Integers word{};
            MOHS_UNROLL
            for (int byte = 0; byte < bytes_per_lane; ++byte) {
                const std::ptrdiff_t k = group * bytes_per_lane + byte;
                Integers q = Integers{} + 128;
                if (k < depth) {
                    Vector x, m;
                    load<Isa, float>(x, panel + k * width + v);
                    splat<Isa, float>(m, mean[k]);
                    x -= m;
                    // Positive, so that cutting off the fraction rounds to the nearest.
                    Vector place = x;
                    multiply_add<Isa, float>(place, factor, 128.5F);
                    q = __builtin_convertvector(place, Integers);
                    subtract_product<Isa, float>(x, scale, __builtin_convertvector(q - 128, Vector));
                    add_product<Isa, float>(rest, x, x);
                }
                sum += q - 128;
                word |= q << (8 * byte);
            }
            if (to.unsigned_bytes != nullptr) {
                store<Isa, std::int32_t>(to.unsigned_bytes + group * width + v, word);
            }
            if (to.signed_bytes != nullptr) {
                const Integers flipped = word ^ static_cast<std::int32_t>(0x80808080U);
                store<Isa, std::int32_t>(to.signed_bytes + group * width + v, flipped);
            }
        }
        sum *= -128;
        store<Isa, std::int32_t>(to.start + v, sum);
        store<Isa, float>(to.scale + v, scale);
        store<Isa, float>(to.offset + v, with_mean);
        float square[2][step];
        store<Isa, float>(square[0], squares);
        store<Isa, float>(square[1], rest);
        for (int lane = 0; lane < step; ++lane) {
            to.length[v + lane] = std::sqrt(square[0][lane]);
            to.rest[v + lane] = std::sqrt(square[1][lane]);
        }
    }

    template <int width>
    MOHS_ALWAYS_INLINE void copy_rows() const
    {
        constexpr int side = block_side<float>;
        static_assert(width % side == 0);
        for (int first = 0; first < width; first += side) {
            std::ptrdiff_t k = 0;
            for (; k + side <= depth; k += side) {
                const float* column[side];
                float one[side];
                MOHS_UNROLL
                for (int i = 0; i < side; ++i) {
                    column[i] = panel + (k + i) * width + first;
                    one[i] = 1;
                }
                transpose_block<float>(column, one, {to.rows + first * depth + k, depth});
            }
            for (; k < depth; ++k) {
                for (int r = first; r < first + side; ++r) {
                    to.rows[r * depth + k] = panel[k * width + r];
                }
            }
        }
    }
};

/// What the errors of all rows depend on.
struct QuantisedBounds {
    double mean = 0;    ///< |m|
    double length = 0;  ///< M
    double bias = 0;    ///< the largest |bias|
    Index depth = 0;

    void include(const QuantisedSide& side, const PackedSide<float>& packed)
    {
        for (Index position = 0; position < packed.rows(); ++position) {
            length = (std::max)(length, static_cast<double>(side.length[position]));
            bias = (std::max)(bias, packed.bias == nullptr ? 0 : std::abs(static_cast<double>(packed.bias[position])));
        }
    }

    /// Completes the numbers of a side of panels of `width` rows.
    void finish(const QuantisedSide& side, const PackedSide<float>& packed, Index width) const
    {
        std::fill(side.largest_error, side.largest_error + packed.panel_count, 0.0F);
        for (Index position = 0; position < packed.rows(); ++position) {
            const float error = error_of(static_cast<double>(side.rest[position]));
            float& largest = side.largest_error[position / width];
            largest = (std::max)(largest, error);
            const float shift = side.offset[position] + static_cast<float>(mean * mean / 2);
            side.lift[position] = shift + error;
            side.offset[position] = packed.bias == nullptr ? shift : shift + packed.bias[position];
        }
        // Whatever the memory held would lower the limits of padding, which nothing reaches.
        std::fill(side.lift + packed.rows(), side.lift + packed.panel_count * width, 0.0F);
    }

private:
    /// From |r| to a bound on a row's share of all that a score can be off. Where the terms come from, with u = 2^-24:
    /// the sums of D terms that |x'|, |r| and the shifts are, D u of their value; x - m and what is left of it, a few u
    /// of every element; the chain of the exact score, D u |a| |b|; biases and the arithmetic of the test, a few u of
    /// anything that occurs there. And what is below the smallest normal number may be off by as much, or be zero: the
    /// squares under a root, every term of a sum, and a product of two scales, which is taken 127^2 D times.
    [[nodiscard]] float error_of(double rest) const
    {
        const double u = 1.0 / (1 << 24), sums = 1.01 * static_cast<double>(depth + 8) * u;
        const double smallest = static_cast<double>((std::numeric_limits<float>::min)());
        const double vanished = smallest * static_cast<double>(depth + 8), hidden = std::sqrt(vanished);
        const double own = length * (1 + sums) + hidden, row = own + mean;
        const double left = rest * (1 + sums) + hidden + 4 * u * row;
        const double chains = sums * (row * row + 2 * own * mean);
        const double occurring = row * row + 4 * own * mean + mean * mean + bias + left * (own + left);
        return static_cast<float>(
            1.000001 * (left * own + left * left / 2 + (chains + 16 * u * occurring + 127 * 128 * vanished) / 2));
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
