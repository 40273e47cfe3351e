#pragma once

/// \file
/// The three kinds of visitor that a scan shows its scores to, as concepts, each with what it has to offer.

#include <mohs/types.hpp>
#include <mohs/workspace.hpp>

#include <concepts>
#include <cstdint>
#include <span>

namespace mohs::inline MOHS_ABI {

/// Scores that a selector wants to be offered, both ends included. The threshold is the worse end: the smaller one,
/// unless the selector takes the smallest scores first.
template <class T>
struct Window {
    T threshold, ceiling;
};

/// **Selector**: keeps a few candidates per anchor. Whole vectors of scores are compared with the threshold of the
/// anchor, and only what reaches it is offered.
///
///     struct Hardest {
///         static constexpr mohs::Among among = mohs::Among::negatives;   // which candidates
///         static constexpr bool smallest_first = false;                  // which end of the scores
///         std::vector<mohs::Index> best;
///
///         void start(mohs::Index anchors, mohs::Workspace&) { best.assign(anchors, -1); }
///
///         // `score` is at least as good as `threshold`. Returns the new threshold, which may only get better.
///         template <class T>
///         T accept(mohs::Anchor anchor, mohs::Candidate candidate, T score, T threshold)
///         {
///             mohs::Index& row = best[anchor.row];
///             if (row < 0 || score != threshold || candidate.row < row) row = candidate.row;
///             return score;
///         }
///     };
///
/// Scores are those of the kernel: bigger is closer, of the order of 1 whatever the magnitude of the rows, and
/// comparable for one anchor only. `mohs::measure` gives the value in the metric's own unit. Candidates come in any
/// order, so equal scores have to be told apart by the candidate's row, as above; then the result does not depend on
/// blocks, threads or executors. Calls for one anchor never overlap in time; calls for two anchors may.
///
/// Optional members:
/// - `template <class T> Window<T> window(Anchor)`: asked once per anchor before the scan. Only scores inside are
///   offered.
/// - `template <class T> bool admits(Anchor, Candidate, T score)`: a predicate, asked before `accept`.
template <class V>
concept Selector =
    requires(V visitor, Index anchors, Workspace& workspace, Anchor anchor, Candidate candidate, float score) {
        requires std::convertible_to<decltype(V::among), Among>;
        requires std::convertible_to<decltype(V::smallest_first), bool>;
        visitor.start(anchors, workspace);
        requires std::same_as<decltype(visitor.accept(anchor, candidate, score, score)), float>;
    };

/// Neighbouring values of one anchor, in the metric's own unit: similarities or distances. Bit i of the masks belongs
/// to candidate `first.row + i`; where neither is set, `values[i]` is not to be used: the anchor itself, or a row
/// that is not finite.
template <class T>
struct RowSegment {
    Candidate first;
    int size;
    const T* values;
    std::uint64_t positives, negatives;
};

/// **Accumulator**: folds all values of an anchor into one small object.
///
///     struct SumOfExponentials {
///         struct Partial { double sum = 0; };
///         template <class T>
///         void add(Partial& partial, mohs::Anchor, const mohs::RowSegment<T>& segment) const;
///         void combine(Partial& total, const Partial& later) const;
///         void finish(mohs::Anchor, const Partial& total);
///     };
///
/// Values are added in ascending order of the candidates, into one partial per slot of `accumulator_segment` candidates;
/// partials are combined in ascending order. So the result has the same bits for any number of threads. `finish` is
/// called once per finite anchor; two anchors may be worked on at the same time.
template <class V>
concept Accumulator =
    requires(V visitor, typename V::Partial partial, Anchor anchor, const RowSegment<float>& segment) {
        visitor.add(partial, anchor, segment);
        visitor.combine(partial, partial);
        visitor.finish(anchor, partial);
    };

/// Candidates per partial of an accumulator.
inline constexpr Index accumulator_segment = 1536;

/// All values of one anchor, in the metric's own unit, by the candidate's row.
template <class T>
struct FullRow {
    std::span<const T> values;
    const std::uint64_t* positives;  ///< bit per candidate
    const std::uint64_t* negatives;
    [[nodiscard]] bool is_positive(Candidate candidate) const
    {
        return (positives[candidate.row / 64] >> (candidate.row % 64) & 1U) != 0;
    }
    [[nodiscard]] bool is_negative(Candidate candidate) const
    {
        return (negatives[candidate.row / 64] >> (candidate.row % 64) & 1U) != 0;
    }
};

/// **Row visitor**: sees all values of an anchor at once; memory is a strip of a few dozen rows per thread.
///
///     struct Ranks {
///         template <class T>
///         void row(mohs::Anchor, const mohs::FullRow<T>& row);
///     };
///
/// Called once per finite anchor, for several anchors at the same time.
template <class V>
concept RowVisitor = requires(V visitor, Anchor anchor, const FullRow<float>& row) { visitor.row(anchor, row); };

template <class V>
concept Visitor = Selector<V> || Accumulator<V> || RowVisitor<V>;

}  // namespace mohs::inline MOHS_ABI
