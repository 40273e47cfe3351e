#pragma once

/// \file
/// What a bank holds: all that a file of it has.

#include <mohs/batch.hpp>
#include <mohs/detail/bank/bank_ledger.hpp>
#include <mohs/result/cross_batch_report.hpp>

#include <cstdint>
#include <optional>

namespace mohs::inline MOHS_ABI::detail {

/// Rows with what is known of them. Nothing allocates once it is made.
template <class Scalar>
class BankContent {
public:
    BankContent(Index capacity, Index dimension, bool one_per_sample)
        : ledger(capacity, one_per_sample),
          rows(MatrixOf<Scalar>::Zero(capacity, dimension)),
          incoming_(MatrixOf<Scalar>::Zero(1, dimension))
    {
    }

    /// Puts in, one after another, what is finite and of a known class.
    template <class Other>
    void put(const Batch<Other>& batch, std::uint64_t step, CrossBatchReport& report)
    {
        last_step = step;
        for (Index row = 0; row < batch.rows(); ++row) {
            if (batch.is_unknown(row)) {
                ++report.unknown;
            } else if (!fetch(batch, row)) {
                ++report.non_finite;
            } else {
                const auto placed = ledger.put(batch.label(row), batch.id(row), step);
                rows.row(placed.place) = incoming_.row(0);
                ++report.added;
                report.replaced += placed.replaced ? 1 : 0;
                report.overwritten += placed.overwritten ? 1 : 0;
            }
        }
    }

    /// Whether `put` would put anything in.
    template <class Other>
    [[nodiscard]] bool can_use_any(const Batch<Other>& batch)
    {
        for (Index row = 0; row < batch.rows(); ++row) {
            if (!batch.is_unknown(row) && fetch(batch, row)) {
                return true;
            }
        }
        return false;
    }

    /// Drops rows from before this many steps; how many.
    Index drop_older(std::uint64_t age, std::uint64_t step)
    {
        Index dropped = 0;
        for (; ledger.rows() > 0 && step - ledger.oldest_step() > age; ++dropped) {
            const auto moved = ledger.drop_oldest();
            if (moved.from != moved.to) {
                rows.row(moved.to) = rows.row(moved.from);
            }
        }
        return dropped;
    }

    void clear()
    {
        ledger.clear();
        last_step = 0;
        renewed.reset();
    }

    /// Whether a batch views these very rows.
    template <class Other>
    [[nodiscard]] bool is_viewed_by(const Batch<Other>& batch) const
    {
        // By address: pointers into two matrices have no order.
        const auto address = [](const auto* at) { return reinterpret_cast<std::uintptr_t>(at); };
        return address(batch.data()) >= address(rows.data()) &&
               address(batch.data()) < address(rows.data() + rows.size());
    }

    BankLedger ledger;
    MatrixOf<Scalar> rows;        ///< by place, also those that are free
    std::uint64_t last_step = 0;  ///< of the rows that were put in last
    std::optional<std::uint64_t> renewed;

private:
    /// A row as it will be kept, in `incoming_`; whether it is finite.
    template <class Other>
    bool fetch(const Batch<Other>& batch, Index row)
    {
        bool finite = true;
        for (Index k = 0; k < rows.cols(); ++k) {
            const auto element = static_cast<Scalar>(batch.at(row, k));
            incoming_(0, k) = element;
            finite = finite && is_finite(element);
        }
        return finite;
    }

    MatrixOf<Scalar> incoming_;  ///< one row
};

}  // namespace mohs::inline MOHS_ABI::detail
