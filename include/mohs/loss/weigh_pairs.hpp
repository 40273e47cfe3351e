#pragma once

/// \file
/// weigh_pairs: a loss over all pairs, of which some weigh less, or more.

#include <mohs/detail/base/listed_rows.hpp>
#include <mohs/pair_sweep.hpp>
#include <mohs/result/suspects.hpp>

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// A pair of rows, and what it weighs.
struct WeighedPair {
    Index anchor, candidate;
    double weight;
};

/// Options of PairWeights.
struct PairWeightsOptions {
    bool either_end = false;  ///< of a batch against itself: with an anchor and a candidate, also the two turned round
};

/// What single pairs of rows weigh: those that are not listed 1, those listed more than once the least that is said.
/// Weights are finite and at least 1e-12; a pair that is to weigh nothing is left out, by ExcludePairs.
///
/// Throws std::out_of_range for rows that the batches do not have, std::invalid_argument for other weights, for
/// `either_end` with two batches and for numbers of rows below 0. O(pairs log) to make, O(log) of the list of an anchor
/// to ask, 16 bytes per pair.
class PairWeights {
public:
    /// Within a batch, or with numbers of anchors and candidates.
    PairWeights(std::span<const WeighedPair> pairs, Index rows, const PairWeightsOptions& options = {})
        : PairWeights(pairs, rows, rows, options)
    {
    }
    PairWeights(std::span<const WeighedPair> pairs, Index anchors, Index candidates,
                const PairWeightsOptions& options = {})
        : candidates_(candidates)
    {
        const detail::ListedRows rows("PairWeights", anchors, candidates, options.either_end);
        lists_ = rows.lists(pairs);
        weights_.assign(static_cast<std::size_t>(lists_.size()), detail::highest<double>);
        for (const WeighedPair& pair : pairs) {
            if (!detail::is_finite(pair.weight) || pair.weight < 1e-12) {
                detail::throw_bad_value("PairWeights: weight", pair.weight, "finite and at least 1e-12");
            }
            rows.for_each_end(pair, [&](Index anchor, Index candidate) {
                double& least = weights_[static_cast<std::size_t>(lists_.find(anchor, candidate))];
                least = (std::min)(least, pair.weight);
            });
        }
    }
    /// Suspected negatives, with one weight for all or a callable that takes a Suspect.
    template <class Weight>
    PairWeights(const Suspects& suspects, const Weight& weight, Index rows, const PairWeightsOptions& options = {})
        : PairWeights(weighed(suspects, weight), rows, rows, options)
    {
    }
    template <class Weight>
    PairWeights(const Suspects& suspects, const Weight& weight, Index anchors, Index candidates,
                const PairWeightsOptions& options = {})
        : PairWeights(weighed(suspects, weight), anchors, candidates, options)
    {
    }

    [[nodiscard]] double operator()(Index anchor, Index candidate) const
    {
        const Index at = lists_.find(anchor, candidate);
        return at < 0 ? 1 : weights_[static_cast<std::size_t>(at)];
    }

    void check_sizes(Index anchor_rows, Index candidate_rows) const
    {
        if (anchor_rows != lists_.anchors() || candidate_rows != candidates_) {
            detail::throw_invalid("PairWeights: made for " + std::to_string(lists_.anchors()) + " anchors and " +
                                  std::to_string(candidates_) + " candidates, but there are " +
                                  std::to_string(anchor_rows) + " and " + std::to_string(candidate_rows));
        }
    }

private:
    template <class Weight>
    static std::vector<WeighedPair> weighed(const Suspects& suspects, const Weight& weight)
    {
        std::vector<WeighedPair> result;
        for (const Suspect& suspect : detail::suspected_negatives(suspects)) {
            if constexpr (std::is_invocable_v<const Weight&, const Suspect&>) {
                result.push_back({suspect.anchor, suspect.candidate, static_cast<double>(weight(suspect))});
            } else {
                result.push_back({suspect.anchor, suspect.candidate, static_cast<double>(weight)});
            }
        }
        return result;
    }

    Index candidates_;
    detail::RowLists lists_;
    std::vector<double> weights_;
};

/// Hooks with weights of single pairs, times those that they have themselves. The weights are shared by copies.
template <PairHooks Hooks>
struct WeighedHooks : Hooks {
    std::shared_ptr<const PairWeights> weights;

    [[nodiscard]] double pair_weight(Anchor anchor, Candidate candidate) const
    {
        const double weight = (*weights)(anchor.row, candidate.row);
        if constexpr (detail::HookTraits<Hooks>::has_weight) {
            return weight * static_cast<double>(Hooks::pair_weight(anchor, candidate));
        } else {
            return weight;
        }
    }

    void check_sizes(Index anchors, Index candidates) const
    {
        weights->check_sizes(anchors, candidates);
        if constexpr (requires(const Hooks& hooks) { hooks.check_sizes(anchors, candidates); }) {
            Hooks::check_sizes(anchors, candidates);
        }
    }
};

/// The loss, with its options, reduction and filters, where pairs weigh what `weights` say: suspected false negatives
/// count less instead of not at all.
///
///     const mohs::MultiSimilarityLoss loss{mohs::Cosine{}};
///     const auto weighed = mohs::weigh_pairs(loss, {suspects, 0.3, batch.rows()});
///     const mohs::LossResult<float> result = weighed(batch);
///
/// It takes every loss on PairSweep, as MultiSimilarityLoss, SigmoidLoss and LiftedStructureLoss, and those with hooks
/// of your own that use `pair.weight`; hooks that do not look at it are not changed by it. What a weight means is the
/// loss's: of sums of exponentials it is a factor of the terms, of the sigmoid loss one of the pair's loss. Of queries
/// and candidates pairs are named from the queries; within a batch from either row as the anchor. Called with other
/// numbers of rows than the weights were made for, it throws std::invalid_argument before any work.
///
/// Weights cost a look-up per pair and pass, and stripes that are all negatives are no longer summed without masks.
template <Metric M, PairHooks Hooks, class... Filters>
[[nodiscard]] PairSweep<M, WeighedHooks<Hooks>, Filters...> weigh_pairs(const PairSweep<M, Hooks, Filters...>& loss,
                                                                        PairWeights weights)
{
    WeighedHooks<Hooks> hooks{loss.hooks(), std::make_shared<const PairWeights>(std::move(weights))};
    return std::apply(
        [&](const Filters&... filters) {
            return PairSweep<M, WeighedHooks<Hooks>, Filters...>(M{}, hooks, loss.reduction(), filters...);
        },
        loss.filters());
}

}  // namespace mohs::inline MOHS_ABI
