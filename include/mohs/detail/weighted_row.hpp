#pragma once

/// \file
/// A draw from the weights of one anchor.

#include <mohs/detail/draw.hpp>
#include <mohs/detail/excluded_pairs.hpp>
#include <mohs/detail/weigh.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// A panel of anchors against all candidates.
template <class T>
struct WeightedPanel {
    const WeightCurve<T>& curve;
    ExcludedPairs<T> excluded;
    WeightOrigin<T> origin;
    T* strip;      ///< scores: [candidate * width + anchor]
    T* sums;       ///< of the weights of a slot: [slot * width + anchor]
    T* entropies;  ///< likewise, of w log2 w
    double* total;    ///< sums over the slots
    double* entropy;
};

/// The weights of the candidates of anchor `r` of a panel. Draws with replacement, but for what was refused. Sums by
/// slot are known; the weights themselves are computed again for the slots that are looked into.
template <class T>
class WeightedRow {
public:
    WeightedRow(const WeightedPanel<T>& panel, Index r)
        : panel_(panel),
          r_(r),
          width_(panel.excluded.scene.width),
          count_(panel.excluded.scene.candidates.rows()),
          total_(panel.total[r])
    {
    }

    [[nodiscard]] Index size() const { return count_; }
    /// The sum of all weights that are left.
    [[nodiscard]] double total() const { return total_; }
    [[nodiscard]] T score(Index at) const { return panel_.strip[at * width_ + r_]; }

    /// Whether the candidate can be drawn.
    [[nodiscard]] bool has(Index at) const
    {
        return score(at) >= panel_.curve.first && !panel_.excluded.contains(r_, at) && !is_refused(at);
    }

    /// The candidate at which the running sum of the weights passes `unit` of the total. There has to be one left.
    [[nodiscard]] Index draw(double unit) const
    {
        double target = total_ * unit;
        Index slot = 0;
        // By rounding, the target may lie beyond the end: then the last one that has a weight is meant.
        for (Index i = 0; i * strip_columns < count_; ++i) {
            const double sum = slot_sum(i);
            if (sum > 0) {
                slot = i;
                if (target < sum) {
                    break;
                }
                target -= sum;
            }
        }
        Weights weights;
        const Index columns = weigh(slot, weights), base = slot * strip_columns;
        Index found = base;
        for (Index c = 0; c < columns; ++c) {
            const auto weight = static_cast<double>(weights[static_cast<std::size_t>(c)]);
            if (weight > 0) {
                found = base + c;
                if (target < weight) {
                    break;
                }
                target -= weight;
            }
        }
        return found;
    }

    /// Leaves a candidate out from now on. At most RefusedDraws::limit times.
    void refuse(Index at)
    {
        refused_[refused_count_++] = at;
        total_ = add_slots();
    }

private:
    using Weights = std::array<T, strip_columns>;

    [[nodiscard]] bool is_refused(Index at) const
    {
        return std::find(refused_.begin(), refused_.begin() + refused_count_, at) != refused_.begin() + refused_count_;
    }

    /// The weights of a slot, 0 for what cannot be drawn; returns how many.
    Index weigh(Index slot, Weights& weights) const
    {
        const Index base = slot * strip_columns, columns = std::min(strip_columns, count_ - base);
        weights.fill(panel_.curve.first);
        for (Index c = 0; c < columns; ++c) {
            weights[static_cast<std::size_t>(c)] = score(base + c);
        }
        isa::run(panel_.excluded.scene.isa,
                 WeighRow<T>{panel_.curve, weights.data(), strip_columns, panel_.origin, r_});
        panel_.excluded.for_each(r_, base, columns, [&](Index at) { weights[static_cast<std::size_t>(at - base)] = 0; });
        for (std::uint32_t i = 0; i < refused_count_; ++i) {
            if (refused_[i] / strip_columns == slot) {
                weights[static_cast<std::size_t>(refused_[i] - base)] = 0;
            }
        }
        return columns;
    }

    [[nodiscard]] double slot_sum(Index slot) const
    {
        if (std::none_of(refused_.begin(), refused_.begin() + refused_count_,
                         [&](Index at) { return at / strip_columns == slot; })) {
            return static_cast<double>(panel_.sums[slot * width_ + r_]);
        }
        // Added anew: what was refused may be nearly all there was.
        Weights weights;
        const Index columns = weigh(slot, weights);
        return std::accumulate(weights.begin(), weights.begin() + columns, 0.0);
    }

    [[nodiscard]] double add_slots() const
    {
        double total = 0;
        for (Index slot = 0; slot * strip_columns < count_; ++slot) {
            total += slot_sum(slot);
        }
        return total;
    }

    const WeightedPanel<T>& panel_;
    Index r_, width_, count_;
    std::array<Index, RefusedDraws::limit> refused_;
    std::uint32_t refused_count_ = 0;
    double total_;
};

}  // namespace mohs::inline MOHS_ABI::detail
