#include <mohs/detail/kernel/dot_pairs.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <mohs/detail/kernel/dot_panels.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::DotPairs;
using mohs::detail::DotPanels;
using mohs::detail::pairs_at_once;

namespace {

// Around blocks of 32 and pieces of 4 elements, and around the blocks of tiles.
constexpr Index depths[] = {1,  2,  3,  4,  5,   7,   31,  32,  33,  35,  36,  63,
                            64, 65, 67, 96, 127, 128, 129, 200, 257, 700, 1000};

/// Rows one after the other, with nothing behind the last: whoever reads on is noticed by the address sanitizer.
std::vector<float> rows_of(Index rows, Index depth, std::uint64_t seed)
{
    reference::Generator generator(seed);
    std::vector<float> elements(static_cast<std::size_t>(rows * depth));
    for (float& element : elements) {
        // Products of very different size: another order of the sum has other bits.
        element = static_cast<float>(reference::normal(generator) * std::exp2(6 * reference::normal(generator)));
    }
    return elements;
}

reference::AlignedVector<float> panel_of(const std::vector<float>& rows, Index width, Index depth)
{
    reference::AlignedVector<float> panel(rows.size());
    for (Index row = 0; row < width; ++row) {
        for (Index k = 0; k < depth; ++k) {
            panel[static_cast<std::size_t>(k * width + row)] = rows[static_cast<std::size_t>(row * depth + k)];
        }
    }
    return panel;
}

struct Pair {
    Index a, b;
};

/// Every pair of two panels, shuffled, so that a batch has rows several times and in any order; then batches of one
/// pair, and of one row against several.
std::vector<Pair> pairs_of(Index width, std::uint64_t seed)
{
    std::vector<Pair> pairs;
    for (const Index at : reference::shuffled_rows(width * width, seed)) {
        pairs.push_back({at / width, at % width});
    }
    for (int i = 0; i < pairs_at_once; ++i) {
        pairs.push_back({1, 2});
    }
    for (int i = 0; i < pairs_at_once; ++i) {
        pairs.push_back({3, (i * 5) % width});
    }
    // What is left is filled up, as batches that are not full are.
    while (pairs.size() % pairs_at_once != 0) {
        pairs.push_back(pairs.back());
    }
    return pairs;
}

/// Scores of all pairs, next to those of the tile and the exact ones; what is wrong first.
std::string fault(IsaLevel level, Index depth)
{
    const Index width = reference::panel_width<float>(level);
    const std::vector<float> a = rows_of(width, depth, static_cast<std::uint64_t>(depth)),
                             b = rows_of(width, depth, static_cast<std::uint64_t>(depth) + 5000);
    const auto left = panel_of(a, width, depth), right = panel_of(b, width, depth);
    reference::AlignedVector<float> tile(static_cast<std::size_t>(width * width));
    mohs::detail::isa::run(level, DotPanels<float>{left.data(), right.data(), depth, tile.data()});
    const std::vector<Pair> pairs = pairs_of(width, static_cast<std::uint64_t>(depth) + 9000);
    for (std::size_t first = 0; first < pairs.size(); first += pairs_at_once) {
        const float *row_a[pairs_at_once], *row_b[pairs_at_once];
        // Garbage that must not be taken for a partial sum.
        float result[pairs_at_once];
        std::fill(std::begin(result), std::end(result), 1e10F);
        for (std::size_t i = 0; i < pairs_at_once; ++i) {
            row_a[i] = a.data() + pairs[first + i].a * depth;
            row_b[i] = b.data() + pairs[first + i].b * depth;
        }
        mohs::detail::isa::run(level, DotPairs<float>{row_a, row_b, depth, result});
        for (std::size_t i = 0; i < pairs_at_once; ++i) {
            double exact = 0, magnitude = 0;
            for (Index k = 0; k < depth; ++k) {
                const double term = static_cast<double>(row_a[i][k]) * static_cast<double>(row_b[i][k]);
                exact += term;
                magnitude += std::abs(term);
            }
            const double bound = 1.01 * static_cast<double>(depth) * 0x1p-24 * magnitude;
            if (!(std::abs(static_cast<double>(result[i]) - exact) <= bound)) {
                return "a score is not the dot product of its rows";
            }
            const float expected = tile[static_cast<std::size_t>(pairs[first + i].a * width + pairs[first + i].b)];
            // The portable level leaves the order of sums to Eigen, and is never screened.
            if (level != IsaLevel::portable &&
                std::bit_cast<std::uint32_t>(result[i]) != std::bit_cast<std::uint32_t>(expected)) {
                return "a score has not the bits of the tile";
            }
        }
    }
    return {};
}

}  // namespace

TEST_CASE("scores of single pairs in several chains round no more than those of one", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index depth : depths) {
            const std::vector<float> a = rows_of(3, depth, static_cast<std::uint64_t>(depth)),
                                     b = rows_of(3, depth, static_cast<std::uint64_t>(depth) + 5000);
            const float* row_a[3] = {a.data(), a.data() + depth, a.data() + 2 * depth};
            const float* row_b[3] = {b.data() + 2 * depth, b.data(), b.data() + depth};
            float result[4] = {1e10F, 1e10F, 1e10F, 17};
            mohs::detail::isa::run(
                level, mohs::detail::DotRows<float>{row_a, row_b, static_cast<std::ptrdiff_t>(depth), 3, result});
            for (std::size_t i = 0; i < 3; ++i) {
                double exact = 0, magnitude = 0;
                for (Index k = 0; k < depth; ++k) {
                    const double term = static_cast<double>(row_a[i][k]) * static_cast<double>(row_b[i][k]);
                    exact += term;
                    magnitude += std::abs(term);
                }
                // Short rows are summed lane by lane, which is not fewer roundings than there are lanes.
                const double roundings = static_cast<double>(std::max<Index>(depth, 24));
                INFO(mohs::to_string(level) << ", depth " << depth);
                CHECK(std::abs(static_cast<double>(result[i]) - exact) <= 1.01 * roundings * 0x1p-24 * magnitude);
            }
            CHECK(result[3] == 17);
        }
    }
}

TEST_CASE("scores of single pairs of rows have the bits that tiles give them", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index depth : depths) {
            INFO(mohs::to_string(level) << ", depth " << depth);
            REQUIRE(fault(level, depth) == "");
        }
    }
}
