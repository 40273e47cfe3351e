#pragma once

/// \file
/// PopularityDraws: random negatives, the more popular the more often.

#include <mohs/corpus/input/popularity_options.hpp>
#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/corpus/popularity_table.hpp>
#include <mohs/relation.hpp>
#include <mohs/result/popular_negatives.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// Draws negatives by popularity^alpha, as recommenders do: row j with a probability in proportion to
/// popularity[j]^alpha among the rows that are negatives of the query. Its positives and what is neither, as a
/// history of hundreds of items, are no negatives. Nothing is scanned; made once, it draws in O(1).
///
///     const mohs::PopularityDraws draw{counts, {.alpha = 0.75, .num_negatives = 4, .seed = 1, .epoch = epoch}};
///     const mohs::PopularNegatives found = draw(interactions);
///
/// For logQ correction every negative comes with the logarithm of its expected count: n q where rows may come twice,
/// q being its probability for this query; 1 - (1 - q)^t for distinct ones, t the draws among negatives that it took,
/// as TensorFlow's candidate samplers estimate it: exact for one, too low by some percent where a list is no longer
/// short beside the corpus.
///
/// Draws are keyed by seed, epoch, the number of the query and the row of the positive: they do not depend on
/// threads, nor on other queries. Where nearly all that is popular is excluded, a list that would take too long is
/// drawn from the rows that are left, with the same probabilities. A list for which fewer distinct rows with a weight
/// are left has those, and is named in `shortfalls`.
///
/// Throws std::invalid_argument, when it is made, for popularities that are negative or not finite, for an alpha that
/// is negative or not finite, for fewer than 1 negative and for more than 2^32 rows; for a relation of another number of
/// rows, when it is called. A popularity of 0 is never drawn unless alpha is 0. Memory 20 bytes per row. O(rows) to make;
/// a call O(n) per list, times 1 / the share of the weights that is not excluded, and O(rows) where candidates belong to
/// one anchor alone (own negatives of a relation).
class PopularityDraws {
public:
    /// `popularity` has a number per row of the corpus, and is copied.
    template <class Number>
    PopularityDraws(std::span<const Number> popularity, const PopularityOptions& options = {})
        : options_(checked(popularity, options)),
          table_(
              static_cast<Index>(popularity.size()),
              [popularity](Index row) { return static_cast<double>(popularity[static_cast<std::size_t>(row)]); },
              options)
    {
    }
    template <class Numbers>
        requires requires(const Numbers& numbers) { std::span(numbers); }
    PopularityDraws(const Numbers& popularity, const PopularityOptions& options = {})
        : PopularityDraws(std::span<const typename Numbers::value_type>(popularity), options)
    {
    }

    /// The probability of a row where nothing is excluded.
    [[nodiscard]] double probability(Index row) const { return table_.probability(row); }
    [[nodiscard]] Index rows() const { return table_.rows(); }

    [[nodiscard]] PopularNegatives operator()(const Relation& positives, const Options& run = {}) const
    {
        detail::check_threads(run);
        if (positives.candidates() != rows()) {
            detail::throw_size_mismatch("PopularityDraws: the popularity", rows(), positives.candidates(),
                                        "candidates in the relation");
        }
        std::vector<detail::PopularityList> lists;
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
                table_.fill(lists[static_cast<std::size_t>(i)], positives, stream);
            }
        });
        PopularNegatives result;
        for (const detail::PopularityList& list : lists) {
            add(list, result);
        }
        return result;
    }

private:
    template <class Number>
    static const PopularityOptions& checked(std::span<const Number> popularity, const PopularityOptions& options)
    {
        if (!detail::is_finite(options.alpha) || options.alpha < 0) {
            detail::throw_bad_value("PopularityDraws: alpha", options.alpha, "finite and at least 0");
        }
        if (options.num_negatives < 1) {
            detail::throw_bad_value("PopularityDraws: num_negatives", static_cast<double>(options.num_negatives),
                                    "at least 1");
        }
        for (const Number number : popularity) {
            const auto value = static_cast<double>(number);
            if (!detail::is_finite(value) || value < 0) {
                detail::throw_bad_value("PopularityDraws: popularity", value, "finite and at least 0");
            }
        }
        return options;
    }

    void add(const detail::PopularityList& list, PopularNegatives& result) const
    {
        result.open(list.query, list.positive);
        for (const Index row : list.rows) {
            result.add(row, table_.log_expected(list, row));
        }
        result.drawn += list.drawn;
        if (static_cast<Index>(list.rows.size()) < options_.num_negatives) {
            result.shortfalls.push_back({result.size() - 1, list.query, static_cast<Index>(list.rows.size())});
        }
    }

    PopularityOptions options_;
    detail::PopularityTable table_;
};

}  // namespace mohs::inline MOHS_ABI
