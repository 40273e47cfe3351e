#pragma once

#include "ratings.hpp"

#include <mohs/types.hpp>

#include <span>
#include <vector>

namespace recommendation {

/// What a user is trained on at once: an item that he likes, against items that he has not met.
struct Example {
    Index user, positive;
    std::span<const Index> negatives;
    /// What is taken off the logits of the negatives; empty, or one for each.
    std::span<const double> corrections;
};

/// `softmax`: the cross-entropy of the positive among itself and its negatives; `bpr`: log(1 + exp(s_n - s_p)) for each
/// negative (Rendle et al. 2009).
enum class LossKind { softmax, bpr };

struct ModelOptions {
    Index dimension = 32;
    double learning_rate = 0.1, l2 = 0.02, deviation = 0.1;
    LossKind loss = LossKind::softmax;
};

/// Matrix factorisation: two towers without anything but a row per id. The score of a user and an item is their dot
/// product and the bias of the item, which is its last column; the last column of a user is 1.
class Model {
public:
    Model(Index users, Index items, const ModelOptions& options, std::uint64_t seed);

    [[nodiscard]] const mohs::Matrix& users() const { return users_; }
    [[nodiscard]] const mohs::Matrix& items() const { return items_; }
    [[nodiscard]] float score(Index user, Index item) const { return users_.row(user).dot(items_.row(item)); }

    /// A step of Adagrad (Duchi et al. 2011) over the rows that the examples name. Returns the mean loss of an example.
    double train(std::span<const Example> examples);

private:
    void update(mohs::Matrix& rows, mohs::Matrix& squares, Index row, const mohs::Matrix& gradient, Index at) const;

    ModelOptions options_;
    mohs::Matrix users_, items_, user_squares_, item_squares_;
};

}  // namespace recommendation
