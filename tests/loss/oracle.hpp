#pragma once

/// \file
/// What the tests of losses share: data, metrics written from their definitions, difference quotients.

#include <mohs/metric.hpp>
#include <mohs/options.hpp>
#include <mohs/result.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <thread>
#include <type_traits>
#include <vector>

namespace oracle {

using mohs::Index;
using Table = mohs::MatrixOf<double>;
using Labels = std::vector<std::int64_t>;

/// The same numbers with every standard library.
class Numbers {
public:
    explicit Numbers(std::uint64_t seed) : generator_(seed) {}
    double uniform() { return static_cast<double>(generator_() >> 11) * 0x1p-53; }
    double gaussian() { return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307179586 * uniform()); }
    Index below(Index bound) { return static_cast<Index>(generator_() % static_cast<std::uint64_t>(bound)); }

private:
    std::mt19937_64 generator_;
};

inline Table gaussian(Index rows, Index dimension, std::uint64_t seed)
{
    Numbers numbers(seed);
    Table result(rows, dimension);
    for (Index i = 0; i < result.size(); ++i) {
        result.data()[i] = numbers.gaussian();
    }
    return result;
}

inline Labels labels(Index rows, Index classes, std::uint64_t seed)
{
    Numbers numbers(seed);
    Labels result;
    for (Index i = 0; i < rows; ++i) {
        result.push_back(10 * numbers.below(classes) - 7);
    }
    return result;
}

template <class M>
inline constexpr bool normalises =
    std::is_same_v<M, mohs::Cosine> || std::is_same_v<M, mohs::Normalised<mohs::DotProduct>> ||
    std::is_same_v<M, mohs::Normalised<mohs::Euclidean>> || std::is_same_v<M, mohs::Normalised<mohs::SquaredEuclidean>>;
template <class M>
inline constexpr bool is_similarity = std::is_same_v<M, mohs::Cosine> || std::is_same_v<M, mohs::DotProduct> ||
                                      std::is_same_v<M, mohs::Normalised<mohs::DotProduct>>;
template <class M>
inline constexpr bool is_squared =
    std::is_same_v<M, mohs::SquaredEuclidean> || std::is_same_v<M, mohs::Normalised<mohs::SquaredEuclidean>>;

/// Similarity or distance, from its definition.
template <class M>
double value(const Table& anchors, Index anchor, const Table& candidates, Index candidate)
{
    Eigen::RowVectorXd a = anchors.row(anchor), b = candidates.row(candidate);
    if (normalises<M>) {
        a /= a.norm() > 0 ? a.norm() : 1;
        b /= b.norm() > 0 ? b.norm() : 1;
    }
    return is_similarity<M> ? a.dot(b) : is_squared<M> ? (a - b).squaredNorm() : (a - b).norm();
}

/// Central differences of `function` with respect to the elements of `moved`, which it reads.
template <class Function>
Table differences(Table& moved, const Function& function, double step = 1e-5)
{
    Table result(moved.rows(), moved.cols());
    for (Index i = 0; i < moved.size(); ++i) {
        double& element = moved.data()[i];
        const double from = element;
        element = from + step;
        const double above = function();
        element = from - step;
        const double below = function();
        element = from;
        result.data()[i] = (above - below) / (2 * step);
    }
    return result;
}

inline bool near(double found, double expected, double relative)
{
    return std::abs(found - expected) <= relative * std::abs(expected);
}

/// Difference quotients of smooth functions of order 1 with step 1e-5 are good to about 1e-10; 1e-7 tells any wrong
/// term.
template <class Gradient>
bool near(const Gradient& found, const Table& expected, double tolerance = 1e-7)
{
    if (found.rows() != expected.rows() || found.cols() != expected.cols()) {
        return false;
    }
    return found.size() == 0 || (found.template cast<double>() - expected).cwiseAbs().maxCoeff() <=
                                    tolerance * std::max(1.0, expected.cwiseAbs().maxCoeff());
}

/// Neither infinite nor NaN, told by bits: comparisons may lie under -ffast-math.
inline bool is_finite(double value)
{
    return (std::bit_cast<std::uint64_t>(value) & 0x7ff0000000000000U) != 0x7ff0000000000000U;
}
template <class Matrix>
bool all_finite(const Matrix& matrix)
{
    for (Index i = 0; i < matrix.size(); ++i) {
        if (!is_finite(static_cast<double>(matrix.data()[i]))) {
            return false;
        }
    }
    return true;
}

/// Bit by bit.
template <class Matrix>
bool same_bits(const Matrix& a, const Matrix& b)
{
    using Scalar = typename Matrix::Scalar;
    using Word = std::conditional_t<sizeof(Scalar) == 8, std::uint64_t, std::uint32_t>;
    if (a.rows() != b.rows() || a.cols() != b.cols()) {
        return false;
    }
    for (Index i = 0; i < a.size(); ++i) {
        if (std::bit_cast<Word>(a.data()[i]) != std::bit_cast<Word>(b.data()[i])) {
            return false;
        }
    }
    return true;
}

/// Runs bodies on std::threads, so that threads exist without OpenMP too.
inline mohs::Executor threads(int count)
{
    return [count](Index tasks, const std::function<void(Index)>& body) {
        std::vector<std::thread> pool;
        for (int thread = 0; thread < count; ++thread) {
            pool.emplace_back([&body, thread, count, tasks] {
                for (Index i = thread; i < tasks; i += count) {
                    body(i);
                }
            });
        }
        for (std::thread& thread : pool) {
            thread.join();
        }
    };
}

/// The options under which a streamed result must have the same bits.
inline std::vector<mohs::Options> thread_counts(mohs::IsaLevel isa)
{
    std::vector<mohs::Options> result;
    for (const int count : {1, 2, 3}) {
        mohs::Options options;
        options.isa = isa;
        options.threads = count;
        options.executor = threads(count);
        result.push_back(options);
    }
    return result;
}

}  // namespace oracle
