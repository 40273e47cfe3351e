#include <mohs/detail/simd/transpose.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

using mohs::Index;
using mohs::IsaLevel;

TEMPLATE_TEST_CASE("tiles are turned and what lies between them is left out", "[kernel]", float, double)
{
    using T = TestType;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const Index width = reference::panel_width<T>(level), tile = width * width, stride = 2 * tile;
        for (const Index count : {1, 3}) {
            reference::AlignedVector<T> from(static_cast<std::size_t>(count * stride)),
                to(static_cast<std::size_t>((count + 1) * tile), T{-1});
            for (std::size_t i = 0; i < from.size(); ++i) {
                from[i] = static_cast<T>(i);
            }
            mohs::detail::isa::run(level, mohs::detail::TurnTiles<T>{from.data(), stride, count, to.data()});
            bool turned = true;
            for (Index i = 0; i < count; ++i) {
                for (Index r = 0; r < width; ++r) {
                    for (Index c = 0; c < width; ++c) {
                        turned &= to[static_cast<std::size_t>(i * tile + r * width + c)] ==
                                  from[static_cast<std::size_t>(i * stride + c * width + r)];
                    }
                }
            }
            INFO(mohs::to_string(level) << ", " << count << " tiles");
            CHECK(turned);
            CHECK(std::all_of(to.begin() + count * tile, to.end(), [](T x) { return x == T{-1}; }));
        }
    }
}
