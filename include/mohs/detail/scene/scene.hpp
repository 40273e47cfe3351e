#pragma once

/// \file
/// What packing makes of two batches: a scene.

#include <mohs/detail/scene/relation_lists.hpp>
#include <mohs/detail/simd/isa.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// One packed batch.
template <class T>
struct PackedSide {
    RowOrder order;
    std::span<std::int64_t> labels;     ///< by position, where rows are packed in place and have labels
    std::span<std::int64_t> ids;        ///< by position, if the batch has sample ids
    std::span<Role> roles;              ///< by position, if a packed row has a role that is not `any`
    std::span<std::int32_t> withdrawn;  ///< rows left out because no role is left to them, ascending
    T* panels = nullptr;
    T* bias = nullptr;  ///< per position, null for metrics without
    Index panel_count = 0;
    Index batch_rows = 0;            ///< rows of the batch, packed or not
    Index non_finite = 0, zero = 0;  ///< rows left out, and rows of norm 0
    Index unknown = 0;               ///< finite rows left out because their class is not known
    double length = 1;   ///< about that of the longest packed row; more than 1 only where it is far from typical
    double unscale = 1;  ///< a dot product of packed rows, times this of both sides, is one of the raw rows

    [[nodiscard]] Index rows() const { return static_cast<Index>(order.row_of.size()); }
    [[nodiscard]] Index row_of(Index position) const { return order.row_of[static_cast<std::size_t>(position)]; }
    /// The sample id of a row, or its number where there are no ids.
    [[nodiscard]] std::int64_t id_of(Index position) const
    {
        return ids.empty() ? row_of(position) : ids[static_cast<std::size_t>(position)];
    }
    [[nodiscard]] std::int32_t class_of(Index position) const
    {
        return order.class_of[static_cast<std::size_t>(position)];
    }
    /// How many of the first `rows` rows of the batch are withdrawn.
    [[nodiscard]] Index withdrawn_before(Index rows) const
    {
        return std::lower_bound(withdrawn.begin(), withdrawn.end(), rows) - withdrawn.begin();
    }
    [[nodiscard]] bool has_role(Index position, Role role) const
    {
        return roles.empty() || mohs::has_role(roles[static_cast<std::size_t>(position)], role);
    }
};

/// Where rows are packed: sorted by class without the rows that are not finite, or each at its own index, with zeros
/// for those. Or only sorted, for strategies that need no scores.
enum class PackOrder { by_class, in_place, no_panels };

template <class T>
struct Scene {
    PackedSide<T> anchors, candidates;
    std::span<const ClassRange>
        class_ranges;  ///< the positives among the candidates, per class of the anchors; only when packed by class
    RelationLists lists;
    Index depth = 0;
    Index width = 0;
    bool self = false;
    bool labelled = false;
    bool has_ids = false;
    IsaLevel isa = IsaLevel::automatic;

    /// Whether sample ids make a pair neither positive nor negative: both rows show one sample, partners of paired rows
    /// apart, or the candidate shows that of a listed positive.
    [[nodiscard]] bool kept_apart(Index anchor, Index candidate) const
    {
        if (!has_ids) {
            return false;
        }
        const std::int64_t id = candidates.ids[static_cast<std::size_t>(candidate)];
        return anchors.ids[static_cast<std::size_t>(anchor)] == id
                   ? !(lists.paired && Positions(lists.positives.of(anchor)).contains(candidate))
                   : lists.is_copy_of_positive(anchor, candidate, id);
    }

    /// The positives of the anchor at `position`, where they have labels.
    [[nodiscard]] ClassRange class_range_of(Index position) const
    {
        return class_ranges[static_cast<std::size_t>(anchors.class_of(position))];
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
