#pragma once

/// \file
/// What options of several losses are made of.

#include <mohs/types.hpp>

namespace mohs::inline MOHS_ABI {

/// How per-tuple losses become one number: their mean, their sum, or their mean over the tuples whose loss is above
/// zero. `none` keeps them apart, in `LossResult::per_tuple`; its value and its gradient are those of the sum.
enum class Reduction { mean, sum, mean_active, none };

/// What stands below the line for a positive among several of one anchor, in a softmax.
enum class Denominator {
    positives_excluded,  ///< the positive itself and the negatives: one loss per pair, as NT-Xent in its libraries
    positives_included,  ///< all positives and negatives, losses averaged: L_out of SupCon (Khosla et al. 2020)
    summed_inside        ///< the same, with the mean over the positives inside the logarithm: L_in of SupCon
};

}  // namespace mohs::inline MOHS_ABI
