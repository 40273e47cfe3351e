#pragma once

/// \file
/// Numbers as text that is read again as the same number, whatever the locale.

#include <mohs/config.hpp>

#include <charconv>
#include <limits>
#include <locale>
#include <sstream>
#include <string>

namespace mohs::inline MOHS_ABI::detail {

/// A finite number, in as few digits as it takes where the standard library can say so, else in 17.
inline std::string number_text(double number)
{
#if defined(__cpp_lib_to_chars)
    char text[32];
    return {text, std::to_chars(text, text + sizeof(text), number).ptr};
#else
    std::ostringstream stream;
    stream.imbue(std::locale::classic());
    stream.precision(std::numeric_limits<double>::max_digits10);
    stream << number;
    return stream.str();
#endif
}

}  // namespace mohs::inline MOHS_ABI::detail
