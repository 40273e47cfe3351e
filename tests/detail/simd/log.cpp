#include <mohs/detail/simd/log.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <cmath>
#include <vector>

using mohs::IsaLevel;

namespace {

/// Applies log1p or exp2 to whole vectors.
template <class T, bool logarithm, int offset = 0>
struct Apply {
    std::vector<T>& values;
    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        T* const data = values.data();
        const auto count = static_cast<std::ptrdiff_t>(values.size());
        for (std::ptrdiff_t i = 0; i < count; i += mohs::detail::lanes<Isa, T>) {
            mohs::detail::Vec<Isa, T> x;
            mohs::detail::load<Isa, T>(x, data + i);
            if constexpr (logarithm) {
                mohs::detail::log1p_in_place<Isa, T>(x);
            } else {
                mohs::detail::exp2_in_place<Isa, T, offset>(x);
            }
            mohs::detail::store<Isa, T>(data + i, x);
        }
    }
};

/// The largest relative error against `exact`, for arguments that must be a multiple of 64.
template <class Kernel, class T, class Exact>
double error_of(IsaLevel level, const std::vector<T>& arguments, const Exact& exact)
{
    std::vector<T> values = arguments;
    mohs::detail::isa::run(level, Kernel{values});
    double worst = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double expected = exact(static_cast<double>(arguments[i]));
        // What should be 0 may be a very small number.
        const double error = std::abs(static_cast<double>(values[i]) - expected) / std::max(std::abs(expected), 1e-25);
        worst = std::max(worst, error);
    }
    return worst;
}

template <class T>
std::vector<T> log_arguments()
{
    std::vector<T> result{0};
    // From where 1 + x is a few units in the last place to where it is large; and what is next to 0.
    for (int i = 1; i < 4096; ++i) {
        result.push_back(static_cast<T>(-1 + std::pow(2.0, -20.0 + i * 20.0 / 4096)));
        result.push_back(static_cast<T>(std::pow(2.0, -60.0 + i * 100.0 / 4096)));
        result.push_back(static_cast<T>(-std::pow(2.0, -60.0 + i * 58.0 / 4096)));
        result.push_back(static_cast<T>(-0.5 + i * 2.0 / 4096));
    }
    result.resize(result.size() / 64 * 64);
    return result;
}

template <class T>
void require_log(IsaLevel level, double bound)
{
    CHECK(error_of<Apply<T, true>>(level, log_arguments<T>(), [](double x) { return std::log1p(x); }) < bound);
}

template <class T, int offset>
void require_exp(IsaLevel level, double bound)
{
    std::vector<T> arguments;
    const double lowest = (sizeof(T) == 4 ? -126.0 : -1022.0) - offset;
    for (int i = 0; i < 8192; ++i) {
        arguments.push_back(static_cast<T>(lowest * i / 8192));
    }
    CHECK(error_of<Apply<T, false, offset>>(level, arguments, [](double x) { return std::exp2(x + offset); }) < bound);
    // Far below, the smallest normal number.
    std::vector<T> low(64, static_cast<T>(-1e30));
    mohs::detail::isa::run(level, Apply<T, false, offset>{low});
    CHECK(low[5] == std::numeric_limits<T>::min());
}

}  // namespace

TEST_CASE("the logarithm of whole vectors is right near 1 and everywhere else", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        INFO("level " << static_cast<int>(level));
        require_log<float>(level, 5e-7);
        require_log<double>(level, 1e-15);
    }
}

TEST_CASE("powers of two of whole vectors", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        INFO("level " << static_cast<int>(level));
        require_exp<float, 0>(level, 3e-7);
        require_exp<float, 80>(level, 3e-7);
        require_exp<double, 0>(level, 2e-15);
        require_exp<double, 900>(level, 2e-15);
    }
}
