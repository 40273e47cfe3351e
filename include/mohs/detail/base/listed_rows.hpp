#pragma once

/// \file
/// Pairs of rows that are listed by number: the rows that there are, and from which end a pair counts.

#include <mohs/detail/base/row_lists.hpp>

#include <string>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// What lists of pairs of an anchor and a candidate are checked by. Throws in the name of `who`.
class ListedRows {
public:
    /// `either_end`: of a batch against itself, with a pair also the two turned round. Refuses it for two batches, and
    /// numbers of rows below 0.
    ListedRows(const char* who, Index anchors, Index candidates, bool either_end)
        : anchor_(std::string(who) + ": anchor"),
          candidate_(std::string(who) + ": candidate"),
          anchors_(anchors),
          candidates_(candidates),
          either_end_(either_end)
    {
        if (anchors < 0 || candidates < 0) {
            throw_bad_value((std::string(who) + ": rows").c_str(), static_cast<double>((std::min)(anchors, candidates)),
                            "at least 0");
        }
        if (either_end && anchors != candidates) {
            throw_rule(who, "either_end is for a batch against itself, but there are two");
        }
    }

    /// Refuses a pair of rows that there are not; calls `visit(anchor, candidate)`, once for each end that counts.
    template <class Pair, class Visit>
    void for_each_end(const Pair& pair, const Visit& visit) const
    {
        check_row(anchor_.c_str(), pair.anchor, anchors_);
        check_row(candidate_.c_str(), pair.candidate, candidates_);
        visit(pair.anchor, pair.candidate);
        if (either_end_) {
            visit(pair.candidate, pair.anchor);
        }
    }

    /// The candidates of every anchor.
    template <class Pairs>
    [[nodiscard]] RowLists lists(const Pairs& pairs) const
    {
        std::vector<std::pair<Index, Index>> rows;
        rows.reserve(pairs.size() * (either_end_ ? 2 : 1));
        for (const auto& pair : pairs) {
            for_each_end(pair, [&](Index anchor, Index candidate) { rows.emplace_back(anchor, candidate); });
        }
        return {anchors_, std::move(rows)};
    }

private:
    std::string anchor_, candidate_;  ///< what messages call the two
    Index anchors_, candidates_;
    bool either_end_;
};

}  // namespace mohs::inline MOHS_ABI::detail
