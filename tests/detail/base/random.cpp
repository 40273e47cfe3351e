#include <mohs/detail/base/random.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <functional>
#include <vector>

using mohs::detail::philox;
using mohs::detail::PhiloxBlock;
using mohs::detail::Purpose;
using mohs::detail::RandomStream;

namespace {

/// The value that a chi-squared variable of `freedom` degrees exceeds with probability 3e-5 (Wilson and Hilferty 1931,
/// at 4 standard deviations).
double chi_squared_limit(double freedom)
{
    const double c = 2 / (9 * freedom);
    return freedom * std::pow(1 - c + 4 * std::sqrt(c), 3.0);
}

/// Whether the counts look like draws that are uniform over the cells.
bool looks_uniform(const std::vector<int>& counts)
{
    double total = 0, statistic = 0;
    for (const int count : counts) {
        total += count;
    }
    const double expected = total / static_cast<double>(counts.size());
    for (const int count : counts) {
        statistic += (count - expected) * (count - expected) / expected;
    }
    return expected >= 5 && statistic <= chi_squared_limit(static_cast<double>(counts.size()) - 1);
}

constexpr std::uint64_t bounds[] = {2, 3, 7, 10, 100};
constexpr int draws = 400000;

/// Whether draws of `sampler(bound, id, draw)` over ids and over draws look uniform, for all bounds.
bool passes_uniformity(const std::function<std::uint64_t(std::uint64_t, std::int64_t, std::uint32_t)>& sampler)
{
    for (const std::uint64_t bound : bounds) {
        std::vector<int> over_ids(bound), over_draws(bound);
        for (int i = 0; i < draws; ++i) {
            ++over_ids[sampler(bound, i, 0)];
            ++over_draws[sampler(bound, 5, static_cast<std::uint32_t>(i))];
        }
        if (!looks_uniform(over_ids) || !looks_uniform(over_draws)) {
            return false;
        }
    }
    return true;
}

/// Whether two sequences of draws below 5 look independent of each other.
template <class First, class Second>
bool look_independent(const First& first, const Second& second)
{
    std::vector<int> pairs(25);
    for (int i = 0; i < 100000; ++i) {
        ++pairs[first(i) * 5 + second(i)];
    }
    return looks_uniform(pairs);
}

}  // namespace

TEST_CASE("Philox gives the published known answers", "[kernel]")
{
    // Random123 1.14, kat_vectors, philox4x32-10.
    REQUIRE(philox({0, 0, 0, 0}, 0) == PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    REQUIRE(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffff) ==
            PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    REQUIRE(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822) ==
            PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("draws are below their bound")
{
    const RandomStream stream(1, 2, Purpose::positive);
    for (const std::uint64_t bound :
         {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1} << 31, (std::uint64_t{1} << 32) - 1}) {
        for (std::uint32_t i = 0; i < 2000; ++i) {
            REQUIRE(stream.below(bound, i, i) < bound);
        }
    }
}

TEST_CASE("draws below a large bound reach its whole range")
{
    const RandomStream stream(1, 2, Purpose::positive);
    constexpr std::uint64_t bound = (std::uint64_t{1} << 32) - 1;
    std::vector<int> cells(64);
    std::vector<int> lowest_bits(64);
    for (std::uint32_t i = 0; i < 100000; ++i) {
        const std::uint64_t value = stream.below(bound, 3, i);
        ++cells[value * 64 / bound];
        ++lowest_bits[value % 64];
    }
    REQUIRE(looks_uniform(cells));
    REQUIRE(looks_uniform(lowest_bits));
}

TEST_CASE("a draw is the share of its 64 random bits")
{
    const RandomStream stream(11, 12, Purpose::negative);
    // The same bits scaled to two bounds: the smaller draw follows from the larger one.
    for (std::uint32_t i = 0; i < 1000; ++i) {
        REQUIRE(stream.below(1000, 4, i) / 10 == stream.below(100, 4, i));
    }
}

TEST_CASE("draws are uniform")
{
    const RandomStream stream(42, 7, Purpose::negative);
    REQUIRE(passes_uniformity(
        [&](std::uint64_t bound, std::int64_t id, std::uint32_t draw) { return stream.below(bound, id, draw); }));
}

TEST_CASE("samplers that are wrong do not look uniform")
{
    const RandomStream stream(42, 7, Purpose::negative);
    // The lesser of two draws.
    REQUIRE_FALSE(passes_uniformity([&](std::uint64_t bound, std::int64_t id, std::uint32_t draw) {
        return std::min(stream.below(bound, id, draw), stream.below(bound, id, draw + 1000000));
    }));
    // 8 random bits modulo the bound: 4 % more for some.
    REQUIRE_FALSE(passes_uniformity(
        [&](std::uint64_t bound, std::int64_t id, std::uint32_t draw) { return stream.below(256, id, draw) % bound; }));
    // Off by one: the last is never drawn.
    REQUIRE_FALSE(passes_uniformity(
        [&](std::uint64_t bound, std::int64_t id, std::uint32_t draw) { return stream.below(bound - 1, id, draw); }));
    // The draw number is not used.
    REQUIRE_FALSE(passes_uniformity(
        [&](std::uint64_t bound, std::int64_t id, std::uint32_t) { return stream.below(bound, id, 0); }));
    // Too regular.
    REQUIRE_FALSE(look_independent([](int i) { return static_cast<std::size_t>(i % 5); },
                                   [](int i) { return static_cast<std::size_t>(i % 5); }));
}

TEST_CASE("draws that differ in one part of their key are independent")
{
    const auto draw = [](const RandomStream& stream, std::int64_t id, std::uint32_t number) {
        return static_cast<std::size_t>(stream.below(5, id, number));
    };
    const RandomStream stream(1, 1, Purpose::positive), other_seed(2, 1, Purpose::positive),
        far_seed(1 + (std::uint64_t{1} << 32), 1, Purpose::positive), other_step(1, 2, Purpose::positive),
        far_step(1, 1 + (std::uint64_t{1} << 32), Purpose::positive), other_purpose(1, 1, Purpose::negative);
    const auto first = [&](int i) { return draw(stream, i, 0); };
    for (const RandomStream& other : {other_seed, far_seed, other_step, far_step, other_purpose}) {
        REQUIRE(look_independent(first, [&](int i) { return draw(other, i, 0); }));
    }
    REQUIRE(look_independent(first, [&](int i) { return draw(stream, i + 1, 0); }));
    REQUIRE(look_independent(first, [&](int i) { return draw(stream, -i - 1, 0); }));
    REQUIRE(look_independent(first, [&](int i) { return draw(stream, i + (std::int64_t{1} << 32), 0); }));
    REQUIRE(look_independent(first, [&](int i) { return draw(stream, i, 1); }));
}

TEST_CASE("the same key repeats its draws")
{
    const RandomStream first(9, 8, Purpose::negative), second(9, 8, Purpose::negative);
    for (std::uint32_t i = 0; i < 1000; ++i) {
        REQUIRE(first.below(1 << 30, i, 3) == second.below(1 << 30, i, 3));
    }
}
