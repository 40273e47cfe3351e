#pragma once

/// \file
/// Weights of the tiles of a self-scan, for their rows and for their columns at once.
///
/// A weight is a function of the score alone until it is divided by the anchor's largest one. Where all weights there
/// can be fit into the range of the scalar, they are not divided, and the weight of (i, j) is that of (j, i).

#include <mohs/detail/weighted/weigh_strip.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Adds the weights of a tile, w and w log2 w, to those of its rows, which lie along the vectors, and, lane by lane, to
/// those of its columns: `column_sum`, `column_entropy` hold a vector per column.
template <class T, class Curve = WeightCurve<T>>
struct AddPairWeights {
    const Curve& curve;
    const T* tile;
    const MaskElement<T>* masks;
    typename Curve::Origin origin;  ///< of one row, which serves all
    T* row_sum;
    T* row_entropy;
    T* column_sum;
    T* column_entropy;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        if (masks != nullptr) {
            curve.two_sided ? add<Isa, true, true>() : add<Isa, true, false>();
        } else {
            curve.two_sided ? add<Isa, false, true>() : add<Isa, false, false>();
        }
    }

private:
    template <class Isa, bool masked, bool two_sided>
    MOHS_ALWAYS_INLINE void add() const
    {
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>, vectors = Isa::vectors;
        const typename Curve::template Terms<Isa, two_sided> terms(curve);
        // As in AddWeights: the first half of a long chain of operations, then the second.
        T logarithms[width * width];
        {
            typename Curve::template Rows<Isa> own;
            own.load_row(origin, 0);
            for (int i = 0; i < width * width; i += step) {
                Vec<Isa, T> score, logarithm;
                load<Isa, T>(score, tile + i);
                terms.log_weight(score, own, logarithm);
                store<Isa, T>(logarithms + i, logarithm);
            }
        }
        for (int v = 0; v < vectors; ++v) {
            Vec<Isa, T> total, total_log;
            load<Isa, T>(total, row_sum + v * step);
            load<Isa, T>(total_log, row_entropy + v * step);
            for (int c = 0; c < width; ++c) {
                const int at = c * width + v * step;
                Vec<Isa, T> score, weight, logarithm, column, column_log;
                load<Isa, T>(score, tile + at);
                load<Isa, T>(logarithm, logarithms + at);
                raise<Isa, T>(logarithm, score, terms.first, weight);
                if constexpr (masked) {
                    keep_masked<Isa, T>(masks + at, weight);
                }
                total += weight;
                add_product<Isa, T>(total_log, weight, logarithm);
                load<Isa, T>(column, column_sum + c * step);
                load<Isa, T>(column_log, column_entropy + c * step);
                column += weight;
                add_product<Isa, T>(column_log, weight, logarithm);
                store<Isa, T>(column_sum + c * step, column);
                store<Isa, T>(column_entropy + c * step, column_log);
            }
            store<Isa, T>(row_sum + v * step, total);
            store<Isa, T>(row_entropy + v * step, total_log);
        }
    }
};

/// to[i] += the sum of vector i of `from`, for a panel of them; `from` is cleared.
template <class T>
struct AddLanes {
    T* from;
    T* to;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int step = lanes<Isa, T>;
        for (int i = 0; i < panel_width<Isa, T>; ++i) {
            T* const lane = from + i * step;
            for (int half = step / 2; half > 0; half /= 2) {
                for (int j = 0; j < half; ++j) {
                    lane[j] += lane[j + half];
                }
            }
            to[i] += lane[0];
            std::fill(lane, lane + step, T{0});
        }
    }
};

/// The scores of one row against a panel: those of DotPanels, bit for bit, at the levels that have vectors.
template <class T>
struct DotRow {
    const T* row;  ///< within its panel
    const T* panel;
    Index depth;
    T* scores;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>, vectors = Isa::vectors;
        Vec<Isa, T> sum[vectors]{};
        for (Index k = 0; k < depth; ++k) {
            Vec<Isa, T> anchor;
            splat<Isa, T>(anchor, row[k * width]);
            MOHS_UNROLL
            for (int v = 0; v < vectors; ++v) {
                Vec<Isa, T> candidate;
                load<Isa, T>(candidate, panel + k * width + v * step);
                add_product<Isa, T>(sum[v], anchor, candidate);
            }
        }
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            store<Isa, T>(scores + v * step, sum[v]);
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
