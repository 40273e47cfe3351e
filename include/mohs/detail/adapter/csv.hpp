#pragma once

/// \file
/// Records of comma-separated values by RFC 4180.

#include <mohs/detail/io/text_file.hpp>

#include <algorithm>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Reads records: fields between commas, in quotes where they hold commas, quotes (doubled) or line breaks. Lines end
/// in a line feed, after a carriage return or not. Blank lines are passed over, and a byte order mark at the beginning.
class CsvReader {
public:
    CsvReader(const char* reader, std::istream& stream) : reader_(reader), stream_(stream) {}

    /// The next record; false at the end. Throws std::runtime_error with the line for quotes where none may be or that
    /// do not end, text that is not UTF-8, and fields of more than 64 MiB.
    bool next(std::vector<std::string>& fields)
    {
        fields.clear();
        while (fields.empty()) {
            line_ = next_line_;
            if (!read_line(reader_, stream_, next_line_, text_)) {
                return false;
            }
            ++next_line_;
            if (line_ == 1 && text_.starts_with("\xEF\xBB\xBF")) {
                text_.erase(0, 3);
            }
            if (!text_.empty() && text_ != "\r") {
                split(fields);
            }
        }
        return true;
    }

    /// The line that the last record began in, from 1.
    [[nodiscard]] std::size_t line() const { return line_; }

private:
    void split(std::vector<std::string>& fields)
    {
        for (std::size_t at = 0;; ++at) {
            std::string field = at < text_.size() && text_[at] == '"' ? quoted_field(at) : plain_field(at);
            if (!is_utf8(field)) {
                throw_at_line(reader_, line_, "field " + std::to_string(fields.size() + 1) + " is not UTF-8");
            }
            fields.push_back(std::move(field));
            if (at >= text_.size()) {
                return;
            }
        }
    }

    /// From `at` to the next comma or the end, where `at` is then.
    std::string plain_field(std::size_t& at)
    {
        const std::size_t begin = at;
        at = (std::min)(text_.find(',', at), text_.size());
        std::string field = text_.substr(begin, at - begin);
        if (at == text_.size() && field.ends_with('\r')) {
            field.pop_back();
        }
        if (field.find('"') != std::string::npos) {
            throw_at_line(reader_, line_, "a quote inside a field that does not begin with one");
        }
        return field;
    }

    /// The same from a quote, over as many lines as it takes.
    std::string quoted_field(std::size_t& at)
    {
        std::string field;
        for (++at;; ++at) {
            const std::size_t end = text_.find('"', at);
            if (end == std::string::npos) {
                field.append(text_, at);
                field += '\n';
                if (field.size() > longest_text) {
                    throw_at_line(reader_, line_, "a field of more than " + std::to_string(longest_text) + " bytes");
                }
                if (!read_line(reader_, stream_, next_line_, text_)) {
                    throw_at_line(reader_, line_, "a quoted field does not end");
                }
                ++next_line_;
                at = static_cast<std::size_t>(-1);
                continue;
            }
            field.append(text_, at, end - at);
            at = end + 1;
            if (at + 1 == text_.size() && text_[at] == '\r') {
                ++at;
            }
            if (at == text_.size() || text_[at] == ',') {
                return field;
            }
            if (text_[at] != '"') {
                throw_at_line(reader_, line_, "text after the quote that ends a field");
            }
            field += '"';
        }
    }

    const char* reader_;
    std::istream& stream_;
    std::string text_;
    std::size_t line_ = 0, next_line_ = 1;
};

/// Whether a spreadsheet could take what begins so for a formula.
inline bool begins_formula(std::string_view text)
{
    return !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos;
}

/// Whether text begins with an apostrophe that `as_text` has put there, or would have to double.
inline bool is_marked_text(std::string_view text)
{
    return text.starts_with('\'') && (begins_formula(text.substr(1)) || text.substr(1).starts_with('\''));
}

/// Text that no spreadsheet takes for a formula (OWASP, CSV injection), and `from_text` gives back.
inline std::string as_text(std::string_view text)
{
    return (begins_formula(text) || is_marked_text(text) ? "'" : "") + std::string(text);
}
inline std::string_view from_text(std::string_view text)
{
    return text.substr(is_marked_text(text) ? 1 : 0);
}

/// A field, in quotes if it needs them.
inline std::string csv_field(std::string_view text)
{
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        return std::string(text);
    }
    std::string result = "\"";
    for (const char c : text) {
        result += c == '"' ? "\"\"" : std::string(1, c);
    }
    return result + '"';
}

}  // namespace mohs::inline MOHS_ABI::detail
