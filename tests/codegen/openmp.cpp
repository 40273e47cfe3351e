// The kernels as OpenMP's outlined task body reaches them.
#include "kernels.hpp"

#ifndef _OPENMP
#error "compiled to look at OpenMP's code"
#endif

template mohs::Triplets<mohs::Cosine> mine(const mohs::MatrixOf<float>&, const std::vector<int>&, const mohs::Options&);
template mohs::Triplets<mohs::Cosine> mine(const mohs::MatrixOf<double>&, const std::vector<int>&,
                                           const mohs::Options&);
