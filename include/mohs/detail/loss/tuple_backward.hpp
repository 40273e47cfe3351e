#pragma once

/// \file
/// From derivatives by the values of tuples to gradients of rows, and these values anew.

#include <mohs/detail/loss/tuple_pairs.hpp>
#include <mohs/finish.hpp>

#include <algorithm>

namespace mohs::inline MOHS_ABI::detail {

/// Tuples whose pairs are of two kinds, positives and negatives.
template <class T>
concept TuplesOfTwoKinds = tuple_kind<T> == TupleKind::triplets || tuple_kind<T> == TupleKind::pairs;

inline void check_derivatives(const char* name, Index given, Index wanted)
{
    if (given != wanted) {
        throw_invalid(std::string("backward: ") + name + " has " + std::to_string(given) + " elements, but there are " +
                      std::to_string(wanted) + " values");
    }
}

/// Derivatives as they were given, a vector or array of Eigen, an expression of these or a range of numbers, as numbers.
template <class Given>
std::span<const double> read_derivatives(const char* name, const Given& given, Index wanted, Workspace& workspace)
{
    check_derivatives(name, static_cast<Index>(given.size()), wanted);
    const std::span<double> result = workspace.take<double>(wanted);
    if constexpr (std::is_base_of_v<Eigen::DenseBase<Given>, Given>) {
        static_assert(Given::IsVectorAtCompileTime,
                      "mohs::backward: derivatives have to be a vector, with an element for each value");
        constexpr int rows = Given::RowsAtCompileTime == 1 ? 1 : Eigen::Dynamic,
                      columns = Given::RowsAtCompileTime == 1 ? Eigen::Dynamic : 1,
                      layout = Given::RowsAtCompileTime == 1 ? Eigen::RowMajor : Eigen::ColMajor;
        Eigen::Map<Eigen::Array<double, rows, columns, layout>>(result.data(), given.rows(), given.cols()) =
            given.template cast<double>().array();
    } else {
        std::transform(std::begin(given), std::end(given), result.begin(),
                       [](const auto& x) { return static_cast<double>(x); });
    }
    return result;
}

/// The derivatives by the values of all pairs, in the order of the pairs.
template <TuplesOfTwoKinds Tuples, class ByPositive, class ByNegative>
std::span<const double> list_derivatives(const Tuples& tuples, Workspace& workspace, const ByPositive& by_positive,
                                         const ByNegative& by_negative)
{
    const std::span<double> result = workspace.take<double>(pair_count(tuples));
    constexpr bool in_turn = tuple_kind<Tuples> == TupleKind::triplets;
    std::size_t positives = 0, negatives = 0;
    if constexpr (in_turn) {
        positives = negatives = static_cast<std::size_t>(tuples.size());
    } else {
        positives = static_cast<std::size_t>(tuples.positives.size());
        negatives = static_cast<std::size_t>(tuples.negatives.size());
    }
    const std::span<const double> first = read_derivatives("by_positive", by_positive, static_cast<Index>(positives),
                                                           workspace),
                                  second = read_derivatives("by_negative", by_negative, static_cast<Index>(negatives),
                                                            workspace);
    for (std::size_t i = 0; i < positives; ++i) {
        result[in_turn ? 2 * i : i] = first[i];
    }
    for (std::size_t i = 0; i < negatives; ++i) {
        result[in_turn ? 2 * i + 1 : positives + i] = second[i];
    }
    return result;
}

/// The same of a table with a row per anchor and a column per rank, of which only places with a neighbour count.
template <class M, class ByValue>
std::span<const double> list_derivatives(const Neighbours<M>& neighbours, Workspace& workspace,
                                         const Eigen::DenseBase<ByValue>& by_value)
{
    check_derivatives("by_value", by_value.size(), neighbours.rows() * neighbours.k());
    if (by_value.rows() != neighbours.rows()) {
        throw_size_mismatch("backward", neighbours.rows(), by_value.rows(), "rows of by_value");
    }
    const std::span<double> table = workspace.take<double>(by_value.size());
    Eigen::Map<Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
        table.data(), by_value.rows(), by_value.cols()) = by_value.derived().template cast<double>().array();
    // In place: places move to the front only.
    std::size_t count = 0;
    for (Index anchor = 0; anchor < neighbours.rows(); ++anchor) {
        for (Index rank = 0; rank < neighbours.count(anchor); ++rank) {
            table[count++] = table[static_cast<std::size_t>(anchor * neighbours.k() + rank)];
        }
    }
    return table.first(count);
}

/// Adds `scale` times the gradients of the values of tuples, times their derivatives, to the buffers. Returns how many
/// pairs were left out because their derivative or value is not finite, and how many elements do not fit.
template <class A, class B, AnyTuples Tuples, class GradientA, class GradientB, class... Derivatives>
Index add_backward(const Batch<A>& anchors, const Batch<B>& candidates, bool self, const Tuples& tuples,
                   Workspace& workspace, GradientA& anchor_gradient, GradientB& candidate_gradient, double scale,
                   const Derivatives&... given)
{
    check_gradient("backward", anchors, anchor_gradient);
    check_gradient("backward", candidates, candidate_gradient);
    check_tuples("backward", anchors, candidates, tuples);
    const Workspace::Frame frame(workspace);
    const std::span<const double> derivatives = list_derivatives(tuples, workspace, given...);
    return with_terms_of<typename Tuples::MetricType>(anchors, candidates, self, tuples, workspace, [&](auto& pairs) {
        pairs.measure_all();
        Index overflows = 0;
        for (Index i = 0; i < pairs.size(); ++i) {
            const double derivative = derivatives[static_cast<std::size_t>(i)];
            const bool finite = is_finite(derivative) && (derivative == 0 || is_finite(pairs[i].value));
            pairs[i].weight = finite ? derivative : 0;
            overflows += !finite;
        }
        return overflows + pairs.add_gradients(anchor_gradient, candidate_gradient, scale, workspace);
    });
}

/// The gradient of a batch, as a result.
template <class Scalar, AnyTuples Tuples, class... Derivatives>
LossResult<typename Batch<Scalar>::Compute> backward_result(const Batch<Scalar>& batch, const Tuples& tuples,
                                                            const Derivatives&... given)
{
    LossResult<typename Batch<Scalar>::Compute> result;
    result.gradient.setZero(batch.rows(), batch.dimension());
    Workspace workspace;
    result.report = tuples.report;
    result.report.overflows =
        add_backward(batch, batch, true, tuples, workspace, result.gradient, no_gradient, 1, given...);
    return result;
}

/// The gradients of queries and a gallery, as a result.
template <class A, class B, AnyTuples Tuples, class... Derivatives>
LossResult<typename Batch<A>::Compute> backward_result(const Batch<A>& queries, const Batch<B>& gallery,
                                                       const Tuples& tuples, const Derivatives&... given)
{
    LossResult<typename Batch<A>::Compute> result;
    result.gradient.setZero(queries.rows(), queries.dimension());
    result.candidate_gradient.setZero(gallery.rows(), gallery.dimension());
    Workspace workspace;
    result.report = tuples.report;
    result.report.overflows = add_backward(queries, gallery, false, tuples, workspace, result.gradient,
                                           result.candidate_gradient, 1, given...);
    return result;
}

/// The tuples with the values of the rows.
template <class A, class B, AnyTuples Tuples>
Tuples measure_tuples(const Batch<A>& anchors, const Batch<B>& candidates, bool self, const Tuples& tuples)
{
    using M = typename Tuples::MetricType;
    check_tuples("measure", anchors, candidates, tuples);
    Workspace workspace;
    return with_terms_of<M>(anchors, candidates, self, tuples, workspace, [&](auto& pairs) {
        pairs.measure_all();
        const auto value = [&](Index pair) {
            const double exact = pairs[pair].value;
            return is_finite(exact) ? Finish<M>::in_range(exact) : exact;
        };
        Tuples result;
        if constexpr (tuple_kind<Tuples> == TupleKind::triplets) {
            result.reserve(tuples.size());
            for (Index i = 0; i < tuples.size(); ++i) {
                result.add(tuples[i], value(2 * i), value(2 * i + 1));
            }
        } else if constexpr (tuple_kind<Tuples> == TupleKind::pairs) {
            result.positives.reserve(tuples.positives.size());
            result.negatives.reserve(tuples.negatives.size());
            for_each_pair(tuples, [&](Index i, Index anchor, Index candidate) {
                (i < tuples.positives.size() ? result.positives : result.negatives).add({anchor, candidate}, value(i));
            });
        } else {
            result.reset(tuples.rows(), tuples.k());
            for_each_pair(tuples,
                          [&](Index i, Index anchor, Index candidate) { result.add(anchor, candidate, value(i)); });
        }
        result.report = tuples.report;
        return result;
    });
}

}  // namespace mohs::inline MOHS_ABI::detail
