#pragma once

#include <mohs/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Every negative of the anchor: with all positives, all triplets of the batch. There are many: 128 rows in classes
/// of 4 give 47,616. Memory is taken once their number is known.
struct AllNegatives {
    static constexpr Pick negative_pick = Pick::every;
};

}  // namespace mohs::inline MOHS_ABI
