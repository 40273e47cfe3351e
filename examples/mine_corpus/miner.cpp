#include "miner.hpp"

#include "metric_miner.hpp"

#include <stdexcept>

namespace mine_corpus {

std::unique_ptr<Miner> make_miner(const Settings& settings, const Inputs& inputs)
{
    if (!is_built_in(settings.index)) {
        throw std::runtime_error("--index " + settings.index + " is not built in: configure with -DMOHS_MINE_CORPUS_" +
                                 (settings.index == "hnsw" ? "HNSW" : "FAISS") + "=ON");
    }
    if (settings.metric == "dot") {
        return std::make_unique<MetricMiner<mohs::DotProduct>>(settings, inputs);
    }
    if (settings.metric == "euclidean") {
        return std::make_unique<MetricMiner<mohs::Euclidean>>(settings, inputs);
    }
    return std::make_unique<MetricMiner<mohs::Cosine>>(settings, inputs);
}

}  // namespace mine_corpus
