#pragma once

/// \file
/// Tile after tile of a self-scan through the register kernel, each written to the same place. No packing, no
/// thresholds.

#include "oracle.hpp"

#include <mohs/detail/kernel/dot_panels.hpp>
#include <mohs/workspace.hpp>

namespace bench {

/// Rows as the kernel reads them: element k of row r of a panel at [k * width + r], zeros past the last row.
template <class Isa>
struct Panels {
    static constexpr Index width = mohs::detail::panel_width<Isa, float>;

    explicit Panels(const mohs::Matrix& rows)
        : count((rows.rows() + width - 1) / width),
          depth(rows.cols()),
          elements(workspace.take(count * width * depth, 0.0F)),
          tile(workspace.take(width * width, 0.0F))
    {
        for (Index row = 0; row < rows.rows(); ++row) {
            for (Index k = 0; k < depth; ++k) {
                elements[static_cast<std::size_t>((row / width * depth + k) * width + row % width)] = rows(row, k);
            }
        }
    }

    [[nodiscard]] const float* panel(Index at) const { return elements.data() + at * width * depth; }
    [[nodiscard]] double flops() const
    {
        const auto tiles = static_cast<double>(count * (count + 1) / 2);
        return 2 * tiles * static_cast<double>(width * width * depth);
    }

    Index count, depth;
    mohs::Workspace workspace;
    std::span<float> elements, tile;
};

/// All tiles on and above the diagonal, in blocks of panels that stay in the L2 cache.
template <class Isa>
struct AllTiles {
    Panels<Isa>& panels;

    MOHS_ALWAYS_INLINE void operator()(Isa tag) const
    {
        constexpr Index block_bytes = 160 << 10, element = sizeof(float);
        const Index block = std::max<Index>(1, block_bytes / (Panels<Isa>::width * panels.depth * element));
        for (Index top = 0; top < panels.count; top += block) {
            for (Index left = top; left < panels.count; left += block) {
                for (Index b = left; b < std::min(left + block, panels.count); ++b) {
                    for (Index a = top; a < std::min(top + block, b + 1); ++a) {
                        mohs::detail::isa::enter(tag, mohs::detail::DotPanels<float>{panels.panel(a), panels.panel(b),
                                                                                     panels.depth, panels.tile.data()});
                    }
                }
            }
        }
    }
};

/// The first tile, the last one, and the one that has both.
template <class Isa>
std::string check_panels(Panels<Isa>& panels, const Data& data)
{
    constexpr Index width = Panels<Isa>::width;
    const Oracle oracle(data);
    const auto check_tile = [&](Index a, Index b) {
        mohs::detail::isa::enter(
            Isa{}, mohs::detail::DotPanels<float>{panels.panel(a), panels.panel(b), panels.depth, panels.tile.data()});
        for (Index row = a * width; row < std::min(oracle.rows(), (a + 1) * width); ++row) {
            for (Index column = b * width; column < std::min(oracle.rows(), (b + 1) * width); ++column) {
                const double score =
                    static_cast<double>(panels.tile[static_cast<std::size_t>(row % width * width + column % width)]);
                const double length = std::sqrt(oracle.dot(row, row) * oracle.dot(column, column));
                if (std::abs(score - oracle.dot(row, column)) > oracle.tolerance() * length) {
                    return wrong(row, "a score is not the dot product");
                }
            }
        }
        return std::string();
    };
    for (const auto& [a, b] :
         {std::pair<Index, Index>{0, 0}, {0, panels.count - 1}, {panels.count - 1, panels.count - 1}}) {
        if (const std::string error = check_tile(a, b); !error.empty()) {
            return error;
        }
    }
    return {};
}

}  // namespace bench
