#pragma once

/// \file
/// ScoreStrata: how many negatives are false, from a few that people have looked at.

#include <mohs/detail/base/random.hpp>
#include <mohs/judge/share_estimate.hpp>
#include <mohs/types.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// What somebody found of a negative: its number in the list, and whether it is a positive after all.
struct StratumVerdict {
    Index number;
    bool is_positive;
};

/// Negatives in strata of about equally many, by their scores, of which a few each are looked at. False negatives sit
/// among the closest, so a sample of all of them would hardly meet one; by strata the share is known where it is high
/// as well as overall.
///
///     const mohs::ScoreStrata strata(gaps, 10);              // one score per negative
///     const std::vector<mohs::Index> sample = strata.draw(20, seed);   // to be looked at
///     const mohs::ShareEstimate closest = strata.estimate(0, verdicts), all = strata.estimate(verdicts);
///
/// Stratum 0 has the lowest scores; equal scores may be in two. Throws std::invalid_argument for a score that is NaN,
/// and unless there are strata, and no more of them than scores. O(n log n).
class ScoreStrata {
public:
    ScoreStrata(std::span<const double> scores, Index count) : count_(count)
    {
        const auto size = static_cast<Index>(scores.size());
        if (count < 1 || count > size) {
            detail::throw_bad_value("ScoreStrata: count", static_cast<double>(count), "from 1 to the number of scores");
        }
        for (const double score : scores) {
            detail::check_number("ScoreStrata: score", score);
        }
        for (Index number = 0; number < size; ++number) {
            order_.push_back(number);
        }
        std::stable_sort(order_.begin(), order_.end(), [&](Index a, Index b) {
            return scores[static_cast<std::size_t>(a)] < scores[static_cast<std::size_t>(b)];
        });
        stratum_.resize(scores.size());
        for (Index stratum = 0; stratum < count; ++stratum) {
            for (Index place = begin(stratum); place < begin(stratum + 1); ++place) {
                stratum_[static_cast<std::size_t>(order_[static_cast<std::size_t>(place)])] = stratum;
            }
        }
    }

    [[nodiscard]] Index count() const { return count_; }
    [[nodiscard]] Index size_of(Index stratum) const { return begin(stratum + 1) - begin(stratum); }
    [[nodiscard]] Index stratum_of(Index number) const { return stratum_[static_cast<std::size_t>(number)]; }

    /// Numbers of `per_stratum` negatives of each stratum, or of all of it where it has no more, drawn without
    /// replacement; the lowest stratum first. The same for the same seed. Throws std::invalid_argument for a negative
    /// number.
    [[nodiscard]] std::vector<Index> draw(Index per_stratum, std::uint64_t seed = 0) const
    {
        if (per_stratum < 0) {
            detail::throw_bad_value("ScoreStrata: per_stratum", static_cast<double>(per_stratum), "at least 0");
        }
        const detail::RandomStream random(seed, 0, detail::Purpose::sample);
        std::vector<Index> result;
        for (Index stratum = 0; stratum < count_; ++stratum) {
            std::vector<Index> members(order_.begin() + begin(stratum), order_.begin() + begin(stratum + 1));
            const Index wanted = (std::min)(per_stratum, static_cast<Index>(members.size()));
            for (Index i = 0; i < wanted; ++i) {
                const Index other = i + random.below_long(static_cast<Index>(members.size()) - i, begin(stratum) + i);
                std::swap(members[static_cast<std::size_t>(i)], members[static_cast<std::size_t>(other)]);
                result.push_back(members[static_cast<std::size_t>(i)]);
            }
        }
        return result;
    }

    /// The share of positives among the negatives of one stratum, with its 95 % interval of Wilson. Where all were
    /// looked at, the interval does not shrink to a point: they are a sample of what else the model will meet.
    [[nodiscard]] ShareEstimate estimate(Index stratum, std::span<const StratumVerdict> verdicts) const
    {
        const Tally tally = tally_of(stratum, verdicts);
        return wilson_interval(tally.positive, tally.judged);
    }

    /// The share among all: that of each stratum times its size. The interval is that of Wilson for as many trials N of
    /// one sample as would have the same variance v: (p (1 - p) + 1 / 4N) / N = sum of w^2 (p (1 - p) + 1 / 4n) / n,
    /// where the term 1 / 4n keeps strata without a hit from counting as certain. With one stratum that is its own
    /// interval. Strata of which nobody has looked at any are left out, so look at some of each.
    ///
    /// Both throw std::out_of_range for numbers that there are not, and std::invalid_argument for a number with two
    /// different verdicts; one that is there twice counts once.
    [[nodiscard]] ShareEstimate estimate(std::span<const StratumVerdict> verdicts) const
    {
        double weights = 0, share = 0, variance = 0;
        for (Index stratum = 0; stratum < count_; ++stratum) {
            const Tally tally = tally_of(stratum, verdicts);
            if (tally.judged > 0) {
                const auto weight = static_cast<double>(size_of(stratum));
                const double p = tally.positive / tally.judged;
                weights += weight;
                share += weight * p;
                variance += weight * weight * (p * (1 - p) + 1 / (4 * tally.judged)) / tally.judged;
            }
        }
        if (weights == 0) {
            return {};
        }
        share = (std::min)(share / weights, 1.0);
        variance /= weights * weights;
        const double spread = share * (1 - share),
                     trials = (spread + std::sqrt(spread * spread + variance)) / (2 * variance);
        return wilson_interval(share * trials, trials);
    }

private:
    struct Tally {
        double judged = 0, positive = 0;
    };

    [[nodiscard]] Tally tally_of(Index stratum, std::span<const StratumVerdict> verdicts) const
    {
        std::vector<std::pair<Index, bool>> own;
        for (const StratumVerdict& verdict : verdicts) {
            detail::check_row("ScoreStrata: verdict", verdict.number, static_cast<Index>(stratum_.size()));
            if (stratum_of(verdict.number) == stratum) {
                own.emplace_back(verdict.number, verdict.is_positive);
            }
        }
        std::sort(own.begin(), own.end());
        own.erase(std::unique(own.begin(), own.end()), own.end());
        Tally result;
        for (std::size_t i = 0; i < own.size(); ++i) {
            if (i > 0 && own[i].first == own[i - 1].first) {
                detail::throw_invalid("ScoreStrata: number " + std::to_string(own[i].first) +
                                      " has two verdicts that contradict each other");
            }
            ++result.judged;
            result.positive += own[i].second;
        }
        return result;
    }

    /// The place in the order where a stratum begins.
    [[nodiscard]] Index begin(Index stratum) const { return stratum * static_cast<Index>(order_.size()) / count_; }

    Index count_;
    std::vector<Index> order_, stratum_;
};

}  // namespace mohs::inline MOHS_ABI
