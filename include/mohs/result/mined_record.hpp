#pragma once

/// \file
/// MinedRecord: what was mined for one query, as plain data for those who write it.

#include <mohs/types.hpp>

#include <vector>

namespace mohs::inline MOHS_ABI {

/// A candidate, and how close it is to the query.
struct ScoredRow {
    Index row = 0;
    double score = 0;  ///< bigger is closer: a similarity, or a distance with its sign changed
    friend bool operator==(const ScoredRow&, const ScoredRow&) = default;
};

/// A query with its positives, and the negatives that all of these share. Where every positive has negatives of its own, a
/// query has a record per positive. Rows are those of the queries and of the corpus.
struct MinedRecord {
    Index query = 0;
    std::vector<ScoredRow> positives;
    std::vector<ScoredRow> negatives;  ///< the hardest first
    friend bool operator==(const MinedRecord&, const MinedRecord&) = default;
};

}  // namespace mohs::inline MOHS_ABI
