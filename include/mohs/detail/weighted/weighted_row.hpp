#pragma once

/// \file
/// A draw from the weights of one anchor.

#include <mohs/detail/choose/draw_candidate.hpp>

#include <numeric>

namespace mohs::inline MOHS_ABI::detail {

/// A candidate by its position, or -1, and its score.
template <class T>
struct WeightedCandidate {
    Index position;
    T score;
};

/// The weights of an anchor's candidates. Draws with replacement, but for what was refused. `Source` knows their sums
/// by groups of `group_columns` candidates, and weighs the groups that are looked into.
template <class T, class Source>
class WeightedRow {
public:
    WeightedRow(const Source& source, double total) : source_(source), total_(total) {}

    /// The sum of all weights that are left.
    [[nodiscard]] double total() const { return total_; }

    /// The candidate at which the running sum of the weights passes `unit` of the total. There has to be one left.
    [[nodiscard]] WeightedCandidate<T> draw(double unit) const
    {
        double target = total_ * unit;
        Index group = 0;
        // By rounding, the target may lie beyond the end: then the last one that has a weight is meant.
        for (Index i = 0; i < group_count(); ++i) {
            const double sum = group_sum(i);
            if (sum > 0) {
                group = i;
                if (target < sum) {
                    break;
                }
                target -= sum;
            }
        }
        const Index columns = weigh(group);
        Index found = 0;
        for (Index c = 0; c < columns; ++c) {
            const auto weight = static_cast<double>(source_.weights[c]);
            if (weight > 0) {
                found = c;
                if (target < weight) {
                    break;
                }
                target -= weight;
            }
        }
        return {group * source_.group_columns + found, source_.scores[found]};
    }

    /// Leaves a candidate out from now on. At most RefusedDraws::limit times.
    void refuse(Index at)
    {
        refused_[refused_count_++] = at;
        total_ = 0;
        for (Index group = 0; group < group_count(); ++group) {
            total_ += group_sum(group);
        }
    }

    /// Calls `function(candidate)` for all that can be drawn.
    template <class Function>
    void for_each(const Function& function) const
    {
        for (Index group = 0; group < group_count(); ++group) {
            const Index columns = weigh(group);
            for (Index c = 0; c < columns; ++c) {
                if (source_.weights[c] > 0) {
                    function(WeightedCandidate<T>{group * source_.group_columns + c, source_.scores[c]});
                }
            }
        }
    }

private:
    [[nodiscard]] Index group_count() const
    {
        return (source_.count + source_.group_columns - 1) / source_.group_columns;
    }

    /// Brings scores and weights of a group to the source's buffers; 0 for what cannot be drawn. Returns how many.
    Index weigh(Index group) const
    {
        const Index base = group * source_.group_columns,
                    columns = (std::min)(source_.group_columns, source_.count - base);
        source_.weigh(base, columns);
        for (std::uint32_t i = 0; i < refused_count_; ++i) {
            if (base <= refused_[i] && refused_[i] < base + columns) {
                source_.weights[refused_[i] - base] = 0;
            }
        }
        return columns;
    }

    [[nodiscard]] double group_sum(Index group) const
    {
        const Index base = group * source_.group_columns;
        for (std::uint32_t i = 0; i < refused_count_; ++i) {
            if (base <= refused_[i] && refused_[i] < base + source_.group_columns) {
                // Added anew: what was refused may be nearly all there was.
                const Index columns = weigh(group);
                return std::accumulate(source_.weights, source_.weights + columns, 0.0);
            }
        }
        return source_.sum(group);
    }

    Source source_;
    std::array<Index, RefusedDraws::limit> refused_;
    std::uint32_t refused_count_ = 0;
    double total_;
};

}  // namespace mohs::inline MOHS_ABI::detail
