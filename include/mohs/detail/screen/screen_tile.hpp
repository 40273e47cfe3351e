#pragma once

/// \file
/// The vector test of a tile of bytes: which pairs may reach the threshold of either of their rows.

#include <mohs/detail/kernel/tile_survivors.hpp>
#include <mohs/detail/screen/quantised_side.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace mohs::inline MOHS_ABI::detail {

/// One side of a tile of bytes. The first two are null where its rows are no anchors.
struct ScreenedSide {
    const float* threshold;
    float* floor;  ///< what scores have to reach that are wanted; never below the threshold
    const float* scale;
    const float* offset;
    const float* lift;
    float largest_error;
};

/// The pairs of a tile that may be wanted.
struct ScreenHits {
    bool cold = true;        ///< some anchor takes anything: the tile was not looked at
    int count = 0;           ///< over the limit: the tile was left when it was
    std::uint64_t rows = 0;  ///< bit r: row r has any; only such rows are filled in
    std::array<std::uint64_t, widest_panel> in_row;
    alignas(64) std::array<std::array<float, widest_panel>, widest_panel> product;  ///< s_a s_b <q_a, q_b>
    /// What a product has to reach, apart from the offset of the other row.
    alignas(64) std::array<float, widest_panel> row_limit, column_limit;
};

/// Finds the pairs of a tile that may reach the floor of their row or, if `both`, of their column.
template <bool both>
struct ScreenTile {
    const std::int32_t* anchors;
    const std::int32_t* candidates;
    std::ptrdiff_t groups;
    const std::int32_t* first_sum;
    ScreenedSide rows, columns;
    int limit;
    ScreenHits& hits;

    /// Before the first rows; false if there is nothing to look for.
    template <class Isa>
    MOHS_ALWAYS_INLINE bool begin() const
    {
        Vec<Isa, float> lowest_floor;
        splat<Isa, float>(lowest_floor, highest<float>);
        set_limits<Isa>(rows, columns.largest_error, hits.row_limit, lowest_floor);
        if constexpr (both) {
            set_limits<Isa>(columns, rows.largest_error, hits.column_limit, lowest_floor);
        }
        float lane[lanes<Isa, float>];
        store<Isa, float>(lane, lowest_floor);
        hits.cold = *std::min_element(std::begin(lane), std::end(lane)) < lowest<float> / 4;
        hits.count = 0;
        hits.rows = 0;
        return !hits.cold;
    }

    template <class Isa>
    MOHS_ALWAYS_INLINE void start(Vec<Isa, std::int32_t> (&sum)[Isa::rows][Isa::vectors]) const
    {
        MOHS_UNROLL
        for (int r = 0; r < Isa::rows; ++r) {
            MOHS_UNROLL
            for (int v = 0; v < Isa::vectors; ++v) {
                load<Isa, std::int32_t>(sum[r][v], first_sum + v * lanes<Isa, float>);
            }
        }
    }

    /// Looks at `Isa::rows` rows from `first` on; false if there are too many hits.
    template <class Isa>
    MOHS_ALWAYS_INLINE bool finish(int first, const Vec<Isa, std::int32_t> (&sum)[Isa::rows][Isa::vectors]) const
    {
        using Vector = Vec<Isa, float>;
        Mask<Isa, float> marks{}, row_bit = Mask<Isa, float>{} + 1;
        MOHS_UNROLL
        for (int r = 0; r < Isa::rows; ++r) {
            Vector margin[Isa::vectors];
            margins<Isa>(first + r, sum[r], margin);
            MOHS_UNROLL
            for (int v = 1; v < Isa::vectors; ++v) {
                keep_larger<Isa, float>(margin[0], margin[v]);
            }
            Mask<Isa, float> found{};
            add_at_least<Isa, float>(found, margin[0], Vector{});
            marks |= found & row_bit;
            row_bit = row_bit << 1;
        }
        std::uint64_t left = combine_lanes<Isa, float>(marks);
        if (__builtin_expect(left == 0, 1)) {
            return true;
        }
        hits.rows |= left << first;
        MOHS_UNROLL
        for (int r = 0; r < Isa::rows; ++r) {
            if ((left >> r & 1) != 0) {
                note<Isa>(first + r, sum[r]);
            }
        }
        return hits.count <= limit;
    }

private:
    template <class Isa>
    static MOHS_ALWAYS_INLINE void set_limits(const ScreenedSide& side, float other_error,
                                              std::array<float, widest_panel>& limits, Vec<Isa, float>& lowest_floor)
    {
        Vec<Isa, float> other;
        splat<Isa, float>(other, other_error);
        MOHS_UNROLL
        for (int v = 0; v < panel_width<Isa, float>; v += lanes<Isa, float>) {
            Vec<Isa, float> threshold, floor, lift;
            load<Isa, float>(threshold, side.threshold + v);
            load<Isa, float>(floor, side.floor + v);
            load<Isa, float>(lift, side.lift + v);
            keep_larger<Isa, float>(floor, threshold);
            store<Isa, float>(side.floor + v, floor);
            keep_smaller<Isa, float>(lowest_floor, floor);
            store<Isa, float>(limits.data() + v, floor - lift - other);
        }
    }

    /// By how much the pairs of a row exceed the lower one of their two limits; at least 0 for a hit.
    template <class Isa>
    MOHS_ALWAYS_INLINE void margins(int row, const Vec<Isa, std::int32_t> (&sum)[Isa::vectors],
                                    Vec<Isa, float> (&margin)[Isa::vectors]) const
    {
        using Vector = Vec<Isa, float>;
        Vector row_limit, row_offset, row_scale;
        splat<Isa, float>(row_limit, hits.row_limit[static_cast<std::size_t>(row)]);
        splat<Isa, float>(row_offset, rows.offset[row]);
        splat<Isa, float>(row_scale, rows.scale[row]);
        MOHS_UNROLL
        for (int v = 0; v < Isa::vectors; ++v) {
            const int at = v * lanes<Isa, float>;
            Vector scale, offset, limit_of_column;
            load<Isa, float>(scale, columns.scale + at);
            load<Isa, float>(offset, columns.offset + at);
            Vector least = row_limit - offset;
            if constexpr (both) {
                load<Isa, float>(limit_of_column, hits.column_limit.data() + at);
                limit_of_column -= row_offset;
                keep_smaller<Isa, float>(least, limit_of_column);
            }
            scale *= row_scale;
            margin[v] = -least;
            add_product<Isa, float>(margin[v], __builtin_convertvector(sum[v], Vector), scale);
        }
    }

    template <class Isa>
    MOHS_ALWAYS_INLINE void note(int row, const Vec<Isa, std::int32_t> (&sum)[Isa::vectors]) const
    {
        const auto at = static_cast<std::size_t>(row);
        Vec<Isa, float> margin[Isa::vectors], row_scale;
        margins<Isa>(row, sum, margin);
        splat<Isa, float>(row_scale, rows.scale[row]);
        Mask<Isa, float> reached[Isa::vectors] = {};
        MOHS_UNROLL
        for (int v = 0; v < Isa::vectors; ++v) {
            add_at_least<Isa, float>(reached[v], margin[v], Vec<Isa, float>{});
            Vec<Isa, float> scale;
            load<Isa, float>(scale, columns.scale + v * lanes<Isa, float>);
            scale *= row_scale;
            scale *= __builtin_convertvector(sum[v], Vec<Isa, float>);
            store<Isa, float>(hits.product[at].data() + v * lanes<Isa, float>, scale);
        }
        hits.in_row[at] = lanes_set<Isa, float>(reached);
        hits.count += std::popcount(hits.in_row[at]);
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
