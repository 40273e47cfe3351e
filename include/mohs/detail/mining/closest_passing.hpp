#pragma once

/// \file
/// The closest negative of every anchor that filters let pass.

#include <mohs/detail/slots/anchor_slots.hpp>
#include <mohs/detail/slots/slot_work.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// By anchor row, the closest negative that filters let pass, or -1.
template <class M, class T, class A, class B, class... Filters>
std::span<const std::int32_t> closest_passing(const std::tuple<Filters...>& filters, const SlotWork<M, T, A, B>& work)
{
    if constexpr (sizeof...(Filters) == 0) {
        Best<Among::negatives, false> best;
        select<M>(work.scene, work.options, work.workspace, best);
        std::replace(best.row.begin(), best.row.end(), best.none, -1);
        return best.row;
    } else {
        const AnyNegative<M, T, A, B, Filters...> any(filters, work.scene, work.anchors, work.candidates,
                                                      work.workspace);
        SlotSelector<T, typename AnyNegative<M, T, A, B, Filters...>::Rule, Pick::closest> chosen{
            any.rule, {0, work.options.step, Purpose::negative}};
        select<M>(work.scene, work.options, work.workspace, chosen);
        const std::span<std::int32_t> rows = work.workspace.template take<std::int32_t>(work.anchors.rows(), -1);
        work.each_slot(any.anchor_slots, [&](Anchor anchor, std::size_t slot) {
            rows[static_cast<std::size_t>(anchor.row)] = chosen.kept(slot);
        });
        return rows;
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
