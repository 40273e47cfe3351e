#pragma once

/// \file
/// IndexForm: rows as an index of squared Euclidean distances wants them, whatever the metric.

#include <mohs/detail/scene/measure_rows.hpp>

#include <algorithm>
#include <cmath>

namespace mohs::inline MOHS_ABI {

/// Rows for an index whose squared Euclidean distances rank as a metric does: as they are for distances; of length 1
/// where the metric normalises; and for products with another column, sqrt(L^2 - |x|^2) of a row of the corpus, L the
/// length of the longest, and 0 of a query (Bachrach et al. 2014). So a graph gets distances that satisfy the
/// triangle inequality, which products do not, and cosines cannot be searched for without normalising.
///
///     const mohs::IndexForm form{mohs::Cosine{}, mohs::Batch{corpus}};
///     const mohs::Matrix rows = form.corpus(mohs::Batch{corpus});        // row i is row i of the corpus
///     index.add(rows.rows(), rows.data());
///
/// Rows that are not finite become zeros; a miner leaves them out, whatever an index says. O(rows columns).
template <Metric M>
class IndexForm {
public:
    template <class Scalar>
    IndexForm(M, const Batch<Scalar>& corpus) : columns_(corpus.dimension())
    {
        if constexpr (augments) {
            for (Index row = 0; row < corpus.rows(); ++row) {
                longest_ = (std::max)(longest_, square(corpus, row));
            }
        }
    }

    /// Columns of rows in this form.
    [[nodiscard]] Index columns() const { return columns_ + (augments ? 1 : 0); }

    template <class Scalar>
    [[nodiscard]] Matrix corpus(const Batch<Scalar>& batch) const
    {
        return converted(batch, [&](Index row) { return std::sqrt((std::max)(0.0, longest_ - square(batch, row))); });
    }
    template <class Scalar>
    [[nodiscard]] Matrix queries(const Batch<Scalar>& batch) const
    {
        return converted(batch, [](Index) { return 0.0; });
    }

private:
    static constexpr bool augments = M::is_similarity && !detail::normalises<M>;

    template <class Scalar>
    static double square(const Batch<Scalar>& batch, Index row)
    {
        double sum = 0;
        for (Index k = 0; k < batch.dimension() && detail::is_finite(sum); ++k) {
            const auto element = static_cast<double>(batch.at(row, k));
            sum = detail::is_finite(element) ? sum + element * element : 0;
        }
        return detail::is_finite_row(batch, row) && detail::is_finite(sum) ? sum : 0;
    }

    template <class Scalar, class Extra>
    Matrix converted(const Batch<Scalar>& batch, const Extra& extra) const
    {
        if (batch.dimension() != columns_) {
            detail::throw_invalid("IndexForm: made for rows of " + std::to_string(columns_) +
                                  " columns, but these have " + std::to_string(batch.dimension()));
        }
        Matrix result = Matrix::Zero(batch.rows(), columns());
        for (Index row = 0; row < batch.rows(); ++row) {
            if (!detail::is_finite_row(batch, row)) {
                continue;
            }
            const detail::UnitScale scale = detail::metric_scale<M>(batch, row);
            for (Index k = 0; k < columns_; ++k) {
                const double element = static_cast<double>(batch.at(row, k)) * scale.power * scale.factor;
                result(row, k) = static_cast<float>(std::clamp(element, -1e18, 1e18));
            }
            if constexpr (augments) {
                result(row, columns_) = static_cast<float>((std::min)(extra(row), 1e18));
            }
        }
        return result;
    }

    Index columns_;
    double longest_ = 0;
};

}  // namespace mohs::inline MOHS_ABI
