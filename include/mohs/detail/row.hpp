#pragma once

/// \file
/// Vector tests of a score tile against the thresholds of its anchors.
///
/// A tile is shown twice in a self-scan: its rows are anchors, then its columns are. Both tests run in one pass over
/// the tile, and nothing is transposed: for columns, thresholds lie along the vector. Nearly always nothing survives,
/// so the first test only answers whether anything does.

#include <mohs/detail/vec.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The side of a tile that scores are compared on. A survivor is at least as good as the threshold of its anchor, and
/// no better than its ceiling, if there are ceilings.
template <class T>
struct TileSide {
    const T* threshold;  ///< of the anchors along this side
    const T* ceiling;    ///< null without ceilings
    const T* bias;       ///< of the rows along this side, added when they are candidates; null for metrics without
};

/// The compile-time part of a test: a selector prefers the smallest scores or the largest; it has ceilings or not;
/// the metric has biases or not.
template <bool Smallest_, bool Ceiling_, bool Bias_>
struct TileTest {
    static constexpr bool smallest = Smallest_, ceiling = Ceiling_, bias = Bias_;
};

/// best = the better of the two scores.
template <class Test, class Isa, class T>
MOHS_ALWAYS_INLINE void keep_better(Vec<Isa, T>& best, const Vec<Isa, T>& score)
{
    if constexpr (Test::smallest) {
        keep_smaller<Isa, T>(best, score);
    } else {
        keep_larger<Isa, T>(best, score);
    }
}

/// Adds to `mask` the lanes where `score` is at least as good as `bound`.
template <class Test, class Isa, class T>
MOHS_ALWAYS_INLINE void add_reaching(Mask<Isa, T>& mask, const Vec<Isa, T>& score, const Vec<Isa, T>& bound)
{
    if constexpr (Test::smallest) {
        add_at_least<Isa, T>(mask, bound, score);
    } else {
        add_at_least<Isa, T>(mask, score, bound);
    }
}

/// Adds to `mask` the lanes where `score` survives between `threshold` and `ceiling`.
template <class Test, class Isa, class T>
MOHS_ALWAYS_INLINE void add_survivors(Mask<Isa, T>& mask, const Vec<Isa, T>& score, const Vec<Isa, T>& threshold,
                                      const Vec<Isa, T>& ceiling)
{
    if constexpr (Test::ceiling) {
        Mask<Isa, T> high_enough{}, low_enough{};
        add_reaching<Test, Isa, T>(high_enough, score, threshold);
        add_reaching<Test, Isa, T>(low_enough, ceiling, score);
        mask |= high_enough & low_enough;
    } else {
        add_reaching<Test, Isa, T>(mask, score, threshold);
    }
}

/// The anchors of a tile for which some score survives: bit r is row r, bit c is column c.
struct TileHits {
    std::uint64_t rows, columns;
};

/// Tests a width x width tile for the anchors in `rows` and, if `Both`, for those in `columns`.
template <class Isa, class T, class Test, bool Both>
MOHS_ALWAYS_INLINE TileHits find_hits(const T* tile, const TileSide<T>& rows, const TileSide<T>& columns)
{
    constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>, vectors = Isa::vectors;
    // A row is one bit of a lane. There may be more rows than a lane has bits, and the one after the last must not
    // overflow.
    constexpr int lane_bits = 8 * static_cast<int>(sizeof(T)) - 2, groups = (width + lane_bits - 1) / lane_bits;
    Vec<Isa, T> column_bias[vectors] = {}, column_best[vectors];
    Mask<Isa, T> row_marks[groups] = {}, column_marks[vectors] = {};
    MOHS_UNROLL
    for (int v = 0; v < vectors; ++v) {
        load<Isa, T>(column_best[v], tile + v * step);
        if constexpr (Test::bias) {
            load<Isa, T>(column_bias[v], columns.bias + v * step);
            column_best[v] += rows.bias[0];
        }
    }
    MOHS_UNROLL
    for (int group = 0; group < groups; ++group) {
        Mask<Isa, T> row_bit = Mask<Isa, T>{} + 1;
        const int end = width < (group + 1) * lane_bits ? width : (group + 1) * lane_bits;
        for (int r = group * lane_bits; r < end; ++r) {
            Vec<Isa, T> threshold, ceiling{}, row_bias{}, row_best{};
            Mask<Isa, T> found{};
            splat<Isa, T>(threshold, rows.threshold[r]);
            if constexpr (Test::ceiling) {
                splat<Isa, T>(ceiling, rows.ceiling[r]);
            }
            if constexpr (Test::bias) {
                splat<Isa, T>(row_bias, rows.bias[r]);
            }
            MOHS_UNROLL
            for (int v = 0; v < vectors; ++v) {
                Vec<Isa, T> forward;
                load<Isa, T>(forward, tile + r * width + v * step);
                Vec<Isa, T> back = forward;
                if constexpr (Test::bias) {
                    forward += column_bias[v];
                    back += row_bias;
                }
                if constexpr (Test::ceiling) {
                    add_survivors<Test, Isa, T>(found, forward, threshold, ceiling);
                    if constexpr (Both) {
                        Vec<Isa, T> column_threshold;
                        load<Isa, T>(column_threshold, columns.threshold + v * step);
                        Vec<Isa, T> column_ceiling;
                        load<Isa, T>(column_ceiling, columns.ceiling + v * step);
                        add_survivors<Test, Isa, T>(column_marks[v], back, column_threshold, column_ceiling);
                    }
                } else {
                    if (v == 0) {
                        row_best = forward;
                    } else {
                        keep_better<Test, Isa, T>(row_best, forward);
                    }
                    if constexpr (Both) {
                        keep_better<Test, Isa, T>(column_best[v], back);
                    }
                }
            }
            if constexpr (!Test::ceiling) {
                add_reaching<Test, Isa, T>(found, row_best, threshold);
            }
            row_marks[group] |= found & row_bit;
            row_bit += row_bit;
        }
    }
    TileHits hits{0, 0};
    MOHS_UNROLL
    for (int group = 0; group < groups; ++group) {
        hits.rows |= combine_lanes<Isa, T>(row_marks[group]) << (group * lane_bits);
    }
    if constexpr (Both) {
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            if constexpr (!Test::ceiling) {
                Vec<Isa, T> threshold;
                load<Isa, T>(threshold, columns.threshold + v * step);
                add_reaching<Test, Isa, T>(column_marks[v], column_best[v], threshold);
            }
            hits.columns |= bits<Isa, T>(column_marks[v]) << (v * step);
        }
    }
    return hits;
}

}  // namespace mohs::inline MOHS_ABI::detail
