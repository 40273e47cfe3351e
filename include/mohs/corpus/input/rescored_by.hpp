#pragma once

/// \file
/// RescoredBy: negatives of a corpus that a slow model is asked about.

#include <mohs/filter/rescore_options.hpp>

namespace mohs::inline MOHS_ABI {

/// Makes a CorpusMiner ask a model that sees both rows at once, as a cross-encoder, about what all rules let pass: a
/// rule of its own, the last. `scorer` and `options` are those of `rescore_negatives`: what is closer than a
/// threshold, or than the score of the positive by a margin, is rejected, and so is what gets no finite score. Of a
/// list that belongs to one positive, that is the positive.
///
///     const auto model = [&](std::span<const mohs::Pair> pairs, std::span<double> scores) { ... };
///     const auto found = miner(queries, corpus, positives,
///                              mohs::RescoredBy{model, {.scale = mohs::ScoreScale::logit, .margin = 3}});
///
/// The closest are asked about first, list by list as many as are still wanted, in batches over all lists of a block
/// of queries; each pair once per list. Where they do not suffice the corpus is searched deeper, for these queries
/// alone, until the list is full or nothing is left. The order of negatives stays that of the metric. Where they are
/// drawn, the whole pool is asked about, of `Sampling::random` 100 survivors where none is given. The scorer has to
/// outlive the call, which throws what it throws, and what `rescore_negatives` throws for its options.
template <PairScorer Scorer>
struct RescoredBy {
    const Scorer& scorer;
    RescoreOptions options;
};
template <class Scorer>
RescoredBy(const Scorer&, RescoreOptions) -> RescoredBy<Scorer>;

}  // namespace mohs::inline MOHS_ABI
