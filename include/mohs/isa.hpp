#pragma once

/// \file
/// The instruction sets that scans may use: which of them this machine runs, and their names.

#include <mohs/detail/simd/isa.hpp>

#include <vector>

namespace mohs::inline MOHS_ABI {

/// The levels that this machine runs, worst first.
inline std::vector<IsaLevel> available_isa_levels()
{
    std::vector<IsaLevel> levels;
    for (const IsaLevel level : {IsaLevel::portable, IsaLevel::baseline, IsaLevel::avx2, IsaLevel::avx512}) {
        if (detail::isa::is_available(level)) {
            levels.push_back(level);
        }
    }
    return levels;
}

/// "portable", "baseline", "avx2", "avx512" or "automatic".
inline const char* to_string(IsaLevel level)
{
    switch (level) {
        case IsaLevel::portable: return "portable";
        case IsaLevel::baseline: return "baseline";
        case IsaLevel::avx2: return "avx2";
        case IsaLevel::avx512: return "avx512";
        default: return "automatic";
    }
}

}  // namespace mohs::inline MOHS_ABI
