#pragma once

/// \file
/// Options of a scan: instruction set, threads, executor, step.

#include <mohs/types.hpp>

#include <cstdint>
#include <functional>

namespace mohs::inline MOHS_ABI {

/// Runs `body(0)` to `body(count - 1)`, in any order and on any threads, and returns when all have ended. A thread
/// pool fits in with one lambda. Calls beyond `count` do nothing, and which number a call gets does not matter. One that
/// returns having made fewer than `count` calls makes a scan throw std::invalid_argument, after the calls that have begun
/// have ended. `body` must not be called once the executor has returned.
using Executor = std::function<void(Index count, const std::function<void(Index)>& body)>;

/// Whether tiles are looked at as bytes before they are scored.
enum class Screening { off, on };

/// How a scan runs. None of these changes a result, except that rounding may differ between instruction sets in the
/// last bits.
struct Options {
    /// Instruction set. `automatic` takes the best that this machine runs; asking for one that it does not run throws
    /// std::invalid_argument.
    IsaLevel isa = IsaLevel::automatic;
    /// Threads at most. 0: what OpenMP gives, 16 with an executor, 1 without either. Negative: std::invalid_argument.
    int threads = 0;
    /// Empty: OpenMP where the including project compiles with it, else the calling thread alone.
    Executor executor = {};
    /// Certified screening: tiles are looked at as bytes first, and scored as floats only where that may matter. The
    /// same bits, in half to two thirds of the time for hardest negatives without filters and for one nearest neighbour;
    /// several neighbours gain little or nothing, and rows that bytes cannot tell apart cost up to 15 % more. Has an
    /// effect where candidates are wanted for the largest scores alone (these, corpus mining, and selectors without windows,
    /// but not among positives), for float and 16-bit rows of at least 64 columns and 1536 candidates, on machines with AVX-512
    /// VNNI or AVX-VNNI. Takes 1.5 times the memory of the packed rows more.
    Screening screening = Screening::off;
    /// Training step, for random strategies: the same step repeats its draws, two steps differ.
    std::uint64_t step = 0;
};

}  // namespace mohs::inline MOHS_ABI
