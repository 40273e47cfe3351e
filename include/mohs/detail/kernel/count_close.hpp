#pragma once

/// \file
/// Counting, along vectors, the candidates of a tile that are too close for the filters of their anchors.
///
/// Where filters reject most of what is closest, these are most of a tile: looked at one by one they would cost several
/// times what their scores do.

#include <mohs/detail/simd/vec.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// One side of a tile, as anchors: their limits, the lowest first, and how many candidates were above each. What is
/// above a limit but not above its `sure_above` has to be asked about.
template <class T>
struct CloseSide {
    const T* limit;
    const T* sure_above;
    MaskElement<T>* count;
    const T* bias;          ///< of the rows along this side, added when they are candidates; null for metrics without
    std::uint64_t& unsure;  ///< gets a bit per anchor with candidates that have to be asked about
};

template <class Isa, class T, bool Bias, bool Both>
class CloseCounter;

/// Adds to the counts of the anchors in `rows` of a width x width tile and, if `Both`, of those in `columns`.
template <class T, bool Bias, bool Both>
struct CountClose {
    const T* tile;
    CloseSide<T> rows, columns;
    int limits;             ///< how many an anchor has
    std::ptrdiff_t stride;  ///< from one limit of an anchor to the next

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        CloseCounter<Isa, T, Bias, Both>(*this).run();
    }
};

/// CountClose at work for one instruction set.
template <class Isa, class T, bool Bias, bool Both>
class CloseCounter {
public:
    explicit CloseCounter(const CountClose<T, Bias, Both>& task) : task_(task) {}

    MOHS_ALWAYS_INLINE void run() const
    {
        Bests best;
        task_.rows.unsure = task_.columns.unsure = 0;
        for (int i = 0; i < task_.limits && (i == 0 || any_above(i * task_.stride, best)); ++i) {
            count(i * task_.stride, best);
        }
    }

private:
    static constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>, vectors = Isa::vectors;
    static constexpr int lane_bits = 8 * static_cast<int>(sizeof(T)), groups = (width + lane_bits - 1) / lane_bits;
    using Vector = Vec<Isa, T>;
    using Marks = Mask<Isa, T>;

    /// The best scores of every anchor; those of a row in any lane.
    struct Bests {
        Vector row[width], column[vectors];
    };

    /// What was found of one row, or of the columns of a vector. Counts are negative: masks are, where they are set.
    struct Found {
        Vector best;
        Marks count, unsure;
    };

    /// The counts of so many rows are added up at once, a byte of a lane for each.
    static constexpr int together = 4;
    static_assert(width % together == 0 && width < 256);

    /// Whether a score is above a limit, given the best of all.
    MOHS_ALWAYS_INLINE bool any_above(std::ptrdiff_t at, const Bests& best) const
    {
        Marks above{};
        for (int r = 0; r < width; ++r) {
            Vector limit;
            splat<Isa, T>(limit, task_.rows.limit[at + r]);
            add_above<Isa, T>(above, best.row[r], limit);
        }
        if constexpr (Both) {
            MOHS_UNROLL
            for (int v = 0; v < vectors; ++v) {
                Vector limit;
                load<Isa, T>(limit, task_.columns.limit + at + v * step);
                add_above<Isa, T>(above, best.column[v], limit);
            }
        }
        return combine_lanes<Isa, T>(above) != 0;
    }

    static MOHS_ALWAYS_INLINE void look(Found& found, const Vector& score, const Vector& limit,
                                        const Vector& sure_above)
    {
        Marks above{}, sure{};
        add_above<Isa, T>(above, score, limit);
        add_above<Isa, T>(sure, score, sure_above);
        found.count += above;
        found.unsure |= above ^ sure;
        keep_larger<Isa, T>(found.best, score);
    }

    MOHS_ALWAYS_INLINE void count(std::ptrdiff_t at, Bests& best) const
    {
        Found column[vectors];
        Vector column_limit[vectors], column_sure[vectors], column_bias[vectors];
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            splat<Isa, T>(column[v].best, lowest<T>);
            column[v].count = column[v].unsure = Marks{};
            if constexpr (Both) {
                load<Isa, T>(column_limit[v], task_.columns.limit + at + v * step);
                load<Isa, T>(column_sure[v], task_.columns.sure_above + at + v * step);
            }
            if constexpr (Bias) {
                load<Isa, T>(column_bias[v], task_.columns.bias + v * step);
            }
        }
        for (int group = 0; group < groups; ++group) {
            Marks row_bit = Marks{} + 1, row_marks{}, row_counts{};
            const int end = width < (group + 1) * lane_bits ? width : (group + 1) * lane_bits;
            for (int r = group * lane_bits; r < end; ++r) {
                Vector row_limit, row_sure, row_bias{};
                splat<Isa, T>(row_limit, task_.rows.limit[at + r]);
                splat<Isa, T>(row_sure, task_.rows.sure_above[at + r]);
                if constexpr (Both && Bias) {
                    splat<Isa, T>(row_bias, task_.rows.bias[r]);
                }
                Found row{{}, Marks{}, Marks{}};
                splat<Isa, T>(row.best, lowest<T>);
                MOHS_UNROLL
                for (int v = 0; v < vectors; ++v) {
                    Vector as_row, as_column;
                    load<Isa, T>(as_row, task_.tile + r * width + v * step);
                    as_column = as_row;
                    if constexpr (Bias) {
                        as_row += column_bias[v];
                        as_column += row_bias;
                    }
                    look(row, as_row, row_limit, row_sure);
                    if constexpr (Both) {
                        look(column[v], as_column, column_limit[v], column_sure[v]);
                    }
                }
                best.row[r] = row.best;
                row_marks |= row.unsure & row_bit;
                row_bit = row_bit << 1;
                row_counts = (row_counts << 8) - row.count;
                if (r % together == together - 1) {
                    add_row_counts(row_counts, task_.rows.count + at + r);
                    row_counts = Marks{};
                }
            }
            task_.rows.unsure |= combine_lanes<Isa, T>(row_marks) << (group * lane_bits);
        }
        if constexpr (Both) {
            Marks unsure[vectors];
            MOHS_UNROLL
            for (int v = 0; v < vectors; ++v) {
                best.column[v] = column[v].best;
                unsure[v] = column[v].unsure;
                Marks so_far;
                load<Isa, MaskElement<T>>(so_far, task_.columns.count + at + v * step);
                so_far -= column[v].count;
                store<Isa, MaskElement<T>>(task_.columns.count + at + v * step, so_far);
            }
            task_.columns.unsure |= lanes_set<Isa, T>(unsure);
        }
    }

    /// Adds the counts of the rows up to that of `last`, which is in the lowest byte.
    static MOHS_ALWAYS_INLINE void add_row_counts(const Marks& counts, MaskElement<T>* last)
    {
        const std::uint64_t sum = sum_lanes<Isa, T>(counts);
        MOHS_UNROLL
        for (int i = 0; i < together; ++i) {
            last[-i] += static_cast<MaskElement<T>>(sum >> (8 * i) & 255);
        }
    }

    const CountClose<T, Bias, Both>& task_;
};

}  // namespace mohs::inline MOHS_ABI::detail
