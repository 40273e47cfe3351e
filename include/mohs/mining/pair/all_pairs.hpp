#pragma once

#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI {

/// Every positive pair and every negative pair: N (N - 1) of them in a batch.
struct AllPairs {
    void validate() const {}
    static constexpr bool needs_extremes = false;

    /// Whether a positive pair of this value is kept.
    template <class M>
    [[nodiscard]] bool keeps_positive(double, double) const
    {
        return true;
    }
    /// Negatives closer than this are kept.
    template <class M>
    [[nodiscard]] double negative_bound(double) const
    {
        return Finish<M>::farthest_bound;
    }
};

}  // namespace mohs::inline MOHS_ABI
