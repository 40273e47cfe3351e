#pragma once

/// \file
/// Options as text, for provenance and keys.

#include <mohs/config.hpp>

#include <cstdio>
#include <string>

namespace mohs::inline MOHS_ABI::detail {

/// A number so that it is read back as the same.
inline std::string text_of_number(double value)
{
    char text[40];
    std::snprintf(text, sizeof(text), "%.17g", value);
    return text;
}

}  // namespace mohs::inline MOHS_ABI::detail
