#pragma once

/// \file
/// Vector tests of a score tile against the thresholds of its anchors.
///
/// A tile is shown twice in a self-scan: its rows are anchors, then its columns are. Both tests run in one pass over
/// the tile, and nothing is transposed: for columns, thresholds lie along the vector. Most tiles have few survivors,
/// so a first pass only finds the anchors that have any, by their best score; a second looks at those.

#include <mohs/detail/kernel/tile_survivors.hpp>
#include <mohs/detail/simd/vec.hpp>

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
    /// Whether only the best survivors of an anchor are wanted: those that equal the best score along its side that is
    /// not above its ceiling.
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
        Vector column_best[vectors];
        find_anchors(column_best);
        if constexpr (Test::limit) {
            if (task_.survivors.past_limit) {
                return;
            }
        }
        for (std::uint64_t left = task_.survivors.rows; left != 0; left &= left - 1) {
            look_at_row(std::countr_zero(left));
        }
        if constexpr (Both) {
            for (int v = 0; v < vectors; ++v) {
                const std::uint64_t hits = task_.survivors.columns >> (v * step) & ((std::uint64_t{1} << step) - 1);
                if (hits != 0) {
                    look_at_columns(v, hits, column_best[v]);
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

    /// What no score is worse than.
    static constexpr T worst = Test::smallest ? highest<T> : lowest<T>;

    /// wanted = the score, or the worst one where it is above the ceiling.
    static MOHS_ALWAYS_INLINE void want(Vector& wanted, const Vector& score, const Vector& ceiling)
    {
        if constexpr (Test::ceiling) {
            Vector unwanted;
            splat<Isa, T>(unwanted, worst);
            if constexpr (Test::smallest) {
                wanted = score >= ceiling ? score : unwanted;
            } else {
                wanted = score <= ceiling ? score : unwanted;
            }
        } else {
            wanted = score;
        }
    }

    /// best = the better of two scores.
    static MOHS_ALWAYS_INLINE void keep_better(Vector& best, const Vector& score)
    {
        if constexpr (Test::smallest) {
            keep_smaller<Isa, T>(best, score);
        } else {
            keep_larger<Isa, T>(best, score);
        }
    }

    /// Adds the lanes where the score reaches the threshold.
    static MOHS_ALWAYS_INLINE void add_reaching(Marks& marks, const Vector& score, const Vector& threshold)
    {
        if constexpr (Test::smallest) {
            add_at_least<Isa, T>(marks, threshold, score);
        } else {
            add_at_least<Isa, T>(marks, score, threshold);
        }
    }

    MOHS_ALWAYS_INLINE void find_anchors(Vector (&column_best)[vectors]) const
    {
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            splat<Isa, T>(column_best[v], worst);
        }
        Marks row_marks[groups] = {}, past_limit{};
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
                    Vector dot, score, wanted;
                    load<Isa, T>(dot, task_.tile + r * width + v * step);
                    score = dot;
                    if constexpr (Test::bias) {
                        Vector column_bias;
                        load<Isa, T>(column_bias, task_.columns.bias + v * step);
                        score += column_bias;
                    }
                    want(wanted, score, ceiling);
                    if (v == 0) {
                        row_best = wanted;
                    } else {
                        keep_better(row_best, wanted);
                    }
                    if constexpr (Both) {
                        Vector column_ceiling{};
                        if constexpr (Test::ceiling) {
                            load<Isa, T>(column_ceiling, task_.columns.ceiling + v * step);
                        }
                        if constexpr (Test::bias) {
                            dot += row_bias;
                        }
                        want(wanted, dot, column_ceiling);
                        keep_better(column_best[v], wanted);
                    }
                }
                if constexpr (Test::limit) {
                    Vector limit;
                    splat<Isa, T>(limit, task_.rows.limit[r]);
                    add_above<Isa, T>(past_limit, row_best, limit);
                }
                Marks found{};
                add_reaching(found, row_best, threshold);
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
                add_reaching(found[v], column_best[v], threshold);
                if constexpr (Test::limit) {
                    Vector limit;
                    load<Isa, T>(limit, task_.columns.limit + v * step);
                    add_above<Isa, T>(past_limit, column_best[v], limit);
                }
            }
            task_.survivors.columns = lanes_set<Isa, T>(found);
        }
        if constexpr (Test::limit) {
            task_.survivors.past_limit = combine_lanes<Isa, T>(past_limit) != 0;
        }
    }

    MOHS_ALWAYS_INLINE void look_at_row(int r) const
    {
        Vector threshold, ceiling{}, wanted[vectors];
        splat<Isa, T>(threshold, task_.rows.threshold[r]);
        if constexpr (Test::ceiling) {
            splat<Isa, T>(ceiling, task_.rows.ceiling[r]);
        }
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            Vector score;
            load<Isa, T>(score, task_.tile + r * width + v * step);
            if constexpr (Test::bias) {
                Vector bias;
                load<Isa, T>(bias, task_.columns.bias + v * step);
                score += bias;
            }
            want(wanted[v], score, ceiling);
        }
        if (task_.best_only) {
            keep_best_lane(threshold, wanted);
        }
        Marks found[vectors] = {};
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            add_reaching(found[v], wanted[v], threshold);
        }
        task_.survivors.in_row[r] = lanes_set<Isa, T>(found);
    }

    /// best = in every lane, the best of all lanes.
    static MOHS_ALWAYS_INLINE void keep_best_lane(Vector& best, const Vector (&scores)[vectors])
    {
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            keep_better(best, scores[v]);
        }
        T lane[step];
        store<Isa, T>(lane, best);
        MOHS_UNROLL
        for (int half = step / 2; half > 0; half /= 2) {
            MOHS_UNROLL
            for (int i = 0; i < half; ++i) {
                lane[i] = Test::smallest ? (std::min)(lane[i], lane[i + half]) : (std::max)(lane[i], lane[i + half]);
            }
        }
        splat<Isa, T>(best, lane[0]);
    }

    /// The columns of one vector, all at once: bit r of a lane is row r. `hits` are those of interest, `best` their
    /// best scores.
    MOHS_ALWAYS_INLINE void look_at_columns(int v, std::uint64_t hits, const Vector& best) const
    {
        Vector threshold, ceiling{};
        load<Isa, T>(threshold, task_.columns.threshold + v * step);
        if constexpr (Test::ceiling) {
            load<Isa, T>(ceiling, task_.columns.ceiling + v * step);
        }
        if (task_.best_only) {
            keep_better(threshold, best);
        }
        MaskElement<T> rows_of[groups][step];
        MOHS_UNROLL
        for (int group = 0; group < groups; ++group) {
            Marks row_bit = Marks{} + 1, marks{};
            const int end = width < (group + 1) * lane_bits ? width : (group + 1) * lane_bits;
            for (int r = group * lane_bits; r < end; ++r) {
                Vector score, wanted;
                load<Isa, T>(score, task_.tile + r * width + v * step);
                if constexpr (Test::bias) {
                    Vector bias;
                    splat<Isa, T>(bias, task_.rows.bias[r]);
                    score += bias;
                }
                want(wanted, score, ceiling);
                Marks found{};
                add_reaching(found, wanted, threshold);
                marks |= found & row_bit;
                row_bit = row_bit << 1;
            }
            store<Isa, MaskElement<T>>(rows_of[group], marks);
        }
        for (std::uint64_t left = hits; left != 0; left &= left - 1) {
            const int lane = std::countr_zero(left);
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
