#pragma once

/// \file
/// The sweep of the contrastive loss: kernel scores only rule pairs out, values decide.

#include <mohs/detail/loss.hpp>
#include <mohs/detail/score.hpp>
#include <mohs/detail/strip.hpp>
#include <mohs/detail/triplet_report.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Loss and slope of a pair whose violation is x: h x or h x^2 for x > 0.
struct PairHinge {
    double positive_margin, negative_margin;
    bool squared;
    double factor;

    [[nodiscard]] double loss(double x) const { return factor * (squared ? x * x : x); }
    [[nodiscard]] double slope(double x) const { return factor * (squared ? 2 * x : 1); }
};

/// Pairs of one kind.
struct PairCount {
    double sum = 0;
    Index tuples = 0, active = 0;
};

/// What one row saw. In a self-scan every pair is counted by its lower row alone.
struct ContrastiveRow {
    PairCount positive, negative;
    Index pairs = 0, overflows = 0;
};

/// What the sums come to, and what the gradients of the two sums are to be multiplied by.
struct ContrastiveTotal {
    double value = 0, positive_weight = 0, negative_weight = 0;
};

/// Visits all pairs of the rows of one side with the columns of the other, each row in one task, in ascending order
/// of the columns.
template <class M, class T, class A, class B>
class ContrastiveSweep {
public:
    /// `anchors`: the rows are the anchors of the scene, not its candidates.
    ContrastiveSweep(const Scene<T>& scene, bool anchors, const RowGradient<M, A>& rows,
                     const RowGradient<M, B>& columns, const PairHinge& hinge)
        : scene_(scene),
          anchors_(anchors),
          row_side_(anchors ? scene.anchors : scene.candidates),
          column_side_(anchors ? scene.candidates : scene.anchors),
          rows_(rows),
          columns_(columns),
          hinge_(hinge)
    {
    }

    /// Results live in the workspace's current frame.
    void run(bool gradients, const Options& options, Workspace& workspace)
    {
        const RelatedSide<T> rows = relate_side(scene_, anchors_, rows_.batch(), columns_.batch(), false, workspace),
                             columns = scene_.self ? rows
                                                   : relate_side(scene_, !anchors_, columns_.batch(), rows_.batch(),
                                                                 false, workspace);
        const Index elements = gradients ? rows_.batch().rows() * scene_.depth : 0;
        positive_ = workspace.take<double>(elements, 0.0);
        negative_ = workspace.take<double>(elements, 0.0);
        results_ = workspace.take<ContrastiveRow>(rows.rows(), ContrastiveRow{});
        const Workspace::Frame frame(workspace);
        const Index panels = rows.packed->panel_count, width = scene_.width, size = strip_columns * width;
        const Index lanes = lane_count(options, panels);
        const auto strips = workspace.take<T>(lanes * size), thresholds = workspace.take<T>(lanes * width);
        const auto kinds = workspace.take<Related>(lanes * strip_kinds(width));
        parallel_for(options, panels, [&](Index panel, int lane) {
            const StripRows<T> strip(scene_, rows, columns, panel);
            T *const scores = strips.data() + lane * size, *const threshold = thresholds.data() + lane * width;
            Related* const kind = kinds.data() + lane * strip_kinds(width);
            for (Index r = 0; r < width; ++r) {
                threshold[r] = r < strip.count() ? threshold_of(strip.base() + r) : highest<T>;
            }
            for (Index base = 0; base < columns.rows(); base += strip_columns) {
                const Index count = slot_size(columns, base);
                bool any = false;
                isa::with_isa(scene_.isa, [&](auto isa) MOHS_INLINE_LAMBDA {
                    strip.template compute<decltype(isa)>(base, scores);
                    any = add_biases_and_test<decltype(isa)>(scores, count, columns.packed->bias, base, threshold);
                });
                const bool plain = strip.all_negative(base, count, kind);
                visit(strip, base, count, scores, any ? threshold : nullptr, plain ? nullptr : kind);
            }
        });
    }

    /// Value, weights and report of the whole, in the order of the rows.
    [[nodiscard]] ContrastiveTotal total(Reduction reduction, bool together, Report& report) const
    {
        PairCount positive, negative;
        const auto add = [](PairCount& sum, const PairCount& row) {
            sum.sum += row.sum;
            sum.tuples += row.tuples;
            sum.active += row.active;
        };
        report = {};
        start_report(scene_, rows_.batch().rows(), report);
        for (Index position = 0; position < row_side_.rows(); ++position) {
            const ContrastiveRow& row = results_[static_cast<std::size_t>(position)];
            add(positive, row.positive);
            add(negative, row.negative);
            report.overflows += row.overflows;
            if (row_side_.has_role(position, Role::anchor)) {
                (row.pairs > 0 ? report.valid : report.no_positive) += 1;
            }
        }
        report.tuples = positive.tuples + negative.tuples;
        report.active = positive.active + negative.active;
        const auto weight = [&](const PairCount& count) {
            const Index divisor = together ? divisor_of(reduction, report.tuples, report.active)
                                           : divisor_of(reduction, count.tuples, count.active);
            return divisor > 0 ? 1 / static_cast<double>(divisor) : 0;
        };
        ContrastiveTotal result{0, weight(positive), weight(negative)};
        result.value = positive.sum * result.positive_weight + negative.sum * result.negative_weight;
        return result;
    }

    /// Hands the gradients of the rows on, if they are wanted.
    template <class Gradient, class Rows>
    void add_to(Rows& rows, const ContrastiveTotal& total, double scale) const
    {
        if constexpr (is_wanted<Gradient>) {
            for (Index row = 0; row < rows.batch().rows(); ++row) {
                double* const sum = rows.sum_of(row);
                for (Index k = 0; k < scene_.depth; ++k) {
                    const auto at = static_cast<std::size_t>(row * scene_.depth + k);
                    sum[k] += scale * (total.positive_weight * positive_[at] + total.negative_weight * negative_[at]);
                }
            }
        }
    }

private:
    /// The score below which a negative's loss is 0 for certain.
    [[nodiscard]] T threshold_of(Index position) const
    {
        const double score = score_of_value<M>(row_side_, position, column_side_, hinge_.negative_margin);
        const double slack =
            score_error<M>(scene_) + std::abs(score) * 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
        // Scores are of the order of 1.
        return static_cast<T>(std::clamp(score - slack, -1e30, 1e30));
    }

    /// Turns products into scores; says whether one reaches the threshold of its row.
    template <class Isa>
    static MOHS_ALWAYS_INLINE bool add_biases_and_test(T* scores, Index columns, const T* bias, Index base,
                                                       const T* threshold)
    {
        constexpr int width = panel_width<Isa, T>, step = lanes<Isa, T>;
        Mask<Isa, T> found{};
        for (Index c = 0; c < columns; ++c) {
            for (int v = 0; v < Isa::vectors; ++v) {
                Vec<Isa, T> score;
                load<Isa, T>(score, scores + c * width + v * step);
                if constexpr (has_bias<M>) {
                    score += bias[base + c];
                    store<Isa, T>(scores + c * width + v * step, score);
                }
                Vec<Isa, T> bound;
                load<Isa, T>(bound, threshold + v * step);
                add_at_least<Isa, T>(found, score, bound);
            }
        }
        return combine_lanes<Isa, T>(found) != 0;
    }

    /// Whether a pair counts here and not at its other row.
    [[nodiscard]] bool counts(Index row, Index column) const { return !scene_.self || row < column; }

    /// The pairs of a slot. Without thresholds no negative reaches its own; without kinds all pairs are negatives.
    MOHS_NOINLINE void visit(const StripRows<T>& strip, Index base, Index size, const T* scores, const T* threshold,
                             const Related* kinds)
    {
        // What the pair is to its anchors: the row, the column, or in a self-scan both.
        const Related *const from_columns = kinds == nullptr ? nullptr : strip.from_columns(kinds),
                             *const one = anchors_ ? kinds : from_columns,
                             *const two = scene_.self ? from_columns : one;
        for (Index r = 0; r < strip.count(); ++r) {
            const Index row = row_side_.row_of(strip.base() + r);
            ContrastiveRow& result = results_[static_cast<std::size_t>(strip.base() + r)];
            if (threshold == nullptr && kinds == nullptr) {
                result.pairs += size;
                for (Index c = 0; c < size; ++c) {
                    result.negative.tuples += counts(row, column_side_.row_of(base + c));
                }
                continue;
            }
            for (Index c = 0; c < size; ++c) {
                const Index at = c * scene_.width + r, column = column_side_.row_of(base + c);
                const auto is = [&](Related kind) {
                    return kinds == nullptr ? kind == Related::negative : one[at] == kind || two[at] == kind;
                };
                result.pairs += kinds == nullptr || one[at] != Related::neither;
                if (is(Related::positive)) {
                    result.positive.tuples += counts(row, column);
                    decide(row, column, true, result);
                }
                if (is(Related::negative)) {
                    result.negative.tuples += counts(row, column);
                    if (threshold != nullptr && scores[at] >= threshold[r]) {
                        decide(row, column, false, result);
                    }
                }
            }
        }
    }

    void decide(Index row, Index column, bool positive, ContrastiveRow& result)
    {
        const double value =
            measure_scaled<M>(rows_.batch(), row, rows_.scale(row), columns_.batch(), column, columns_.scale(column));
        PairCount& count = positive ? result.positive : result.negative;
        // Distances are to be below the margin for positives, similarities above it.
        const double margin = positive ? hinge_.positive_margin : hinge_.negative_margin;
        const double sign = positive == M::is_similarity ? -1 : 1, violation = sign * (value - margin);
        const bool mine = counts(row, column), finite = is_finite(value) && is_finite(hinge_.loss(violation));
        if (!finite) {
            result.overflows += mine;
            count.tuples -= mine;
            return;
        }
        if (!(violation > 0)) {
            return;
        }
        count.active += mine;
        count.sum += mine ? hinge_.loss(violation) : 0;
        const std::span<double> gradient = positive ? positive_ : negative_;
        if (!gradient.empty()) {
            add_row(gradient.data() + row * scene_.depth, row, column, value, sign * hinge_.slope(violation));
        }
    }

    void add_row(double* sum, Index row, Index column, double value, double weight) const
    {
        if constexpr (M::is_similarity) {
            for (Index k = 0; k < scene_.depth; ++k) {
                sum[k] += weight * columns_.element(column, k);
            }
        } else {
            const double factor = M::is_squared ? 2 * weight : value > 0 ? weight / value : 0;
            for (Index k = 0; k < scene_.depth; ++k) {
                sum[k] += factor * (rows_.element(row, k) - columns_.element(column, k));
            }
        }
    }

    const Scene<T>& scene_;
    bool anchors_;
    const PackedSide<T>&row_side_, &column_side_;
    const RowGradient<M, A>& rows_;
    const RowGradient<M, B>& columns_;
    const PairHinge& hinge_;
    std::span<ContrastiveRow> results_;
    std::span<double> positive_, negative_;  ///< gradients of the two sums: their divisors are known at the end only
};

}  // namespace mohs::inline MOHS_ABI::detail
