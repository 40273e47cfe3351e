#pragma once

/// \file
/// Distance-weighted draws: every anchor sees the scores of all candidates, weighs its negatives and draws.

#include <mohs/detail/draw.hpp>
#include <mohs/detail/negatives.hpp>
#include <mohs/detail/tile.hpp>

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
          rejections_(workspace.take<std::int32_t>(rule.slots.size() * Rule::filter_count, 0)),
          perplexity_(workspace.take<double>(anchors.rows(), 0.0)),
          stream_(strategy.seed, options.step, Purpose::negative)
    {
        const Workspace::Frame frame(workspace);
        const Index panels = scene.anchors.panel_count, width = scene.width;
        const Index padded = scene.candidates.panel_count * width;
        const int lanes = lane_count(options, panels);
        const std::span<T> strips = workspace.take<T>(lanes * width * padded);
        const std::span<T> tiles = workspace.take<T>(lanes * width * width);
        const std::span<double> weights = workspace.take<double>(lanes * padded);
        parallel_for(options, panels, [&](Index panel, int lane) {
            T* const strip = strips.data() + lane * width * padded;
            isa::with_isa(scene.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                fill_strip<decltype(isa)>(panel, tiles.data() + lane * width * width, strip, padded);
            });
            for (Index r = 0; r < std::min(width, scene.anchors.rows() - panel * width); ++r) {
                draw(panel * width + r, strategy, strip + r * padded, weights.data() + lane * padded);
            }
        });
    }

    /// The row drawn for a slot, or -1.
    [[nodiscard]] std::int32_t row(std::size_t slot) const { return row_[slot]; }
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
    template <class Isa>
    MOHS_ALWAYS_INLINE void fill_strip(Index panel, T* tile, T* strip, Index padded) const
    {
        constexpr int width = panel_width<Isa, T>;
        const Index size = width * scene_.depth;
        for (Index other = 0; other < scene_.candidates.panel_count; ++other) {
            isa::enter(Isa{}, DotPanels<T>{scene_.anchors.panels + panel * size,
                                           scene_.candidates.panels + other * size, scene_.depth, tile});
            for (Index r = 0; r < width; ++r) {
                std::copy(tile + r * width, tile + (r + 1) * width, strip + r * padded + other * width);
            }
        }
    }

    /// Weighs the negatives of the anchor at `position` and draws for its slots.
    template <class Strategy>
    void draw(Index position, const Strategy& strategy, const T* scores, double* weights)
    {
        const Anchor anchor{scene_.anchors.row_of(position)};
        const std::size_t begin = rule_.slots.begin(anchor), end = rule_.slots.end(anchor);
        if (begin == end) {
            return;
        }
        const Index count = scene_.candidates.rows();
        double largest = std::numeric_limits<double>::lowest();
        std::uint64_t negatives = 0;
        for (Index at = 0; at < count; ++at, negatives >>= 1) {
            if (at % scene_.width == 0) {
                negatives = eligible_lanes(scene_, Among::negatives, position, at / scene_.width);
            }
            const Candidate candidate{scene_.candidates.row_of(at)};
            weights[at] = (negatives & 1) != 0 && !scene_.same_sample(position, at)
                              ? log_weight(strategy, distance(anchor, candidate, static_cast<double>(scores[at])))
                              : impossible;
            largest = std::max(largest, weights[at]);
        }
        if (largest <= impossible) {
            return;
        }
        for (Index at = 0; at < count; ++at) {
            weights[at] = weights[at] <= impossible ? 0 : std::exp(weights[at] - largest);
        }
        const double total = std::accumulate(weights, weights + count, 0.0);
        double entropy = 0;
        for (Index at = 0; at < count; ++at) {
            const double share = weights[at] / total;
            entropy -= share > 0 ? share * std::log(share) : 0;
        }
        perplexity_[static_cast<std::size_t>(anchor.row)] = std::exp(entropy);
        for (std::size_t slot = begin; slot < end; ++slot) {
            if (rule_.slots.positive[slot] >= 0) {
                row_[slot] = draw_one(anchor, slot, static_cast<std::uint32_t>(slot - begin), weights, count);
            }
        }
    }

    /// Draws until the filters accept; then among what they accept.
    std::int32_t draw_one(Anchor anchor, std::size_t slot, std::uint32_t series, const double* weights, Index count)
    {
        const std::int64_t id = rule_.anchors.id(anchor.row);
        const auto rejected = [&](Index at) {
            const int filter = rule_.rejected_by(slot, anchor, Candidate{scene_.candidates.row_of(at)});
            if (filter >= 0) {
                ++rejections_[slot * Rule::filter_count + static_cast<std::size_t>(filter)];
            }
            return filter >= 0;
        };
        const double total = std::accumulate(weights, weights + count, 0.0);
        RefusedDraws refused;
        std::uint32_t draw = series * (RefusedDraws::limit + 1);
        for (const std::uint32_t end = draw + RefusedDraws::limit; draw < end; ++draw) {
            const Index at = locate(weights, count, total * stream_.unit(id, draw));
            if (refused.contains(at)) {
                continue;
            }
            if (!rejected(at)) {
                return static_cast<std::int32_t>(scene_.candidates.row_of(at));
            }
            refused.add(at);
        }
        double left = 0;
        Index last = -1;
        for (Index at = 0; at < count; ++at) {
            if (weights[at] > 0 && !refused.contains(at) && !rejected(at)) {
                left += weights[at];
                last = at;
            }
        }
        double target = left * stream_.unit(id, draw);
        for (Index at = 0; at < count && last >= 0; ++at) {
            if (weights[at] > 0 && rule_.rejected_by(slot, anchor, Candidate{scene_.candidates.row_of(at)}) < 0) {
                target -= weights[at];
                if (target < 0 || at == last) {
                    return static_cast<std::int32_t>(scene_.candidates.row_of(at));
                }
            }
        }
        return -1;
    }

    /// The position at which the running sum of the weights passes `target`.
    static Index locate(const double* weights, Index count, double target)
    {
        Index last = 0;
        for (Index at = 0; at < count; ++at) {
            if (weights[at] > 0) {
                last = at;
                target -= weights[at];
                if (target < 0) {
                    break;
                }
            }
        }
        return last;
    }

    /// From a kernel score to the distance of the normalised rows: d^2 = |a|^2 + |b|^2 - 2 <a, b>.
    double distance(Anchor anchor, Candidate candidate, double score) const
    {
        double squares = 2;
        // A zero row stays one when it is normalised. Its scores are 0, and few others are.
        if (score == 0 && scene_.anchors.zero + scene_.candidates.zero > 0) {
            squares = (is_zero(rule_.anchors, anchor.row) ? 0 : 1) + (is_zero(rule_.candidates, candidate.row) ? 0 : 1);
        }
        return std::sqrt(std::max(0.0, squares - 2 * score));
    }

    template <class Scalar>
    static bool is_zero(const Batch<Scalar>& batch, Index row)
    {
        return metric_scale<M>(batch, row).factor == 0;
    }

    template <class Strategy>
    double log_weight(const Strategy& strategy, double distance) const
    {
        return distance >= strategy.upper ? impossible : strategy.log_weight(distance, scene_.depth);
    }

    static constexpr double impossible = -1e300;

    const Rule& rule_;
    const Scene<T>& scene_;
    std::span<std::int32_t> row_, rejections_;
    std::span<double> perplexity_;
    RandomStream stream_;
};

}  // namespace mohs::inline MOHS_ABI::detail
