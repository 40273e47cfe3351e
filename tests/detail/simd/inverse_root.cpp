#include <mohs/detail/simd/inverse_root.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <cmath>
#include <vector>

namespace {

struct InverseRoots {
    std::vector<double>& values;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        const auto count = static_cast<std::ptrdiff_t>(values.size());
        for (std::ptrdiff_t i = 0; i < count; i += mohs::detail::lanes<Isa, double>) {
            mohs::detail::Vec<Isa, double> x, inverse;
            mohs::detail::load<Isa, double>(x, values.data() + i);
            mohs::detail::inverse_root<Isa>(x, inverse);
            mohs::detail::store<Isa, double>(values.data() + i, inverse);
        }
    }
};

}  // namespace

TEST_CASE("reciprocal square roots are good to a few units in the last place", "[kernel]")
{
    // Two binades densely, where the guess takes all its values, and the whole range coarsely.
    std::vector<double> arguments;
    for (int i = 0; i < 4096; ++i) {
        arguments.push_back(1 + 3.0 * i / 4096);
        arguments.push_back(std::ldexp(1 + i % 7 / 7.0, i * 2000 / 4096 - 1000));
    }
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        std::vector<double> values = arguments;
        mohs::detail::isa::run(level, InverseRoots{values});
        double worst = 0;
        for (std::size_t i = 0; i < values.size(); ++i) {
            worst = std::max(worst, std::abs(values[i] * std::sqrt(arguments[i]) - 1));
        }
        CAPTURE(mohs::to_string(level));
        CHECK(worst < 6e-16);
    }
}
