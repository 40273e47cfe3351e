#pragma once

/// \file
/// Keeping the closest few negatives of every slot, for strategies that take a range of ranks.

#include <mohs/detail/base/ranks_before.hpp>
#include <mohs/detail/slots/slot_selector.hpp>

namespace mohs::inline MOHS_ABI::detail {

template <class T, class Rule>
struct RankSelector {
    static constexpr Among among = Among::negatives;
    static constexpr bool smallest_first = false;
    static constexpr bool ranked = true, windowed = Rule::bounded;
    using Entry = RankedEntry<T>;

    const Rule& rule;
    Index end;                            ///< ranks kept
    std::span<Entry> entries = {};        ///< `end` per slot, best first
    std::span<std::int32_t> counts = {};  ///< per slot
    RejectionLog<Entry> log = {};
    std::span<std::int32_t> rejections = {};  ///< per slot and filter

    void start(Index, Workspace& workspace)
    {
        const Index slot_count = rule.triplet_slots.size();
        entries = workspace.take<Entry>(slot_count * end);
        counts = workspace.take<std::int32_t>(slot_count, 0);
        if constexpr (Rule::filter_count > 0) {
            rejections = workspace.take<std::int32_t>(slot_count * Rule::filter_count, 0);
            log = RejectionLog<Entry>(slot_count, workspace);
        }
    }

    [[nodiscard]] Index layers() const { return rule.triplet_slots.most(); }

    template <class S>
    [[nodiscard]] Window<S> window(Anchor anchor, int layer) const
    {
        return window_of_layer<S, false>(rule, anchor, layer,
                                         [&](std::size_t slot) { return rule.template window<false>(slot); });
    }

    bool admits(Anchor anchor, Candidate candidate, T offered, int layer)
    {
        const std::size_t slot = rule.triplet_slots.begin(anchor) + static_cast<std::size_t>(layer);
        Entry entry{offered, static_cast<std::int32_t>(candidate.row), -1};
        if (!ahead(entry, slot) || !rule.in_place(slot, anchor, candidate, offered)) {
            return false;
        }
        const Rejection rejection = rule.rejection(slot, anchor, candidate, offered);
        entry.filter = rejection.filter;
        if (entry.filter < 0) {
            return true;
        }
        // What is too close for a filter is ahead of all that it lets pass.
        if (rejection.too_close) {
            ++rejections[slot * Rule::filter_count + static_cast<std::size_t>(entry.filter)];
        } else {
            log.add(slot, entry, [&](const Entry& old) { return !ahead(old, slot); });
        }
        return false;
    }

    T accept(Anchor anchor, Candidate candidate, T offered, T threshold, int layer)
    {
        const std::size_t slot = rule.triplet_slots.begin(anchor) + static_cast<std::size_t>(layer);
        const Entry entry{offered, static_cast<std::int32_t>(candidate.row), -1};
        const std::span<Entry> all =
            entries.subspan(slot * static_cast<std::size_t>(end), static_cast<std::size_t>(end));
        auto at = static_cast<std::size_t>(counts[slot] < end ? counts[slot]++ : end - 1);
        for (; at > 0 && better(entry, all[at - 1]); --at) {
            all[at] = all[at - 1];
        }
        all[at] = entry;
        return (std::max)(last_score(slot), threshold);
    }

    /// Whether the entry ranks ahead of the last one kept.
    [[nodiscard]] bool ahead(const Entry& entry, std::size_t slot) const
    {
        const std::span<const Entry> all = kept(slot);
        return static_cast<Index>(all.size()) < end || better(entry, all.back());
    }

    [[nodiscard]] bool wants_more(std::size_t slot) const { return counts[slot] < end; }

    [[nodiscard]] T last_score(std::size_t slot) const
    {
        return counts[slot] < end ? lowest<T> : kept(slot).back().score;
    }

    /// What is kept for a slot, best first.
    [[nodiscard]] std::span<const Entry> kept(std::size_t slot) const
    {
        return entries.subspan(slot * static_cast<std::size_t>(end), static_cast<std::size_t>(counts[slot]));
    }

private:
    static bool better(const Entry& a, const Entry& b) { return ranks_before(a.score, a.row, b.score, b.row); }
};

}  // namespace mohs::inline MOHS_ABI::detail
