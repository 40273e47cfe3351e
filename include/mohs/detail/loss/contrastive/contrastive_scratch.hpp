#pragma once

/// \file
/// What the workers of a contrastive sweep write to.

#include <mohs/detail/loss/contrastive/hinge_reach.hpp>
#include <mohs/detail/loss/contrastive/pair_hinge.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Scratch of one worker. What there is two of belongs to the positives and to the negatives.
template <class T>
struct ContrastiveWorker {
    double *strip, *weights;
    MaskElement<double>* masks[2];
    HingeSums sums[2];
    double* gradient[2];  ///< by packed elements, null unless wanted
    Related* kinds;
    T *thresholds, *products;
    ReachedStripes reached_stripes;
};

/// The scratch of all workers.
template <class T>
class ContrastiveScratch {
public:
    /// Where scores are double the strip itself tests that.
    static constexpr bool tests_reach = !std::is_same_v<T, double>;

    /// `depth` is 0 unless gradients are wanted. Memory comes from the workspace's current frame.
    ContrastiveScratch(Index workers, Index width, Index depth, Index reach_width, Index stripe_count,
                       Workspace& workspace)
        : width_(width),
          depth_(depth),
          reach_width_(reach_width),
          stripes_(stripe_count),
          doubles_(workspace.take<double>(workers * doubles())),
          masks_(workspace.take<MaskElement<double>>(workers * 2 * size(), 0)),
          kinds_(workspace.take<Related>(workers * strip_kinds(width))),
          thresholds_(workspace.take<T>(workers * reach_width)),
          products_(workspace.take<T>(tests_reach ? workers * stripe_columns * reach_width : 0)),
          reach_(workspace.take<Reach>(tests_reach ? workers * stripe_count : 0)),
          pairs_(workspace.take<ReachedPair>(tests_reach ? workers * stripe_count * reach_width : 0))
    {
    }

    [[nodiscard]] ContrastiveWorker<T> worker(Index number) const
    {
        ContrastiveWorker<T> worker{};
        worker.strip = doubles_.data() + number * doubles();
        worker.weights = worker.strip + size();
        double* next = worker.weights + size();
        for (const int kind : {0, 1}) {
            worker.masks[kind] = masks_.data() + (2 * number + kind) * size();
            worker.sums[kind] = {next, next + width_, next + 2 * width_};
            worker.gradient[kind] = depth_ > 0 ? next + 3 * width_ : nullptr;
            next += (3 + depth_) * width_;
        }
        worker.kinds = kinds_.data() + number * strip_kinds(width_);
        worker.thresholds = thresholds_.data() + number * reach_width_;
        if constexpr (tests_reach) {
            worker.products = products_.data() + number * stripe_columns * reach_width_;
            worker.reached_stripes = {reach_.data() + number * stripes_,
                                      pairs_.data() + number * stripes_ * reach_width_, 0};
        }
        return worker;
    }

private:
    [[nodiscard]] Index size() const { return stripe_columns * width_; }
    [[nodiscard]] Index doubles() const { return 2 * (size() + (3 + depth_) * width_); }

    Index width_, depth_, reach_width_, stripes_;
    std::span<double> doubles_;
    std::span<MaskElement<double>> masks_;
    std::span<Related> kinds_;
    std::span<T> thresholds_, products_;
    std::span<Reach> reach_;
    std::span<ReachedPair> pairs_;
};

}  // namespace mohs::inline MOHS_ABI::detail
