#pragma once

/// \file
/// rescore_negatives: the nearest negatives, judged pair by pair by a model that is too slow for all of them.

#include <mohs/detail/filter/rescorer.hpp>
#include <mohs/detail/scene/relation_of.hpp>
#include <mohs/filter/exclude_pairs.hpp>

#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// What became of the pairs that were scored.
struct Rescored {
    ExcludePairs filter;      ///< rejects what was found to be no negative
    Suspects suspects;        ///< the same, but for pairs without a score, with their scores
    Index asked = 0;          ///< pairs that were scored, those with positives included
    Index without_score = 0;  ///< of these, pairs whose score is not finite
};

namespace detail {

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
    std::vector<Index> position_of(static_cast<std::size_t>(anchors.rows()), -1);
    for (Index position = 0; position < scene.anchors.rows(); ++position) {
        position_of[static_cast<std::size_t>(scene.anchors.row_of(position))] = position;
    }
    for (Index anchor = 0; anchor < anchors.rows(); ++anchor) {
        Part part{anchor, rescorer.size(), 0, 0};
        const Index position = position_of[static_cast<std::size_t>(anchor)];
        if (negatives.count(anchor) == 0) {
            continue;
        }
        if (rescorer.wants_positives() && position >= 0) {
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

/// Has the nearest negatives of every anchor scored, pair by pair and in batches, by a model that sees both rows at
/// once (a cross-encoder), and finds those that it takes for positives.
///
///     const mohs::NearestNeighbours search{metric, {.k = 10, .among = mohs::Among::negatives}};
///     const mohs::Rescored found = mohs::rescore_negatives(
///         search(queries, gallery), queries, gallery,
///         [&](std::span<const mohs::Pair> pairs, std::span<double> scores) { ... scores[i] = model(pairs[i]) ... },
///         {.scale = mohs::ScoreScale::logit, .margin = 3});
///     mohs::InfoNCE{metric, {}, found.filter}(queries, gallery);
///
/// What the scores are is declared, `scale`, and so are threshold and margin. A negative is rejected whose score is
/// strictly closer than `threshold`, or than the score of the anchor's positive, moved away by `margin`: score > p -
/// margin where larger is closer. Of several positives p is the smallest, the largest or the mean score; an anchor
/// without any is judged by the threshold alone. Then the positives of anchors with neighbours are scored as well: with
/// labels, all rows of the class.
///
/// Every pair is scored once: anchor by anchor, its positives, then its negatives, closest first; within a batch, (i,
/// j) and (j, i) are two pairs, as a cross-encoder may see them so. The scorer is called on the calling thread, with at
/// most `batch_size` pairs, and what it throws passes. A score that is not finite, or was not written, does not pass in
/// silence: its pair is rejected, and counted in `without_score`; of several positives such ones do not count, and
/// where all are, the anchor's negatives are rejected. Suspects are anchor by anchor, closest neighbour first, with the
/// positive that was compared with, and a score: the probability, that of the logit, or the similarity, or distance
/// negated.
///
/// Throws std::invalid_argument, before a pair is scored, for a scale that is not given, neither threshold nor margin,
/// those that are not finite, PositiveOf::triplet, a probability outside [0, 1], a batch size below 1, neighbours of
/// another number of rows and batches that other verbs refuse, with a margin those of which nothing says who is
/// positive; std::out_of_range for neighbours that there are not; after that, std::invalid_argument for a score outside
/// [0, 1] that is said to be a probability. Time and memory: those of the scorer, and 24 bytes per pair.
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
