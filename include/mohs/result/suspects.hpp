#pragma once

/// \file
/// Suspects: rows whose label may be wrong, and pairs that may not be what they count as.

#include <mohs/types.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// What is suspected: that the label of a row is wrong, that a negative is a positive, or that a positive is none.
enum class Suspicion : std::uint8_t { label, negative, positive };

/// One suspicion, by rows of the batches that were looked at.
struct Suspect {
    Suspicion of = Suspicion::negative;
    Index anchor = 0;         ///< the anchor of a pair, or the row whose label is suspected
    Index candidate = -1;     ///< of a pair
    Index positive = -1;      ///< a positive of the anchor to compare with, or -1
    double score = 0;         ///< the more, the more suspicious; from 0 to 1 where a judge says so
    const char* reason = "";  ///< the name of the filter or judge, which lives as long as the program

    friend bool operator==(const Suspect&, const Suspect&) = default;
};

/// In the order in which they were found.
using Suspects = std::vector<Suspect>;

namespace detail {

/// Those of negatives: what acts on pairs takes no others.
inline Suspects suspected_negatives(const Suspects& suspects)
{
    Suspects result;
    std::copy_if(suspects.begin(), suspects.end(), std::back_inserter(result),
                 [](const Suspect& suspect) { return suspect.of == Suspicion::negative; });
    return result;
}

}  // namespace detail

}  // namespace mohs::inline MOHS_ABI
