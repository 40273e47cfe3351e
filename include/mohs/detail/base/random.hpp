#pragma once

/// \file
/// Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011). A draw is a function of its key and its counter,
/// so it does not depend on threads or on what was drawn before.

#include <mohs/config.hpp>

#include <array>
#include <cstdint>
#include <limits>

namespace mohs::inline MOHS_ABI::detail {

using PhiloxBlock = std::array<std::uint32_t, 4>;

inline PhiloxBlock philox(PhiloxBlock counter, std::uint64_t key)
{
    auto low = static_cast<std::uint32_t>(key), high = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t a = std::uint64_t{0xD2511F53U} * counter[0], b = std::uint64_t{0xCD9E8D57U} * counter[2];
        counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ low, static_cast<std::uint32_t>(b),
                   static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ high, static_cast<std::uint32_t>(a)};
        low += 0x9E3779B9U;
        high += 0xBB67AE85U;
    }
    return counter;
}

/// Uniform in (0, 1), never either.
inline double open_unit(std::uint64_t key)
{
    return (static_cast<double>(key >> 11) + 0.5) * 0x1p-53;
}

/// What a stream is used for: two strategies with one seed draw independently.
enum class Purpose : std::uint32_t { positive = 1, negative = 2, sample = 3 };

/// The draws of one strategy in one step.
class RandomStream {
public:
    RandomStream(std::uint64_t seed, std::uint64_t step, Purpose purpose)
    {
        const PhiloxBlock block = philox({static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32),
                                          static_cast<std::uint32_t>(purpose), 0},
                                         seed);
        key_ = block[0] | std::uint64_t{block[1]} << 32;
    }

    /// Draw number `draw` of anchor `id`, uniform in [0, bound), for 0 < bound < 2^32.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound, std::int64_t id, std::uint32_t draw) const
    {
        const auto unsigned_id = static_cast<std::uint64_t>(id);
        const PhiloxBlock block = philox(
            {static_cast<std::uint32_t>(unsigned_id), static_cast<std::uint32_t>(unsigned_id >> 32), draw, 0}, key_);
        // floor(bits * bound / 2^64): no value is more likely than another by more than 2^-32 of itself.
        return (block[0] * bound + (block[1] * bound >> 32)) >> 32;
    }

    /// Draw number `number`, uniform in [0, bound), for 0 < bound < 2^62.
    [[nodiscard]] std::int64_t below_long(std::int64_t bound, std::int64_t number) const
    {
        // Rejection keeps it exact: of 64 random bits the last incomplete run of `bound` is left out.
        const auto size = static_cast<std::uint64_t>(bound);
        const std::uint64_t end = (std::numeric_limits<std::uint64_t>::max)() / size * size;
        for (std::uint32_t attempt = 0;; ++attempt) {
            const std::uint64_t value = key(number, 0, attempt);
            if (value < end) {
                return static_cast<std::int64_t>(value % size);
            }
        }
    }

    /// Draw number `draw` of anchor `id`, uniform in [0, 1).
    [[nodiscard]] double unit(std::int64_t id, std::uint32_t draw) const
    {
        return static_cast<double>(below(std::uint64_t{1} << 31, id, draw)) * 0x1p-31 +
               static_cast<double>(below(std::uint64_t{1} << 22, id, draw ^ 0x80000000U)) * 0x1p-53;
    }

    /// A number that is as good as random for every pair of anchor and candidate ids and every draw: the candidate
    /// with the highest one is a uniform choice, whatever the order in which candidates come. `copy` tells candidates
    /// of one id apart.
    [[nodiscard]] std::uint64_t key(std::int64_t anchor_id, std::int64_t candidate_id, std::uint32_t draw,
                                    std::uint32_t copy = 0) const
    {
        const auto anchor = static_cast<std::uint64_t>(anchor_id), candidate = static_cast<std::uint64_t>(candidate_id);
        const PhiloxBlock block =
            philox({static_cast<std::uint32_t>(anchor), static_cast<std::uint32_t>(anchor >> 32) ^ draw,
                    static_cast<std::uint32_t>(candidate), static_cast<std::uint32_t>(candidate >> 32) ^ 0x80000000U},
                   key_ + copy);
        return block[0] | std::uint64_t{block[1]} << 32;
    }

    /// The number of a candidate, whoever the anchor is: independent of what else is drawn.
    [[nodiscard]] std::uint32_t candidate(std::int64_t id, std::uint32_t copy) const
    {
        const auto unsigned_id = static_cast<std::uint64_t>(id);
        return philox({static_cast<std::uint32_t>(unsigned_id), static_cast<std::uint32_t>(unsigned_id >> 32), copy, 0},
                      ~key_)[0];
    }

private:
    std::uint64_t key_;
};

}  // namespace mohs::inline MOHS_ABI::detail
