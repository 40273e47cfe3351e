#pragma once

/// \file
/// Lists of candidates, one per query: which are positive, or how relevant they are.

#include <mohs/types.hpp>

#include <cstdint>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// The positives of query i are candidates rows[offsets[i]] .. rows[offsets[i + 1] - 1], ascending, each once: what
/// `Relation::positive_lists` takes.
struct PositiveLists {
    std::vector<Index> offsets{0};
    std::vector<Index> rows;

    [[nodiscard]] Index queries() const { return static_cast<Index>(offsets.size()) - 1; }
    friend bool operator==(const PositiveLists&, const PositiveLists&) = default;
};

/// The same with the relevance of every listed candidate: 0 and below for those that were judged and are not relevant.
struct GradedLists {
    std::vector<Index> offsets{0};
    std::vector<Index> rows;
    std::vector<std::int32_t> grades;

    [[nodiscard]] Index queries() const { return static_cast<Index>(offsets.size()) - 1; }

    /// The candidates of at least this grade.
    [[nodiscard]] PositiveLists positives(std::int32_t at_least = 1) const
    {
        PositiveLists result;
        for (std::size_t query = 0; query + 1 < offsets.size(); ++query) {
            for (auto at = static_cast<std::size_t>(offsets[query]); at < static_cast<std::size_t>(offsets[query + 1]);
                 ++at) {
                if (grades[at] >= at_least) {
                    result.rows.push_back(rows[at]);
                }
            }
            result.offsets.push_back(static_cast<Index>(result.rows.size()));
        }
        return result;
    }
    friend bool operator==(const GradedLists&, const GradedLists&) = default;
};

}  // namespace mohs::inline MOHS_ABI
