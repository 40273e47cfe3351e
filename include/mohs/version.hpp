#pragma once

/// \file
/// The version of the library. This is the only place that states it: CMake reads these lines.

namespace mohs {

inline constexpr int version_major = 0;
inline constexpr int version_minor = 1;
inline constexpr int version_patch = 0;

}  // namespace mohs
