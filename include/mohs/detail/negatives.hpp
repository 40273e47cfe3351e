#pragma once

/// \file
/// Choosing a negative for every slot while scores stream past.

#include <mohs/detail/random.hpp>
#include <mohs/detail/sample_copies.hpp>
#include <mohs/detail/score.hpp>
#include <mohs/detail/select.hpp>
#include <mohs/detail/slots.hpp>
#include <mohs/detail/strategy.hpp>
#include <mohs/filter/filter.hpp>
#include <mohs/visitor.hpp>

#include <algorithm>
#include <tuple>

namespace mohs::inline MOHS_ABI::detail {

/// A candidate, what it is ranked by, and the filter that rejected it, or -1.
template <class T>
struct RankedEntry {
    T score;
    std::int32_t row;
    std::int32_t filter;
};

/// What decides whether a candidate may become the negative of a slot: the place that the strategy wants it at, then
/// the filters in their order.
template <class M, class T, class A, class B, class Strategy, class... Filters>
struct NegativeRule {
    static constexpr int filter_count = sizeof...(Filters);
    static constexpr bool beyond = beyond_of<Strategy> != Beyond::nothing;
    /// Whether only scores within a window are wanted.
    static constexpr bool bounded = beyond || has_band<Strategy>;

    const Batch<A>& anchors;
    const Batch<B>& candidates;
    const Strategy& strategy;
    const std::tuple<Filters...>& filters;
    const Slots<T>& slots;
    std::span<const T> bound;                ///< per slot: the kernel score to stay beyond
    std::span<const double> positive_value;  ///< per slot, exact; for strategies with a margin
    std::span<const T> floor;    ///< per anchor row: scores below are surely out of margin or band; may be empty
    std::span<const T> ceiling;  ///< per anchor row: scores above are surely out of the band; may be empty
    std::span<const PositiveValues> all_positives = {};  ///< per anchor row, for filters that want it; else empty

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
            const double value = measure_rows<M>(anchors, anchor.row, candidates, candidate.row);
            return value >= strategy.low && value <= strategy.high;
        } else if constexpr (has_margin<Strategy>) {
            if (strategy.margin >= no_margin) {
                return true;
            }
            const double value = measure_rows<M>(anchors, anchor.row, candidates, candidate.row);
            const double gap = M::is_similarity ? positive_value[slot] - value : value - positive_value[slot];
            return margin_included<Strategy> ? gap <= strategy.margin : gap < strategy.margin;
        } else {
            return true;
        }
    }

    /// The first filter that rejects, or -1.
    [[nodiscard]] int rejected_by(std::size_t slot, Anchor anchor, Candidate candidate) const
    {
        if constexpr (filter_count == 0) {
            return -1;
        } else {
            const FilterQuery<M, A, B> query(
                anchors, candidates, anchor, slots.positive[slot], candidate,
                all_positives.empty() ? nullptr : &all_positives[static_cast<std::size_t>(anchor.row)]);
            int at = 0;
            const bool rejected = std::apply(
                [&](const Filters&... filter) { return ((filter.rejects(query) ? true : (++at, false)) || ...); },
                filters);
            return rejected ? at : -1;
        }
    }

    /// The scores at which any slot of an anchor can be in place.
    [[nodiscard]] Window<T> window(Anchor anchor) const
    {
        const auto row = static_cast<std::size_t>(anchor.row);
        Window<T> window{floor.empty() ? lowest<T> : floor[row], ceiling.empty() ? lowest<T> : ceiling[row]};
        if constexpr (beyond) {
            for (std::size_t slot = slots.begin(anchor); slot < slots.end(anchor); ++slot) {
                window.ceiling = std::max(window.ceiling, bound[slot]);
            }
        }
        return window;
    }
};

/// Keeps one negative per slot: the closest, the farthest, or a uniform choice.
template <class T, class Rule, Pick pick>
struct SlotSelector {
    static constexpr Among among = Among::negatives;
    static constexpr bool smallest_first = pick == Pick::farthest;
    static constexpr std::int32_t none = std::numeric_limits<std::int32_t>::max();
    static constexpr bool ranked = pick != Pick::random;

    using Entry = RankedEntry<T>;

    const Rule& rule;
    RandomStream stream;
    std::span<std::int32_t> row = {};
    std::span<T> score = {};
    std::span<std::uint64_t> key = {};        ///< of what is kept, for a random choice
    SampleCopies copies = {};                 ///< for a random choice
    RejectionLog<Entry> log = {};             ///< of ranked choices
    std::span<std::int32_t> rejections = {};  ///< per slot and filter

    void start(Index, Workspace& workspace)
    {
        const Index slots = rule.slots.size();
        row = workspace.take<std::int32_t>(slots, none);
        score = workspace.take<T>(slots, smallest_first ? highest<T> : lowest<T>);
        if constexpr (!ranked) {
            key = workspace.take<std::uint64_t>(slots, std::uint64_t{0});
            copies = SampleCopies(rule.candidates, workspace);
        }
        if constexpr (Rule::filter_count > 0) {
            rejections = workspace.take<std::int32_t>(slots * Rule::filter_count, 0);
            if constexpr (ranked) {
                log = RejectionLog<Entry>(slots, workspace);
            }
        }
    }

    template <class S>
    [[nodiscard]] Window<S> window(Anchor anchor) const
        requires Rule::bounded
    {
        return rule.window(anchor);
    }

    T accept(Anchor anchor, Candidate candidate, T offered, T threshold)
    {
        T worst = smallest_first ? lowest<T> : highest<T>;
        for (std::size_t slot = rule.slots.begin(anchor); slot < rule.slots.end(anchor); ++slot) {
            if (rule.slots.positive[slot] >= 0) {
                consider(slot, anchor, candidate, offered);
                worst = smallest_first ? std::max(worst, score[slot]) : std::min(worst, score[slot]);
            }
        }
        // A window's end is a better threshold than that of a slot that has found nothing yet.
        return ranked && (smallest_first ? worst < threshold : worst > threshold) ? worst : threshold;
    }

    /// Whether the entry ranks ahead of what the slot keeps. Order: score, then the lowest row.
    [[nodiscard]] bool ahead(const Entry& entry, std::size_t slot) const
    {
        if (entry.score != score[slot]) {
            return smallest_first ? entry.score < score[slot] : entry.score > score[slot];
        }
        return entry.row < row[slot];
    }

    /// Scores behind this one are of no interest to a slot.
    [[nodiscard]] T last_score(std::size_t slot) const { return score[slot]; }

    /// The row kept for a slot, or -1.
    [[nodiscard]] std::int32_t kept(std::size_t slot) const { return row[slot] == none ? -1 : row[slot]; }

private:
    void consider(std::size_t slot, Anchor anchor, Candidate candidate, T offered)
    {
        Entry entry{offered, static_cast<std::int32_t>(candidate.row), -1};
        std::uint64_t entry_key = 0;
        if constexpr (ranked) {
            if (!ahead(entry, slot)) {
                return;
            }
        } else {
            const auto draw = static_cast<std::uint32_t>(slot - rule.slots.begin(anchor));
            entry_key = stream.key(rule.anchors.id(anchor.row), rule.candidates.id(candidate.row), draw,
                                   copies.number_of(candidate));
            if (Rule::filter_count == 0 && !chosen(entry_key, entry.row, slot)) {
                return;
            }
        }
        if (!rule.in_place(slot, anchor, candidate, offered)) {
            return;
        }
        entry.filter = rule.rejected_by(slot, anchor, candidate);
        if (entry.filter >= 0) {
            if constexpr (ranked) {
                log.add(slot, entry, [&](const Entry& old) { return !ahead(old, slot); });
            } else {
                ++rejections[slot * Rule::filter_count + static_cast<std::size_t>(entry.filter)];
            }
            return;
        }
        if constexpr (!ranked) {
            if (!chosen(entry_key, entry.row, slot)) {
                return;
            }
            key[slot] = entry_key;
        }
        row[slot] = entry.row;
        score[slot] = offered;
    }

    /// The highest key wins; of equal ones, which chance alone can make, the lowest row.
    [[nodiscard]] bool chosen(std::uint64_t entry_key, std::int32_t entry_row, std::size_t slot) const
    {
        return row[slot] == none || (entry_key != key[slot] ? entry_key > key[slot] : entry_row < row[slot]);
    }
};

/// Counts, in a second scan, what filters rejected for slots whose log was too short.
template <class T, class Selected>
struct RejectionCount {
    static constexpr Among among = Among::negatives;
    static constexpr bool smallest_first = Selected::smallest_first;

    Selected& selected;

    void start(Index, Workspace&) {}

    template <class S>
    [[nodiscard]] Window<S> window(Anchor anchor) const
    {
        const auto& slots = selected.rule.slots;
        // Only anchors with such slots take part: the others want scores that do not exist.
        Window<S> window = smallest_first ? Window<S>{lowest<S>, lowest<S>} : Window<S>{highest<S>, highest<S>};
        for (std::size_t slot = slots.begin(anchor); slot < slots.end(anchor); ++slot) {
            if (selected.log.has_overflowed(slot)) {
                window.threshold = smallest_first ? std::max(window.threshold, selected.last_score(slot))
                                                  : std::min(window.threshold, selected.last_score(slot));
            }
        }
        return window;
    }

    T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        const auto& rule = selected.rule;
        for (std::size_t slot = rule.slots.begin(anchor); slot < rule.slots.end(anchor); ++slot) {
            const typename Selected::Entry entry{score, static_cast<std::int32_t>(candidate.row), -1};
            if (selected.log.has_overflowed(slot) && selected.ahead(entry, slot) &&
                rule.in_place(slot, anchor, candidate, score)) {
                const int filter = rule.rejected_by(slot, anchor, candidate);
                if (filter >= 0) {
                    ++selected.rejections[slot * selected.rule.filter_count + static_cast<std::size_t>(filter)];
                }
            }
        }
        return threshold;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
