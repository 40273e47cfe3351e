#pragma once

/// \file
/// Keeping the closest few negatives of every slot, for strategies that take a range of ranks.

#include <mohs/detail/negatives.hpp>

namespace mohs::inline MOHS_ABI::detail {

template <class T, class Rule>
struct RankSelector {
    static constexpr Among among = Among::negatives;
    static constexpr bool smallest_first = false;
    static constexpr bool ranked = true;
    using Entry = RankedEntry<T>;

    const Rule& rule;
    Index end;                            ///< ranks kept
    std::span<Entry> entries = {};        ///< `end` per slot, best first
    std::span<std::int32_t> counts = {};  ///< per slot
    RejectionLog<Entry> log = {};
    std::span<std::int32_t> rejections = {};  ///< per slot and filter

    void start(Index, Workspace& workspace)
    {
        const Index slots = rule.slots.size();
        entries = workspace.take<Entry>(slots * end);
        counts = workspace.take<std::int32_t>(slots, 0);
        if constexpr (Rule::filter_count > 0) {
            rejections = workspace.take<std::int32_t>(slots * Rule::filter_count, 0);
            log = RejectionLog<Entry>(slots, workspace);
        }
    }

    T accept(Anchor anchor, Candidate candidate, T offered, T threshold)
    {
        T worst = highest<T>;
        for (std::size_t slot = rule.slots.begin(anchor); slot < rule.slots.end(anchor); ++slot) {
            if (rule.slots.positive[slot] >= 0) {
                consider(slot, anchor, candidate, offered);
                worst = std::min(worst, last_score(slot));
            }
        }
        return std::max(worst, threshold);
    }

    /// Whether the entry ranks ahead of the last one kept. Order: score, then the lowest row.
    [[nodiscard]] bool ahead(const Entry& entry, std::size_t slot) const
    {
        const std::span<const Entry> all = kept(slot);
        return static_cast<Index>(all.size()) < end || better(entry, all.back());
    }

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
    static bool better(const Entry& a, const Entry& b)
    {
        return a.score != b.score ? a.score > b.score : a.row < b.row;
    }

    void consider(std::size_t slot, Anchor anchor, Candidate candidate, T offered)
    {
        Entry entry{offered, static_cast<std::int32_t>(candidate.row), -1};
        if (!ahead(entry, slot) || !rule.in_place(slot, anchor, candidate, offered)) {
            return;
        }
        entry.filter = rule.rejected_by(slot, anchor, candidate);
        if (entry.filter >= 0) {
            log.add(slot, entry, [&](const Entry& old) { return !ahead(old, slot); });
            return;
        }
        const std::span<Entry> all =
            entries.subspan(slot * static_cast<std::size_t>(end), static_cast<std::size_t>(end));
        auto at = static_cast<std::size_t>(counts[slot] < end ? counts[slot]++ : end - 1);
        for (; at > 0 && better(entry, all[at - 1]); --at) {
            all[at] = all[at - 1];
        }
        all[at] = entry;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
