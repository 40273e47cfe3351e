#pragma once

/// \file
/// Lines of TREC: words between blanks.

#include <mohs/detail/base/check.hpp>
#include <mohs/detail/io/text_file.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// The words of a line, whose text they view. `first` says whether a byte order mark may come before.
inline std::vector<std::string_view> trec_fields(std::string_view line, bool first)
{
    constexpr std::string_view blanks = " \t\r";
    if (first && line.starts_with("\xEF\xBB\xBF")) {
        line.remove_prefix(3);
    }
    if (!is_utf8(line) || line.find('\0') != std::string_view::npos) {
        throw BadText("not UTF-8");
    }
    std::vector<std::string_view> fields;
    for (std::size_t begin = line.find_first_not_of(blanks); begin != std::string_view::npos;) {
        const std::size_t end = (std::min)(line.find_first_of(blanks, begin), line.size());
        fields.push_back(line.substr(begin, end - begin));
        if (fields.size() > 6) {
            throw BadText("more fields than any file of TREC has");
        }
        begin = line.find_first_not_of(blanks, end);
    }
    return fields;
}

/// Whether all of a text is an integer, of any size.
inline bool is_integer_text(std::string_view text)
{
    const std::string_view digits = text.substr(text.starts_with('-') || text.starts_with('+') ? 1 : 0);
    return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

inline std::int32_t grade_of(std::string_view text)
{
    const std::string_view digits = text.substr(text.starts_with('+') ? 1 : 0);
    std::int32_t grade = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), grade);
    if (error != std::errc{} || end != digits.data() + digits.size() || !is_integer_text(text)) {
        throw BadText("the grade is " + in_quotes(text) + ", but must be an integer of 32 bits");
    }
    return grade;
}

/// A word that can be written between blanks.
inline std::string trec_word(std::string word)
{
    if (word.empty() || word.find_first_of(std::string_view(" \t\r\n\v\f\0", 7)) != std::string::npos) {
        throw_invalid("append_trec_run: " + in_quotes(word) +
                      " cannot be written: ids and tags have no blanks in TREC files");
    }
    return word;
}

}  // namespace mohs::inline MOHS_ABI::detail
