#pragma once

/// \file
/// How VerificationMetrics comes by its rates: counts of all pairs, first coarse, then fine where it matters.

#include <mohs/batch.hpp>
#include <mohs/detail/value_counts.hpp>
#include <mohs/evaluation/verification_result.hpp>

#include <map>
#include <numeric>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

template <class M>
class Verifier {
public:
    Verifier(const VerificationOptions& options, VerificationResult& result) : options_(options), result_(result) {}

    /// `scan(visitor)` shows all pairs to a row visitor.
    template <class A, class B, class Scan>
    void run(const Batch<A>& queries, const Batch<B>& gallery, const Scan& scan)
    {
        const auto upper_of = [](std::uint32_t key) { return std::size_t{key >> lower_bits}; };
        CountByKey<M, decltype(upper_of)> upper(upper_bins, upper_of);
        const auto seen = scan(upper);
        const std::vector<Counts> bins = upper.total();
        const Rates rates{std::accumulate(bins.begin(), bins.end(), Counts{},
                                          [](Counts sum, const Counts& bin) { return sum += bin; })};
        const auto [positives, negatives] = rates.all;
        result_.positives = static_cast<Index>(positives);
        result_.negatives = static_cast<Index>(negatives);
        result_.report.anchors = queries.rows();
        result_.report.valid = upper.anchors();
        result_.report.no_positive = seen.anchors - seen.not_anchors - upper.anchors();
        result_.report.unknown = seen.unknown;
        result_.report.not_anchors = seen.not_anchors;
        result_.report.non_finite = queries.rows() - seen.anchors - seen.unknown;
        result_.report.non_finite_candidates = gallery.rows() - seen.candidates - seen.unknown_candidates;
        result_.report.zero_rows = seen.zero_rows;
        result_.report.tuples = result_.positives + result_.negatives;
        for (const std::uint32_t infinity : {0x7f800000U, 0xff800000U}) {
            const Counts& bin = bins[upper_of(closeness_key<M>(std::bit_cast<float>(infinity)))];
            result_.report.overflows += static_cast<Index>(bin.positives + bin.negatives);
        }
        for (const double far : options_.far) {
            result_.at_far.push_back({far, {}, 0, 0});
        }
        if (positives == 0 || negatives == 0) {
            return;
        }
        trace(bins, rates);
        const std::vector<std::uint32_t> keys = refine(bins, rates, scan);
        if (options_.per_class && queries.relation() == nullptr) {
            split(queries, keys, scan);
        }
    }

private:
    using Counts = PairCounts;

    /// Rates of a threshold, given all pairs.
    struct Rates {
        Counts all;
        [[nodiscard]] double far(const Counts& accepted) const { return share(accepted.negatives, all.negatives); }
        [[nodiscard]] double tar(const Counts& accepted) const { return share(accepted.positives, all.positives); }
        [[nodiscard]] double frr(const Counts& accepted) const
        {
            return share(all.positives - accepted.positives, all.positives);
        }
        [[nodiscard]] OperatingPoint at(std::uint32_t key, const Counts& accepted) const
        {
            return {static_cast<double>(value_of_key<M>(key)), far(accepted), tar(accepted)};
        }
        static double share(std::uint64_t part, std::uint64_t whole)
        {
            return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
        }
    };

    /// What EER (first) and every target wait for: whether the pairs accepted are too many.
    [[nodiscard]] bool reached(const Rates& rates, std::size_t goal, const Counts& accepted) const
    {
        return goal == 0 ? rates.far(accepted) >= rates.frr(accepted) : rates.far(accepted) > options_.far[goal - 1];
    }

    /// The ROC curve at the edges of the upper bins, and the area below it.
    void trace(const std::vector<Counts>& bins, const Rates& rates)
    {
        Counts accepted;
        const double pairs = static_cast<double>(rates.all.positives) * static_cast<double>(rates.all.negatives);
        for (std::size_t bin = bins.size(); bin-- > 0;) {
            const auto positives = static_cast<double>(bins[bin].positives),
                       negatives = static_cast<double>(bins[bin].negatives);
            if (positives + negatives > 0) {
                accepted += bins[bin];
                const auto farther = static_cast<double>(rates.all.negatives - accepted.negatives);
                result_.auc += positives * (farther + negatives / 2) / pairs;
                result_.auc_error += positives * negatives / 2 / pairs;
                result_.roc.push_back(rates.at(static_cast<std::uint32_t>(bin << lower_bits), accepted));
            }
        }
    }

    /// The second scan: thresholds to the last bit. Returns their keys, of EER first, then of the targets.
    template <class Scan>
    std::vector<std::uint32_t> refine(const std::vector<Counts>& bins, const Rates& rates, const Scan& scan)
    {
        const std::size_t goals = options_.far.size() + 1;
        std::vector<Counts> before(goals);
        std::vector<std::size_t> upper_bin(goals), slot_of(upper_bins, upper_bins);
        std::size_t slots = 0;
        for (std::size_t goal = 0; goal < goals; ++goal) {
            upper_bin[goal] =
                walk_to(bins, before[goal], [&](const Counts& counts) { return reached(rates, goal, counts); });
            std::size_t& slot = slot_of[upper_bin[goal]];
            slot = slot == upper_bins ? slots++ : slot;
        }
        const auto lower_of = [&](std::uint32_t key) {
            return slot_of[key >> lower_bits] * lower_bins + key % lower_bins;
        };
        CountByKey<M, decltype(lower_of)> lower(slots * lower_bins, lower_of);
        scan(lower);
        const std::vector<Counts> fine = lower.total();
        std::vector<std::uint32_t> keys;
        for (std::size_t goal = 0; goal < goals; ++goal) {
            const auto within = std::span(fine).subspan(slot_of[upper_bin[goal]] * lower_bins, lower_bins);
            const std::size_t at =
                walk_to(within, before[goal], [&](const Counts& counts) { return reached(rates, goal, counts); });
            const auto key = static_cast<std::uint32_t>(upper_bin[goal] * lower_bins + at);
            if (goal > 0) {
                keys.push_back(key + 1);
                result_.at_far[goal - 1].point = rates.at(key + 1, before[goal]);
                continue;
            }
            keys.push_back(key);
            Counts with = before[0];
            with += within[at];
            const double gap = rates.frr(before[0]) - rates.far(before[0]), over = rates.far(with) - rates.frr(with);
            const double weight = gap > 0 ? gap / (gap + over) : 0;
            result_.eer = rates.far(before[0]) + weight * (rates.far(with) - rates.far(before[0]));
            result_.at_eer = rates.at(key, with);
        }
        return keys;
    }

    /// The third scan: rates per class.
    template <class A, class Scan>
    void split(const Batch<A>& queries, const std::vector<std::uint32_t>& keys, const Scan& scan)
    {
        CountAtKeys<M> counter(keys, queries.rows());
        scan(counter);
        std::map<std::int64_t, std::vector<Counts>> classes;
        for (Index row = 0; row < queries.rows(); ++row) {
            std::vector<Counts>& total = classes[queries.label(row)];
            total.resize(keys.size() + 1);
            const std::span<const Counts> mine = counter.of(row);
            for (std::size_t i = 0; i < mine.size(); ++i) {
                total[i] += mine[i];
            }
        }
        double with_positives = 0, with_negatives = 0;
        for (const auto& [label, counts] : classes) {
            const Rates rates{counts.back()};
            if (rates.all.positives + rates.all.negatives == 0) {
                continue;
            }
            ClassVerification each{label, static_cast<Index>(rates.all.positives),
                                   static_cast<Index>(rates.all.negatives), rates.at(keys[0], counts[0])};
            for (std::size_t i = 1; i < keys.size(); ++i) {
                each.at_far.push_back(rates.at(keys[i], counts[i]));
                result_.at_far[i - 1].macro_far += each.at_far.back().far;
                result_.at_far[i - 1].macro_tar += each.at_far.back().tar;
            }
            with_positives += each.positives > 0 ? 1 : 0;
            with_negatives += each.negatives > 0 ? 1 : 0;
            result_.per_class.push_back(std::move(each));
        }
        for (TarAtFar& each : result_.at_far) {
            each.macro_far /= with_negatives;
            each.macro_tar /= with_positives;
        }
    }

    const VerificationOptions& options_;
    VerificationResult& result_;
};

}  // namespace mohs::inline MOHS_ABI::detail
