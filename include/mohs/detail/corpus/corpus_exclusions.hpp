#pragma once

/// \file
/// What is no candidate of a query at all: its positives, what is neither, itself and copies of its positives.

#include <mohs/block_source.hpp>

#include <algorithm>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// For a block of queries. Asked row by row, of what survives thresholds: O(log) of the lists of a query.
template <class Queries, class Corpus>
class CorpusExclusions {
public:
    CorpusExclusions(const Relation& relation, const Queries& queries, const Corpus& corpus, Index first, Index count)
        : relation_(relation), corpus_(corpus), first_(first), has_ids_(source_has_ids(corpus))
    {
        if (!has_ids_) {
            return;
        }
        own_.reserve(static_cast<std::size_t>(count));
        offset_.push_back(0);
        for (Index query = first; query < first + count; ++query) {
            own_.push_back(source_id(queries, query));
            for (const Index positive : relation.positives(query)) {
                of_positives_.push_back(source_id(corpus, positive));
            }
            std::sort(of_positives_.begin() + static_cast<std::ptrdiff_t>(offset_.back()), of_positives_.end());
            offset_.push_back(of_positives_.size());
        }
    }

    /// Whether row `row` of the corpus is no negative of the query with number `query` in the block.
    [[nodiscard]] bool excludes(Index query, Index row) const
    {
        const auto listed = [row](std::span<const Index> rows) {
            return std::binary_search(rows.begin(), rows.end(), row);
        };
        if (listed(relation_.positives(first_ + query)) || listed(relation_.neither(first_ + query))) {
            return true;
        }
        if (!relation_.owner().empty()) {
            const Index owner = relation_.owner()[static_cast<std::size_t>(row)];
            if (owner >= 0 && owner != first_ + query) {
                return true;
            }
        }
        if (!has_ids_) {
            return false;
        }
        const std::int64_t id = source_id(corpus_, row);
        const auto at = static_cast<std::size_t>(query);
        return id == own_[at] ||
               std::binary_search(of_positives_.begin() + static_cast<std::ptrdiff_t>(offset_[at]),
                                  of_positives_.begin() + static_cast<std::ptrdiff_t>(offset_[at + 1]), id);
    }

private:
    const Relation& relation_;
    const Corpus& corpus_;
    Index first_;
    bool has_ids_;
    std::vector<std::int64_t> own_, of_positives_;
    std::vector<std::size_t> offset_;
};

}  // namespace mohs::inline MOHS_ABI::detail
