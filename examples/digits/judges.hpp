#pragma once

#include "strategies.hpp"

#include <mohs/judge/judgement.hpp>
#include <mohs/judge/pseudo_labels.hpp>
#include <mohs/mining/nearest_neighbours.hpp>

namespace digits {

// Neighbours among rows that a network embeds, and what these say of labels. Compiled once, for all studies.

mohs::Neighbours<Metric> nearest_neighbours(const mohs::Batch<float>& all, Index k);
/// The closest row of another label to each row.
mohs::Neighbours<Metric> closest_negatives(const mohs::Batch<float>& all);

/// Each row by its 10 nearest of all training rows.
mohs::Judgement consensus(const mohs::Batch<float>& all);
/// Each row by its 3 nearest of the batch.
mohs::Judgement consensus_in_batch(const mohs::Batch<float>& batch);
/// Each row by its 10 nearest in a bank.
mohs::Judgement consensus_of_bank(const mohs::Batch<float>& rows, const mohs::Batch<float>& bank);
mohs::Judgement confident(const mohs::Batch<float>& all);
mohs::Judgement consistent(const mohs::Batch<float>& all);
/// Labels for rows without, by the labelled ones.
mohs::PartialLabels pseudo_labels(const mohs::Batch<float>& all, const mohs::Batch<float>& labelled);

}  // namespace digits
