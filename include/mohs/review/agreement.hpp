#pragma once

/// \file
/// How far annotators agree: Krippendorff's alpha and Cohen's kappa.

#include <mohs/review/verdicts.hpp>

#include <map>

namespace mohs::inline MOHS_ABI {

/// What one annotator says of one thing. Values are names of categories: only whether they are equal counts.
struct Rating {
    std::uint64_t unit = 0;       ///< what is rated
    std::uint64_t annotator = 0;  ///< who rates it
    std::int64_t value = 0;
};

/// Agreement beyond chance: 1 if all agree, 0 as by chance, below if they disagree more than that.
struct Agreement {
    const char* measure = "";       ///< "Krippendorff's alpha, nominal" or "Cohen's kappa"
    std::optional<double> value{};  ///< nothing where chance alone makes all agree: too few ratings, or one category
    Index units = 0;                ///< what was rated more than once, and counts
    Index annotators = 0;           ///< who rated that
    Index ratings = 0;              ///< how often
};

namespace detail {

/// Ratings by unit: the annotator and the value.
using RatedUnits = std::map<std::uint64_t, std::vector<std::pair<std::uint64_t, std::int64_t>>>;

/// Throws std::invalid_argument if an annotator rates a unit twice.
inline RatedUnits by_unit(std::span<const Rating> ratings)
{
    RatedUnits result;
    for (const Rating& rating : ratings) {
        result[rating.unit].emplace_back(rating.annotator, rating.value);
    }
    for (auto& [unit, rated] : result) {
        std::sort(rated.begin(), rated.end());
        for (std::size_t i = 1; i < rated.size(); ++i) {
            if (rated[i].first == rated[i - 1].first) {
                throw_invalid("Agreement: annotator " + std::to_string(rated[i].first) + " rates unit " +
                              std::to_string(unit) + " twice");
            }
        }
    }
    return result;
}

}  // namespace detail

/// Krippendorff's alpha for nominal values, any number of annotators and missing ratings (Krippendorff 2011, Computing
/// Krippendorff's Alpha-Reliability). Only units with m >= 2 ratings count. With the coincidences
///
///     o_ck = sum over units of (ordered pairs of ratings with the values c and k) / (m - 1),
///
/// n_c = sum_k o_ck and n = sum_c n_c, alpha = 1 - (n - 1) sum_{c != k} o_ck / sum_{c != k} n_c n_k. Nothing if all
/// ratings that count are of one value. Throws std::invalid_argument if an annotator rates a unit twice.
/// O(ratings log ratings).
[[nodiscard]] inline Agreement krippendorff_alpha(std::span<const Rating> ratings)
{
    Agreement result{.measure = "Krippendorff's alpha, nominal"};
    std::map<std::int64_t, double> totals;
    std::map<std::uint64_t, bool> annotators;
    double disagreement = 0, count = 0;
    for (const auto& [unit, rated] : detail::by_unit(ratings)) {
        if (rated.size() < 2) {
            continue;
        }
        ++result.units;
        result.ratings += static_cast<Index>(rated.size());
        std::map<std::int64_t, double> values;
        for (const auto& [annotator, value] : rated) {
            annotators[annotator] = true;
            values[value] += 1;
        }
        const auto size = static_cast<double>(rated.size());
        for (const auto& [value, times] : values) {
            totals[value] += times;
            disagreement += times * (size - times) / (size - 1);
        }
        count += size;
    }
    result.annotators = static_cast<Index>(annotators.size());
    double expected = 0;
    for (const auto& [value, total] : totals) {
        expected += total * (count - total);
    }
    if (expected > 0) {
        result.value = 1 - (count - 1) * disagreement / expected;
    }
    return result;
}

/// Cohen's kappa of two annotators (Cohen 1960): (p_o - p_e) / (1 - p_e), over the units that both rate, with p_o the
/// share of units on which they agree and p_e the sum over values of the product of their shares of it. Nothing if
/// there are no such units, or p_e is 1. Throws std::invalid_argument if both are one annotator, and if an annotator
/// rates a unit twice. O(ratings log ratings).
[[nodiscard]] inline Agreement cohen_kappa(std::span<const Rating> ratings, std::uint64_t first, std::uint64_t second)
{
    if (first == second) {
        detail::throw_invalid("Agreement: Cohen's kappa is of two annotators, but both are number " +
                              std::to_string(first));
    }
    Agreement result{.measure = "Cohen's kappa"};
    std::map<std::int64_t, std::pair<double, double>> times;
    double equal = 0, count = 0;
    for (const auto& [unit, rated] : detail::by_unit(ratings)) {
        const auto of = [&rated = rated](std::uint64_t annotator) {
            return std::find_if(rated.begin(), rated.end(),
                                [annotator](const auto& each) { return each.first == annotator; });
        };
        const auto one = of(first), other = of(second);
        if (one == rated.end() || other == rated.end()) {
            continue;
        }
        count += 1;
        equal += one->second == other->second ? 1 : 0;
        times[one->second].first += 1;
        times[other->second].second += 1;
    }
    result.units = static_cast<Index>(count);
    result.ratings = 2 * result.units;
    result.annotators = result.units > 0 ? 2 : 0;
    double by_chance = 0;
    for (const auto& [value, both] : times) {
        by_chance += both.first * both.second;
    }
    if (by_chance < count * count) {
        result.value = (equal * count - by_chance) / (count * count - by_chance);
    }
    return result;
}

/// The annotators of verdicts: persons, then models, by name. Their places here are their numbers in `ratings_of`.
[[nodiscard]] inline std::vector<Annotator> annotators_of(const Verdicts& verdicts)
{
    std::vector<Annotator> result;
    for (const Verdict& verdict : verdicts.all()) {
        result.push_back({verdict.annotator, verdict.annotator_kind});
    }
    std::sort(result.begin(), result.end(), [](const Annotator& a, const Annotator& b) {
        return a.kind != b.kind ? a.kind < b.kind : a.name < b.name;
    });
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

/// The votes of verdicts as ratings of records: 1 for positive, 0 for negative. Who skips a record does not rate it.
[[nodiscard]] inline std::vector<Rating> ratings_of(const Verdicts& verdicts)
{
    std::map<Annotator, std::uint64_t> numbers;
    for (const Annotator& annotator : annotators_of(verdicts)) {
        numbers.emplace(annotator, numbers.size());
    }
    std::vector<Rating> result;
    for (std::size_t at = 0; at < verdicts.decisions().size(); ++at) {
        for (const Vote& vote : verdicts.votes(at)) {
            if (vote.answer != Answer::skip) {
                result.push_back({verdicts.decisions()[at].record.bits,
                                  numbers.at({vote.annotator, vote.annotator_kind}), vote.answer == Answer::positive});
            }
        }
    }
    return result;
}

}  // namespace mohs::inline MOHS_ABI
