#pragma once

/// \file
/// The header of .npy files, which is a dictionary in the syntax of Python.

#include <mohs/detail/io/stored_elements.hpp>
#include <mohs/detail/io/text_file.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// What a header says.
struct NpyHeader {
    std::string type;  ///< as "<f4"
    bool by_column = false;
    std::vector<std::uint64_t> shape;
};

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, with keys in any order, each once. Throws
/// BadText for anything else.
class NpyHeaderParser {
public:
    explicit NpyHeaderParser(std::string_view text) : text_(text) {}

    NpyHeader parse()
    {
        NpyHeader header;
        bool has_type = false, has_order = false, has_shape = false;
        expect('{');
        while (!take('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr") {
                once(has_type, key);
                header.type = type();
            } else if (key == "fortran_order") {
                once(has_order, key);
                header.by_column = truth();
            } else if (key == "shape") {
                once(has_shape, key);
                header.shape = shape();
            } else {
                throw BadText("has a header with the key " + in_quotes(key) + ", which no .npy file has");
            }
            if (!take(',')) {
                expect('}');
                break;
            }
        }
        skip_blanks();
        if (at_ != text_.size()) {
            refuse();
        }
        for (const auto& [found, key] :
             {std::pair{has_type, "descr"}, std::pair{has_order, "fortran_order"}, std::pair{has_shape, "shape"}}) {
            if (!found) {
                throw BadText(std::string("has a header without the key '") + key + "'");
            }
        }
        return header;
    }

private:
    static constexpr std::size_t most_dimensions = 32;  // as in NumPy

    [[noreturn]] void refuse() const
    {
        throw BadText("has a header that is none of a .npy file, at its byte " + std::to_string(at_) + ": " +
                      in_quotes(text_.substr((std::min)(at_, text_.size()))));
    }
    static void once(bool& found, const std::string& key)
    {
        if (found) {
            throw BadText("has a header with the key '" + key + "' twice");
        }
        found = true;
    }
    void skip_blanks()
    {
        while (at_ < text_.size() &&
               (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
            ++at_;
        }
    }
    bool take(char c)
    {
        skip_blanks();
        const bool found = at_ < text_.size() && text_[at_] == c;
        at_ += found ? 1 : 0;
        return found;
    }
    void expect(char c)
    {
        if (!take(c)) {
            refuse();
        }
    }
    bool take_word(std::string_view word)
    {
        skip_blanks();
        const bool found = text_.substr(at_).starts_with(word);
        at_ += found ? word.size() : 0;
        return found;
    }

    std::string quoted()
    {
        const char quote = take('\'') ? '\'' : '"';
        if (quote == '"') {
            expect('"');
        }
        const std::size_t end = text_.find(quote, at_);
        const std::string_view inside = end == std::string_view::npos ? "\\" : text_.substr(at_, end - at_);
        if (inside.find('\\') != std::string_view::npos) {
            refuse();
        }
        at_ = end + 1;
        return std::string(inside);
    }
    std::string type()
    {
        if (take('[')) {
            throw BadText("has records of several fields, but rows of numbers are what can be read");
        }
        return quoted();
    }
    bool truth()
    {
        if (take_word("True")) {
            return true;
        }
        if (!take_word("False")) {
            refuse();
        }
        return false;
    }
    std::vector<std::uint64_t> shape()
    {
        std::vector<std::uint64_t> result;
        expect('(');
        while (!take(')')) {
            skip_blanks();
            std::uint64_t length = 0;
            const char* const begin = text_.data() + at_;
            const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), length);
            if (error == std::errc::result_out_of_range) {
                throw BadText("has a header whose shape is larger than 64 bits");
            }
            if (error != std::errc{} || result.size() == most_dimensions) {
                refuse();
            }
            at_ += static_cast<std::size_t>(end - begin);
            take('L');  // of integers in Python 2
            result.push_back(length);
            if (!take(',')) {
                expect(')');
                break;
            }
        }
        return result;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// The name of every kind that .npy files have, little endian; bytes have no order.
template <class Element>
inline constexpr const char* npy_type = nullptr;
template <>
inline constexpr const char* npy_type<Eigen::half> = "<f2";
template <>
inline constexpr const char* npy_type<float> = "<f4";
template <>
inline constexpr const char* npy_type<double> = "<f8";
template <>
inline constexpr const char* npy_type<std::int8_t> = "|i1";
template <>
inline constexpr const char* npy_type<std::uint8_t> = "|u1";
template <>
inline constexpr const char* npy_type<std::int16_t> = "<i2";
template <>
inline constexpr const char* npy_type<std::uint16_t> = "<u2";
template <>
inline constexpr const char* npy_type<std::int32_t> = "<i4";
template <>
inline constexpr const char* npy_type<std::uint32_t> = "<u4";
template <>
inline constexpr const char* npy_type<std::int64_t> = "<i8";
template <>
inline constexpr const char* npy_type<std::uint64_t> = "<u8";

/// The kind of a type in a header. Throws BadText, with what to do about it.
inline ScalarKind npy_kind(const std::string& type)
{
    const std::string_view code = std::string_view(type).substr(type.empty() ? 0 : 1);
    const bool bytes = code == "i1" || code == "u1";
    for (int number = 0; number <= static_cast<int>(ScalarKind::uint64); ++number) {
        const auto kind = static_cast<ScalarKind>(number);
        const char* name = with_element_of(kind, []<class Element>() { return npy_type<Element>; });
        if (name != nullptr && code == name + 1 && (type[0] == '<' || (bytes && (type[0] == '|' || type[0] == '>')))) {
            return kind;
        }
        if (name != nullptr && code == name + 1 && type[0] == '>') {
            throw BadText("has elements in big-endian order: save it as rows.astype(rows.dtype.newbyteorder('<'))");
        }
    }
    throw BadText("has elements of type " + in_quotes(type) +
                  ", but floats of 16, 32 or 64 bits and integers are what can be read");
}

}  // namespace mohs::inline MOHS_ABI::detail
