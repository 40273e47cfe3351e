#include "make_metric_miner.hpp"
#include "metric_miner.hpp"

namespace mine_corpus {

std::unique_ptr<Miner> make_dot_miner(const Settings& settings, const Inputs& inputs)
{
    return std::make_unique<MetricMiner<mohs::DotProduct>>(settings, inputs);
}

}  // namespace mine_corpus
