#include <mohs/detail/kernel/dot_panels.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <cstddef>
#include <type_traits>
#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::DotPanels;

namespace {

// Around the edges of the k-blocks of all levels, which are 64, 128 or 256 elements, and typical dimensions.
constexpr Index depths[] = {1, 2, 63, 64, 65, 127, 128, 255, 256, 257, 512, 700, 768, 1000};

/// One product of two panels at one level.
template <class T>
struct Product {
    Index width, depth;
    reference::AlignedVector<T> a, b;
    reference::AlignedVector<T> tile;

    Product(IsaLevel level, Index depth_, std::uint64_t seed) : width(reference::panel_width<T>(level)), depth(depth_)
    {
        reference::Generator generator(seed);
        a.resize(static_cast<std::size_t>(width * depth));
        b.resize(a.size());
        for (std::size_t i = 0; i < a.size(); ++i) {
            a[i] = static_cast<T>(reference::normal(generator));
            b[i] = static_cast<T>(reference::normal(generator));
        }
        compute(level);
    }

    void compute(IsaLevel level)
    {
        // Garbage that must not be taken for a partial sum.
        tile.assign(static_cast<std::size_t>(width * width), static_cast<T>(1e10));
        mohs::detail::isa::run(level,
                               DotPanels<T>{a.data(), b.data(), static_cast<std::ptrdiff_t>(depth), tile.data()});
    }

    [[nodiscard]] T anchor(Index row, Index k) const { return a[static_cast<std::size_t>(k * width + row)]; }
    [[nodiscard]] T candidate(Index row, Index k) const { return b[static_cast<std::size_t>(k * width + row)]; }
    [[nodiscard]] T score(Index i, Index j) const { return tile[static_cast<std::size_t>(i * width + j)]; }
};

template <class T>
bool same_bits(T a, T b)
{
    using Word = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    return std::bit_cast<Word>(a) == std::bit_cast<Word>(b);
}

/// Whether all scores are within gamma_n = n u / (1 - n u) of the exact ones, times the sum of the |terms|: holds for n
/// multiply-adds in any order, fused or not (Higham, section 3.1).
template <class T>
bool is_accurate(const Product<T>& product)
{
    const double n = static_cast<double>(product.depth), u = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
    const double gamma = n * u / (1 - n * u);
    for (Index i = 0; i < product.width; ++i) {
        for (Index j = 0; j < product.width; ++j) {
            // The oracle's own rounding has to be small next to the bound.
            using Wide = std::conditional_t<sizeof(T) == 8, long double, double>;
            Wide exact = 0, magnitude = 0;
            for (Index k = 0; k < product.depth; ++k) {
                const Wide term = static_cast<Wide>(product.anchor(i, k)) * static_cast<Wide>(product.candidate(j, k));
                exact += term;
                magnitude += std::abs(term);
            }
            const double own = n * static_cast<double>(std::numeric_limits<Wide>::epsilon());
            if (std::abs(static_cast<double>(static_cast<Wide>(product.score(i, j)) - exact)) >
                (gamma + own) * static_cast<double>(magnitude)) {
                return false;
            }
        }
    }
    return true;
}

template <class T>
void require_accurate(IsaLevel level)
{
    for (const Index depth : depths) {
        INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes, depth " << depth);
        REQUIRE(is_accurate(Product<T>(level, depth, static_cast<std::uint64_t>(depth))));
    }
}

/// a * b, rounded, where no compiler can fuse it with what follows.
template <class T>
T rounded_product(T a, T b)
{
    volatile T product = a * b;
    return product;
}

/// Whether every score is the chain of multiply-adds over k = 0, 1, ..., fused or not.
template <class T>
bool is_chain(const Product<T>& product, bool fused)
{
    for (Index i = 0; i < product.width; ++i) {
        for (Index j = 0; j < product.width; ++j) {
            T chain = 0;
            for (Index k = 0; k < product.depth; ++k) {
                const T a = product.anchor(i, k), b = product.candidate(j, k);
                chain = fused ? std::fma(a, b, chain) : chain + rounded_product(a, b);
            }
            if (!same_bits(chain, product.score(i, j))) {
                return false;
            }
        }
    }
    return true;
}

/// Either all scores of a level are fused chains or none is: it depends on the target and on the optimisation level,
/// and tests/codegen sees to it that optimised code is.
template <class T>
void require_one_chain(IsaLevel level)
{
    const bool fused = is_chain(Product<T>(level, 64, 1), true);
    for (const Index depth : depths) {
        INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes, depth " << depth << ", fused " << fused);
        REQUIRE(is_chain(Product<T>(level, depth, static_cast<std::uint64_t>(depth) + 1000), fused));
    }
}

template <class T>
void require_commutes(IsaLevel level)
{
    for (const Index depth : depths) {
        const Product<T> product(level, depth, static_cast<std::uint64_t>(depth) + 2000);
        Product<T> swapped = product;
        std::swap(swapped.a, swapped.b);
        swapped.compute(level);
        Product<T> self = product;
        self.b = self.a;
        self.compute(level);
        INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes, depth " << depth);
        bool same = true;
        for (Index i = 0; i < product.width; ++i) {
            for (Index j = 0; j < product.width; ++j) {
                same = same && same_bits(product.score(i, j), swapped.score(j, i)) &&
                       same_bits(self.score(i, j), self.score(j, i));
            }
        }
        REQUIRE(same);
    }
}

template <class T>
void require_independent_of_neighbours(IsaLevel level)
{
    for (const Index depth : {1, 65, 257, 700}) {
        const Product<T> product(level, depth, 3000);
        // The same two rows at every place of their panels.
        Product<T> everywhere = product;
        for (Index k = 0; k < depth; ++k) {
            for (Index row = 0; row < product.width; ++row) {
                everywhere.a[static_cast<std::size_t>(k * product.width + row)] = product.anchor(0, k);
                everywhere.b[static_cast<std::size_t>(k * product.width + row)] = product.candidate(0, k);
            }
        }
        everywhere.compute(level);
        INFO(mohs::to_string(level) << ", " << sizeof(T) << " bytes, depth " << depth);
        bool same = true;
        for (const T score : everywhere.tile) {
            same = same && same_bits(score, product.score(0, 0));
        }
        REQUIRE(same);
    }
}

}  // namespace

TEST_CASE("scores are the dot products of the rows within the bound of one summation", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_accurate<float>(level);
        require_accurate<double>(level);
    }
}

TEST_CASE("the accuracy check notices a lost k step and a wrong row")
{
    Product<float> product(mohs::available_isa_levels().back(), 64, 7);
    REQUIRE(is_accurate(product));
    Product<float> shorter = product;
    shorter.depth = 63;
    shorter.compute(mohs::available_isa_levels().back());
    shorter.depth = 64;
    REQUIRE_FALSE(is_accurate(shorter));
    std::swap(product.tile[0], product.tile[1]);
    REQUIRE_FALSE(is_accurate(product));
}

TEST_CASE("a score is one chain of multiply-adds in ascending order of the columns", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        // The portable level leaves the order to Eigen.
        if (level != IsaLevel::portable) {
            require_one_chain<float>(level);
            require_one_chain<double>(level);
        }
    }
}

TEST_CASE("the score of two rows has the same bits in both directions", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_commutes<float>(level);
        require_commutes<double>(level);
    }
}

TEST_CASE("the score of two rows does not depend on their places in the panels", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_independent_of_neighbours<float>(level);
        require_independent_of_neighbours<double>(level);
    }
}

TEST_CASE("the rows of the register tile divide the panel width", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        mohs::detail::isa::with_isa(level, [&](auto isa) {
            using Isa = decltype(isa);
            REQUIRE(mohs::detail::panel_width<Isa, float> % Isa::rows == 0);
            REQUIRE(mohs::detail::panel_width<Isa, double> % Isa::rows == 0);
            // Survivors of a row are a 64-bit mask.
            REQUIRE(mohs::detail::panel_width<Isa, float> <= 64);
        });
    }
}
