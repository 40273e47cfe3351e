#pragma once

// Catch2 3 has a header per topic, 2.13 has a single one. Tests include this and use what both have.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif

#include <Eigen/Core>

#include <functional>
#include <string>

/// The rows of a matrix: printing with Eigen is compiled anew for every type.
std::string text_of(Eigen::Index rows, Eigen::Index columns,
                    const std::function<double(Eigen::Index, Eigen::Index)>& element);

namespace Catch {
template <class Matrix>
struct StringMaker<Matrix, std::enable_if_t<std::is_base_of_v<Eigen::DenseBase<Matrix>, Matrix>>> {
    static std::string convert(const Matrix& matrix)
    {
        return text_of(matrix.rows(), matrix.cols(), [&](Eigen::Index row, Eigen::Index column) {
            return static_cast<double>(matrix.coeff(row, column));
        });
    }
};
}
