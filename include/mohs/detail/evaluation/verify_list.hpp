#pragma once

/// \file
/// How VerificationMetrics comes by its rates where pairs are listed: the list is sorted, and everything is exact.

#include <mohs/detail/base/check.hpp>
#include <mohs/detail/evaluation/count_by_key.hpp>
#include <mohs/result/verification_result.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// A pair whose value is a number.
struct ListedPair {
    std::uint64_t key;  ///< closeness_key of its value
    Index number;       ///< its place in the list given
    Index fold;
    bool same;
};

/// The fold of every pair: what it says itself, or consecutive parts, of which the first `count % folds` are one longer.
class Folds {
public:
    /// Refuses folds that do not exist, and lists of which only a part names them. `fold_of(number)` is what a pair says.
    template <class FoldOf>
    Folds(Index folds, Index count, const FoldOf& fold_of) : folds_(folds), count_(count)
    {
        for (Index number = 0; number < count; ++number) {
            const Index fold = fold_of(number);
            if (fold < -1 || fold >= folds) {
                throw_invalid("VerificationMetrics: pair " + std::to_string(number) + " is of fold " +
                              std::to_string(fold) + ", but options.folds is " + std::to_string(folds));
            }
            if ((fold == -1) != (fold_of(0) == -1)) {
                throw_invalid("VerificationMetrics: pair " + std::to_string(number) +
                              (fold == -1 ? " names no" : " names a") + " fold, unlike pair 0: all have to, or none");
            }
        }
    }

    /// The fold of a pair that says `given`.
    [[nodiscard]] Index of(Index number, Index given) const
    {
        if (given >= 0 || folds_ == 0) {
            return given;
        }
        const Index size = count_ / folds_, longer = count_ % folds_, first = longer * (size + 1);
        return number < first ? number / (size + 1) : longer + (number - first) / size;
    }

private:
    Index folds_, count_;
};

template <class M>
class ListVerifier {
public:
    ListVerifier(const VerificationOptions& options, VerificationResult& result) : options_(options), result_(result) {}

    /// Rates pairs in any order. `label_of(number)` is the label of a pair's anchor; not asked where there are none.
    template <class LabelOf>
    void run(std::vector<ListedPair> pairs, bool has_labels, const LabelOf& label_of)
    {
        std::sort(pairs.begin(), pairs.end(), [](const ListedPair& a, const ListedPair& b) {
            return a.key != b.key ? a.key < b.key : a.number < b.number;
        });
        // One bin per value, ascending.
        std::vector<std::uint64_t> keys;
        std::vector<PairCounts> bins;
        for (const ListedPair& pair : pairs) {
            if (keys.empty() || keys.back() != pair.key) {
                keys.push_back(pair.key);
                bins.emplace_back();
            }
            ++(pair.same ? bins.back().positives : bins.back().negatives);
            result_.report.overflows += !is_finite(value_of_key<M>(pair.key));
        }
        result_.report.valid = static_cast<Index>(pairs.size());
        result_.folds.resize(static_cast<std::size_t>(options_.folds));
        VerificationRates rates;
        if (!start_result(bins, options_.false_accept_rates, result_, rates)) {
            return;
        }
        trace(
            bins, rates, true, [&](std::size_t bin) { return value_of_key<M>(keys[bin]); }, result_);
        const std::vector<std::uint64_t> thresholds = find_thresholds(keys, bins, rates);
        if (options_.per_class && has_labels) {
            split(pairs, thresholds, label_of);
        }
        if (options_.folds > 0) {
            validate_across(pairs);
        }
    }

private:
    /// Keys of the thresholds of EER and of all targets.
    std::vector<std::uint64_t> find_thresholds(const std::vector<std::uint64_t>& keys,
                                               const std::vector<PairCounts>& bins, const VerificationRates& rates)
    {
        std::vector<std::uint64_t> thresholds;
        for (std::size_t goal = 0; goal <= options_.false_accept_rates.size(); ++goal) {
            PairCounts before;
            const std::size_t bin = walk_to(bins, before, [&](const PairCounts& accepted) {
                return rates.reached(goal, options_.false_accept_rates, accepted);
            });
            if (goal > 0) {
                thresholds.push_back(keys[bin] + 1);
                result_.at_far[goal - 1].point = rates.at(value_of_key<M>(keys[bin] + 1), before);
                continue;
            }
            thresholds.push_back(keys[bin]);
            PairCounts with = before;
            with += bins[bin];
            result_.eer = rates.equal_error(before, with);
            result_.at_eer = rates.at(value_of_key<M>(keys[bin]), with);
        }
        return thresholds;
    }

    template <class LabelOf>
    void split(const std::vector<ListedPair>& pairs, const std::vector<std::uint64_t>& thresholds,
               const LabelOf& label_of)
    {
        std::map<std::int64_t, std::vector<PairCounts>> classes;
        for (const ListedPair& pair : pairs) {
            std::vector<PairCounts>& counts = classes[label_of(pair.number)];
            counts.resize(thresholds.size() + 1);
            for (std::size_t i = 0; i <= thresholds.size(); ++i) {
                const std::uint64_t one = i == thresholds.size() || pair.key >= thresholds[i] ? 1 : 0;
                (pair.same ? counts[i].positives : counts[i].negatives) += one;
            }
        }
        rate_classes(classes, result_);
    }

    /// Accuracy on every fold, at the threshold of the others.
    void validate_across(const std::vector<ListedPair>& pairs)
    {
        Index rated = 0;
        for (Index fold = 0; fold < options_.folds; ++fold) {
            FoldVerification& each = result_.folds[static_cast<std::size_t>(fold)];
            each.pairs =
                std::count_if(pairs.begin(), pairs.end(), [&](const ListedPair& pair) { return pair.fold == fold; });
            if (each.pairs == 0 || each.pairs == static_cast<Index>(pairs.size())) {
                each.pairs = 0;
                continue;
            }
            const std::uint64_t threshold = best_threshold(pairs, fold);
            const auto right = std::count_if(pairs.begin(), pairs.end(), [&](const ListedPair& pair) {
                return pair.fold == fold && pair.same == (pair.key >= threshold);
            });
            each.threshold = value_of_key<M>(threshold);
            each.accuracy = static_cast<double>(right) / static_cast<double>(each.pairs);
            result_.accuracy += each.accuracy;
            ++rated;
        }
        const auto n = static_cast<double>(rated);
        result_.accuracy /= (std::max)(n, 1.0);
        if (rated < 2) {
            return;
        }
        double squares = 0;
        for (const FoldVerification& each : result_.folds) {
            const double difference = each.accuracy - result_.accuracy;
            squares += each.pairs > 0 ? difference * difference : 0;
        }
        result_.accuracy_deviation = std::sqrt(squares / (n - 1));
        result_.accuracy_error = result_.accuracy_deviation / std::sqrt(n);
    }

    /// The key of the threshold with the most pairs right outside of `fold`, the strictest of several.
    static std::uint64_t best_threshold(const std::vector<ListedPair>& pairs, Index fold)
    {
        // Relative to refusing all: a positive accepted is one more, a negative one less.
        std::int64_t right = 0, best = 0;
        std::uint64_t threshold = 0;
        bool any = false;
        for (std::size_t end = pairs.size(); end > 0;) {
            const std::uint64_t key = pairs[end - 1].key;
            for (; end > 0 && pairs[end - 1].key == key; --end) {
                if (pairs[end - 1].fold != fold) {
                    threshold = any ? threshold : key + 1;
                    any = true;
                    right += pairs[end - 1].same ? 1 : -1;
                }
            }
            if (right > best) {
                best = right;
                threshold = key;
            }
        }
        return threshold;
    }

    const VerificationOptions& options_;
    VerificationResult& result_;
};

}  // namespace mohs::inline MOHS_ABI::detail
