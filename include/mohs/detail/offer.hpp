#pragma once

/// \file
/// From a tile of scores to the candidates that a selector is offered.

#include <mohs/detail/relate.hpp>
#include <mohs/detail/row.hpp>
#include <mohs/detail/selection.hpp>

#include <array>
#include <bit>
#include <tuple>

namespace mohs::inline MOHS_ABI::detail {

/// A tile, and the positions that its rows and columns begin at.
template <class T>
struct Shown {
    TileKind kind;
    Index row_base, column_base;
    const T* tile;
};

/// One layer of a selection while it is shown a tile.
template <class T, class Selection>
struct Layer {
    Selection& selection;
    T* threshold;
    T* ceiling;  ///< null where the selector has no windows
    std::int32_t number;
    bool best_only;  ///< whether all pairs of the tile count, and only the best of an anchor has to be offered
};

/// Offers what survives. `bias`: the metric has biases.
template <class T, bool bias>
class Offers {
public:
    explicit Offers(const Scene<T>& scene) : scene_(scene) {}

    /// Finds the survivors of a tile, in its columns too if `both`.
    template <bool both, class Selection>
    void test(const Layer<T, Selection>& layer, const Shown<T>& shown, TileSurvivors& survivors) const
    {
        const auto side = [&](const PackedSide<T>& packed, Index base, bool anchors) {
            return TileSide<T>{anchors ? layer.threshold + base : nullptr,
                               anchors && Selection::windowed ? layer.ceiling + base : nullptr,
                               bias ? packed.bias + base : nullptr};
        };
        using Test = TileTest<Selection::smallest, Selection::windowed, bias>;
        isa::run(scene_.isa,
                 TestTile<T, Test, both>{shown.tile, side(scene_.anchors, shown.row_base, true),
                                         side(scene_.candidates, shown.column_base, both), layer.best_only, survivors});
    }

    /// Offers what survives in the rows of a tile.
    template <class Selection>
    MOHS_NOINLINE void offer_rows(const Layer<T, Selection>& layer, const TileSurvivors& survivors,
                                  const Shown<T>& shown) const
    {
        std::uint64_t hits =
            survivors.rows & lanes_between(shown.row_base, scene_.anchors.rows(), shown.row_base, scene_.width);
        for (; hits != 0; hits &= hits - 1) {
            const int r = std::countr_zero(hits);
            const T* const scores = shown.tile + r * scene_.width;
            offer_lanes(layer, shown.kind, shown.row_base + r, shown.column_base, survivors.in_row[r], [&](int c) {
                return bias ? scores[c] + scene_.candidates.bias[shown.column_base + c] : scores[c];
            });
        }
    }

    /// The same for the columns, as anchors whose candidates are the rows.
    template <class Selection>
    MOHS_NOINLINE void offer_columns(const Layer<T, Selection>& layer, const TileSurvivors& survivors,
                                     const Shown<T>& shown) const
    {
        std::uint64_t hits = survivors.columns & lanes_between(shown.column_base, scene_.candidates.rows(),
                                                               shown.column_base, scene_.width);
        for (; hits != 0; hits &= hits - 1) {
            const int c = std::countr_zero(hits);
            const T* const scores = shown.tile + c;
            offer_lanes(layer, shown.kind, shown.column_base + c, shown.row_base, survivors.in_column[c], [&](int r) {
                const T dot = scores[r * scene_.width];
                return bias ? dot + scene_.anchors.bias[shown.row_base + r] : dot;
            });
        }
    }

    /// Offers one candidate to one anchor.
    template <class Selection>
    void offer_dot(const Layer<T, Selection>& layer, Index anchor, Index candidate, T dot) const
    {
        offer(layer, anchor, candidate, bias ? dot + scene_.candidates.bias[candidate] : dot);
    }

private:
    /// Offers the candidates at `base` in the lanes `found` to one anchor. Where those are only the best and are
    /// refused, the others get their turn.
    template <class Selection, class Score>
    MOHS_ALWAYS_INLINE void offer_lanes(const Layer<T, Selection>& layer, TileKind kind, Index anchor, Index base,
                                        std::uint64_t found, const Score& score_of) const
    {
        std::uint64_t left = found;
        if (kind == TileKind::mixed) {
            left &= eligible_lanes(scene_, Selection::Selector::among, anchor, base / scene_.width);
        }
        if constexpr (counts_close<typename Selection::Selector>) {
            if (layer.best_only && !scene_.has_ids && offer_past_close(layer, anchor, base, left, score_of)) {
                return;
            }
        }
        if constexpr (TakesTogether<typename Selection::Selector>) {
            offer_together(layer, anchor, base, left, score_of);
            return;
        }
        bool refused = false;
        for (; left != 0; left &= left - 1) {
            const int lane = std::countr_zero(left);
            refused |= !offer(layer, anchor, base + lane, score_of(lane));
        }
        if (layer.best_only && refused) {
            for (int lane = 0; lane < scene_.width; ++lane) {
                if ((found >> lane & 1) == 0) {
                    offer(layer, anchor, base + lane, score_of(lane));
                }
            }
        }
    }

    /// Offers the candidates at `base` in `lanes` to an anchor, all at once.
    template <class Selection, class Score>
    MOHS_ALWAYS_INLINE void offer_together(const Layer<T, Selection>& layer, Index anchor, Index base,
                                           std::uint64_t lanes, const Score& score_of) const
    {
        std::array<typename Selection::Selector::Entry, 64> entries;
        std::size_t count = 0;
        for (; lanes != 0; lanes &= lanes - 1) {
            const int lane = std::countr_zero(lanes);
            entries[count] = {score_of(lane), static_cast<std::int32_t>(scene_.candidates.row_of(base + lane))};
            count += !scene_.same_sample(anchor, base + lane);
        }
        T& threshold = layer.threshold[anchor];
        threshold = layer.selection.selector->accept(Anchor{scene_.anchors.row_of(anchor)},
                                                     std::span(entries).first(count), threshold);
    }

    /// Counts the candidates that are too close for a filter and offers the others; false, and nothing done, if not
    /// even the best of them, in the lanes `best`, is.
    template <class Selection, class Score>
    MOHS_ALWAYS_INLINE bool offer_past_close(const Layer<T, Selection>& layer, Index anchor_position, Index base,
                                             std::uint64_t best, const Score& score_of) const
    {
        auto& selector = *layer.selection.selector;
        const Anchor anchor{scene_.anchors.row_of(anchor_position)};
        const auto limits = selector.close_limits(anchor, layer.number);
        if (best == 0 || score_of(std::countr_zero(best)) <= limits.lowest_limit()) {
            return false;
        }
        const T threshold = layer.threshold[anchor_position];
        std::array<std::int32_t, std::tuple_size_v<decltype(limits.filter)>> count{};
        std::uint64_t asked = 0;
        for (int lane = 0; lane < scene_.width; ++lane) {
            // Without branches: where many are rejected, they would be mispredicted.
            const T score = score_of(lane);
            bool left = true, unsure = false;
            for (std::size_t i = 0; i < limits.size; ++i) {
                const bool rejected = score > limits.reject_above[i], kept = score <= limits.unsure_above[i];
                count[i] += left & rejected;
                unsure |= left & !rejected & !kept;
                left &= kept;
            }
            asked |= static_cast<std::uint64_t>(unsure | (left & (score >= threshold))) << lane;
        }
        for (std::size_t i = 0; i < limits.size; ++i) {
            selector.count_close(anchor, layer.number, limits.filter[i], count[i]);
        }
        for (; asked != 0; asked &= asked - 1) {
            const int lane = std::countr_zero(asked);
            offer(layer, anchor_position, base + lane, score_of(lane));
        }
        return true;
    }

    /// Whether a candidate was not refused: one that falls short of the threshold by now is not.
    template <class Selection>
    MOHS_ALWAYS_INLINE bool offer(const Layer<T, Selection>& layer, Index anchor_position, Index candidate_position,
                                  T score) const
    {
        T& threshold = layer.threshold[anchor_position];
        if (Selection::smallest ? score > threshold : score < threshold) {
            return true;
        }
        if constexpr (Selection::windowed) {
            const T ceiling = layer.ceiling[anchor_position];
            if (Selection::smallest ? score < ceiling : score > ceiling) {
                return false;
            }
        }
        if (scene_.same_sample(anchor_position, candidate_position)) {
            return false;
        }
        const Anchor anchor{scene_.anchors.row_of(anchor_position)};
        const Candidate candidate{scene_.candidates.row_of(candidate_position)};
        auto& selector = *layer.selection.selector;
        if constexpr (Selection::layered) {
            if constexpr (requires { selector.admits(anchor, candidate, score, layer.number); }) {
                if (!selector.admits(anchor, candidate, score, layer.number)) {
                    return false;
                }
            }
            threshold = selector.accept(anchor, candidate, score, threshold, layer.number);
        } else {
            if constexpr (requires { selector.admits(anchor, candidate, score); }) {
                if (!selector.admits(anchor, candidate, score)) {
                    return false;
                }
            }
            threshold = selector.accept(anchor, candidate, score, threshold);
        }
        return true;
    }

    const Scene<T>& scene_;
};

}  // namespace mohs::inline MOHS_ABI::detail
