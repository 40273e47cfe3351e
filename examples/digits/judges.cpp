#include "judges.hpp"

#include <mohs/judge/confident_learning.hpp>
#include <mohs/judge/neighbour_consensus.hpp>
#include <mohs/judge/positive_consistency.hpp>

namespace digits {

namespace {

using Batch = mohs::Batch<float>;

const mohs::Options one_thread{.threads = 1};

}  // namespace

mohs::Neighbours<Metric> nearest_neighbours(const Batch& all, Index k)
{
    return mohs::NearestNeighbours{Metric{}, {.k = k}}(all, one_thread);
}

mohs::Neighbours<Metric> closest_negatives(const Batch& all)
{
    return mohs::NearestNeighbours{Metric{}, {.k = 1, .among = mohs::Among::negatives}}(all, one_thread);
}

mohs::Judgement consensus(const Batch& all)
{
    return mohs::NeighbourConsensus{Metric{}, {.k = 10}}(all, one_thread);
}

mohs::Judgement consensus_in_batch(const Batch& batch)
{
    return mohs::NeighbourConsensus{Metric{}, {.k = 3}}(batch, one_thread);
}

mohs::Judgement consensus_of_bank(const Batch& rows, const Batch& bank)
{
    return mohs::NeighbourConsensus{Metric{}, {.k = 10}}(rows, bank, one_thread);
}

mohs::Judgement confident(const Batch& all)
{
    return mohs::ConfidentLearning{Metric{}, {.k = 10}}(all, one_thread);
}

mohs::Judgement consistent(const Batch& all)
{
    return mohs::PositiveConsistency{Metric{}, {.k = 10}}(all, one_thread);
}

mohs::PartialLabels pseudo_labels(const Batch& all, const Batch& labelled)
{
    return mohs::PseudoLabels{Metric{}, {.k = 5, .positive_from = 0.8, .negative_up_to = 0.1}}(all, labelled,
                                                                                               one_thread);
}

}  // namespace digits
