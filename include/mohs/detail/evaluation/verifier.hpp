#pragma once

/// \file
/// How VerificationMetrics comes by its rates: counts of all pairs, first coarse, then fine where it matters.

#include <mohs/batch.hpp>
#include <mohs/detail/evaluation/count_by_key.hpp>
#include <mohs/result/verification_result.hpp>

#include <map>
#include <vector>

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
        const std::vector<PairCounts> bins = upper.total();
        VerificationRates rates;
        const bool rated = start_result(bins, options_.false_accept_rates, result_, rates);
        result_.report.anchors = queries.rows();
        result_.report.valid = upper.anchors();
        result_.report.no_positive = seen.anchors - seen.not_anchors - upper.anchors();
        result_.report.unknown = seen.unknown;
        result_.report.not_anchors = seen.not_anchors;
        result_.report.non_finite = queries.rows() - seen.anchors - seen.unknown;
        result_.report.non_finite_candidates = gallery.rows() - seen.candidates - seen.unknown_candidates;
        result_.report.zero_rows = seen.zero_rows;
        for (const std::uint32_t infinity : {0x7f800000U, 0xff800000U}) {
            const PairCounts& bin = bins[upper_of(closeness_key<M>(std::bit_cast<float>(infinity)))];
            result_.report.overflows += static_cast<Index>(bin.positives + bin.negatives);
        }
        if (!rated) {
            return;
        }
        trace(
            bins, rates, false, [](std::size_t bin) { return value_of(static_cast<std::uint32_t>(bin << lower_bits)); },
            result_);
        const std::vector<std::uint32_t> keys = refine(bins, rates, scan);
        if (options_.per_class && queries.relation() == nullptr) {
            split(queries, keys, scan);
        }
    }

private:
    static double value_of(std::uint32_t key) { return static_cast<double>(value_of_key<M>(key)); }

    /// The second scan: thresholds to the last bit. Returns their keys, of EER first, then of the targets.
    template <class Scan>
    std::vector<std::uint32_t> refine(const std::vector<PairCounts>& bins, const VerificationRates& rates,
                                      const Scan& scan)
    {
        const std::size_t goals = options_.false_accept_rates.size() + 1;
        std::vector<PairCounts> before(goals);
        std::vector<std::size_t> upper_bin(goals), slot_of(upper_bins, upper_bins);
        std::size_t slot_count = 0;
        for (std::size_t goal = 0; goal < goals; ++goal) {
            upper_bin[goal] = walk_to(bins, before[goal], [&](const PairCounts& counts) {
                return rates.reached(goal, options_.false_accept_rates, counts);
            });
            std::size_t& slot = slot_of[upper_bin[goal]];
            slot = slot == upper_bins ? slot_count++ : slot;
        }
        const auto lower_of = [&](std::uint32_t key) {
            return slot_of[key >> lower_bits] * lower_bins + key % lower_bins;
        };
        CountByKey<M, decltype(lower_of)> lower(slot_count * lower_bins, lower_of);
        scan(lower);
        const std::vector<PairCounts> fine = lower.total();
        std::vector<std::uint32_t> keys;
        for (std::size_t goal = 0; goal < goals; ++goal) {
            const auto within = std::span(fine).subspan(slot_of[upper_bin[goal]] * lower_bins, lower_bins);
            const std::size_t at = walk_to(within, before[goal], [&](const PairCounts& counts) {
                return rates.reached(goal, options_.false_accept_rates, counts);
            });
            const auto key = static_cast<std::uint32_t>(upper_bin[goal] * lower_bins + at);
            if (goal > 0) {
                keys.push_back(key + 1);
                result_.at_far[goal - 1].point = rates.at(value_of(key + 1), before[goal]);
                continue;
            }
            keys.push_back(key);
            PairCounts with = before[0];
            with += within[at];
            result_.eer = rates.equal_error(before[0], with);
            result_.at_eer = rates.at(value_of(key), with);
        }
        return keys;
    }

    /// The third scan: rates per class.
    template <class A, class Scan>
    void split(const Batch<A>& queries, const std::vector<std::uint32_t>& keys, const Scan& scan)
    {
        CountAtKeys<M> counter(keys, queries.rows());
        scan(counter);
        std::map<std::int64_t, std::vector<PairCounts>> classes;
        for (Index row = 0; row < queries.rows(); ++row) {
            std::vector<PairCounts>& total = classes[queries.label(row)];
            total.resize(keys.size() + 1);
            const std::span<const PairCounts> mine = counter.of(row);
            for (std::size_t i = 0; i < mine.size(); ++i) {
                total[i] += mine[i];
            }
        }
        rate_classes(classes, result_);
    }

    const VerificationOptions& options_;
    VerificationResult& result_;
};

}  // namespace mohs::inline MOHS_ABI::detail
