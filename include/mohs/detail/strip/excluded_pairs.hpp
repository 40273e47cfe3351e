#pragma once

/// \file
/// Which pairs of a strip are no negatives.

#include <mohs/detail/scene/relation_of.hpp>
#include <mohs/detail/simd/vec.hpp>
#include <mohs/detail/strip/sample_sieve.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The pairs of a panel of anchors with all candidates that are not negatives.
template <class T>
struct ExcludedPairs {
    const Scene<T>& scene;
    std::span<std::uint64_t> lanes;    ///< of the candidates, per panel of them and anchor
    std::span<std::uint8_t> any;       ///< per panel of candidates; if 0, its lanes are not set
    std::span<MaskElement<T>> buffer;  ///< of a stripe

    /// Looks at the anchors of `panel`.
    void find(Index panel) const
    {
        const Index width = scene.width, base = panel * width, count = (std::min)(width, scene.anchors.rows() - base);
        SampleSieve sieve;
        for (Index r = 0; scene.has_ids && r < count; ++r) {
            sieve.add(scene.anchors.ids[static_cast<std::size_t>(base + r)]);
            sieve.add_positives(scene.lists, base + r);
        }
        for (Index other = 0; other < scene.candidates.panel_count; ++other) {
            const Index first = other * width;
            const std::uint64_t all = lanes_between(0, scene.candidates.rows(), first, width);
            const std::uint64_t shared = scene.has_ids ? sieve.caught(scene.candidates.ids, first, all) : 0;
            const bool related = kind_of(scene, panel, other) != TileKind::negatives;
            std::uint64_t found = 0;
            for (Index r = 0; r < count && (related || shared != 0); ++r) {
                std::uint64_t out = related ? all & ~eligible_lanes(scene, Among::negatives, base + r, other) : 0;
                for (std::uint64_t left = shared; left != 0; left &= left - 1) {
                    const int lane = std::countr_zero(left);
                    out |= std::uint64_t{scene.kept_apart(base + r, first + lane)} << lane;
                }
                lanes[static_cast<std::size_t>(first + r)] = out;
                found |= out;
            }
            any[static_cast<std::size_t>(other)] = found != 0;
        }
    }

    /// Whether the candidate at position `at` is excluded for anchor `r` of the panel.
    [[nodiscard]] bool contains(Index r, Index at) const
    {
        const Index panel = at / scene.width;
        return any[static_cast<std::size_t>(panel)] != 0 &&
               (lanes[static_cast<std::size_t>(panel * scene.width + r)] >> (at - panel * scene.width) & 1) != 0;
    }

    /// Calls `function(position)` for the candidates excluded for anchor `r`, among the `columns` from `base` on.
    template <class Function>
    void for_each(Index r, Index base, Index columns, const Function& function) const
    {
        Index panel = base / scene.width;
        for (Index first = base; first < base + columns; first += scene.width, ++panel) {
            std::uint64_t left =
                any[static_cast<std::size_t>(panel)] != 0 ? lanes[static_cast<std::size_t>(first + r)] : 0;
            for (; left != 0; left &= left - 1) {
                function(first + std::countr_zero(left));
            }
        }
    }

    /// Masks for the stripe of `columns` candidates from `base` on: 0 for pairs that are excluded. Null without any.
    [[nodiscard]] const MaskElement<T>* masks(Index panel, Index base, Index columns) const
    {
        const Index width = scene.width, count = (std::min)(width, scene.anchors.rows() - panel * width);
        const MaskElement<T>* result = nullptr;
        for (Index first = base; first < base + columns; first += width) {
            if (any[static_cast<std::size_t>(first / width)] == 0) {
                continue;
            }
            if (result == nullptr) {
                std::fill(buffer.begin(), buffer.end(), MaskElement<T>{-1});
                result = buffer.data();
            }
            for (Index r = 0; r < count; ++r) {
                for_each(r, first, (std::min)(width, base + columns - first),
                         [&](Index at) { buffer[static_cast<std::size_t>((at - base) * width + r)] = 0; });
            }
        }
        return result;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
