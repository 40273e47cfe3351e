#include "pairs.hpp"

#include <cmath>

namespace pairs {

Problem::Problem()
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

double value(reference::Metric metric, const Problem& problem, mohs::Index i, mohs::Index j)
{
    const Eigen::VectorXd a = problem.rows.row(i).cast<double>(), b = problem.rows.row(j).cast<double>();
    const double square = (a - b).squaredNorm();
    return metric.similarity ? a.dot(b) : metric.squared ? square : std::sqrt(square);
}

Set set_of(Eigen::Map<const mohs::IndexVector> anchors, Eigen::Map<const mohs::IndexVector> candidates)
{
    Set result;
    for (mohs::Index i = 0; i < anchors.size(); ++i) {
        result.insert({anchors[i], candidates[i]});
    }
    return result;
}

Set expected(reference::Metric metric, const Problem& problem, bool positive, const Keep& keep)
{
    Set result;
    for (mohs::Index i = 0; i < problem.rows.rows(); ++i) {
        for (mohs::Index j = 0; j < problem.rows.rows(); ++j) {
            const bool same =
                problem.labels[static_cast<std::size_t>(i)] == problem.labels[static_cast<std::size_t>(j)];
            if (i != j && same == positive && keep(i, j, value(metric, problem, i, j))) {
                result.insert({i, j});
            }
        }
    }
    return result;
}

}
