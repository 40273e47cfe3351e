#pragma once

#include "../common/random.hpp"

#include <mohs/types.hpp>

#include <cmath>

namespace text_retrieval {

using mohs::Index;

/// x + x A B for rows x, with A of D x R and B of R x D: a linear map that begins as the identity, because B is 0, so
/// that training starts from the embeddings as they are (the form of LoRA, Hu et al. 2022).
class LinearMap {
public:
    using Vector = Eigen::VectorXf;

    LinearMap(Index columns, Index rank, examples::Random& random)
        : columns_(columns), rank_(rank), parameters_(Vector::Zero(2 * columns * rank))
    {
        // x A is about as long as x.
        const double limit = std::sqrt(3.0 / static_cast<double>(rank));
        for (Index i = 0; i < columns * rank; ++i) {
            parameters_[i] = static_cast<float>(random.symmetric(limit));
        }
    }

    [[nodiscard]] mohs::Matrix forward(const mohs::Matrix& rows) const { return rows + (rows * down()) * up(); }

    /// The gradient by the parameters, from that by the rows that `forward` returned.
    void backward(const mohs::Matrix& rows, const mohs::Matrix& by_output, Vector& gradient) const
    {
        gradient.resize(parameters_.size());
        Eigen::Map<mohs::Matrix>(gradient.data(), columns_, rank_).noalias() =
            rows.transpose() * (by_output * up().transpose());
        Eigen::Map<mohs::Matrix>(gradient.data() + columns_ * rank_, rank_, columns_).noalias() =
            (rows * down()).transpose() * by_output;
    }

    [[nodiscard]] Vector& parameters() { return parameters_; }

private:
    [[nodiscard]] Eigen::Map<const mohs::Matrix> down() const { return {parameters_.data(), columns_, rank_}; }
    [[nodiscard]] Eigen::Map<const mohs::Matrix> up() const
    {
        return {parameters_.data() + columns_ * rank_, rank_, columns_};
    }

    Index columns_, rank_;
    Vector parameters_;
};

}  // namespace text_retrieval
