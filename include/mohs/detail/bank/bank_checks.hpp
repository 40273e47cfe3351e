#pragma once

/// \file
/// What a bank refuses.

#include <mohs/detail/bank/bank_content.hpp>
#include <mohs/detail/base/check.hpp>

#include <cstdint>
#include <string>

namespace mohs::inline MOHS_ABI::detail {

/// The capacity, if a bank may have it, and this many columns.
inline Index checked_bank_capacity(Index dimension, Index capacity)
{
    if (dimension < 1) {
        throw_bad_value("CrossBatchBank: dimension", static_cast<double>(dimension), "at least 1");
    }
    if (capacity < 1 || capacity > max_rows) {
        throw_bad_value("CrossBatchBank: capacity", static_cast<double>(capacity), "at least 1, and at most 2^31 - 64");
    }
    return capacity;
}

/// Steps do not go back behind that of the rows that were put in last.
inline void check_bank_step(const char* verb, std::uint64_t step, std::uint64_t last_step)
{
    if (step < last_step) {
        throw_invalid("CrossBatchBank: " + std::string(verb) + " in step " + std::to_string(step) +
                      ", but rows were put in in step " + std::to_string(last_step) +
                      ": steps are those of the whole training, not of an epoch");
    }
}

/// Rows that are put in have labels and ids, the bank's columns, and are none of its own.
template <class Scalar, class Other>
void check_bank_batch(const Batch<Other>& batch, const BankContent<Scalar>& content)
{
    if (!batch.has_labels()) {
        throw_rule("CrossBatchBank",
                   "the batch has no labels: where there are no classes, its sample ids can be its labels");
    }
    if (!batch.has_ids()) {
        throw_rule("CrossBatchBank",
                   "the batch has no sample ids, by which rows are told from candidates that show the same sample: "
                   "batch.with_ids(numbers)");
    }
    if (batch.dimension() != content.rows.cols()) {
        throw_invalid("CrossBatchBank: the batch has " + std::to_string(batch.dimension()) + " columns but the bank " +
                      std::to_string(content.rows.cols()));
    }
    if (content.is_viewed_by(batch)) {
        throw_rule("CrossBatchBank", "the batch is a view of this bank's own rows");
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
