#pragma once

/// \file
/// The nearest negatives that filters let pass.

#include <mohs/detail/slots/anchor_slots.hpp>
#include <mohs/detail/slots/rank_selector.hpp>
#include <mohs/detail/slots/triplet_emitter.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Finds the `k` closest negatives of every anchor that filters let pass, and what these rejected ahead of the last of
/// them. Where an anchor keeps fewer, all that they rejected.
template <class M, class T, class A, class B, class... Filters>
class FilteredNeighbours {
public:
    FilteredNeighbours(const std::tuple<Filters...>& filters, Index k, const Scene<T>& scene, const Batch<A>& anchors,
                       const Batch<B>& candidates, const Options& options, Workspace& workspace)
        : negatives_(filters, scene, anchors, candidates, workspace), ranks_{negatives_.rule, k}
    {
        select<M>(scene, options, workspace, ranks_);
        count_rejections<M>(scene, options, workspace, ranks_);
    }

    /// What is kept for an anchor, best first.
    [[nodiscard]] std::span<const RankedEntry<T>> sorted(Anchor anchor) const
    {
        const std::size_t slot = negatives_.anchor_slots.begin(anchor);
        return slot < negatives_.anchor_slots.end(anchor) ? ranks_.kept(slot) : std::span<const RankedEntry<T>>{};
    }

    /// What filters rejected for an anchor is added to a report. Returns whether there was any.
    bool report_rejections(Anchor anchor, Report& report) const
    {
        bool any = false;
        for (std::size_t slot = negatives_.anchor_slots.begin(anchor); slot < negatives_.anchor_slots.end(anchor);
             ++slot) {
            for (std::size_t filter = 0; filter < sizeof...(Filters); ++filter) {
                const std::int32_t count = ranks_.rejections[slot * sizeof...(Filters) + filter];
                report.rejected[filter] += count;
                any |= count > 0;
            }
        }
        return any;
    }

private:
    using Negatives = AnyNegative<M, T, A, B, Filters...>;

    Negatives negatives_;
    RankSelector<T, typename Negatives::Rule> ranks_;
};

}  // namespace mohs::inline MOHS_ABI::detail
