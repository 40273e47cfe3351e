// Covers detail/kernel/tile_survivors.hpp.

#include <mohs/detail/kernel/test_tile.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::TileSide;
using mohs::detail::TileSurvivors;
using mohs::detail::TileTest;

namespace {

constexpr double window = 0.5;

/// A tile with coarse values, so that scores equal to a bound are frequent, and with the thresholds, ceilings and
/// biases of both of its sides.
template <class T>
struct Tile {
    Index width;
    reference::AlignedVector<T> scores;
    struct Side {
        reference::AlignedVector<T> threshold, ceiling, bias;
        [[nodiscard]] TileSide<T> view() const { return {threshold.data(), ceiling.data(), bias.data()}; }
    } rows, columns;

    /// Thresholds are about `middle`. The ceiling is the better end of the window.
    Tile(Index width_, bool smallest, double middle, std::uint64_t seed) : width(width_)
    {
        reference::Generator generator(seed);
        const auto coarse = [&] { return static_cast<T>(std::floor(reference::normal(generator) * 8) / 8); };
        scores.resize(static_cast<std::size_t>(width * width));
        for (T& score : scores) {
            score = coarse();
        }
        for (Side* side : {&rows, &columns}) {
            for (Index i = 0; i < width; ++i) {
                side->bias.push_back(coarse() / 4);
                side->threshold.push_back(static_cast<T>(middle) + coarse() / 2);
                side->ceiling.push_back(side->threshold.back() + static_cast<T>(smallest ? -window : window));
            }
        }
    }

    /// Whether (r, c) survives for its anchor, the row or the column.
    template <class Test>
    [[nodiscard]] bool survives(Index r, Index c, bool row_is_anchor) const
    {
        const Side& anchors = row_is_anchor ? rows : columns;
        const Side& candidates = row_is_anchor ? columns : rows;
        const auto anchor = static_cast<std::size_t>(row_is_anchor ? r : c),
                   candidate = static_cast<std::size_t>(row_is_anchor ? c : r);
        T score = scores[static_cast<std::size_t>(r * width + c)];
        if (Test::bias) {
            score += candidates.bias[candidate];
        }
        if (Test::smallest) {
            return score <= anchors.threshold[anchor] && (!Test::ceiling || score >= anchors.ceiling[anchor]);
        }
        return score >= anchors.threshold[anchor] && (!Test::ceiling || score <= anchors.ceiling[anchor]);
    }

    /// What has to be found. With `best_only`, survivors worse than another one of their anchor do not count.
    template <class Test>
    [[nodiscard]] TileSurvivors expected(bool best_only) const
    {
        TileSurvivors result{};
        for (Index anchor = 0; anchor < width; ++anchor) {
            for (const bool is_row : {true, false}) {
                const auto along = [&](Index other) {
                    return is_row ? survives<Test>(anchor, other, true) : survives<Test>(other, anchor, false);
                };
                std::uint64_t found = 0;
                for (Index other = 0; other < width; ++other) {
                    bool counts = along(other);
                    for (Index rival = 0; rival < width && best_only; ++rival) {
                        const T own = score<Test>(anchor, other, is_row), its = score<Test>(anchor, rival, is_row);
                        counts = counts && !(along(rival) && (Test::smallest ? its < own : its > own));
                    }
                    found |= std::uint64_t{counts} << other;
                }
                (is_row ? result.rows : result.columns) |= std::uint64_t{found != 0} << anchor;
                (is_row ? result.in_row : result.in_column)[anchor] = found;
            }
        }
        return result;
    }

    template <class Test>
    [[nodiscard]] T score(Index anchor, Index other, bool anchor_is_row) const
    {
        const T dot = scores[static_cast<std::size_t>(anchor_is_row ? anchor * width + other : other * width + anchor)];
        return Test::bias ? dot + (anchor_is_row ? columns : rows).bias[static_cast<std::size_t>(other)] : dot;
    }
};

template <class T, class Test, bool both>
TileSurvivors survivors_of(IsaLevel level, const reference::AlignedVector<T>& scores, const TileSide<T>& rows,
                           const TileSide<T>& columns, bool best_only = false)
{
    TileSurvivors result{1, 1, {}, {}};
    mohs::detail::isa::run(level,
                           mohs::detail::TestTile<T, Test, both>{scores.data(), rows, columns, best_only, result});
    return result;
}

/// Candidates of anchors without survivors are not filled in.
bool same(const TileSurvivors& found, const TileSurvivors& expected, bool both)
{
    bool result = found.rows == expected.rows && found.columns == (both ? expected.columns : 0);
    for (int i = 0; i < mohs::detail::widest_panel; ++i) {
        result = result && ((expected.rows >> i & 1U) == 0 || found.in_row[i] == expected.in_row[i]);
        result = result && (!both || (expected.columns >> i & 1U) == 0 || found.in_column[i] == expected.in_column[i]);
    }
    return result;
}

template <class T, class Test>
void require_right(IsaLevel level)
{
    bool right = true, some = false, none = false;
    for (const double middle : {-6.0, -3.0, 0.0, 2.0, 3.0, 4.0, 6.0}) {
        for (std::uint64_t seed = 0; seed < 6; ++seed) {
            const double signed_middle = Test::smallest ? -middle : middle;
            const Tile<T> tile(reference::panel_width<T>(level), Test::smallest, signed_middle, seed);
            for (const bool best_only : {false, true}) {
                const auto wanted = tile.template expected<Test>(best_only);
                const auto rows = tile.rows.view(), columns = tile.columns.view();
                right = right &&
                        same(survivors_of<T, Test, false>(level, tile.scores, rows, columns, best_only), wanted, false);
                right = right &&
                        same(survivors_of<T, Test, true>(level, tile.scores, rows, columns, best_only), wanted, true);
            }
            const TileSurvivors expected = tile.template expected<Test>(false);
            some = some || expected.rows != 0;
            none = none || expected.rows == 0;
        }
    }
    INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes, smallest " << Test::smallest << ", ceiling "
                                << Test::ceiling << ", bias " << Test::bias);
    REQUIRE(right);
    // Both answers have to occur.
    REQUIRE(some);
    REQUIRE(none);
}

/// A test with limits finds what one without does, unless it gives up.
template <class T, bool bias, bool both>
void require_limits_kept(IsaLevel level)
{
    using Test = TileTest<false, false, bias, true>;
    bool right = true, up = false, kept = false;
    for (const double above : {-6.0, 2.0, 3.0, 4.0, 9.0}) {
        for (std::uint64_t seed = 0; seed < 6; ++seed) {
            const Tile<T> tile(reference::panel_width<T>(level), false, 2, seed),
                limits(tile.width, false, above, seed + 100);
            auto rows = tile.rows.view(), columns = tile.columns.view();
            rows.limit = limits.rows.threshold.data();
            columns.limit = limits.columns.threshold.data();
            bool past = false;
            for (Index r = 0; r < tile.width; ++r) {
                for (Index c = 0; c < tile.width; ++c) {
                    past = past || tile.template score<TileTest<false, false, bias>>(r, c, true) > rows.limit[r];
                    past = past ||
                           (both && tile.template score<TileTest<false, false, bias>>(c, r, false) > columns.limit[c]);
                }
            }
            const TileSurvivors found = survivors_of<T, Test, both>(level, tile.scores, rows, columns, true);
            const auto expected = tile.template expected<TileTest<false, false, bias>>(true);
            right = right && found.past_limit == past && (past || same(found, expected, both));
            (past ? up : kept) = true;
        }
    }
    INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes, bias " << bias << ", both " << both);
    REQUIRE(right);
    REQUIRE(up);
    REQUIRE(kept);
}

/// A tile where a single score is above the limit of its row or its column, at every place in turn.
template <class T>
void require_lone_score_past_limit(IsaLevel level)
{
    using Test = TileTest<false, false, false, true>;
    const auto width = static_cast<std::size_t>(reference::panel_width<T>(level));
    reference::AlignedVector<T> scores(width * width, T{0});
    const reference::AlignedVector<T> one(width, T{1}), half(width, T{0.5});
    const TileSide<T> low{one.data(), nullptr, nullptr, half.data()}, high{one.data(), nullptr, nullptr, one.data()};
    bool right = true;
    for (T& score : scores) {
        score = 1;
        right = right && survivors_of<T, Test, true>(level, scores, low, high).past_limit;
        right = right && survivors_of<T, Test, true>(level, scores, high, low).past_limit;
        right = right && survivors_of<T, Test, false>(level, scores, low, high).past_limit;
        right = right && !survivors_of<T, Test, false>(level, scores, high, low).past_limit;
        right = right && !survivors_of<T, Test, true>(level, scores, high, high).past_limit;
        score = 0;
    }
    INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes");
    REQUIRE(right);
}

template <class T>
void require_all_right(IsaLevel level)
{
    require_right<T, TileTest<false, false, false>>(level);
    require_right<T, TileTest<false, false, true>>(level);
    require_right<T, TileTest<false, true, false>>(level);
    require_right<T, TileTest<false, true, true>>(level);
    require_right<T, TileTest<true, false, false>>(level);
    require_right<T, TileTest<true, false, true>>(level);
    require_right<T, TileTest<true, true, false>>(level);
    require_right<T, TileTest<true, true, true>>(level);
}

/// A tile where a single score survives, at every place in turn.
template <class T>
void require_lone_survivor_found(IsaLevel level)
{
    using Test = TileTest<false, false, false>;
    const auto width = static_cast<std::size_t>(reference::panel_width<T>(level));
    reference::AlignedVector<T> scores(width * width, T{0});
    const reference::AlignedVector<T> one(width, T{1}), two(width, T{2});
    const TileSide<T> open{one.data(), nullptr, nullptr}, closed{two.data(), nullptr, nullptr};
    bool right = true;
    for (std::size_t r = 0; r < width; ++r) {
        for (std::size_t c = 0; c < width; ++c) {
            scores[r * width + c] = 1;
            const std::uint64_t row = std::uint64_t{1} << r, column = std::uint64_t{1} << c;
            const TileSurvivors by_row = survivors_of<T, Test, true>(level, scores, open, closed),
                                by_column = survivors_of<T, Test, true>(level, scores, closed, open),
                                by_both = survivors_of<T, Test, true>(level, scores, open, open),
                                by_none = survivors_of<T, Test, true>(level, scores, closed, closed),
                                rows_only = survivors_of<T, Test, false>(level, scores, open, closed);
            right = right && by_row.rows == row && by_row.columns == 0;
            right = right && by_column.rows == 0 && by_column.columns == column;
            right = right && by_both.rows == row && by_both.columns == column;
            right = right && by_none.rows == 0 && by_none.columns == 0;
            right = right && rows_only.rows == row;
            scores[r * width + c] = 0;
        }
    }
    INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes");
    REQUIRE(right);
}

}  // namespace

TEST_CASE("vector tests of a tile agree with comparing one score at a time", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_all_right<float>(level);
        require_all_right<double>(level);
    }
}

TEST_CASE("a single survivor is found at every place of a tile", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_lone_survivor_found<float>(level);
        require_lone_survivor_found<double>(level);
    }
}

TEST_CASE("a test with limits gives up where a score is above one, and agrees with one without elsewhere", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_limits_kept<float, false, false>(level);
        require_limits_kept<float, false, true>(level);
        require_limits_kept<float, true, false>(level);
        require_limits_kept<float, true, true>(level);
        require_limits_kept<double, false, true>(level);
        require_limits_kept<double, true, true>(level);
        require_lone_score_past_limit<float>(level);
        require_lone_score_past_limit<double>(level);
    }
}
