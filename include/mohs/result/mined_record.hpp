#pragma once

/// \file
/// MinedRecord: what was mined for one query, as plain data for those who write it.

#include <mohs/result/positive_lists.hpp>
#include <mohs/types.hpp>

#include <cstddef>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// A candidate, and how close it is to the query.
struct ScoredRow {
    Index row = 0;
    double score = 0;  ///< bigger is closer: a similarity, or a distance with its sign changed
    friend bool operator==(const ScoredRow&, const ScoredRow&) = default;
};

/// A query with its positives, and the negatives that all of these share. Where every positive has negatives of its
/// own, a query has a record per positive. Rows are those of the queries and of the corpus.
struct MinedRecord {
    Index query = 0;
    std::vector<ScoredRow> positives;
    std::vector<ScoredRow> negatives;  ///< the hardest first
    friend bool operator==(const MinedRecord&, const MinedRecord&) = default;
};

/// The record of one list of what was mined, as of CorpusNegatives: of a query, with all of its positives, or of a
/// query and the positive that the list belongs to. `value(query, row)` is asked for the values of positives, in the
/// metric's own unit, and answers anything where no scores are written. O(list).
template <class Mined, class Value>
MinedRecord mined_record(const Mined& mined, Index list, const PositiveLists& positives, const Value& value)
{
    constexpr double sign = Mined::MetricType::is_similarity ? 1 : -1;
    MinedRecord record{.query = mined.query(list), .positives = {}, .negatives = {}};
    const auto add_positive = [&](Index row) { record.positives.push_back({row, sign * value(record.query, row)}); };
    if (mined.positive(list) >= 0) {
        add_positive(mined.positive(list));
    } else {
        const auto query = static_cast<std::size_t>(record.query);
        for (Index i = positives.offsets[query]; i < positives.offsets[query + 1]; ++i) {
            add_positive(positives.rows[static_cast<std::size_t>(i)]);
        }
    }
    const auto rows = mined.negatives(list);
    const auto values = mined.scores(list);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        record.negatives.push_back({rows[i], sign * values[i]});
    }
    return record;
}

}  // namespace mohs::inline MOHS_ABI
