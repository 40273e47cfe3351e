#pragma once

/// \file
/// The rates of verification, given counts of pairs: in bins of their values, or of one value each.

#include <mohs/result/verification_result.hpp>

#include <cstdint>
#include <map>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

struct PairCounts {
    std::uint64_t positives = 0, negatives = 0;

    PairCounts& operator+=(const PairCounts& other)
    {
        positives += other.positives;
        negatives += other.negatives;
        return *this;
    }
};

/// Walks bins from the closest to the farthest, and stops at the one with which the pairs accepted so far satisfy
/// `reached`. `accepted` are the pairs before the first bin; in the end those before the bin returned.
template <class Reached>
std::size_t walk_to(std::span<const PairCounts> bins, PairCounts& accepted, const Reached& reached)
{
    for (std::size_t bin = bins.size(); bin-- > 0;) {
        PairCounts with = accepted;
        with += bins[bin];
        if (reached(with)) {
            return bin;
        }
        accepted = with;
    }
    return 0;
}

/// Rates of what is accepted, given all pairs. A rate of no pairs is 0.
struct VerificationRates {
    PairCounts all;

    [[nodiscard]] double false_accept_rate(const PairCounts& accepted) const
    {
        return share(accepted.negatives, all.negatives);
    }
    [[nodiscard]] double true_accept_rate(const PairCounts& accepted) const
    {
        return share(accepted.positives, all.positives);
    }
    [[nodiscard]] double false_reject_rate(const PairCounts& accepted) const
    {
        return share(all.positives - accepted.positives, all.positives);
    }
    [[nodiscard]] OperatingPoint at(double threshold, const PairCounts& accepted) const
    {
        return {threshold, false_accept_rate(accepted), true_accept_rate(accepted)};
    }
    /// What EER, goal 0, and then every target waits for: whether the pairs accepted are too many.
    [[nodiscard]] bool reached(std::size_t goal, const std::vector<double>& targets, const PairCounts& accepted) const
    {
        return goal == 0 ? false_accept_rate(accepted) >= false_reject_rate(accepted)
                         : false_accept_rate(accepted) > targets[goal - 1];
    }
    /// Where FAR = FRR on the line from `before`, where FAR is lower, to `with`, where it is not.
    [[nodiscard]] double equal_error(const PairCounts& before, const PairCounts& with) const
    {
        const double gap = false_reject_rate(before) - false_accept_rate(before),
                     over = false_accept_rate(with) - false_reject_rate(with);
        const double weight = gap > 0 ? gap / (gap + over) : 0;
        return false_accept_rate(before) + weight * (false_accept_rate(with) - false_accept_rate(before));
    }

private:
    static double share(std::uint64_t part, std::uint64_t whole)
    {
        return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
    }
};

/// Starts `result`: the numbers of pairs, and a target each. Whether there is anything to rate.
inline bool start_result(std::span<const PairCounts> bins, const std::vector<double>& targets,
                         VerificationResult& result, VerificationRates& rates)
{
    rates.all = std::accumulate(bins.begin(), bins.end(), PairCounts{},
                                [](PairCounts sum, const PairCounts& bin) { return sum += bin; });
    result.positives = static_cast<Index>(rates.all.positives);
    result.negatives = static_cast<Index>(rates.all.negatives);
    result.report.tuples = result.positives + result.negatives;
    for (const double target : targets) {
        result.at_far.push_back({target, {}, 0, 0});
    }
    return result.positives > 0 && result.negatives > 0;
}

/// The ROC curve at the far ends of all bins, `value_of(bin)`, and the area below it. `exact` where a bin has one value
/// alone: pairs within it tie.
template <class ValueOf>
void trace(std::span<const PairCounts> bins, const VerificationRates& rates, bool exact, const ValueOf& value_of,
           VerificationResult& result)
{
    PairCounts accepted;
    const double pairs = static_cast<double>(rates.all.positives) * static_cast<double>(rates.all.negatives);
    for (std::size_t bin = bins.size(); bin-- > 0;) {
        const auto positives = static_cast<double>(bins[bin].positives),
                   negatives = static_cast<double>(bins[bin].negatives);
        if (positives + negatives > 0) {
            accepted += bins[bin];
            const auto farther = static_cast<double>(rates.all.negatives - accepted.negatives);
            result.auc += positives * (farther + negatives / 2) / pairs;
            result.auc_error += exact ? 0 : positives * negatives / 2 / pairs;
            result.roc.push_back(rates.at(value_of(bin), accepted));
        }
    }
}

/// Writes the rates per class: for every label the counts at the thresholds of EER and of all targets, then of all pairs.
inline void rate_classes(const std::map<std::int64_t, std::vector<PairCounts>>& classes, VerificationResult& result)
{
    double with_positives = 0, with_negatives = 0;
    for (const auto& [label, counts] : classes) {
        const VerificationRates rates{counts.back()};
        if (rates.all.positives + rates.all.negatives == 0) {
            continue;
        }
        ClassVerification each{label, static_cast<Index>(rates.all.positives), static_cast<Index>(rates.all.negatives),
                               rates.at(result.at_eer.threshold, counts[0])};
        for (std::size_t i = 0; i < result.at_far.size(); ++i) {
            TarAtFar& target = result.at_far[i];
            each.at_far.push_back(rates.at(target.point.threshold, counts[i + 1]));
            target.macro_far += each.at_far.back().false_accept_rate;
            target.macro_tar += each.at_far.back().true_accept_rate;
        }
        with_positives += each.positives > 0 ? 1 : 0;
        with_negatives += each.negatives > 0 ? 1 : 0;
        result.per_class.push_back(std::move(each));
    }
    for (TarAtFar& each : result.at_far) {
        each.macro_far /= with_negatives;
        each.macro_tar /= with_positives;
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
