#pragma once

/// \file
/// What decides whether a candidate may become the negative of a slot.

#include <mohs/detail/choose/strategy_traits.hpp>
#include <mohs/detail/filter/first_rejection.hpp>
#include <mohs/detail/slots/slots.hpp>
#include <mohs/finish.hpp>
#include <mohs/visitor.hpp>

#include <algorithm>
#include <tuple>

namespace mohs::inline MOHS_ABI::detail {

/// Takes any admitted candidate: what a fallback looks through, and searches whose strategy is no more than a rank.
struct AnyPlace {};

/// The place that the strategy wants a candidate at, then the filters in their order.
template <class M, class T, class A, class B, class Strategy, class... Filters>
struct NegativeRule {
    static constexpr int filter_count = sizeof...(Filters), limited_count = (int{has_limits<M, Filters>} + ... + 0);
    static constexpr bool beyond = beyond_of<Strategy> != Beyond::nothing;
    /// Whether only scores within a window are wanted.
    static constexpr bool bounded = beyond || has_band<Strategy>;
    static constexpr bool takes_any = !bounded && !has_margin<Strategy>;

    const Batch<A>& anchors;
    const Batch<B>& candidates;
    const Strategy& strategy;
    const std::tuple<Filters...>& filters;
    const Slots<T>& triplet_slots;
    std::span<const T> bound = {};                ///< per slot: the kernel score to stay beyond
    std::span<const double> positive_value = {};  ///< per slot, exact; for strategies with a margin
    std::span<const T> floor = {};    ///< per slot: scores below are surely out of margin or band; may be empty
    std::span<const T> ceiling = {};  ///< per slot: scores above are surely out of the band; may be empty
    std::span<const PositiveValues> all_positives = {};   ///< per anchor row, for filters that want it; else empty
    std::span<const FilterBounds<T>> filter_bounds = {};  ///< per slot and filter; empty without filters that have any
    std::span<const T> surely_within = {};  ///< per slot: scores above are surely within the margin; may be empty

    /// Whether the candidate lies where the strategy wants it: the near end is decided on kernel scores, the margin
    /// on exact values.
    [[nodiscard]] bool in_place(std::size_t slot, Anchor anchor, Candidate candidate, T score) const
    {
        if constexpr (beyond) {
            if (!(score < bound[slot])) {
                return false;
            }
        }
        if constexpr (has_band<Strategy>) {
            return in_band(strategy.low, strategy.high,
                           measure_rows<M>(anchors, anchor.row, candidates, candidate.row));
        } else if constexpr (has_margin<Strategy>) {
            if (strategy.margin >= no_margin || (!surely_within.empty() && score > surely_within[slot])) {
                return true;
            }
            const double value = measure_rows<M>(anchors, anchor.row, candidates, candidate.row);
            const double gap = Finish<M>::gap(positive_value[slot], value);
            return margin_included<Strategy> ? gap <= strategy.margin : gap < strategy.margin;
        } else {
            return true;
        }
    }

    /// The first filter that rejects, or -1.
    [[nodiscard]] int rejected_by(std::size_t slot, Anchor anchor, Candidate candidate) const
    {
        return first_rejection(slot, anchor, candidate, [](const auto&) { return ScoreVerdict::unknown; }).filter;
    }

    /// The same for a candidate with a score, which alone may say enough.
    [[nodiscard]] Rejection rejection(std::size_t slot, Anchor anchor, Candidate candidate, T score) const
    {
        return first_rejection(slot, anchor, candidate,
                               [&](const FilterBounds<T>& bounds) { return bounds.verdict_of(score); });
    }

    /// The scores at which the slot can be in place and pass the filters, as a selector of the closest wants them; of
    /// the farthest if `smallest_first`.
    template <bool smallest_first>
    [[nodiscard]] Window<T> window(std::size_t slot) const
    {
        const T low = floor.empty() ? lowest<T> : floor[slot];
        T high = ceiling.empty() ? highest<T> : ceiling[slot];
        if constexpr (beyond) {
            high = (std::min)(high, std::nextafter(bound[slot], lowest<T>));
        }
        Window<T> window = smallest_first ? Window<T>{high, low} : Window<T>{low, high};
        for (const FilterBounds<T>& bounds : bounds_of(slot)) {
            window.threshold = smallest_first ? (std::min)(window.threshold, bounds.reject_above)
                                              : (std::max)(window.threshold, bounds.reject_below);
        }
        return window;
    }

    /// The filters that reject by closeness alone, as far as scores tell which is the first to do so.
    [[nodiscard]] CloseLimits<T, limited_count> close_limits(std::size_t slot) const
    {
        CloseLimits<T, limited_count> limits;
        int filter = 0;
        for (const FilterBounds<T>& bounds : bounds_of(slot)) {
            limits.add(filter++, bounds);
            if (!bounds.keeps) {
                break;
            }
        }
        return limits;
    }

    /// Whether `window` keeps a slot from seeing candidates that its filters reject.
    template <bool smallest_first>
    [[nodiscard]] bool hides_rejected(std::size_t slot) const
    {
        const std::span<const FilterBounds<T>> bounds_here = bounds_of(slot);
        return std::any_of(bounds_here.begin(), bounds_here.end(), [](const FilterBounds<T>& bounds) {
            return smallest_first ? bounds.reject_above < highest<T> : bounds.reject_below > lowest<T>;
        });
    }

    /// The scores at which any slot of an anchor can be in place.
    [[nodiscard]] Window<T> window(Anchor anchor) const
    {
        Window<T> window{highest<T>, lowest<T>};
        for (std::size_t slot = triplet_slots.begin(anchor); slot < triplet_slots.end(anchor); ++slot) {
            window.threshold = (std::min)(window.threshold, floor.empty() ? lowest<T> : floor[slot]);
            window.ceiling = (std::max)(window.ceiling, beyond            ? bound[slot]
                                                        : ceiling.empty() ? highest<T>
                                                                          : ceiling[slot]);
        }
        return window;
    }

private:
    [[nodiscard]] std::span<const FilterBounds<T>> bounds_of(std::size_t slot) const
    {
        constexpr auto count = static_cast<std::size_t>(filter_count);
        return filter_bounds.empty() ? filter_bounds : filter_bounds.subspan(slot * count, count);
    }

    /// `verdict(bounds)`: what the score says to a filter with these bounds.
    template <class Verdict>
    [[nodiscard]] Rejection first_rejection(std::size_t slot, Anchor anchor, Candidate candidate,
                                            const Verdict& verdict) const
    {
        if constexpr (filter_count == 0) {
            return {};
        } else {
            const FilterQuery<M, A, B> query(
                anchors, candidates, anchor, triplet_slots.positive[slot], candidate,
                all_positives.empty() ? nullptr : &all_positives[static_cast<std::size_t>(anchor.row)]);
            return detail::first_rejection(filters, query, bounds_of(slot), verdict);
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
