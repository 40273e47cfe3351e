#pragma once

/// \file
/// Weights of whole strips of scores: what they are relative to, and their sums.

#include <mohs/detail/weighted/weight_curve.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Widens the range of a stripe's scores. Masks, if there are any, are 0 for pairs that do not count.
template <class T>
struct FindOrigins {
    const WeightCurve<T>& curve;
    const T* strip;
    const MaskElement<T>* masks;
    Index columns;
    WeightOrigin<T> origin;

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
template <class T>
struct FixOrigins {
    const WeightCurve<T>& curve;
    WeightOrigin<T> origin;

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
        const WeightTerms<Isa, T, two_sided> terms(curve);
        for (int v = 0; v < width; v += step) {
            OriginVectors<Isa, T> row;
            Vec<Isa, T> right, right_size, left, left_size, power, tail, nearest;
            load<Isa, T>(right, origin.largest + v);
            terms.prepare(right, right_size);
            splat<Isa, T>(nearest, curve.nearest);
            row.star = right_size;
            row.margin = T{1} - right_size;
            keep_larger<Isa, T>(row.margin, nearest);
            if constexpr (two_sided) {
                load<Isa, T>(left, origin.smallest + v);
                terms.prepare(left, left_size);
                keep_larger<Isa, T>(row.star, left_size);
                keep_smaller<Isa, T>(row.margin, T{1} - left_size);
            }
            row.correction = (T{1} - row.star) - row.margin;
            row.inverse = T{1} / (row.margin * (T{2} - row.margin));
            terms.logarithms(right, right_size, row, power, tail);
            if constexpr (two_sided) {
                Vec<Isa, T> left_power, left_tail;
                terms.logarithms(left, left_size, row, left_power, left_tail);
                const Vec<Isa, T> zero{};
                Vec<Isa, T> ahead = (left_tail - tail) * terms.tail;
                add_product<Isa, T>(ahead, left_power - power, terms.power);
                power = ahead > zero ? left_power : power;
                tail = ahead > zero ? left_tail : tail;
            }
            store<Isa, T>(origin.star + v, row.star);
            store<Isa, T>(origin.correction + v, row.correction);
            store<Isa, T>(origin.margin + v, row.margin);
            store<Isa, T>(origin.inverse + v, row.inverse);
            store<Isa, T>(origin.power + v, power);
            store<Isa, T>(origin.tail + v, tail);
        }
    }
};

/// x = 0 where a mask is. As integers: GCC 12 takes two comparisons in a row apart, lane by lane.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void keep_masked(const MaskElement<T>* masks, Vec<Isa, T>& x)
{
    Mask<Isa, T> mask, bits;
    load<Isa, MaskElement<T>>(mask, masks);
    std::memcpy(&bits, &x, sizeof(bits));
    bits &= mask;
    std::memcpy(&x, &bits, sizeof(x));
}

/// sum, entropy = the sums of w and w log2 w over the columns of a stripe, for every row of a panel.
template <class T>
struct AddWeights {
    const WeightCurve<T>& curve;
    const T* strip;
    const MaskElement<T>* masks;
    Index columns;
    WeightOrigin<T> origin;
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
        const WeightTerms<Isa, T, two_sided> terms(curve);
        for (int v = 0; v < width; v += step) {
            OriginVectors<Isa, T> row;
            row.load_rows(origin, v);
            Vec<Isa, T> total{}, total_log{};
            // Two loops: what a core can hold back of one long chain of operations is too little to keep it busy.
            T logarithms[stripe_columns * step];
            for (Index c = 0; c < columns; ++c) {
                Vec<Isa, T> score, logarithm;
                load<Isa, T>(score, strip + c * width + v);
                log_weight<Isa, T>(terms, score, row, logarithm);
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
template <class T>
struct WeighRow {
    const WeightCurve<T>& curve;
    const T* scores;
    Index count;
    WeightOrigin<T> origin;
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
        const WeightTerms<Isa, T, two_sided> terms(curve);
        OriginVectors<Isa, T> own;
        own.load_row(origin, row);
        for (Index i = 0; i < count; i += lanes<Isa, T>) {
            Vec<Isa, T> score, weight, logarithm;
            load<Isa, T>(score, scores + i);
            log_weight<Isa, T>(terms, score, own, logarithm);
            raise<Isa, T>(logarithm, score, terms.first, weight);
            store<Isa, T>(weights + i, weight);
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
