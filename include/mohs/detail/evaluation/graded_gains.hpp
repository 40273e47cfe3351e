#pragma once

/// \file
/// Grades of candidates, and what these gain in NDCG.

#include <mohs/detail/base/check.hpp>
#include <mohs/relation.hpp>
#include <mohs/result/positive_lists.hpp>
#include <mohs/result/retrieval_result.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Views lists of grades, which it refuses where they are none.
class GradedGains {
public:
    GradedGains(const GradedLists& lists, Index queries, Index candidates, Gain gain) : lists_(lists), gain_(gain)
    {
        const std::vector<Index>& offsets = lists.offsets;
        if (lists.queries() != queries) {
            throw_size_mismatch("RetrievalMetrics: the queries", queries, lists.queries(), "lists of grades");
        }
        if (offsets.front() != 0 || offsets.back() != static_cast<Index>(lists.rows.size()) ||
            lists.grades.size() != lists.rows.size() || !std::is_sorted(offsets.begin(), offsets.end())) {
            throw_rule("RetrievalMetrics", "offsets of grades must ascend from 0 to the number of rows and of grades");
        }
        for (Index query = 0; query < queries; ++query) {
            for (Index at = offset(query); at < offset(query + 1); ++at) {
                check_row("RetrievalMetrics: the graded row", row(at), candidates);
                if (at > offset(query) && row(at) <= row(at - 1)) {
                    throw_invalid(
                        "RetrievalMetrics: the graded rows of a query must ascend, each once: those of query " +
                        std::to_string(query) + " do not");
                }
                if (gain == Gain::exponential && grade(at) > most_exponential) {
                    throw_bad_value("RetrievalMetrics: a grade", static_cast<double>(grade(at)),
                                    "at most 1000 where gains are exponential");
                }
            }
        }
    }

    /// Refuses grades that lack a positive.
    void check_positives(const Relation& relation) const
    {
        for (Index query = 0; query < (std::min)(relation.anchors(), lists_.queries()); ++query) {
            for (const Index positive : relation.positives(query)) {
                if (grade_of(query, positive) < 1) {
                    throw_invalid("RetrievalMetrics: row " + std::to_string(positive) + " is a positive of query " +
                                  std::to_string(query) + ", but has no grade of at least 1");
                }
            }
        }
    }

    /// Of the relevant candidates of a query, elements with a `row`.
    template <class Relevant>
    [[nodiscard]] std::vector<double> of(Index query, const Relevant& relevant) const
    {
        std::vector<double> result;
        result.reserve(relevant.size());
        for (const auto& each : relevant) {
            const auto grade = static_cast<double>(grade_of(query, each.row));
            result.push_back(gain_ == Gain::linear ? grade : std::exp2(grade) - 1);
        }
        return result;
    }

private:
    static constexpr std::int32_t most_exponential = 1000;

    [[nodiscard]] Index offset(Index query) const { return lists_.offsets[static_cast<std::size_t>(query)]; }
    [[nodiscard]] Index row(Index at) const { return lists_.rows[static_cast<std::size_t>(at)]; }
    [[nodiscard]] std::int32_t grade(Index at) const { return lists_.grades[static_cast<std::size_t>(at)]; }

    /// 0 for what is not listed.
    [[nodiscard]] std::int32_t grade_of(Index query, Index candidate) const
    {
        const auto begin = lists_.rows.begin() + offset(query), end = lists_.rows.begin() + offset(query + 1);
        const auto found = std::lower_bound(begin, end, candidate);
        return found == end || *found != candidate ? 0 : grade(found - lists_.rows.begin());
    }

    const GradedLists& lists_;
    Gain gain_;
};

}  // namespace mohs::inline MOHS_ABI::detail
