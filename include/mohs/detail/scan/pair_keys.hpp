#pragma once

/// \file
/// Random keys of pairs, cheap enough for every score of a tile, and the vector test of a tile against the best keys.
///
/// Every candidate has a random number, and every slot has one; the key of a pair mixes both. The candidate with the
/// highest key is a uniform choice: for one slot the mix is a bijection of the candidates' numbers, which are
/// independent and uniform. Only keys that tie, of which the lowest row wins, make a difference: of n candidates, by no
/// more than about n / 2^32. Between slots the mix leaves nothing of the order of the keys.

#include <mohs/detail/kernel/tile_survivors.hpp>
#include <mohs/detail/scene/build_scene.hpp>

#include <bit>

namespace mohs::inline MOHS_ABI::detail {

/// key = the key of a pair, from the number of its candidate and that of its slot: of scalars, or of vectors of them.
/// A product carries every bit upwards only; the shift brings the high ones down, for a second product to carry.
template <class Number>
MOHS_ALWAYS_INLINE void mix_key(Number& key, const Number& candidate, const Number& slot)
{
    key = (candidate ^ slot) * 0x7FEB352DU;
    key ^= key >> 15;
    key *= 0x846CA68BU;
}

/// What keys are made of, and the best of every slot so far. The slots of an anchor row begin at its offset.
struct PairKeys {
    /// Numbers that may be read past the last panel: vectors of them need not divide a panel of doubles.
    static constexpr Index padding = 16;

    const std::uint32_t* candidate = nullptr;  ///< number by position
    const std::int32_t* row_of = nullptr;      ///< anchor row by position
    const std::int32_t* offset = nullptr;      ///< by anchor row
    const std::uint32_t* slot = nullptr;       ///< number by slot
    const std::uint32_t* best = nullptr;       ///< by slot; 0 before there is any
};

/// What a selector that keeps the best key hands over.
struct RandomKeys {
    std::span<const std::uint32_t> candidate;  ///< number by row
    std::span<const std::int32_t> offset;      ///< first slot by anchor row
    std::span<const std::uint32_t> slot;       ///< number by slot
    std::span<const std::uint32_t> best;       ///< key of what is kept, by slot; 0 before there is any
};

/// Leaves of the survivors of a tile of `T` those whose keys reach the best of their slot, the `layer`th of its anchor.
template <class T>
struct KeepBestKeys {
    const PairKeys& keys;
    Index row_base, column_base;
    std::int32_t layer;
    TileSurvivors& survivors;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        keep<Isa>(survivors.rows, survivors.in_row, row_base, column_base);
        keep<Isa>(survivors.columns, survivors.in_column, column_base, row_base);
    }

private:
    using Number = std::uint32_t;

    template <class Isa>
    MOHS_ALWAYS_INLINE void keep(std::uint64_t& anchors, std::uint64_t* lanes_of, Index anchor_base,
                                 Index candidate_base) const
    {
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, Number>, vectors = (width + step - 1) / step;
        static_assert(step <= PairKeys::padding);
        for (std::uint64_t left = anchors; left != 0; left &= left - 1) {
            const int at = std::countr_zero(left);
            const std::int32_t slot_at = keys.offset[keys.row_of[anchor_base + at]] + layer;
            Vec<Isa, Number> slot, best;
            splat<Isa, Number>(slot, keys.slot[slot_at]);
            splat<Isa, Number>(best, keys.best[slot_at]);
            Mask<Isa, Number> reaching[vectors] = {};
            MOHS_UNROLL
            for (int v = 0; v < vectors; ++v) {
                Vec<Isa, Number> candidate, key;
                load<Isa, Number>(candidate, keys.candidate + candidate_base + v * step);
                mix_key(key, candidate, slot);
                add_at_least<Isa, Number>(reaching[v], key, best);
            }
            lanes_of[at] &= lanes_set<Isa, Number>(reaching);
            anchors &= lanes_of[at] != 0 ? ~std::uint64_t{0} : ~(left & -left);
        }
    }
};

/// The keys of a selector by position.
template <class T>
PairKeys start_pair_keys(const RandomKeys& keys, const Scene<T>& scene, Workspace& workspace)
{
    const std::span<std::uint32_t> numbers =
        workspace.take<std::uint32_t>(scene.candidates.panel_count * scene.width + PairKeys::padding, 0U);
    for (Index position = 0; position < scene.candidates.rows(); ++position) {
        numbers[static_cast<std::size_t>(position)] =
            keys.candidate[static_cast<std::size_t>(scene.candidates.row_of(position))];
    }
    return {numbers.data(), scene.anchors.order.row_of.data(), keys.offset.data(), keys.slot.data(), keys.best.data()};
}

/// Runs KeepBestKeys for a tile.
template <class T>
void keep_best_keys(const Scene<T>& scene, const PairKeys& keys, Index row_base, Index column_base, std::int32_t layer,
                    TileSurvivors& survivors)
{
    survivors.rows &= lanes_between(row_base, scene.anchors.rows(), row_base, scene.width);
    survivors.columns &= lanes_between(column_base, scene.anchors.rows(), column_base, scene.width);
    if ((survivors.rows | survivors.columns) != 0) {
        isa::run(scene.isa, KeepBestKeys<T>{keys, row_base, column_base, layer, survivors});
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
