#pragma once

/// \file
/// Which pairs of a tile are positives and which are negatives.

#include <mohs/detail/scene.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// How the rows of a tile relate: all pairs are negatives, all are positives, or it depends on the pair.
enum class TileKind { negatives, positives, mixed };

template <class T>
TileKind kind_of(const Scene<T>& scene, Index anchor_panel, Index candidate_panel)
{
    const Index first = anchor_panel * scene.width, last = std::min(first + scene.width, scene.anchors.rows()) - 1;
    const Index begin = candidate_panel * scene.width, end = begin + scene.width;
    if ((scene.self && anchor_panel == candidate_panel) || end > scene.candidates.rows()) {
        return TileKind::mixed;
    }
    const Segment low = scene.segment_of(first), high = scene.segment_of(last);
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

/// Lanes [begin, end) of a panel that starts at position `base`.
inline std::uint64_t lanes_between(Index begin, Index end, Index base, Index width)
{
    const auto from = static_cast<unsigned>(std::clamp<Index>(begin - base, 0, width)),
               to = static_cast<unsigned>(std::clamp<Index>(end - base, 0, width));
    const auto below = [](unsigned lane) { return lane >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << lane) - 1; };
    return to <= from ? 0 : below(to) & ~below(from);
}

/// The lanes of a candidate panel that `among` asks for, for the anchor at `position`. In a self-scan the relation is
/// symmetric, so these are also the anchors that ask for it.
template <class T>
std::uint64_t eligible_lanes(const Scene<T>& scene, Among among, Index position, Index candidate_panel)
{
    const Index base = candidate_panel * scene.width;
    const Segment segment = scene.segment_of(position);
    std::uint64_t valid = lanes_between(base, scene.candidates.rows(), base, scene.width);
    if (scene.self) {
        valid &= ~lanes_between(position, position + 1, base, scene.width);
    }
    const std::uint64_t positives = lanes_between(segment.begin, segment.end, base, scene.width);
    return among == Among::everyone ? valid : among == Among::positives ? valid & positives : valid & ~positives;
}

}  // namespace mohs::inline MOHS_ABI::detail
