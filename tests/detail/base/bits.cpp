#include <mohs/detail/base/bits.hpp>

#include "../../catch.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

using namespace mohs::detail;

namespace {

/// All exponents of a type with the extreme mantissas, of either sign.
template <class Scalar, class Word>
void require_finite_by_exponent(int mantissa_bits, Word exponents)
{
    for (Word exponent = 0; exponent < exponents; ++exponent) {
        for (const Word mantissa : {Word{0}, Word{1}, static_cast<Word>((Word{1} << mantissa_bits) - 1)}) {
            for (const Word sign : {Word{0}, Word{1}}) {
                const auto word =
                    static_cast<Word>(sign << (8 * sizeof(Word) - 1) | exponent << mantissa_bits | mantissa);
                REQUIRE(is_finite(std::bit_cast<Scalar>(word)) == (exponent != exponents - 1));
            }
        }
    }
}

}  // namespace

TEST_CASE("infinities and NaNs of all scalars are told from finite numbers")
{
    require_finite_by_exponent<float, std::uint32_t>(23, 256);
    require_finite_by_exponent<double, std::uint64_t>(52, 2048);
    require_finite_by_exponent<Eigen::half, std::uint16_t>(10, 32);
    require_finite_by_exponent<Eigen::bfloat16, std::uint16_t>(7, 256);
}

TEST_CASE("powers of two are exact")
{
    for (int exponent = -1022; exponent <= 1023; ++exponent) {
        REQUIRE(power_of_two(exponent) == std::ldexp(1.0, exponent));
        REQUIRE(exponent_of(power_of_two(exponent)) == exponent);
        REQUIRE(exponent_of(-1.75 * power_of_two(exponent)) == exponent);
    }
}

TEST_CASE("normal numbers are brought to 1 and below 2")
{
    for (int exponent = -1000; exponent <= 1000; ++exponent) {
        for (const double mantissa : {1.0, 1.5, 1.9999999}) {
            const double scaled = mantissa * power_of_two(exponent) * near_one(mantissa * power_of_two(exponent));
            REQUIRE(scaled == mantissa);
        }
    }
}

TEST_CASE("denormal and extreme numbers are brought near 1", "[ieee]")
{
    for (const double value : {std::numeric_limits<double>::denorm_min(), 1e-310, 1e-305}) {
        const double scaled = value * near_one(value);
        REQUIRE(scaled >= 0x1p-74);
        REQUIRE(scaled < 2);
    }
    for (const double value : {1e305, std::numeric_limits<double>::max()}) {
        const double scaled = value * near_one(value);
        REQUIRE(scaled >= 1);
        REQUIRE(scaled < 0x1p24);
    }
}
