#include <mohs/detail/base/sum.hpp>

#include "../../catch.hpp"

using mohs::Index;
using mohs::detail::chain_sum;

TEST_CASE("a chained sum takes every term once", "[kernel]")
{
    for (Index size = 0; size < 100; ++size) {
        const double expected = static_cast<double>(size * (size - 1) * (2 * size - 1) / 6);
        REQUIRE(chain_sum(size, [](Index k) { return static_cast<double>(k * k); }) == expected);
    }
}

// A compiler with -ffast-math may reorder additions, here and in the library.
TEST_CASE("a chained sum adds in its stated order", "[ieee]")
{
    // Term k goes to chain k modulo 8, and chains are added as a tree. Every other order rounds differently for some of
    // these sizes.
    for (Index size = 0; size < 100; ++size) {
        const auto term = [](Index k) { return 1.0 / static_cast<double>(3 * k + 1); };
        double chain[8] = {};
        for (Index k = 0; k < size; ++k) {
            chain[k % 8] += term(k);
        }
        REQUIRE(chain_sum(size, term) ==
                ((chain[0] + chain[1]) + (chain[2] + chain[3])) + ((chain[4] + chain[5]) + (chain[6] + chain[7])));
    }
}
