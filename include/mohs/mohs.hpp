#pragma once

/// \file
/// The whole core of mohs, as a table of contents. Nothing but includes: each header also stands alone.

// Rows, labels, sample ids, and who is positive for whom
#include <mohs/batch.hpp>
#include <mohs/relation.hpp>
#include <mohs/types.hpp>

// Metrics, what follows from their form, exact values, thresholds
#include <mohs/finish.hpp>
#include <mohs/measure.hpp>
#include <mohs/metric.hpp>
#include <mohs/threshold.hpp>

// Triplets: miners, and what they take as positive
#include <mohs/mining/positive/all_positives.hpp>
#include <mohs/mining/positive/easiest_positive.hpp>
#include <mohs/mining/positive/hardest_positive.hpp>
#include <mohs/mining/positive/random_positive.hpp>
#include <mohs/mining/triplet_enumerator.hpp>
#include <mohs/mining/triplet_miner.hpp>

// and as negative
#include <mohs/mining/negative/all_negatives.hpp>
#include <mohs/mining/negative/chosen_negative.hpp>
#include <mohs/mining/negative/distance_weighted_negative.hpp>
#include <mohs/mining/negative/easiest_negative.hpp>
#include <mohs/mining/negative/hardest_negative.hpp>
#include <mohs/mining/negative/random_negative.hpp>
#include <mohs/mining/negative/ranked_negatives.hpp>
#include <mohs/mining/negative/score_window_negative.hpp>
#include <mohs/mining/negative/semi_hard_beyond_all.hpp>
#include <mohs/mining/negative/semi_hard_negative.hpp>
#include <mohs/mining/negative/semi_hard_or_farthest.hpp>
#include <mohs/mining/negative/semi_hard_or_random.hpp>
#include <mohs/mining/negative/semi_hard_random.hpp>
#include <mohs/mining/negative/semi_hard_within_margin.hpp>
#include <mohs/mining/negative/weighted_negative.hpp>

// Filters: negatives that are kept away
#include <mohs/filter/exclude_by_guide.hpp>
#include <mohs/filter/exclude_by_guide_threshold.hpp>
#include <mohs/filter/exclude_close_rows.hpp>
#include <mohs/filter/exclude_if.hpp>
#include <mohs/filter/exclude_near_duplicates.hpp>
#include <mohs/filter/exclude_pairs.hpp>
#include <mohs/filter/exclude_same_group.hpp>
#include <mohs/filter/filter.hpp>
#include <mohs/filter/filter_query.hpp>
#include <mohs/filter/margin_to_positive.hpp>
#include <mohs/filter/positive_of.hpp>
#include <mohs/filter/rescore_options.hpp>
#include <mohs/filter/score_band.hpp>

// Filters that a search makes ready, and what becomes of suspected negatives
#include <mohs/filter/prepared/find_suspects.hpp>
#include <mohs/filter/prepared/near_duplicate_scale.hpp>
#include <mohs/filter/prepared/promote_suspects.hpp>
#include <mohs/filter/prepared/raw_rank_window.hpp>
#include <mohs/filter/prepared/rescore_negatives.hpp>

// Pairs and neighbours
#include <mohs/mining/nearest_neighbours.hpp>
#include <mohs/mining/pair/all_pairs.hpp>
#include <mohs/mining/pair/multi_similarity.hpp>
#include <mohs/mining/pair/pair_margin.hpp>
#include <mohs/mining/pair_miner.hpp>

// Losses, with their gradients, and what one of your own over tuples needs
#include <mohs/backward.hpp>
#include <mohs/loss/contrastive.hpp>
#include <mohs/loss/info_nce.hpp>
#include <mohs/loss/lifted_structure.hpp>
#include <mohs/loss/multi_similarity.hpp>
#include <mohs/loss/sigmoid.hpp>
#include <mohs/loss/triplet.hpp>
#include <mohs/loss/weigh_pairs.hpp>
#include <mohs/loss_options.hpp>

// Judges: rows whose labels are not to be trusted, and labels for rows without
#include <mohs/judge/confident_learning.hpp>
#include <mohs/judge/judgement.hpp>
#include <mohs/judge/margin_calibration.hpp>
#include <mohs/judge/neighbour_consensus.hpp>
#include <mohs/judge/neighbour_votes.hpp>
#include <mohs/judge/positive_consistency.hpp>
#include <mohs/judge/pseudo_labels.hpp>
#include <mohs/judge/score_strata.hpp>
#include <mohs/judge/share_estimate.hpp>

// Rows of steps before, as a gallery
#include <mohs/bank/cross_batch.hpp>
#include <mohs/bank/cross_batch_options.hpp>

// Evaluation
#include <mohs/evaluation/retrieval.hpp>
#include <mohs/evaluation/verification.hpp>

// What all of these return
#include <mohs/result/corpus_negatives.hpp>
#include <mohs/result/corpus_report.hpp>
#include <mohs/result/cross_batch_report.hpp>
#include <mohs/result/mined_record.hpp>
#include <mohs/result/pairs_of.hpp>
#include <mohs/result/popular_negatives.hpp>
#include <mohs/result/positive_lists.hpp>
#include <mohs/result/report.hpp>
#include <mohs/result/result.hpp>
#include <mohs/result/retrieval_result.hpp>
#include <mohs/result/suspects.hpp>
#include <mohs/result/verification_result.hpp>

// How they run, and on what
#include <mohs/config.hpp>
#include <mohs/isa.hpp>
#include <mohs/options.hpp>
#include <mohs/version.hpp>
#include <mohs/workspace.hpp>

// Strategies, scans and losses over all pairs of your own
#include <mohs/log_sum.hpp>
#include <mohs/number.hpp>
#include <mohs/pair_hooks.hpp>
#include <mohs/pair_sweep.hpp>
#include <mohs/scan.hpp>
#include <mohs/strategy.hpp>
#include <mohs/visitor.hpp>
