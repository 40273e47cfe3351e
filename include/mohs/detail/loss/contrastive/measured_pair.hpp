#pragma once

/// \file
/// Contrastive losses of single pairs, from the rows themselves.

#include <mohs/detail/loss/contrastive/contrastive_total.hpp>
#include <mohs/detail/loss/contrastive/pair_hinge.hpp>
#include <mohs/finish.hpp>

namespace mohs::inline MOHS_ABI::detail {

/// Measures pairs of a row of one batch and a column of another, by their numbers.
template <class M, class A, class B>
struct MeasuredPair {
    const RowGradient<M, A>& rows;
    const RowGradient<M, B>& columns;
    const PairHinge& hinge;

    /// Adds the loss of a pair, whose tuple is counted, to `result`, and its gradient to that of the row, `gradient`,
    /// unless that is null.
    void add(Index row, Index column, bool positive, ContrastiveRow& result, double* gradient) const
    {
        const double value =
            measure_scaled<M>(rows.batch(), row, rows.scale(row), columns.batch(), column, columns.scale(column));
        PairCount& count = positive ? result.positive : result.negative;
        const double sign = hinge_sign<M>(positive);
        const double violation = sign * (value - hinge.margin(positive));
        if (!is_finite(value) || !is_finite(hinge.loss(violation))) {
            ++result.overflows;
            --count.tuples;
            return;
        }
        if (!(violation > 0)) {
            return;
        }
        ++count.active;
        count.sum += hinge.loss(violation);
        if (gradient != nullptr) {
            add_row(gradient, row, column, value, sign * hinge.slope(violation));
        }
    }

private:
    void add_row(double* sum, Index row, Index column, double value, double weight) const
    {
        const Index depth = rows.batch().dimension();
        const double factor = Finish<M>::pull(value, weight);
        for (Index k = 0; k < depth; ++k) {
            sum[k] += factor * Finish<M>::direction(rows.element(row, k), columns.element(column, k));
        }
    }
};

}  // namespace mohs::inline MOHS_ABI::detail
