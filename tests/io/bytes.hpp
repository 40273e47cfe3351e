#pragma once

#include "scratch_folder.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>

/// The bytes of numbers, little endian, one by one.
template <class Number>
std::string bytes_of(Number number)
{
    std::uint64_t bits = 0;
    if constexpr (std::is_integral_v<Number>) {
        bits = static_cast<std::uint64_t>(number);
    } else if constexpr (sizeof(Number) == 4) {
        bits = std::bit_cast<std::uint32_t>(number);
    } else {
        bits = std::bit_cast<std::uint64_t>(number);
    }
    std::string result;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        result += static_cast<char>(bits >> (8 * i));
    }
    return result;
}

/// Numbers 1, 2, 3, ... as elements of a type.
template <class Number>
std::string numbers(int count)
{
    std::string result;
    for (int i = 1; i <= count; ++i) {
        result += bytes_of(static_cast<Number>(i));
    }
    return result;
}

/// An array of NumPy by the description of its format, for a header of any text.
inline std::string npy_file(const std::string& header, const std::string& elements, int version = 1)
{
    const auto length = static_cast<std::uint32_t>(header.size());
    return std::string("\x93NUMPY") + static_cast<char>(version) + std::string(1, '\0') +
           (version == 1 ? bytes_of(static_cast<std::uint16_t>(length)) : bytes_of(length)) + header + elements;
}

inline std::string npy_header(const std::string& type, const std::string& shape, const std::string& order = "False")
{
    return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }\n";
}

/// What a half or bfloat16 of these bits is, by the definition: sign, exponent of `exponent_bits`, and a fraction.
inline double value_of_bits(std::uint16_t bits, int exponent_bits)
{
    const int fraction_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = (bits & 0x7fff) >> fraction_bits, fraction = bits & ((1 << fraction_bits) - 1);
    const double sign = (bits & 0x8000) != 0 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1) {
        return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                             : sign * std::numeric_limits<double>::infinity();
    }
    const double whole = exponent == 0 ? fraction : fraction + (1 << fraction_bits);
    return sign * std::ldexp(whole, (exponent == 0 ? 1 : exponent) - bias - fraction_bits);
}

/// Writes a file and says how a reader refuses it, without its path, or that it was read.
template <class Open>
std::string refusal_of_file(const std::filesystem::path& path, const std::string& content, const Open& open)
{
    put(path, content);
    std::string message = thrown_by<std::runtime_error>([&] { open(path); });
    const std::size_t at = message.find(path.string() + " ");
    return at == std::string::npos ? message : message.substr(at + path.string().size() + 1);
}

/// Whether one of the parts is in the text, which is shown if none is.
inline bool contains_any(const std::string& text, std::initializer_list<const char*> parts)
{
    UNSCOPED_INFO(text);
    return std::any_of(parts.begin(), parts.end(),
                       [&](const char* part) { return text.find(part) != std::string::npos; });
}
