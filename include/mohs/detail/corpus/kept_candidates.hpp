#pragma once

/// \file
/// The candidates that lists keep while the blocks of a corpus pass by.

#include <mohs/detail/corpus/corpus_rules.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// A candidate with its exact value, and the rule that rejected it, or -1.
struct KeptCandidate {
    double value = 0;
    Index row = -1;
    std::int32_t rule = -1;
};

/// The order of the candidates of a list: closest first, equal values by the lowest row of the corpus. Values are
/// exact, so it depends on nothing but the rows.
template <class M>
struct CorpusOrder {
    bool operator()(const KeptCandidate& a, const KeptCandidate& b) const
    {
        return a.value != b.value ? Finish<M>::closer(a.value, b.value) : a.row < b.row;
    }
};

/// A candidate by its kernel score, and its row in the block.
template <class T>
struct OfferedCandidate {
    T score;
    std::int32_t row;
    std::int32_t rule = -1;
};

/// Per list: the best `keep` candidates of the blocks so far, by exact values, and what the block at hand offers, by
/// scores.
///
/// A score is within `score_error` of that of its exact value. So of what a block offers, all that is not farther
/// than the keep-th by more than twice that is measured when the block ends, and nothing else: the candidates kept
/// are those of the exact values, whatever the blocks, threads and instruction set.
template <class M, class T>
struct KeptCandidates {
    Index keep = 0, room = 0, rules = 0;
    bool raw = false;                 ///< rejected candidates are kept as well
    std::vector<KeptCandidate> kept;  ///< `keep` per list, in order
    std::vector<Index> kept_count;
    std::vector<OfferedCandidate<T>> offered;  ///< `room` per list
    std::vector<std::int32_t> offered_count;
    /// Per list and rule: rejected by their score alone, so ahead of all that passes; and all that were rejected
    /// otherwise.
    std::vector<Index> close, rejected;
    /// Per list: rejected otherwise and not yet known to be behind the last kept, of this block and of those before.
    std::vector<std::vector<OfferedCandidate<T>>> pending;
    std::vector<std::vector<KeptCandidate>> log;
    std::vector<std::uint8_t> log_lost;  ///< there were too many of these: they are counted by another scan

    void start(std::size_t lists, Index candidates, Index rule_count, bool keep_rejected)
    {
        keep = candidates;
        room = room_for(keep);
        rules = rule_count;
        raw = keep_rejected;
        const auto size = static_cast<Index>(lists);
        kept.assign(static_cast<std::size_t>(size * keep), {});
        kept_count.assign(lists, 0);
        offered.resize(static_cast<std::size_t>(size * room));
        offered_count.assign(lists, 0);
        close.assign(static_cast<std::size_t>(size * rules), 0);
        rejected.assign(raw ? 0 : close.size(), 0);
        pending.assign(raw ? 0 : lists, {});
        log.assign(raw ? 0 : lists, {});
        log_lost.assign(lists, 0);
    }
    /// About how much a list takes.
    static Index bytes(Index keep, Index rules)
    {
        return keep * Index{sizeof(KeptCandidate)} + room_for(keep) * Index{sizeof(OfferedCandidate<T>)} + 16 * rules +
               80;
    }
    /// When there is no more room, the threshold rises to the score of the keep-th. The less room, the sooner, and the
    /// fewer are offered that are not kept in the end; but each time the best are sought among all that are there.
    static Index room_for(Index keep) { return keep + keep / 4 + 8; }

    [[nodiscard]] std::span<const KeptCandidate> kept_by(std::size_t list) const
    {
        return std::span<const KeptCandidate>(kept).subspan(list * static_cast<std::size_t>(keep),
                                                            static_cast<std::size_t>(kept_count[list]));
    }
    [[nodiscard]] bool is_full(std::size_t list) const { return kept_count[list] == keep; }
    [[nodiscard]] const KeptCandidate& last(std::size_t list) const { return kept_by(list).back(); }

    void count_close(std::size_t list, int rule)
    {
        ++close[list * static_cast<std::size_t>(rules) + static_cast<std::size_t>(rule)];
    }

    /// Notes what a rule rejected for another reason than its score.
    void add_rejected(std::size_t list, const OfferedCandidate<T>& offer, T threshold)
    {
        ++rejected[list * static_cast<std::size_t>(rules) + static_cast<std::size_t>(offer.rule)];
        if (log_lost[list] != 0) {
            return;
        }
        std::vector<OfferedCandidate<T>>& notes = pending[list];
        const auto most = static_cast<std::size_t>((std::max)(Index{256}, 4 * keep));
        if (notes.size() >= most) {
            std::erase_if(notes, [threshold](const OfferedCandidate<T>& old) { return old.score < threshold; });
            if (notes.size() > most / 2) {
                lose_log(list);
                return;
            }
        }
        notes.push_back(offer);
    }

    /// Takes a candidate, and returns whether there is no more room.
    bool push(std::size_t list, const OfferedCandidate<T>& offer)
    {
        std::int32_t& count = offered_count[list];
        offered[list * static_cast<std::size_t>(room) + static_cast<std::size_t>(count)] = offer;
        return ++count == room;
    }

    /// Drops what is farther than the keep-th by scores, those within `slack(score)` apart. Returns a score that what
    /// is below cannot be kept.
    template <class Slack>
    T drop_far(std::size_t list, const Slack& slack)
    {
        OfferedCandidate<T>* const first = offered.data() + list * static_cast<std::size_t>(room);
        std::int32_t& count = offered_count[list];
        std::nth_element(first, first + (keep - 1), first + count, better_score);
        const T last = first[keep - 1].score, cut = slack(last);
        count = static_cast<std::int32_t>(
            std::partition(first, first + count, [cut](const OfferedCandidate<T>& a) { return a.score >= cut; }) -
            first);
        return cut;
    }

    /// The same by exact values: leaves `keep`, and returns the farthest.
    template <class Value>
    KeptCandidate drop_far_exactly(std::size_t list, const Value& value_of)
    {
        OfferedCandidate<T>* const first = offered.data() + list * static_cast<std::size_t>(room);
        std::vector<std::pair<KeptCandidate, OfferedCandidate<T>>> measured;
        for (std::int32_t i = 0; i < offered_count[list]; ++i) {
            measured.push_back({{value_of(first[i].row), first[i].row, -1}, first[i]});
        }
        const auto ahead = [](const auto& a, const auto& b) { return CorpusOrder<M>{}(a.first, b.first); };
        std::nth_element(measured.begin(), measured.begin() + (keep - 1), measured.end(), ahead);
        for (Index i = 0; i < keep; ++i) {
            first[i] = measured[static_cast<std::size_t>(i)].second;
        }
        offered_count[list] = static_cast<std::int32_t>(keep);
        return measured[static_cast<std::size_t>(keep) - 1].first;
    }

    /// Ends a block whose rows begin at `first_row` of the corpus: what it offered is measured, and joins what is
    /// kept. `rule_of(row in the block, value)`: the rule that rejects it, asked of what is kept, where rejected
    /// candidates are.
    template <class Value, class RuleOf>
    void settle(std::size_t list, Index first_row, const Value& value_of, const RuleOf& rule_of,
                std::vector<KeptCandidate>& scratch)
    {
        if (!raw && !pending[list].empty()) {
            note_pending(list, first_row, value_of);
        }
        if (offered_count[list] == 0) {
            return;
        }
        const OfferedCandidate<T>* const first = offered.data() + list * static_cast<std::size_t>(room);
        scratch.assign(kept_by(list).begin(), kept_by(list).end());
        const bool full = is_full(list);
        for (std::int32_t i = 0; i < offered_count[list]; ++i) {
            const KeptCandidate candidate{value_of(first[i].row), first_row + first[i].row, unknown_rule};
            if (!full || CorpusOrder<M>{}(candidate, last(list))) {
                scratch.push_back(candidate);
            }
        }
        offered_count[list] = 0;
        std::sort(scratch.begin(), scratch.end(), CorpusOrder<M>{});
        scratch.resize((std::min)(scratch.size(), static_cast<std::size_t>(keep)));
        for (KeptCandidate& candidate : scratch) {
            if (candidate.rule == unknown_rule) {
                candidate.rule = raw ? rule_of(candidate.row - first_row, candidate.value) : -1;
            }
        }
        std::copy(scratch.begin(), scratch.end(), kept.begin() + static_cast<std::ptrdiff_t>(list) * keep);
        kept_count[list] = static_cast<Index>(scratch.size());
        if (!raw) {
            drop_log_behind(list);
        }
    }

private:
    static constexpr std::int32_t unknown_rule = -2;
    static constexpr auto better_score = [](const OfferedCandidate<T>& a, const OfferedCandidate<T>& b) {
        return a.score > b.score;
    };

    void lose_log(std::size_t list)
    {
        log_lost[list] = 1;
        pending[list] = {};
        log[list] = {};
    }

    template <class Value>
    void note_pending(std::size_t list, Index first_row, const Value& value_of)
    {
        for (const OfferedCandidate<T>& offer : pending[list]) {
            log[list].push_back({value_of(offer.row), first_row + offer.row, offer.rule});
        }
        pending[list].clear();
        if (offered_count[list] == 0) {
            drop_log_behind(list);
        }
    }

    /// Forgets what is behind the last kept by now, and the whole log where it is still too long.
    void drop_log_behind(std::size_t list)
    {
        if (is_full(list)) {
            std::erase_if(log[list], [&](const KeptCandidate& old) { return !CorpusOrder<M>{}(old, last(list)); });
        }
        if (log[list].size() > static_cast<std::size_t>((std::max)(Index{256}, 4 * keep))) {
            lose_log(list);
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
