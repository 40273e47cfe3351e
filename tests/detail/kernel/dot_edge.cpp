#include <mohs/detail/kernel/dot_edge.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <cmath>
#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::DotEdge;
using mohs::detail::DotPanels;

namespace {

/// A panel of which `rows` rows are not padding.
template <class T>
reference::AlignedVector<T> panel_of(Index width, Index rows, Index depth, std::uint64_t seed)
{
    reference::Generator generator(seed);
    reference::AlignedVector<T> panel(static_cast<std::size_t>(width * depth), T{0});
    for (Index k = 0; k < depth; ++k) {
        for (Index row = 0; row < rows; ++row) {
            panel[static_cast<std::size_t>(k * width + row)] = static_cast<T>(reference::normal(generator));
        }
    }
    return panel;
}

/// The scores of two panels.
template <class T>
struct Scores {
    IsaLevel level;
    Index width, depth;
    const reference::AlignedVector<T>&a, &b;

    [[nodiscard]] reference::AlignedVector<T> in_full() const
    {
        reference::AlignedVector<T> tile(static_cast<std::size_t>(width * width));
        mohs::detail::isa::run(level, DotPanels<T>{a.data(), b.data(), depth, tile.data()});
        return tile;
    }

    [[nodiscard]] reference::AlignedVector<T> at_edge(Index rows, Index columns, bool diagonal) const
    {
        // Garbage that must neither stay nor be taken for a partial sum.
        reference::AlignedVector<T> tile(static_cast<std::size_t>(width * width), static_cast<T>(1e10));
        mohs::detail::isa::run(level, DotEdge<T>{a.data(), b.data(), depth, tile.data(), static_cast<int>(rows),
                                                 static_cast<int>(columns), diagonal});
        return tile;
    }

    /// Whether the scores of rows are the dot products, all others zero.
    [[nodiscard]] bool are_right(const reference::AlignedVector<T>& tile, Index rows, Index columns) const
    {
        const double bound = 2 * static_cast<double>(depth) * static_cast<double>(std::numeric_limits<T>::epsilon());
        for (Index i = 0; i < width; ++i) {
            for (Index j = 0; j < width; ++j) {
                double exact = 0, magnitude = 0;
                for (Index k = 0; k < depth && i < rows && j < columns; ++k) {
                    const double term = static_cast<double>(a[static_cast<std::size_t>(k * width + i)]) *
                                        static_cast<double>(b[static_cast<std::size_t>(k * width + j)]);
                    exact += term;
                    magnitude += std::abs(term);
                }
                const auto score = static_cast<double>(tile[static_cast<std::size_t>(i * width + j)]);
                if (!(std::abs(score - exact) <= bound * magnitude)) {
                    return false;
                }
            }
        }
        return true;
    }
};

constexpr Index depths[] = {1, 2, 65, 257, 700};

template <class T>
void require_right_edges(IsaLevel level)
{
    const Index width = reference::panel_width<T>(level);
    for (const Index depth : depths) {
        for (Index rows = 1; rows <= width; rows += rows < width - 4 && depth > 2 ? 3 : 1) {
            for (Index columns = 1; columns <= width; columns += columns < width - 4 ? 5 : 1) {
                const auto a = panel_of<T>(width, rows, depth, static_cast<std::uint64_t>(depth + rows));
                const auto b = panel_of<T>(width, columns, depth, static_cast<std::uint64_t>(depth + columns + 100));
                const Scores<T> scores{level, width, depth, a, b};
                const auto tile = scores.at_edge(rows, columns, false);
                INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes, depth " << depth << ", " << rows
                                            << " rows, " << columns << " columns");
                REQUIRE(tile == scores.in_full());
                REQUIRE((depth > 65 || scores.are_right(tile, rows, columns)));
            }
        }
    }
}

template <class T>
void require_right_diagonals(IsaLevel level)
{
    const Index width = reference::panel_width<T>(level);
    for (const Index depth : depths) {
        for (Index rows = 1; rows <= width; ++rows) {
            const auto panel = panel_of<T>(width, rows, depth, static_cast<std::uint64_t>(depth + rows));
            const Scores<T> scores{level, width, depth, panel, panel};
            const auto tile = scores.at_edge(rows, rows, true);
            INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes, depth " << depth << ", " << rows << " rows");
            REQUIRE(tile == scores.in_full());
            REQUIRE((depth > 65 || scores.are_right(tile, rows, rows)));
        }
    }
}

}  // namespace

TEST_CASE("tiles of panels that are not full have the scores of full ones, and zeros", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_right_edges<float>(level);
        require_right_edges<double>(level);
    }
}

TEST_CASE("tiles on the diagonal have the scores of full ones on either side of it", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_right_diagonals<float>(level);
        require_right_diagonals<double>(level);
    }
}
