#pragma once

/// \file
/// What VerificationMetrics is asked for and returns.

#include <mohs/result/report.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Options of VerificationMetrics.
struct VerificationOptions {
    /// Where the true accept rate is asked for, each at least 0 and below 1.
    std::vector<double> false_accept_rates = {1e-4, 1e-3, 1e-2, 1e-1};
    bool per_class = false;  ///< rates per class too: one more scan
    Index folds = 0;  ///< of given pairs and values: accuracy over that many, at least 2 (LFW: 10), or 0 for none
};

/// A row of the queries and one of the gallery, or two of one batch, and whether they are of the same class.
struct VerificationPair {
    Index anchor = 0, candidate = 0;
    bool same = false;
    Index fold = -1;  ///< from 0 to the number of folds less 1, in all pairs or in none: -1
};

/// The similarity or distance of a pair, and whether it is of the same class.
struct VerificationValue {
    double value = 0;
    bool same = false;
    Index fold = -1;  ///< as of VerificationPair
};

/// Pairs at least as close as `threshold` are accepted.
struct OperatingPoint {
    double threshold = 0;          ///< in the metric's own unit: a similarity at least, or a distance at most, this
    double false_accept_rate = 0;  ///< false accept rate: accepted share of the negatives
    double true_accept_rate = 0;   ///< true accept rate: accepted share of the positives
};

/// The most that can be accepted at a false accept rate.
struct TarAtFar {
    double target = 0;  ///< the rate asked for
    OperatingPoint point;
    double macro_far = 0, macro_tar = 0;  ///< means over classes, at the same threshold; only with `per_class`
};

/// The rates of the anchors of one label, at the thresholds of all. A rate of no pairs is 0.
struct ClassVerification {
    std::int64_t label = 0;
    Index positives = 0, negatives = 0;  ///< pairs
    OperatingPoint at_eer;
    std::vector<OperatingPoint> at_far = {};  ///< in the order of the options
};

/// Accuracy on the pairs of one fold, accepted at the threshold that is best for all other folds. Both 0 where the fold or
/// the others have no pairs; `pairs` is then 0 too.
struct FoldVerification {
    Index pairs = 0;
    double threshold = 0;
    double accuracy = 0;  ///< share of the positives accepted and the negatives refused
};

/// What VerificationMetrics returns. All rates are 0 where there are no positives or no negatives.
struct VerificationResult {
    Index positives = 0, negatives = 0;  ///< pairs; in a batch each counts from both sides
    double eer = 0;                      ///< equal error rate
    OperatingPoint at_eer;               ///< the first point, from the strictest, with FAR >= 1 - TAR
    double auc = 0, auc_error = 0;       ///< area under the ROC curve, and a bound on its error
    std::vector<TarAtFar> at_far;        ///< in the order of the options
    /// Points of the ROC curve, each exact, from the strictest on; the last one accepts every pair.
    std::vector<OperatingPoint> roc;
    std::vector<ClassVerification> per_class;  ///< by ascending label; only with `per_class`, and labels
    /// Queries with a positive whose row equals theirs bit for bit: where it is most of them, a copy of the queries was
    /// given as their gallery. Of given pairs, the positives of two such rows.
    Index duplicates = 0;
    std::vector<FoldVerification> folds;  ///< in their order; only with `folds`
    double accuracy = 0;                  ///< mean over folds
    double accuracy_deviation = 0;        ///< sample standard deviation over folds, of n - 1; 0 of one
    double accuracy_error = 0;            ///< standard error of the mean, as LFW gives it: deviation / sqrt(n)
    /// `valid` counts the rows with any pair, `no_positive` those without, `tuples` the pairs, `overflows` those
    /// whose value is beyond float. With given pairs or values all but `tuples` count pairs: `anchors` those given,
    /// `valid` those rated, `non_finite` those left out, `zero_rows` those with such a row, `overflows` those whose value
    /// is infinite.
    Report report;

    /// Calls `f(name, value)` with a C string and a double for every number, as "eer" and "tar_at_far_0.001".
    template <class Function>
    void for_each(Function&& f) const
    {
        f("positive_pairs", static_cast<double>(positives));
        f("negative_pairs", static_cast<double>(negatives));
        f("eer", eer);
        f("eer_threshold", at_eer.threshold);
        f("auc", auc);
        f("auc_error", auc_error);
        for (const TarAtFar& each : at_far) {
            char target[32];
            std::snprintf(target, sizeof target, "%g", each.target);
            f((std::string("tar_at_far_") + target).c_str(), each.point.true_accept_rate);
            f((std::string("threshold_at_far_") + target).c_str(), each.point.threshold);
            if (!per_class.empty()) {
                f((std::string("macro_tar_at_far_") + target).c_str(), each.macro_tar);
                f((std::string("macro_far_at_far_") + target).c_str(), each.macro_far);
            }
        }
        if (!folds.empty()) {
            f("accuracy", accuracy);
            f("accuracy_deviation", accuracy_deviation);
            f("accuracy_error", accuracy_error);
        }
        f("duplicates", static_cast<double>(duplicates));
        f("non_finite", static_cast<double>(report.non_finite));
        f("non_finite_candidates", static_cast<double>(report.non_finite_candidates));
        f("zero_rows", static_cast<double>(report.zero_rows));
        f("overflows", static_cast<double>(report.overflows));
    }
};

}  // namespace mohs::inline MOHS_ABI
