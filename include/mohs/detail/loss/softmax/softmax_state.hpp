#pragma once

/// \file
/// What the sweeps of a softmax loss keep: per row, per worker, and of rows on their way into gradients.

#include <mohs/detail/loss/softmax/softmax_row.hpp>
#include <mohs/workspace.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// What the panels of a sweep share: rows with a softmax over the columns.
template <class T>
struct SoftmaxSetting {
    const Scene<T>& scene;
    const RelatedSide<T>&rows, &columns;
    Denominator denominator;
    T factor;  ///< from scores to logits

    /// The logit of a score, relative to that of the score `origin`.
    [[nodiscard]] double logit(T score, double origin) const
    {
        return (static_cast<double>(score) - origin) * static_cast<double>(factor);
    }

    /// The columns as rows.
    [[nodiscard]] SoftmaxSetting turned() const { return {scene, columns, rows, denominator, factor}; }
};

/// The anchors of one direction, on their way into gradients, by position.
template <class T>
struct SoftmaxWeights {
    std::span<SoftmaxRow> rows;        ///< empty: this side has no losses
    std::span<T> top, shift, weights;  ///< of `SoftmaxScale`; weight 0 where there is no loss; padded to whole stripes
    T above = 0;                       ///< above all scores
    double each = 1;                   ///< what a loss weighs; 1 until there is a choice

    SoftmaxWeights() = default;
    SoftmaxWeights(const Scene<T>& scene, std::span<SoftmaxRow> losses, Workspace& workspace)
        : rows(losses), above(above_all_scores(scene))
    {
        const Index padded = (static_cast<Index>(rows.size()) + stripe_columns - 1) / stripe_columns * stripe_columns;
        top = workspace.take<T>(padded, above);
        shift = workspace.take<T>(padded, T{0});
        weights = workspace.take<T>(padded, T{0});
    }

    [[nodiscard]] bool present() const { return !rows.empty(); }
    [[nodiscard]] SoftmaxScale<T> at(Index position) const
    {
        return present() ? SoftmaxScale<T>{top.data() + position, shift.data() + position, weights.data() + position}
                         : SoftmaxScale<T>();
    }

    /// Takes in the losses of positions [begin, end).
    void fill(Index begin, Index end)
    {
        for (auto at = static_cast<std::size_t>(begin); at < static_cast<std::size_t>(end); ++at) {
            const double slope = rows[at].valid() ? rows[at].negative_slope() : 0;
            top[at] = slope > 0 ? static_cast<T>(rows[at].origin) : above;
            shift[at] = slope > 0 ? static_cast<T>(std::log(slope)) : T{0};
            weights[at] = slope > 0 ? static_cast<T>(each) : T{0};
        }
    }
};

/// Sums over the negatives that a row has met, by position, for whole panels: of exp((score - top) * factor).
template <class T>
struct SoftmaxTotals {
    std::span<T> top;
    std::span<double> total;
    std::span<Index> found;

    SoftmaxTotals(Index rows, const Scene<T>& scene, Workspace& workspace)
    {
        top = workspace.take<T>(rows, -above_all_scores(scene));
        total = workspace.take<double>(rows, 0.0);
        found = workspace.take<Index>(rows, Index{0});
    }
};

/// Memory for one panel at a time.
template <class T>
struct SoftmaxScratch {
    std::span<T> stripe, weights, before, sum;
    std::span<MaskElement<T>> masks;
    std::span<Related> kinds;
    std::span<PositiveSums> positives;

    static std::span<SoftmaxScratch> take(const Scene<T>& scene, Index workers, Workspace& workspace)
    {
        const Index width = scene.width, size = stripe_columns * width;
        const auto result = workspace.take<SoftmaxScratch>(workers, SoftmaxScratch());
        for (SoftmaxScratch& worker : result) {
            worker = {workspace.take<T>(size, T{0}),
                      workspace.take<T>(size),
                      workspace.take<T>(width),
                      workspace.take<T>(width),
                      workspace.take<MaskElement<T>>(size, 0),
                      workspace.take<Related>(strip_kinds(width)),
                      workspace.take<PositiveSums>(width)};
        }
        return result;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
