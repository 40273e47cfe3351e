#pragma once

/// \file
/// A set of sample ids that tells quickly that an id is not in it.

#include <mohs/detail/scene/relation_lists.hpp>

#include <array>
#include <bit>

namespace mohs::inline MOHS_ABI::detail {

/// Those of a panel of rows, say: 4096 bits by hashes of ids.
class SampleSieve {
public:
    void add(std::int64_t id)
    {
        const std::uint64_t hash = hash_of(id);
        words_[hash / 64] |= std::uint64_t{1} << hash % 64;
    }
    /// Adds the ids of the listed positives of an anchor, where candidates may be their copies.
    void add_positives(const RelationLists& lists, Index anchor)
    {
        if (!lists.positive_ids.empty()) {
            for (const std::int64_t id : lists.positive_ids.of(anchor)) {
                add(id);
            }
        }
    }

    /// False for ids that were not added, and true for some others.
    [[nodiscard]] bool may_hold(std::int64_t id) const
    {
        const std::uint64_t hash = hash_of(id);
        return (words_[hash / 64] >> hash % 64 & 1) != 0;
    }

    /// Those of `lanes`, of the panel at `base`, that may hold one of them.
    [[nodiscard]] std::uint64_t caught(std::span<const std::int64_t> ids, Index base, std::uint64_t lanes) const
    {
        std::uint64_t result = 0;
        for (; lanes != 0 && !ids.empty(); lanes &= lanes - 1) {
            const int lane = std::countr_zero(lanes);
            result |= std::uint64_t{may_hold(ids[static_cast<std::size_t>(base + lane)])} << lane;
        }
        return result;
    }

private:
    static std::uint64_t hash_of(std::int64_t id) { return static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15U >> 52; }

    std::array<std::uint64_t, 64> words_{};
};

}  // namespace mohs::inline MOHS_ABI::detail
