#pragma once

#include "negatives.hpp"

#include <functional>
#include <string>
#include <vector>

namespace recommendation {

struct StudyOptions {
    ModelOptions model;
    NegativeOptions negatives;
    HeldOut held_out = HeldOut::random;
    double test_share = 0.2;
    Index k = 10, epochs = 20, batch = 512;
    Index warm_up = 3;  ///< epochs with random negatives, before any are mined
    std::uint64_t seed = 1;
    Index seeds = 5;
    unsigned threads = 1;
};

/// What a model finds for the users who have something to find.
struct Quality {
    double recall = 0, ndcg = 0;
};

/// A model that was trained: on test, at the epoch whose NDCG on validation is best.
struct Run {
    Quality test;
    Index best_epoch = 0;
    std::vector<double> curve;  ///< NDCG on validation after each epoch
    /// Of all negatives after the warm-up, those that the user likes, in what is held out.
    double false_negatives = 0;
    double twins = 0;  ///< those that are nearly identical to something that the user likes
    double seconds = 0;
};

/// Trains a model by a method, on a split and with weights that depend on the seed alone.
[[nodiscard]] Run train(const Ratings& ratings, const Method& method, const StudyOptions& options, std::uint64_t seed,
                        const std::function<void()>& epoch_done = {});

/// How well a model ranks what users like in `wanted` among all items but those in `history`.
[[nodiscard]] Quality evaluate(const Model& model, const std::vector<Rating>& wanted,
                               const std::vector<Rating>& history, Index k);

/// Every method with every seed.
struct Study {
    std::string data;
    Index users = 0, items = 0, ratings = 0;
    StudyOptions options;
    std::vector<Method> methods;
    std::vector<std::vector<Run>> runs;  ///< by method
};

[[nodiscard]] Study run_study(const Ratings& ratings, const StudyOptions& options);

/// The cells of the table, the names of its columns first.
[[nodiscard]] std::vector<std::vector<std::string>> table_of(const Study& study);

/// What the table says, in sentences: which methods differ from random negatives by more than two standard errors.
[[nodiscard]] std::string account_of(const Study& study);

/// A page with the table and the course of training.
[[nodiscard]] std::string page_of(const Study& study);

}  // namespace recommendation
