#pragma once

#include "training.hpp"

#include <iosfwd>

namespace text_retrieval {

/// The closest negatives of a held-out query, as of a model.
struct Neighbourhood {
    double positive = 0;                              ///< the similarity of the closest passage of its sense
    std::vector<std::pair<Index, double>> negatives;  ///< rows of texts, and their similarities
};

/// A query before training and after, for people to look at.
struct Sample {
    Index query = 0;
    Neighbourhood before, after;
};

/// The same texts under three models, for some seeds.
struct Study {
    std::vector<Scores> untrained, random, mined;  ///< by seed: of the queries that the seed holds out
    std::vector<Sample> samples;                   ///< of the first seed, after training with mined negatives
};

/// Runs it. `options.seed` is the first seed.
Study run_study(const Texts& texts, const mohs::Matrix& features, const TrainingOptions& options, std::size_t seeds);

void print(std::ostream& stream, const Texts& texts, const Study& study);

}  // namespace text_retrieval
