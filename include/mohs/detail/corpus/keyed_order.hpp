#pragma once

/// \file
/// Orders that are functions of a key, and the hash that they are made of.

#include <mohs/types.hpp>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Scatters the bits of a number: one to one (the finaliser of MurmurHash3).
constexpr std::uint64_t mix_bits(std::uint64_t x)
{
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdU;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53U;
    return x ^ (x >> 33);
}

/// A random order of 0 .. size - 1 that is a function of its key, one number at a time: a Feistel network that walks
/// until it is back in range. Few numbers are shuffled.
class KeyedOrder {
public:
    KeyedOrder(std::uint64_t key, Index size) : key_(key), size_(static_cast<std::uint64_t>(size))
    {
        if (size <= 1024) {
            shuffled_.resize(static_cast<std::size_t>(size));
            std::iota(shuffled_.begin(), shuffled_.end(), Index{0});
            for (std::uint64_t left = size_; left > 1; --left) {
                // Of 64 random bits the remainder by at most 1024 is even to 2^-54.
                std::swap(shuffled_[static_cast<std::size_t>(mix_bits(key + left * 0x9e3779b97f4a7c15U) % left)],
                          shuffled_[static_cast<std::size_t>(left - 1)]);
            }
            return;
        }
        while ((std::uint64_t{1} << (2 * half_)) < size_) {
            ++half_;
        }
    }

    [[nodiscard]] Index operator[](Index i) const
    {
        if (!shuffled_.empty()) {
            return shuffled_[static_cast<std::size_t>(i)];
        }
        const std::uint64_t mask = (std::uint64_t{1} << half_) - 1;
        auto x = static_cast<std::uint64_t>(i);
        do {
            std::uint64_t left = x >> half_, right = x & mask;
            for (std::uint64_t round = 0; round < 8; ++round) {
                const std::uint64_t next =
                    left ^ (mix_bits(right + mix_bits(key_ + round * 0x9e3779b97f4a7c15U)) & mask);
                left = right;
                right = next;
            }
            x = left << half_ | right;
        } while (x >= size_);
        return static_cast<Index>(x);
    }

private:
    std::uint64_t key_, size_;
    unsigned half_ = 1;
    std::vector<Index> shuffled_;
};

}  // namespace mohs::inline MOHS_ABI::detail
