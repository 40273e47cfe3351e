#pragma once

/// \file
/// What the answers are checked against: cosines by plain loops in double precision.

#include "data.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace bench {

class Oracle {
public:
    explicit Oracle(const Data& data) : data_(data)
    {
        for (Index row = 0; row < rows(); ++row) {
            norms_.push_back(std::sqrt(dot(row, row)));
        }
    }

    [[nodiscard]] Index rows() const { return data_.rows.rows(); }

    /// How far a score may be from the exact one: a chain of D roundings, and those of normalising two rows, for rows
    /// of length 1. Winners that are closer together than twice this may be confused.
    [[nodiscard]] double tolerance() const
    {
        return (static_cast<double>(data_.rows.cols()) + 6) * std::numeric_limits<float>::epsilon() / 2;
    }

    [[nodiscard]] bool agrees(double value, double exact) const { return std::abs(value - exact) <= tolerance(); }

    [[nodiscard]] bool positive(Index a, Index b) const
    {
        return a != b && data_.labels[static_cast<std::size_t>(a)] == data_.labels[static_cast<std::size_t>(b)];
    }
    [[nodiscard]] bool negative(Index a, Index b) const
    {
        return data_.labels[static_cast<std::size_t>(a)] != data_.labels[static_cast<std::size_t>(b)];
    }
    [[nodiscard]] bool exists(Index row) const { return row >= 0 && row < rows(); }

    [[nodiscard]] double dot(Index a, Index b) const
    {
        double sum = 0;
        for (Index k = 0; k < data_.rows.cols(); ++k) {
            sum += static_cast<double>(data_.rows(a, k)) * static_cast<double>(data_.rows(b, k));
        }
        return sum;
    }
    [[nodiscard]] double cosine(Index a, Index b) const
    {
        return dot(a, b) / (norms_[static_cast<std::size_t>(a)] * norms_[static_cast<std::size_t>(b)]);
    }

    /// Anchors that are looked at: all where that is quick, else 32 spread over the batch, the ends included.
    [[nodiscard]] std::vector<Index> anchors() const
    {
        std::vector<Index> result;
        const Index count = rows() <= 256 ? rows() : 32;
        for (Index i = 0; i < count; ++i) {
            result.push_back(i * (rows() - 1) / (count - 1));
        }
        return result;
    }

private:
    const Data& data_;
    std::vector<double> norms_;
};

/// "anchor 12: `what`", for an answer that is wrong.
inline std::string wrong(Index anchor, const char* what)
{
    return "anchor " + std::to_string(anchor) + ": " + what;
}

}  // namespace bench
