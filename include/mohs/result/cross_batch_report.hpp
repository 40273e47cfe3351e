#pragma once

/// \file
/// CrossBatchReport: what a bank did with a batch.

#include <mohs/types.hpp>

namespace mohs::inline MOHS_ABI {

/// What became of the rows of a batch, and of those that had been there. The bank has grown by
/// added - replaced - overwritten - expired.
struct CrossBatchReport {
    Index added = 0;        ///< rows that were put in
    Index replaced = 0;     ///< of these, rows that took the place of an older one of their sample
    Index overwritten = 0;  ///< rows pushed out: the oldest, whose place was needed
    Index expired = 0;      ///< rows dropped as too old
    Index non_finite = 0;   ///< rows left out: an infinity or a NaN in them
    Index unknown = 0;      ///< rows left out: their class is not known

    /// Calls `f(name, value)` with a C string and a double for every entry: enough to feed any logger.
    template <class Function>
    void for_each(Function&& f) const
    {
        f("added", static_cast<double>(added));
        f("replaced", static_cast<double>(replaced));
        f("overwritten", static_cast<double>(overwritten));
        f("expired", static_cast<double>(expired));
        f("non_finite", static_cast<double>(non_finite));
        f("unknown", static_cast<double>(unknown));
    }
    friend bool operator==(const CrossBatchReport&, const CrossBatchReport&) = default;
};

}  // namespace mohs::inline MOHS_ABI
