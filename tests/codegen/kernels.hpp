#pragma once

#include <mohs/mohs.hpp>

#include <vector>

/// A scan of either scalar: instantiates the kernels of every instruction set.
template <class Scalar>
mohs::Triplets<mohs::Cosine> mine(const mohs::MatrixOf<Scalar>& rows, const std::vector<int>& labels,
                                  const mohs::Options& options)
{
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    return miner(mohs::Batch{rows, labels}, options);
}
