#pragma once

/// \file
/// Weights of an anchor's negatives by their values, one after the other: for any metric and any weight.

#include <mohs/detail/base/check.hpp>
#include <mohs/detail/strip/strip.hpp>
#include <mohs/detail/strip/value_strip.hpp>

#include <cmath>
#include <numbers>

namespace mohs::inline MOHS_ABI::detail {

/// What one worker keeps of the anchor that it is at.
template <class M, class T, class A, class B>
struct ValueWeights {
    static constexpr double no_weight = lowest<double>;

    const ValueStrip<M, T, A, B>& strip;
    Index count;                    ///< of candidates
    double* logarithms;             ///< by position; `no_weight` for those that are no negatives or have no weight
    double* weights;                ///< by position: relative to the largest one
    double* sums;                   ///< of the weights of a stripe
    double total = 0, entropy = 0;  ///< of w and of w log2 w

    /// Weighs the negatives of anchor `r` of the strip.
    template <class Strategy>
    void weigh(const Strategy& strategy, Index r, Index dimension)
    {
        double largest = no_weight;
        std::fill(logarithms, logarithms + count, no_weight);
        strip.for_each_negative(r, [&](Index at) {
            const double value = strip.value(r, at);
            logarithms[at] = checked(strategy.log_weight(value, dimension), value);
            largest = (std::max)(largest, logarithms[at]);
        });
        total = entropy = 0;
        for (Index base = 0; base < count; base += stripe_columns) {
            double sum = 0;
            for (Index at = base; at < (std::min)(base + stripe_columns, count); ++at) {
                weights[at] = 0;
                if (logarithms[at] > no_weight) {
                    // A normal number: what has a weight can be drawn once filters have refused the others.
                    const double relative = (std::max)(logarithms[at] - largest, -700.0);
                    weights[at] = std::exp(relative);
                    sum += weights[at];
                    entropy += weights[at] * (relative * std::numbers::log2e);
                }
            }
            sums[base / stripe_columns] = sum;
            total += sum;
        }
    }

private:
    /// Differences of finite logarithms have to be finite.
    static double checked(double logarithm, double value)
    {
        if (!is_finite(logarithm)) {
            if (is_nan(logarithm) || std::bit_cast<std::uint64_t>(logarithm) >> 63 == 0) {
                throw_invalid("TripletMiner: log_weight of value " + std::to_string(value) + " is " +
                              (is_nan(logarithm) ? "nan" : "infinite") +
                              ", but must be finite, or -infinity for no weight");
            }
            return no_weight;
        }
        return std::clamp(logarithm, -1e300, 1e300);
    }
};

/// One anchor, as WeightedRow wants it.
template <class T, class Weights>
struct ValueRow {
    const Weights& all;
    Index r;
    Index count, group_columns;  ///< a group is a stripe
    T* scores;
    double* weights;

    [[nodiscard]] double sum(Index stripe) const { return all.sums[stripe]; }

    void weigh(Index base, Index columns) const
    {
        std::copy_n(all.weights + base, columns, weights);
        for (Index c = 0; c < columns; ++c) {
            scores[c] = all.strip.product(r, base + c);
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
