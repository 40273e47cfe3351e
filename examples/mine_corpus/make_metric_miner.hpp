#pragma once

#include "miner.hpp"

namespace mine_corpus {

// One file each, so that they compile side by side.
std::unique_ptr<Miner> make_cosine_miner(const Settings& settings, const Inputs& inputs);
std::unique_ptr<Miner> make_dot_miner(const Settings& settings, const Inputs& inputs);
std::unique_ptr<Miner> make_euclidean_miner(const Settings& settings, const Inputs& inputs);

}  // namespace mine_corpus
