#pragma once

/// \file
/// What is no candidate of a query at all: its positives, what is neither, itself and copies of its positives.

#include <mohs/corpus/input/block_source.hpp>

#include <algorithm>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// For a block of queries. Asked row by row, of what survives thresholds: O(log) of the lists of a query.
template <class Queries, class Corpus>
class CorpusExclusions {
public:
    /// `numbers` are those of the queries, and have to outlive it.
    CorpusExclusions(const Relation& relation, const Queries& queries, const Corpus& corpus,
                     std::span<const Index> numbers)
        : relation_(relation), corpus_(corpus), numbers_(numbers), has_ids_(source_has_ids(corpus))
    {
        if (!has_ids_) {
            return;
        }
        own_.reserve(numbers.size());
        offset_.push_back(0);
        for (const Index query : numbers) {
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
        const auto at = static_cast<std::size_t>(query);
        const Index number = numbers_[at];
        if (listed(relation_.positives(number)) || listed(relation_.neither(number))) {
            return true;
        }
        if (!relation_.owner().empty()) {
            const Index owner = relation_.owner()[static_cast<std::size_t>(row)];
            if (owner >= 0 && owner != number) {
                return true;
            }
        }
        if (!has_ids_) {
            return false;
        }
        const std::int64_t id = source_id(corpus_, row);
        return id == own_[at] ||
               std::binary_search(of_positives_.begin() + static_cast<std::ptrdiff_t>(offset_[at]),
                                  of_positives_.begin() + static_cast<std::ptrdiff_t>(offset_[at + 1]), id);
    }

private:
    const Relation& relation_;
    const Corpus& corpus_;
    std::span<const Index> numbers_;
    bool has_ids_;
    std::vector<std::int64_t> own_, of_positives_;
    std::vector<std::size_t> offset_;
};

}  // namespace mohs::inline MOHS_ABI::detail
