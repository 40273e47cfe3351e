#pragma once

/// \file
/// Weights of whole strips of scores: what they are relative to, and their sums.
///
/// What weighs is a curve: how the logarithm of a weight follows from a kernel score <a, b> of rows on the unit sphere.
/// It has to be largest at the smallest or at the largest score of a row. A strategy that says `WeightForm::vectors`
/// names one, `template <class T> using Curve`, for T = float and double; `WeightCurve` is that of
/// DistanceWeightedNegative.
///
///     Curve(strategy, Index dimension)       made once per scan
///     T first                                smaller scores have weight 0
///     T farthest                             larger scores weigh as much as this one
///     bool two_sided                         whether the largest weight can be that of a row's smallest score
///     double range() const                   bits between the largest and the smallest weight that any scores have:
///                                            where they are few, a batch against itself weighs every pair once
///     static double log_weight(strategy,     of an exact distance, for draws among what filters leave: the
///         double distance, Index dimension)  strategy's, but finite where the score has a weight
///     Origin(T* at, Index width)             per row of a panel, Origin::parts x width numbers: what its weights are
///                                            relative to; at first `smallest` and `largest`, the ends of its scores
///     Rows<Isa>                              a vector of them: load_rows(origin, row), or of one: load_row(origin, row)
///     Terms<Isa, two_sided>(curve)           the curve in vectors: `first`; fix(origin, row), from the ends of the
///                                            scores to the rest of an origin; log_weight(score, rows, result), the
///                                            binary logarithm of a weight relative to the largest one of its row

#include <mohs/detail/weighted/weight_curve.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Widens the range of a stripe's scores. Masks, if there are any, are 0 for pairs that do not count.
template <class T, class Curve = WeightCurve<T>>
struct FindOrigins {
    const Curve& curve;
    const T* strip;
    const MaskElement<T>* masks;
    Index columns;
    typename Curve::Origin origin;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        if (masks != nullptr) {
            curve.two_sided ? widen<Isa, true, true>() : widen<Isa, true, false>();
        } else {
            curve.two_sided ? widen<Isa, false, true>() : widen<Isa, false, false>();
        }
    }

private:
    template <class Isa, bool masked, bool two_sided>
    MOHS_ALWAYS_INLINE void widen() const
    {
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
        Vec<Isa, T> first;
        splat<Isa, T>(first, curve.first);
        for (int v = 0; v < width; v += step) {
            Vec<Isa, T> smallest, largest;
            load<Isa, T>(smallest, origin.smallest + v);
            load<Isa, T>(largest, origin.largest + v);
            for (Index c = 0; c < columns; ++c) {
                Vec<Isa, T> score;
                load<Isa, T>(score, strip + c * width + v);
                if constexpr (masked) {
                    Mask<Isa, T> mask;
                    load<Isa, MaskElement<T>>(mask, masks + c * width + v);
                    score = mask != 0 ? score : largest;
                }
                // What is too small to count is no larger than what `largest` begins with.
                keep_larger<Isa, T>(largest, score);
                if constexpr (two_sided) {
                    score = score < first ? smallest : score;
                    keep_smaller<Isa, T>(smallest, score);
                }
            }
            store<Isa, T>(origin.smallest + v, smallest);
            store<Isa, T>(origin.largest + v, largest);
        }
    }
};

/// From the range of scores to what weights are relative to.
template <class T, class Curve = WeightCurve<T>>
struct FixOrigins {
    const Curve& curve;
    typename Curve::Origin origin;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        curve.two_sided ? fix<Isa, true>() : fix<Isa, false>();
    }

private:
    template <class Isa, bool two_sided>
    MOHS_ALWAYS_INLINE void fix() const
    {
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
        const typename Curve::template Terms<Isa, two_sided> terms(curve);
        for (int v = 0; v < width; v += step) {
            terms.fix(origin, v);
        }
    }
};

/// sum, entropy = the sums of w and w log2 w over the columns of a stripe, for every row of a panel.
template <class T, class Curve = WeightCurve<T>>
struct AddWeights {
    const Curve& curve;
    const T* strip;
    const MaskElement<T>* masks;
    Index columns;
    typename Curve::Origin origin;
    T* sum;
    T* entropy;

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
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
        const typename Curve::template Terms<Isa, two_sided> terms(curve);
        for (int v = 0; v < width; v += step) {
            typename Curve::template Rows<Isa> row;
            row.load_rows(origin, v);
            Vec<Isa, T> total{}, total_log{};
            // Two loops: what a core can hold back of one long chain of operations is too little to keep it busy.
            T logarithms[stripe_columns * step];
            for (Index c = 0; c < columns; ++c) {
                Vec<Isa, T> score, logarithm;
                load<Isa, T>(score, strip + c * width + v);
                terms.log_weight(score, row, logarithm);
                store<Isa, T>(logarithms + c * step, logarithm);
            }
            for (Index c = 0; c < columns; ++c) {
                Vec<Isa, T> score, weight, logarithm;
                load<Isa, T>(score, strip + c * width + v);
                load<Isa, T>(logarithm, logarithms + c * step);
                raise<Isa, T>(logarithm, score, terms.first, weight);
                if constexpr (masked) {
                    keep_masked<Isa, T>(masks + c * width + v, weight);
                }
                total += weight;
                add_product<Isa, T>(total_log, weight, logarithm);
            }
            store<Isa, T>(sum + v, total);
            store<Isa, T>(entropy + v, total_log);
        }
    }
};

/// Weighs `count` scores of row `row` of a panel. Whole vectors are read and written.
template <class T, class Curve = WeightCurve<T>>
struct WeighRow {
    const Curve& curve;
    const T* scores;
    Index count;
    typename Curve::Origin origin;
    Index row;
    T* weights;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        curve.two_sided ? run<Isa, true>() : run<Isa, false>();
    }

private:
    template <class Isa, bool two_sided>
    MOHS_ALWAYS_INLINE void run() const
    {
        const typename Curve::template Terms<Isa, two_sided> terms(curve);
        typename Curve::template Rows<Isa> own;
        own.load_row(origin, row);
        for (Index i = 0; i < count; i += lanes<Isa, T>) {
            Vec<Isa, T> score, weight, logarithm;
            load<Isa, T>(score, scores + i);
            terms.log_weight(score, own, logarithm);
            raise<Isa, T>(logarithm, score, terms.first, weight);
            store<Isa, T>(weights + i, weight);
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
