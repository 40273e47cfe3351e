#pragma once

/// \file
/// What packing scales rows by and centres them on, so that no single row decides for the others.
///
/// Both are made of whole numbers: counts of exponents, and sums of rounded elements. So they are the same in whatever
/// order the rows are met, and those of the parts of a batch add up to those of the whole.

#include <mohs/detail/scene/row_norm.hpp>
#include <mohs/workspace.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <span>

namespace mohs::inline MOHS_ABI::detail {

/// Exponents of the norms of a batch: e of a norm in [2^e, 2^(e+1)).
struct NormRange {
    static constexpr int nothing = (std::numeric_limits<int>::min)() / 2;
    static constexpr int highest_exponent = 1023;

    int typical = nothing;  ///< the lower median of the rows that are finite and not zero
    int largest = nothing;

    [[nodiscard]] bool empty() const { return largest == nothing; }
};

/// O(rows).
inline NormRange norm_range(std::span<const double> norms)
{
    constexpr int lowest_exponent = -1023;
    std::array<std::int32_t, 2048> counts{};
    std::int64_t total = 0;
    NormRange result;
    for (const double norm : norms) {
        if (norm > 0) {
            // Of rows whose elements fit a double, but whose norm does not, that of the largest ones.
            const int exponent = (std::min)(exponent_of(norm), NormRange::highest_exponent);
            ++counts[static_cast<std::size_t>(exponent - lowest_exponent)];
            ++total;
            result.largest = (std::max)(result.largest, exponent);
        }
    }
    std::int64_t before = 0;
    for (std::size_t i = 0; total > 0 && 2 * before < total; ++i) {
        before += counts[i];
        result.typical = static_cast<int>(i) + lowest_exponent;
    }
    return result;
}

/// A power of two that rows are multiplied by, and the exponent that their largest norm then has, which is at least 0.
struct CommonScale {
    double factor = 1;
    int largest = 0;
};

/// Brings the largest norm to about 1. Where that would bring a typical one so low that products of its elements begin to
/// vanish, the largest comes out as much longer, up to where scores would begin to overflow: one row 2^100 times as long
/// as the others in float, 2^960 times in double, leaves their ranking alone.
template <class T>
CommonScale common_scale(const NormRange& norms)
{
    constexpr int lowest_typical = std::is_same_v<T, float> ? -40 : -480,
                  highest_largest = std::is_same_v<T, float> ? 60 : 480;
    if (norms.empty()) {
        return {};
    }
    int exponent = -norms.largest;
    if (norms.typical != NormRange::nothing) {
        exponent = (std::max)(exponent, (std::min)(lowest_typical - norms.typical, highest_largest - norms.largest));
    }
    exponent = std::clamp(exponent, -1000, 1000);
    return {power_of_two(exponent), (std::max)(0, norms.largest + exponent)};
}

/// The mean of the typical rows, those whose norm is within a factor of about two of a typical one: rows far longer would
/// drag it away from where the others are, and with that their distances would cancel. Times `scale`, and rounded to
/// 1/256 of about the typical norm: near enough to keep distances from cancelling, and rows on a grid stay on it, so that
/// their exact ties stay ties. `T` is what rows are packed in. O(rows D).
///
/// Elements are cut off after 19 binary digits of the typical norm. Those of 512 rows fit 32 bits together.
template <class T, class Scalar>
std::span<const double> centre_of(const Batch<Scalar>& batch, std::span<const double> norms, int typical, double scale,
                                  Workspace& workspace)
{
    constexpr int digits = 19, grid = 256;
    constexpr Index rows_at_once = 512;
    const Index depth = batch.dimension();
    const std::span<double> centre = workspace.take<double>(depth, 0.0);
    if (typical == NormRange::nothing) {
        return centre;
    }
    const Workspace::Frame frame(workspace);
    const std::span<T> buffer = workspace.take<T>(depth);
    const std::span<std::int32_t> part = workspace.take<std::int32_t>(depth, 0);
    const std::span<std::int64_t> sum = workspace.take<std::int64_t>(depth, std::int64_t{0});
    const auto flush = [&] {
        for (std::size_t k = 0; k < sum.size(); ++k) {
            sum[k] += part[k];
            part[k] = 0;
        }
    };
    const double factor = power_of_two(std::clamp(digits - typical, -1022, 1000));
    Index count = 0;
    for (Index row = 0; row < batch.rows(); ++row) {
        const double norm = norms[static_cast<std::size_t>(row)];
        if (norm > 0 && std::abs(exponent_of(norm) - typical) <= 1) {
            const T* const x = fetch_row(batch, row, buffer.data());
            std::int32_t* const to = part.data();
            for (Index k = 0; k < depth; ++k) {
                to[k] += static_cast<std::int32_t>(static_cast<double>(x[k]) * factor);
            }
            if (++count % rows_at_once == 0) {
                flush();
            }
        }
    }
    flush();
    const double unit = power_of_two((std::max)(typical, -1023)) * scale;
    for (std::size_t k = 0; k < sum.size(); ++k) {
        const double mean = static_cast<double>(sum[k]) / static_cast<double>(count);
        centre[k] = std::nearbyint(mean * (grid * power_of_two(-digits))) / grid * unit;
    }
    return centre;
}

}  // namespace mohs::inline MOHS_ABI::detail
