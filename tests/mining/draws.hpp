#pragma once

/// \file
/// What strategies that draw have to do, for positives and negatives alike.

#include "../reference.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace draws {

using mohs::Among;
using mohs::Index;
using mohs::Options;
using reference::Data;
using reference::Scene;

/// How far counts are from a uniform distribution: the chi-squared statistic, brought to a standard normal one by the
/// cube root of Wilson and Hilferty (1931). Fewer than 5 expected per cell is a mistake of the test.
double deviation(const std::vector<Index>& counts);

/// Neither further from uniform than one sample in a million, nor closer, as a sampler that takes turns would be. Draws
/// are functions of their keys, so a test that passes does not fail by chance the next day.
bool is_uniform(const std::vector<Index>& counts);

/// The candidate drawn for every anchor row, -1 where there is none.
using Draw = std::function<std::vector<Index>(const Scene& scene, std::uint64_t seed, const Options& options)>;

inline Options at_step(std::uint64_t step)
{
    return {.threads = 1, .step = step};
}

/// `count` rows, of which every third has label 1 and the others label 0, in random order.
Data two_labels(Index count, std::uint64_t seed);

Data with_ids(Data data, const std::function<std::int64_t(Index)>& id);

/// Every anchor draws uniformly over the steps.
std::string uniformity_fault(const Draw& draw, const Scene& scene, Among among, Index steps);

/// Pairs of draws (first(i), second(i)) are uniform too: neither says anything about the other.
bool are_independent(const std::vector<Index>& first, const std::vector<Index>& second);

/// What one anchor draws in the steps [0, steps).
std::vector<Index> over_steps(const Draw& draw, const Scene& scene, std::uint64_t seed, Index anchor, Index steps);

/// Share of the anchors whose draws differ.
double share_different(const std::vector<Index>& a, const std::vector<Index>& b);

}  // namespace draws
