#pragma once

/// \file
/// A file that is read at any place or mapped, by the calls of POSIX. Nothing is here where there are none.

#include <mohs/detail/io/file_error.hpp>

#if MOHS_POSIX

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// Functions return what the system says. Closes its file, and takes its mapping away, at the end of its life.
class PosixReader {
public:
    PosixReader() = default;
    PosixReader(const PosixReader&) = delete;
    PosixReader& operator=(const PosixReader&) = delete;
    ~PosixReader()
    {
        if (mapped_ != nullptr) {
            ::munmap(mapped_, mapped_size_);
        }
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }

    std::error_code open(const std::filesystem::path& path)
    {
        do {
            // Without waiting: a pipe that nobody writes would never open.
            descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        } while (descriptor_ < 0 && errno == EINTR);
        return descriptor_ < 0 ? last_error() : std::error_code();
    }

    std::error_code look(FileState& state) const
    {
        struct stat status {};
        if (::fstat(descriptor_, &status) != 0) {
            return last_error();
        }
        state.ordinary = S_ISREG(status.st_mode);
        state.size = status.st_size < 0 ? 0 : static_cast<std::uint64_t>(status.st_size);
        return {};
    }

    /// Reads up to `size` bytes; fewer, as `got` says, only where the file ends. Several threads may do so at a time.
    std::error_code read(std::uint64_t offset, void* to, std::size_t size, std::size_t& got) const
    {
        // Linux reads at most 2 GiB at a time, and macOS refuses more.
        constexpr std::size_t most = std::size_t{1} << 30;
        for (got = 0; got < size;) {
            if (!std::in_range<off_t>(offset + got)) {
                return std::make_error_code(std::errc::value_too_large);
            }
            const std::size_t wanted = size - got < most ? size - got : most;
            const ssize_t read =
                ::pread(descriptor_, static_cast<char*>(to) + got, wanted, static_cast<off_t>(offset + got));
            if (read == 0) {
                return {};
            }
            if (read > 0) {
                got += static_cast<std::size_t>(read);
            } else if (errno != EINTR) {
                return last_error();
            }
        }
        return {};
    }

    /// Maps the first `size` bytes, at least one, once.
    std::error_code map(std::uint64_t size)
    {
        if (!std::in_range<std::size_t>(size)) {
            return std::make_error_code(std::errc::not_enough_memory);
        }
        void* mapped = ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_SHARED, descriptor_, 0);
        if (mapped == MAP_FAILED) {
            return last_error();
        }
        mapped_ = mapped;
        mapped_size_ = static_cast<std::size_t>(size);
        return {};
    }

    /// Null where nothing is mapped.
    [[nodiscard]] const std::byte* mapped() const { return static_cast<const std::byte*>(mapped_); }

private:
    static std::error_code last_error() { return {errno, std::generic_category()}; }

    int descriptor_ = -1;
    void* mapped_ = nullptr;
    std::size_t mapped_size_ = 0;
};

}  // namespace mohs::inline MOHS_ABI::detail

#endif
