#pragma once

/// \file
/// Uniform draws from the class lists of a packed scene.

#include <mohs/detail/base/random.hpp>
#include <mohs/detail/scene/relation_of.hpp>

#include <algorithm>
#include <array>

namespace mohs::inline MOHS_ABI::detail {

/// Admits every candidate.
struct AdmitAll {
    bool operator()(Candidate, bool) const { return true; }
};

/// The positions that were refused in one series of draws, so that a position that is drawn again is not asked about,
/// and counted, again.
class RefusedDraws {
public:
    /// After so many draws, looking at all candidates is cheaper.
    static constexpr std::uint32_t limit = 32;

    [[nodiscard]] bool contains(Index at) const
    {
        return std::find(at_.begin(), at_.begin() + count_, at) != at_.begin() + count_;
    }
    void add(Index at) { at_[count_++] = at; }

private:
    std::array<Index, limit> at_;
    std::uint32_t count_ = 0;
};

/// A candidate of the anchor at `position`, drawn uniformly from those that `among` means and `admits(candidate,
/// first_time)` lets pass; its row, or -1 where there is none. `first_time` is false where `admits` has been asked about
/// the candidate before. `series` tells several draws of one anchor apart. Expected O(1); O(N) at worst, where nearly
/// all candidates are refused.
template <Among among, class T, class Admits = AdmitAll>
Index draw_candidate(const Scene<T>& scene, Index position, const RandomStream& stream, std::uint32_t series = 0,
                     const Admits& admits = {})
{
    constexpr Related wanted = among == Among::positives ? Related::positive : Related::negative;
    const Positions positives = positives_of(scene, position);
    const bool skip_self = scene.self && among == Among::positives && positives.contains(position);
    // With labels, negatives are what is before and after the positives; with lists, what is drawn is looked up.
    const ClassRange range = scene.lists.present ? ClassRange{0, 0} : scene.class_range_of(position);
    const Index count =
        among == Among::positives ? positives.size() - (skip_self ? 1 : 0) : scene.candidates.rows() - range.size();
    const Index self_index = skip_self ? positives.before(position) : count;
    const auto candidate_at = [&](Index i) {
        if constexpr (among == Among::positives) {
            return positives[i + (i >= self_index ? 1 : 0)];
        } else {
            return i + (i >= range.begin ? range.size() : 0);
        }
    };
    const auto admitted = [&](Index at, bool first_time) {
        return relation_of(scene, position, at) == wanted && admits(Candidate{scene.candidates.row_of(at)}, first_time);
    };
    if (count <= 0 || !scene.anchors.has_role(position, Role::anchor)) {
        return -1;
    }
    const std::int64_t id = scene.anchors.id_of(position);
    RefusedDraws refused;
    std::uint32_t draw = series * (RefusedDraws::limit + 1);
    for (const std::uint32_t end = draw + RefusedDraws::limit; draw < end; ++draw) {
        const Index at = candidate_at(static_cast<Index>(stream.below(static_cast<std::uint64_t>(count), id, draw)));
        if (refused.contains(at)) {
            continue;
        }
        if (admitted(at, true)) {
            return scene.candidates.row_of(at);
        }
        refused.add(at);
    }
    // Rejected so often that counting is cheaper. The draw stays uniform over what is admitted.
    Index left = 0;
    for (Index i = 0; i < count; ++i) {
        const Index at = candidate_at(i);
        left += !refused.contains(at) && admitted(at, true) ? 1 : 0;
    }
    if (left == 0) {
        return -1;
    }
    left = static_cast<Index>(stream.below(static_cast<std::uint64_t>(left), id, draw));
    for (Index i = 0;; ++i) {
        const Index at = candidate_at(i);
        if (admitted(at, false) && left-- == 0) {
            return scene.candidates.row_of(at);
        }
    }
}

/// A candidate for every anchor, drawn uniformly, by the anchor's row; -1 where there is none.
template <Among among, class T>
std::span<std::int32_t> draw_rows(std::uint64_t seed, const Scene<T>& scene, std::uint64_t step, Workspace& workspace)
{
    constexpr Purpose purpose = among == Among::positives ? Purpose::positive : Purpose::negative;
    const RandomStream stream(seed, step, purpose);
    const std::span<std::int32_t> rows = workspace.take<std::int32_t>(scene.anchors.batch_rows, -1);
    for (Index position = 0; position < scene.anchors.rows(); ++position) {
        rows[static_cast<std::size_t>(scene.anchors.row_of(position))] =
            static_cast<std::int32_t>(draw_candidate<among>(scene, position, stream));
    }
    return rows;
}

}  // namespace mohs::inline MOHS_ABI::detail
