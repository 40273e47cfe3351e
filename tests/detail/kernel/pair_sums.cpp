// Covers detail/kernel/row_update.hpp.

// Compared bit by bit with plain loops in the stated order, so -ffast-math, which may reorder both, is left out.

#include <mohs/detail/kernel/row_update.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <mohs/isa.hpp>
#include <mohs/options.hpp>

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

namespace isa = mohs::detail::isa;
using mohs::Index;
using mohs::IsaLevel;

namespace {

using Elements = std::tuple<float, double>;

/// Around the lengths of chains, vectors and blocks of vectors of every instruction set.
constexpr Index depths[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 71, 128, 143};

template <class T>
std::vector<T> numbers(Index count, std::uint64_t seed)
{
    reference::Generator generator(seed);
    std::vector<T> result(static_cast<std::size_t>(count));
    for (T& x : result) {
        x = static_cast<T>(reference::normal(generator));
    }
    return result;
}

/// The double nearest to a product: stored, so that no compiler fuses it with a sum.
double product(double a, double b)
{
    const volatile double result = a * b;
    return result;
}

/// The sum of terms in eight chains.
double sum_of(const std::vector<double>& terms)
{
    double chain[8] = {};
    for (std::size_t k = 0; k < terms.size(); ++k) {
        chain[k % 8] += terms[k];
    }
    return ((chain[0] + chain[1]) + (chain[2] + chain[3])) + ((chain[4] + chain[5]) + (chain[6] + chain[7]));
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b)
{
    using Word = typename mohs::detail::FloatBits<T>::Word;
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](T x, T y) {
               return std::bit_cast<Word>(x) == std::bit_cast<Word>(y);
           });
}

template <class T, bool similarity>
double pair_sum(const std::vector<T>& a, const std::vector<T>& b)
{
    std::vector<double> terms;
    for (std::size_t k = 0; k < a.size(); ++k) {
        const double x = static_cast<double>(a[k]), y = static_cast<double>(b[k]);
        terms.push_back(similarity ? product(x, y) : product(x - y, x - y));
    }
    return sum_of(terms);
}

template <class T, bool similarity>
void check_sums(IsaLevel level, Index depth)
{
    const auto row = numbers<T>(depth, 1), one = numbers<T>(depth, 2), two = numbers<T>(depth, 3);
    const std::array<const T*, 2> others{one.data(), two.data()};
    std::array<double, 2> found{};
    isa::run(level, mohs::detail::SumPairs<T, similarity, 2>{row.data(), others, depth, found});
    CHECK(found[0] == pair_sum<T, similarity>(row, one));
    CHECK(found[1] == pair_sum<T, similarity>(row, two));
}

template <class T, bool similarity>
void check_pulls(IsaLevel level, Index depth)
{
    const auto row = numbers<T>(depth, 4), one = numbers<T>(depth, 5), two = numbers<T>(depth, 6);
    const std::vector<mohs::detail::Pull<T>> pulls{{one.data(), 0.3}, {two.data(), -1.7}, {one.data(), 1e-3}};
    // An element too many, which is none of the kernel's.
    std::vector<double> found = numbers<double>(depth + 1, 7), expected = found;
    for (std::size_t k = 0; k < row.size(); ++k) {
        for (const auto& [other, factor] : pulls) {
            const double y = static_cast<double>(other[k]);
            expected[k] += product(factor, similarity ? y : static_cast<double>(row[k]) - y);
        }
    }
    isa::run(level, mohs::detail::AddPulls<T, similarity>{row.data(), pulls.data(), 3, depth, found.data()});
    CHECK(same_bits(found, expected));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("sums over pairs of rows have the bits of plain loops at every instruction set",
                        "[kernel][ieee]", Elements)
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index depth : depths) {
            INFO(mohs::to_string(level) << ", depth " << depth);
            check_sums<TestType, true>(level, depth);
            check_sums<TestType, false>(level, depth);
            check_pulls<TestType, true>(level, depth);
            check_pulls<TestType, false>(level, depth);
        }
    }
}

TEMPLATE_LIST_TEST_CASE("rows are squared and scaled with the bits of plain loops at every instruction set",
                        "[kernel][ieee]", Elements)
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index depth : depths) {
            INFO(mohs::to_string(level) << ", depth " << depth);
            const auto row = numbers<TestType>(depth, 8);
            double square = 0;
            isa::run(level, mohs::detail::SumSquares<TestType>{row.data(), depth, square});
            CHECK(square == pair_sum<TestType, true>(row, row));
            std::vector<double> found(row.size() + 1, 77), expected = found;
            for (std::size_t k = 0; k < row.size(); ++k) {
                expected[k] = product(static_cast<double>(row[k]), 0.7);
            }
            isa::run(level, mohs::detail::ScaleRow<TestType>{row.data(), 0.7, depth, found.data()});
            CHECK(same_bits(found, expected));
        }
    }
}

TEST_CASE("gradients of unit rows become those of raw rows with the bits of plain loops at every instruction set",
          "[kernel][ieee]")
{
    constexpr double power = 0x1p-3, factor = 1.3;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index depth : depths) {
            INFO(mohs::to_string(level) << ", depth " << depth);
            const auto row = numbers<double>(depth, 9), gradient = numbers<double>(depth, 10);
            const double along = pair_sum<double, true>(row, gradient);
            std::vector<double> found(row.size() + 1, 77), expected = found, in_place = gradient;
            for (std::size_t k = 0; k < row.size(); ++k) {
                expected[k] = product(gradient[k] - product(along, row[k]), power) * factor;
            }
            isa::run(level, mohs::detail::ProjectRow{gradient.data(), row.data(), power, factor, depth, found.data()});
            CHECK(same_bits(found, expected));
            isa::run(level,
                     mohs::detail::ProjectRow{in_place.data(), row.data(), power, factor, depth, in_place.data()});
            expected.pop_back();
            CHECK(same_bits(in_place, expected));
        }
    }
}

TEMPLATE_LIST_TEST_CASE("a row is added after one rounding and what does not fit is told at every instruction set",
                        "[kernel][ieee]", Elements)
{
    using T = TestType;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index depth : depths) {
            INFO(mohs::to_string(level) << ", depth " << depth);
            const auto value = numbers<double>(depth, 11);
            const auto before = numbers<T>(depth + 1, 12);
            auto found = before, expected = before;
            for (std::size_t k = 0; k < value.size(); ++k) {
                expected[k] += static_cast<T>(value[k]);
            }
            bool fits = false;
            isa::run(level, mohs::detail::AddRow<T>{value.data(), depth, found.data(), fits});
            CHECK(fits);
            CHECK(same_bits(found, expected));
            for (Index at = 0; at < depth; ++at) {
                for (const double bad :
                     {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity(),
                      double{std::numeric_limits<T>::max()}}) {
                    auto spoilt = value;
                    spoilt[static_cast<std::size_t>(at)] = bad;
                    found = before;
                    fits = false;
                    isa::run(level, mohs::detail::AddRow<T>{spoilt.data(), depth, found.data(), fits});
                    CHECK(fits == (bad == double{std::numeric_limits<T>::max()}));
                }
            }
        }
    }
}
