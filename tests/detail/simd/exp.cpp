#include <mohs/detail/simd/exp.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace {

using mohs::IsaLevel;

template <class T>
struct Exponentials {
    std::vector<T>& values;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        const auto count = static_cast<std::ptrdiff_t>(values.size());
        for (std::ptrdiff_t i = 0; i < count; i += mohs::detail::lanes<Isa, T>) {
            mohs::detail::Vec<Isa, T> x;
            mohs::detail::load<Isa, T>(x, values.data() + i);
            mohs::detail::exp_in_place<Isa, T>(x);
            mohs::detail::store<Isa, T>(values.data() + i, x);
        }
    }
};

template <class T>
std::vector<T> exponentials(IsaLevel level, std::vector<T> arguments)
{
    arguments.resize((arguments.size() + 63) / 64 * 64);
    mohs::detail::isa::run(level, Exponentials<T>{arguments});
    return arguments;
}

}  // namespace

TEMPLATE_TEST_CASE("exponentials are good to a unit in the last place in their whole range", "[kernel]", float, double)
{
    constexpr bool single = sizeof(TestType) == sizeof(float);
    const double lowest = single ? -87 : -708, highest = single ? 88 : 709;
    std::vector<TestType> arguments;
    for (int i = 0; i < 1 << 17; ++i) {
        arguments.push_back(static_cast<TestType>(lowest + (highest - lowest) * i / (1 << 17)));
        arguments.push_back(static_cast<TestType>(std::pow(2.0, -60.0 + i * 60.0 / (1 << 17)) * (i % 2 == 0 ? 1 : -1)));
    }
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const std::vector<TestType> found = exponentials(level, arguments);
        long double worst = 0;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const long double exact = std::exp(static_cast<long double>(arguments[i]));
            worst = std::max(worst, std::abs(static_cast<long double>(found[i]) - exact) / exact);
        }
        CAPTURE(mohs::to_string(level));
        CHECK(worst <= (single ? 1.2e-7L : 3e-16L));
    }
}

TEMPLATE_TEST_CASE("exponentials below their range are 0", "[kernel]", float, double)
{
    const double lowest = sizeof(TestType) == sizeof(float) ? -87 : -708;
    std::vector<TestType> arguments;
    for (const double beyond : {1e-3, 1.0, 20.0, 1e3, 1e9, 1e20, 1e37}) {
        arguments.push_back(static_cast<TestType>(lowest - beyond));
    }
    arguments.push_back(std::numeric_limits<TestType>::lowest());
    for (const IsaLevel level : mohs::available_isa_levels()) {
        CAPTURE(mohs::to_string(level));
        const std::vector<TestType> found = exponentials(level, arguments);
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            CHECK(found[i] == 0);
        }
    }
}
