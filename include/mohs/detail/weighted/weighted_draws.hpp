#pragma once

/// \file
/// Weighted draws: every anchor weighs all its negatives and draws one per slot.

#include <mohs/detail/slots/slot_work.hpp>
#include <mohs/detail/weighted/slot_draws.hpp>
#include <mohs/detail/weighted/strip_weights.hpp>
#include <mohs/detail/weighted/tile_weights.hpp>
#include <mohs/detail/weighted/value_weights.hpp>

#include <algorithm>

namespace mohs::inline MOHS_ABI::detail {

/// Draws one negative per slot of `rule`, with the weights of a strategy, in the form that it says.
template <class M, class T, class A, class B, class Rule>
class WeightedDraws : public SlotDraws<T, Rule> {
public:
    template <class Strategy>
    WeightedDraws(const Rule& rule, const SlotWork<M, T, A, B>& work, const Strategy& strategy)
        : SlotDraws<T, Rule>(rule, work.scene, {seed_of(strategy), work.options.step, Purpose::negative},
                             work.workspace),
          rule_(rule),
          scene_(work.scene)
    {
        const Workspace::Frame frame(work.workspace);
        if constexpr (weight_form_of<Strategy> == WeightForm::vectors) {
            const typename Strategy::template Curve<T> curve(strategy, scene_.depth);
            if (WeightedPairs<T, typename Strategy::template Curve<T>>::suit(scene_, curve)) {
                draw_from_pairs(strategy, curve, work.options, work.workspace);
            } else {
                draw_from_strips(strategy, curve, work.options, work.workspace);
            }
        } else {
            draw_from_values(strategy, work.options, work.workspace);
        }
    }

private:
    using typename SlotDraws<T, Rule>::Exact;

    template <class Strategy, class Curve>
    void draw_from_pairs(const Strategy& strategy, const Curve& curve, const Options& options, Workspace& workspace)
    {
        const WeightedPairs<T, Curve> pairs(scene_, curve, options, workspace);
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
                const WeightedRow<T, PairsRow<T, Curve>> row({pairs, at, rows, columns, scores, scores + columns},
                                                             total);
                this->draw(at, row, {.entropy = entropy, .offset = weight_offset<T>, .enough = 0}, exact,
                           exact_weight<Curve>(strategy, at), own_score);
            }
        });
    }

    template <class Strategy, class Curve>
    void draw_from_strips(const Strategy& strategy, const Curve& curve, const Options& options, Workspace& workspace)
    {
        const Index panels = scene_.anchors.panel_count, width = scene_.width, rows = scene_.candidates.rows(),
                    padded = scene_.candidates.panel_count * width,
                    stripe_count = (padded + stripe_columns - 1) / stripe_columns,
                    per_worker = (padded + 2 * stripe_count + Curve::Origin::parts) * width + 2 * stripe_columns;
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
            if (!this->has_slots(panel)) {
                return;
            }
            const auto part = [&](auto span, Index size) {
                return span.subspan(static_cast<std::size_t>(worker * size), static_cast<std::size_t>(size));
            };
            T* const strip = part(values, per_worker).data();
            T* const sums = strip + padded * width;
            T* const origin = sums + 2 * stripe_count * width;
            T* const scores = origin + Curve::Origin::parts * width;
            double* const total = part(totals, 2 * width).data();
            const WeightedStrip<T, Curve> weighted{
                scene_,
                curve,
                {scene_, part(excluded, padded), part(any, scene_.candidates.panel_count),
                 part(masks, stripe_columns * width)},
                typename Curve::Origin(origin, width),
                strip,
                sums,
                sums + stripe_count * width,
                total,
                total + width};
            weighted.fill(panel, zeros_);
            const Exact exact{part(logarithms, padded).data(), part(candidates, padded).data()};
            for (Index r = 0; r < (std::min)(width, scene_.anchors.rows() - panel * width); ++r) {
                const WeightedRow<T, StripRow<T, Curve>> row(
                    {weighted, r, rows, stripe_columns, scores, scores + stripe_columns}, total[r]);
                this->draw(panel * width + r, row,
                           {.entropy = total[width + r], .offset = weight_offset<T>, .enough = nothing_left}, exact,
                           exact_weight<Curve>(strategy, panel * width + r), [&](const WeightedCandidate<T>& drawn) {
                               // A strip has other scores in the place of those of zero rows.
                               const bool zero = zeros_.anchor(panel * width + r) || zeros_.candidate(drawn.position);
                               return zero ? T{0} : drawn.score;
                           });
            }
        });
    }

    template <class Strategy>
    void draw_from_values(const Strategy& strategy, const Options& options, Workspace& workspace)
    {
        using Strip = ValueStrip<M, T, A, B>;
        using Weights = ValueWeights<M, T, A, B>;
        const Index panels = scene_.anchors.panel_count, width = scene_.width, rows = scene_.candidates.rows(),
                    stripe_count = (rows + stripe_columns - 1) / stripe_columns,
                    per_worker = 3 * rows + stripe_count + stripe_columns;
        const int workers = worker_count(options, panels);
        const typename Strip::Memory memory(scene_, workers, workspace);
        const std::span<double> numbers = workspace.take<double>(workers * per_worker);
        const std::span<T> scores = workspace.take<T>(workers * stripe_columns);
        const std::span<WeightedCandidate<T>> candidates = workspace.take<WeightedCandidate<T>>(workers * rows);
        parallel_for(options, panels, [&](Index panel, int worker) {
            if (!this->has_slots(panel)) {
                return;
            }
            Strip strip(scene_, rule_.anchors, rule_.candidates, memory, worker);
            strip.fill(panel);
            double* const at = numbers.data() + worker * per_worker;
            const Exact exact{at, candidates.data() + worker * rows};
            Weights weights{.strip = strip,
                            .count = rows,
                            .logarithms = at + rows,
                            .weights = at + 2 * rows,
                            .sums = at + 3 * rows};
            for (Index r = 0; r < (std::min)(width, scene_.anchors.rows() - panel * width); ++r) {
                if (!this->draws(Anchor{scene_.anchors.row_of(panel * width + r)})) {
                    continue;
                }
                weights.weigh(strategy, r, scene_.depth);
                const WeightedRow<T, ValueRow<T, Weights>> row(
                    {weights, r, rows, stripe_columns, scores.data() + worker * stripe_columns,
                     at + 3 * rows + stripe_count},
                    weights.total);
                this->draw(
                    panel * width + r, row, {.entropy = weights.entropy, .offset = 0, .enough = 0x1p-900}, exact,
                    [&](Index candidate) { return weights.logarithms[candidate]; }, own_score);
            }
        });
    }

    /// Weighs candidates of an anchor by the distance of their rows on the unit sphere.
    template <class Curve, class Strategy>
    [[nodiscard]] auto exact_weight(const Strategy& strategy, Index position) const
    {
        return [this, &strategy, row = scene_.anchors.row_of(position)](Index candidate) {
            const double distance = measure_rows<Normalised<Euclidean>>(rule_.anchors, row, rule_.candidates,
                                                                        scene_.candidates.row_of(candidate));
            return Curve::log_weight(strategy, distance, scene_.depth);
        };
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

    static T own_score(const WeightedCandidate<T>& drawn) { return drawn.score; }

    /// What is left of an anchor's weights has been 2^100 times larger.
    static constexpr double nothing_left = sizeof(T) == sizeof(float) ? 0x1p-20 : 0x1p800;

    const Rule& rule_;
    const Scene<T>& scene_;
    ZeroRows zeros_{};
};

}  // namespace mohs::inline MOHS_ABI::detail
