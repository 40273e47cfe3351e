#pragma once

/// \file
/// Telling candidates of one sample id apart, for random keys that are drawn by sample ids.

#include <mohs/batch.hpp>
#include <mohs/workspace.hpp>

#include <algorithm>
#include <numeric>

namespace mohs::inline MOHS_ABI::detail {

/// Numbers the rows of every sample id in ascending order, from 0: rows of different ids keep their keys when they are
/// reordered, and rows of one id, which are different candidates, get different keys.
class SampleCopies {
public:
    SampleCopies() = default;
    template <class Scalar>
    SampleCopies(const Batch<Scalar>& candidates, Workspace& workspace)
    {
        if (!candidates.has_ids()) {
            return;
        }
        number_ = workspace.take<std::uint32_t>(candidates.rows(), 0U);
        const Workspace::Frame frame(workspace);
        const std::span<std::int32_t> rows = workspace.take<std::int32_t>(candidates.rows());
        std::iota(rows.begin(), rows.end(), 0);
        std::sort(rows.begin(), rows.end(), [&](std::int32_t a, std::int32_t b) {
            const std::int64_t id_a = candidates.id(a), id_b = candidates.id(b);
            return id_a != id_b ? id_a < id_b : a < b;
        });
        for (std::size_t i = 1; i < rows.size(); ++i) {
            if (candidates.id(rows[i]) == candidates.id(rows[i - 1])) {
                number_[static_cast<std::size_t>(rows[i])] = number_[static_cast<std::size_t>(rows[i - 1])] + 1;
            }
        }
    }

    /// The candidate's number among the rows of its sample. Without ids every row is a sample of its own.
    [[nodiscard]] std::uint32_t number_of(Candidate candidate) const
    {
        return number_.empty() ? 0 : number_[static_cast<std::size_t>(candidate.row)];
    }

private:
    std::span<std::uint32_t> number_;
};

}  // namespace mohs::inline MOHS_ABI::detail
