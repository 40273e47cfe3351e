#pragma once

/// \file
/// Cold throwers. Messages name the argument, its value and the rule.

#include <mohs/detail/base/bits.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>

namespace mohs::inline MOHS_ABI::detail {

[[noreturn]] MOHS_COLD inline void throw_invalid(const std::string& message)
{
    throw std::invalid_argument("mohs::" + message);
}

[[noreturn]] MOHS_COLD inline void throw_out_of_range(const std::string& message)
{
    throw std::out_of_range("mohs::" + message);
}

/// "mohs::InfoNCE: the batch has no labels, but needs them, or a relation".
[[noreturn]] MOHS_COLD inline void throw_rule(const char* where, const char* rule)
{
    throw_invalid(std::string(where) + ": " + rule);
}

/// "mohs::Batch: 96 rows but 95 labels".
[[noreturn]] MOHS_COLD inline void throw_size_mismatch(const char* where, long long rows, long long others,
                                                       const char* name)
{
    throw_invalid(std::string(where) + ": " + std::to_string(rows) + " rows but " + std::to_string(others) + " " +
                  name);
}

/// "mohs::TripletLoss: margin is -0.1, but must be finite and at least 0".
[[noreturn]] MOHS_COLD inline void throw_bad_value(const char* argument, double value, const char* rule)
{
    char text[32] = "nan";
    // Not std::to_string: it writes a margin of -1e-9 as -0.000000. A NaN has a sign only for printf.
    if (!is_nan(value)) {
        std::snprintf(text, sizeof(text), "%.9g", value);
    }
    throw_invalid(std::string(argument) + " is " + text + ", but must be " + rule);
}

/// "mohs::InfoNCE: per_tuple has 3 elements, but must have 10".
[[noreturn]] MOHS_COLD inline void throw_wrong_length(const char* verb, const char* argument, long long found,
                                                      long long expected)
{
    throw_invalid(std::string(verb) + ": " + argument + " has " + std::to_string(found) + " elements, but must have " +
                  std::to_string(expected));
}

/// "mohs::NearestNeighbours: queries have 64 columns but the gallery has 32".
[[noreturn]] MOHS_COLD inline void throw_wrong_columns(const char* verb, long long queries, long long gallery)
{
    throw_invalid(std::string(verb) + ": queries have " + std::to_string(queries) + " columns but the gallery has " +
                  std::to_string(gallery));
}

/// Of an argument that may be empty, where it is not wanted.
inline void check_length(const char* verb, const char* argument, std::size_t found, long long expected)
{
    if (found != 0 && static_cast<long long>(found) != expected) {
        throw_wrong_length(verb, argument, static_cast<long long>(found), expected);
    }
}

inline void check_number(const char* argument, double value)
{
    if (is_nan(value)) {
        throw_bad_value(argument, value, "a number");
    }
}

inline void check_finite(const char* argument, double value)
{
    if (!is_finite(value)) {
        throw_bad_value(argument, value, "finite");
    }
}

inline void check_positive(const char* argument, double value)
{
    if (!is_finite(value) || !(value > 0)) {
        throw_bad_value(argument, value, "finite and above 0");
    }
}

/// "mohs::TripletLoss: positive 12 is not a row of its batch, which has 10".
[[noreturn]] MOHS_COLD inline void throw_no_row(const char* argument, long long row, long long rows)
{
    throw_out_of_range(std::string(argument) + " " + std::to_string(row) + " is not a row of its batch, which has " +
                       std::to_string(rows));
}

inline void check_row(const char* argument, long long row, long long rows)
{
    if (row < 0 || row >= rows) {
        throw_no_row(argument, row, rows);
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
