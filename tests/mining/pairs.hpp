#pragma once

/// \file
/// What pair miners have to return, from the definitions of their strategies.

#include "../reference.hpp"

#include <mohs/mining/pair_miner.hpp>

#include <functional>
#include <set>
#include <utility>

namespace pairs {

using Set = std::set<std::pair<mohs::Index, mohs::Index>>;

/// Rows on a grid of eighths, so that float scores are exact and values tie; the last row is alone in its class.
struct Problem {
    mohs::Matrix rows{61, 4};
    std::vector<int> labels;

    Problem();
    [[nodiscard]] mohs::Batch<float> batch() const { return mohs::Batch(rows, labels); }
};

/// The value of a metric, from its definition.
double value(reference::Metric metric, const Problem& problem, mohs::Index i, mohs::Index j);
template <class M>
double value(const Problem& problem, mohs::Index i, mohs::Index j)
{
    return value(reference::metric_of<M>, problem, i, j);
}

template <class M>
bool closer(double a, double b)
{
    return M::is_similarity ? a > b : a < b;
}

/// The pairs of a list, without their values.
Set set_of(Eigen::Map<const mohs::IndexVector> anchors, Eigen::Map<const mohs::IndexVector> candidates);
Set set_of(const auto& list)
{
    return set_of(list.anchors(), list.candidates());
}

/// All pairs with equal labels, or with different ones, for which `keep(i, j, value)` holds.
using Keep = std::function<bool(mohs::Index i, mohs::Index j, double value)>;
Set expected(reference::Metric metric, const Problem& problem, bool positive, const Keep& keep);
template <class M>
Set expected(const Problem& problem, bool positive, const Keep& keep)
{
    return expected(reference::metric_of<M>, problem, positive, keep);
}

}
