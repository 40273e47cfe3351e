#pragma once

/// \file
/// How far apart the rows of a batch usually are, and near-duplicates by that.

#include <mohs/filter/exclude_close_rows.hpp>
#include <mohs/filter/exclude_near_duplicates.hpp>
#include <mohs/mining/nearest_neighbours.hpp>

#include <Eigen/Core>

namespace mohs::inline MOHS_ABI {

/// The median distance of a row to its nearest neighbour, and filters of near-duplicates with a share of it as their
/// threshold. Made by `near_duplicate_scale`.
template <Metric M>
struct NearDuplicateScale {
    /// Similarities of rows of any length do not tell distances.
    static constexpr bool is_plain_product = M::is_similarity && !detail::normalises<M>;

    double median = 0;  ///< a Euclidean distance, of normalised rows where the metric normalises them
    Index rows = 0;     ///< rows with a neighbour, which the median is over

    /// Rejects negatives that are closer to the anchor than `share` of the median; 0.13 is that of cleanlab's
    /// near-duplicates. A filter of pairs; with `true` as `to_positive` a filter of triplets, which looks at the
    /// positive too. The threshold is in the unit of the metric: t for distances, t^2 for squared ones, 1 - t^2 / 2 for
    /// cosines. For DotProduct it is an ExcludeCloseRows, which measures. A share that is 0, and a median that is,
    /// excludes nothing.
    ///
    /// Throws std::invalid_argument for a share that is not finite or below 0.
    template <class ToPositive = std::false_type>
    [[nodiscard]] auto near_duplicates(double share = 0.13, ToPositive to_positive = {}) const
    {
        if (!detail::is_finite(share) || share < 0) {
            detail::throw_bad_value("NearDuplicateScale: share", share, "finite and at least 0");
        }
        const double limit = share * median;
        if constexpr (is_plain_product) {
            return ExcludeCloseRows<ToPositive>{limit, to_positive};
        } else if constexpr (M::is_similarity) {
            return ExcludeNearDuplicates<Similarity, ToPositive>{similarity(1 - limit * limit / 2), to_positive};
        } else {
            return ExcludeNearDuplicates<Distance, ToPositive>{distance(M::is_squared ? limit * limit : limit),
                                                               to_positive};
        }
    }
};

/// Measures how far apart the rows of a batch, or of a gallery, usually are: the median over its rows of the Euclidean
/// distance to the nearest other one, whatever their labels. A threshold for near-duplicates that is a share of it does
/// not hang on the scale of the embeddings, which changes in training (cleanlab: 0.13 of it):
///
///     const auto scale = mohs::near_duplicate_scale(mohs::Cosine{}, gallery);
///     mohs::InfoNCE loss{mohs::Cosine{}, {}, scale.near_duplicates()};
///
/// `M` is the metric of the miner or loss that will ask: distances are those of normalised rows for Cosine and
/// `Normalised<...>`, and of the rows as they are for the others, DotProduct included. Labels, roles and a relation are
/// not looked at; rows of one sample id are no neighbours. Of an even number of rows the median is the mean of the
/// middle two, as in NumPy. Neighbours are those of the scan, nearest up to the rounding of its scores; their distances
/// are computed in double from differences.
///
/// Rows that are not finite are left out. With fewer than two others, or one sample, there is nothing to measure:
/// `rows` and `median` are 0, and filters by that exclude nothing. The same where more than half of the rows have an
/// exact copy: then the median says that duplicates are the rule, and a threshold has to be given by hand.
///
/// Throws what NearestNeighbours throws. Time: N^2 D / 2 multiply-adds, as one scan; memory O(N D).
template <Metric M, class Scalar>
[[nodiscard]] NearDuplicateScale<M> near_duplicate_scale(M, const Batch<Scalar>& batch, const Options& options = {})
{
    using Measured = std::conditional_t<detail::normalises<M>, Normalised<Euclidean>, Euclidean>;
    using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    const Eigen::Map<const MatrixOf<Scalar>, Eigen::Unaligned, Strides> rows(
        batch.data(), batch.rows(), batch.dimension(), Strides(batch.row_stride(), batch.column_stride()));
    std::vector<std::int64_t> ids;
    for (Index row = 0; batch.has_ids() && row < batch.rows(); ++row) {
        ids.push_back(batch.id(row));
    }
    const Batch<Scalar> plain(rows);
    const auto neighbours =
        NearestNeighbours{Measured{}, {.k = 1}}(batch.has_ids() ? plain.with_ids(ids) : plain, options);
    std::vector<double> nearest;
    for (Index row = 0; row < neighbours.rows(); ++row) {
        if (neighbours.count(row) > 0) {
            nearest.push_back(neighbours.value(row, 0));
        }
    }
    NearDuplicateScale<M> result;
    result.rows = static_cast<Index>(nearest.size());
    if (!nearest.empty()) {
        const auto middle = nearest.begin() + static_cast<std::ptrdiff_t>(nearest.size() / 2);
        std::nth_element(nearest.begin(), middle, nearest.end());
        result.median = *middle;
        if (nearest.size() % 2 == 0) {
            result.median += (*std::max_element(nearest.begin(), middle) - result.median) / 2;
        }
    }
    return result;
}

}  // namespace mohs::inline MOHS_ABI
