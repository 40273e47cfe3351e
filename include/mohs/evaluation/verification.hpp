#pragma once

/// \file
/// VerificationMetrics: ROC curve, equal error rate, true accept rate at false accept rates.

#include <mohs/detail/verify.hpp>
#include <mohs/evaluation/verification_result.hpp>
#include <mohs/scan.hpp>

#include <utility>

namespace mohs::inline MOHS_ABI {

/// Measures how well one threshold tells pairs of one label (positives) from pairs of two (negatives), over all
/// pairs.
///
///     const mohs::VerificationMetrics verify{mohs::Cosine{}, {.far = {1e-4, 1e-3}}};
///     const mohs::VerificationResult result = verify(batch);
///     result.eer, result.at_far[1].point.tar, ...
///
/// Pairs at least as close as the threshold are accepted; FAR and TAR are the accepted shares of the negatives and
/// the positives, FRR = 1 - TAR.
///
///     TAR at FAR  the largest TAR of all thresholds with FAR at most the target; nothing is interpolated. The threshold
///                 is the first float closer than the closest negatives that have to be refused
///     EER         where FAR = FRR on the ROC curve; between two thresholds the curve is a straight line
///     AUC         the probability that a positive is closer than a negative, ties half (Hanley, McNeil 1982)
///     per class   FAR and TAR of the pairs whose anchor has the label, at the thresholds of all
///
/// Values are those that a scan shows, rounded to float for double rows. For these values EER, TAR at FAR and their
/// thresholds are exact, and so is every point of `roc`, however many pairs there are: two scans count them in bins,
/// the second one in bins as fine as float. The ROC curve has a point wherever values change by 1/256 of themselves;
/// `auc_error` bounds what that leaves open, half the share of pairs of pairs within one step.
///
/// A row is never paired with itself, nor with a row of its sample id. Rows that are not finite, or of unknown class,
/// are left out and counted; lone rows have negatives only. Without positives or without negatives all rates are 0.
///
/// A relation of the queries stands in for labels: a pair is what the candidate is to the anchor, and left out where
/// that is neither, or where their roles do not allow it. In a batch a pair counts from both sides, so the two may
/// differ. There are no classes then: `per_class` stays empty and macro rates 0.
///
/// Throws std::invalid_argument for a FAR below 0 or not below 1, for batches with neither labels nor a relation, for a
/// relation of other sizes or given for the gallery, and if queries and gallery differ in their columns or in having
/// ids. Time: two scans of N^2 D multiply-adds, three with `per_class`.
/// Memory: one packed copy of the rows; per thread a strip of a few dozen rows, 2 MiB of bins, and in the second scan
/// 512 KiB for each target; with `per_class` 16 bytes per row and target.
template <Metric M>
class VerificationMetrics {
public:
    VerificationMetrics(M, VerificationOptions options = {}) : options_(std::move(options))
    {
        for (const double far : options_.far) {
            if (!detail::is_finite(far) || far < 0 || far >= 1) {
                detail::throw_bad_value("VerificationMetrics: far", far, "at least 0 and below 1");
            }
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    /// All pairs of a batch.
    template <class Scalar>
    [[nodiscard]] VerificationResult operator()(const Batch<Scalar>& batch, const Options& options = {}) const
    {
        Workspace workspace;
        return evaluate(batch, batch,
                        [&](auto& visitor) { return mohs::scan(batch, M{}, visitor, options, workspace); });
    }

    /// All pairs of a query with a row of the gallery.
    template <class A, class B>
    [[nodiscard]] VerificationResult operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                                const Options& options = {}) const
    {
        Workspace workspace;
        return evaluate(queries, gallery,
                        [&](auto& visitor) { return mohs::scan(queries, gallery, M{}, visitor, options, workspace); });
    }

private:
    template <class A, class B, class Scan>
    VerificationResult evaluate(const Batch<A>& queries, const Batch<B>& gallery, const Scan& scan) const
    {
        detail::check_related(queries, gallery, "VerificationMetrics");
        VerificationResult result;
        detail::Verifier<M>(options_, result).run(queries, gallery, scan);
        return result;
    }

    VerificationOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
