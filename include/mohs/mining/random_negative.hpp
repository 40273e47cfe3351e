#pragma once

#include <mohs/detail/draw.hpp>
#include <mohs/detail/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Per anchor, a negative drawn uniformly among the rows of all other classes: nothing is scanned. Draws are keyed by
/// seed, `Options::step` and the anchor's sample id (its row without ids), so the same step repeats its draws and two
/// steps differ, whatever the threads.
struct RandomNegative {
    static constexpr detail::Pick negative_pick = detail::Pick::random;

    std::uint64_t seed = 0;

    template <class Scene>
    [[nodiscard]] Index draw(const Scene& scene, Index position, std::uint64_t step) const
    {
        return detail::draw_candidate<Among::negatives>(scene, position, {seed, step, detail::Purpose::negative});
    }
};

}  // namespace mohs::inline MOHS_ABI
