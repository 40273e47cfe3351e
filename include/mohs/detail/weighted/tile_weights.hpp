#pragma once

/// \file
/// Weights of a self-scan, every pair once: half the work of strips, where there are only labels and all weights fit
/// into the range of the scalar.
///
/// Candidates are divided into groups of whole panels, a few dozen of them. What is kept are the sums of every anchor
/// for every group; the scores of the one group that a draw looks into are computed again.

#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/scene/relation_of.hpp>
#include <mohs/detail/strip/strip.hpp>
#include <mohs/detail/weighted/weigh_tile.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The sums of all anchors, and what they are made with.
template <class T, class Curve>
class WeightedPairs {
public:
    /// Whether these sums can be had.
    static bool suit(const Scene<T>& scene, const Curve& curve)
    {
        constexpr double bits = sizeof(T) == sizeof(float) ? 200 : 1900;
        return scene.isa != IsaLevel::portable && scene.self && scene.labelled && !scene.lists.present &&
               !scene.has_ids && scene.anchors.roles.empty() && scene.anchors.zero == 0 && curve.range() < bits;
    }

    WeightedPairs(const Scene<T>& scene, const Curve& curve, const Options& options, Workspace& workspace)
        : scene_(scene),
          curve_(curve),
          columns_(stripe_columns * (scene.anchors.rows() / (most_groups * stripe_columns) + 1)),
          groups_((scene.anchors.rows() + columns_ - 1) / columns_),
          padded_(scene.anchors.panel_count * scene.width),
          sums_(workspace.take<T>(2 * groups_ * padded_, T{0}))
    {
        const std::span<T> origins = workspace.take<T>(Curve::Origin::parts * scene.width);
        const Index width = scene.width;
        origin_ = typename Curve::Origin(origins.data(), width);
        std::fill(origin_.smallest, origin_.smallest + width, curve.first);
        std::fill(origin_.largest, origin_.largest + width, (std::max)(curve.first, curve.farthest));
        isa::run(scene.isa, FixOrigins<T, Curve>{curve, origin_});
        const Index tasks = groups_ * (groups_ + 1) / 2;
        const Workspace::Frame frame(workspace);
        const int workers = worker_count(options, tasks);
        const Index tile = width * width;
        const std::span<T> scratch = workspace.take<T>(workers * 3 * tile, T{0});
        const std::span<MaskElement<T>> masks = workspace.take<MaskElement<T>>(workers * tile);
        // A task writes the sums of the anchors of one group for another, and the other way round: nobody else does.
        parallel_for(options, tasks, [&](Index task, int worker) {
            Index high = 0;
            while ((high + 1) * (high + 2) / 2 <= task) {
                ++high;
            }
            T* const mine = scratch.data() + worker * 3 * tile;
            add(task - high * (high + 1) / 2, high, {mine, mine + tile, mine + 2 * tile, masks.data() + worker * tile});
        });
    }

    [[nodiscard]] Index group_columns() const { return columns_; }
    [[nodiscard]] Index group_count() const { return groups_; }
    [[nodiscard]] double sum(Index group, Index position) const
    {
        return static_cast<double>(sums_[static_cast<std::size_t>(group * padded_ + position)]);
    }
    [[nodiscard]] double entropy(Index group, Index position) const { return sum(groups_ + group, position); }

    /// Scores and weights of the candidates from `base` on, for the anchor at `position`.
    void weigh(Index position, Index base, Index columns, T* scores, T* weights) const
    {
        const Index width = scene_.width, size = width * scene_.depth;
        const T* const row = scene_.anchors.panels + position / width * size + position % width;
        for (Index first = base; first < base + columns; first += width) {
            isa::run(scene_.isa, DotRow<T>{row, scene_.candidates.panels + first / width * size, scene_.depth,
                                           scores + (first - base)});
            isa::run(scene_.isa,
                     WeighRow<T, Curve>{curve_, scores + (first - base), width, origin_, 0, weights + (first - base)});
            const std::uint64_t out = lanes_between(0, scene_.candidates.rows(), first, width) &
                                      ~eligible_lanes(scene_, Among::negatives, position, first / width);
            for (std::uint64_t left = out; left != 0; left &= left - 1) {
                weights[first - base + std::countr_zero(left)] = 0;
            }
        }
    }

private:
    /// So many groups, or a few less.
    static constexpr Index most_groups = 48;

    struct Worker {
        T* tile;
        T* column_sum;
        T* column_entropy;
        MaskElement<T>* masks;
    };

    /// Adds the weights between two groups, low <= high.
    void add(Index low, Index high, const Worker& worker) const
    {
        const Index per_group = columns_ / scene_.width;
        const Index end = (std::min)((high + 1) * per_group, scene_.candidates.panel_count);
        for (Index column = high * per_group; column < end; ++column) {
            const Index last = low == high ? column : (low + 1) * per_group;
            for (Index row = low * per_group; row < last; ++row) {
                add_tile(row, column, high, worker);
            }
            isa::run(scene_.isa, AddLanes<T>{worker.column_sum, sums_at(low, column)});
            isa::run(scene_.isa, AddLanes<T>{worker.column_entropy, sums_at(groups_ + low, column)});
            if (low == high) {
                // The tile of a panel with itself has every pair twice: as rows, they are all there.
                add_tile(column, column, high, worker);
                std::fill(worker.column_sum, worker.column_sum + scene_.width * scene_.width, T{0});
                std::fill(worker.column_entropy, worker.column_entropy + scene_.width * scene_.width, T{0});
            }
        }
    }

    void add_tile(Index row, Index column, Index group, const Worker& worker) const
    {
        const Index size = scene_.width * scene_.depth;
        isa::run(scene_.isa, DotPanels<T>{scene_.candidates.panels + column * size, scene_.anchors.panels + row * size,
                                          scene_.depth, worker.tile});
        const bool mixed = kind_of(scene_, row, column) != TileKind::negatives;
        if (mixed) {
            mask(row, column, worker.masks);
        }
        isa::run(scene_.isa, AddPairWeights<T, Curve>{curve_, worker.tile, mixed ? worker.masks : nullptr, origin_,
                                                      sums_at(group, row), sums_at(groups_ + group, row),
                                                      worker.column_sum, worker.column_entropy});
    }

    /// Masks of a tile: 0 for pairs that are not negatives, and for padding.
    void mask(Index row, Index column, MaskElement<T>* masks) const
    {
        const Index width = scene_.width, base = row * width;
        std::fill(masks, masks + width * width, MaskElement<T>{0});
        for (Index r = 0; r < (std::min)(width, scene_.anchors.rows() - base); ++r) {
            for (std::uint64_t left = eligible_lanes(scene_, Among::negatives, base + r, column); left != 0;
                 left &= left - 1) {
                masks[std::countr_zero(left) * width + r] = -1;
            }
        }
    }

    [[nodiscard]] T* sums_at(Index group, Index panel) const
    {
        return sums_.data() + group * padded_ + panel * scene_.width;
    }

    const Scene<T>& scene_;
    const Curve& curve_;
    Index columns_, groups_, padded_;
    std::span<T> sums_;  ///< of w: [group * padded_ + position]; then likewise of w log2 w
    typename Curve::Origin origin_{};
};

/// One anchor of a self-scan, as WeightedRow wants it.
template <class T, class Curve>
struct PairsRow {
    const WeightedPairs<T, Curve>& pairs;
    Index position;
    Index count, group_columns;
    T* scores;
    T* weights;

    [[nodiscard]] double sum(Index group) const { return pairs.sum(group, position); }
    void weigh(Index base, Index columns) const { pairs.weigh(position, base, columns, scores, weights); }
};

}  // namespace mohs::inline MOHS_ABI::detail
