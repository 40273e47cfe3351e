#pragma once

#include <mohs/batch.hpp>
#include <mohs/corpus/input/corpus_options.hpp>
#include <mohs/relation.hpp>
#include <mohs/result/corpus_negatives.hpp>

namespace text_retrieval {

/// What a CorpusMiner by cosine, without filters, finds: here so that it is compiled once.
mohs::CorpusNegatives<mohs::Cosine> closest_negatives(const mohs::Batch<float>& queries,
                                                      const mohs::Batch<float>& corpus, const mohs::Relation& positives,
                                                      const mohs::CorpusOptions& options);

}  // namespace text_retrieval
