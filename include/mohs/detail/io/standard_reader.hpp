#pragma once

/// \file
/// A file that is read at any place, by the standard library alone: what there is where POSIX is not.

#include <mohs/detail/io/file_error.hpp>

#include <cerrno>
#include <cstddef>
#include <fstream>
#include <ios>
#include <system_error>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// As PosixReader, but for one thread at a time, and never mapped.
class StandardReader {
public:
    std::error_code open(const std::filesystem::path& path)
    {
        path_ = path;
        std::error_code error;
        const std::filesystem::file_status status = std::filesystem::status(path, error);
        if (!std::filesystem::exists(status)) {
            return error ? error : std::make_error_code(std::errc::no_such_file_or_directory);
        }
        if (std::filesystem::is_regular_file(status)) {
            errno = 0;
            stream_.open(path, std::ios::binary);
            if (!stream_.is_open()) {
                return errno != 0 ? std::error_code(errno, std::generic_category())
                                  : std::make_error_code(std::errc::io_error);
            }
        }
        return {};
    }

    std::error_code look(FileState& state) const
    {
        std::error_code error;
        state.ordinary = std::filesystem::is_regular_file(path_, error);
        state.size = state.ordinary ? std::filesystem::file_size(path_, error) : 0;
        return error;
    }

    std::error_code read(std::uint64_t offset, void* to, std::size_t size, std::size_t& got) const
    {
        got = 0;
        if (!std::in_range<std::streamoff>(offset) || !std::in_range<std::streamsize>(size)) {
            return std::make_error_code(std::errc::value_too_large);
        }
        stream_.clear();
        stream_.seekg(static_cast<std::streamoff>(offset));
        stream_.read(static_cast<char*>(to), static_cast<std::streamsize>(size));
        got = static_cast<std::size_t>(stream_.gcount());
        return stream_.bad() ? std::make_error_code(std::errc::io_error) : std::error_code();
    }

    static std::error_code map(std::uint64_t) { return std::make_error_code(std::errc::not_supported); }
    [[nodiscard]] static const std::byte* mapped() { return nullptr; }

private:
    std::filesystem::path path_;
    mutable std::ifstream stream_;
};

}  // namespace mohs::inline MOHS_ABI::detail
