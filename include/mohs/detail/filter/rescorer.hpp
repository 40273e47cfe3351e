#pragma once

/// \file
/// Pairs that are scored by a callable, and what their scores say.

#include <mohs/filter/rescore_options.hpp>
#include <mohs/finish.hpp>

#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Scores pairs, each once, and decides by them.
template <Metric M, PairScorer Scorer>
class Rescorer {
public:
    Rescorer(const Scorer& scorer, const RescoreOptions& options) : scorer_(scorer), options_(options)
    {
        if (!options.scale) {
            throw_rule("rescore_negatives", "the scale of the scores has to be given, as ScoreScale::logit");
        }
        if (!options.threshold && !options.margin) {
            throw_rule("rescore_negatives", "without a threshold or a margin nothing would be rejected");
        }
        check_finite("rescore_negatives: threshold", options.threshold.value_or(0));
        check_finite("rescore_negatives: margin", options.margin.value_or(0));
        if (is_probability() && options.threshold && !(*options.threshold >= 0 && *options.threshold <= 1)) {
            throw_bad_value("rescore_negatives: threshold", *options.threshold, "between 0 and 1, as a probability");
        }
        check_of_pairs("rescore_negatives", options.of);
        if (options.batch_size < 1) {
            throw_bad_value("rescore_negatives: batch_size", static_cast<double>(options.batch_size), "at least 1");
        }
    }

    [[nodiscard]] bool wants_positives() const { return options_.margin.has_value(); }
    void add(Index anchor, Index candidate) { pairs_.push_back({anchor, candidate}); }

    /// Scores all pairs, in the order in which they were added.
    void score()
    {
        scores_.assign(pairs_.size(), std::numeric_limits<double>::quiet_NaN());
        const std::span<const Pair> pairs(pairs_);
        const std::span<double> scores(scores_);
        for (std::size_t begin = 0; begin < pairs.size(); begin += static_cast<std::size_t>(options_.batch_size)) {
            const std::size_t count = (std::min)(static_cast<std::size_t>(options_.batch_size), pairs.size() - begin);
            scorer_(pairs.subspan(begin, count), scores.subspan(begin, count));
        }
        for (std::size_t i = 0; i < scores_.size(); ++i) {
            if (is_probability() && is_finite(scores_[i]) && !(scores_[i] >= 0 && scores_[i] <= 1)) {
                char text[32];
                std::snprintf(text, sizeof(text), "%.9g", scores_[i]);
                throw_invalid("rescore_negatives: the score of anchor " + std::to_string(pairs_[i].anchor) +
                              " and candidate " + std::to_string(pairs_[i].candidate) + " is " + text +
                              ", but ScoreScale::probability is between 0 and 1");
            }
            without_score_ += is_finite(scores_[i]) ? 0 : 1;
        }
    }

    [[nodiscard]] const Pair& pair(std::size_t at) const { return pairs_[at]; }
    [[nodiscard]] std::size_t size() const { return pairs_.size(); }
    [[nodiscard]] Index without_score() const { return without_score_; }
    [[nodiscard]] bool has_score(std::size_t at) const { return is_finite(scores_[at]); }

    /// What the positives with the numbers [begin, end) say of negatives.
    struct Reference {
        bool unknown = false;         ///< there are positives, none of them with a score
        std::optional<double> bound;  ///< nothing may be closer
        Index positive = -1;
    };
    [[nodiscard]] Reference reference_of(std::size_t begin, std::size_t end) const
    {
        PositiveTally tally;
        for (std::size_t i = begin; i < end; ++i) {
            if (has_score(i)) {
                tally.add(scores_[i]);
            }
        }
        if (tally.count() == 0) {
            return {begin < end, std::nullopt, -1};
        }
        const double score = tally.values().of(options_.of), margin = options_.margin.value_or(0);
        Reference result;
        result.bound = by_finish([&](auto finish) { return decltype(finish)::farther_by(score, margin); });
        // The first with that score; a mean is that of no positive.
        for (std::size_t i = begin; i < end && result.positive < 0 && options_.of != PositiveOf::mean; ++i) {
            result.positive = has_score(i) && scores_[i] == score ? pairs_[i].candidate : -1;
        }
        return result;
    }
    [[nodiscard]] bool rejects(std::size_t at, const Reference& reference) const
    {
        return !has_score(at) || reference.unknown ||
               (options_.threshold && closer(scores_[at], *options_.threshold)) ||
               (reference.bound && closer(scores_[at], *reference.bound));
    }
    /// The more, the more suspicious: a probability where there is one.
    [[nodiscard]] double suspicion(std::size_t at) const
    {
        return *options_.scale == ScoreScale::logit
                   ? 1 / (1 + std::exp((std::min)(700.0, -scores_[at])))
                   : by_finish([&](auto finish) { return decltype(finish)::closeness(scores_[at]); });
    }

private:
    [[nodiscard]] bool is_probability() const { return *options_.scale == ScoreScale::probability; }
    /// Calls `use` with what says which score is closer: values are those of the metric, probabilities and logits are
    /// similarities.
    template <class Use>
    [[nodiscard]] auto by_finish(const Use& use) const
    {
        return *options_.scale == ScoreScale::value ? use(Finish<M>{}) : use(Finish<DotProduct>{});
    }
    [[nodiscard]] bool closer(double score, double bound) const
    {
        return by_finish([&](auto finish) { return decltype(finish)::closer(score, bound); });
    }

    const Scorer& scorer_;
    const RescoreOptions& options_;
    std::vector<Pair> pairs_;
    std::vector<double> scores_;
    Index without_score_ = 0;
};

}  // namespace mohs::inline MOHS_ABI::detail
