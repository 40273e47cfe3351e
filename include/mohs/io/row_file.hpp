#pragma once

/// \file
/// RowFile: rows of a binary file as a RowSource. How they lie in it is what open_npy and its like find out.

#include <mohs/detail/io/checked_size.hpp>
#include <mohs/detail/io/file_reader.hpp>
#include <mohs/io/row_source.hpp>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// How blocks of a file are got at: read on every call, or mapped where they can be.
enum class FileAccess { blocks, mapped };

namespace detail {

/// Where the rows of a file are.
struct RowLayout {
    ScalarKind scalar = ScalarKind::float32;
    std::uint64_t rows = 0, columns = 0;
    std::uint64_t begin = 0;  ///< bytes before the first row
    bool counted = false;     ///< before each row stands the number of columns, in 32 bits
    bool last = true;         ///< nothing comes after the rows
};

}  // namespace detail

/// Rows of a file, as a RowSource that trusts nothing: the file may lie about its size, be cut off, and change.
///
/// `read` takes blocks from the file by position (pread); where there is no POSIX, by the standard library, and then
/// from one thread at a time. A file that became shorter, or that cannot be read, is a std::runtime_error with path and
/// reason.
///
/// Opened as `FileAccess::mapped`, `view` shows blocks where the system maps them, without a copy: where elements are
/// of the type that is asked for and lie at addresses that are right for it. It checks the size of the file before
/// every block, but the rows are used later: **if somebody cuts the file off in between, the process gets a signal
/// (SIGBUS), and ends**. Take `FileAccess::blocks` for files that others write to. Where nothing can be mapped, `view`
/// has nothing and `read` all.
///
/// Copies share the open file. Opening costs O(1), a block O(its bytes); memory for 1 MiB, or a row, where rows begin
/// with their length.
class RowFile final : public RowSource {
public:
    /// For readers of formats: rows of an open file, once it is clear that it has them.
    RowFile(std::shared_ptr<const detail::FileReader> file, const detail::RowLayout& layout)
        : file_(std::move(file)), layout_(layout)
    {
        check_layout();
    }

    [[nodiscard]] Index rows() const override { return static_cast<Index>(layout_.rows); }
    [[nodiscard]] Index columns() const override { return static_cast<Index>(layout_.columns); }
    [[nodiscard]] ScalarKind scalar() const override { return layout_.scalar; }
    [[nodiscard]] const std::filesystem::path& path() const { return file_->path(); }
    /// Whether the system maps the file.
    [[nodiscard]] bool is_mapped() const { return file_->mapped() != nullptr; }

protected:
    void read_stored(Index first, Index count, std::byte* to) const override
    {
        const auto size = static_cast<std::size_t>(count) * row_size();
        if (!layout_.counted) {
            file_->read(offset(first), to, size);
        } else {
            const Index at_once = (std::max)(Index{1}, static_cast<Index>((std::size_t{1} << 20) / stride()));
            std::vector<std::byte> block(static_cast<std::size_t>((std::min)(at_once, count)) * stride());
            for (Index done = 0; done < count; done += at_once) {
                const Index now = (std::min)(at_once, count - done);
                file_->read(offset(first + done), block.data(), static_cast<std::size_t>(now) * stride());
                for (Index row = 0; row < now; ++row) {
                    const std::byte* from = block.data() + static_cast<std::size_t>(row) * stride();
                    check_count(first + done + row, from);
                    std::memcpy(to + static_cast<std::size_t>(done + row) * row_size(), from + prefix(), row_size());
                }
            }
        }
        detail::order_bytes(layout_.scalar, to, static_cast<std::size_t>(count) * layout_.columns);
    }

    [[nodiscard]] StoredRows map_stored(Index first, Index count) const override
    {
        if (std::endian::native != std::endian::little || !is_mapped()) {
            return {};
        }
        file_->check_size();
        const std::byte* begin = file_->mapped() + offset(first);
        for (Index row = 0; layout_.counted && row < count; ++row) {
            check_count(first + row, begin + static_cast<std::size_t>(row) * stride());
        }
        return {begin + prefix(), static_cast<Index>(stride())};
    }

private:
    [[nodiscard]] std::size_t prefix() const { return layout_.counted ? sizeof(std::uint32_t) : 0; }
    [[nodiscard]] std::size_t row_size() const
    {
        return static_cast<std::size_t>(layout_.columns) * detail::size_of(layout_.scalar);
    }
    [[nodiscard]] std::size_t stride() const { return prefix() + row_size(); }
    [[nodiscard]] std::uint64_t offset(Index row) const
    {
        return layout_.begin + static_cast<std::uint64_t>(row) * stride();
    }

    /// Every size that is computed later, once without overflow.
    void check_layout() const
    {
        using detail::CheckedSize;
        if (layout_.columns == 0) {
            file_->fail("has rows of 0 columns, but embeddings need at least 1");
        }
        const CheckedSize row =
            CheckedSize(layout_.columns) * CheckedSize(detail::size_of(layout_.scalar)) + CheckedSize(prefix());
        const CheckedSize end = CheckedSize(layout_.begin) + CheckedSize(layout_.rows) * row;
        // In memory an element takes 8 bytes at most.
        const CheckedSize row_memory = CheckedSize(layout_.columns) * CheckedSize(8);
        const CheckedSize memory = CheckedSize(layout_.rows) * row_memory;
        const auto in_range = [](const CheckedSize& size) {
            return size.fits() && std::in_range<std::ptrdiff_t>(size.value());
        };
        // Of a row, too: there may be none, of any length.
        if (!in_range(end) || !in_range(memory) || !in_range(row) || !in_range(row_memory) ||
            !std::in_range<Index>(layout_.rows)) {
            file_->fail("has rows that no memory could hold: " + std::to_string(layout_.rows) + " of " +
                        std::to_string(layout_.columns) + " columns");
        }
        if (file_->size() < end.value() || (layout_.last && file_->size() > end.value())) {
            const bool shorter = file_->size() < end.value();
            file_->fail((shorter ? "is cut off: it has " : "has foreign bytes at its end: it has ") +
                        std::to_string(file_->size()) + " bytes instead of " + std::to_string(end.value()));
        }
    }

    void check_count(Index row, const std::byte* at) const
    {
        auto count = detail::load_element<std::uint32_t>(at);
        detail::order_bytes(ScalarKind::uint32, reinterpret_cast<std::byte*>(&count), 1);
        if (count != layout_.columns) {
            file_->fail("has " + std::to_string(static_cast<std::int32_t>(count)) + " columns in row " +
                        std::to_string(row) + ", but " + std::to_string(layout_.columns) + " in the first");
        }
    }

    std::shared_ptr<const detail::FileReader> file_;
    detail::RowLayout layout_;
};

namespace detail {

/// Opens a file for its format, which reads its header.
inline std::shared_ptr<const FileReader> open_file(const char* who, const std::filesystem::path& path,
                                                   FileAccess access)
{
    auto file = std::make_shared<FileReader>(who, path);
    if (access == FileAccess::mapped) {
        file->map();
    }
    return file;
}

}  // namespace detail
}  // namespace mohs::inline MOHS_ABI
