#pragma once

/// \file
/// PopularityDraws: random negatives, the more popular the more often.

#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/base/random.hpp>
#include <mohs/detail/corpus/alias_table.hpp>
#include <mohs/relation.hpp>
#include <mohs/result/popular_negatives.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Options of PopularityDraws.
struct PopularityOptions {
    double alpha = 0.75;        ///< as of word2vec (Mikolov et al. 2013); 1 in RecBole; 0: every row is as likely
    Index num_negatives = 1;    ///< per list
    bool per_positive = true;   ///< a list for every positive of a query, else one for every query
    bool distinct = true;       ///< the rows of a list differ
    std::uint64_t seed = 0, epoch = 0;
};

/// Draws negatives by popularity^alpha, as recommenders do: row j with a probability in proportion to popularity[j]^alpha
/// among the rows that are negatives of the query. Its positives and what is neither, as a history of hundreds of items, are
/// no negatives. Nothing is scanned; made once, it draws in O(1).
///
///     const mohs::PopularityDraws draw{counts, {.alpha = 0.75, .num_negatives = 4, .seed = 1, .epoch = epoch}};
///     const mohs::PopularNegatives found = draw(interactions);
///
/// For logQ correction every negative comes with the logarithm of its expected count: n q where rows may come twice, q being
/// its probability for this query; 1 - (1 - q)^t for distinct ones, t the draws among negatives that it took, as
/// TensorFlow's candidate samplers estimate it.
///
/// Draws are keyed by seed, epoch, the number of the query and the row of the positive: they do not depend on threads, nor on
/// other queries. Where nearly all that is popular is excluded, a list that would take too long is drawn from the rows that
/// are left, with the same probabilities. A list for which fewer distinct rows with a weight are left has those, and is
/// named in `shortfalls`.
///
/// Throws std::invalid_argument, when it is made, for popularities that are negative or not finite, for an alpha that is
/// negative or not finite and for fewer than 1 negative; for a relation of another number of rows, when it is called. A
/// popularity of 0 is never drawn unless alpha is 0. Memory 20 bytes per row. O(rows) to make; a call O(n) per list, times
/// 1 / the share of the weights that is not excluded.
class PopularityDraws {
public:
    /// `popularity` has a number per row of the corpus, and is copied.
    template <class Number>
    PopularityDraws(std::span<const Number> popularity, const PopularityOptions& options = {}) : options_(options)
    {
        if (!detail::is_finite(options.alpha) || options.alpha < 0) {
            detail::throw_bad_value("PopularityDraws: alpha", options.alpha, "finite and at least 0");
        }
        if (options.num_negatives < 1) {
            detail::throw_bad_value("PopularityDraws: num_negatives", static_cast<double>(options.num_negatives),
                                    "at least 1");
        }
        double sum = 0, largest = 0;
        for (const Number number : popularity) {
            const auto value = static_cast<double>(number);
            if (!detail::is_finite(value) || value < 0) {
                detail::throw_bad_value("PopularityDraws: popularity", value, "finite and at least 0");
            }
            largest = (std::max)(largest, value);
        }
        for (const Number number : popularity) {
            // Of the largest, so that no power is out of range.
            const double share = largest > 0 ? static_cast<double>(number) / largest : 0;
            weights_.push_back(options.alpha == 0 ? 1 : std::pow(share, options.alpha));
            sum += weights_.back();
        }
        for (double& weight : weights_) {
            weight = sum > 0 ? weight / sum : 0;
        }
        if (sum > 0) {
            table_ = detail::AliasTable(weights_);
        }
        empty_ = !(sum > 0);
    }
    template <class Numbers>
        requires requires(const Numbers& numbers) { std::span(numbers); }
    PopularityDraws(const Numbers& popularity, const PopularityOptions& options = {})
        : PopularityDraws(std::span<const typename Numbers::value_type>(popularity), options)
    {
    }

    /// The probability of a row where nothing is excluded.
    [[nodiscard]] double probability(Index row) const { return weights_[static_cast<std::size_t>(row)]; }
    [[nodiscard]] Index rows() const { return static_cast<Index>(weights_.size()); }

    [[nodiscard]] PopularNegatives operator()(const Relation& positives, const Options& run = {}) const
    {
        detail::check_threads(run);
        if (positives.candidates() != rows()) {
            detail::throw_size_mismatch("PopularityDraws: the popularity", rows(), positives.candidates(),
                                        "candidates in the relation");
        }
        std::vector<List> lists;
        for (Index query = 0; query < positives.anchors(); ++query) {
            const std::span<const Index> own = positives.positives(query);
            for (std::size_t i = 0; i < (options_.per_positive ? own.size() : 1); ++i) {
                lists.push_back({query, options_.per_positive ? own[i] : -1, {}, 0, 0});
            }
        }
        const detail::RandomStream stream(options_.seed, options_.epoch, detail::Purpose::negative);
        constexpr Index at_once = 256;
        const auto size = static_cast<Index>(lists.size());
        detail::parallel_for(run, (size + at_once - 1) / at_once, [&](Index task, int) {
            for (Index i = task * at_once; i < (std::min)(size, (task + 1) * at_once); ++i) {
                fill(lists[static_cast<std::size_t>(i)], positives, stream);
            }
        });
        PopularNegatives result;
        for (const List& list : lists) {
            add(list, result);
        }
        return result;
    }

private:
    struct List {
        Index query, positive;
        std::vector<Index> rows;
        Index tries;   ///< draws of negatives, repeated ones too
        Index drawn;   ///< all draws
        double kept = 1;  ///< the share of the weights that negatives have
    };

    void fill(List& list, const Relation& relation, const detail::RandomStream& stream) const
    {
        const std::span<const Index> positives = relation.positives(list.query), neither = relation.neither(list.query);
        const std::span<const Index> owner = relation.owner();
        const auto excluded = [&](Index row) {
            return std::binary_search(positives.begin(), positives.end(), row) ||
                   std::binary_search(neither.begin(), neither.end(), row) ||
                   (!owner.empty() && owner[static_cast<std::size_t>(row)] >= 0 &&
                    owner[static_cast<std::size_t>(row)] != list.query);
        };
        if (empty_) {
            return;
        }
        list.kept = kept_share(list.query, positives, neither, owner);
        const Index n = options_.num_negatives, most = 64 + 16 * n;
        for (; list.drawn < most && static_cast<Index>(list.rows.size()) < n; ++list.drawn) {
            const Index row = table_[stream.key(list.query, list.positive, static_cast<std::uint32_t>(list.drawn))];
            if (excluded(row)) {
                continue;
            }
            ++list.tries;
            if (!options_.distinct || std::find(list.rows.begin(), list.rows.end(), row) == list.rows.end()) {
                list.rows.push_back(row);
            }
        }
        if (static_cast<Index>(list.rows.size()) < n) {
            draw_from_rest(list, excluded, stream);
        }
    }

    [[nodiscard]] double kept_share(Index query, std::span<const Index> positives, std::span<const Index> neither,
                                    std::span<const Index> owner) const
    {
        if (!owner.empty()) {
            double kept = 0;
            for (Index row = 0; row < rows(); ++row) {
                const Index of = owner[static_cast<std::size_t>(row)];
                const bool out = std::binary_search(positives.begin(), positives.end(), row) ||
                                 std::binary_search(neither.begin(), neither.end(), row) || (of >= 0 && of != query);
                kept += out ? 0 : probability(row);
            }
            return kept;
        }
        double excluded = 0;
        for (const Index row : positives) {
            excluded += probability(row);
        }
        for (const Index row : neither) {
            excluded += probability(row);
        }
        return (std::max)(0.0, 1 - excluded);
    }

    /// Goes on drawing among what is not excluded, and for distinct rows not drawn yet, by exponential races.
    template <class Excluded>
    void draw_from_rest(List& list, const Excluded& excluded, const detail::RandomStream& stream) const
    {
        std::vector<Index> rest;
        double kept = 0;
        for (Index row = 0; row < rows(); ++row) {
            if (probability(row) > 0 && !excluded(row)) {
                rest.push_back(row);
                kept += probability(row);
            }
        }
        list.kept = kept;
        const auto n = static_cast<std::size_t>(options_.num_negatives);
        const auto draw = static_cast<std::uint32_t>(list.drawn);
        if (options_.distinct) {
            std::erase_if(rest, [&](Index row) {
                return std::find(list.rows.begin(), list.rows.end(), row) != list.rows.end();
            });
            std::vector<std::pair<double, Index>> races;
            for (const Index row : rest) {
                const double uniform =
                    (static_cast<double>(stream.key(list.query, row, draw, 1) >> 11) + 0.5) * 0x1p-53;
                races.emplace_back(std::log(-std::log(uniform)) - std::log(probability(row)), row);
            }
            std::sort(races.begin(), races.end());
            for (std::size_t i = 0; i < races.size() && list.rows.size() < n; ++i) {
                list.rows.push_back(races[i].second);
                ++list.drawn;
            }
            list.tries = expected_tries(list, excluded);
            return;
        }
        std::vector<double> weights;
        for (const Index row : rest) {
            weights.push_back(probability(row));
        }
        if (rest.empty()) {
            return;
        }
        const detail::AliasTable table(weights);
        for (std::uint32_t next = draw; list.rows.size() < n; ++next) {
            list.rows.push_back(rest[static_cast<std::size_t>(table[stream.key(list.query, list.positive, next, 1)])]);
            ++list.drawn;
        }
    }

    /// The number of draws after which as many distinct negatives are to be expected as there are in a list.
    template <class Excluded>
    [[nodiscard]] Index expected_tries(const List& list, const Excluded& excluded) const
    {
        std::vector<double> logs;
        for (Index row = 0; row < rows(); ++row) {
            if (probability(row) > 0 && !excluded(row)) {
                logs.push_back(std::log1p(-(std::min)(probability(row) / list.kept, 1 - 0x1p-53)));
            }
        }
        Index low = static_cast<Index>(list.rows.size()), high = Index{1} << 40;
        while (low < high) {
            const Index middle = low + (high - low) / 2;
            double distinct = 0;
            for (const double log : logs) {
                distinct -= std::expm1(static_cast<double>(middle) * log);
            }
            (distinct < static_cast<double>(list.rows.size()) - 1e-9 ? low : high) =
                distinct < static_cast<double>(list.rows.size()) - 1e-9 ? middle + 1 : middle;
        }
        return low;
    }

    void add(const List& list, PopularNegatives& result) const
    {
        result.open(list.query, list.positive);
        for (const Index row : list.rows) {
            const double q = (std::min)(probability(row) / list.kept, 1.0);
            const double expected =
                options_.distinct
                    ? -std::expm1(static_cast<double>(list.tries) * std::log1p(-(std::min)(q, 1 - 0x1p-53)))
                    : static_cast<double>(options_.num_negatives) * q;
            result.add(row, std::log(expected));
        }
        result.drawn += list.drawn;
        if (static_cast<Index>(list.rows.size()) < options_.num_negatives) {
            result.shortfalls.push_back({result.size() - 1, list.query, static_cast<Index>(list.rows.size())});
        }
    }

    PopularityOptions options_;
    std::vector<double> weights_;
    detail::AliasTable table_;
    bool empty_ = false;
};

}  // namespace mohs::inline MOHS_ABI
