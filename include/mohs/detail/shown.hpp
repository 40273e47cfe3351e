#pragma once

/// \file
/// What a selection is shown.

#include <mohs/detail/relate.hpp>
#include <mohs/detail/selection.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// A tile, and the positions that its rows and columns begin at.
template <class T>
struct Shown {
    TileKind kind;
    Index row_base, column_base;
    const T* tile;
};

/// One layer of a selection while it is shown a tile.
template <class T, class Selection>
struct Layer {
    Selection& selection;
    T* threshold;
    T* ceiling;  ///< null where the selector has no windows
    std::int32_t number;
    bool best_only;  ///< whether all pairs of the tile count, and only the best of an anchor has to be offered

    /// Whether what is too close for filters is counted without being offered.
    [[nodiscard]] bool counts() const
    {
        return counts_close<typename Selection::Selector> && selection.close.limits > 0;
    }
    /// The lowest limits of the anchors from a position on, where that is so.
    [[nodiscard]] const T* lowest_limit(Index position) const
    {
        return selection.close.limit + selection.close.first_of(number, position);
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
