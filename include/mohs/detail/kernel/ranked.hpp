#pragma once

/// \file
/// Candidates as keys in the order of `ranks_before`, and sorted lists of them.

#include <mohs/detail/base/ranks_before.hpp>
#include <mohs/detail/simd/vec.hpp>
#include <mohs/types.hpp>

#include <algorithm>
#include <bit>
#include <limits>
#include <span>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// A candidate and its score. The better one is the larger.
template <class T>
class Ranked {
public:
    Ranked() = default;
    Ranked(T score, std::int32_t row) : score_(score), row_(row) {}
    [[nodiscard]] T score() const { return score_; }
    [[nodiscard]] std::int32_t row() const { return row_; }
    friend bool operator<(const Ranked& a, const Ranked& b) { return ranks_before(b.score_, b.row_, a.score_, a.row_); }

private:
    T score_;
    std::int32_t row_;
};

/// Of a float and a row one integer is made, which is compared, and moved, without a branch.
template <>
struct Ranked<float> {
    std::int64_t key;

    Ranked() = default;
    Ranked(float score, std::int32_t row)
        : key(std::int64_t{ordered(std::bit_cast<std::int32_t>(score))} << 32 | static_cast<std::uint32_t>(~row))
    {
    }
    [[nodiscard]] float score() const { return std::bit_cast<float>(ordered(static_cast<std::int32_t>(key >> 32))); }
    [[nodiscard]] std::int32_t row() const { return ~static_cast<std::int32_t>(key & 0xffffffff); }
    friend bool operator<(const Ranked& a, const Ranked& b) { return a.key < b.key; }

private:
    /// From sign and magnitude to two's complement, and back; both zeros become 0.
    static std::int32_t ordered(std::int32_t bits)
    {
        return bits < 0 ? (std::numeric_limits<std::int32_t>::min)() - bits : bits;
    }
};

/// Puts candidates into a list that is sorted, best first; what falls off its end is lost. Where the place of a
/// candidate decided a branch, it would be mispredicted nearly every time: so along vectors, all of it is written anew.
template <class T>
struct InsertRanked {
    /// Lists have room for a multiple of this.
    static constexpr Index granule = 8;

    /// Of longer lists it is dearer to write all anew than to collect and sort.
    static Index longest(IsaLevel level)
    {
        const bool along_vectors = MOHS_SHUFFLE != 0 && std::is_same_v<T, float>;
        return along_vectors && level == IsaLevel::avx512 ? 256 : along_vectors && level == IsaLevel::avx2 ? 128 : 24;
    }

    Ranked<T>* list;
    Index size;
    std::span<const Ranked<T>> candidates;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        if constexpr (!along_vectors<Isa>) {
            for (const Ranked<T>& candidate : candidates) {
                insert(candidate);
            }
        } else {
            switch ((size - 1) / lanes<Isa, std::int64_t>) {
                case 0: return insert_keys<Isa, 1>();
                case 1: return insert_keys<Isa, 2>();
                case 2: return insert_keys<Isa, 3>();
                case 3: return insert_keys<Isa, 4>();
                default: return insert_keys<Isa>();
            }
        }
    }

private:
    /// Whether the instruction set compares integers of 64 bits.
    template <class Isa>
    static constexpr bool along_vectors = MOHS_SHUFFLE != 0 && Isa::bytes >= 32 && std::is_same_v<T, float>;

    /// One entry at a time, writing all would be dearer than a misprediction.
    MOHS_ALWAYS_INLINE void insert(const Ranked<T>& candidate) const
    {
        Index at = size - 1;
        if (!(list[at] < candidate)) {
            return;
        }
        for (; at > 0 && list[at - 1] < candidate; --at) {
            list[at] = list[at - 1];
        }
        list[at] = candidate;
    }

    template <class Isa>
    using Keys = Vec<Isa, std::int64_t>;

    /// Inserts into a list of a few vectors, which stay in registers.
    template <class Isa, int vectors>
    MOHS_ALWAYS_INLINE void insert_keys() const
    {
        constexpr int step = lanes<Isa, std::int64_t>;
        auto* const keys = reinterpret_cast<std::int64_t*>(list);
        Keys<Isa> kept[vectors];
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            load<Isa, std::int64_t>(kept[v], keys + v * step);
        }
        for (const Ranked<T>& each : candidates) {
            Keys<Isa> candidate, last;
            splat<Isa, std::int64_t>(candidate, each.key);
            splat<Isa, std::int64_t>(last, (std::numeric_limits<std::int64_t>::max)());
            MOHS_UNROLL
            for (int v = 0; v < vectors; ++v) {
                insert<Isa>(kept[v], last, candidate);
            }
        }
        MOHS_UNROLL
        for (int v = 0; v < vectors; ++v) {
            store<Isa, std::int64_t>(keys + v * step, kept[v]);
        }
    }

    /// Inserts into a list of any size.
    template <class Isa>
    MOHS_ALWAYS_INLINE void insert_keys() const
    {
        constexpr int step = lanes<Isa, std::int64_t>;
        static_assert(granule % step == 0);
        auto* const keys = reinterpret_cast<std::int64_t*>(list);
        for (const Ranked<T>& each : candidates) {
            Keys<Isa> candidate, last;
            splat<Isa, std::int64_t>(candidate, each.key);
            splat<Isa, std::int64_t>(last, (std::numeric_limits<std::int64_t>::max)());
            for (Index i = 0; i < size; i += step) {
                Keys<Isa> kept;
                load<Isa, std::int64_t>(kept, keys + i);
                insert<Isa>(kept, last, candidate);
                store<Isa, std::int64_t>(keys + i, kept);
            }
        }
    }

    /// Every entry becomes the larger of itself and the smaller of the candidate and the entry before. `last` is what
    /// the vector before was, and becomes what this one was.
    template <class Isa>
    static MOHS_ALWAYS_INLINE void insert(Keys<Isa>& kept, Keys<Isa>& last, const Keys<Isa>& candidate)
    {
        Keys<Isa> before;
        shift<Isa>(before, last, kept, std::make_integer_sequence<int, lanes<Isa, std::int64_t>>{});
        last = kept;
        before = before < candidate ? before : candidate;
        kept = kept > before ? kept : before;
    }

    /// result = the lanes of `vector`, one further on, after the last one of `last`.
    template <class Isa, int... lane>
    static MOHS_ALWAYS_INLINE void shift(Keys<Isa>& result, const Keys<Isa>& last, const Keys<Isa>& vector,
                                         std::integer_sequence<int, lane...>)
    {
        result = __builtin_shufflevector(last, vector, (static_cast<int>(sizeof...(lane)) - 1 + lane)...);
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
