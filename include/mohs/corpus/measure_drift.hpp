#pragma once

/// \file
/// measure_drift: how far rows have moved since they were embedded.

#include <mohs/detail/base/parallel.hpp>
#include <mohs/detail/scene/check_batches.hpp>
#include <mohs/detail/scene/measure_rows.hpp>
#include <mohs/metric.hpp>
#include <mohs/result/report.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// How far rows have moved.
struct Drift {
    std::vector<double> of_row;  ///< by row; NaN where either of the two is not finite
    Summary summary;             ///< of all but these
    Index non_finite = 0;        ///< how many these are

    /// Rows that have moved by more than `limit`, and those of which that is not known: what is to be packed, or mined
    /// for, anew. Ascending.
    [[nodiscard]] std::vector<Index> beyond(double limit) const
    {
        std::vector<Index> rows;
        for (std::size_t row = 0; row < of_row.size(); ++row) {
            if (!detail::is_finite(of_row[row]) || of_row[row] > limit) {
                rows.push_back(static_cast<Index>(row));
            }
        }
        return rows;
    }
};

namespace detail {

/// |x - y| / max(|x|, |y|) of two rows as a metric sees them.
template <class M, class A, class B>
double drift_of(const Batch<A>& before, Index before_row, const Batch<B>& now, Index now_row)
{
    if (!is_finite_row(before, before_row) || !is_finite_row(now, now_row)) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    const UnitScale old = metric_scale<M>(before, before_row), fresh = metric_scale<M>(now, now_row);
    const auto x = [&](Index k) { return static_cast<double>(before.at(before_row, k)) * old.power * old.factor; };
    const auto y = [&](Index k) { return static_cast<double>(now.at(now_row, k)) * fresh.power * fresh.factor; };
    // Of the largest element, so that no square is out of range.
    double largest = 0;
    for (Index k = 0; k < before.dimension(); ++k) {
        largest = (std::max)({largest, std::abs(x(k)), std::abs(y(k))});
    }
    if (largest == 0) {
        return 0;
    }
    double apart = 0, x_square = 0, y_square = 0;
    for (Index k = 0; k < before.dimension(); ++k) {
        const double a = x(k) / largest, b = y(k) / largest;
        apart += (a - b) * (a - b);
        x_square += a * a;
        y_square += b * b;
    }
    return std::sqrt(apart / (std::max)(x_square, y_square));
}

}  // namespace detail

/// How far rows have moved while the model was trained: |x - y| / max(|x|, |y|) of every row as it was and as it is, from
/// 0 to 2, and 0 for two zero rows. Rows are taken as the metric sees them: of length 1 where it normalises, so that it is
/// the chord between them, sqrt(2 - 2 cos), and their lengths do not matter.
///
///     const mohs::Drift drift = mohs::measure_drift(mohs::Cosine{}, mohs::Batch{before}, mohs::Batch{now});
///     for (const mohs::Index query : drift.beyond(0.1)) { ... }       // mine for these anew
///
/// Batches are of any scalars; what they have besides rows is not looked at. Throws std::invalid_argument for different
/// numbers of rows or columns. O(rows columns); memory 16 bytes per row.
template <Metric M, class A, class B>
[[nodiscard]] Drift measure_drift(M, const Batch<A>& before, const Batch<B>& now, const Options& run = {})
{
    detail::check_threads(run);
    if (before.rows() != now.rows()) {
        detail::throw_size_mismatch("measure_drift: the rows before", before.rows(), now.rows(), "rows now");
    }
    if (before.dimension() != now.dimension()) {
        detail::throw_invalid("measure_drift: rows of " + std::to_string(before.dimension()) +
                              " columns before, but of " + std::to_string(now.dimension()) + " now");
    }
    Drift result;
    result.of_row.resize(static_cast<std::size_t>(before.rows()));
    constexpr Index at_once = 256;
    detail::parallel_for(run, (before.rows() + at_once - 1) / at_once, [&](Index task, int) {
        for (Index row = task * at_once; row < (std::min)(before.rows(), (task + 1) * at_once); ++row) {
            result.of_row[static_cast<std::size_t>(row)] = detail::drift_of<M>(before, row, now, row);
        }
    });
    std::vector<double> known;
    std::copy_if(result.of_row.begin(), result.of_row.end(), std::back_inserter(known),
                 [](double drift) { return detail::is_finite(drift); });
    result.non_finite = before.rows() - static_cast<Index>(known.size());
    result.summary = Summary::of(known);
    return result;
}

}  // namespace mohs::inline MOHS_ABI
