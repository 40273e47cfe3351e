#pragma once

/// \file
/// Triplets by kind: the rule, and a uniform choice of a given number of negatives per slot.

#include <mohs/detail/base/ranks_before.hpp>
#include <mohs/detail/choose/sample_copies.hpp>
#include <mohs/detail/slots/slot_work.hpp>
#include <mohs/finish.hpp>
#include <mohs/result/result.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Whether a negative makes a triplet of the wanted kind with the positive of its slot.
template <class M, class T, class A, class B>
struct KindRule {
    static constexpr int filter_count = 0;
    static constexpr bool bounded = true;

    const SlotWork<M, T, A, B>& work;
    TripletKind kind;
    double margin;
    const Batch<A>& anchors = work.anchors;
    const Batch<B>& candidates = work.candidates;
    const Slots<T>& triplet_slots = work.triplet_slots;

    [[nodiscard]] bool in_place(std::size_t slot, Anchor anchor, Candidate candidate, T score) const
    {
        const bool farther = score < triplet_slots.score[slot];
        if (kind == TripletKind::every || kind == TripletKind::hard) {
            return kind == TripletKind::every || !farther;
        }
        if (!farther) {
            return false;
        }
        const double value = measure_rows<M>(anchors, anchor.row, candidates, candidate.row);
        const double positive = work.positive_value[slot];
        const double gap = Finish<M>::gap(positive, value);
        return (kind == TripletKind::semi_hard) == (gap <= margin);
    }
    [[nodiscard]] int rejected_by(std::size_t, Anchor, Candidate) const { return -1; }

    /// The scores at which any slot of the anchor can have a triplet of the kind.
    [[nodiscard]] Window<T> window(Anchor anchor) const
    {
        Window<T> window{highest<T>, lowest<T>};
        for (std::size_t slot = triplet_slots.begin(anchor); slot < triplet_slots.end(anchor); ++slot) {
            if (triplet_slots.positive[slot] < 0) {
                continue;
            }
            const double end = Finish<M>::farther_by(work.positive_value[slot], margin);
            const bool from_below = kind == TripletKind::every || kind == TripletKind::easy;
            const T low = from_below ? lowest<T>
                          : kind == TripletKind::semi_hard
                              ? widened_score<M>(work.scene, work.position_of(anchor), end, -1)
                              : triplet_slots.score[slot];
            const bool to_above = kind == TripletKind::every || kind == TripletKind::hard;
            window.threshold = (std::min)(window.threshold, low);
            window.ceiling = (std::max)(window.ceiling, to_above ? highest<T> : triplet_slots.score[slot]);
        }
        return window;
    }
};

/// Keeps a given number of negatives per slot, uniformly: those with the highest random keys.
template <class T, class Rule>
struct SampleSelector {
    static constexpr Among among = Among::negatives;
    static constexpr bool smallest_first = false;

    struct Entry {
        std::uint64_t key;
        std::int32_t row;
        friend bool operator<(const Entry& a, const Entry& b) { return ranks_before(a.key, a.row, b.key, b.row); }
    };

    const Rule& rule;
    RandomStream stream;
    std::span<const std::int32_t> wanted;  ///< per slot
    std::span<const std::int64_t> first;   ///< per slot: where its entries begin
    std::span<Entry> entries;
    std::span<std::int32_t> counts = {};
    SampleCopies copies = {};

    void start(Index, Workspace& workspace)
    {
        counts = workspace.take<std::int32_t>(rule.triplet_slots.size(), 0);
        copies = SampleCopies(rule.candidates, workspace);
    }

    template <class S>
    [[nodiscard]] Window<S> window(Anchor anchor) const
    {
        return rule.window(anchor);
    }

    T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        for (std::size_t slot = rule.triplet_slots.begin(anchor); slot < rule.triplet_slots.end(anchor); ++slot) {
            if (wanted[slot] == 0 || !rule.in_place(slot, anchor, candidate, score)) {
                continue;
            }
            const auto draw = static_cast<std::uint32_t>(slot - rule.triplet_slots.begin(anchor));
            const Entry entry{stream.key(rule.anchors.id(anchor.row), rule.candidates.id(candidate.row), draw,
                                         copies.number_of(candidate)),
                              static_cast<std::int32_t>(candidate.row)};
            Entry* const kept = entries.data() + first[slot];
            // A heap whose front is the entry to give up next.
            if (counts[slot] < wanted[slot]) {
                kept[counts[slot]++] = entry;
                std::push_heap(kept, kept + counts[slot]);
            } else if (entry < kept[0]) {
                std::pop_heap(kept, kept + counts[slot]);
                kept[counts[slot] - 1] = entry;
                std::push_heap(kept, kept + counts[slot]);
            }
        }
        return threshold;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
