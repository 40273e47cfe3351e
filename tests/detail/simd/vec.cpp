#include <mohs/detail/simd/vec.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <array>

using mohs::IsaLevel;

namespace {

/// Enters `isa` with arithmetic on one vector, from one address to another.
template <class Isa, class T>
struct DoubleVector {
    const T* from;
    T* to;
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        mohs::detail::Vec<Isa, T> vector;
        mohs::detail::load<Isa, T>(vector, from);
        vector += vector;
        mohs::detail::store<Isa, T>(to, vector);
    }
};

template <class T>
void require_any_address(IsaLevel level)
{
    // Elements are aligned, vectors are not.
    alignas(64) std::array<T, 64> from{}, to{};
    for (std::size_t i = 0; i < from.size(); ++i) {
        from[i] = static_cast<T>(i);
    }
    for (std::size_t offset = 0; offset < 16; ++offset) {
        mohs::detail::isa::with_isa(level, [&](auto isa) {
            using Isa = decltype(isa);
            constexpr auto step = static_cast<std::size_t>(mohs::detail::lanes<Isa, T>);
            to.fill(-1);
            mohs::detail::isa::enter(isa, DoubleVector<Isa, T>{from.data() + offset, to.data() + 16 - offset});
            for (std::size_t i = 0; i < to.size(); ++i) {
                const bool inside = i >= 16 - offset && i < 16 - offset + step;
                REQUIRE(to[i] == (inside ? 2 * from[i - 16 + 2 * offset] : T{-1}));
            }
        });
    }
}

/// Enters `isa` with the masks of comparing two vectors.
template <class Isa, class T>
struct CompareVectors {
    const T* a;
    const T* b;
    std::uint64_t& bits;
    std::uint64_t& combined;
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        mohs::detail::Mask<Isa, T> mask{};
        mohs::detail::Vec<Isa, T> left, right;
        mohs::detail::load<Isa, T>(left, a);
        mohs::detail::load<Isa, T>(right, b);
        mohs::detail::add_at_least<Isa, T>(mask, left, right);
        combined = mohs::detail::combine_lanes<Isa, T>(mask);
        mohs::detail::Mask<Isa, T> lane_bits;
        mohs::detail::load<Isa, mohs::detail::MaskElement<T>>(
            lane_bits, mohs::detail::LaneBits<T, mohs::detail::lanes<Isa, T>>::table.bit);
        bits = mohs::detail::combine_lanes<Isa, T>(mask & lane_bits);
    }
};

template <class T>
void require_masks(IsaLevel level)
{
    reference::Generator generator(40);
    for (int round = 0; round < 200; ++round) {
        alignas(64) std::array<T, 16> a, b;
        for (std::size_t i = 0; i < a.size(); ++i) {
            a[i] = static_cast<T>(reference::uniform_below(generator, 3));
            b[i] = static_cast<T>(reference::uniform_below(generator, round % 4 == 0 ? 1000 : 3));
        }
        mohs::detail::isa::with_isa(level, [&](auto isa) {
            using Isa = decltype(isa);
            std::uint64_t bits = 0, combined = 0, expected = 0;
            mohs::detail::isa::enter(isa, CompareVectors<Isa, T>{a.data(), b.data(), bits, combined});
            for (std::size_t i = 0; i < static_cast<std::size_t>(mohs::detail::lanes<Isa, T>); ++i) {
                expected |= std::uint64_t{a[i] >= b[i]} << i;
            }
            REQUIRE(bits == expected);
            REQUIRE((combined != 0) == (expected != 0));
        });
    }
}

}  // namespace

TEST_CASE("vectors are loaded from and stored to any address", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_any_address<float>(level);
        require_any_address<double>(level);
    }
}

TEST_CASE("bits of a mask are its lanes", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_masks<float>(level);
        require_masks<double>(level);
    }
}

TEST_CASE("panels are a whole number of vectors wide", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        mohs::detail::isa::with_isa(level, [&](auto isa) {
            using Isa = decltype(isa);
            REQUIRE(mohs::detail::panel_width<Isa, float> % mohs::detail::lanes<Isa, float> == 0);
            REQUIRE(mohs::detail::panel_width<Isa, double> % mohs::detail::lanes<Isa, double> == 0);
        });
    }
}
