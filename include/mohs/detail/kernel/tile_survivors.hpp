#pragma once

/// \file
/// What the vector test of a tile takes, and what it finds.

#include <mohs/config.hpp>

#include <cstdint>

namespace mohs::inline MOHS_ABI::detail {

/// The side of a tile that scores are compared on. A survivor is at least as good as the threshold of its anchor, and
/// no better than its ceiling, if there are ceilings.
template <class T>
struct TileSide {
    const T* threshold;  ///< of the anchors along this side
    const T* ceiling;    ///< null without ceilings
    const T* bias;       ///< of the rows along this side, added when they are candidates; null for metrics without
    const T* limit = nullptr;  ///< of the anchors, for tests with limits
};

/// The compile-time part of a test: a selector prefers the smallest scores or the largest; it has ceilings or not;
/// the metric has biases or not. With limits it gives up if any score is above the limit of its anchor.
template <bool Smallest_, bool Ceiling_, bool Bias_, bool Limit_ = false>
struct TileTest {
    static constexpr bool smallest = Smallest_, ceiling = Ceiling_, bias = Bias_, limit = Limit_;
    static_assert(!(limit && (smallest || ceiling)));
};

/// No panel is wider.
inline constexpr int widest_panel = 48;

/// What survives in a tile. Bit r of `rows` and bit c of `columns` are set for the anchors with survivors, and only
/// their candidates are filled in.
struct TileSurvivors {
    std::uint64_t rows, columns;
    std::uint64_t in_row[widest_panel];     ///< columns that survive as candidates of a row
    std::uint64_t in_column[widest_panel];  ///< rows that survive as candidates of a column
    bool past_limit = false;                ///< whether a test with limits gave up; no candidates are filled in then
};

}  // namespace mohs::inline MOHS_ABI::detail
