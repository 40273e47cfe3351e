#pragma once

#include <mohs/detail/scene/cosine_rows.hpp>
#include <mohs/detail/scene/relation_of.hpp>
#include <mohs/filter/filter.hpp>

#include <cmath>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Options of ExcludeByGuideThreshold. Both margins are 0 in GISTEmbed and in sentence-transformers' GISTEmbedLoss,
/// where every anchor has one positive. With several, the smallest, as of `mine_hard_negatives` there: it rejects the
/// most.
struct ExcludeByGuideThresholdOptions {
    double margin = 0;                ///< absolute, taken off the threshold
    double relative = 0;              ///< a share of the threshold's magnitude, taken off as well
    PositiveOf of = PositiveOf::min;  ///< which similarity is the threshold, where there are several positives
};

/// The guide's rule of GISTEmbed (Solatorio 2024) for pairs: rejects negatives that a guide model finds closer to the
/// anchor than its positive. With g(a) the cosine similarity of the guide's embeddings of the anchor and its positive,
/// or the smallest, largest or mean one of several, a negative is kept while
///
///     s_g(a, n) <= g(a) - margin - relative |g(a)|
///
/// so one as close as the positive stays where both margins are 0. The positives are those of the batches that are
/// given first, by labels, ids, roles or relation, as the loss will find them; the guide's batches have rows for the
/// same samples, of any dimension, and need no labels. Made once per batch:
///
///     mohs::ExcludeByGuideThreshold filter{batch, guide};
///     mohs::InfoNCE{mohs::Cosine{}, {.temperature = 0.01}, filter}(batch);
///
///     const mohs::Relation pairs = mohs::Relation::paired(queries.rows());
///     mohs::ExcludeByGuideThreshold of_pairs{queries.related_by(pairs), candidates, guide_queries, guide_candidates};
///     mohs::InfoNCE{mohs::Cosine{}, {.positives = mohs::PositivesOf::pair}, of_pairs}(queries, candidates);
///
/// Positives are never rejected, and an anchor itself is no negative, even where the guide has similarity 1 for its
/// positive (in sentence-transformers it stays in the denominator then). An anchor without a positive has no threshold,
/// and keeps its negatives. What the guide cannot judge is rejected: pairs with a row that is not finite in its
/// embeddings, and all negatives of an anchor none of whose positives are; of several positives, those that are not
/// finite do not count. A filter of pairs; the guide's batches have to outlive it, the others need not. The guide's
/// candidates may have more rows than the others: the own negatives of InfoNCE count as candidates, after these.
///
/// Throws std::invalid_argument, when it is made, for a margin that is NaN, a relative one that is not finite,
/// PositiveOf::triplet, guides that differ in their columns, batches of which nothing says who is positive and whatever
/// other batches a loss refuses, and std::out_of_range for a guide with fewer rows. Before any work,
/// std::invalid_argument for other numbers of anchors than it was made for, std::out_of_range for more candidates than
/// the guide has.
///
/// Making it costs O((N + positives) D) time and 40 bytes per row; a question is a product of two of the guide's rows,
/// and where that lies within rounding of the threshold their exact similarity. It looks at no value of the metric, so
/// every negative is asked about.
template <class Scalar>
class ExcludeByGuideThreshold {
public:
    static constexpr const char* name = "rejected_by_guide_threshold";
    static constexpr bool needs_positive = false;

    /// For a batch that is compared with itself.
    template <class A>
    ExcludeByGuideThreshold(const Batch<A>& batch, const Batch<Scalar>& guide,
                            const ExcludeByGuideThresholdOptions& options = {})
        : ExcludeByGuideThreshold(batch, batch, true, guide, guide, options)
    {
    }
    template <class A, class B>
    ExcludeByGuideThreshold(const Batch<A>& queries, const Batch<B>& candidates, const Batch<Scalar>& guide_queries,
                            const Batch<Scalar>& guide_candidates, const ExcludeByGuideThresholdOptions& options = {})
        : ExcludeByGuideThreshold(queries, candidates, false, guide_queries, guide_candidates, options)
    {
    }

    /// `anchor_rows` and `candidate_rows` are about to be mined.
    void check_sizes(Index anchor_rows, Index candidate_rows) const
    {
        if (anchor_rows != static_cast<Index>(highest_kept_.size())) {
            detail::throw_invalid("ExcludeByGuideThreshold: made for " + std::to_string(highest_kept_.size()) +
                                  " anchors, but " + std::to_string(anchor_rows) + " are mined");
        }
        require_rows("candidates", guide_.candidates().rows(), candidate_rows);
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        const Index anchor = query.anchor().row;
        return guide_.exceeds(anchor, query.negative().row, threshold(anchor));
    }

    /// The largest similarity of the guide that a negative of this anchor may have: above 1 for all, below -1 for none.
    [[nodiscard]] double threshold(Index anchor) const { return highest_kept_[static_cast<std::size_t>(anchor)]; }

private:
    /// Beyond all cosines. Infinities would be at the mercy of -ffast-math.
    static constexpr double keeps_all = 1e300, keeps_none = -1e300;

    template <class A, class B>
    ExcludeByGuideThreshold(const Batch<A>& queries, const Batch<B>& candidates, bool self, const Batch<Scalar>& guide,
                            const Batch<Scalar>& guide_candidates, const ExcludeByGuideThresholdOptions& options)
        : guide_(guide, guide_candidates, self)
    {
        detail::check_number("ExcludeByGuideThreshold: margin", options.margin);
        detail::check_finite("ExcludeByGuideThreshold: relative", options.relative);
        detail::check_of_pairs("ExcludeByGuideThreshold", options.of);
        if (guide.dimension() != guide_candidates.dimension()) {
            detail::throw_invalid("ExcludeByGuideThreshold: the guide has " + std::to_string(guide.dimension()) +
                                  " columns for anchors and " + std::to_string(guide_candidates.dimension()) +
                                  " for candidates, but must have as many for both");
        }
        require_rows("anchors", guide.rows(), queries.rows());
        require_rows("candidates", guide_candidates.rows(), candidates.rows());
        Workspace workspace;
        const Workspace::Frame frame(workspace);
        const auto scene = detail::open_scene<DotProduct>({.verb = "ExcludeByGuideThreshold", .self = self}, queries,
                                                          candidates, {}, workspace, detail::PackOrder::no_panels);
        highest_kept_.assign(static_cast<std::size_t>(queries.rows()), keeps_all);
        for (Index position = 0; position < scene.anchors.rows(); ++position) {
            const Index anchor = scene.anchors.row_of(position);
            highest_kept_[static_cast<std::size_t>(anchor)] = threshold_of(scene, position, anchor, options);
        }
    }

    template <class T>
    double threshold_of(const detail::Scene<T>& scene, Index position, Index anchor,
                        const ExcludeByGuideThresholdOptions& options) const
    {
        const detail::Positions positives = detail::positives_of(scene, position);
        bool any = false;
        detail::PositiveTally tally;
        for (Index i = 0; i < positives.size(); ++i) {
            if (detail::relation_of(scene, position, positives[i]) != Related::positive) {
                continue;
            }
            any = true;
            const double similarity = guide_.similarity(anchor, scene.candidates.row_of(positives[i]));
            if (detail::is_finite(similarity)) {
                tally.add(similarity);
            }
        }
        if (tally.count() == 0) {
            return any ? keeps_none : keeps_all;
        }
        const double positive = tally.values().of(options.of);
        return std::clamp(positive - options.margin - options.relative * std::abs(positive), keeps_none, keeps_all);
    }

    static void require_rows(const char* what, Index rows, Index mined)
    {
        if (rows < mined) {
            detail::throw_out_of_range("ExcludeByGuideThreshold: " + std::to_string(rows) + " " + what +
                                       " of the guide, but " + std::to_string(mined) + " are mined");
        }
    }

    detail::CosineRows<Scalar> guide_;
    std::vector<double> highest_kept_;  ///< per anchor
};

}  // namespace mohs::inline MOHS_ABI
