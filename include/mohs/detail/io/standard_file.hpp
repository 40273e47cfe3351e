#pragma once

/// \file
/// A file that is written from begin to end, by the standard library alone: what there is where POSIX is not.

#include <mohs/config.hpp>

#include <filesystem>
#include <fstream>
#include <ios>
#include <random>
#include <string>
#include <system_error>

namespace mohs::inline MOHS_ABI::detail {

/// As PosixFile, but the system decides when the content reaches the disk, and reasons are not known.
class StandardFile {
public:
    /// A word for names of files that hardly anything else uses.
    static std::string tag() { return std::to_string(std::random_device{}()); }

    /// Makes a file that was not there: std::errc::file_exists if it was.
    std::error_code create(const std::filesystem::path& path, std::filesystem::perms permissions)
    {
        std::error_code error;
        if (std::filesystem::exists(path, error)) {
            return std::make_error_code(std::errc::file_exists);
        }
        stream_.open(path, std::ios::binary | std::ios::trunc);
        if (!stream_.is_open()) {
            const bool folder = std::filesystem::is_directory(path.parent_path(), error);
            return std::make_error_code(folder ? std::errc::io_error : std::errc::no_such_file_or_directory);
        }
        if (permissions != standard_permissions) {
            std::filesystem::permissions(path, permissions, error);
        }
        return {};
    }

    std::error_code write(const char* data, std::size_t size)
    {
        return result_of(static_cast<bool>(stream_.write(data, static_cast<std::streamsize>(size))));
    }

    std::error_code flush() { return result_of(static_cast<bool>(stream_.flush())); }

    std::error_code close()
    {
        stream_.close();
        return result_of(!stream_.fail());
    }

    static std::error_code flush_folder(const std::filesystem::path&) { return {}; }

private:
    static constexpr std::filesystem::perms standard_permissions{0666};
    static std::error_code result_of(bool good)
    {
        return good ? std::error_code() : std::make_error_code(std::errc::io_error);
    }

    std::ofstream stream_;
};

}  // namespace mohs::inline MOHS_ABI::detail
