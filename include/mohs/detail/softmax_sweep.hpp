#pragma once

/// \file
/// The two sweeps of a softmax loss: sums per anchor, then gradients per row. Scores are computed in strips, twice,
/// and never kept: memory is O(N D). Every row is written by one task, in ascending order of the columns.

#include <mohs/detail/softmax.hpp>
#include <mohs/detail/update.hpp>
#include <mohs/visitor.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The anchors of one direction, on their way into gradients, by position: padded to whole panels.
template <class T>
struct SoftmaxWeights {
    std::span<const SoftmaxRow> rows;  ///< empty: this side has no losses
    std::span<T> shift, weight;

    [[nodiscard]] bool present() const { return !rows.empty(); }
};

template <class T>
class SoftmaxSweep {
public:
    SoftmaxSweep(const Scene<T>& scene, Denominator denominator, T factor, const Options& options, Workspace& workspace)
        : scene_(scene), denominator_(denominator), factor_(factor), options_(options), workspace_(workspace)
    {
    }

    /// Sums and losses of every row of a side. `own(position, f)` calls f(logit) for further negatives.
    template <class Own>
    void sum(const RelatedSide<T>& rows, const RelatedSide<T>& columns, const Own& own,
             std::span<SoftmaxRow> results) const
    {
        run(rows, [&](Index panel, const Lane& lane) {
            const StripRows<T> strip(scene_, rows, columns, panel);
            SoftmaxRow* const result = results.data() + strip.base();
            isa::with_isa(scene_.isa,
                          [&](auto isa) MOHS_INLINE_LAMBDA { sum_negatives<decltype(isa)>(strip, columns, lane); });
            for (Index r = 0; r < strip.count(); ++r) {
                LogSum sums{static_cast<double>(lane.shift[r]), lane.total[r]};
                result[r].negative_count = lane.found[r];
                own(strip.base() + r, [&](double logit) {
                    sums.add(logit);
                    ++result[r].negative_count;
                });
                result[r].negatives = result[r].negative_count > 0 ? sums.log() : 0;
                lane.positives[r] = {};
            }
            isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                sum_positives<decltype(isa)>(strip, columns, result, lane);
            });
            for (Index r = 0; r < strip.count(); ++r) {
                lane.positives[r].finish(denominator_, result[r]);
            }
        });
    }

    /// Calls `add(position, gradient)` with the gradient of every row, by its packed elements: weights times columns.
    template <class Add>
    void differentiate(const RelatedSide<T>& rows, const SoftmaxWeights<T>& by_row, const RelatedSide<T>& columns,
                       const SoftmaxWeights<T>& by_column, const Add& add) const
    {
        run(rows, [&](Index panel, const Lane& lane) {
            const StripRows<T> strip(scene_, rows, columns, panel);
            isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                differentiate_panel<decltype(isa)>(strip, by_row, columns, by_column, lane);
            });
            for (Index r = 0; r < strip.count(); ++r) {
                for (Index k = 0; k < scene_.depth; ++k) {
                    lane.row[k] = lane.gradient[k * scene_.width + r];
                }
                add(strip.base() + r, lane.row);
            }
        });
    }

private:
    /// Scratch of one lane.
    struct Lane {
        T *strip, *weights, *top, *shift, *sum, *before, *partial;
        MaskElement<T>* masks;
        Related* kinds;
        Index* found;
        double *total, *gradient, *row;
        PositiveSums* positives;
    };

    template <class Body>
    void run(const RelatedSide<T>& rows, const Body& body) const
    {
        const Workspace::Frame frame(workspace_);
        const Index panels = rows.packed->panel_count, width = scene_.width, size = strip_columns * width;
        const Index lanes = lane_count(options_, panels), depth = scene_.depth;
        const auto strips = workspace_.take<T>(lanes * size, T{0}), weights = workspace_.take<T>(lanes * size),
                   vectors = workspace_.take<T>(lanes * width * 4), partial = workspace_.take<T>(lanes * width * depth);
        const auto masks = workspace_.take<MaskElement<T>>(lanes * size, 0);
        const auto kinds = workspace_.take<Related>(lanes * strip_kinds(width));
        const auto found = workspace_.take<Index>(lanes * width);
        const auto doubles = workspace_.take<double>(lanes * (width + width * depth + depth));
        const auto positives = workspace_.take<PositiveSums>(lanes * width);
        parallel_for(options_, panels, [&](Index panel, int number) {
            T* const vector = vectors.data() + number * width * 4;
            double* const numbers = doubles.data() + number * (width + width * depth + depth);
            body(panel, Lane{strips.data() + number * size, weights.data() + number * size, vector, vector + width,
                             vector + 2 * width, vector + 3 * width, partial.data() + number * width * depth,
                             masks.data() + number * size, kinds.data() + number * strip_kinds(width),
                             found.data() + number * width, numbers, numbers + width, numbers + width + width * depth,
                             positives.data() + number * width});
        });
    }

    template <class Isa>
    MOHS_ALWAYS_INLINE void sum_negatives(const StripRows<T>& strip, const RelatedSide<T>& columns,
                                          const Lane& lane) const
    {
        constexpr int width = panel_width<Isa, T>;
        for (int r = 0; r < width; ++r) {
            lane.top[r] = below_all_scores<T>;
            lane.shift[r] = lane.top[r] * factor_;
            lane.total[r] = 0;
            lane.found[r] = 0;
        }
        for (Index base = 0; base < columns.rows(); base += strip_columns) {
            const Index size = slot_size(columns, base);
            strip.template compute<Isa>(base, lane.strip);
            std::copy(lane.shift, lane.shift + width, lane.before);
            if (strip.all_negative(base, size, lane.kinds)) {
                sum_exponentials<Isa, T, false>(lane.strip, nullptr, size, factor_, lane.top, lane.shift, lane.sum);
                for (int r = 0; r < width; ++r) {
                    lane.found[r] += size;
                }
            } else {
                mask_negatives(strip.count(), size, lane);
                sum_exponentials<Isa, T, true>(lane.strip, lane.masks, size, factor_, lane.top, lane.shift, lane.sum);
            }
            for (Index r = 0; r < strip.count(); ++r) {
                if (lane.shift[r] != lane.before[r]) {
                    lane.total[r] *= std::exp(static_cast<double>(lane.before[r]) - static_cast<double>(lane.shift[r]));
                }
                lane.total[r] += static_cast<double>(lane.sum[r]);
            }
        }
    }

    MOHS_NOINLINE void mask_negatives(Index rows, Index columns, const Lane& lane) const
    {
        for (Index c = 0; c < columns; ++c) {
            for (Index r = 0; r < rows; ++r) {
                const bool negative = lane.kinds[c * scene_.width + r] == Related::negative;
                lane.masks[c * scene_.width + r] = negative ? -1 : 0;
                lane.found[r] += negative;
            }
        }
    }

    template <class Isa>
    MOHS_ALWAYS_INLINE void sum_positives(const StripRows<T>& strip, const RelatedSide<T>& columns,
                                          const SoftmaxRow* rows, const Lane& lane) const
    {
        for (Index base = strip.first_positive() / strip_columns * strip_columns; base < strip.last_positive();
             base += strip_columns) {
            const Index size = slot_size(columns, base);
            if (!strip.all_negative(base, size, lane.kinds) && strip.any_positive(size, lane.kinds)) {
                strip.template compute<Isa>(base, lane.strip);
                collect_positives(strip.count(), size, rows, lane);
            }
        }
    }

    MOHS_NOINLINE void collect_positives(Index rows, Index columns, const SoftmaxRow* results, const Lane& lane) const
    {
        for (Index c = 0; c < columns; ++c) {
            for (Index r = 0; r < rows; ++r) {
                const Index at = c * scene_.width + r;
                if (lane.kinds[at] == Related::positive) {
                    lane.positives[r].add(denominator_, results[r].negatives, logit(lane.strip[at]));
                }
            }
        }
    }

    template <class Isa>
    MOHS_ALWAYS_INLINE void differentiate_panel(const StripRows<T>& strip, const SoftmaxWeights<T>& by_row,
                                                const RelatedSide<T>& columns, const SoftmaxWeights<T>& by_column,
                                                const Lane& lane) const
    {
        static_assert(accumulator_slot % strip_columns == 0);
        const Index elements = scene_.width * scene_.depth;
        std::fill(lane.gradient, lane.gradient + elements, 0.0);
        std::fill(lane.partial, lane.partial + elements, T{0});
        for (Index base = 0; base < columns.rows(); base += strip_columns) {
            const Index size = slot_size(columns, base);
            strip.template compute<Isa>(base, lane.strip);
            const T *const row_shift = by_row.shift.data() + strip.base(),
                           *const row_weight = by_row.weight.data() + strip.base(),
                           *const column_shift = by_column.shift.data() + base,
                           *const column_weight = by_column.weight.data() + base;
            const auto weigh = [&](auto rows, auto cols) MOHS_INLINE_LAMBDA {
                weigh_negatives<Isa, T, decltype(rows)::value, decltype(cols)::value>(
                    lane.strip, size, factor_, row_shift, row_weight, column_shift, column_weight, lane.weights);
            };
            if (by_row.present() && by_column.present()) {
                weigh(std::true_type{}, std::true_type{});
            } else if (by_row.present()) {
                weigh(std::true_type{}, std::false_type{});
            } else {
                weigh(std::false_type{}, std::true_type{});
            }
            if (!strip.all_negative(base, size, lane.kinds)) {
                weigh_others(strip, base, size, by_row, by_column, lane);
            }
            isa::enter(Isa{}, UpdatePanel<T>{lane.weights, size, columns.packed->panels + base * scene_.depth,
                                             scene_.depth, lane.partial});
            if ((base + strip_columns) % accumulator_slot == 0 || base + strip_columns >= columns.rows()) {
                for (Index i = 0; i < elements; ++i) {
                    lane.gradient[i] += static_cast<double>(lane.partial[i]);
                    lane.partial[i] = 0;
                }
            }
        }
    }

    /// The weights of pairs that are not negatives of both their anchors.
    MOHS_NOINLINE void weigh_others(const StripRows<T>& strip, Index base, Index columns,
                                    const SoftmaxWeights<T>& by_row, const SoftmaxWeights<T>& by_column,
                                    const Lane& lane) const
    {
        const Related* const from_columns = strip.from_columns(lane.kinds);
        for (Index c = 0; c < columns; ++c) {
            for (Index r = 0; r < strip.count(); ++r) {
                const Index at = c * scene_.width + r;
                if (lane.kinds[at] != Related::negative || from_columns[at] != Related::negative) {
                    lane.weights[at] =
                        static_cast<T>(pair_weight(by_row, strip.base() + r, lane.kinds[at], lane.strip[at]) +
                                       pair_weight(by_column, base + c, from_columns[at], lane.strip[at]));
                }
            }
        }
    }

    [[nodiscard]] double pair_weight(const SoftmaxWeights<T>& side, Index position, Related kind, T score) const
    {
        const auto at = static_cast<std::size_t>(position);
        if (!side.present() || side.weight[at] == 0 || kind == Related::neither) {
            return 0;
        }
        const SoftmaxRow& row = side.rows[at];
        const double slope = kind == Related::positive ? row.positive_slope(denominator_, logit(score))
                                                       : std::exp(logit(score) + row.shift);
        return slope * static_cast<double>(side.weight[at]);
    }

    [[nodiscard]] double logit(T score) const { return static_cast<double>(score) * static_cast<double>(factor_); }

    const Scene<T>& scene_;
    Denominator denominator_;
    T factor_;
    const Options& options_;
    Workspace& workspace_;
};

}  // namespace mohs::inline MOHS_ABI::detail
