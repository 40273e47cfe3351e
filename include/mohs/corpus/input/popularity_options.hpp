#pragma once

/// \file
/// What draws by popularity are told.

#include <mohs/types.hpp>

#include <cstdint>

namespace mohs::inline MOHS_ABI {

/// Options of PopularityDraws.
struct PopularityOptions {
    double alpha = 0.75;       ///< as of word2vec (Mikolov et al. 2013); 1 in RecBole; 0: every row is as likely
    Index num_negatives = 1;   ///< per list
    bool per_positive = true;  ///< a list for every positive of a query, else one for every query
    bool distinct = true;      ///< the rows of a list differ
    std::uint64_t seed = 0, epoch = 0;
};

}  // namespace mohs::inline MOHS_ABI
