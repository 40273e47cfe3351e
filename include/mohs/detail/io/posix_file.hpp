#pragma once

/// \file
/// A file that is written from begin to end, by the calls of POSIX. Nothing is here where there are none.

#include <mohs/config.hpp>

#if MOHS_POSIX

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

namespace mohs::inline MOHS_ABI::detail {

/// Functions return what the system says. Closes its file at the end of its life; removes nothing.
class PosixFile {
public:
    PosixFile() = default;
    PosixFile(const PosixFile&) = delete;
    PosixFile& operator=(const PosixFile&) = delete;
    ~PosixFile() { static_cast<void>(close()); }

    /// A word for names of files that no other process on this machine uses.
    static std::string tag() { return std::to_string(::getpid()); }

    /// Makes a file that was not there: std::errc::file_exists if it was.
    std::error_code create(const std::filesystem::path& path, std::filesystem::perms permissions)
    {
        do {
            descriptor_ =
                ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(permissions));
        } while (descriptor_ < 0 && errno == EINTR);
        return descriptor_ < 0 ? last_error() : std::error_code();
    }

    std::error_code write(const char* data, std::size_t size)
    {
        return write_by([this](const char* from, std::size_t count) { return ::write(descriptor_, from, count); }, data,
                        size);
    }

    /// Writes all bytes by a call that may write fewer, as `::write` does.
    template <class Write>
    static std::error_code write_by(const Write& write_some, const char* data, std::size_t size)
    {
        // Linux writes at most 2 GiB at a time, and macOS refuses more.
        constexpr std::size_t most = std::size_t{1} << 30;
        while (size > 0) {
            const ssize_t written = write_some(data, size < most ? size : most);
            if (written < 0) {
                if (errno == EINTR) {
                    continue;
                }
                return last_error();
            }
            if (written == 0) {
                // No error and no progress: some devices and file systems, for ever.
                return std::make_error_code(std::errc::io_error);
            }
            data += written;
            size -= static_cast<std::size_t>(written);
        }
        return {};
    }

    /// Returns when the content is on the disk.
    std::error_code flush() { return flush_descriptor(descriptor_); }

    std::error_code close()
    {
        // Not again after EINTR: the descriptor is gone, and may be that of another thread by then.
        const int descriptor = descriptor_;
        descriptor_ = -1;
        return descriptor >= 0 && ::close(descriptor) != 0 && errno != EINTR ? last_error() : std::error_code();
    }

    /// Returns when the names in a folder are on the disk. Folders that cannot be flushed at all, as those of some
    /// network file systems, or that may not be read, are no error.
    static std::error_code flush_folder(const std::filesystem::path& folder)
    {
        const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (descriptor < 0) {
            return errno == EACCES ? std::error_code() : last_error();
        }
        std::error_code error = flush_descriptor(descriptor);
        ::close(descriptor);
        if (error == std::errc::invalid_argument || error == std::errc::not_supported) {
            error.clear();
        }
        return error;
    }

private:
    static std::error_code last_error() { return {errno, std::generic_category()}; }
    static std::error_code flush_descriptor(int descriptor)
    {
        int result = 0;
        do {
            result = ::fsync(descriptor);
        } while (result != 0 && errno == EINTR);
        return result != 0 ? last_error() : std::error_code();
    }

    int descriptor_ = -1;
};

}  // namespace mohs::inline MOHS_ABI::detail

#endif
