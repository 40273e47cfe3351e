#pragma once

/// \file
/// Draws of rows by weights, in O(1) each (Walker 1977, built as by Vose 1991).

#include <mohs/detail/base/check.hpp>
#include <mohs/types.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Row j with probability weight[j] / sum, to 2^-32 of a row's even share. Weights are finite, not negative and not
/// all 0; a row without weight is never drawn. O(rows) to make; 12 bytes per row.
class AliasTable {
public:
    AliasTable() = default;
    explicit AliasTable(std::span<const double> weights) : share_(weights.size()), other_(weights.size())
    {
        double sum = 0;
        for (const double weight : weights) {
            sum += weight;
        }
        std::vector<double> left(weights.size());
        std::vector<std::uint32_t> poor_rows, rich_rows;
        for (std::size_t row = 0; row < weights.size(); ++row) {
            left[row] = weights[row] / sum * static_cast<double>(weights.size());
            (left[row] < 1 ? poor_rows : rich_rows).push_back(static_cast<std::uint32_t>(row));
        }
        while (!poor_rows.empty() && !rich_rows.empty()) {
            const std::uint32_t poor = poor_rows.back(), rich = rich_rows.back();
            poor_rows.pop_back();
            set(poor, left[poor], rich);
            left[rich] -= 1 - left[poor];
            if (left[rich] < 1) {
                rich_rows.pop_back();
                poor_rows.push_back(rich);
            }
        }
        // What is left has an even share, but for rounding; a row without weight keeps out of it.
        std::uint32_t heaviest = 0;
        for (std::size_t row = 0; row < weights.size(); ++row) {
            heaviest = weights[row] > weights[heaviest] ? static_cast<std::uint32_t>(row) : heaviest;
        }
        for (const std::uint32_t row : rich_rows) {
            set(row, 1, row);
        }
        for (const std::uint32_t row : poor_rows) {
            set(row, weights[row] > 0 ? 1 : 0, weights[row] > 0 ? row : heaviest);
        }
    }

    /// The row that 64 random bits stand for.
    [[nodiscard]] Index operator[](std::uint64_t bits) const
    {
        const auto row = static_cast<std::size_t>((bits >> 32) * share_.size() >> 32);
        return static_cast<double>(bits & 0xffffffffU) < share_[row] ? static_cast<Index>(row)
                                                                     : static_cast<Index>(other_[row]);
    }

private:
    void set(std::uint32_t row, double share, std::uint32_t other)
    {
        share_[row] = share * 0x1p32;
        other_[row] = other;
    }

    std::vector<double> share_;  ///< of a row's even share that is its own, times 2^32
    std::vector<std::uint32_t> other_;
};

}  // namespace mohs::inline MOHS_ABI::detail
