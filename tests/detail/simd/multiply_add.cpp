#include <mohs/detail/simd/multiply_add.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <array>
#include <limits>

namespace {

using mohs::IsaLevel;

/// Whether the level multiplies and adds in one operation; at the baseline that is up to the processor that is named.
bool is_fused(IsaLevel level)
{
#if defined(__FMA__) || defined(__aarch64__)
    return level != IsaLevel::portable;
#else
    return level == IsaLevel::avx2 || level == IsaLevel::avx512;
#endif
}

/// One lane of all forms of a * b + c.
template <class T>
struct MultiplyAdds {
    T a, b, c;
    std::array<T, 5>& results;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        mohs::detail::Vec<Isa, T> x, y, sum[5];
        mohs::detail::splat<Isa, T>(x, a);
        mohs::detail::splat<Isa, T>(y, b);
        mohs::detail::splat<Isa, T>(sum[0], c);
        sum[1] = sum[0];
        sum[2] = -sum[0];
        sum[3] = -sum[0];
        sum[4] = x;
        mohs::detail::add_product<Isa, T>(sum[0], x, y);
        mohs::detail::add_scaled<Isa, T>(sum[1], a, y);
        mohs::detail::subtract_product<Isa, T>(sum[2], x, y);
        mohs::detail::subtract_scaled<Isa, T>(sum[3], a, y);
        mohs::detail::multiply_add<Isa, T>(sum[4], y, c);
        for (std::size_t i = 0; i < 5; ++i) {
            T lane[mohs::detail::lanes<Isa, T>];
            mohs::detail::store<Isa, T>(lane, sum[i]);
            results[i] = lane[mohs::detail::lanes<Isa, T> - 1];
        }
    }
};

}  // namespace

TEMPLATE_TEST_CASE("multiply-adds are one operation whatever the flags at every instruction set that has it",
                   "[kernel][ieee]", float, double)
{
    // (1 + u)(1 - u) = 1 - u^2, which the product alone rounds to 1. Volatile: computed here, not by the compiler.
    const volatile TestType u = std::numeric_limits<TestType>::epsilon();
    const TestType a = 1 + u, b = 1 - u, c = -1, one_operation = -u * u;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        std::array<TestType, 5> found{};
        mohs::detail::isa::run(level, MultiplyAdds<TestType>{a, b, c, found});
        CAPTURE(mohs::to_string(level));
        if (level == IsaLevel::portable) {
            continue;  // Plain scalars, which compilers contract as they like.
        }
        const TestType expected = is_fused(level) ? one_operation : 0;
        CHECK(found[0] == expected);
        CHECK(found[1] == expected);
        CHECK(found[2] == -expected);
        CHECK(found[3] == -expected);
        CHECK(found[4] == expected);
    }
}
