#pragma once

/// \file
/// A stream as an iterator that counts lines.

#include <mohs/config.hpp>

#include <cstddef>
#include <istream>
#include <iterator>

namespace mohs::inline MOHS_ABI::detail {

/// An input iterator over the characters of a stream.
class LineCounter {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    /// The end of any stream.
    LineCounter() = default;
    /// `line` is the one of the next character, from 1 if it is 1 before.
    LineCounter(std::istream& stream, std::size_t& line) : at_(stream), line_(&line) {}

    char operator*() const { return *at_; }
    LineCounter& operator++()
    {
        *line_ += *at_ == '\n' ? 1 : 0;
        ++at_;
        return *this;
    }
    LineCounter operator++(int)
    {
        LineCounter before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const LineCounter& a, const LineCounter& b) { return a.at_ == b.at_; }
    friend bool operator!=(const LineCounter& a, const LineCounter& b) { return !(a == b); }

private:
    std::istreambuf_iterator<char> at_;
    std::size_t* line_ = nullptr;
};

}  // namespace mohs::inline MOHS_ABI::detail
