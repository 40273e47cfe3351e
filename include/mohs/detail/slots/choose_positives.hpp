#pragma once

/// \file
/// The positives of every anchor, with their kernel scores, as slots.

#include <mohs/detail/choose/draw_candidate.hpp>
#include <mohs/detail/choose/strategy_traits.hpp>
#include <mohs/detail/scan/best.hpp>
#include <mohs/detail/scan/select_driver.hpp>
#include <mohs/detail/slots/slots.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Records the scores of positives that are known already: the one chosen per anchor, or all.
template <class T>
struct ScorePositives {
    static constexpr Among among = Among::positives;
    static constexpr bool smallest_first = false;

    const Scene<T>& scene;
    Slots<T>& triplet_slots;
    bool every;                                     ///< slots are all positives, in the order of their positions
    std::span<const std::int32_t> position_of;      ///< candidate row -> position; only for `every`
    std::span<const std::int32_t> anchor_position;  ///< anchor row -> position

    void start(Index, Workspace&) {}

    T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        std::size_t slot = triplet_slots.begin(anchor);
        if (slot == triplet_slots.end(anchor)) {
            return threshold;
        }
        if (every) {
            const std::int32_t own = anchor_position[static_cast<std::size_t>(anchor.row)],
                               at = position_of[static_cast<std::size_t>(candidate.row)];
            const Positions positives = positives_of(scene, own);
            slot += static_cast<std::size_t>(positives.before(at) -
                                             (scene.self && at > own && positives.contains(own) ? 1 : 0));
            triplet_slots.positive[slot] = static_cast<std::int32_t>(candidate.row);
        } else if (triplet_slots.positive[slot] != candidate.row) {
            return threshold;
        }
        triplet_slots.score[slot] = score;
        return threshold;
    }
};

/// One slot per anchor that has a positive in `rows` (-1 for none).
template <class T>
Slots<T> single_slots(std::span<const std::int32_t> rows, Workspace& workspace)
{
    Slots<T> triplet_slots;
    triplet_slots.offset = workspace.take<std::int32_t>(static_cast<Index>(rows.size()) + 1, 0);
    for (std::size_t row = 0; row < rows.size(); ++row) {
        triplet_slots.offset[row + 1] = triplet_slots.offset[row] + (rows[row] >= 0 ? 1 : 0);
    }
    triplet_slots.positive = workspace.take<std::int32_t>(triplet_slots.offset.back());
    triplet_slots.score = workspace.take<T>(triplet_slots.offset.back(), T{0});
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (rows[row] >= 0) {
            triplet_slots.positive[static_cast<std::size_t>(triplet_slots.offset[row])] = rows[row];
        }
    }
    return triplet_slots;
}

/// The positives that `strategy` chooses.
template <class M, class T, class A, class B, class Strategy>
Slots<T> choose_positives(const Strategy& strategy, const Scene<T>& scene, const Batch<A>& anchors,
                          const Batch<B>& candidates, const Options& options, Workspace& workspace)
{
    constexpr Pick pick = Strategy::positive_pick;
    Slots<T> triplet_slots;
    std::span<std::int32_t> anchor_position, position_of;
    if constexpr (pick == Pick::closest || pick == Pick::farthest) {
        Best<Among::positives, pick == Pick::farthest> best;
        const auto found = select<M>(scene, options, workspace, best);
        std::replace(best.row.begin(), best.row.end(), best.none, -1);
        triplet_slots = single_slots<T>(best.row, workspace);
        for (Index position = 0; position < scene.anchors.rows(); ++position) {
            const Anchor anchor{scene.anchors.row_of(position)};
            if (triplet_slots.begin(anchor) != triplet_slots.end(anchor)) {
                triplet_slots.score[triplet_slots.begin(anchor)] = std::get<0>(found).threshold[position];
            }
        }
        return triplet_slots;
    } else if constexpr (pick == Pick::random) {
        triplet_slots =
            single_slots<T>(draw_rows<Among::positives>(seed_of(strategy), scene, options.step, workspace), workspace);
    } else {
        anchor_position = invert(scene.anchors.order.row_of, anchors.rows(), workspace);
        position_of =
            scene.self ? anchor_position : invert(scene.candidates.order.row_of, candidates.rows(), workspace);
        triplet_slots.offset = workspace.take<std::int32_t>(anchors.rows() + 1, 0);
        std::int64_t total = 0;
        for (Index row = 0; row < anchors.rows(); ++row) {
            const std::int32_t position = anchor_position[static_cast<std::size_t>(row)];
            if (position >= 0 && scene.anchors.has_role(position, Role::anchor)) {
                const Positions positives = positives_of(scene, position);
                total += positives.size() - (scene.self && positives.contains(position) ? 1 : 0);
            }
            if (total > max_rows) {
                throw_invalid("TripletMiner: the batch has more than 2^31 - 64 pairs of an anchor and a positive");
            }
            triplet_slots.offset[static_cast<std::size_t>(row) + 1] = static_cast<std::int32_t>(total);
        }
        triplet_slots.positive = workspace.take<std::int32_t>(static_cast<Index>(total), -1);
        triplet_slots.score = workspace.take<T>(static_cast<Index>(total), T{0});
    }
    ScorePositives<T> scores{scene, triplet_slots, pick == Pick::every, position_of, anchor_position};
    select<M>(scene, options, workspace, scores);
    return triplet_slots;
}

}  // namespace mohs::inline MOHS_ABI::detail
