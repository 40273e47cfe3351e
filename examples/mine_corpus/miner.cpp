#include "miner.hpp"

#include "make_metric_miner.hpp"
#include "searched_index.hpp"

#include <stdexcept>

namespace mine_corpus {

std::unique_ptr<Miner> make_miner(const Settings& settings, const Inputs& inputs)
{
    if (!is_built_in(settings.index)) {
        throw std::runtime_error("--index " + settings.index + " is not built in: configure with -DMOHS_MINE_CORPUS_" +
                                 (settings.index == "hnsw" ? "HNSW" : "FAISS") + "=ON");
    }
    return settings.metric == "dot"         ? make_dot_miner(settings, inputs)
           : settings.metric == "euclidean" ? make_euclidean_miner(settings, inputs)
                                            : make_cosine_miner(settings, inputs);
}

bool is_sample(mohs::Index query, mohs::Index queries)
{
    constexpr mohs::Index count = 20;
    // The first query of each twentieth.
    return queries <= count || query == 0 || query * count / queries != (query - 1) * count / queries;
}

}  // namespace mine_corpus
