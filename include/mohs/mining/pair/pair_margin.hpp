#pragma once

#include <mohs/detail/base/check.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI {

/// Positive pairs that are farther apart than `positive_margin`, negative pairs that are closer than
/// `negative_margin`; both strict, on exact values, in the metric's own unit. The defaults 0.2 and 0.8 are those of
/// PairMarginMiner (pytorch-metric-learning) and suit normalised distances; for similarities give, say, 0.8 and 0.2.
/// Throws std::invalid_argument for margins that are not finite.
struct PairMargin {
    double positive_margin = 0.2, negative_margin = 0.8;

    void validate() const
    {
        if (!detail::is_finite(positive_margin) || !detail::is_finite(negative_margin)) {
            detail::throw_invalid("PairMargin: positive_margin and negative_margin must be finite");
        }
    }
    static constexpr bool needs_extremes = false;

    /// Whether a positive pair of this value is kept.
    template <class M>
    [[nodiscard]] bool keeps_positive(double value, double) const
    {
        return Finish<M>::closer(positive_margin, value);
    }
    /// Negatives closer than this are kept.
    template <class M>
    [[nodiscard]] double negative_bound(double) const
    {
        return negative_margin;
    }
};

}  // namespace mohs::inline MOHS_ABI
