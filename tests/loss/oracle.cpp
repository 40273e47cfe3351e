#include "oracle.hpp"

#include <bit>
#include <cmath>
#include <type_traits>

namespace oracle {

namespace {

template <class Gradient>
bool is_near(const Gradient& found, const Table& expected, double tolerance)
{
    if (found.rows() != expected.rows() || found.cols() != expected.cols()) {
        return false;
    }
    return found.size() == 0 || (found.template cast<double>() - expected).cwiseAbs().maxCoeff() <=
                                    tolerance * std::max(1.0, expected.cwiseAbs().maxCoeff());
}

template <class Matrix>
bool is_finite(const Matrix& matrix)
{
    for (Index i = 0; i < matrix.size(); ++i) {
        if (!reference::is_finite(static_cast<double>(matrix.data()[i]))) {
            return false;
        }
    }
    return true;
}

template <class Matrix>
bool has_same_bits(const Matrix& a, const Matrix& b)
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

}

Table gaussian(Index rows, Index dimension, std::uint64_t seed)
{
    reference::Generator generator(seed);
    Table result(rows, dimension);
    for (Index i = 0; i < result.size(); ++i) {
        result.data()[i] = reference::normal(generator);
    }
    return result;
}

Labels labels(Index rows, Index classes, std::uint64_t seed)
{
    reference::Generator generator(seed);
    Labels result;
    for (Index i = 0; i < rows; ++i) {
        result.push_back(10 * reference::uniform_below(generator, classes) - 7);
    }
    return result;
}

Table differences(Table& moved, const std::function<double()>& function, double step)
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

bool near(double found, double expected, double relative)
{
    return std::abs(found - expected) <= relative * std::abs(expected);
}

bool near(const Table& found, const Table& expected, double tolerance)
{
    return is_near(found, expected, tolerance);
}
bool near(const mohs::Matrix& found, const Table& expected, double tolerance)
{
    return is_near(found, expected, tolerance);
}

bool near_largest(const mohs::Matrix& found, const Table& expected, double relative)
{
    return found.rows() == expected.rows() && found.cols() == expected.cols() &&
           (found.cast<double>() - expected).cwiseAbs().maxCoeff() <= relative * expected.cwiseAbs().maxCoeff();
}

bool all_finite(const Table& matrix)
{
    return is_finite(matrix);
}
bool all_finite(const mohs::Matrix& matrix)
{
    return is_finite(matrix);
}

double log_sum(const std::vector<double>& x)
{
    double top = x[0], sum = 0;
    for (const double value : x) {
        top = std::max(top, value);
    }
    for (const double value : x) {
        sum += std::exp(value - top);
    }
    return top + std::log(sum);
}

std::vector<double> softmax_losses(const std::vector<double>& positives, const std::vector<double>& negatives,
                                   mohs::Denominator denominator)
{
    if (positives.empty() || negatives.empty()) {
        return {};
    }
    std::vector<double> all = negatives;
    all.insert(all.end(), positives.begin(), positives.end());
    const double count = static_cast<double>(positives.size());
    if (denominator == mohs::Denominator::summed_inside) {
        return {log_sum(all) - log_sum(positives) + std::log(count)};
    }
    std::vector<double> losses;
    double mean = 0;
    for (const double positive : positives) {
        std::vector<double> below = negatives;
        below.push_back(positive);
        losses.push_back(log_sum(below) - positive);
        mean += (log_sum(all) - positive) / count;
    }
    return denominator == mohs::Denominator::positives_excluded ? losses : std::vector<double>{mean};
}

bool same_bits(const Table& a, const Table& b)
{
    return has_same_bits(a, b);
}
bool same_bits(const mohs::Matrix& a, const mohs::Matrix& b)
{
    return has_same_bits(a, b);
}

std::vector<mohs::Options> thread_counts(mohs::IsaLevel isa)
{
    std::vector<mohs::Options> result;
    for (const int count : {1, 2, 3}) {
        result.push_back({.isa = isa, .threads = count, .executor = reference::thread_executor(count)});
    }
    return result;
}

}
