#pragma once

/// \file
/// The rule by which pair miners take negatives: those closer than a bound of their anchor, if filters let them pass.

#include <mohs/detail/slots/slot_work.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI::detail {

template <class M, class T, class A, class B, class... Filters>
struct CloserThan {
    static constexpr int filter_count = sizeof...(Filters);
    static constexpr bool bounded = true;

    const Batch<A>& anchors;
    const Batch<B>& candidates;
    const Slots<T>& triplet_slots;  ///< one per anchor that takes part
    std::span<const double> bound;  ///< per anchor row, in the metric's own unit; exact
    std::span<const T> floor;       ///< per anchor row: scores below are surely farther than the bound
    const std::tuple<Filters...>& filters;

    [[nodiscard]] bool in_place(std::size_t, Anchor anchor, Candidate candidate, T) const
    {
        const double limit = bound[static_cast<std::size_t>(anchor.row)];
        // Values that do not fit a double are within no bound.
        return limit == Finish<M>::farthest_bound ||
               Finish<M>::closer(measure_rows<M>(anchors, anchor.row, candidates, candidate.row), limit);
    }
    /// The first filter that rejects, or -1.
    [[nodiscard]] int rejected_by(std::size_t, Anchor anchor, Candidate candidate) const
    {
        return first_rejection(filters, FilterQuery<M, A, B>(anchors, candidates, anchor, candidate));
    }
    [[nodiscard]] Window<T> window(Anchor anchor) const
    {
        return {triplet_slots.begin(anchor) == triplet_slots.end(anchor) ? highest<T>
                                                                         : floor[static_cast<std::size_t>(anchor.row)],
                highest<T>};
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
