#pragma once

/// \file
/// Sorted lists of rows, one per anchor.

#include <mohs/detail/base/check.hpp>
#include <mohs/types.hpp>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Rows of every anchor, ascending, each once; entries are numbered over all anchors. O(log) of a list to look one up.
class RowLists {
public:
    RowLists() = default;
    /// Pairs of an anchor and a row, in any order.
    RowLists(Index anchors, std::vector<std::pair<Index, Index>> pairs) : offset_(static_cast<std::size_t>(anchors) + 1)
    {
        std::sort(pairs.begin(), pairs.end());
        pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
        rows_.reserve(pairs.size());
        for (const auto& [anchor, row] : pairs) {
            rows_.push_back(row);
            offset_[static_cast<std::size_t>(anchor) + 1] = rows_.size();
        }
        for (std::size_t anchor = 1; anchor < offset_.size(); ++anchor) {
            offset_[anchor] = (std::max)(offset_[anchor], offset_[anchor - 1]);
        }
    }

    [[nodiscard]] Index anchors() const { return static_cast<Index>(offset_.size()) - 1; }
    [[nodiscard]] Index size() const { return static_cast<Index>(rows_.size()); }
    [[nodiscard]] std::span<const Index> of(Index anchor) const
    {
        const auto at = static_cast<std::size_t>(anchor);
        return std::span<const Index>(rows_).subspan(offset_[at], offset_[at + 1] - offset_[at]);
    }
    /// The number of an entry, or -1.
    [[nodiscard]] Index find(Index anchor, Index row) const
    {
        const std::span<const Index> list = of(anchor);
        const auto at = std::lower_bound(list.begin(), list.end(), row);
        return at != list.end() && *at == row
                   ? (at - list.begin()) + static_cast<Index>(offset_[static_cast<std::size_t>(anchor)])
                   : -1;
    }
    [[nodiscard]] bool contains(Index anchor, Index row) const { return find(anchor, row) >= 0; }

private:
    std::vector<std::size_t> offset_{0};
    std::vector<Index> rows_;
};

}  // namespace mohs::inline MOHS_ABI::detail
