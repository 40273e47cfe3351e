#pragma once

/// \file
/// What the tests of losses share: data, difference quotients and ways to run.

#include "../reference.hpp"

#include <mohs/result/result.hpp>

#include <cstdint>
#include <functional>
#include <vector>

namespace oracle {

using mohs::Index;
using reference::Metric;
using reference::Table;
using Labels = std::vector<std::int64_t>;

Table gaussian(Index rows, Index dimension, std::uint64_t seed);

Labels labels(Index rows, Index classes, std::uint64_t seed);

/// Central differences of `function` with respect to the elements of `moved`, which it reads.
Table differences(Table& moved, const std::function<double()>& function, double step = 1e-5);

bool near(double found, double expected, double relative);

/// Difference quotients of smooth functions of order 1 with step 1e-5 are good to about 1e-10; 1e-7 tells any wrong
/// term.
bool near(const Table& found, const Table& expected, double tolerance = 1e-7);
bool near(const mohs::Matrix& found, const Table& expected, double tolerance = 1e-7);

/// The elements of `found` differ from those of `expected` by at most `relative` of the largest of these.
bool near_largest(const mohs::Matrix& found, const Table& expected, double relative);

/// Neither infinite nor NaN, told by bits: comparisons may lie under -ffast-math.
bool all_finite(const Table& matrix);
bool all_finite(const mohs::Matrix& matrix);

/// log of the sum of the exponentials of x.
double log_sum(const std::vector<double>& x);

/// Losses of one anchor, from its logits: one per positive, or a single one; none without positives or negatives.
std::vector<double> softmax_losses(const std::vector<double>& positives, const std::vector<double>& negatives,
                                   mohs::Denominator denominator);

/// Bit by bit.
bool same_bits(const Table& a, const Table& b);
bool same_bits(const mohs::Matrix& a, const mohs::Matrix& b);
template <class T>
bool same_bits(const mohs::LossResult<T>& a, const mohs::LossResult<T>& b)
{
    return a.value == b.value && same_bits(a.gradient, b.gradient) &&
           same_bits(a.candidate_gradient, b.candidate_gradient);
}

/// The options under which a streamed result must have the same bits; on std::threads, so that threads exist without
/// OpenMP too.
std::vector<mohs::Options> thread_counts(mohs::IsaLevel isa);

}  // namespace oracle
