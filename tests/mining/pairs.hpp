#pragma once

/// \file
/// What pair miners have to return, from the definitions of their strategies.

#include "../reference.hpp"

#include <mohs/mining/pair_miner.hpp>

#include <set>
#include <utility>

namespace pairs {

using Set = std::set<std::pair<mohs::Index, mohs::Index>>;

/// Rows on a grid of eighths, so that float scores are exact and values tie; the last row is alone in its class.
struct Problem {
    mohs::Matrix rows{61, 4};
    std::vector<int> labels;

    Problem()
    {
        std::uint32_t state = 7;
        for (mohs::Index i = 0; i < rows.rows(); ++i) {
            for (mohs::Index k = 0; k < rows.cols(); ++k) {
                state = state * 1664525U + 1013904223U;
                rows(i, k) = static_cast<float>(static_cast<int>(state >> 28) - 8) / 8;
            }
            labels.push_back(i + 1 == rows.rows() ? 99 : static_cast<int>(i % 12));
        }
    }
    [[nodiscard]] mohs::Batch<float> batch() const { return mohs::Batch(rows, labels); }
};

/// The value of a metric, from its definition.
template <class M>
double value(const Problem& problem, mohs::Index i, mohs::Index j)
{
    const Eigen::VectorXd a = problem.rows.row(i).cast<double>(), b = problem.rows.row(j).cast<double>();
    const double square = (a - b).squaredNorm();
    return M::is_similarity ? a.dot(b) : M::is_squared ? square : std::sqrt(square);
}

template <class M>
bool closer(double a, double b)
{
    return M::is_similarity ? a > b : a < b;
}

inline Set set_of(const auto& list)
{
    Set result;
    for (mohs::Index i = 0; i < list.size(); ++i) {
        result.insert({list[i].anchor, list[i].candidate});
    }
    return result;
}

/// All pairs with equal labels, or with different ones, for which `keep(i, j, value)` holds.
template <class M, class Keep>
Set expected(const Problem& problem, bool positive, const Keep& keep)
{
    Set result;
    for (mohs::Index i = 0; i < problem.rows.rows(); ++i) {
        for (mohs::Index j = 0; j < problem.rows.rows(); ++j) {
            const bool same =
                problem.labels[static_cast<std::size_t>(i)] == problem.labels[static_cast<std::size_t>(j)];
            if (i != j && same == positive && keep(i, j, value<M>(problem, i, j))) {
                result.insert({i, j});
            }
        }
    }
    return result;
}

}
