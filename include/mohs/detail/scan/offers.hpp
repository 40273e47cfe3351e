#pragma once

/// \file
/// From a tile of scores to the candidates that a selector is offered.

#include <mohs/detail/kernel/test_tile.hpp>
#include <mohs/detail/scan/selection.hpp>

#include <array>
#include <bit>

namespace mohs::inline MOHS_ABI::detail {

/// Offers what survives. `bias`: the metric has biases.
template <class T, bool bias>
class Offers {
public:
    explicit Offers(const Scene<T>& scene) : scene_(scene) {}

    /// Finds the survivors of a tile, in its columns too if `both`. What is too close for filters is counted, and is
    /// no survivor, where all pairs count.
    template <bool both, class Selection>
    void test(const Layer<T, Selection>& layer, const Shown<T>& shown, TileSurvivors& survivors) const
    {
        if constexpr (Selection::Traits::counts_close) {
            if (layer.best_only && layer.counts()) {
                run_test<both, TileTest<false, false, bias, true>>(layer, shown, survivors);
                if (survivors.past_limit) {
                    count_close<both>(layer, shown);
                    run_test<both, TileTest<false, true, bias>>(layer, shown, survivors);
                }
                return;
            }
        }
        run_test<both, TileTest<Selection::smallest, Selection::windowed, bias>>(layer, shown, survivors);
        if constexpr (Selection::Traits::keeps_best_key) {
            keep_best_keys(scene_, layer.selection.keys, shown.row_base, shown.column_base, layer.number, survivors);
        }
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
            offer_lanes(layer, shown.kind, shown.row_base + r, shown.column_base, survivors.in_row[r],
                        scores_of_row(shown, r));
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
            offer_lanes(layer, shown.kind, shown.column_base + c, shown.row_base, survivors.in_column[c],
                        scores_of_column(shown, c));
        }
    }

    /// Offers one candidate to one anchor.
    template <class Selection>
    void offer_dot(const Layer<T, Selection>& layer, Index anchor, Index candidate, T dot) const
    {
        offer(layer, anchor, candidate, bias ? dot + scene_.candidates.bias[candidate] : dot);
    }

private:
    /// So often the best of those that are left is offered, before all are.
    static constexpr int rounds = 6;

    /// The scores of the candidates of a row, by their lanes.
    [[nodiscard]] auto scores_of_row(const Shown<T>& shown, int r) const
    {
        return [scores = shown.tile + r * scene_.width,
                biases = bias ? scene_.candidates.bias + shown.column_base : nullptr](int c) {
            return bias ? scores[c] + biases[c] : scores[c];
        };
    }

    /// The same of a column.
    [[nodiscard]] auto scores_of_column(const Shown<T>& shown, int c) const
    {
        return [scores = shown.tile + c, width = scene_.width,
                biases = bias ? scene_.anchors.bias + shown.row_base : nullptr](int r) {
            return bias ? scores[r * width] + biases[r] : scores[r * width];
        };
    }

    template <bool both, class Test, class Selection>
    void run_test(const Layer<T, Selection>& layer, const Shown<T>& shown, TileSurvivors& survivors) const
    {
        const auto side = [&](const PackedSide<T>& packed, Index base, bool anchors) {
            TileSide<T> result{anchors ? layer.threshold + base : nullptr, nullptr,
                               bias ? packed.bias + base : nullptr};
            if (anchors && Selection::windowed) {
                result.ceiling = layer.ceiling + base;
            } else if (anchors && (Test::ceiling || Test::limit)) {
                (Test::limit ? result.limit : result.ceiling) = layer.lowest_limit(base);
            }
            return result;
        };
        isa::run(scene_.isa,
                 TestTile<T, Test, both>{shown.tile, side(scene_.anchors, shown.row_base, true),
                                         side(scene_.candidates, shown.column_base, both), layer.best_only, survivors});
    }

    /// Counts what is too close for the filters of the rows of a tile, and of its columns if `both`. Where scores alone
    /// do not tell, candidates are offered.
    template <bool both, class Selection>
    MOHS_NOINLINE void count_close(const Layer<T, Selection>& layer, const Shown<T>& shown) const
    {
        const CloseTally<T>& close = layer.selection.close;
        std::uint64_t rows, columns;
        const auto side = [&](const PackedSide<T>& packed, Index base, bool anchors, std::uint64_t& unsure) {
            return close.side(layer.number, anchors ? base : 0, bias ? packed.bias + base : nullptr, unsure);
        };
        isa::run(scene_.isa, CountClose<T, bias, both>{shown.tile, side(scene_.anchors, shown.row_base, true, rows),
                                                       side(scene_.candidates, shown.column_base, both, columns),
                                                       close.limits, static_cast<std::ptrdiff_t>(close.padded)});
        for (; rows != 0; rows &= rows - 1) {
            const int r = std::countr_zero(rows);
            offer_unsure(layer, shown.row_base + r, shown.column_base, scores_of_row(shown, r));
        }
        for (; columns != 0; columns &= columns - 1) {
            const int c = std::countr_zero(columns);
            offer_unsure(layer, shown.column_base + c, shown.row_base, scores_of_column(shown, c));
        }
    }

    /// Offers the candidates that were counted, but have to be asked about.
    template <class Selection, class Score>
    void offer_unsure(const Layer<T, Selection>& layer, Index anchor, Index base, const Score& score_of) const
    {
        const CloseTally<T>& close = layer.selection.close;
        const Index first = close.first_of(layer.number, anchor);
        for (int i = 0; i < close.limits; ++i) {
            const T limit = close.limit[first + i * close.padded], sure = close.sure_above[first + i * close.padded];
            std::uint64_t unsure = 0;
            for (int lane = 0; lane < scene_.width; ++lane) {
                // Without branches, which would be mispredicted.
                const T score = score_of(lane);
                unsure |= static_cast<std::uint64_t>((score > limit) & (score <= sure)) << lane;
            }
            close.add(first, i + 1, -std::popcount(unsure));
            for (; unsure != 0; unsure &= unsure - 1) {
                const int lane = std::countr_zero(unsure);
                offer(layer, anchor, base + lane, score_of(lane));
            }
        }
    }

    /// Offers the candidates at `base` in the lanes `found` to one anchor. Where those are only the best and are
    /// refused, the others get their turn.
    template <class Selection, class Score>
    MOHS_ALWAYS_INLINE void offer_lanes(const Layer<T, Selection>& layer, TileKind kind, Index anchor, Index base,
                                        std::uint64_t found, const Score& score_of) const
    {
        std::uint64_t left = found;
        if (kind == TileKind::mixed) {
            left &= eligible_lanes(scene_, Selection::Selector::among, anchor, base / scene_.width);
            if (layer.counts()) {
                left = layer.selection.close.count_sure(layer.number, anchor, left, score_of);
            }
        }
        if constexpr (Selection::Traits::takes_together) {
            offer_together(layer, anchor, base, left, score_of);
            return;
        }
        bool refused = false;
        for (; left != 0; left &= left - 1) {
            const int lane = std::countr_zero(left);
            refused |= !offer(layer, anchor, base + lane, score_of(lane));
        }
        if (layer.best_only && refused) {
            offer_others(layer, anchor, base, found, score_of);
        }
    }

    /// Offers what is not in the lanes `found`. The best come first: a filter that has refused one may let the next pass,
    /// and what is behind that is not of interest.
    template <class Selection, class Score>
    void offer_others(const Layer<T, Selection>& layer, Index anchor, Index base, std::uint64_t found,
                      const Score& score_of) const
    {
        constexpr bool smallest = Selection::smallest;
        const T threshold = layer.threshold[anchor], limit = layer.counts() ? *layer.lowest_limit(anchor) : highest<T>;
        std::uint64_t left = 0;
        for (int lane = 0; lane < scene_.width; ++lane) {
            const T score = score_of(lane);
            const bool wanted = smallest ? score <= threshold : (score >= threshold) & (score <= limit);
            left |= std::uint64_t{wanted} << lane;
        }
        bool refused = true;
        left &= ~found;
        for (int round = 0; left != 0 && refused; ++round) {
            std::uint64_t next = round < rounds ? best_lanes<smallest>(left, score_of) : left;
            left &= ~next;
            for (refused = false; next != 0; next &= next - 1) {
                const int lane = std::countr_zero(next);
                refused |= !offer(layer, anchor, base + lane, score_of(lane));
            }
        }
    }

    /// The best of `lanes`.
    template <bool smallest, class Score>
    static std::uint64_t best_lanes(std::uint64_t lanes, const Score& score_of)
    {
        T best = smallest ? highest<T> : lowest<T>;
        for (std::uint64_t left = lanes; left != 0; left &= left - 1) {
            const T score = score_of(std::countr_zero(left));
            best = smallest ? (std::min)(best, score) : (std::max)(best, score);
        }
        std::uint64_t result = 0;
        for (std::uint64_t left = lanes; left != 0; left &= left - 1) {
            result |= score_of(std::countr_zero(left)) == best ? left & -left : 0;
        }
        return result;
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
            count += !scene_.kept_apart(anchor, base + lane);
        }
        T& threshold = layer.threshold[anchor];
        threshold = layer.selection.selector->accept(Anchor{scene_.anchors.row_of(anchor)},
                                                     std::span(entries).first(count), threshold);
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
        if (scene_.kept_apart(anchor_position, candidate_position)) {
            return false;
        }
        const Anchor anchor{scene_.anchors.row_of(anchor_position)};
        const Candidate candidate{scene_.candidates.row_of(candidate_position)};
        auto& selector = *layer.selection.selector;
        if constexpr (Selection::layered) {
            if constexpr (Selection::Traits::template has_admits<T>) {
                if (!selector.admits(anchor, candidate, score, layer.number)) {
                    return false;
                }
            }
            threshold = selector.accept(anchor, candidate, score, threshold, layer.number);
        } else {
            if constexpr (Selection::Traits::template has_admits<T>) {
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
