#pragma once

/// \file
/// How negatives are scored anew: what rescore_negatives is told.

#include <mohs/filter/positive_of.hpp>
#include <mohs/result/result.hpp>

#include <concepts>
#include <optional>
#include <span>

namespace mohs::inline MOHS_ABI {

/// What the numbers of a scorer are: probabilities of being a positive, in [0, 1]; their logits, larger for positives;
/// or values in the unit of the miner's metric, of which the closer ones are more of a positive.
enum class ScoreScale { probability, logit, value };

/// Options of rescore_negatives. The scale has to be given, and a threshold, a margin or both, in that scale: RocketQA
/// (Qu et al. 2021) takes candidates as negatives below a probability of 0.1, the SBERT models for MS MARCO below the
/// smallest logit of the query's positives less 3.
struct RescoreOptions {
    std::optional<ScoreScale> scale = std::nullopt;
    std::optional<double> threshold = std::nullopt;  ///< rejected where closer than that
    std::optional<double> margin = std::nullopt;     ///< rejected where closer than the positive's score less that
    PositiveOf of = PositiveOf::min;                 ///< which of the scores of several positives
    Index batch_size = 64;                           ///< pairs per call
};

/// Fills `scores[i]` for the pair of rows `pairs[i]`: their anchor and candidate.
template <class F>
concept PairScorer = std::invocable<const F&, std::span<const Pair>, std::span<double>>;

}  // namespace mohs::inline MOHS_ABI
