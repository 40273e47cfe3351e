#pragma once

#include "ratings.hpp"

namespace recommendation {

/// Users, items and what these have met, by a model that is stated:
///
///     an item has a taste v, of `interests` dimensions, and a popularity b ~ N(0, popularity^2)
///     half of the items have a v ~ N(0, I) of their own; the others come in families of `family_size`, nearly identical:
///     the v of the family + spread N(0, I), and its b + 0.3 N(0, 1)
///     a user has a taste u of length 1, in a random direction, and meets exp(N(log history, 0.6^2)) items, at least
///     10 and at most a fifth of all: a draw without replacement, by the softmax of sharpness u v + b
///
/// Of what a user has met the third that suits best has grade 3, the next 2, the others 1. The order in time is random.
struct GeneratorOptions {
    Index users = 600, items = 1200, interests = 8, family_size = 4;
    double history = 60, sharpness = 1.5, popularity = 0.7, spread = 0.1;
    std::uint64_t seed = 1;
};

[[nodiscard]] Ratings generate(const GeneratorOptions& options);

}  // namespace recommendation
