#pragma once

/// \file
/// Text as it comes from files that nobody vouches for, and as it goes to streams and files.

#include <mohs/config.hpp>

#include <cstddef>
#include <istream>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mohs::inline MOHS_ABI::detail {

/// The longest line or field that is read: what is longer is no text of ours, and could fill the memory.
inline constexpr std::size_t longest_text = std::size_t{64} << 20;

/// What is wrong with a text, as an exception that a reader turns into one with the line.
struct BadText : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// "mohs::read_verdicts_csv: line 3: the field verdict is maybe, but must be positive, negative or skip".
[[noreturn]] MOHS_COLD inline void throw_at_line(const char* reader, std::size_t line, const std::string& what)
{
    throw std::runtime_error(std::string("mohs::") + reader + ": line " + std::to_string(line) + ": " + what);
}

/// A text from a file as part of a message: short, and without control characters.
inline std::string in_quotes(std::string_view text)
{
    std::string result = "'";
    for (const char c : text.substr(0, 40)) {
        result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    }
    return result + (text.size() > 40 ? "...'" : "'");
}

/// Whether text is UTF-8 by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
inline bool is_utf8(std::string_view text)
{
    std::size_t at = 0;
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    while (at < text.size()) {
        const unsigned first = byte(at);
        const std::size_t more = first < 0x80   ? 0
                                 : first < 0xc2 ? 4
                                 : first < 0xe0 ? 1
                                 : first < 0xf0 ? 2
                                 : first < 0xf5 ? 3
                                                : 4;
        if (more == 4 || at + more >= text.size()) {
            return false;
        }
        for (std::size_t i = 1; i <= more; ++i) {
            const unsigned low = i > 1 ? 0x80 : first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
            const unsigned high = i > 1 ? 0xbf : first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
            if (byte(at + i) < low || byte(at + i) > high) {
                return false;
            }
        }
        at += more + 1;
    }
    return true;
}

/// Reads up to the next line feed, which it drops. False at the end of the stream. Throws std::runtime_error for lines
/// that are too long and streams that cannot be read, as of a file that is not there.
inline bool read_line(const char* reader, std::istream& stream, std::size_t number, std::string& line)
{
    line.clear();
    std::streambuf* buffer = stream.rdbuf();
    if (buffer == nullptr || stream.fail()) {
        throw_at_line(reader, number, "the stream cannot be read");
    }
    using Traits = std::istream::traits_type;
    for (;;) {
        const auto next = buffer->sbumpc();
        if (Traits::eq_int_type(next, Traits::eof())) {
            stream.setstate(std::ios::eofbit);
            return !line.empty();
        }
        const char c = Traits::to_char_type(next);
        if (c == '\n') {
            return true;
        }
        if (line.size() == longest_text) {
            throw_at_line(reader, number, "longer than " + std::to_string(longest_text) + " bytes");
        }
        line.push_back(c);
    }
}

/// Writes to a std::ostream, or to whatever has `write(std::string_view)`, as an AtomicFile. Throws std::runtime_error
/// for streams that cannot be written.
template <class Sink>
void put_text(const char* writer, Sink& sink, std::string_view text)
{
    if constexpr (requires { sink.write(text); }) {
        sink.write(text);
    } else if (!sink.write(text.data(), static_cast<std::streamsize>(text.size()))) {
        throw std::runtime_error(std::string("mohs::") + writer + ": the stream cannot be written");
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
