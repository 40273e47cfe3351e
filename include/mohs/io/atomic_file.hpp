#pragma once

/// \file
/// AtomicFile: a file that is there as a whole or not at all.

#include <mohs/detail/io/atomic_writer.hpp>
#include <mohs/detail/io/posix_file.hpp>
#include <mohs/detail/io/standard_file.hpp>

#include <filesystem>
#include <string_view>
#include <utility>

namespace mohs::inline MOHS_ABI {
namespace detail {
#if MOHS_POSIX
using SystemFile = PosixFile;
#else
using SystemFile = StandardFile;
#endif
}  // namespace detail

/// Writes a file so that whoever reads it finds the old content or the new one, whole, whatever happens meanwhile: an
/// error, an exception, a full disk, `kill -9`, a loss of power.
///
///     mohs::AtomicFile file("verdicts.jsonl");
///     for (const std::string& line : lines) {
///         file.write(line);
///     }
///     file.commit();
///
/// What is written goes to a hidden file in the same folder, `.mohs-<process>-<number>.part`. `commit` flushes it to
/// the disk (fsync), renames it, which replaces the old file in one step, and flushes the folder. Without `commit` the
/// destructor removes it, and the old file stays. What a process that was killed leaves behind is never read, and may
/// be removed. Of several that write one file at a time, the last to commit wins.
///
/// The new file has the permissions of the old one, and belongs to who writes it. Of a link, the file that it leads to
/// is written, whether it is there yet or not. A relative path is one in the folder that is current when the object is
/// made. Where there is no POSIX, the standard library writes, and the system decides when it flushes.
///
/// Throws std::runtime_error with path and reason where a folder does not exist, the path is a folder, a device or
/// anything else but an ordinary file, links lead in a circle, or writing fails, and then leaves the old file alone,
/// but for an error of the very last step, the folder's flush, whose message says that the file is written. Throws
/// std::invalid_argument for `write` or `commit` after an error or after `commit`. Memory 64 KiB.
class AtomicFile {
public:
    explicit AtomicFile(std::filesystem::path path) : writer_(std::move(path)) {}

    /// Appends bytes.
    void write(std::string_view bytes) { writer_.write(bytes); }
    void write(const void* data, std::size_t size) { writer_.write({static_cast<const char*>(data), size}); }

    /// Puts the file in place.
    void commit() { writer_.commit(); }

    /// The path as it was given.
    [[nodiscard]] const std::filesystem::path& path() const { return writer_.path(); }

private:
    detail::AtomicWriter<detail::SystemFile> writer_;
};

}  // namespace mohs::inline MOHS_ABI
