#pragma once

/// \file
/// Filters of pairs, next to what they reject by definition: for the tests of all who ask them.

#include "../relations.hpp"

#include <mohs/filter/exclude_if.hpp>
#include <mohs/filter/exclude_near_duplicates.hpp>
#include <mohs/filter/score_band.hpp>

#include <cmath>
#include <functional>
#include <tuple>
#include <utility>
#include <vector>

namespace pair_rules {

using mohs::Index;
using reference::Table;

/// Rejects what is closer than `closer_than`, and some pairs besides, which is not the same for (i, j) and (j, i).
struct CloseOrListed {
    static constexpr const char* name = "rejected_close_or_listed";
    static constexpr bool needs_positive = false;
    double closer_than;

    template <class M>
    [[nodiscard]] mohs::ValueLimits limits(const mohs::KnownPositive&) const
    {
        return {closer_than, std::nullopt, false};
    }
    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return mohs::Finish<typename Query::M>::closer(query.value(), closer_than) ||
               listed(query.anchor().row, query.negative().row);
    }
    static bool listed(Index anchor, Index negative) { return (anchor * 2 + negative) % 11 == 3; }
};

/// Whether filter number `filter` rejects a pair of this value.
using Rejects = std::function<bool(Index anchor, Index negative, double value)>;

/// Filters, and what they mean.
template <class... Filters>
struct Rules {
    std::tuple<Filters...> filters;
    std::vector<Rejects> rejects;

    /// The first that rejects, or -1.
    [[nodiscard]] int first(Index anchor, Index negative, double value) const
    {
        for (std::size_t filter = 0; filter < rejects.size(); ++filter) {
            if (rejects[filter](anchor, negative, value)) {
                return static_cast<int>(filter);
            }
        }
        return -1;
    }
};

inline bool some(Index anchor, Index negative)
{
    return (anchor * 3 + negative * 5) % 7 == 2;
}
inline bool some_of_value(Index anchor, Index negative, double value)
{
    return value > 0.1 && (anchor + negative) % 2 == 0;
}

/// A band, a list and both in one. `close` and `far` are values that about one pair in six is beyond.
inline auto band_and_lists(bool similarity, double close, double far)
{
    const mohs::ScoreBand band{std::min(close, far), std::max(close, far)};
    const double middle = similarity ? close - (close - far) / 8 : close + (far - close) / 8;
    return Rules<mohs::ScoreBand, mohs::ExcludeIf<bool (*)(Index, Index)>, CloseOrListed>{
        {band, {some}, {middle}},
        {[band](Index, Index, double value) { return value < *band.low || value > *band.high; },
         [](Index anchor, Index negative, double) { return some(anchor, negative); },
         [similarity, middle](Index anchor, Index negative, double value) {
             return (similarity ? value > middle : value < middle) || CloseOrListed::listed(anchor, negative);
         }}};
}

/// Whose bounds say nothing.
inline auto value_predicate()
{
    return Rules<mohs::ExcludeIf<bool (*)(Index, Index, double)>>{{{some_of_value}}, {some_of_value}};
}

/// Whose bounds say everything but next to their limits. A band that has no ends rejects nothing.
inline auto near_duplicates(bool similarity, double close)
{
    using Near = mohs::ExcludeNearDuplicates<double, std::false_type>;
    return Rules<mohs::ScoreBand, Near>{
        {{}, {close}},
        {[](Index, Index, double) { return false; },
         [similarity, close](Index, Index, double value) { return similarity ? value > close : value < close; }}};
}

/// The same filters with an empty band.
inline auto everything()
{
    auto rules = band_and_lists(true, 0, 0);
    std::get<0>(rules.filters) = {1e9, -1e9};
    rules.rejects[0] = [](Index, Index, double) { return true; };
    return rules;
}

/// The value of two rows; of rows on a grid it is exact, but for the root.
inline double value(reference::Metric metric, const Table& a, Index i, const Table& b, Index j)
{
    if (metric.normalised) {
        return reference::value(metric, a, i, b, j);
    }
    const double square = (a.row(i) - b.row(j)).squaredNorm();
    return metric.similarity ? a.row(i).dot(b.row(j)) : metric.squared ? square : std::sqrt(square);
}

/// The reference's values of all rows of `a` and `b`; 0 where a row is not finite.
inline Table values(reference::Metric metric, const Table& a, const Table& b)
{
    Table result = Table::Zero(a.rows(), b.rows());
    for (Index i = 0; i < a.rows(); ++i) {
        for (Index j = 0; j < b.rows(); ++j) {
            if (reference::is_finite_row(a, i) && reference::is_finite_row(b, j)) {
                result(i, j) = reference::value(metric, a, i, b, j);
            }
        }
    }
    return result;
}

}  // namespace pair_rules
