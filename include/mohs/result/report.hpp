#pragma once

/// \file
/// Report: what happened to every anchor of a step.

#include <mohs/types.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace mohs::inline MOHS_ABI {

/// Distribution of a value over the tuples of a step, in the metric's own unit. All 0 when `count` is 0.
struct Summary {
    Index count = 0;
    double mean = 0, min = 0, q05 = 0, median = 0, q95 = 0, max = 0;

    /// Summarises `values`, and reorders them. Quantile q of n sorted values is the one at index floor(q (n - 1)).
    /// O(n).
    static Summary of(std::span<double> values)
    {
        Summary result;
        result.count = static_cast<Index>(values.size());
        if (values.empty()) {
            return result;
        }
        for (const double value : values) {
            result.mean += value / static_cast<double>(values.size());
        }
        const auto [least, most] = std::minmax_element(values.begin(), values.end());
        result.min = *least;
        result.max = *most;
        // In ascending order: what lies before one quantile is no larger, so the next is sought behind it.
        auto begin = values.begin();
        const auto quantile = [&](double q) {
            const auto at = values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
            std::nth_element(begin, at, values.end());
            begin = at;
            return *at;
        };
        result.q05 = quantile(0.05);
        result.median = quantile(0.5);
        result.q95 = quantile(0.95);
        return result;
    }

    /// Exact for count, mean, min and max; the other quantiles become averages weighted by count.
    void merge(const Summary& other)
    {
        if (other.count == 0) {
            return;
        }
        if (count == 0) {
            *this = other;
            return;
        }
        const double weight = static_cast<double>(other.count) / static_cast<double>(count + other.count);
        const auto blend = [weight](double& mine, double theirs) { mine += weight * (theirs - mine); };
        blend(mean, other.mean);
        blend(q05, other.q05);
        blend(median, other.median);
        blend(q95, other.q95);
        min = (std::min)(min, other.min);
        max = (std::max)(max, other.max);
        count += other.count;
    }
};

/// What became of the rows of a step. Every row that was offered as an anchor is either valid or counted under
/// exactly one reason.
struct Report {
    Index anchors = 0;      ///< rows offered as anchors
    Index valid = 0;        ///< anchors with a result
    Index no_positive = 0;  ///< anchors skipped: no other sample has their label, or none is related so
    Index no_negative =
        0;  ///< anchors skipped: no sample has another label, or none is related so, but they have a positive or need none
    Index none_in_place = 0;  ///< anchors skipped: no negative lies where the strategy wants it, as beyond the positive
    Index all_filtered = 0;   ///< anchors skipped: filters rejected every negative in place
    Index non_finite = 0;     ///< anchors skipped: an infinity or a NaN in their row
    Index unknown = 0;        ///< anchors skipped: their class is not known
    Index not_anchors = 0;    ///< rows skipped: their role is another one
    Index non_finite_candidates =
        0;                ///< rows left out as candidates for the same reason; in a self-scan, the same rows
    Index zero_rows = 0;  ///< finite rows of norm 0: legal, similarity 0 under cosine
    Index overflows = 0;  ///< values or gradient elements too large for their type
    Index tuples = 0;     ///< triplets, pairs or neighbours returned, or seen by a loss
    Index active = 0;     ///< tuples whose loss is above zero
    /// Negatives that each filter rejected, in the order of the filters; the first that rejects counts. For ranked
    /// strategies only candidates that rank ahead of the one returned, so the count does not depend on the order of
    /// the scan; for strategies that take every negative, a uniform choice within bounds or a choice of the user's own, all
    /// that were in place;
    /// for those that draw, those drawn before one passed, each once, or all, where so many draws were rejected that
    /// every candidate was looked at.
    std::array<Index, 8> rejected{};
    std::array<const char*, 8> filter_names{};  ///< null past the last filter
    double effective_negatives = 0;  ///< of weighted sampling: exp(entropy) of an anchor's weights, mean over anchors
    Summary positive;                ///< values between anchors and positives
    Summary negative;                ///< values between anchors and negatives

    /// Share of the tuples with a loss above zero; 0 without tuples.
    [[nodiscard]] double active_share() const
    {
        return tuples == 0 ? 0 : static_cast<double>(active) / static_cast<double>(tuples);
    }

    /// Calls `f(name, value)` with a C string and a double for every entry: enough to feed any logger.
    template <class Function>
    void for_each(Function&& f) const
    {
        f("anchors", static_cast<double>(anchors));
        f("valid", static_cast<double>(valid));
        f("no_positive", static_cast<double>(no_positive));
        f("no_negative", static_cast<double>(no_negative));
        f("none_in_place", static_cast<double>(none_in_place));
        f("all_filtered", static_cast<double>(all_filtered));
        for (std::size_t filter = 0; filter < filter_names.size() && filter_names[filter] != nullptr; ++filter) {
            f(filter_names[filter], static_cast<double>(rejected[filter]));
        }
        f("non_finite", static_cast<double>(non_finite));
        f("unknown", static_cast<double>(unknown));
        f("not_anchors", static_cast<double>(not_anchors));
        f("non_finite_candidates", static_cast<double>(non_finite_candidates));
        f("zero_rows", static_cast<double>(zero_rows));
        f("effective_negatives", effective_negatives);
        f("overflows", static_cast<double>(overflows));
        f("tuples", static_cast<double>(tuples));
        f("active", static_cast<double>(active));
        f("active_share", active_share());
        f("positive_mean", positive.mean);
        f("positive_min", positive.min);
        f("positive_q05", positive.q05);
        f("positive_median", positive.median);
        f("positive_q95", positive.q95);
        f("positive_max", positive.max);
        f("negative_mean", negative.mean);
        f("negative_min", negative.min);
        f("negative_q05", negative.q05);
        f("negative_median", negative.median);
        f("negative_q95", negative.q95);
        f("negative_max", negative.max);
    }

    /// Adds the counts of another step of the same miner or loss.
    void merge(const Report& other)
    {
        if (valid + other.valid > 0) {
            effective_negatives += (other.effective_negatives - effective_negatives) *
                                   (static_cast<double>(other.valid) / static_cast<double>(valid + other.valid));
        }
        for (Index Report::*const count : {&Report::anchors, &Report::valid, &Report::no_positive, &Report::no_negative,
                                           &Report::none_in_place, &Report::all_filtered, &Report::non_finite,
                                           &Report::unknown, &Report::not_anchors, &Report::non_finite_candidates,
                                           &Report::zero_rows, &Report::overflows, &Report::tuples, &Report::active}) {
            this->*count += other.*count;
        }
        for (std::size_t filter = 0; filter < rejected.size(); ++filter) {
            rejected[filter] += other.rejected[filter];
            if (filter_names[filter] == nullptr) {
                filter_names[filter] = other.filter_names[filter];
            }
        }
        positive.merge(other.positive);
        negative.merge(other.negative);
    }
};

}  // namespace mohs::inline MOHS_ABI
