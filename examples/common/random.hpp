#pragma once

#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

namespace examples {

/// What a stream of random numbers is used for. Each has its own, so that a change to one leaves the others alone.
enum class Purpose : std::uint32_t {
    split = 1,
    weights = 2,
    batches = 3,
    noise = 4,
    unlabelled = 5,
    review = 6,
    negatives = 7,
    partners = 8
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

    /// Uniform in [-limit, limit).
    double symmetric(double limit) { return limit * (static_cast<double>(engine_() >> 11) * 0x1p-52 - 1); }

    /// Moves `count` elements, drawn without replacement, to the front.
    template <class T>
    void draw(std::vector<T>& values, std::size_t count)
    {
        for (std::size_t i = 0; i < count; ++i) {
            std::swap(values[i], values[i + below(values.size() - i)]);
        }
    }

private:
    std::mt19937_64 engine_;
};

}  // namespace examples
