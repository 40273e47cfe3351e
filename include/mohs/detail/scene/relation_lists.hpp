#pragma once

/// \file
/// A Relation by packed position.

#include <mohs/detail/scene/row_order.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Lanes [begin, end) of a panel that starts at position `base`.
inline std::uint64_t lanes_between(Index begin, Index end, Index base, Index width)
{
    const auto from = static_cast<unsigned>(std::clamp<Index>(begin - base, 0, width)),
               to = static_cast<unsigned>(std::clamp<Index>(end - base, 0, width));
    const auto below = [](unsigned lane) { return lane >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << lane) - 1; };
    return to <= from ? 0 : below(to) & ~below(from);
}

/// Ascending positions of candidates: consecutive ones, or those of a list.
class Positions {
public:
    explicit Positions(ClassRange range) : range_(range) {}
    explicit Positions(std::span<const std::int32_t> list)
        : range_{0, static_cast<std::int32_t>(list.size())}, list_(list.data())
    {
    }

    [[nodiscard]] Index size() const { return range_.size(); }
    [[nodiscard]] Index operator[](Index i) const { return list_ != nullptr ? list_[i] : range_.begin + i; }
    /// How many of them are before `at`.
    [[nodiscard]] Index before(Index at) const
    {
        return list_ != nullptr ? std::lower_bound(list_, list_ + range_.end, at) - list_
                                : std::clamp<Index>(at - range_.begin, 0, range_.size());
    }
    [[nodiscard]] bool contains(Index at) const
    {
        const Index i = before(at);
        return i < size() && (*this)[i] == at;
    }
    /// Those in the panel that starts at `base`.
    [[nodiscard]] std::uint64_t lanes(Index base, Index width) const
    {
        if (list_ == nullptr) {
            return lanes_between(range_.begin, range_.end, base, width);
        }
        std::uint64_t result = 0;
        for (Index i = before(base); i < size() && list_[i] < base + width; ++i) {
            result |= std::uint64_t{1} << (list_[i] - base);
        }
        return result;
    }

private:
    ClassRange range_;
    const std::int32_t* list_ = nullptr;  ///< null for a range, and for a list of nothing, which is one as well
};

/// Lists of something, one per position of an anchor.
template <class Entry>
struct ListsOf {
    std::span<std::int32_t> offset;
    std::span<Entry> entries;

    [[nodiscard]] bool empty() const { return entries.empty(); }
    [[nodiscard]] std::span<const Entry> of(Index anchor) const
    {
        const auto at = static_cast<std::size_t>(anchor);
        return entries.subspan(static_cast<std::size_t>(offset[at]),
                               static_cast<std::size_t>(offset[at + 1] - offset[at]));
    }
};

/// Lists of positions of candidates.
using PositionLists = ListsOf<std::int32_t>;

struct RelationLists {
    bool present = false;
    bool paired = false;  ///< of paired rows: an anchor and its only positive are two samples, even with one id
    PositionLists positives, neither;
    std::span<std::int32_t> owner;  ///< per candidate: the position of its only anchor, -1 if all, -2 if none
    /// Ascending sample ids of the rows listed as positives of an anchor, packed or not; empty where no two candidates
    /// have one id.
    ListsOf<std::int64_t> positive_ids;

    [[nodiscard]] bool is_neither(Index anchor, Index candidate) const
    {
        return (!owner.empty() && owner[static_cast<std::size_t>(candidate)] != -1 &&
                owner[static_cast<std::size_t>(candidate)] != anchor) ||
               Positions(neither.of(anchor)).contains(candidate);
    }

    /// Whether a candidate with this id shows what a positive of the anchor does, and is not listed as one itself.
    [[nodiscard]] bool is_copy_of_positive(Index anchor, Index candidate, std::int64_t id) const
    {
        if (positive_ids.empty()) {
            return false;
        }
        const std::span<const std::int64_t> ids = positive_ids.of(anchor);
        return std::binary_search(ids.begin(), ids.end(), id) && !Positions(positives.of(anchor)).contains(candidate);
    }
};

/// Refuses lists that cannot be counted.
inline void check_listed_pairs(std::int64_t pairs)
{
    if (pairs > max_rows) {
        throw_invalid("Relation: more than 2^31 - 64 pairs of an anchor and a positive, or of neither");
    }
}

/// Whether two candidates have one sample id. O(rows log rows).
template <class Scalar>
bool has_copies(const Batch<Scalar>& candidates, Workspace& workspace)
{
    const Workspace::Frame frame(workspace);
    const std::span<std::int64_t> ids = workspace.take<std::int64_t>(candidates.rows());
    for (Index row = 0; row < candidates.rows(); ++row) {
        ids[static_cast<std::size_t>(row)] = candidates.id(row);
    }
    std::sort(ids.begin(), ids.end());
    return std::adjacent_find(ids.begin(), ids.end()) != ids.end();
}

/// `RelationLists::positive_ids` for candidates with ids.
template <class Scalar>
ListsOf<std::int64_t> list_positive_ids(const Relation& relation, const RowOrder& anchors,
                                        const Batch<Scalar>& candidates, Workspace& workspace)
{
    ListsOf<std::int64_t> result;
    if (!has_copies(candidates, workspace)) {
        return result;
    }
    result.offset = workspace.take<std::int32_t>(static_cast<Index>(anchors.row_of.size()) + 1, 0);
    for (std::size_t anchor = 0; anchor < anchors.row_of.size(); ++anchor) {
        result.offset[anchor + 1] =
            result.offset[anchor] + static_cast<std::int32_t>(relation.positives(anchors.row_of[anchor]).size());
    }
    result.entries = workspace.take<std::int64_t>(result.offset.back());
    auto next = result.entries.begin();
    for (const std::int32_t row : anchors.row_of) {
        const auto begin = next;
        for (const Index positive : relation.positives(row)) {
            *next++ = candidates.id(positive);
        }
        std::sort(begin, next);
    }
    return result;
}

/// The lists of `relation`, without rows that are not packed and, where `self`, without an anchor itself.
inline RelationLists build_lists(const Relation& relation, const RowOrder& anchors, const RowOrder& candidates,
                                 bool self, Workspace& workspace)
{
    RelationLists result;
    result.present = true;
    result.paired = relation.paired_rows();
    const std::span<const std::int32_t> position_of = invert(candidates.row_of, relation.candidates(), workspace);
    const auto build = [&](PositionLists& lists, auto rows_of) {
        std::int64_t total = 0;
        for (const std::int32_t row : anchors.row_of) {
            total += static_cast<std::int64_t>(rows_of(row).size());
        }
        check_listed_pairs(total);
        lists.offset = workspace.take<std::int32_t>(static_cast<Index>(anchors.row_of.size()) + 1, 0);
        lists.entries = workspace.take<std::int32_t>(static_cast<Index>(total));
        std::int32_t count = 0;
        for (std::size_t anchor = 0; anchor < anchors.row_of.size(); ++anchor) {
            for (const Index row : rows_of(anchors.row_of[anchor])) {
                const std::int32_t at = position_of[static_cast<std::size_t>(row)];
                if (at >= 0 && !(self && row == anchors.row_of[anchor])) {
                    lists.entries[static_cast<std::size_t>(count++)] = at;
                }
            }
            lists.offset[anchor + 1] = count;
        }
    };
    build(result.positives, [&](Index row) { return relation.positives(row); });
    build(result.neither, [&](Index row) { return relation.neither(row); });
    if (!relation.owner().empty()) {
        result.owner = workspace.take<std::int32_t>(static_cast<Index>(candidates.row_of.size()), -1);
        const std::span<const std::int32_t> anchor_at = invert(anchors.row_of, relation.anchors(), workspace);
        for (std::size_t at = 0; at < candidates.row_of.size(); ++at) {
            const Index owner = relation.owner()[static_cast<std::size_t>(candidates.row_of[at])];
            const std::int32_t position = owner < 0 ? -1 : anchor_at[static_cast<std::size_t>(owner)];
            result.owner[at] = owner >= 0 && position < 0 ? -2 : position;
        }
    }
    return result;
}

/// The lists of `count` anchors from position `first` on, as anchors from 0 on.
inline RelationLists lists_of_anchors(const RelationLists& lists, std::size_t first, std::size_t count,
                                      Workspace& workspace)
{
    RelationLists result = lists;
    result.positives.offset = lists.positives.offset.subspan(first, count + 1);
    result.neither.offset = lists.neither.offset.subspan(first, count + 1);
    if (!lists.positive_ids.empty()) {
        result.positive_ids.offset = lists.positive_ids.offset.subspan(first, count + 1);
    }
    if (!lists.owner.empty()) {
        result.owner = workspace.take<std::int32_t>(static_cast<Index>(lists.owner.size()));
        std::transform(lists.owner.begin(), lists.owner.end(), result.owner.begin(), [&](std::int32_t owner) {
            const std::int64_t at = std::int64_t{owner} - static_cast<std::int64_t>(first);
            return owner < 0                                          ? owner
                   : at < 0 || at >= static_cast<std::int64_t>(count) ? -2
                                                                      : static_cast<std::int32_t>(at);
        });
    }
    return result;
}

}  // namespace mohs::inline MOHS_ABI::detail
