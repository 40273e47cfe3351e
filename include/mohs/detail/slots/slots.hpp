#pragma once

/// \file
/// Slots: one per triplet to be, that is per anchor and chosen positive; or one per anchor, where the negative does
/// not depend on the positive.

#include <mohs/workspace.hpp>

#include <algorithm>

namespace mohs::inline MOHS_ABI::detail {

/// Positives by anchor row: slots [offset[a], offset[a + 1]) belong to anchor row a.
template <class T>
struct Slots {
    std::span<std::int32_t> offset;
    std::span<std::int32_t> positive;  ///< row of the positive; -1 for a slot that turned out empty
    std::span<T> score;                ///< kernel score of the positive

    [[nodiscard]] Index size() const { return static_cast<Index>(positive.size()); }
    /// The largest number of slots of one anchor.
    [[nodiscard]] Index most() const
    {
        std::int32_t result = 0;
        for (std::size_t row = 1; row < offset.size(); ++row) {
            result = (std::max)(result, offset[row] - offset[row - 1]);
        }
        return result;
    }
    [[nodiscard]] std::size_t begin(Anchor anchor) const
    {
        return static_cast<std::size_t>(offset[static_cast<std::size_t>(anchor.row)]);
    }
    [[nodiscard]] std::size_t end(Anchor anchor) const
    {
        return static_cast<std::size_t>(offset[static_cast<std::size_t>(anchor.row) + 1]);
    }
};

/// Candidates that filters rejected ahead of what a slot keeps: a few per slot, exactly; more than that only as a
/// flag, which asks for a second scan.
template <class Entry>
class RejectionLog {
public:
    /// A predicate that rejects half of all candidates seldom has more than this ahead of what it lets pass.
    static constexpr int capacity = 16;

    RejectionLog() = default;
    RejectionLog(Index slot_count, Workspace& workspace)
        : entries_(workspace.take<Entry>(slot_count * capacity)),
          counts_(workspace.take<std::uint8_t>(slot_count, std::uint8_t{0}))
    {
    }

    /// `behind(entry)`: whether an entry ranks behind what the slot keeps by now, and is of no interest any more.
    template <class Behind>
    void add(std::size_t slot, const Entry& entry, const Behind& behind)
    {
        std::uint8_t& count = counts_[slot];
        if (count == overflowed) {
            return;
        }
        Entry* const first = entries_.data() + slot * capacity;
        if (count == capacity) {
            count = static_cast<std::uint8_t>(std::remove_if(first, first + count, behind) - first);
        }
        if (count == capacity) {
            count = overflowed;
        } else {
            first[count++] = entry;
        }
    }

    /// Gives the log of a slot up.
    void give_up(std::size_t slot) { counts_[slot] = overflowed; }
    [[nodiscard]] bool has_overflowed(std::size_t slot) const { return counts_[slot] == overflowed; }
    [[nodiscard]] std::span<const Entry> entries(std::size_t slot) const
    {
        return {entries_.data() + slot * capacity, has_overflowed(slot) ? 0 : static_cast<std::size_t>(counts_[slot])};
    }
    /// Whether anything was rejected for a slot.
    [[nodiscard]] bool any(std::size_t slot) const { return counts_[slot] != 0; }

private:
    static constexpr std::uint8_t overflowed = 255;
    std::span<Entry> entries_;
    std::span<std::uint8_t> counts_;
};

}  // namespace mohs::inline MOHS_ABI::detail
