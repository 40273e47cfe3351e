#pragma once

#include <mohs/detail/draw.hpp>
#include <mohs/detail/strategy.hpp>

namespace mohs::inline MOHS_ABI {

/// Per anchor, a positive drawn uniformly, from the list of its class: nothing is scanned. Draws are keyed by seed,
/// `Options::step` and the anchor's sample id (its row without ids), so the same step repeats its draws and two steps
/// differ, whatever the threads.
struct RandomPositive {
    static constexpr detail::Pick positive_pick = detail::Pick::random;

    std::uint64_t seed = 0;

    template <class Scene>
    [[nodiscard]] Index draw(const Scene& scene, Index position, std::uint64_t step) const
    {
        return detail::draw_candidate<Among::positives>(scene, position, {seed, step, detail::Purpose::positive});
    }
};

}  // namespace mohs::inline MOHS_ABI
