#pragma once

/// \file
/// Collecting every negative that a rule admits, in two scans: the first counts, so that memory is taken once.

#include <mohs/detail/slots/slot_work.hpp>

namespace mohs::inline MOHS_ABI::detail {

template <class T, class Rule>
struct CollectSelector {
    static constexpr Among among = Among::negatives;
    static constexpr bool smallest_first = false, ranked = false;

    const Rule& rule;
    std::span<std::int64_t> count = {};  ///< per slot
    std::span<std::int64_t> first = {};  ///< per slot: where its rows begin; empty while counting
    std::span<std::int32_t> row = {};
    std::span<std::int32_t> rejections = {};  ///< per slot and filter

    void start(Index, Workspace& workspace)
    {
        const Index slot_count = rule.triplet_slots.size();
        if (count.empty()) {
            count = workspace.take<std::int64_t>(slot_count, std::int64_t{0});
            rejections = workspace.take<std::int32_t>(slot_count * Rule::filter_count, 0);
        }
    }

    template <class S>
    [[nodiscard]] Window<S> window(Anchor anchor) const
        requires Rule::bounded
    {
        return rule.window(anchor);
    }

    T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        for (std::size_t slot = rule.triplet_slots.begin(anchor); slot < rule.triplet_slots.end(anchor); ++slot) {
            if (rule.triplet_slots.positive[slot] < 0 || !rule.in_place(slot, anchor, candidate, score)) {
                continue;
            }
            const int filter = rule.rejected_by(slot, anchor, candidate);
            if (!first.empty() && filter < 0) {
                row[static_cast<std::size_t>(first[slot] + count[slot]++)] = static_cast<std::int32_t>(candidate.row);
            } else if (first.empty()) {
                filter < 0
                    ? static_cast<void>(++count[slot])
                    : static_cast<void>(++rejections[slot * Rule::filter_count + static_cast<std::size_t>(filter)]);
            }
        }
        return threshold;
    }
};

/// The second half of a collection that has counted: takes memory and fills it. Returns where the rows of each slot
/// begin, one more than there are slots; the rows of a slot ascend.
template <class M, class T, class A, class B, class Selector>
std::span<const std::int64_t> fill_rows(const SlotWork<M, T, A, B>& work, Selector& collected)
{
    const std::size_t slot_count = collected.count.size();
    const std::span<std::int64_t> first =
        work.workspace.template take<std::int64_t>(static_cast<Index>(slot_count) + 1, std::int64_t{0});
    for (std::size_t slot = 0; slot < slot_count; ++slot) {
        first[slot + 1] = first[slot] + collected.count[slot];
        collected.count[slot] = 0;
    }
    collected.row = work.workspace.template take<std::int32_t>(static_cast<Index>(first.back()));
    collected.first = first;
    select<M>(work.scene, work.options, work.workspace, collected);
    for (std::size_t slot = 0; slot < slot_count; ++slot) {
        std::sort(collected.row.begin() + first[slot], collected.row.begin() + first[slot + 1]);
    }
    return first;
}

/// A whole collection.
template <class M, class T, class A, class B, class Selector>
std::span<const std::int64_t> collect_rows(const SlotWork<M, T, A, B>& work, Selector& collected)
{
    select<M>(work.scene, work.options, work.workspace, collected);
    return fill_rows<M>(work, collected);
}

}  // namespace mohs::inline MOHS_ABI::detail
