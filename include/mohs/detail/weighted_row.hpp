#pragma once

/// \file
/// A draw from the weights of one anchor.

#include <mohs/detail/draw.hpp>
#include <mohs/detail/strip.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The weights of one anchor's candidates within a strip, and their sums by slot. Draws with replacement, but for
/// candidates that were refused.
template <class T>
class WeightedRow {
public:
    WeightedRow(const T* weights, const T* sums, Index stride, Index count)
        : weights_(weights), sums_(sums), stride_(stride), count_(count), total_(add_slots())
    {
    }

    [[nodiscard]] Index size() const { return count_; }
    /// The sum of all weights that are left.
    [[nodiscard]] double total() const { return total_; }
    /// Whether the candidate can be drawn.
    [[nodiscard]] bool has(Index at) const { return weights_[at * stride_] > 0 && !is_refused(at); }

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
        Index found = -1;
        for (Index at = slot * strip_columns; at < end_of(slot); ++at) {
            if (has(at)) {
                found = at;
                const auto weight = static_cast<double>(weights_[at * stride_]);
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
    [[nodiscard]] Index end_of(Index slot) const { return std::min((slot + 1) * strip_columns, count_); }

    [[nodiscard]] bool is_refused(Index at) const
    {
        return std::find(refused_.begin(), refused_.begin() + refused_count_, at) != refused_.begin() + refused_count_;
    }

    [[nodiscard]] double slot_sum(Index slot) const
    {
        const bool whole = std::none_of(refused_.begin(), refused_.begin() + refused_count_,
                                        [&](Index at) { return at / strip_columns == slot; });
        if (whole) {
            return static_cast<double>(sums_[slot * stride_]);
        }
        // Added anew: what was refused may be nearly all there was.
        double sum = 0;
        for (Index at = slot * strip_columns; at < end_of(slot); ++at) {
            sum += has(at) ? static_cast<double>(weights_[at * stride_]) : 0;
        }
        return sum;
    }

    [[nodiscard]] double add_slots() const
    {
        double total = 0;
        for (Index slot = 0; slot * strip_columns < count_; ++slot) {
            total += slot_sum(slot);
        }
        return total;
    }

    const T* weights_;
    const T* sums_;
    Index stride_, count_;
    std::array<Index, RefusedDraws::limit> refused_;
    std::uint32_t refused_count_ = 0;
    double total_;
};

}  // namespace mohs::inline MOHS_ABI::detail
