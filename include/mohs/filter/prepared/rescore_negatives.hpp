#pragma once

/// \file
/// rescore_negatives: the nearest negatives, judged pair by pair by a model that is too slow for all of them.

#include <mohs/detail/scene/relation_of.hpp>
#include <mohs/filter/exclude_by_guide_threshold.hpp>
#include <mohs/filter/exclude_pairs.hpp>

#include <cmath>
#include <concepts>
#include <cstdio>
#include <limits>
#include <optional>
#include <span>

namespace mohs::inline MOHS_ABI {

/// What the numbers of a scorer are: probabilities of being a positive, in [0, 1]; their logits, larger for positives; or
/// values in the unit of the miner's metric, of which the closer ones are more of a positive.
enum class ScoreScale { probability, logit, value };

/// Options of rescore_negatives. The scale has to be given, and a threshold, a margin or both, in that scale: RocketQA (Qu et
/// al. 2021) takes candidates as negatives below a probability of 0.1, the SBERT models for MS MARCO below the smallest
/// logit of the query's positives less 3.
struct RescoreOptions {
    std::optional<ScoreScale> scale = std::nullopt;
    std::optional<double> threshold = std::nullopt;  ///< rejected where closer than that
    std::optional<double> margin = std::nullopt;     ///< rejected where closer than the positive's score less that
    GuideOf of = GuideOf::min;  ///< which of the scores of several positives, as numbers: of distances the closest is `min`
    Index batch_size = 64;      ///< pairs per call
};

/// What became of the pairs that were scored.
struct Rescored {
    ExcludePairs filter;      ///< rejects what was found to be no negative
    Suspects suspects;        ///< the same, but for pairs without a score, with their scores
    Index asked = 0;          ///< pairs that were scored, those with positives included
    Index without_score = 0;  ///< of these, pairs whose score is not finite
};

/// Fills `scores[i]` for the pair of rows `pairs[i]`: their anchor and candidate.
template <class F>
concept PairScorer = std::invocable<const F&, std::span<const Pair>, std::span<double>>;

namespace detail {

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
            const std::size_t count =
                (std::min)(static_cast<std::size_t>(options_.batch_size), pairs.size() - begin);
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
        double least = 0, most = 0, sum = 0;
        std::size_t count = 0, at_least = begin, at_most = begin;
        for (std::size_t i = begin; i < end; ++i) {
            if (has_score(i)) {
                at_least = count == 0 || scores_[i] < least ? i : at_least;
                at_most = count == 0 || scores_[i] > most ? i : at_most;
                least = scores_[at_least];
                most = scores_[at_most];
                sum += scores_[i];
                ++count;
            }
        }
        if (count == 0) {
            return {begin < end, std::nullopt, -1};
        }
        const double score = options_.of == GuideOf::min   ? least
                             : options_.of == GuideOf::max ? most
                                                           : sum / static_cast<double>(count);
        const double margin = options_.margin.value_or(0);
        return {false, larger_is_closer() ? score - margin : score + margin,
                options_.of == GuideOf::mean ? -1 : pairs_[options_.of == GuideOf::min ? at_least : at_most].candidate};
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
        return *options_.scale == ScoreScale::logit ? 1 / (1 + std::exp((std::min)(700.0, -scores_[at])))
               : larger_is_closer()                 ? scores_[at]
                                                    : -scores_[at];
    }

private:
    [[nodiscard]] bool is_probability() const { return *options_.scale == ScoreScale::probability; }
    [[nodiscard]] bool larger_is_closer() const
    {
        return *options_.scale != ScoreScale::value || Finish<M>::larger_is_closer;
    }
    [[nodiscard]] bool closer(double score, double bound) const
    {
        return larger_is_closer() ? score > bound : score < bound;
    }

    const Scorer& scorer_;
    const RescoreOptions& options_;
    std::vector<Pair> pairs_;
    std::vector<double> scores_;
    Index without_score_ = 0;
};

template <Metric M, class A, class B, class Scorer>
Rescored rescore(const Neighbours<M>& negatives, const Batch<A>& anchors, const Batch<B>& candidates, bool self,
                 const Scorer& scorer, const RescoreOptions& options)
{
    Rescorer<M, Scorer> rescorer(scorer, options);
    if (negatives.rows() != anchors.rows()) {
        throw_size_mismatch("rescore_negatives", anchors.rows(), negatives.rows(), "rows with neighbours");
    }
    /// Where the pairs of an anchor begin: first its positives, then its negatives.
    struct Part {
        Index anchor;
        std::size_t begin, negatives, end;
    };
    std::vector<Part> parts;
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    const auto scene = open_scene<DotProduct>(
        {.verb = "rescore_negatives", .self = self, .needs_relation = rescorer.wants_positives()}, anchors, candidates,
        {}, workspace, PackOrder::no_panels);
    for (Index position = 0; position < scene.anchors.rows(); ++position) {
        const Index anchor = scene.anchors.row_of(position);
        Part part{anchor, rescorer.size(), 0, 0};
        if (negatives.count(anchor) == 0) {
            continue;
        }
        if (rescorer.wants_positives()) {
            const Positions positives = positives_of(scene, position);
            for (Index i = 0; i < positives.size(); ++i) {
                if (relation_of(scene, position, positives[i]) == Related::positive) {
                    rescorer.add(anchor, scene.candidates.row_of(positives[i]));
                }
            }
        }
        part.negatives = rescorer.size();
        for (Index rank = 0; rank < negatives.count(anchor); ++rank) {
            check_row("rescore_negatives: neighbour", negatives.index(anchor, rank), candidates.rows());
            rescorer.add(anchor, negatives.index(anchor, rank));
        }
        part.end = rescorer.size();
        parts.push_back(part);
    }
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.anchor < b.anchor; });
    rescorer.score();
    std::vector<Pair> rejected;
    Suspects suspects;
    for (const Part& part : parts) {
        const auto reference = rescorer.reference_of(part.begin, part.negatives);
        for (std::size_t at = part.negatives; at < part.end; ++at) {
            if (!rescorer.rejects(at, reference)) {
                continue;
            }
            rejected.push_back(rescorer.pair(at));
            if (rescorer.has_score(at)) {
                suspects.push_back({.of = Suspicion::negative,
                                    .anchor = part.anchor,
                                    .candidate = rescorer.pair(at).candidate,
                                    .positive = reference.positive,
                                    .score = rescorer.suspicion(at),
                                    .reason = "rejected_by_rescoring"});
            }
        }
    }
    return {ExcludePairs(rejected, anchors.rows(), candidates.rows()), std::move(suspects),
            static_cast<Index>(rescorer.size()), rescorer.without_score()};
}

}  // namespace detail

/// Has the nearest negatives of every anchor scored, pair by pair and in batches, by a model that sees both rows at once (a
/// cross-encoder), and finds those that it takes for positives.
///
///     const auto nearest = mohs::NearestNeighbours{metric, {.k = 10, .among = mohs::Among::negatives}}(queries, gallery);
///     const mohs::Rescored found = mohs::rescore_negatives(
///         nearest, queries, gallery,
///         [&](std::span<const mohs::Pair> pairs, std::span<double> scores) { ... scores[i] = model(texts of pairs[i]) },
///         {.scale = mohs::ScoreScale::logit, .margin = 3});
///     mohs::InfoNCE{metric, {}, found.filter}(queries, gallery);
///
/// What the scores are is declared, `scale`, and so are threshold and margin. A negative is rejected whose score is strictly
/// closer than `threshold`, or than the score of the anchor's positive, moved away by `margin`: score > p - margin where
/// larger is closer. Of several positives p is the smallest, the largest or the mean score; an anchor without any is
/// judged by the threshold alone. Then the positives of anchors with neighbours are scored as well: with labels, all rows of
/// the class.
///
/// Every pair is scored once: anchor by anchor, its positives, then its negatives, closest first; within a batch, (i, j)
/// and (j, i) are two pairs, as a cross-encoder may see them so. The scorer is called on the calling thread, with at most
/// `batch_size` pairs, and what it throws passes. A score that is not finite, or was not written, does not pass in silence: its
/// pair is rejected, and counted in `without_score`; of several positives such ones do not count, and where all are, the
/// anchor's negatives are rejected. Suspects are anchor by anchor, closest neighbour first, with the positive that was
/// compared with, and a score: the probability, that of the logit, or the similarity, or distance negated.
///
/// Throws std::invalid_argument, before a pair is scored, for a scale that is not given, neither threshold nor margin, those
/// that are not finite, a probability outside [0, 1], a batch size below 1, neighbours of another number of rows and
/// batches that other verbs refuse, with a margin those of which nothing says who is positive; std::out_of_range for
/// neighbours that there are not; after that, std::invalid_argument for a score outside [0, 1] that is said to be a
/// probability. Time and memory: those of the scorer, and 24 bytes per pair.
template <Metric M, class A, PairScorer Scorer>
[[nodiscard]] Rescored rescore_negatives(const Neighbours<M>& negatives, const Batch<A>& batch, const Scorer& scorer,
                                         const RescoreOptions& options)
{
    return detail::rescore(negatives, batch, batch, true, scorer, options);
}

/// The same of queries and candidates.
template <Metric M, class A, class B, PairScorer Scorer>
[[nodiscard]] Rescored rescore_negatives(const Neighbours<M>& negatives, const Batch<A>& queries,
                                         const Batch<B>& candidates, const Scorer& scorer,
                                         const RescoreOptions& options)
{
    return detail::rescore(negatives, queries, candidates, false, scorer, options);
}

}  // namespace mohs::inline MOHS_ABI
