#pragma once

/// \file
/// The negatives of InfoNCE that belong to one anchor each.

#include <mohs/detail/filter/first_rejection.hpp>
#include <mohs/detail/loss/row_gradient.hpp>
#include <mohs/detail/loss/softmax/softmax_state.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// The same number of them for every query, in the order of the queries; they are measured one by one.
template <class M, class A, class B, class Own, class... Filters>
struct OwnNegatives {
    using T = typename Batch<A>::Compute;

    const Batch<A>& queries;
    const Batch<B>& candidates;
    const Batch<Own>* batch;  ///< null: there are none
    const std::tuple<Filters...>& filters;
    double temperature;

    /// Calls f(row, logit) for the own negatives of an anchor that are finite, of a known class, may be negatives and
    /// are not the anchor's own sample or class, nor copies of its positives; of these, for those that a filter
    /// rejects, `rejected(filter)` instead.
    template <class Function, class Rejected>
    void for_each(const RowGradient<M, A>& anchors, Index anchor, const Function& f, const Rejected& rejected) const
    {
        if (batch == nullptr) {
            return;
        }
        const Index each = batch->rows() / queries.rows();
        for (Index row = anchor * each; row < (anchor + 1) * each; ++row) {
            const bool same = (batch->has_ids() && queries.has_ids() &&
                               (batch->id(row) == queries.id(anchor) || is_copy_of_positive(batch->id(row), anchor))) ||
                              (batch->has_labels() && queries.has_labels() && queries.relation() == nullptr &&
                               batch->label(row) == queries.label(anchor));
            if (!same && !batch->is_unknown(row) && has_role(batch->role(row), Role::negative) &&
                is_finite_row(*batch, row)) {
                const double logit = measure_scaled<M>(queries, anchor, anchors.scale(anchor), *batch, row,
                                                       metric_scale<M>(*batch, row)) /
                                     temperature;
                if (const int filter = is_finite(logit) ? rejects_own(anchor, row) : -1; filter >= 0) {
                    rejected(filter);
                } else if (is_finite(logit)) {
                    f(row, logit);
                }
            }
        }
    }

    /// Adds their gradients to those of the anchors, and of themselves.
    void add_gradients(RowGradient<M, A>& anchors, RowGradient<M, Own>& own_rows, const SoftmaxSetting<T>& setting,
                       std::span<const SoftmaxRow> rows, double weight) const
    {
        for (Index position = 0; position < setting.rows.rows(); ++position) {
            const SoftmaxRow& row = rows[static_cast<std::size_t>(position)];
            const Index anchor = setting.rows.packed->row_of(position);
            if (row.valid()) {
                const double origin = setting.logit(T{0}, row.origin);
                const auto add = [&](Index number, double logit) {
                    add_pair(anchors, anchor, own_rows, number, logit,
                             row.negative_slope(logit + origin) * weight / temperature);
                };
                for_each(anchors, anchor, add, [](int) {});
            }
        }
    }

private:
    /// Whether a sample id is that of a positive that a relation lists for an anchor.
    [[nodiscard]] bool is_copy_of_positive(std::int64_t id, Index anchor) const
    {
        return queries.relation() != nullptr &&
               std::any_of(queries.relation()->positives(anchor).begin(), queries.relation()->positives(anchor).end(),
                           [&](Index row) { return candidates.id(row) == id; });
    }

    /// The filter that rejects an own negative of an anchor, or -1. Its number counts on from the candidates.
    [[nodiscard]] int rejects_own(Index anchor, Index row) const
    {
        if constexpr (sizeof...(Filters) > 0) {
            const FilterQuery<M, A, Own> query(queries, *batch, Anchor{anchor}, Candidate{row}, candidates.rows());
            return first_rejection(filters, query);
        }
        return -1;
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
