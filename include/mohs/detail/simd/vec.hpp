#pragma once

/// \file
/// Vectors of one instruction set as GNU vector types: loads, stores, comparison masks.
///
/// A vector is never wider than the registers of its tag: GCC would split it through the stack.

#include <mohs/detail/base/bits.hpp>
#include <mohs/detail/simd/isa.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace mohs::inline MOHS_ABI::detail {

/// Signed integer of the width of `T`: the element of a comparison mask.
template <class T>
using MaskElement = std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>;

/// Lanes of one register. The portable path computes with plain scalars: one lane.
template <class Isa, class T>
inline constexpr int lanes = Isa::bytes == 0 ? 1 : Isa::bytes / static_cast<int>(sizeof(T));

/// Rows per panel: the width of the register tile.
template <class Isa, class T>
inline constexpr int panel_width = Isa::vectors * lanes<Isa, T>;

/// The same for a level known at run time, which must come from `isa::resolve`.
template <class T>
std::ptrdiff_t panel_width_at(IsaLevel level)
{
    std::ptrdiff_t width = 0;
    isa::with_isa(level, [&](auto isa) MOHS_INLINE_LAMBDA { width = panel_width<decltype(isa), T>; });
    return width;
}

/// Bytes of panels that stay in the L2 cache.
inline std::ptrdiff_t cached_bytes_at(IsaLevel level)
{
    std::ptrdiff_t bytes = 0;
    isa::with_isa(level, [&](auto isa) MOHS_INLINE_LAMBDA { bytes = decltype(isa)::cached; });
    return bytes;
}

#if MOHS_GNU_VECTORS

template <class T, int Bytes>
struct VecTypes {
    typedef T Type __attribute__((vector_size(Bytes)));
    typedef T Unaligned __attribute__((vector_size(Bytes), aligned(alignof(T)), may_alias));
    typedef MaskElement<T> Mask __attribute__((vector_size(Bytes)));
};

template <class T>
struct VecTypes<T, 0> {
    using Type = T;
    using Unaligned = T;
    using Mask = MaskElement<T>;
};

#else

template <class T, int Bytes>
struct VecTypes {
    using Type = T;
    using Unaligned = T;
    using Mask = MaskElement<T>;
};

#endif

template <class Isa, class T>
using Vec = typename VecTypes<T, Isa::bytes>::Type;

template <class Isa, class T>
using Mask = typename VecTypes<T, Isa::bytes>::Mask;

/// vector = the elements at `from`, which need no alignment. No function here takes or returns a vector by value: in
/// a translation unit without AVX that is an ABI change, which compilers warn about even where everything is inlined.
/// Nor does one return a reference to elements: Clang forgets their lower alignment.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void load(Vec<Isa, T>& vector, const T* from)
{
    vector = *reinterpret_cast<const typename VecTypes<T, Isa::bytes>::Unaligned*>(from);
}

/// The same for elements that may be narrower.
template <class Isa>
MOHS_ALWAYS_INLINE void load_wide(Vec<Isa, double>& vector, const double* from)
{
    load<Isa, double>(vector, from);
}
template <class Isa>
MOHS_ALWAYS_INLINE void load_wide(Vec<Isa, double>& vector, const float* from)
{
#if MOHS_GNU_VECTORS
    if constexpr (Isa::bytes != 0) {
        using Narrow = typename VecTypes<float, Isa::bytes / 2>::Unaligned;
        vector = __builtin_convertvector(*reinterpret_cast<const Narrow*>(from), Vec<Isa, double>);
        return;
    }
#endif
    if constexpr (Isa::bytes == 0) {
        vector = static_cast<double>(*from);
    }
}

template <class Isa, class T>
MOHS_ALWAYS_INLINE void store(T* to, const Vec<Isa, T>& value)
{
    *reinterpret_cast<typename VecTypes<T, Isa::bytes>::Unaligned*>(to) = value;
}

/// vector = value in every lane. Written as a store and a load, which compilers turn into one broadcast; from
/// arithmetic with a scalar GCC 12 builds a 512-bit vector lane by lane.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void splat(Vec<Isa, T>& vector, T value)
{
    T lane[lanes<Isa, T>];
    for (T& each : lane) {
        each = value;
    }
    load<Isa, T>(vector, lane);
}

template <class Isa, class T>
MOHS_ALWAYS_INLINE void keep_larger(Vec<Isa, T>& best, const Vec<Isa, T>& other)
{
    best = best > other ? best : other;
}

template <class Isa, class T>
MOHS_ALWAYS_INLINE void keep_smaller(Vec<Isa, T>& best, const Vec<Isa, T>& other)
{
    best = best < other ? best : other;
}

/// mask |= all ones where a >= b.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void add_at_least(Mask<Isa, T>& mask, const Vec<Isa, T>& a, const Vec<Isa, T>& b)
{
    if constexpr (Isa::bytes == 0) {
        mask |= a >= b ? -1 : 0;
    } else {
        mask |= a >= b;
    }
}

/// mask |= all ones where a > b.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void add_above(Mask<Isa, T>& mask, const Vec<Isa, T>& a, const Vec<Isa, T>& b)
{
    if constexpr (Isa::bytes == 0) {
        mask |= a > b ? -1 : 0;
    } else {
        mask |= a > b;
    }
}

/// x = 0 where a mask, in memory, is 0. As integers: GCC 12 takes two comparisons in a row apart, lane by lane.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void keep_masked(const MaskElement<T>* masks, Vec<Isa, T>& x)
{
    Mask<Isa, T> mask, bits;
    load<Isa, MaskElement<T>>(mask, masks);
    std::memcpy(&bits, &x, sizeof(bits));
    bits &= mask;
    std::memcpy(&x, &bits, sizeof(x));
}

/// The bitwise or of all lanes of a mask.
template <class Isa, class T>
MOHS_ALWAYS_INLINE std::uint64_t combine_lanes(const Mask<Isa, T>& mask)
{
    if constexpr (sizeof(mask) < sizeof(std::uint64_t)) {
        return static_cast<std::make_unsigned_t<MaskElement<T>>>(mask);
    } else {
        std::uint64_t word[sizeof(mask) / sizeof(std::uint64_t)];
        std::memcpy(word, &mask, sizeof(word));
        std::uint64_t all = 0;
        for (const std::uint64_t lanes_of_word : word) {
            all |= lanes_of_word;
        }
        return sizeof(T) == sizeof(std::uint64_t) ? all : (all | all >> 32) & 0xffffffffU;
    }
}

/// A bit per lane of `width` lanes, starting anew in every element that is full: what the lanes of masks are marked
/// with before they are combined.
template <class T, int width>
struct LaneBits {
    struct Table {
        MaskElement<T> bit[width];
    };
    static constexpr Table table = [] {
        Table result{};
        for (int lane = 0; lane < width; ++lane) {
            using Word = std::make_unsigned_t<MaskElement<T>>;
            result.bit[lane] = static_cast<MaskElement<T>>(Word{1} << (lane % (8 * static_cast<int>(sizeof(T)))));
        }
        return result;
    }();
};

/// Bit v * step + i is lane i of mask v.
template <class Isa, class T, int vectors>
MOHS_ALWAYS_INLINE std::uint64_t lanes_set(const Mask<Isa, T> (&found)[vectors])
{
    constexpr int step = lanes<Isa, T>, width = vectors * step, lane_bits = 8 * static_cast<int>(sizeof(T));
    constexpr int groups = (width + lane_bits - 1) / lane_bits;
    Mask<Isa, T> together[groups] = {};
    MOHS_UNROLL
    for (int v = 0; v < vectors; ++v) {
        Mask<Isa, T> bit;
        load<Isa, MaskElement<T>>(bit, LaneBits<T, width>::table.bit + v * step);
        together[v * step / lane_bits] |= found[v] & bit;
    }
    std::uint64_t result = 0;
    MOHS_UNROLL
    for (int group = 0; group < groups; ++group) {
        result |= combine_lanes<Isa, T>(together[group]) << (group * lane_bits);
    }
    return result;
}

/// The sum of all lanes, which are not negative.
template <class Isa, class T>
MOHS_ALWAYS_INLINE std::uint64_t sum_lanes(const Mask<Isa, T>& counts)
{
    if constexpr (sizeof(counts) < sizeof(std::uint64_t)) {
        return static_cast<std::make_unsigned_t<MaskElement<T>>>(counts);
    } else {
        std::uint64_t word[sizeof(counts) / sizeof(std::uint64_t)];
        std::memcpy(word, &counts, sizeof(word));
        std::uint64_t sum = 0;
        for (const std::uint64_t lanes_of_word : word) {
            sum += lanes_of_word;
        }
        return sizeof(T) == sizeof(std::uint64_t) ? sum : (sum + (sum >> 32)) & 0xffffffffU;
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
