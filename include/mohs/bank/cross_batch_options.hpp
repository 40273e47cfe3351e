#pragma once

/// \file
/// What a bank of embeddings is told.

#include <mohs/types.hpp>

#include <cstdint>
#include <optional>

namespace mohs::inline MOHS_ABI {

/// What becomes of the row that is there when another one of its sample comes: the new one takes its place, or both
/// stay.
enum class SameSample { replace, keep };

/// Options of CrossBatchBank. Steps are those of the training, counted from its begin, as `Options::step`.
struct CrossBatchOptions {
    /// Rows at most. 8192 is what the authors' code for XBM takes.
    Index capacity = 8192;
    /// `ready` is false in steps before. XBM waits for 2000 steps (its code) of some 35,000, TensorFlow Similarity for
    /// none.
    std::uint64_t warm_up = 0;
    /// Rows that are older than this many steps are dropped. None: they stay until there is no more room.
    std::optional<std::uint64_t> oldest = {};
    /// `due` says every so many steps that all rows are to be embedded anew. 0: never.
    std::uint64_t refresh = 0;
    /// One row per sample, the newest, is what judges want; XBM and its followers keep all.
    SameSample same_sample = SameSample::replace;
};

}  // namespace mohs::inline MOHS_ABI
