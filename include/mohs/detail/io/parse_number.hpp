#pragma once

/// \file
/// Numbers in text, whatever the locale.

#include <mohs/config.hpp>

#include <charconv>
#include <limits>
#include <locale>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

namespace mohs::inline MOHS_ABI::detail {

/// What stands for numbers that are not finite, in any case: "nan", "inf" and "infinity", after a sign or not.
inline std::optional<double> parse_word(std::string_view text)
{
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    const auto is = [&](std::string_view word) {
        bool same = text.size() == word.size();
        for (std::size_t i = 0; same && i < word.size(); ++i) {
            same = (text[i] | 0x20) == word[i];
        }
        return same;
    };
    if (is("nan")) {
        return std::numeric_limits<double>::quiet_NaN();
    }
    if (is("inf") || is("infinity")) {
        const double infinity = std::numeric_limits<double>::infinity();
        return negative ? -infinity : infinity;
    }
    return std::nullopt;
}

/// The number that all of a text is, decimal and in the range of double: nothing else, not even blanks. Numbers that
/// are not finite are words, and none where `finite` is asked for.
inline std::optional<double> parse_number(std::string_view text, bool finite)
{
    std::string_view digits = text;
    if (digits.starts_with('+') || digits.starts_with('-')) {
        digits.remove_prefix(1);
    }
    if (digits.empty() || (digits[0] != '.' && (digits[0] < '0' || digits[0] > '9'))) {
        return finite ? std::nullopt : parse_word(text);
    }
    double result = 0;
#if defined(__cpp_lib_to_chars)
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size();
#else
    std::istringstream stream{std::string(digits)};
    stream.imbue(std::locale::classic());
    const bool whole = digits.find_first_not_of("0123456789+-.eE") == std::string_view::npos && stream >> result &&
                       stream.peek() == std::istringstream::traits_type::eof();
#endif
    if (!whole) {
        return std::nullopt;
    }
    return text.starts_with('-') ? -result : result;
}

}  // namespace mohs::inline MOHS_ABI::detail
