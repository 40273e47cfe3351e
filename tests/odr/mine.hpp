#pragma once

#include <mohs/mohs.hpp>
#include <span>

#include "problem.hpp"

/// The same mining in every object. Internal linkage: the objects share nothing but the declarations in problem.hpp.
static void mine(const Problem& problem, Answer& answer)
{
    const Eigen::Map<const mohs::Matrix> rows(problem.rows, problem.count, problem.dimension);
    const std::span<const int> labels(problem.labels, static_cast<std::size_t>(problem.count));
    const mohs::Batch batch{rows, labels};
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const mohs::Triplets triplets = miner(batch);
    const mohs::TripletLoss loss{miner.metric(), {.margin = 0.2}};
    answer.loss = loss(batch, triplets).value;
    answer.size = static_cast<long>(triplets.size());
    for (long i = 0; i < answer.size; ++i) {
        answer.positives[i] = static_cast<long>(triplets.positives()[i]);
        answer.negatives[i] = static_cast<long>(triplets.negatives()[i]);
    }
}
