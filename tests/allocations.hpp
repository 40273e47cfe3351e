#pragma once

/// \file Counts what the test program allocates through operator new. allocations.cpp replaces the operators, once for
/// all tests.

#include <cstddef>

namespace allocations {

/// Calls of operator new so far, on all threads.
std::size_t count();
/// Bytes that these calls asked for and that have not been given back.
std::size_t bytes_held();
/// The largest value of `bytes_held` since the last `reset_peak`.
std::size_t peak_bytes();
void reset_peak();

}  // namespace allocations
