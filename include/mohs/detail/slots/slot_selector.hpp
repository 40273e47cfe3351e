#pragma once

/// \file
/// Choosing a negative for every slot while scores stream past.

#include <mohs/detail/base/random.hpp>
#include <mohs/detail/base/ranks_before.hpp>
#include <mohs/detail/choose/sample_copies.hpp>
#include <mohs/detail/scan/select_driver.hpp>
#include <mohs/detail/slots/negative_rule.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// A candidate, what it is ranked by, and the filter that rejected it, or -1.
template <class T>
struct RankedEntry {
    T score;
    std::int32_t row;
    std::int32_t filter;
};

/// A window that holds no scores.
template <class T, bool smallest_first>
inline constexpr Window<T> closed_window =
    smallest_first ? Window<T>{lowest<T>, lowest<T>} : Window<T>{highest<T>, highest<T>};

/// The window of an anchor's slot number `layer`, which is closed where there is none.
template <class T, bool smallest_first, class Rule, class Function>
Window<T> window_of_layer(const Rule& rule, Anchor anchor, int layer, const Function& window_of)
{
    const std::size_t slot = rule.triplet_slots.begin(anchor) + static_cast<std::size_t>(layer);
    return slot < rule.triplet_slots.end(anchor) && rule.triplet_slots.positive[slot] >= 0
               ? window_of(slot)
               : closed_window<T, smallest_first>;
}

/// Keeps one negative per slot: the closest, the farthest, or a uniform choice. Slots of an anchor are layers.
template <class T, class Rule, Pick pick>
struct SlotSelector {
    static constexpr Among among = Among::negatives;
    static constexpr bool smallest_first = pick == Pick::farthest;
    static constexpr bool windowed = Rule::bounded;
    static constexpr bool ranked = pick != Pick::random;
    static constexpr bool keeps_one = ranked;
    /// Filters count what they reject: with any, all candidates have to be offered.
    static constexpr bool keeps_best_key = !ranked && Rule::filter_count == 0;
    /// Whether what filters reject may be counted by its scores.
    static constexpr bool counts_close = ranked && !smallest_first && Rule::limited_count > 0 && Rule::takes_any;
    static constexpr int most_close_limits = Rule::limited_count;
    static constexpr std::int32_t none = (std::numeric_limits<std::int32_t>::max)();

    using Entry = RankedEntry<T>;

    const Rule& rule;
    RandomStream stream;
    std::span<std::int32_t> row = {};
    std::span<T> score = {};
    std::span<std::uint32_t> key = {};               ///< of what is kept, for a random choice
    std::span<std::uint32_t> slot_number = {};       ///< what keys are made of, for a random choice
    std::span<std::uint32_t> candidate_number = {};  ///< by row
    RejectionLog<Entry> log = {};                    ///< of ranked choices
    std::span<std::int32_t> rejections = {};         ///< per slot and filter

    void start(Index, Workspace& workspace)
    {
        const Index slot_count = rule.triplet_slots.size();
        row = workspace.take<std::int32_t>(slot_count, none);
        score = workspace.take<T>(slot_count, smallest_first ? highest<T> : lowest<T>);
        if constexpr (!ranked) {
            number_pairs(workspace);
        }
        if constexpr (Rule::filter_count > 0) {
            rejections = workspace.take<std::int32_t>(slot_count * Rule::filter_count, 0);
            if constexpr (ranked) {
                log = RejectionLog<Entry>(slot_count, workspace);
            }
        }
    }

    [[nodiscard]] RandomKeys random_keys() const
    {
        return {candidate_number, rule.triplet_slots.offset, slot_number, key};
    }

    [[nodiscard]] Index layers() const { return rule.triplet_slots.most(); }

    template <class S>
    [[nodiscard]] Window<S> window(Anchor anchor, int layer) const
    {
        return window_of_layer<S, smallest_first>(
            rule, anchor, layer, [&](std::size_t slot) { return rule.template window<smallest_first>(slot); });
    }

    /// Whether the candidate may be kept; one that is behind what is kept already may.
    bool admits(Anchor anchor, Candidate candidate, T offered, int layer)
    {
        const std::size_t slot = slot_of(anchor, layer);
        Entry entry{offered, static_cast<std::int32_t>(candidate.row), -1};
        if (ranked ? !ahead(entry, slot)
                   : Rule::filter_count == 0 && !chosen(key_of(candidate, slot), entry.row, slot)) {
            return true;
        }
        if (!rule.in_place(slot, anchor, candidate, offered)) {
            return false;
        }
        const Rejection rejection = rule.rejection(slot, anchor, candidate, offered);
        entry.filter = rejection.filter;
        if (entry.filter < 0) {
            return true;
        }
        // What is too close for a filter is ahead of all that it lets pass.
        if (!ranked || (rejection.too_close && !smallest_first)) {
            ++rejections[slot * Rule::filter_count + static_cast<std::size_t>(entry.filter)];
        } else {
            log.add(slot, entry, [&](const Entry& old) { return !ahead(old, slot); });
        }
        return false;
    }

    T accept(Anchor anchor, Candidate candidate, T offered, T threshold, int layer)
    {
        const std::size_t slot = slot_of(anchor, layer);
        const auto offered_row = static_cast<std::int32_t>(candidate.row);
        if constexpr (ranked) {
            if (!ahead({offered, offered_row, -1}, slot)) {
                return threshold;
            }
        } else {
            const std::uint32_t offered_key = key_of(candidate, slot);
            if (!chosen(offered_key, offered_row, slot)) {
                return threshold;
            }
            key[slot] = offered_key;
        }
        row[slot] = offered_row;
        score[slot] = offered;
        return ranked ? offered : threshold;
    }

    [[nodiscard]] auto close_limits(Anchor anchor, int layer) const
    {
        return rule.close_limits(slot_of(anchor, layer));
    }
    void count_close(Anchor anchor, int layer, int filter, std::int32_t count)
    {
        rejections[slot_of(anchor, layer) * Rule::filter_count + static_cast<std::size_t>(filter)] += count;
    }

    /// Whether the entry ranks ahead of what the slot keeps.
    [[nodiscard]] bool ahead(const Entry& entry, std::size_t slot) const
    {
        return ranks_before<smallest_first>(entry.score, entry.row, score[slot], row[slot]);
    }

    /// Whether the slot would keep any candidate, however far behind.
    [[nodiscard]] bool wants_more(std::size_t slot) const { return row[slot] == none; }

    /// Scores behind this one are of no interest to a slot.
    [[nodiscard]] T last_score(std::size_t slot) const { return score[slot]; }

    /// The row kept for a slot, or -1.
    [[nodiscard]] std::int32_t kept(std::size_t slot) const { return row[slot] == none ? -1 : row[slot]; }

private:
    [[nodiscard]] std::size_t slot_of(Anchor anchor, int layer) const
    {
        return rule.triplet_slots.begin(anchor) + static_cast<std::size_t>(layer);
    }

    /// Draws the numbers of all candidates and slots. A slot is known by the samples of its anchor and its positive.
    void number_pairs(Workspace& workspace)
    {
        key = workspace.take<std::uint32_t>(rule.triplet_slots.size(), 0U);
        slot_number = workspace.take<std::uint32_t>(rule.triplet_slots.size(), 0U);
        candidate_number = workspace.take<std::uint32_t>(rule.candidates.rows());
        const Workspace::Frame frame(workspace);
        const SampleCopies copies(rule.candidates, workspace);
        for (std::size_t i = 0; i < candidate_number.size(); ++i) {
            const Candidate candidate{static_cast<Index>(i)};
            candidate_number[i] = stream.candidate(rule.candidates.id(candidate.row), copies.number_of(candidate));
        }
        for (Index anchor = 0; anchor < rule.anchors.rows(); ++anchor) {
            for (std::size_t slot = rule.triplet_slots.begin(Anchor{anchor});
                 slot < rule.triplet_slots.end(Anchor{anchor}); ++slot) {
                const Index positive = rule.triplet_slots.positive[slot];
                if (positive >= 0) {
                    slot_number[slot] =
                        static_cast<std::uint32_t>(stream.key(rule.anchors.id(anchor), rule.candidates.id(positive), 0,
                                                              copies.number_of(Candidate{positive})));
                }
            }
        }
    }

    [[nodiscard]] std::uint32_t key_of(Candidate candidate, std::size_t slot) const
    {
        std::uint32_t mixed = 0;
        mix_key(mixed, candidate_number[static_cast<std::size_t>(candidate.row)], slot_number[slot]);
        return mixed;
    }

    /// The highest key wins; of equal ones, which chance alone can make, the lowest row.
    [[nodiscard]] bool chosen(std::uint32_t entry_key, std::int32_t entry_row, std::size_t slot) const
    {
        return row[slot] == none || ranks_before(entry_key, entry_row, key[slot], row[slot]);
    }
};

/// Counts, in a second scan, what filters rejected for slots whose log was too short.
template <class T, class Selected>
struct RejectionCount {
    static constexpr Among among = Among::negatives;
    static constexpr bool smallest_first = Selected::smallest_first;
    static constexpr bool windowed = Selected::windowed;

    Selected& selected;

    void start(Index, Workspace&) {}

    [[nodiscard]] Index layers() const { return selected.rule.triplet_slots.most(); }

    /// Only slots with such a log take part: the others want scores that do not exist.
    template <class S>
    [[nodiscard]] Window<S> window(Anchor anchor, int layer) const
    {
        return window_of_layer<S, smallest_first>(selected.rule, anchor, layer, [&](std::size_t slot) {
            Window<S> window = selected.rule.template window<smallest_first>(slot);
            window.threshold = selected.log.has_overflowed(slot) ? selected.last_score(slot)
                                                                 : closed_window<S, smallest_first>.threshold;
            return window;
        });
    }

    T accept(Anchor anchor, Candidate candidate, T score, T threshold, int layer)
    {
        const auto& rule = selected.rule;
        const std::size_t slot = rule.triplet_slots.begin(anchor) + static_cast<std::size_t>(layer);
        if (selected.ahead({score, static_cast<std::int32_t>(candidate.row), -1}, slot) &&
            rule.in_place(slot, anchor, candidate, score)) {
            const int filter = rule.rejection(slot, anchor, candidate, score).filter;
            if (filter >= 0) {
                ++selected.rejections[slot * rule.filter_count + static_cast<std::size_t>(filter)];
            }
        }
        return threshold;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
