#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

namespace recommendation {

/// What a stream of random numbers is used for. Each has its own, so that a change to one leaves the others alone.
enum class Purpose : std::uint32_t {
    items = 1,
    users = 2,
    taste = 3,
    split = 4,
    weights = 5,
    order = 6,
    negatives = 7
};

/// Random numbers that are the same with every standard library, whose distributions and std::shuffle are not.
class Random {
public:
    Random(std::uint64_t seed, Purpose purpose)
    {
        std::seed_seq sequence{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32),
                               static_cast<std::uint32_t>(purpose)};
        engine_.seed(sequence);
    }

    /// Uniform in (0, 1).
    double uniform() { return (static_cast<double>(engine_() >> 12) + 0.5) * 0x1p-52; }

    /// Uniform in [0, bound).
    std::size_t below(std::size_t bound)
    {
        const std::uint64_t limit = std::numeric_limits<std::uint64_t>::max() / bound * bound;
        std::uint64_t bits = engine_();
        while (bits >= limit) {
            bits = engine_();
        }
        return static_cast<std::size_t>(bits % bound);
    }

    /// From the normal distribution (Box, Muller 1958).
    double normal() { return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform()); }

    /// From the Gumbel distribution: added to logits, the largest sums are a draw by softmax without replacement.
    double gumbel() { return -std::log(-std::log(uniform())); }

    /// Moves `count` elements, drawn without replacement, to the front.
    template <class T>
    void draw(std::vector<T>& values, std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            std::swap(values[i], values[i + below(values.size() - i)]);
        }
    }

    /// Puts elements into a random order.
    template <class T>
    void shuffle(std::vector<T>& values)
    {
        draw(values, values.size());
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace recommendation
