#pragma once

/// \file
/// Distance-weighted draws: every anchor weighs all its negatives and draws one per slot.

#include <mohs/detail/slots/slot_selector.hpp>
#include <mohs/detail/weighted/strip_weights.hpp>
#include <mohs/detail/weighted/tile_weights.hpp>
#include <mohs/detail/weighted/weighted_row.hpp>

#include <algorithm>

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
          row_(workspace.take<std::int32_t>(rule.triplet_slots.size(), -1)),
          score_(workspace.take<T>(rule.triplet_slots.size())),
          rejections_(workspace.take<std::int32_t>(rule.triplet_slots.size() * Rule::filter_count, 0)),
          perplexity_(workspace.take<double>(anchors.rows(), 0.0)),
          stream_(strategy.seed, options.step, Purpose::negative)
    {
        const Workspace::Frame frame(workspace);
        const WeightCurve<T> curve(strategy, scene.depth);
        if (WeightedPairs<T>::suit(scene, curve)) {
            draw_from_pairs(strategy, curve, options, workspace);
        } else {
            draw_from_strips(strategy, curve, options, workspace);
        }
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
    /// What is needed to draw among all that filters leave.
    struct Exact {
        double* logarithms;
        WeightedCandidate<T>* candidates;
    };

    template <class Strategy>
    void draw_from_pairs(const Strategy& strategy, const WeightCurve<T>& curve, const Options& options,
                         Workspace& workspace)
    {
        const WeightedPairs<T> pairs(scene_, curve, options, workspace);
        const Index panels = scene_.anchors.panel_count, rows = scene_.candidates.rows(),
                    padded = scene_.candidates.panel_count * scene_.width, columns = pairs.group_columns();
        const int workers = worker_count(options, panels);
        const std::span<T> buffers = workspace.take<T>(workers * 2 * columns);
        const std::span<double> logarithms = workspace.take<double>(workers * padded);
        const std::span<WeightedCandidate<T>> candidates = workspace.take<WeightedCandidate<T>>(workers * padded);
        parallel_for(options, panels, [&](Index panel, int worker) {
            const Exact exact{logarithms.data() + worker * padded, candidates.data() + worker * padded};
            T* const scores = buffers.data() + worker * 2 * columns;
            for (Index at = panel * scene_.width; at < (std::min)(scene_.anchors.rows(), (panel + 1) * scene_.width);
                 ++at) {
                double total = 0, entropy = 0;
                for (Index slot = 0; slot < pairs.group_count(); ++slot) {
                    total += pairs.sum(slot, at);
                    entropy += pairs.entropy(slot, at);
                }
                const WeightedRow<T, PairsRow<T>> row({pairs, at, rows, columns, scores, scores + columns}, total);
                draw(at, strategy, row, entropy, 0, exact);
            }
        });
    }

    template <class Strategy>
    void draw_from_strips(const Strategy& strategy, const WeightCurve<T>& curve, const Options& options,
                          Workspace& workspace)
    {
        const Index panels = scene_.anchors.panel_count, width = scene_.width, rows = scene_.candidates.rows(),
                    padded = scene_.candidates.panel_count * width,
                    stripe_count = (padded + stripe_columns - 1) / stripe_columns,
                    per_worker = (padded + 2 * stripe_count + WeightOrigin<T>::parts) * width + 2 * stripe_columns;
        const int workers = worker_count(options, panels);
        const std::span<T> values = workspace.take<T>(workers * per_worker);
        const std::span<std::uint64_t> excluded = workspace.take<std::uint64_t>(workers * padded);
        const std::span<std::uint8_t> any = workspace.take<std::uint8_t>(workers * scene_.candidates.panel_count);
        const std::span<MaskElement<T>> masks = workspace.take<MaskElement<T>>(workers * stripe_columns * width);
        const std::span<double> totals = workspace.take<double>(workers * 2 * width);
        const std::span<double> logarithms = workspace.take<double>(workers * padded);
        const std::span<WeightedCandidate<T>> candidates = workspace.take<WeightedCandidate<T>>(workers * padded);
        zeros_ = {find_zeros(rule_.anchors, scene_.anchors, workspace),
                  find_zeros(rule_.candidates, scene_.candidates, workspace)};
        parallel_for(options, panels, [&](Index panel, int worker) {
            if (!has_slots(panel)) {
                return;
            }
            const auto part = [&](auto span, Index size) {
                return span.subspan(static_cast<std::size_t>(worker * size), static_cast<std::size_t>(size));
            };
            T* const strip = part(values, per_worker).data();
            T* const sums = strip + padded * width;
            T* const origin = sums + 2 * stripe_count * width;
            T* const scores = origin + WeightOrigin<T>::parts * width;
            double* const total = part(totals, 2 * width).data();
            const WeightedStrip<T> weighted{scene_,
                                            curve,
                                            {scene_, part(excluded, padded), part(any, scene_.candidates.panel_count),
                                             part(masks, stripe_columns * width)},
                                            WeightOrigin<T>(origin, width),
                                            strip,
                                            sums,
                                            sums + stripe_count * width,
                                            total,
                                            total + width};
            weighted.fill(panel, zeros_);
            const Exact exact{part(logarithms, padded).data(), part(candidates, padded).data()};
            for (Index r = 0; r < (std::min)(width, scene_.anchors.rows() - panel * width); ++r) {
                const WeightedRow<T, StripRow<T>> row(
                    {weighted, r, rows, stripe_columns, scores, scores + stripe_columns}, total[r]);
                draw(panel * width + r, strategy, row, total[width + r], nothing_left, exact);
            }
        });
    }

    /// Whether any anchor of a panel draws.
    [[nodiscard]] bool has_slots(Index panel) const
    {
        const Index end = (std::min)((panel + 1) * scene_.width, scene_.anchors.rows());
        for (Index position = panel * scene_.width; position < end; ++position) {
            const Anchor anchor{scene_.anchors.row_of(position)};
            if (rule_.triplet_slots.begin(anchor) < rule_.triplet_slots.end(anchor)) {
                return true;
            }
        }
        return false;
    }

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

    /// Draws for the slots of the anchor at `position`. `entropy`: the sum of w log2 w, of its weights. Once what is
    /// left of them is below `enough`, they are weighed anew.
    template <class Strategy, class Row>
    void draw(Index position, const Strategy& strategy, const Row& weights, double entropy, double enough,
              const Exact& exact)
    {
        const Anchor anchor{scene_.anchors.row_of(position)};
        const std::size_t begin = rule_.triplet_slots.begin(anchor), end = rule_.triplet_slots.end(anchor);
        // Slots that turned out empty are no draws.
        const std::span<const std::int32_t> positives = rule_.triplet_slots.positive.subspan(begin, end - begin);
        if (weights.total() == 0 || std::all_of(positives.begin(), positives.end(), [](auto row) { return row < 0; })) {
            return;
        }
        perplexity_[static_cast<std::size_t>(anchor.row)] =
            std::exp(std::log(weights.total()) - std::numbers::ln2 * (weight_offset<T> + entropy / weights.total()));
        for (std::size_t slot = begin; slot < end; ++slot) {
            if (rule_.triplet_slots.positive[slot] >= 0) {
                const WeightedCandidate<T> drawn =
                    draw_one(anchor, slot, static_cast<std::uint32_t>(slot - begin), strategy, weights, enough, exact);
                if (drawn.position >= 0) {
                    const bool zero = zeros_.anchor(position) || zeros_.candidate(drawn.position);
                    row_[slot] = static_cast<std::int32_t>(scene_.candidates.row_of(drawn.position));
                    score_[slot] = zero ? T{0} : drawn.score;
                }
            }
        }
    }

    /// Draws until the filters accept; then among what they accept.
    template <class Strategy, class Row>
    WeightedCandidate<T> draw_one(Anchor anchor, std::size_t slot, std::uint32_t series, const Strategy& strategy,
                                  Row weights, double enough, const Exact& exact)
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
        const std::uint32_t last = draw + RefusedDraws::limit;
        for (; draw < last; ++draw) {
            const WeightedCandidate<T> drawn = weights.draw(stream_.unit(id, draw));
            if (!rejected(drawn.position)) {
                return drawn;
            }
            weights.refuse(drawn.position);
            if (weights.total() == 0) {
                return {-1, 0};
            }
            if (weights.total() < enough) {
                break;
            }
        }
        return draw_exactly(anchor, strategy, stream_.unit(id, last), weights, exact, rejected);
    }

    /// Draws among all that are left and pass, weighed in double by the distance of their rows: the largest weights may
    /// all have been refused, and the others have lost their precision by then.
    template <class Strategy, class Row, class Rejected>
    WeightedCandidate<T> draw_exactly(Anchor anchor, const Strategy& strategy, double unit, const Row& weights,
                                      const Exact& exact, const Rejected& rejected) const
    {
        Index count = 0;
        double largest = lowest<double>;
        weights.for_each([&](const WeightedCandidate<T>& candidate) {
            if (!rejected(candidate.position)) {
                const double distance = measure_rows<Normalised<Euclidean>>(
                    rule_.anchors, anchor.row, rule_.candidates, scene_.candidates.row_of(candidate.position));
                exact.candidates[count] = candidate;
                // That the distance is below `upper` was decided by the score, which is rounded otherwise.
                exact.logarithms[count] =
                    strategy.log_weight((std::min)(distance, strategy.upper * (1 - 1e-15)), scene_.depth);
                largest = (std::max)(largest, exact.logarithms[count++]);
            }
        });
        double total = 0;
        for (Index i = 0; i < count; ++i) {
            exact.logarithms[i] = std::exp(exact.logarithms[i] - largest);
            total += exact.logarithms[i];
        }
        WeightedCandidate<T> found{-1, 0};
        double target = total * unit;
        for (Index i = 0; i < count && (found.position < 0 || target >= 0); ++i) {
            if (exact.logarithms[i] > 0) {
                found = exact.candidates[i];
                target -= exact.logarithms[i];
            }
        }
        return found;
    }

    /// What is left of an anchor's weights has been 2^100 times larger.
    static constexpr double nothing_left = sizeof(T) == sizeof(float) ? 0x1p-20 : 0x1p800;

    const Rule& rule_;
    const Scene<T>& scene_;
    std::span<std::int32_t> row_;
    std::span<T> score_;
    std::span<std::int32_t> rejections_;
    std::span<double> perplexity_;
    ZeroRows zeros_{};
    RandomStream stream_;
};

}  // namespace mohs::inline MOHS_ABI::detail
