#pragma once

/// \file
/// Distance-weighted draws: every anchor sees the scores of all candidates, weighs its negatives and draws.
///
/// A panel of anchors is scored against all candidates into one strip, the anchors along the vectors. A first pass, while
/// the scores are in the L1 cache, finds what the weights are relative to; a second one adds up the weights by slots. A
/// draw picks a slot by these sums, and weighs and walks through that one only.

#include <mohs/detail/excluded_pairs.hpp>
#include <mohs/detail/negatives.hpp>
#include <mohs/detail/weigh.hpp>
#include <mohs/detail/weighted_row.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Draws one negative per slot of `rule`, with the weights that `strategy.log_weight(distance)` gives on the unit
/// sphere.
template <class M, class T, class Rule>
class WeightedDraws {
public:
    template <class Scalar, class Strategy>
    WeightedDraws(const Rule& rule, const Scene<T>& scene, const Batch<Scalar>& anchors, const Strategy& strategy,
                  const Options& options, Workspace& workspace)
        : rule_(rule),
          scene_(scene),
          row_(workspace.take<std::int32_t>(rule.slots.size(), -1)),
          score_(workspace.take<T>(rule.slots.size())),
          rejections_(workspace.take<std::int32_t>(rule.slots.size() * Rule::filter_count, 0)),
          perplexity_(workspace.take<double>(anchors.rows(), 0.0)),
          stream_(strategy.seed, options.step, Purpose::negative)
    {
        const Workspace::Frame frame(workspace);
        const WeightCurve<T> curve(strategy, scene.depth);
        const Index panels = scene.anchors.panel_count;
        const Memory memory(scene, lane_count(options, panels), workspace);
        zero_anchors_ = find_zeros(rule.anchors, scene.anchors, workspace);
        zero_candidates_ = find_zeros(rule.candidates, scene.candidates, workspace);
        parallel_for(options, panels, [&](Index panel, int lane) {
            if (!has_slots(panel)) {
                return;
            }
            const Lane at = memory.lane(scene, curve, lane);
            weigh(panel, at.panel);
            for (Index r = 0; r < std::min(scene.width, scene.anchors.rows() - panel * scene.width); ++r) {
                draw(panel * scene.width + r, strategy, at, r);
            }
        });
    }

    /// The row drawn for a slot, or -1.
    [[nodiscard]] std::int32_t row(std::size_t slot) const { return row_[slot]; }
    /// Its kernel score.
    [[nodiscard]] T score(std::size_t slot) const { return score_[slot]; }
    [[nodiscard]] std::span<const std::int32_t> rejections() const { return rejections_; }

    /// exp(entropy) of the weights, mean over the anchors that have any.
    [[nodiscard]] double effective_negatives() const
    {
        double sum = 0, count = 0;
        for (const double value : perplexity_) {
            sum += value;
            count += value > 0 ? 1 : 0;
        }
        return count > 0 ? sum / count : 0;
    }

private:
    /// What one lane works with.
    struct Lane {
        WeightedPanel<T> panel;
        std::span<double> logarithms;  ///< of weights that are drawn from exactly
        std::span<std::int32_t> positions;
    };

    /// The memory of all lanes.
    struct Memory {
        Memory(const Scene<T>& scene, Index lane_count, Workspace& workspace)
            : padded(scene.candidates.panel_count * scene.width),
              slots((padded + strip_columns - 1) / strip_columns),
              strips(workspace.take<T>(lane_count * padded * scene.width)),
              sums(workspace.take<T>(lane_count * (2 * slots + 6) * scene.width)),
              lanes(workspace.take<std::uint64_t>(lane_count * padded)),
              any(workspace.take<std::uint8_t>(lane_count * scene.candidates.panel_count)),
              masks(workspace.take<MaskElement<T>>(lane_count * strip_columns * scene.width)),
              totals(workspace.take<double>(lane_count * 2 * scene.width)),
              logarithms(workspace.take<double>(lane_count * padded)),
              positions(workspace.take<std::int32_t>(lane_count * padded))
        {
        }

        [[nodiscard]] Lane lane(const Scene<T>& scene, const WeightCurve<T>& curve, Index number) const
        {
            const auto part = [&](auto span, Index size) {
                return span.subspan(static_cast<std::size_t>(number * size), static_cast<std::size_t>(size));
            };
            const Index width = scene.width;
            T* const first = part(sums, (2 * slots + 6) * width).data();
            T* const origin = first + 2 * slots * width;
            return {{curve,
                     {scene, part(lanes, padded), part(any, scene.candidates.panel_count),
                      part(masks, strip_columns * width)},
                     {origin, origin + width, origin + 2 * width, origin + 3 * width, origin + 4 * width,
                      origin + 5 * width},
                     part(strips, padded * width).data(),
                     first,
                     first + slots * width,
                     part(totals, 2 * width).data(),
                     part(totals, 2 * width).data() + width},
                    part(logarithms, padded),
                    part(positions, padded)};
        }

        Index padded, slots;
        std::span<T> strips, sums;
        std::span<std::uint64_t> lanes;
        std::span<std::uint8_t> any;
        std::span<MaskElement<T>> masks;
        std::span<double> totals, logarithms;
        std::span<std::int32_t> positions;
    };

    /// Whether any anchor of a panel draws.
    [[nodiscard]] bool has_slots(Index panel) const
    {
        const Index end = std::min((panel + 1) * scene_.width, scene_.anchors.rows());
        for (Index position = panel * scene_.width; position < end; ++position) {
            const Anchor anchor{scene_.anchors.row_of(position)};
            if (rule_.slots.begin(anchor) < rule_.slots.end(anchor)) {
                return true;
            }
        }
        return false;
    }

    /// Scores a panel of anchors and adds up their weights.
    void weigh(Index number, const WeightedPanel<T>& panel) const
    {
        const Index width = scene_.width, rows = scene_.candidates.rows(), size = width * scene_.depth;
        std::fill(panel.origin.smallest, panel.origin.smallest + width, above_all_scores<T>);
        std::fill(panel.origin.largest, panel.origin.largest + width, -above_all_scores<T>);
        panel.excluded.find(number);
        for (Index base = 0; base < rows; base += strip_columns) {
            const Index columns = std::min(strip_columns, rows - base);
            for (Index column = base; column < base + columns; column += width) {
                isa::run(scene_.isa, DotPanels<T>{scene_.candidates.panels + column / width * size,
                                                  scene_.anchors.panels + number * size, scene_.depth,
                                                  panel.strip + column * width});
            }
            place_zeros(number, base, columns, panel.strip);
            isa::run(scene_.isa, FindOrigins<T>{panel.curve, panel.strip + base * width,
                                                panel.excluded.masks(number, base, columns), columns, panel.origin});
        }
        isa::run(scene_.isa, FixOrigins<T>{panel.curve, panel.origin});
        for (Index base = 0; base < rows; base += strip_columns) {
            const Index columns = std::min(strip_columns, rows - base), slot = base / strip_columns * width;
            isa::run(scene_.isa,
                     AddWeights<T>{panel.curve, panel.strip + base * width, panel.excluded.masks(number, base, columns),
                                   columns, panel.origin, panel.sums + slot, panel.entropies + slot});
        }
        std::fill(panel.total, panel.total + width, 0.0);
        std::fill(panel.entropy, panel.entropy + width, 0.0);
        for (Index base = 0, slot = 0; base < rows; base += strip_columns, slot += width) {
            for (Index r = 0; r < width; ++r) {
                panel.total[r] += static_cast<double>(panel.sums[slot + r]);
                panel.entropy[r] += static_cast<double>(panel.entropies[slot + r]);
            }
        }
    }

    /// Which packed rows are zero, if any is.
    template <class Scalar>
    static std::span<const std::uint8_t> find_zeros(const Batch<Scalar>& batch, const PackedSide<T>& side,
                                                    Workspace& workspace)
    {
        const std::span<std::uint8_t> zero = workspace.take<std::uint8_t>(side.zero > 0 ? side.rows() : 0);
        for (std::size_t position = 0; position < zero.size(); ++position) {
            zero[position] = metric_scale<M>(batch, side.order.row_of[position]).factor == 0;
        }
        return zero;
    }

    [[nodiscard]] static bool is_zero(std::span<const std::uint8_t> zeros, Index position)
    {
        return !zeros.empty() && zeros[static_cast<std::size_t>(position)] != 0;
    }

    /// A zero row stays one when it is normalised: at distance 1 of others and 0 of its like. The scores that unit rows
    /// would have there take the place of its own.
    void place_zeros(Index panel, Index base, Index columns, T* strip) const
    {
        if (zero_anchors_.empty() && zero_candidates_.empty()) {
            return;
        }
        const Index width = scene_.width, first = panel * width, count = std::min(width, scene_.anchors.rows() - first);
        for (Index c = base; c < base + columns; ++c) {
            const bool candidate = is_zero(zero_candidates_, c);
            for (Index r = 0; r < count; ++r) {
                const bool anchor = is_zero(zero_anchors_, first + r);
                if (anchor || candidate) {
                    strip[c * width + r] = anchor && candidate ? T{1} : T{0.5};
                }
            }
        }
    }

    /// Draws for the slots of the anchor at `position`, which is row `r` of its panel.
    template <class Strategy>
    void draw(Index position, const Strategy& strategy, const Lane& lane, Index r)
    {
        const Anchor anchor{scene_.anchors.row_of(position)};
        const std::size_t begin = rule_.slots.begin(anchor), end = rule_.slots.end(anchor);
        const WeightedRow<T> weights(lane.panel, r);
        if (begin == end || weights.total() == 0) {
            return;
        }
        perplexity_[static_cast<std::size_t>(anchor.row)] =
            std::exp(std::log(weights.total()) - std::numbers::ln2 * lane.panel.entropy[r] / weights.total());
        for (std::size_t slot = begin; slot < end; ++slot) {
            if (rule_.slots.positive[slot] >= 0) {
                const Index at =
                    draw_one(anchor, slot, static_cast<std::uint32_t>(slot - begin), strategy, weights, lane);
                if (at >= 0) {
                    row_[slot] = static_cast<std::int32_t>(scene_.candidates.row_of(at));
                    const bool zero = is_zero(zero_anchors_, position) || is_zero(zero_candidates_, at);
                    score_[slot] = zero ? T{0} : weights.score(at);
                }
            }
        }
    }

    /// Draws until the filters accept; then among what they accept. A position, or -1.
    template <class Strategy>
    Index draw_one(Anchor anchor, std::size_t slot, std::uint32_t series, const Strategy& strategy,
                          WeightedRow<T> weights, const Lane& lane)
    {
        const std::int64_t id = rule_.anchors.id(anchor.row);
        const auto rejected = [&](Index at) {
            const int filter = rule_.rejected_by(slot, anchor, Candidate{scene_.candidates.row_of(at)});
            if (filter >= 0) {
                ++rejections_[slot * Rule::filter_count + static_cast<std::size_t>(filter)];
            }
            return filter >= 0;
        };
        std::uint32_t draw = series * (RefusedDraws::limit + 1);
        for (const std::uint32_t end = draw + RefusedDraws::limit; draw < end; ++draw) {
            const Index at = weights.draw(stream_.unit(id, draw));
            if (!rejected(at)) {
                return at;
            }
            weights.refuse(at);
            if (weights.total() == 0) {
                return -1;
            }
            if (weights.total() < nothing_left) {
                break;
            }
        }
        return draw_exactly(anchor, strategy, stream_.unit(id, draw + 1), weights, lane,
                            [&](Index at) { return !rejected(at); });
    }

    /// Draws among all that are left and pass, weighed in double by the distance of their rows: the largest weights may
    /// all have been refused, and what is left of the others by then is not exact.
    template <class Strategy, class Passes>
    Index draw_exactly(Anchor anchor, const Strategy& strategy, double unit, const WeightedRow<T>& weights,
                              const Lane& lane, const Passes& passes) const
    {
        std::size_t count = 0;
        double largest = lowest<double>;
        for (Index at = 0; at < weights.size(); ++at) {
            if (weights.has(at) && passes(at)) {
                const Index row = scene_.candidates.row_of(at);
                // Where the bound of distances decides, the score did: it may be rounded.
                const double distance = std::min(
                    measure_rows<Normalised<Euclidean>>(rule_.anchors, anchor.row, rule_.candidates, row),
                    strategy.upper * (1 - 1e-15));
                lane.positions[count] = static_cast<std::int32_t>(at);
                lane.logarithms[count] = strategy.log_weight(distance, scene_.depth);
                largest = std::max(largest, lane.logarithms[count++]);
            }
        }
        double total = 0;
        for (std::size_t i = 0; i < count; ++i) {
            lane.logarithms[i] = std::exp(lane.logarithms[i] - largest);
            total += lane.logarithms[i];
        }
        Index found = -1;
        double target = total * unit;
        for (std::size_t i = 0; i < count && (found < 0 || target >= 0); ++i) {
            if (lane.logarithms[i] > 0) {
                found = lane.positions[i];
                target -= lane.logarithms[i];
            }
        }
        return found;
    }

    /// Weights that have lost much of their precision, or are as small as the smallest numbers.
    static constexpr double nothing_left = 1e-25;

    const Rule& rule_;
    const Scene<T>& scene_;
    std::span<std::int32_t> row_;
    std::span<T> score_;
    std::span<std::int32_t> rejections_;
    std::span<double> perplexity_;
    std::span<const std::uint8_t> zero_anchors_, zero_candidates_;  ///< by position; empty without any
    RandomStream stream_;
};

}  // namespace mohs::inline MOHS_ABI::detail
