#pragma once

/// \file
/// Which pairs of a scene are positives, which are negatives and which neither.

#include <mohs/detail/scene/build_scene.hpp>

#include <bit>

namespace mohs::inline MOHS_ABI::detail {

/// What a pair is, roles aside. `apart`: both rows are one, or sample ids forbid the pair; `positive`, `neither`: what
/// labels or lists say. All who ask pair by pair come here; `eligible_lanes` says the same of a panel at once.
constexpr Related relation_by(bool apart, bool positive, bool neither)
{
    return apart ? Related::neither : positive ? Related::positive : neither ? Related::neither : Related::negative;
}

/// The positives of the anchor at `position` in a scene packed by class, before ids and roles are looked at. With
/// labels, the anchor of a self-scan is among them.
template <class T>
Positions positives_of(const Scene<T>& scene, Index position)
{
    return scene.lists.present ? Positions(scene.lists.positives.of(position))
                               : Positions(scene.class_range_of(position));
}

/// Whether labels or lists make a candidate a positive. Rows packed in place have labels and no classes.
template <class T>
bool is_positive(const Scene<T>& scene, Index anchor, Index candidate)
{
    if (scene.lists.present || !scene.class_ranges.empty()) {
        return positives_of(scene, anchor).contains(candidate);
    }
    return !scene.anchors.labels.empty() && scene.anchors.labels[static_cast<std::size_t>(anchor)] ==
                                                scene.candidates.labels[static_cast<std::size_t>(candidate)];
}

/// What a candidate is to an anchor, if their roles allow it. The two rows of one sample are neither, as an anchor
/// itself is.
template <class T>
Related relation_before_roles(const Scene<T>& scene, Index anchor, Index candidate)
{
    const bool apart = (scene.self && anchor == candidate) || scene.kept_apart(anchor, candidate);
    const bool positive = !apart && is_positive(scene, anchor, candidate);
    return relation_by(apart, positive,
                       !apart && !positive && scene.lists.present && scene.lists.is_neither(anchor, candidate));
}

/// `related`, or neither where the anchor or the candidate has not the role for it.
template <class T>
Related within_roles(Related related, const PackedSide<T>& anchors, Index anchor, const PackedSide<T>& candidates,
                     Index candidate)
{
    const Role wanted = related == Related::positive ? Role::positive : Role::negative;
    return anchors.has_role(anchor, Role::anchor) && candidates.has_role(candidate, wanted) ? related
                                                                                            : Related::neither;
}

/// What a candidate is to an anchor.
template <class T>
Related relation_of(const Scene<T>& scene, Index anchor, Index candidate)
{
    return within_roles(relation_before_roles(scene, anchor, candidate), scene.anchors, anchor, scene.candidates,
                        candidate);
}

/// How the rows of a tile relate: all pairs are negatives, all are positives, or it depends on the pair.
enum class TileKind { negatives, positives, mixed };

template <class T>
TileKind kind_of(const Scene<T>& scene, Index anchor_panel, Index candidate_panel)
{
    const Index first = anchor_panel * scene.width, last = (std::min)(first + scene.width, scene.anchors.rows()) - 1;
    const Index begin = candidate_panel * scene.width, end = begin + scene.width;
    if ((scene.self && anchor_panel == candidate_panel) || end > scene.candidates.rows() || scene.lists.present ||
        !scene.anchors.roles.empty() || !scene.candidates.roles.empty()) {
        return TileKind::mixed;
    }
    const ClassRange low = scene.class_range_of(first), high = scene.class_range_of(last);
    if (high.end <= begin || low.begin >= end) {
        return TileKind::negatives;
    }
    return low.begin == high.begin && low.end == high.end && low.begin <= begin && end <= low.end ? TileKind::positives
                                                                                                  : TileKind::mixed;
}

/// Whether a tile of this kind holds candidates that a selector asks for.
constexpr bool concerns(Among among, TileKind kind)
{
    return kind == TileKind::mixed || among == Among::everyone ||
           (among == Among::negatives) == (kind == TileKind::negatives);
}

/// The lanes of a panel of candidates that may be used as `role`.
template <class T>
std::uint64_t lanes_with(const PackedSide<T>& side, Role role, Index base, Index width)
{
    const std::uint64_t all = lanes_between(base, side.rows(), base, width);
    if (side.roles.empty()) {
        return all;
    }
    std::uint64_t result = 0;
    for (std::uint64_t left = all; left != 0; left &= left - 1) {
        const int lane = std::countr_zero(left);
        result |= std::uint64_t{side.has_role(base + lane, role)} << lane;
    }
    return result;
}

/// `eligible_lanes` where rows have roles or relations are lists.
template <class T>
std::uint64_t eligible_listed_lanes(const Scene<T>& scene, Among among, Index position, Index candidate_panel)
{
    if (!scene.anchors.has_role(position, Role::anchor)) {
        return 0;
    }
    const Index base = candidate_panel * scene.width;
    const std::uint64_t self = scene.self ? lanes_between(position, position + 1, base, scene.width) : 0;
    const std::uint64_t listed = positives_of(scene, position).lanes(base, scene.width) & ~self;
    const std::uint64_t positives =
        among == Among::negatives ? 0 : listed & lanes_with(scene.candidates, Role::positive, base, scene.width);
    if (among == Among::positives) {
        return positives;
    }
    std::uint64_t negatives = lanes_with(scene.candidates, Role::negative, base, scene.width) & ~listed & ~self;
    if (scene.lists.present) {
        negatives &= ~Positions(scene.lists.neither.of(position)).lanes(base, scene.width);
        for (std::uint64_t left = scene.lists.owner.empty() ? 0 : negatives; left != 0; left &= left - 1) {
            const int lane = std::countr_zero(left);
            const std::int32_t owner = scene.lists.owner[static_cast<std::size_t>(base + lane)];
            if (owner != -1 && owner != position) {
                negatives &= ~(std::uint64_t{1} << lane);
            }
        }
    }
    return positives | negatives;
}

/// The lanes of a candidate panel that `among` asks for, for the anchor at `position`, but for those of its sample. In
/// a self-scan with labels and without roles the relation is symmetric, so these are also the anchors that ask for it.
template <class T>
std::uint64_t eligible_lanes(const Scene<T>& scene, Among among, Index position, Index candidate_panel)
{
    if (scene.lists.present || !scene.anchors.roles.empty() || !scene.candidates.roles.empty()) {
        return eligible_listed_lanes(scene, among, position, candidate_panel);
    }
    const Index base = candidate_panel * scene.width;
    const ClassRange range = scene.class_range_of(position);
    std::uint64_t lanes = lanes_between(range.begin, range.end, base, scene.width);
    if (among == Among::negatives) {
        lanes = lanes_between(base, scene.candidates.rows(), base, scene.width) & ~lanes;
    } else if (among == Among::everyone) {
        lanes = lanes_between(base, scene.candidates.rows(), base, scene.width);
    }
    // A position before the panel wraps around to a lane that there is not.
    const auto self = static_cast<std::uint64_t>(position - base);
    return scene.self && self < 64 ? lanes & ~(std::uint64_t{1} << self) : lanes;
}

}  // namespace mohs::inline MOHS_ABI::detail
