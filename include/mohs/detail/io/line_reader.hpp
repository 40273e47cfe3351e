#pragma once

/// \file
/// Lines of a file, from any place on.

#include <mohs/detail/io/file_reader.hpp>
#include <mohs/detail/io/text_file.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// Reads lines up to the end that the file had when it was opened. Memory for 64 KiB, or the longest line.
class LineReader {
public:
    LineReader(const FileReader& file, std::uint64_t offset, std::uint64_t line = 1)
        : file_(&file), begin_(offset), next_number_(line)
    {
    }

    /// The next line, without what ends it, until the next call; false at the end. Throws std::runtime_error for lines
    /// of more than 64 MiB.
    bool next(std::string_view& line)
    {
        number_ = next_number_++;
        begin_ += used_;
        start_ += used_;
        used_ = 0;
        for (std::size_t searched = 0;;) {
            const char* from = buffer_.data() + start_;
            const std::size_t here = filled_ - start_;
            if (const void* found = here > searched ? std::memchr(from + searched, '\n', here - searched) : nullptr) {
                const auto size = static_cast<std::size_t>(static_cast<const char*>(found) - from);
                return take(line, from, size, size + 1);
            }
            searched = here;
            if (here > longest_text) {
                fail("is longer than " + std::to_string(longest_text) + " bytes");
            }
            if (begin_ + here >= file_->size()) {
                return here > 0 && take(line, from, here, here);
            }
            fill(here);
        }
    }

    /// Of the last line, from 1 on, and where it begins.
    [[nodiscard]] std::uint64_t number() const { return number_; }
    [[nodiscard]] std::uint64_t offset() const { return begin_; }

    [[noreturn]] void fail(const std::string& what) const
    {
        file_->fail("line " + std::to_string(number_) + ": " + what);
    }

private:
    bool take(std::string_view& line, const char* from, std::size_t size, std::size_t used)
    {
        used_ = used;
        line = std::string_view(from, size);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        return true;
    }
    /// Keeps the `here` bytes that are not used yet, and reads as many again, or 64 KiB.
    void fill(std::size_t here)
    {
        if (here > 0 && start_ > 0) {
            std::memmove(buffer_.data(), buffer_.data() + start_, here);
        }
        start_ = 0;
        const std::uint64_t rest = file_->size() - (begin_ + here);
        const auto more =
            static_cast<std::size_t>((std::min)(rest, std::uint64_t{(std::max)(here, std::size_t{65536})}));
        buffer_.resize((std::max)(buffer_.size(), here + more));
        file_->read(begin_ + here, buffer_.data() + here, more);
        filled_ = here + more;
    }

    const FileReader* file_;
    std::vector<char> buffer_;
    std::uint64_t begin_, number_ = 0, next_number_;
    std::size_t start_ = 0, filled_ = 0, used_ = 0;
};

}  // namespace mohs::inline MOHS_ABI::detail
