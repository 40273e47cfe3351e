#pragma once

#include <mohs/types.hpp>

#include <cmath>
#include <utility>

namespace digits {

/// Rows projected onto their two directions of largest variance, and the share of the variance that these hold.
///
/// The directions come from power iteration with deflation, as exact as a picture needs: Eigen's solvers for all
/// directions take longer to compile than the rest of the page. A direction is known up to its sign; the one whose
/// largest element is positive is taken.
inline std::pair<Eigen::MatrixX2d, double> project(const mohs::Matrix& rows)
{
    Eigen::MatrixXd centred = rows.cast<double>();
    centred.rowwise() -= centred.colwise().mean().eval();
    Eigen::MatrixXd covariance = centred.transpose() * centred;
    const double total = covariance.trace();
    Eigen::MatrixX2d axes(rows.cols(), 2);
    double held = 0;
    for (mohs::Index axis = 0; axis < 2; ++axis) {
        // A start that is hardly ever orthogonal to the direction looked for.
        mohs::Index largest = 0;
        covariance.diagonal().maxCoeff(&largest);
        Eigen::VectorXd direction = Eigen::VectorXd::Unit(rows.cols(), largest);
        for (int i = 0; i < 1000; ++i) {
            const Eigen::VectorXd image = covariance * direction;
            const double length = image.norm();
            if (!(length > 1e-12 * total)) {
                break;
            }
            direction = image / length;
        }
        const double variance = direction.dot(covariance * direction);
        covariance -= variance * direction * direction.transpose();
        held += variance;
        direction.cwiseAbs().maxCoeff(&largest);
        axes.col(axis) = direction[largest] < 0 ? Eigen::VectorXd(-direction) : direction;
    }
    return {centred * axes, total > 0 ? held / total : 0};
}

}  // namespace digits
