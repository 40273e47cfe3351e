#pragma once

/// \file
/// A Relation by packed position.

#include <mohs/detail/order.hpp>

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
    explicit Positions(Segment segment) : segment_(segment) {}
    explicit Positions(std::span<const std::int32_t> list)
        : segment_{0, static_cast<std::int32_t>(list.size())}, list_(list.data())
    {
    }

    [[nodiscard]] Index size() const { return segment_.size(); }
    [[nodiscard]] Index operator[](Index i) const { return list_ != nullptr ? list_[i] : segment_.begin + i; }
    /// How many of them are before `at`.
    [[nodiscard]] Index before(Index at) const
    {
        return list_ != nullptr ? std::lower_bound(list_, list_ + segment_.end, at) - list_
                                : std::clamp<Index>(at - segment_.begin, 0, segment_.size());
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
            return lanes_between(segment_.begin, segment_.end, base, width);
        }
        std::uint64_t result = 0;
        for (Index i = before(base); i < size() && list_[i] < base + width; ++i) {
            result |= std::uint64_t{1} << (list_[i] - base);
        }
        return result;
    }

private:
    Segment segment_;
    const std::int32_t* list_ = nullptr;  ///< null for a segment, and for a list of nothing, which is one as well
};

/// Lists of positions of candidates, one per position of an anchor.
struct PositionLists {
    std::span<std::int32_t> offset;
    std::span<std::int32_t> entries;

    [[nodiscard]] std::span<const std::int32_t> of(Index anchor) const
    {
        const auto at = static_cast<std::size_t>(anchor);
        return entries.subspan(static_cast<std::size_t>(offset[at]),
                               static_cast<std::size_t>(offset[at + 1] - offset[at]));
    }
};

struct RelationLists {
    bool present = false;
    bool paired = false;  ///< of paired rows: an anchor and its only positive are two samples, even with one id
    PositionLists positives, neither;
    std::span<std::int32_t> owner;  ///< per candidate: the position of its only anchor, -1 if all, -2 if none

    [[nodiscard]] bool is_neither(Index anchor, Index candidate) const
    {
        return (!owner.empty() && owner[static_cast<std::size_t>(candidate)] != -1 &&
                owner[static_cast<std::size_t>(candidate)] != anchor) ||
               Positions(neither.of(anchor)).contains(candidate);
    }
};

/// Whether both are the same batch, as in a scan of it against itself.
template <class A, class B>
bool is_one_batch(const Batch<A>& anchors, const Batch<B>& candidates)
{
    return static_cast<const void*>(&anchors) == static_cast<const void*>(&candidates);
}

/// Refuses a relation that is given for the wrong batch.
template <class A, class B>
void check_relation_side(const Batch<A>& queries, const Batch<B>& gallery, const char* where)
{
    if (!is_one_batch(queries, gallery) && gallery.relation() != nullptr) {
        throw_rule(where, "the relation is given for the gallery, but belongs to the queries");
    }
}

/// Refuses batches of which nothing says who is positive for whom.
template <class A, class B>
void check_related(const Batch<A>& anchors, const Batch<B>& candidates, const char* where)
{
    check_relation_side(anchors, candidates, where);
    if (anchors.relation() != nullptr || (anchors.has_labels() && candidates.has_labels())) {
        return;
    }
    throw_rule(where, is_one_batch(anchors, candidates) ? "the batch has no labels, but needs them, or a relation"
                      : anchors.has_labels()
                          ? "the gallery has no labels, but needs them as the queries do, or these a relation"
                      : candidates.has_labels()
                          ? "the queries have no labels, but need them as the gallery does, or a relation"
                          : "neither queries nor gallery have labels, but both need them, or the queries a relation");
}

/// Refuses lists that cannot be counted.
inline void check_listed_pairs(std::int64_t pairs)
{
    if (pairs > max_rows) {
        throw_invalid("Relation: more than 2^31 - 64 pairs of an anchor and a positive, or of neither");
    }
}

/// Refuses a relation that is not one of these batches.
template <class A, class B>
void check_relation(const Batch<A>& anchors, const Batch<B>& candidates, bool self)
{
    if (!self && candidates.relation() != nullptr) {
        throw_rule("scan", "the relation is given for the gallery, but belongs to the queries");
    }
    if (const Relation* const relation = anchors.relation()) {
        if (relation->anchors() != anchors.rows()) {
            throw_size_mismatch(self ? "Relation: the batch" : "Relation: the queries", anchors.rows(),
                                relation->anchors(), "anchors in the relation");
        }
        if (relation->candidates() != candidates.rows()) {
            throw_size_mismatch(self ? "Relation: the batch" : "Relation: the gallery", candidates.rows(),
                                relation->candidates(), "candidates in the relation");
        }
    }
}

/// Candidates by sample id: those that are copies of one item.
class ItemCopies {
public:
    /// `ids` are by position.
    ItemCopies(std::span<const std::int64_t> ids, Workspace& workspace)
        : ids_(ids), positions_(workspace.take<std::int32_t>(static_cast<Index>(ids.size())))
    {
        std::iota(positions_.begin(), positions_.end(), 0);
        std::sort(positions_.begin(), positions_.end(),
                  [&](std::int32_t a, std::int32_t b) { return std::pair(id_at(a), a) < std::pair(id_at(b), b); });
        seen_by_ = workspace.take<std::int32_t>(static_cast<Index>(ids.size()), -1);
    }

    /// Calls f(position) for all candidates with one of the ids of the rows that a relation lists for an anchor, packed or
    /// not: each candidate once per anchor.
    template <class Scalar, class Function>
    void for_each(const Relation& relation, std::int32_t anchor, const Batch<Scalar>& candidates, const Function& f)
    {
        for (const Index row : relation.positives(anchor)) {
            const std::int64_t id = candidates.id(row);
            auto at =
                std::lower_bound(positions_.begin(), positions_.end(), id,
                                 [&](std::int32_t position, std::int64_t value) { return id_at(position) < value; });
            if (at == positions_.end() || id_at(*at) != id || seen_by_[static_cast<std::size_t>(*at)] == anchor) {
                continue;
            }
            seen_by_[static_cast<std::size_t>(*at)] = anchor;
            for (; at != positions_.end() && id_at(*at) == id; ++at) {
                f(*at);
            }
        }
    }

    void forget() { std::fill(seen_by_.begin(), seen_by_.end(), -1); }

private:
    [[nodiscard]] std::int64_t id_at(std::int32_t position) const { return ids_[static_cast<std::size_t>(position)]; }

    std::span<const std::int64_t> ids_;
    std::span<std::int32_t> positions_;  ///< by id, those of one id ascending
    std::span<std::int32_t> seen_by_;    ///< per first position of an id: the last anchor that it was shown to
};

/// Adds to the candidates that are neither positives nor negatives of an anchor the copies of its positives: those that
/// share the sample id of a row listed for it. `ids` are by position of the candidates. O(listed pairs log rows + copies).
template <class Scalar>
void add_copies(RelationLists& lists, const Relation& relation, const RowOrder& anchors,
                const Batch<Scalar>& candidates, std::span<const std::int64_t> ids, Workspace& workspace)
{
    ItemCopies copies(ids, workspace);
    const std::size_t count = anchors.row_of.size();
    const auto is_listed = [&](std::size_t anchor, std::int32_t candidate) {
        const auto at = static_cast<Index>(anchor);
        return Positions(lists.positives.of(at)).contains(candidate) ||
               Positions(lists.neither.of(at)).contains(candidate);
    };
    PositionLists all;
    all.offset = workspace.take<std::int32_t>(static_cast<Index>(count) + 1, 0);
    std::int64_t total = 0;
    for (std::size_t anchor = 0; anchor < count; ++anchor) {
        total += static_cast<std::int64_t>(lists.neither.of(static_cast<Index>(anchor)).size());
        copies.for_each(relation, anchors.row_of[anchor], candidates,
                        [&](std::int32_t candidate) { total += !is_listed(anchor, candidate); });
        check_listed_pairs(total);
        all.offset[anchor + 1] = static_cast<std::int32_t>(total);
    }
    if (total == static_cast<std::int64_t>(lists.neither.entries.size())) {
        return;
    }
    all.entries = workspace.take<std::int32_t>(static_cast<Index>(total));
    copies.forget();
    for (std::size_t anchor = 0; anchor < count; ++anchor) {
        const std::span<const std::int32_t> old = lists.neither.of(static_cast<Index>(anchor));
        const auto begin = all.entries.begin() + all.offset[anchor];
        auto next = std::copy(old.begin(), old.end(), begin);
        copies.for_each(relation, anchors.row_of[anchor], candidates, [&](std::int32_t candidate) {
            if (!is_listed(anchor, candidate)) {
                *next++ = candidate;
            }
        });
        std::sort(begin, next);
    }
    lists.neither = all;
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
