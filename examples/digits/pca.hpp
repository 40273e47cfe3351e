#pragma once

#include <mohs/types.hpp>

#include <Eigen/Eigenvalues>

#include <utility>

namespace digits {

/// Rows projected onto their two directions of largest variance, and the share of the variance that these hold.
///
/// A direction is known up to its sign: the one whose largest element is positive is taken.
inline std::pair<Eigen::MatrixX2d, double> project(const mohs::Matrix& rows)
{
    const Eigen::MatrixXd values = rows.cast<double>();
    const Eigen::MatrixXd centred = values.rowwise() - values.colwise().mean();
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(centred.transpose() * centred);
    // Eigenvalues ascend.
    Eigen::MatrixX2d axes = solver.eigenvectors().rightCols<2>().rowwise().reverse();
    for (mohs::Index axis = 0; axis < 2; ++axis) {
        mohs::Index largest = 0;
        axes.col(axis).cwiseAbs().maxCoeff(&largest);
        axes.col(axis) *= axes(largest, axis) < 0 ? -1 : 1;
    }
    const double total = solver.eigenvalues().sum();
    return {centred * axes, total > 0 ? solver.eigenvalues().tail<2>().sum() / total : 0};
}

}  // namespace digits
