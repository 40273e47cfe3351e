#pragma once

#include <mohs/detail/base/check.hpp>
#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// The negatives at ranks [begin, end) of the closest ones, 0 the hardest; one triplet for each. Skipping the first
/// ranks is a cheap defence against mislabelled negatives (NHardTripletsMiner of open-metric-learning; the rank
/// windows of FlagEmbedding and sentence-transformers). Ranks count what passes the filters. Anchors with no more
/// than `begin` negatives are skipped, and counted under `Report::none_in_place`.
///
/// Throws std::invalid_argument unless 0 <= begin < end.
struct RankedNegatives {
    static constexpr Pick negative_pick = Pick::ranks;

    Index begin = 0, end = 1;

    void validate() const
    {
        if (begin < 0 || end <= begin) {
            detail::throw_invalid("RankedNegatives: ranks [" + std::to_string(begin) + ", " + std::to_string(end) +
                                  ") are empty, but must satisfy 0 <= begin < end");
        }
    }
};

}  // namespace mohs::inline MOHS_ABI
