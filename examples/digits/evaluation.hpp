#pragma once

#include "data.hpp"
#include "scores.hpp"

#include <mohs/evaluation/retrieval.hpp>

namespace digits {

/// Every row is a query against all others; rows without another one of their class are left out. MAP@R (Musgrave,
/// Belongie and Lim 2020) of a query with R others of its class: the sum of the precisions at those of the ranks 1 to R
/// where the neighbour is of the class, divided by R. Recall@1, as metric learning calls the hit rate at 1: the share
/// of queries whose nearest neighbour is of their class.
template <class Metric>
Scores evaluate(Metric metric, const mohs::Matrix& embeddings, const Labels& labels)
{
    const mohs::RetrievalMetrics retrieval{metric, {.k = {1}}};
    const mohs::RetrievalMeans means = retrieval(mohs::Batch{embeddings, labels}, {.threads = 1}).overall;
    return {means.map_at_r, means.at_k.front().hit_rate};
}

}  // namespace digits
