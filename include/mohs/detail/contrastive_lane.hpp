#pragma once

/// \file
/// What the lanes of a contrastive sweep write to.

#include <mohs/detail/hinge.hpp>
#include <mohs/detail/hinge_screen.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Scratch of one lane. What there is two of belongs to the positives and to the negatives.
template <class T>
struct ContrastiveLane {
    double *strip, *weights;
    MaskElement<double>* masks[2];
    HingeSums sums[2];
    double* gradient[2];  ///< by packed elements, null unless wanted
    Related* kinds;
    T *thresholds, *products;
    ScreenedSlots screened;
};

/// The scratch of all lanes.
template <class T>
class ContrastiveScratch {
public:
    /// Where scores are double the strip itself is screened.
    static constexpr bool needs_screen = !std::is_same_v<T, double>;

    /// `depth` is 0 unless gradients are wanted. Memory comes from the workspace's current frame.
    ContrastiveScratch(Index lanes, Index width, Index depth, Index screen_width, Index slot_count,
                       Workspace& workspace)
        : width_(width),
          depth_(depth),
          screen_width_(screen_width),
          slots_(slot_count),
          doubles_(workspace.take<double>(lanes * doubles())),
          masks_(workspace.take<MaskElement<double>>(lanes * 2 * size(), 0)),
          kinds_(workspace.take<Related>(lanes * strip_kinds(width))),
          thresholds_(workspace.take<T>(lanes * screen_width)),
          products_(workspace.take<T>(needs_screen ? lanes * strip_columns * screen_width : 0)),
          reach_(workspace.take<Reach>(needs_screen ? lanes * slot_count : 0)),
          pairs_(workspace.take<ReachedPair>(needs_screen ? lanes * slot_count * screen_width : 0))
    {
    }

    [[nodiscard]] ContrastiveLane<T> lane(Index number) const
    {
        ContrastiveLane<T> lane{};
        lane.strip = doubles_.data() + number * doubles();
        lane.weights = lane.strip + size();
        double* next = lane.weights + size();
        for (const int kind : {0, 1}) {
            lane.masks[kind] = masks_.data() + (2 * number + kind) * size();
            lane.sums[kind] = {next, next + width_, next + 2 * width_};
            lane.gradient[kind] = depth_ > 0 ? next + 3 * width_ : nullptr;
            next += (3 + depth_) * width_;
        }
        lane.kinds = kinds_.data() + number * strip_kinds(width_);
        lane.thresholds = thresholds_.data() + number * screen_width_;
        if constexpr (needs_screen) {
            lane.products = products_.data() + number * strip_columns * screen_width_;
            lane.screened = {reach_.data() + number * slots_, pairs_.data() + number * slots_ * screen_width_, 0};
        }
        return lane;
    }

private:
    [[nodiscard]] Index size() const { return strip_columns * width_; }
    [[nodiscard]] Index doubles() const { return 2 * (size() + (3 + depth_) * width_); }

    Index width_, depth_, screen_width_, slots_;
    std::span<double> doubles_;
    std::span<MaskElement<double>> masks_;
    std::span<Related> kinds_;
    std::span<T> thresholds_, products_;
    std::span<Reach> reach_;
    std::span<ReachedPair> pairs_;
};

}  // namespace mohs::inline MOHS_ABI::detail
