#pragma once

/// \file
/// What all miners report alike.

#include <mohs/detail/scene/build_scene.hpp>
#include <mohs/result/result.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The counts that are known once rows are packed.
template <class T>
void start_report(const Scene<T>& scene, Index anchors, Report& report)
{
    report.anchors = anchors;
    report.non_finite = scene.anchors.non_finite;
    report.non_finite_candidates = scene.candidates.non_finite;
    report.unknown = scene.anchors.unknown;
    report.not_anchors = scene.anchors.withdrawn_before(anchors);
    for (Index position = 0; position < scene.anchors.rows(); ++position) {
        report.not_anchors += scene.anchors.has_role(position, Role::anchor) ? 0 : 1;
    }
    report.zero_rows = scene.anchors.zero + (scene.self ? 0 : scene.candidates.zero);
}

/// The distribution of the values, which are copied to `scratch` first.
inline Summary summary_of(Eigen::Map<const Eigen::VectorXd> values, std::span<double> scratch)
{
    std::copy_n(values.data(), values.size(), scratch.begin());
    return Summary::of(scratch.first(static_cast<std::size_t>(values.size())));
}
inline Summary summary_of(Eigen::Map<const Eigen::VectorXd> values, Workspace& workspace)
{
    const Workspace::Frame frame(workspace);
    return summary_of(values, workspace.take<double>(values.size()));
}

/// Distributions of the values of all triplets.
template <class M>
void summarise(Triplets<M>& triplets, std::span<double> scratch)
{
    triplets.report.positive = summary_of(triplets.positive_values(), scratch);
    triplets.report.negative = summary_of(triplets.negative_values(), scratch);
}
template <class M>
void summarise(Triplets<M>& triplets, Workspace& workspace)
{
    const Workspace::Frame frame(workspace);
    summarise(triplets, workspace.take<double>(triplets.size()));
}

/// Memory for what follows a scan: the panels, which nobody reads any more, if they have room for two scores and a
/// double per anchor; else the workspace.
template <class T>
class AfterScan {
public:
    AfterScan(const Scene<T>& scene, Index anchors, Workspace& workspace)
        : panels_(scene.anchors.panels != nullptr && scene.depth >= 8 && anchors >= 64 ? scene.anchors.panels
                                                                                       : nullptr),
          anchors_(anchors),
          workspace_(workspace)
    {
    }

    /// A score per anchor: `which` is 0 or 1.
    [[nodiscard]] std::span<T> scores(Index which) const
    {
        return panels_ == nullptr ? workspace_.take<T>(anchors_)
                                  : std::span<T>(panels_ + which * stride(), static_cast<std::size_t>(anchors_));
    }
    /// A double per anchor.
    [[nodiscard]] std::span<double> values() const
    {
        return panels_ == nullptr ? workspace_.take<double>(anchors_)
                                  : std::span<double>(reinterpret_cast<double*>(panels_ + 2 * stride()),
                                                      static_cast<std::size_t>(anchors_));
    }

private:
    [[nodiscard]] Index stride() const { return (anchors_ + 15) / 16 * 16; }

    T* panels_;
    Index anchors_;
    Workspace& workspace_;
};

}  // namespace mohs::inline MOHS_ABI::detail
