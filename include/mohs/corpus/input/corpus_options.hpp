#pragma once

/// \file
/// What corpus mining is told: how many negatives, from where, and how they are drawn.

#include <mohs/detail/base/check.hpp>
#include <mohs/types.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace mohs::inline MOHS_ABI {

/// How the negatives of a list are taken from those that all rules let pass, the survivors, the closest first.
///
///     top       the first n
///     random    n, each as likely as any other
///     softmax   n, a weight of exp(s / temperature) each
///     simans    n, a weight of exp(-simans_a (s - p - simans_b)^2) each, as the paper and the README of SimANS have
///               it (Zhou et al. 2022); its code adds simans_b instead. With simans_b < 0 it prefers negatives that are
///               farther than the positive by that much
///     rotation  of the survivors in a random order that depends on the seed alone, numbers epoch n to epoch n + n - 1,
///               and from the last on to the first: every one has its turn, and nothing has to be kept between epochs
///               (Tevatron)
///
/// s is the value of a candidate and p the reference of its list, as similarities; distances count with a minus.
/// Draws are without replacement, in log space, so that no weight vanishes; they are keyed by seed, epoch, the sample
/// id of the query (its row without ids), the row of the positive where every positive has a list, and the row of the
/// candidate: they depend neither on threads nor on blocks, nor on which other queries there are. What is drawn is
/// returned the closest first.
enum class Sampling : std::uint8_t { top, random, softmax, simans, rotation };

/// Which positive margins are measured against: of the positives of a query that whose score is smallest (the
/// farthest one, whether the metric is a similarity or a distance: that rejects the most), that whose score is
/// largest, the mean of all, or the one that the list belongs to.
enum class ReferencePositive : std::uint8_t { min, max, mean, own };

/// Scores of the positives of every query that are known already, as from the rows of another shard of the corpus:
/// values of the metric. Those of query i are values[offsets[i]] .. values[offsets[i + 1] - 1], in any order and of
/// any number; where every positive has a list of its own, as many as the relation has positives of it, in ascending
/// order of their rows. A score that is not finite does not count. Both have to outlive the call.
struct PositiveScores {
    std::span<const Index> offsets;
    std::span<const double> values;
};

/// How far mining has come. A block of queries is looked at with one block of the corpus after another. While rows are
/// hashed, before, nothing of it is done.
struct CorpusProgress {
    Index queries_done = 0;  ///< whose lists are complete
    Index queries = 0;
    double share = 0;  ///< of all pairs of a query and a row, in [0, 1]
};

/// Options of CorpusMiner. Those that sentence-transformers' `mine_hard_negatives` (version 6) has are named as there
/// and mean the same, but for what is said here. Scores are values of the metric, in its own unit.
///
/// A **raw rank** counts the negatives of a query by relation: its positives, itself and what is neither are no
/// candidates, and have none. A **surviving** rank counts what all rules let pass.
struct CorpusOptions {
    Index num_negatives = 3;  ///< per list: 3 there
    /// Survivors that are left out, the closest. 0 there.
    Index range_min = 0;
    /// Raw ranks from this one on are left out. Not given: there is no bound, and the search goes as deep as it
    /// takes; there, range_min + num_negatives + the most positives of a query, with margins or `max_score` 10
    /// num_negatives. There, ranks count the positives, and as many are looked at beyond range_max as the query with
    /// the most of them has; so for a query with fewer it is a little more.
    std::optional<Index> range_max = std::nullopt;
    /// Raw ranks before this one are left out. FlagEmbedding's `range_for_sampling` of 10-210 is this at 10 and
    /// `range_max` at 210.
    Index raw_range_min = 0;
    std::optional<double> max_score = std::nullopt;        ///< larger values are rejected; equal ones stay
    std::optional<double> min_score = std::nullopt;        ///< smaller values are rejected; equal ones stay
    std::optional<double> absolute_margin = std::nullopt;  ///< rejected unless farther than the reference by this much
    std::optional<double> relative_margin = std::nullopt;  ///< the same by this share of the reference's magnitude
    ReferencePositive reference_positive = ReferencePositive::min;  ///< min there
    /// Whether every positive of a query has a list of its own. `ReferencePositive::own` needs that.
    bool per_positive = false;
    Sampling sampling = Sampling::top;
    /// Survivors, after `range_min`, that a draw is made from, the closest. Not given: for `random` all that there
    /// are; then nothing is scanned, and rows are drawn until n pass. For the others within `range_max`, or 100 where
    /// that is not given either, but no fewer than num_negatives.
    std::optional<Index> pool = std::nullopt;
    double temperature = 0.05;  ///< of `softmax`, in the unit of the metric: 1 / 20, the scale of that library's losses
    double simans_a = 0.5, simans_b = 0;  ///< of `simans`: its defaults
    std::uint64_t seed = 0, epoch = 0;
    std::string tag = {};  ///< anything that is to be in the provenance, as the version of the model
    /// Looks at all rows once before mining: hashes them, for the provenance and to count duplicates, and counts
    /// those that are not finite and those that are zero, none of which is known else. 8 bytes per row of the corpus.
    bool hash_rows = true;
    /// Rows at a time. 0: as many of the corpus as take about 32 MiB, and 16384 queries, or fewer where their lists
    /// would take more than 128 MiB. Results do not depend on them.
    Index corpus_block = 0, query_block = 0;
    /// Only queries [query_begin, query_end) get lists, the same as in a call for all: to mine a part, and go on later.
    Index query_begin = 0;
    std::optional<Index> query_end = std::nullopt;
    /// Called after every block, while rows are hashed, too. If it returns false, mining stops, and what is complete is
    /// returned.
    std::function<bool(const CorpusProgress&)> progress = {};

    /// Throws std::invalid_argument for options that make no sense.
    void validate() const
    {
        const auto at_least = [](const char* name, Index value, Index least, const char* rule) {
            if (value < least) {
                detail::throw_bad_value(name, static_cast<double>(value), rule);
            }
        };
        at_least("CorpusMiner: num_negatives", num_negatives, 1, "at least 1");
        if (num_negatives > Index{1} << 31) {
            // All that is summed over lists is in range.
            detail::throw_bad_value("CorpusMiner: num_negatives", static_cast<double>(num_negatives), "at most 2^31");
        }
        at_least("CorpusMiner: range_min", range_min, 0, "at least 0");
        at_least("CorpusMiner: raw_range_min", raw_range_min, 0, "at least 0");
        at_least("CorpusMiner: corpus_block", corpus_block, 0, "at least 0");
        at_least("CorpusMiner: query_block", query_block, 0, "at least 0");
        at_least("CorpusMiner: query_begin", query_begin, 0, "at least 0");
        at_least("CorpusMiner: query_end", query_end.value_or(query_begin), query_begin, "at least query_begin");
        at_least("CorpusMiner: range_max", range_max.value_or(1), 1, "at least 1");
        at_least("CorpusMiner: pool", pool.value_or(num_negatives), num_negatives, "at least num_negatives");
        if (range_max && (*range_max - range_min < num_negatives || *range_max - raw_range_min < num_negatives)) {
            detail::throw_invalid("CorpusMiner: range_max is " + std::to_string(*range_max) + ", but " +
                                  std::to_string(num_negatives) + " negatives have to fit between it and range_min = " +
                                  std::to_string(range_min) + " and raw_range_min = " + std::to_string(raw_range_min));
        }
        detail::check_number("CorpusMiner: max_score", max_score.value_or(0));
        detail::check_number("CorpusMiner: min_score", min_score.value_or(0));
        detail::check_finite("CorpusMiner: absolute_margin", absolute_margin.value_or(0));
        detail::check_finite("CorpusMiner: relative_margin", relative_margin.value_or(0));
        detail::check_positive("CorpusMiner: temperature", temperature);
        detail::check_finite("CorpusMiner: simans_b", simans_b);
        if (!detail::is_finite(simans_a) || simans_a < 0) {
            detail::throw_bad_value("CorpusMiner: simans_a", simans_a, "finite and at least 0");
        }
        if (reference_positive == ReferencePositive::own && !per_positive) {
            detail::throw_rule("CorpusMiner",
                               "reference_positive is own, which needs per_positive: a list for every positive");
        }
    }
};

}  // namespace mohs::inline MOHS_ABI
