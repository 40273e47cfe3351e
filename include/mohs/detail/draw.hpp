#pragma once

/// \file
/// Uniform draws from the class lists of a packed scene.

#include <mohs/detail/random.hpp>
#include <mohs/detail/scene.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Admits every candidate.
struct AdmitAll {
    bool operator()(Candidate) const { return true; }
};

/// A candidate of the anchor at `position`, drawn uniformly from those that `among` means and `admits(candidate)`
/// lets pass; its row, or -1 where there is none. `series` tells several draws of one anchor apart. Expected O(1);
/// O(N) at worst, where nearly all candidates are refused.
template <Among among, class T, class Ids, class Admits = AdmitAll>
Index draw_candidate(const Scene<T>& scene, const Ids& ids, Index position, const RandomStream& stream,
                     std::uint32_t series = 0, const Admits& admits = {})
{
    const Segment segment = scene.segment_of(position);
    const Index total = scene.candidates.rows();
    const bool skip_self = scene.self && among == Among::positives && segment.size() > 0;
    const Index count = among == Among::positives ? segment.size() - (skip_self ? 1 : 0) : total - segment.size();
    // Without labels there are no segments, and the anchor is among its own negatives.
    const bool self_negative = scene.self && among == Among::negatives && segment.size() == 0;
    const Anchor anchor{scene.anchors.row_of(position)};
    const auto candidate_at = [&](Index i) {
        Index at = i;
        if constexpr (among == Among::positives) {
            at += segment.begin;
            at += skip_self && at >= position ? 1 : 0;
        } else {
            at += at >= segment.begin ? segment.size() : 0;
        }
        return at;
    };
    const auto admitted = [&](Index at) {
        const Candidate candidate{scene.candidates.row_of(at)};
        return !(self_negative && at == position) && !(scene.has_ids && ids.same(anchor, candidate)) &&
               admits(candidate);
    };
    if (count <= 0) {
        return -1;
    }
    constexpr std::uint32_t attempts = 32;
    const std::int64_t id = ids.anchor_id(anchor);
    std::uint32_t draw = series * (attempts + 1);
    for (const std::uint32_t end = draw + attempts; draw < end; ++draw) {
        const Index at = candidate_at(static_cast<Index>(stream.below(static_cast<std::uint64_t>(count), id, draw)));
        if (admitted(at)) {
            return scene.candidates.row_of(at);
        }
    }
    // Rejected so often that counting is cheaper. The draw stays uniform over what is admitted.
    Index left = 0;
    for (Index i = 0; i < count; ++i) {
        left += admitted(candidate_at(i)) ? 1 : 0;
    }
    if (left == 0) {
        return -1;
    }
    left = static_cast<Index>(stream.below(static_cast<std::uint64_t>(left), id, draw));
    for (Index i = 0;; ++i) {
        const Index at = candidate_at(i);
        if (admitted(at) && left-- == 0) {
            return scene.candidates.row_of(at);
        }
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
