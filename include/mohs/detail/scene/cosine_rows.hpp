#pragma once

/// \file
/// Cosine similarities between rows that are asked for one by one, many of the same rows.

#include <mohs/detail/kernel/pair_sums.hpp>
#include <mohs/detail/scene/measure_rows.hpp>

#include <array>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Rows of two batches, which have to outlive it, with their lengths: 16 bytes per row.
template <class Scalar>
class CosineRows {
public:
    /// `same`: both batches are the same.
    CosineRows(const Batch<Scalar>& anchors, const Batch<Scalar>& candidates, bool same)
        : anchors_(anchors), candidates_(candidates), anchor_scales_(scales_of(anchors))
    {
        candidate_scales_ = same ? anchor_scales_ : scales_of(candidates);
    }

    [[nodiscard]] const Batch<Scalar>& anchors() const { return anchors_; }
    [[nodiscard]] const Batch<Scalar>& candidates() const { return candidates_; }

    /// Of two rows, as `measure` computes it; NaN if either is not finite. O(D).
    [[nodiscard]] double similarity(Index anchor, Index candidate) const
    {
        return measure_scaled<Cosine>(anchors_, anchor, scale_of(anchor_scales_, anchor), candidates_, candidate,
                                      scale_of(candidate_scales_, candidate));
    }

    /// Whether the similarity of two rows is larger than `bound`, or no number. Mostly their product tells, along
    /// vectors; only what lies within rounding of the bound is measured.
    [[nodiscard]] bool exceeds(Index anchor, Index candidate, double bound) const
    {
        const UnitScale own = scale_of(anchor_scales_, anchor), other = scale_of(candidate_scales_, candidate);
        if (!is_finite(own.factor) || !is_finite(other.factor)) {
            return true;
        }
        if constexpr (std::is_same_v<Scalar, float> || std::is_same_v<Scalar, double>) {
            if (anchors_.column_stride() == 1 && candidates_.column_stride() == 1 && own.power == 1 &&
                other.power == 1) {
                const std::array<const Scalar*, 1> row{candidates_.data() + candidate * candidates_.row_stride()};
                std::array<double, 1> sum;
                isa::run(isa_, SumPairs<Scalar, true, 1>{anchors_.data() + anchor * anchors_.row_stride(), row,
                                                         anchors_.dimension(), sum});
                const double estimate = sum[0] * own.factor * other.factor;
                // Terms of a cosine add up to at most 1, of which each rounding on either way is a share.
                const double error = (static_cast<double>(anchors_.dimension()) + 32) * 2.3e-16;
                if (std::abs(estimate - bound) > error) {
                    return estimate > bound;
                }
            }
        }
        return similarity(anchor, candidate) > bound;
    }

private:
    static const UnitScale& scale_of(const std::vector<UnitScale>& scales, Index row)
    {
        return scales[static_cast<std::size_t>(row)];
    }
    static std::vector<UnitScale> scales_of(const Batch<Scalar>& batch)
    {
        std::vector<UnitScale> result;
        result.reserve(static_cast<std::size_t>(batch.rows()));
        for (Index row = 0; row < batch.rows(); ++row) {
            result.push_back(metric_scale<Cosine>(batch, row));
        }
        return result;
    }

    Batch<Scalar> anchors_, candidates_;
    std::vector<UnitScale> anchor_scales_, candidate_scales_;
    IsaLevel isa_ = isa::resolve(IsaLevel::automatic);
};

}  // namespace mohs::inline MOHS_ABI::detail
