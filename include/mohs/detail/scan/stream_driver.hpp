#pragma once

/// \file
/// The driver of accumulators and row visitors: every anchor sees all its values, in ascending order of the
/// candidates.

#include <mohs/detail/kernel/dot_panels.hpp>
#include <mohs/detail/kernel/tile_survivors.hpp>
#include <mohs/detail/scene/relation_of.hpp>
#include <mohs/finish.hpp>
#include <mohs/visitor.hpp>

#include <array>

namespace mohs::inline MOHS_ABI::detail {

/// Brings a tile of scores to the metric's unit. `anchors` and `candidates` are the biases of its rows and columns,
/// for distances.
template <class M, class T>
struct FinishTile {
    T* tile;
    const T* anchors;
    const T* candidates;
    T anchor_unscale, candidate_unscale;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        constexpr int width = panel_width<Isa, T>;
        for (int r = 0; r < width; ++r) {
            for (int c = 0; c < width; ++c) {
                T& value = tile[r * width + c];
                if constexpr (!Finish<M>::is_product) {
                    value = Finish<M>::sum_of_product(value, anchors[r], candidates[c]);
                }
                value = Finish<M>::in_range(Finish<M>::of_packed_sum(value, anchor_unscale, candidate_unscale));
            }
        }
    }
};

/// Streams the scores of a scene packed in place.
template <class T, class M>
class StreamDriver {
public:
    explicit StreamDriver(const Scene<T>& scene) : scene_(scene) {}

    template <class V>
    void run(V& visitor, const Options& options, Workspace& workspace) const
    {
        const Workspace::Frame frame(workspace);
        const Index panels = scene_.anchors.panel_count, width = scene_.width;
        const int workers = worker_count(options, panels);
        const std::span<T> tiles = workspace.take<T>(workers * width * width);
        // A row visitor's strip: values, and two masks per row.
        const Index padded = Accumulator<V> ? 0 : scene_.candidates.panel_count * width, words = (padded + 63) / 64;
        const std::span<T> strips = workspace.take<T>(workers * width * padded);
        const std::span<std::uint64_t> masks = workspace.take<std::uint64_t>(workers * width * words * 2);
        parallel_for(options, panels, [&](Index panel, int worker) {
            isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                T* const tile = tiles.data() + worker * width * width;
                if constexpr (Accumulator<V>) {
                    accumulate<decltype(isa)>(visitor, panel, tile);
                } else {
                    show_rows<decltype(isa)>(visitor, panel, tile, strips.data() + worker * width * padded,
                                             masks.data() + worker * width * words * 2, padded);
                }
            });
        });
    }

private:
    [[nodiscard]] static bool usable(const PackedSide<T>& side, Index row) { return side.class_of(row) >= 0; }

    /// Computes one tile and brings it to the metric's unit.
    void compute(Index anchor_panel, Index candidate_panel, T* tile) const
    {
        const Index size = scene_.width * scene_.depth;
        const auto biases = [&](const PackedSide<T>& side, Index panel) -> const T* {
            return has_bias<M> ? side.bias + panel * scene_.width : nullptr;
        };
        isa::run(scene_.isa, DotPanels<T>{scene_.anchors.panels + anchor_panel * size,
                                          scene_.candidates.panels + candidate_panel * size, scene_.depth, tile});
        isa::run(scene_.isa, FinishTile<M, T>{
                                 tile, biases(scene_.anchors, anchor_panel), biases(scene_.candidates, candidate_panel),
                                 static_cast<T>(scene_.anchors.unscale), static_cast<T>(scene_.candidates.unscale)});
    }

    /// The lanes of a candidate panel that are positives and negatives of one anchor.
    void relate(Index anchor, Index candidate_panel, std::uint64_t& positives, std::uint64_t& negatives) const
    {
        positives = negatives = 0;
        if (!scene_.anchors.has_role(anchor, Role::anchor)) {
            return;
        }
        const Index base = candidate_panel * scene_.width,
                    end = (std::min)(base + scene_.width, scene_.candidates.rows());
        for (Index candidate = base; candidate < end; ++candidate) {
            const Related related =
                usable(scene_.candidates, candidate) ? relation_of(scene_, anchor, candidate) : Related::neither;
            const std::uint64_t lane = std::uint64_t{1} << (candidate - base);
            positives |= related == Related::positive ? lane : 0;
            negatives |= related == Related::negative ? lane : 0;
        }
    }

    template <class Isa, class V>
    MOHS_ALWAYS_INLINE void accumulate(V& visitor, Index panel, T* tile) const
    {
        static_assert(accumulator_segment % panel_width<Isa, T> == 0);
        using Partial = typename V::Partial;
        constexpr int width = panel_width<Isa, T>;
        // One size for all instruction sets: GCC 12 folds their code and then warns about the narrower arrays.
        std::array<Partial, widest_panel> total{}, slot{};
        const Index base = panel * width, count = std::min<Index>(width, scene_.anchors.rows() - base);
        const auto close_slot = [&] {
            for (Index r = 0; r < count; ++r) {
                visitor.combine(total[static_cast<std::size_t>(r)], slot[static_cast<std::size_t>(r)]);
            }
            slot = {};
        };
        for (Index candidate_panel = 0; candidate_panel < scene_.candidates.panel_count; ++candidate_panel) {
            if (candidate_panel > 0 && candidate_panel * width % accumulator_segment == 0) {
                close_slot();
            }
            compute(panel, candidate_panel, tile);
            const Index first = candidate_panel * width;
            for (Index r = 0; r < count; ++r) {
                if (usable(scene_.anchors, base + r)) {
                    RowSegment<T> segment{Candidate{first},
                                          static_cast<int>(std::min<Index>(width, scene_.candidates.rows() - first)),
                                          tile + r * width, 0, 0};
                    relate(base + r, candidate_panel, segment.positives, segment.negatives);
                    visitor.add(slot[static_cast<std::size_t>(r)], Anchor{base + r}, segment);
                }
            }
        }
        close_slot();
        for (Index r = 0; r < count; ++r) {
            if (usable(scene_.anchors, base + r)) {
                visitor.finish(Anchor{base + r}, total[static_cast<std::size_t>(r)]);
            }
        }
    }

    template <class Isa, class V>
    MOHS_ALWAYS_INLINE void show_rows(V& visitor, Index panel, T* tile, T* strip, std::uint64_t* masks,
                                      Index padded) const
    {
        constexpr int width = panel_width<Isa, T>;
        const Index base = panel * width, count = std::min<Index>(width, scene_.anchors.rows() - base),
                    words = (padded + 63) / 64;
        std::fill(masks, masks + width * words * 2, std::uint64_t{0});
        const auto put = [](std::uint64_t* to, Index first, std::uint64_t bits) {
            to[first / 64] |= bits << (first % 64);
            if (first % 64 != 0 && bits >> (64 - first % 64) != 0) {
                to[first / 64 + 1] |= bits >> (64 - first % 64);
            }
        };
        for (Index candidate_panel = 0; candidate_panel < scene_.candidates.panel_count; ++candidate_panel) {
            compute(panel, candidate_panel, tile);
            for (Index r = 0; r < count; ++r) {
                std::copy(tile + r * width, tile + (r + 1) * width, strip + r * padded + candidate_panel * width);
                std::uint64_t positives = 0, negatives = 0;
                relate(base + r, candidate_panel, positives, negatives);
                put(masks + 2 * r * words, candidate_panel * width, positives);
                put(masks + (2 * r + 1) * words, candidate_panel * width, negatives);
            }
        }
        for (Index r = 0; r < count; ++r) {
            if (usable(scene_.anchors, base + r)) {
                const std::uint64_t* const mask = masks + 2 * r * words;
                visitor.row(
                    Anchor{base + r},
                    FullRow<T>{
                        {strip + r * padded, static_cast<std::size_t>(scene_.candidates.rows())}, mask, mask + words});
            }
        }
    }

    const Scene<T>& scene_;
};

}  // namespace mohs::inline MOHS_ABI::detail
