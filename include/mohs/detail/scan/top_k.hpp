#pragma once

/// \file
/// The selector that keeps the k largest scores per anchor.

#include <mohs/detail/kernel/ranked.hpp>
#include <mohs/detail/scan/selection.hpp>

#include <algorithm>

namespace mohs::inline MOHS_ABI::detail {

/// Keeps the k largest scores per anchor. A few are kept in order. More are collected in a buffer of twice that size;
/// when it is full, what is worse than the k-th is dropped and the threshold rises.
template <class T, Among among_>
struct TopK {
    static constexpr Among among = among_;
    static constexpr bool smallest_first = false;
    using Entry = Ranked<T>;

    Index k;
    IsaLevel level;
    Index capacity = 0;
    std::span<Entry> entries{};        ///< `capacity` per anchor
    std::span<std::int32_t> counts{};  ///< per anchor, unless in order

    void start(Index anchors, Workspace& workspace)
    {
        constexpr Index granule = InsertRanked<T>::granule;
        if (in_order()) {
            // So that there is always a k-th, at the threshold of an anchor that takes any.
            capacity = (k + granule - 1) / granule * granule;
            entries = workspace.take<Entry>(anchors * capacity, Entry(Selection<T, TopK>::open, -1));
        } else {
            capacity = 2 * k;
            entries = workspace.take<Entry>(anchors * capacity);
            counts = workspace.take<std::int32_t>(anchors, 0);
        }
    }

    [[nodiscard]] Index keeps() const { return k; }

    T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        const Entry entry(score, static_cast<std::int32_t>(candidate.row));
        return accept(anchor, std::span(&entry, 1), threshold);
    }

    MOHS_ALWAYS_INLINE T accept(Anchor anchor, std::span<const Entry> offered, T threshold)
    {
        Entry* const first = entries.data() + anchor.row * capacity;
        if (in_order()) {
            isa::run(level, InsertRanked<T>{first, k, offered});
            return first[k - 1].score();
        }
        return collect(first, counts[static_cast<std::size_t>(anchor.row)], offered, threshold);
    }

    /// The candidates kept for an anchor, best first.
    std::span<const Entry> sorted(Index anchor)
    {
        Entry* const first = entries.data() + anchor * capacity;
        if (in_order()) {
            const auto none = [](const Entry& entry) { return entry.row() < 0; };
            return {first, std::find_if(first, first + k, none)};
        }
        const Index count = counts[static_cast<std::size_t>(anchor)];
        std::sort(first, first + count, better);
        return {first, static_cast<std::size_t>((std::min)(count, k))};
    }

private:
    [[nodiscard]] bool in_order() const { return k <= InsertRanked<T>::longest(level); }

    /// No function, which the algorithms would call through a pointer.
    static constexpr auto better = [](const Entry& a, const Entry& b) { return b < a; };

    T collect(Entry* first, std::int32_t& count, std::span<const Entry> offered, T threshold) const
    {
        for (const Entry& entry : offered) {
            first[count++] = entry;
            if (count == capacity) {
                std::nth_element(first, first + (k - 1), first + count, better);
                count = static_cast<std::int32_t>(k);
                threshold = first[k - 1].score();
            }
        }
        return threshold;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
