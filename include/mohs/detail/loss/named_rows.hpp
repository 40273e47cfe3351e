#pragma once

/// \file
/// The rows of a batch that triplets name.

#include <mohs/detail/kernel/row_update.hpp>
#include <mohs/detail/loss/row_gradient.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>
#include <type_traits>

namespace mohs::inline MOHS_ABI::detail {

/// What rows are ready in for sums over pairs: unit rows are double.
template <class M, class A, class B>
using ReadyElement =
    std::conditional_t<!normalises<M> && std::is_same_v<typename Batch<A>::Compute, typename Batch<B>::Compute>,
                       typename Batch<A>::Compute, double>;

/// Rows of a batch by slots, numbered as they are named first, with their transformed elements in `T` and a list of
/// numbers for each. Nothing here takes time or memory by the size of the batch.
template <class M, class Scalar, class T>
class NamedRows {
public:
    /// Rows are named at most `names` times. Memory comes from the workspace's current frame.
    NamedRows(const Batch<Scalar>& batch, Index names, Workspace& workspace)
        : batch_(batch),
          shift_(64 - table_bits((std::min)(names, batch.rows()))),
          table_(workspace.take<std::int32_t>(Index{1} << (64 - shift_), empty)),
          row_of_(workspace.take<Index>((std::min)(names, batch.rows())))
    {
    }

    /// The slot of a row, which exists.
    std::int32_t slot_of(Index row)
    {
        // Fibonacci hashing: rows at any stride spread.
        const std::uint64_t mask = table_.size() - 1;
        std::uint64_t at = static_cast<std::uint64_t>(row) * 0x9E3779B97F4A7C15U >> shift_;
        for (; table_[at] != empty; at = (at + 1) & mask) {
            if (row_of_[static_cast<std::size_t>(table_[at])] == row) {
                return table_[at];
            }
        }
        table_[at] = static_cast<std::int32_t>(size_);
        row_of_[static_cast<std::size_t>(size_)] = row;
        return static_cast<std::int32_t>(size_++);
    }

    /// Reads the rows that have been named, and no others from now on.
    void prepare(Workspace& workspace, IsaLevel isa)
    {
        const Index depth = batch_.dimension();
        elements_ = workspace.take<const T*>(size_);
        scales_ = workspace.take<UnitScale>(normalises<M> ? size_ : 0);
        const bool in_place = !normalises<M> && std::is_same_v<T, Scalar> && batch_.column_stride() == 1;
        T* next = workspace.take<T>(in_place ? 0 : size_ * depth).data();
        using Compute = typename Batch<Scalar>::Compute;
        const std::span<Compute> buffer = workspace.take<Compute>(normalises<M> ? depth : 0);
        for (Index slot = 0; slot < size_; ++slot, next += in_place ? 0 : depth) {
            const auto at = static_cast<std::size_t>(slot);
            if constexpr (normalises<M>) {
                const Compute* const x = fetch_row(batch_, row_of_[at], buffer.data());
                scales_[at] = scale_of(x, row_of_[at], isa);
                write_unit_row(x, scales_[at], isa, next);
                elements_[at] = next;
            } else {
                elements_[at] = fetch_row(batch_, row_of_[at], next);
            }
        }
    }

    [[nodiscard]] const Batch<Scalar>& batch() const { return batch_; }
    [[nodiscard]] Index size() const { return size_; }
    [[nodiscard]] Index row_of(Index slot) const { return row_of_[static_cast<std::size_t>(slot)]; }
    [[nodiscard]] const T* elements(Index slot) const { return elements_[static_cast<std::size_t>(slot)]; }
    [[nodiscard]] UnitScale scale(Index slot) const
    {
        return normalises<M> ? scales_[static_cast<std::size_t>(slot)] : UnitScale{1, 1};
    }

private:
    static constexpr std::int32_t empty = -1;

    /// Bits of the number of places in a table that stays half empty.
    static int table_bits(Index rows)
    {
        return static_cast<int>(std::bit_width(2 * static_cast<std::uint64_t>(rows) + 1));
    }

    /// The factors of `metric_scale`, bit by bit.
    template <class Compute>
    [[nodiscard]] UnitScale scale_of(const Compute* x, Index row, IsaLevel isa) const
    {
        double square = 0;
        isa::run(isa, SumSquares<Compute>{x, batch_.dimension(), square});
        const int exponent = exponent_of(square);
        return exponent > -600 && exponent < 600 ? UnitScale{1, 1 / std::sqrt(square)} : metric_scale<M>(batch_, row);
    }

    /// The elements that `measure` multiplies.
    template <class Compute>
    void write_unit_row(const Compute* x, const UnitScale& scale, IsaLevel isa, double* to) const
    {
        if (scale.power == 1) {
            isa::run(isa, ScaleRow<Compute>{x, scale.factor, batch_.dimension(), to});
            return;
        }
        for (Index k = 0; k < batch_.dimension(); ++k) {
            to[k] = rounded(rounded(static_cast<double>(x[k]) * scale.power) * scale.factor);
        }
    }

    const Batch<Scalar>& batch_;
    int shift_;
    std::span<std::int32_t> table_;
    std::span<Index> row_of_;
    Index size_ = 0;
    std::span<const T*> elements_;
    std::span<UnitScale> scales_;
};

}  // namespace mohs::inline MOHS_ABI::detail
