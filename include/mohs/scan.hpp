#pragma once

/// \file
/// scan: the extension point. Streams the scores of anchors against candidates past visitors.

#include <mohs/detail/scan/select_driver.hpp>
#include <mohs/detail/scan/stream_driver.hpp>
#include <mohs/visitor.hpp>

#include <type_traits>

namespace mohs::inline MOHS_ABI {

/// What a scan saw.
struct ScanResult {
    Index anchors = 0;             ///< rows scanned as anchors: all that are finite and of known class
    Index candidates = 0;          ///< rows scanned as candidates
    Index non_finite = 0;          ///< rows of either batch left out because of an infinity or a NaN
    Index zero_rows = 0;           ///< finite rows of either batch with norm 0
    Index unknown = 0;             ///< finite rows not scanned as anchors because their class is not known
    Index unknown_candidates = 0;  ///< the same of candidates; in a self-scan, the same rows
    Index not_anchors = 0;         ///< rows among `anchors` that are shown no pairs: their role is another one
};

namespace detail {

template <class M, class A, class B, class... Visitors>
ScanResult scan(const Batch<A>& anchors, const Batch<B>& candidates, bool self, const Options& options,
                Workspace& workspace, Visitors&... visitors)
{
    using T = typename Batch<A>::Compute;
    // A visitor may be after rows of two batches that find themselves.
    const BatchRules rules{.verb = "scan", .self = self, .needs_relation = false, .told_apart = true};
    const Workspace::Frame frame(workspace);
    Scene<T> scene;
    if constexpr ((Selector<Visitors> && ...)) {
        scene = open_scene<M>(rules, anchors, candidates, options, workspace);
        select<M>(scene, options, workspace, visitors...);
    } else {
        scene = open_scene<M>(rules, anchors, candidates, options, workspace, PackOrder::in_place);
        (StreamDriver<T, M>(scene).run(visitors, options, workspace), ...);
    }
    Index not_anchors = scene.anchors.withdrawn_before(anchors.rows());
    for (Index position = 0; position < scene.anchors.rows(); ++position) {
        not_anchors += scene.anchors.class_of(position) >= 0 && !scene.anchors.has_role(position, Role::anchor);
    }
    const auto finite = [](Index rows, const PackedSide<T>& side) { return rows - side.non_finite - side.unknown; };
    return {finite(anchors.rows(), scene.anchors),
            finite(candidates.rows(), scene.candidates),
            scene.anchors.non_finite + (self ? 0 : scene.candidates.non_finite),
            scene.anchors.zero + (self ? 0 : scene.candidates.zero),
            scene.anchors.unknown,
            scene.candidates.unknown,
            not_anchors};
}

}  // namespace detail

/// Scans a batch against itself: every finite row is an anchor, every other finite row its candidate. Pairs of one
/// sample id, and a row with itself, are never shown.
///
/// `visitor` is a Selector, an Accumulator or a RowVisitor (visitor.hpp). A selector sees each pair's score computed
/// once for both of its rows. An exception of the visitor ends the scan and reaches the caller. An empty batch shows
/// nothing.
///
/// Throws std::invalid_argument for options that make no sense. Time N^2 D / 2 multiply-adds for a selector, N^2 D
/// for the others; memory: one packed copy of the rows, and the visitor's own.
template <class Scalar, Metric M, Visitor V>
ScanResult scan(const Batch<Scalar>& batch, M, V& visitor, const Options& options, Workspace& workspace)
{
    return detail::scan<M>(batch, batch, true, options, workspace, visitor);
}

template <class Scalar, Metric M, Visitor V>
ScanResult scan(const Batch<Scalar>& batch, M metric, V& visitor, const Options& options = {})
{
    Workspace workspace;
    return scan(batch, metric, visitor, options, workspace);
}

/// Scans queries against a gallery. The same, but every candidate is shown to every anchor, except pairs that share a
/// sample id. Also throws if the batches differ in their columns, or if only one has labels or ids.
template <class A, class B, Metric M, Visitor V>
ScanResult scan(const Batch<A>& queries, const Batch<B>& gallery, M, V& visitor, const Options& options,
                Workspace& workspace)
{
    return detail::scan<M>(queries, gallery, false, options, workspace, visitor);
}

template <class A, class B, Metric M, Visitor V>
ScanResult scan(const Batch<A>& queries, const Batch<B>& gallery, M metric, V& visitor, const Options& options = {})
{
    Workspace workspace;
    return scan(queries, gallery, metric, visitor, options, workspace);
}

}  // namespace mohs::inline MOHS_ABI
