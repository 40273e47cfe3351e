#pragma once

#include <mohs/filter/filter.hpp>
#include <mohs/measure.hpp>

#include <cmath>

namespace mohs::inline MOHS_ABI {

/// Rejects negatives that a guide model finds closer to the anchor than the positive, or too little farther (GISTEmbed,
/// Solatorio 2024). For cosine similarities of the guide's embeddings a negative is kept while
///
///     s_g(a, n) <= s_g(a, p) - margin - relative |s_g(a, p)|
///
/// where each part is 0 unless it is given (`absolute` and `relative` margins of sentence-transformers' GISTEmbedLoss,
/// which takes either; there too, since version 6, the relative one is a share of the magnitude, whatever the sign).
/// `anchors` and `candidates` are the guide's rows for the same samples as the mined batches (twice the same batch in a
/// self-scan), of any dimension, and have to outlive the miner.
///
/// It needs a triplet's positive. For losses over all pairs, ExcludeByGuideThreshold has the guide's similarity of
/// every anchor with its positives ready.
///
/// What the guide cannot judge is rejected: triplets with a row that is not finite in its embeddings. A guide may have
/// more rows than are mined.
///
/// A miner throws std::invalid_argument when it is made with a margin that is NaN, a relative one that is not finite or
/// a guide whose anchors and candidates differ in their columns, and std::out_of_range, before any work, if the guide
/// has fewer rows than are mined.
template <class Scalar>
struct ExcludeByGuide {
    static constexpr const char* name = "rejected_by_guide";
    static constexpr bool needs_positive = true;

    Batch<Scalar> anchors, candidates;
    double margin = 0, relative = 0;

    void validate() const
    {
        detail::check_number("ExcludeByGuide: margin", margin);
        detail::check_finite("ExcludeByGuide: relative", relative);
        if (anchors.dimension() != candidates.dimension()) {
            detail::throw_invalid("ExcludeByGuide: anchors have " + std::to_string(anchors.dimension()) +
                                  " columns and candidates " + std::to_string(candidates.dimension()) +
                                  ", but a guide must have as many for both");
        }
    }

    /// `anchor_rows` and `candidate_rows` are about to be mined.
    void check_sizes(Index anchor_rows, Index candidate_rows) const
    {
        require_rows("anchors", anchors.rows(), anchor_rows);
        require_rows("candidates", candidates.rows(), candidate_rows);
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        const Index anchor = query.anchor().row, positive = query.positive().row, negative = query.negative().row;
        const detail::UnitScale own = detail::metric_scale<Cosine>(anchors, anchor),
                                to_positive = detail::metric_scale<Cosine>(candidates, positive),
                                to_negative = detail::metric_scale<Cosine>(candidates, negative);
        if (!detail::is_finite(own.factor) || !detail::is_finite(to_positive.factor) ||
            !detail::is_finite(to_negative.factor)) {
            return true;
        }
        const double reference =
            detail::measure_scaled<Cosine>(anchors, anchor, own, candidates, positive, to_positive);
        return detail::measure_scaled<Cosine>(anchors, anchor, own, candidates, negative, to_negative) >
               reference - margin - relative * std::abs(reference);
    }

private:
    static void require_rows(const char* what, Index rows, Index mined)
    {
        if (rows < mined) {
            detail::throw_out_of_range("ExcludeByGuide: " + std::to_string(rows) + " " + what + " of the guide, but " +
                                       std::to_string(mined) + " are mined");
        }
    }
};
template <class Scalar>
ExcludeByGuide(Batch<Scalar>, Batch<Scalar>) -> ExcludeByGuide<Scalar>;
template <class Scalar>
ExcludeByGuide(Batch<Scalar>, Batch<Scalar>, double) -> ExcludeByGuide<Scalar>;
template <class Scalar>
ExcludeByGuide(Batch<Scalar>, Batch<Scalar>, double, double) -> ExcludeByGuide<Scalar>;

}  // namespace mohs::inline MOHS_ABI
