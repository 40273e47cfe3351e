#pragma once

/// \file
/// A file of any size that is read piece by piece, and that nobody vouches for.

#include <mohs/detail/io/file_error.hpp>
#include <mohs/detail/io/posix_reader.hpp>
#include <mohs/detail/io/standard_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

namespace mohs::inline MOHS_ABI::detail {

/// An ordinary file, open for reading, over whatever reads it: PosixReader or StandardReader. `who` begins messages,
/// and lives as long as the program.
template <class System>
class BasicFileReader {
public:
    BasicFileReader(const char* who, std::filesystem::path path) : who_(who), path_(std::move(path))
    {
        throw_if(system_.open(path_));
        const FileState state = look();
        if (!state.ordinary) {
            fail(std::filesystem::is_directory(path_) ? "is a folder" : "is not an ordinary file");
        }
        size_ = state.size;
    }

    /// When it was opened.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Reads bytes that were there when it was opened.
    void read(std::uint64_t offset, void* to, std::size_t size) const
    {
        std::size_t got = 0;
        throw_if(system_.read(offset, to, size, got));
        if (got < size) {
            fail("became shorter while it was read");
        }
    }

    /// Refuses a file that has become shorter since it was opened.
    void check_size() const
    {
        if (look().size < size_) {
            fail("became shorter while it was read");
        }
    }

    /// Maps all of it, where the system can.
    void map()
    {
        if (size_ == 0) {
            return;
        }
        const std::error_code error = system_.map(size_);
        if (error && error != std::errc::not_supported && error != std::errc::no_such_device) {
            fail("cannot be mapped: " + error.message());
        }
    }
    /// Null where it is not mapped.
    [[nodiscard]] const std::byte* mapped() const { return system_.mapped(); }

    [[noreturn]] void fail(const std::string& what) const { throw_file_error(who_, path_, what); }

private:
    [[nodiscard]] FileState look() const
    {
        FileState state;
        throw_if(system_.look(state));
        return state;
    }
    void throw_if(std::error_code error) const
    {
        if (error) {
            fail("cannot be read: " + error.message());
        }
    }

    const char* who_;
    std::filesystem::path path_;
    System system_;
    std::uint64_t size_ = 0;
};

#if MOHS_POSIX
using FileReader = BasicFileReader<PosixReader>;
#else
using FileReader = BasicFileReader<StandardReader>;
#endif

}  // namespace mohs::inline MOHS_ABI::detail
