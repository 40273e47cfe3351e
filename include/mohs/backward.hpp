#pragma once

/// \file
/// What a loss of your own over tuples needs: `measure`, the values of tuples, and `backward`, from derivatives by these
/// values to gradients of the rows.

#include <mohs/detail/loss/tuple_backward.hpp>

namespace mohs::inline MOHS_ABI {

/// The tuples again, with the exact values of the rows as they are now: after an optimiser step, for tuples that come from
/// elsewhere, or for similarities, which miners report as their kernel computed them, in float for float and 16-bit rows.
/// (Distances of miners are exact already.) Each value has the bits of `measure(metric, queries, anchor, gallery,
/// candidate)`; it is infinite or NaN if a row is. The report stays as it is.
///
/// Throws std::invalid_argument if the batches differ in their columns, and std::out_of_range for rows that do not exist,
/// before any work. O(T D) time for T tuples of D columns; memory as that of `backward`, and the tuples.
template <class A, class B, detail::AnyTuples Tuples>
[[nodiscard]] Tuples measure(const Batch<A>& queries, const Batch<B>& gallery, const Tuples& tuples)
{
    return detail::measure_tuples(queries, gallery, false, tuples);
}

/// The same within a batch.
template <class Scalar, detail::AnyTuples Tuples>
[[nodiscard]] Tuples measure(const Batch<Scalar>& batch, const Tuples& tuples)
{
    return detail::measure_tuples(batch, batch, true, tuples);
}

/// The gradient of a loss over triplets or pairs with respect to the raw rows, from its derivatives by their values:
///
///     sum over positive pairs of by_positive[i] * (slope of value i by the row), and likewise over negative pairs
///
/// For Triplets `by_positive` and `by_negative` have an element for each triplet, for Pairs one for each pair of their list:
/// Eigen vectors or arrays, expressions of them, or ranges, of float or double. The metric is that of the tuples; slopes
/// are those of Finish, taken through the normalisation, `(I - x x^T) / |x|` of a unit row x: 0 for a zero row and at
/// distance 0. Values that slopes depend on are measured from the rows, so those that the tuples hold may be out of date.
///
/// A row that is in several pairs has the sum of their gradients, added in double in the order of the pairs and rounded
/// once: the same input gives the same bits, at every instruction set. Rows that are in none, or only in pairs whose
/// derivative is 0, are neither read nor written, but for the zeros of a gradient that is returned. Pairs whose derivative
/// or value is not finite are left out and counted in `report.overflows`, with the elements that do not fit their type. The
/// rest of the report is that of the tuples; `value` stays 0, as the loss is yours. No tuples: gradient 0.
///
/// Throws std::invalid_argument for derivatives or a gradient of the wrong size and batches that differ in their columns,
/// std::out_of_range for rows that do not exist, all before any work. O(T D) time; memory about 112 bytes per triplet and
/// 56 per row in one, and a copy of these rows: in double for metrics that normalise, none for contiguous rows of others.
template <class Scalar, detail::TuplesOfTwoKinds Tuples, class ByPositive, class ByNegative>
[[nodiscard]] LossResult<typename Batch<Scalar>::Compute> backward(const Batch<Scalar>& batch, const Tuples& tuples,
                                                                   const ByPositive& by_positive,
                                                                   const ByNegative& by_negative)
{
    return detail::backward_result(batch, tuples, by_positive, by_negative);
}

/// The same for anchors among the queries and candidates in the gallery: both gradients.
template <class A, class B, detail::TuplesOfTwoKinds Tuples, class ByPositive, class ByNegative>
[[nodiscard]] LossResult<typename Batch<A>::Compute> backward(const Batch<A>& queries, const Batch<B>& gallery,
                                                              const Tuples& tuples, const ByPositive& by_positive,
                                                              const ByNegative& by_negative)
{
    return detail::backward_result(queries, gallery, tuples, by_positive, by_negative);
}

/// Adds `scale` times the gradient to `gradient`, an Eigen matrix, Map or block of the batch's size. Returns what would be
/// counted in `report.overflows`. Allocates nothing once the workspace has grown.
template <class Scalar, detail::TuplesOfTwoKinds Tuples, class ByPositive, class ByNegative, class Gradient>
Index backward(const Batch<Scalar>& batch, const Tuples& tuples, const ByPositive& by_positive,
               const ByNegative& by_negative, Workspace& workspace, Gradient&& gradient, double scale = 1)
{
    return detail::add_backward(batch, batch, true, tuples, workspace, gradient, no_gradient, scale, by_positive,
                                by_negative);
}

/// The same for queries and a gallery, with a gradient for each; `no_gradient` for one that is not wanted.
template <class A, class B, detail::TuplesOfTwoKinds Tuples, class ByPositive, class ByNegative, class GradientA,
          class GradientB>
Index backward(const Batch<A>& queries, const Batch<B>& gallery, const Tuples& tuples, const ByPositive& by_positive,
               const ByNegative& by_negative, Workspace& workspace, GradientA&& query_gradient,
               GradientB&& gallery_gradient, double scale = 1)
{
    return detail::add_backward(queries, gallery, false, tuples, workspace, query_gradient, gallery_gradient, scale,
                                by_positive, by_negative);
}

/// The same four for neighbours: `by_value` is a table as that of their values, of which only places with a neighbour count.
template <class Scalar, Metric M, class ByValue>
[[nodiscard]] LossResult<typename Batch<Scalar>::Compute> backward(const Batch<Scalar>& batch,
                                                                   const Neighbours<M>& neighbours,
                                                                   const Eigen::DenseBase<ByValue>& by_value)
{
    return detail::backward_result(batch, neighbours, by_value);
}
template <class A, class B, Metric M, class ByValue>
[[nodiscard]] LossResult<typename Batch<A>::Compute> backward(const Batch<A>& queries, const Batch<B>& gallery,
                                                              const Neighbours<M>& neighbours,
                                                              const Eigen::DenseBase<ByValue>& by_value)
{
    return detail::backward_result(queries, gallery, neighbours, by_value);
}
template <class Scalar, Metric M, class ByValue, class Gradient>
Index backward(const Batch<Scalar>& batch, const Neighbours<M>& neighbours, const Eigen::DenseBase<ByValue>& by_value,
               Workspace& workspace, Gradient&& gradient, double scale = 1)
{
    return detail::add_backward(batch, batch, true, neighbours, workspace, gradient, no_gradient, scale, by_value);
}
template <class A, class B, Metric M, class ByValue, class GradientA, class GradientB>
Index backward(const Batch<A>& queries, const Batch<B>& gallery, const Neighbours<M>& neighbours,
               const Eigen::DenseBase<ByValue>& by_value, Workspace& workspace, GradientA&& query_gradient,
               GradientB&& gallery_gradient, double scale = 1)
{
    return detail::add_backward(queries, gallery, false, neighbours, workspace, query_gradient, gallery_gradient, scale,
                                by_value);
}

}  // namespace mohs::inline MOHS_ABI
