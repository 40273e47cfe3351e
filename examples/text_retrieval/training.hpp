#pragma once

#include "linear_map.hpp"
#include "texts.hpp"

#include <mohs/metric.hpp>
#include <mohs/result/corpus_negatives.hpp>

#include <functional>

namespace text_retrieval {

/// Negatives for some queries among the passages, by embeddings of all texts: for each the closest of other senses.
/// Lists have the order of the queries; negatives are numbers of passages.
mohs::CorpusNegatives<mohs::Cosine> mine(const Texts& texts, const mohs::Matrix& embeddings,
                                         const std::vector<Index>& queries, Index count);

/// Where the negatives of a training step come from: drawn among all passages of other senses, or mined with the model as
/// it was a while ago.
enum class Negatives { random, mined };

struct TrainingOptions {
    Index steps = 300;
    Index mine_every = 50;  ///< steps
    Index negatives = 4;    ///< per query
    Index batch = 16;       ///< queries
    Index rank = 32;        ///< of the map
    double temperature = 0.05, rate = 1e-3;
    std::uint64_t seed = 1;
};

/// Trains a linear map on top of `features`, which has a row per text, so that queries of the split come close to a passage
/// of their sense, and away from the negatives: InfoNCE over each query, its passage and its own negatives. Equal options
/// give the same weights to begin with and the same queries in every step, whatever the negatives. `step` is called
/// after every step. Returns the embeddings of all texts.
mohs::Matrix train(const Texts& texts, const mohs::Matrix& features, const Split& split, Negatives from,
                   const TrainingOptions& options, const std::function<void()>& step);

/// How well queries find the passages of their sense.
struct Scores {
    double hit_at_1 = 0, recall_at_2 = 0, recall_at_5 = 0, mrr = 0;
    double same_word = 0;  ///< of the queries, those whose closest negative is about another meaning of their word
};
Scores evaluate(const Texts& texts, const mohs::Matrix& embeddings, const std::vector<Index>& queries);

}  // namespace text_retrieval
