#pragma once

#include <mohs/filter/filter.hpp>

#include <cmath>
#include <type_traits>

namespace mohs::inline MOHS_ABI {

/// Rejects negatives whose Euclidean distance from the anchor, or from the positive, is less than `closer_than`,
/// whatever the metric of the miner or loss. Near-duplicates under metrics that do not tell them: the dot product of a
/// row with one twice as long is larger than with itself. Where the metric is a distance or a cosine,
/// ExcludeNearDuplicates decides by scores, and is much faster; this one computes a distance, in O(D), for every
/// negative in question.
///
/// Strict: a negative at the distance stays, and a distance of 0 excludes nothing. `to_positive` is as that of
/// ExcludeNearDuplicates, but false where it is not given: a filter of pairs. Distances that are not finite, of rows
/// beyond the range of double, exclude nothing. Throws std::invalid_argument, when a miner or loss is made, for a
/// distance that is NaN; there is no default.
template <class ToPositive = std::false_type>
struct ExcludeCloseRows {
    static_assert(std::is_same_v<ToPositive, bool> || std::is_same_v<ToPositive, std::false_type>,
                  "mohs::ExcludeCloseRows: to_positive is a bool or std::false_type{}");
    static constexpr const char* name = "rejected_close_rows";
    static constexpr bool needs_positive = std::is_same_v<ToPositive, bool>;

    double closer_than = detail::threshold_not_given<double>();
    ToPositive to_positive = {};

    void validate() const { detail::check_number("ExcludeCloseRows: closer_than", closer_than); }

    [[nodiscard]] std::string settings() const
    {
        return "closer_than " + detail::text_of_number(closer_than) + (to_positive ? ", to_positive" : "");
    }

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        if (is_close(query.anchors(), query.anchor_row(), query)) {
            return true;
        }
        if constexpr (needs_positive) {
            return to_positive && is_close(query.positive_rows(), query.positive_row(), query);
        } else {
            return false;
        }
    }

private:
    template <class Rows, class Query>
    [[nodiscard]] bool is_close(const Rows& rows, Index row, const Query& query) const
    {
        const double distance = detail::measure_rows<Euclidean>(rows, row, query.candidates(), query.negative_row());
        return detail::is_finite(distance) && distance < closer_than;
    }
};
ExcludeCloseRows(double) -> ExcludeCloseRows<>;
ExcludeCloseRows(double, bool) -> ExcludeCloseRows<bool>;
ExcludeCloseRows(double, std::false_type) -> ExcludeCloseRows<>;

}  // namespace mohs::inline MOHS_ABI
