#pragma once

/// \file
/// Vectors of one instruction set as GNU vector types: loads, stores, comparison masks.
///
/// A vector is never wider than the registers of its tag: GCC would split it through the stack.

#include <mohs/detail/bits.hpp>
#include <mohs/detail/isa.hpp>

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

template <class Isa, class T>
MOHS_ALWAYS_INLINE void store(T* to, const Vec<Isa, T>& value)
{
    *reinterpret_cast<typename VecTypes<T, Isa::bytes>::Unaligned*>(to) = value;
}

/// vector = value in every lane.
template <class Isa, class T>
MOHS_ALWAYS_INLINE void splat(Vec<Isa, T>& vector, T value)
{
    vector = value - Vec<Isa, T>{};
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

/// All lanes of a mask in one word.
template <class Isa, class T>
MOHS_ALWAYS_INLINE std::uint64_t combine_lanes(const Mask<Isa, T>& mask)
{
    MaskElement<T> lane[lanes<Isa, T>];
    std::memcpy(lane, &mask, sizeof(lane));
    MaskElement<T> all = 0;
    for (int i = 0; i < lanes<Isa, T>; ++i) {
        all |= lane[i];
    }
    return static_cast<std::make_unsigned_t<MaskElement<T>>>(all);
}

/// Bit i is lane i of the mask.
template <class Isa, class T>
MOHS_ALWAYS_INLINE std::uint64_t bits(const Mask<Isa, T>& mask)
{
    MaskElement<T> lane[lanes<Isa, T>];
    std::memcpy(lane, &mask, sizeof(lane));
    std::uint64_t result = 0;
    for (int i = 0; i < lanes<Isa, T>; ++i) {
        result |= static_cast<std::uint64_t>(lane[i] & 1) << i;
    }
    return result;
}

}  // namespace mohs::inline MOHS_ABI::detail
