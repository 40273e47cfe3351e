#pragma once

/// \file
/// The selector that keeps one candidate per anchor: the largest score, or the smallest.

#include <mohs/detail/base/ranks_before.hpp>
#include <mohs/visitor.hpp>

#include <limits>

namespace mohs::inline MOHS_ABI::detail {

template <Among among_, bool smallest_first_>
struct Best {
    static constexpr Among among = among_;
    static constexpr bool smallest_first = smallest_first_;
    static constexpr bool keeps_one = true;
    static constexpr std::int32_t none = (std::numeric_limits<std::int32_t>::max)();

    std::span<std::int32_t> row;  ///< per anchor: the candidate kept, or `none`

    void start(Index anchors, Workspace& workspace) { row = workspace.take<std::int32_t>(anchors, none); }

    template <class T>
    MOHS_ALWAYS_INLINE T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        std::int32_t& kept = row[static_cast<std::size_t>(anchor.row)];
        const auto offered = static_cast<std::int32_t>(candidate.row);
        // The threshold is the score of what is kept.
        if (ranks_before<smallest_first>(score, offered, threshold, kept)) {
            kept = offered;
        }
        return score;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
