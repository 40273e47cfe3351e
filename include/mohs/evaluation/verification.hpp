#pragma once

/// \file
/// VerificationMetrics: ROC curve, equal error rate, true accept rate at false accept rates.

#include <mohs/detail/evaluation/duplicates.hpp>
#include <mohs/detail/evaluation/verifier.hpp>
#include <mohs/detail/evaluation/verify_pairs.hpp>
#include <mohs/result/verification_result.hpp>
#include <mohs/scan.hpp>

#include <concepts>
#include <span>
#include <utility>

namespace mohs::inline MOHS_ABI {

/// Measures how well one threshold tells pairs of one label (positives) from pairs of two (negatives), over all
/// pairs, or over those of a list.
///
///     const mohs::VerificationMetrics verify{mohs::Cosine{}, {.false_accept_rates = {1e-4, 1e-3}}};
///     const mohs::VerificationResult result = verify(batch);
///     result.eer, result.at_far[1].point.true_accept_rate, ...
///
///     const std::vector<mohs::VerificationPair> pairs{{.anchor = 0, .candidate = 7, .same = true}, ...};
///     const mohs::VerificationResult lfw = mohs::VerificationMetrics{mohs::Cosine{}, {.folds = 10}}(batch, pairs);
///     lfw.accuracy, lfw.accuracy_deviation, lfw.accuracy_error, ...
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
/// Of a list, every pair counts as often as it is given, as `same` says: relations, roles, sample ids and unknown labels
/// are not looked at, labels only for `per_class`, by that of the anchor. Pairs with a row that is not finite, and values
/// that are no number, are left out and counted. Values are those of `measure`, in double, or those given; everything is
/// exact: `roc` has a point for every value, `auc_error` is 0, and a threshold that refuses a value is the next double;
/// infinity where an infinite similarity has to be refused, which nothing is then as close as.
///
/// With `folds`, every fold is rated at the threshold with the highest accuracy on all pairs of the other folds: the value
/// of one of them, or the first double closer than all; the strictest where several are as good. Folds are those that
/// the pairs name, or else consecutive parts of the list, the first ones longer by one where it does not divide, as of
/// scikit-learn's KFold: with ten of them, and LFW's list of 6,000 pairs, the protocol of Huang et al. (2007).
///
/// Throws std::invalid_argument for a FAR below 0 or not below 1, for one fold or fewer than none, for folds of all
/// pairs instead of a list, for a fold that does not exist or that only some pairs name, for batches with neither
/// labels nor a relation, for a relation of other sizes or given for the gallery, if queries and gallery differ in
/// their columns or in having ids, or share rows in memory without ids; std::out_of_range for pairs of rows that do not
/// exist. Time of P listed pairs: O(P (D + log P + folds)), memory O(P), whatever the number of rows. Of all pairs: two
/// scans of N^2 D multiply-adds, three with `per_class`. Memory: one packed copy of the rows; per thread a strip of a
/// few dozen rows, 2 MiB of bins, and in the second scan 512 KiB for each target; with `per_class` 16 bytes per row and
/// target.
template <Metric M>
class VerificationMetrics {
public:
    VerificationMetrics(M, VerificationOptions options = {}) : options_(std::move(options))
    {
        for (const double rate : options_.false_accept_rates) {
            if (!detail::is_finite(rate) || rate < 0 || rate >= 1) {
                detail::throw_bad_value("VerificationMetrics: false_accept_rates", rate, "at least 0 and below 1");
            }
        }
        if (options_.folds < 0 || options_.folds == 1) {
            detail::throw_bad_value("VerificationMetrics: folds", static_cast<double>(options_.folds),
                                    "0 for none, or at least 2");
        }
    }

    [[nodiscard]] M metric() const { return {}; }

    template <class Rows, class... Others>
    void operator()(const Eigen::DenseBase<Rows>&, const Others&...) const = delete;  // evaluate a Batch{rows, labels}

    /// All pairs of a batch.
    template <class Scalar>
    [[nodiscard]] VerificationResult operator()(const Batch<Scalar>& batch, const Options& options = {}) const
    {
        Workspace workspace;
        return evaluate(batch, batch, true, options,
                        [&](auto& visitor) { return mohs::scan(batch, M{}, visitor, options, workspace); });
    }

    /// All pairs of a query with a row of the gallery.
    template <class A, class B>
    [[nodiscard]] VerificationResult operator()(const Batch<A>& queries, const Batch<B>& gallery,
                                                const Options& options = {}) const
    {
        Workspace workspace;
        return evaluate(queries, gallery, false, options,
                        [&](auto& visitor) { return mohs::scan(queries, gallery, M{}, visitor, options, workspace); });
    }

    /// Pairs of rows of one batch.
    template <class Scalar, std::convertible_to<std::span<const VerificationPair>> Pairs>
    [[nodiscard]] VerificationResult operator()(const Batch<Scalar>& batch, const Pairs& pairs,
                                                const Options& options = {}) const
    {
        return detail::verify_pairs<M>(batch, batch, pairs, options_, options);
    }

    /// Pairs of a query and a row of the gallery.
    template <class A, class B, std::convertible_to<std::span<const VerificationPair>> Pairs>
    [[nodiscard]] VerificationResult operator()(const Batch<A>& queries, const Batch<B>& gallery, const Pairs& pairs,
                                                const Options& options = {}) const
    {
        return detail::verify_pairs<M>(queries, gallery, pairs, options_, options);
    }

    /// Pairs whose values, in the metric's own unit, come from elsewhere.
    [[nodiscard]] VerificationResult operator()(std::span<const VerificationValue> values) const
    {
        return detail::verify_values<M>(values, options_);
    }

private:
    template <class A, class B, class Scan>
    VerificationResult evaluate(const Batch<A>& queries, const Batch<B>& gallery, bool self, const Options& options,
                                const Scan& scan) const
    {
        detail::check_batches({.verb = "VerificationMetrics", .self = self}, queries, gallery, options);
        if (options_.folds > 0) {
            detail::throw_rule("VerificationMetrics",
                               "folds are of listed pairs or values, but all pairs are asked for");
        }
        VerificationResult result;
        detail::Verifier<M>(options_, result).run(queries, gallery, scan);
        result.duplicates = detail::Duplicates(queries, gallery, self).count();
        return result;
    }

    VerificationOptions options_;
};

}  // namespace mohs::inline MOHS_ABI
