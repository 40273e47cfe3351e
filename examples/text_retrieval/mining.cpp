#include "mining.hpp"

#include <mohs/corpus/corpus_miner.hpp>

namespace text_retrieval {

mohs::CorpusNegatives<mohs::Cosine> closest_negatives(const mohs::Batch<float>& queries,
                                                      const mohs::Batch<float>& corpus, const mohs::Relation& positives,
                                                      const mohs::CorpusOptions& options)
{
    return mohs::CorpusMiner{mohs::Cosine{}, options}(queries, corpus, positives);
}

}  // namespace text_retrieval
