#pragma once

/// \file
/// The lists of negatives that a block of queries is to get, and what is known of their positives.

#include <mohs/corpus/input/corpus_options.hpp>
#include <mohs/filter/filter_query.hpp>
#include <mohs/finish.hpp>

#include <cmath>
#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// A positive of a query: its row, -1 where only its score is known, and their value, if it has one.
struct CorpusPositive {
    Index row = -1;
    double value = 0;
    bool usable = false;
};

/// A list to be filled: of a query, by its number in the block, or of one of its positives.
struct CorpusList {
    Index query = 0, positive = -1;
    std::size_t begin = 0, end = 0;  ///< its positives in the table of the block
    bool has_reference = false;
    bool closed = false;      ///< gets nothing
    double reference = 0;     ///< what margins are measured against
    PositiveValues values{};  ///< of its positives, as numbers
};

/// The lists of a block of queries, query by query.
struct CorpusLists {
    std::vector<Index> numbers;             ///< of the queries of the block, in all
    std::vector<CorpusPositive> positives;  ///< query by query
    std::vector<std::size_t> positives_of;  ///< where those of a query begin
    std::vector<CorpusList> lists;
    std::vector<std::size_t> lists_of;  ///< where those of a query begin

    [[nodiscard]] Index queries() const { return static_cast<Index>(numbers.size()); }
    [[nodiscard]] Index number_of(const CorpusList& list) const
    {
        return numbers[static_cast<std::size_t>(list.query)];
    }
    [[nodiscard]] std::size_t size() const { return lists.size(); }
    [[nodiscard]] std::size_t begin(Index query) const { return lists_of[static_cast<std::size_t>(query)]; }
    [[nodiscard]] std::size_t end(Index query) const { return lists_of[static_cast<std::size_t>(query) + 1]; }
    [[nodiscard]] std::span<const CorpusPositive> positives_in(const CorpusList& list) const
    {
        return std::span<const CorpusPositive>(positives).subspan(list.begin, list.end - list.begin);
    }
    /// The most lists of a query.
    [[nodiscard]] Index most() const
    {
        std::size_t result = 0;
        for (std::size_t query = 0; query + 1 < lists_of.size(); ++query) {
            result = (std::max)(result, lists_of[query + 1] - lists_of[query]);
        }
        return static_cast<Index>(result);
    }

    void clear()
    {
        numbers.clear();
        positives.clear();
        positives_of.assign(1, 0);
        lists.clear();
        lists_of.assign(1, 0);
    }
    /// Ends query `number` of all, whose positives are in the table.
    void close_query(Index number, bool per_positive)
    {
        const Index query = queries();
        numbers.push_back(number);
        const std::size_t begin = positives_of.back(), end = positives.size();
        positives_of.push_back(end);
        if (per_positive) {
            for (std::size_t at = begin; at < end; ++at) {
                lists.push_back({.query = query, .positive = positives[at].row, .begin = at, .end = at + 1});
            }
        } else {
            lists.push_back({.query = query, .begin = begin, .end = end});
        }
        lists_of.push_back(lists.size());
    }

    /// What follows from the values of all positives. Lists are closed if they need a reference and there is none.
    template <class M>
    void find_references(ReferencePositive of, bool needs_reference)
    {
        for (CorpusList& list : lists) {
            // A list of one positive may be measured against all of its query.
            const auto query = static_cast<std::size_t>(list.query);
            const std::span<const CorpusPositive> all = std::span<const CorpusPositive>(positives).subspan(
                positives_of[query], positives_of[query + 1] - positives_of[query]);
            const bool own = of == ReferencePositive::own;
            list.has_reference = summarise<M>(own ? positives_in(list) : all, of, list.reference);
            list.values = values_of(all);
            // A filter that looks at the positive of this list needs that one.
            const bool usable = list.positive < 0 || positives[list.begin].usable;
            list.closed = needs_reference && !(list.has_reference && usable);
        }
    }

private:
    template <class M>
    static bool summarise(std::span<const CorpusPositive> positives, ReferencePositive of, double& reference)
    {
        Index count = 0;
        double sum = 0;
        for (const CorpusPositive& positive : positives) {
            if (!positive.usable) {
                continue;
            }
            const bool better = of == ReferencePositive::max ? Finish<M>::closer(positive.value, reference)
                                                             : Finish<M>::closer(reference, positive.value);
            sum += positive.value;
            if (count++ == 0 || better) {
                reference = positive.value;
            }
        }
        if (of == ReferencePositive::mean && count > 0) {
            reference = sum / static_cast<double>(count);
        }
        return count > 0;
    }

    static PositiveValues values_of(std::span<const CorpusPositive> positives)
    {
        PositiveValues result{0, 0, 0};
        Index count = 0;
        for (const CorpusPositive& positive : positives) {
            if (positive.usable) {
                result.min = count == 0 ? positive.value : (std::min)(result.min, positive.value);
                result.max = count == 0 ? positive.value : (std::max)(result.max, positive.value);
                result.mean += positive.value;
                ++count;
            }
        }
        result.mean /= static_cast<double>(std::max<Index>(count, 1));
        return result;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
