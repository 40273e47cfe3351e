#pragma once

/// \file
/// Vector tests of a score tile against the thresholds of its anchors.
///
/// A tile is shown twice in a self-scan: its rows are anchors, then its columns are. Both tests run in one pass over
/// the tile, and nothing is transposed: for columns, thresholds lie along the vector. Most tiles have few survivors,
/// so a first pass only finds the anchors that have any; a second looks at those.

#include <mohs/detail/survivors.hpp>
#include <mohs/detail/vec.hpp>

#include <algorithm>
#include <bit>

namespace mohs::inline MOHS_ABI::detail {

template <class Isa, class T, class Test, bool Both>
class TileTester;

/// Tests a width x width tile for the anchors in `rows` and, if `Both`, for those in `columns`. One function per
/// instruction set, scalar and kind of test, shared by all selectors.
template <class T, class Test, bool Both>
struct TestTile {
    const T* tile;
    TileSide<T> rows, columns;
    /// Whether only the best survivors of an anchor are wanted: those that equal the best score along its side. Not
    /// for tests with ceilings.
    bool best_only;
    TileSurvivors& survivors;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        TileTester<Isa, T, Test, Both>(*this).run();
    }
};

/// TestTile at work for one instruction set.
template <class Isa, class T, class Test, bool Both>
class TileTester {
public:
    explicit TileTester(const TestTile<T, Test, Both>& task) : task_(task) {}

    MOHS_ALWAYS_INLINE void run() const
    {
        find_anchors();
        for (std::uint64_t left = task_.survivors.rows; left != 0; left &= left - 1) {
            look_at_row(std::countr_zero(left));
        }
        if constexpr (Both) {
            for (int v = 0; v < vectors; ++v) {
                if ((task_.survivors.columns >> (v * step) & ((std::uint64_t{1} << step) - 1)) != 0) {
                    look_at_columns(v);
                }
            }
        }
    }

private:
    static constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>, vectors = Isa::vectors;
    static_assert(width <= widest_panel);
    using Vector = Vec<Isa, T>;
    using Marks = Mask<Isa, T>;
    static constexpr int lane_bits = 8 * static_cast<int>(sizeof(T)), groups = (width + lane_bits - 1) / lane_bits;

    /// By how much the score lies inside of its window, negative if outside; the score itself if there is only a
    /// threshold.
    static MOHS_ALWAYS_INLINE void merit(Vector& result, const Vector& score, const Vector& threshold,
                                         const Vector& ceiling)
    {
        if constexpr (Test::ceiling) {
            // GCC 12 takes the conjunction of two comparisons apart, lane by lane; differences have the same signs.
            const Vector above = Test::smallest ? threshold - score : score - threshold;
            result = Test::smallest ? score - ceiling : ceiling - score;
            keep_smaller<Isa, T>(result, above);
        } else {
            result = score;
        }
    }

    /// best = the better of the two merits.
    static MOHS_ALWAYS_INLINE void keep_better(Vector& best, const Vector& merit)
    {
        if constexpr (Test::smallest && !Test::ceiling) {
            keep_smaller<Isa, T>(best, merit);
        } else {
            keep_larger<Isa, T>(best, merit);
        }
    }

    /// The lanes where the best merit is that of a survivor.
    static MOHS_ALWAYS_INLINE void add_successful(Marks& marks, const Vector& best, const Vector& threshold)
    {
        if constexpr (Test::ceiling) {
            add_at_least<Isa, T>(marks, best, Vector{});
        } else if constexpr (Test::smallest) {
            add_at_least<Isa, T>(marks, threshold, best);
        } else {
            add_at_least<Isa, T>(marks, best, threshold);
        }
    }

    /// The lanes that survive.
    static MOHS_ALWAYS_INLINE void find_surviving(Marks& marks, const Vector& score, const Vector& threshold,
                                                  const Vector& ceiling)
    {
        Vector inside;
        merit(inside, score, threshold, ceiling);
        marks = Marks{};
        add_successful(marks, inside, threshold);
    }

    MOHS_ALWAYS_INLINE void find_anchors() const
    {
        Vector column_best[vectors];
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            splat<Isa, T>(column_best[v], Test::smallest && !Test::ceiling ? highest<T> : lowest<T>);
        }
        Marks row_marks[groups] = {};
        MOHS_UNROLL
        for (int group = 0; group < groups; ++group) {
            Marks row_bit = Marks{} + 1;
            const int end = width < (group + 1) * lane_bits ? width : (group + 1) * lane_bits;
            for (int r = group * lane_bits; r < end; ++r) {
                Vector threshold, ceiling{}, row_bias{}, row_best{};
                splat<Isa, T>(threshold, task_.rows.threshold[r]);
                if constexpr (Test::ceiling) {
                    splat<Isa, T>(ceiling, task_.rows.ceiling[r]);
                }
                if constexpr (Test::bias) {
                    splat<Isa, T>(row_bias, task_.rows.bias[r]);
                }
                MOHS_UNROLL
                for (int v = 0; v < vectors; ++v) {
                    Vector dot, score, inside;
                    load<Isa, T>(dot, task_.tile + r * width + v * step);
                    score = dot;
                    if constexpr (Test::bias) {
                        Vector column_bias;
                        load<Isa, T>(column_bias, task_.columns.bias + v * step);
                        score += column_bias;
                    }
                    merit(inside, score, threshold, ceiling);
                    if (v == 0) {
                        row_best = inside;
                    } else {
                        keep_better(row_best, inside);
                    }
                    if constexpr (Both) {
                        Vector column_threshold{}, column_ceiling{};
                        if constexpr (Test::ceiling) {
                            load<Isa, T>(column_threshold, task_.columns.threshold + v * step);
                            load<Isa, T>(column_ceiling, task_.columns.ceiling + v * step);
                        }
                        if constexpr (Test::bias) {
                            dot += row_bias;
                        }
                        merit(inside, dot, column_threshold, column_ceiling);
                        keep_better(column_best[v], inside);
                    }
                }
                Marks found{};
                add_successful(found, row_best, threshold);
                row_marks[group] |= found & row_bit;
                row_bit = row_bit << 1;
            }
        }
        task_.survivors.rows = task_.survivors.columns = 0;
        MOHS_UNROLL
        for (int group = 0; group < groups; ++group) {
            task_.survivors.rows |= combine_lanes<Isa, T>(row_marks[group]) << (group * lane_bits);
        }
        if constexpr (Both) {
            Marks found[vectors] = {};
            MOHS_UNROLL
            for (int v = 0; v < vectors; ++v) {
                Vector threshold;
                load<Isa, T>(threshold, task_.columns.threshold + v * step);
                add_successful(found[v], column_best[v], threshold);
            }
            task_.survivors.columns = lanes_set(found);
        }
    }

    /// Bit v * step + i is lane i of mask v.
    static MOHS_ALWAYS_INLINE std::uint64_t lanes_set(const Marks (&found)[vectors])
    {
        Marks together[groups] = {};
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            Marks bit;
            load<Isa, MaskElement<T>>(bit, LaneBits<T, width>::table.bit + v * step);
            together[v * step / lane_bits] |= found[v] & bit;
        }
        std::uint64_t result = 0;
        MOHS_UNROLL
        for (int group = 0; group < groups; ++group) {
            result |= combine_lanes<Isa, T>(together[group]) << (group * lane_bits);
        }
        return result;
    }

    MOHS_ALWAYS_INLINE void look_at_row(int r) const
    {
        Vector threshold, ceiling{};
        Marks found[vectors];
        splat<Isa, T>(threshold, task_.rows.threshold[r]);
        if constexpr (Test::ceiling) {
            splat<Isa, T>(ceiling, task_.rows.ceiling[r]);
        }
        Vector score[vectors];
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            load<Isa, T>(score[v], task_.tile + r * width + v * step);
            if constexpr (Test::bias) {
                Vector bias;
                load<Isa, T>(bias, task_.columns.bias + v * step);
                score[v] += bias;
            }
        }
        if (!Test::ceiling && task_.best_only) {
            MOHS_UNROLL
            for (int v = 0; v < vectors; ++v) {
                keep_better(threshold, score[v]);
            }
            T lane[step];
            store<Isa, T>(lane, threshold);
            for (int i = 1; i < step; ++i) {
                lane[0] = Test::smallest ? std::min(lane[0], lane[i]) : std::max(lane[0], lane[i]);
            }
            splat<Isa, T>(threshold, lane[0]);
        }
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            find_surviving(found[v], score[v], threshold, ceiling);
        }
        task_.survivors.in_row[r] = lanes_set(found);
    }

    /// The scores of row r as candidate of the columns of one vector.
    MOHS_ALWAYS_INLINE void load_for_columns(Vector& score, int r, int v) const
    {
        load<Isa, T>(score, task_.tile + r * width + v * step);
        if constexpr (Test::bias) {
            Vector bias;
            splat<Isa, T>(bias, task_.rows.bias[r]);
            score += bias;
        }
    }

    /// The columns of one vector, all at once: bit r of a lane is row r.
    MOHS_ALWAYS_INLINE void look_at_columns(int v) const
    {
        Vector threshold, ceiling{};
        load<Isa, T>(threshold, task_.columns.threshold + v * step);
        if constexpr (Test::ceiling) {
            load<Isa, T>(ceiling, task_.columns.ceiling + v * step);
        }
        if (!Test::ceiling && task_.best_only) {
            for (int r = 0; r < width; ++r) {
                Vector score;
                load_for_columns(score, r, v);
                keep_better(threshold, score);
            }
        }
        MaskElement<T> rows_of[groups][step];
        MOHS_UNROLL
        for (int group = 0; group < groups; ++group) {
            Marks row_bit = Marks{} + 1, marks{};
            const int end = width < (group + 1) * lane_bits ? width : (group + 1) * lane_bits;
            for (int r = group * lane_bits; r < end; ++r) {
                Vector score;
                load_for_columns(score, r, v);
                Marks found;
                find_surviving(found, score, threshold, ceiling);
                marks |= found & row_bit;
                row_bit = row_bit << 1;
            }
            store<Isa, MaskElement<T>>(rows_of[group], marks);
        }
        for (int lane = 0; lane < step; ++lane) {
            std::uint64_t result = 0;
            for (int group = 0; group < groups; ++group) {
                result |= std::uint64_t{static_cast<std::make_unsigned_t<MaskElement<T>>>(rows_of[group][lane])}
                          << (group * lane_bits);
            }
            task_.survivors.in_column[v * step + lane] = result;
        }
    }

    const TestTile<T, Test, Both>& task_;
};

}  // namespace mohs::inline MOHS_ABI::detail
