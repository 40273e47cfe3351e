#pragma once

/// \file
/// Rows in .npy files, the format of NumPy.

#include <mohs/detail/io/npy_header.hpp>
#include <mohs/io/row_file.hpp>

#include <array>
#include <string>

namespace mohs::inline MOHS_ABI {

/// Opens an array of NumPy, format versions 1 to 3: N x D, or N numbers as rows of one column; float16, float32,
/// float64 or integers of 8 to 64 bits, little endian, in C order. An array of at most one row or column has both
/// orders.
///
/// Throws std::runtime_error with path and reason for anything else: files that cannot be read, other versions, headers
/// of more than 64 KiB or that say something else, Fortran order, big-endian elements, other types and shapes, and
/// sizes that are not those of the file: nothing is allocated before they are. O(1).
[[nodiscard]] inline RowFile open_npy(const std::filesystem::path& path, FileAccess access = FileAccess::blocks)
{
    const auto file = detail::open_file("open_npy", path, access);
    constexpr std::size_t most_header = 65536;
    std::array<std::byte, 12> start{};
    const auto got = static_cast<std::size_t>((std::min)(file->size(), std::uint64_t{start.size()}));
    file->read(0, start.data(), got);
    if (got < 8 || std::memcmp(start.data(), "\x93NUMPY", 6) != 0) {
        file->fail("is no .npy file");
    }
    const auto version = std::to_integer<int>(start[6]), minor = std::to_integer<int>(start[7]);
    if (version < 1 || version > 3 || minor != 0) {
        file->fail("is of version " + std::to_string(version) + "." + std::to_string(minor) +
                   " of the format, but 1 to 3 are what can be read");
    }
    const std::size_t length_size = version == 1 ? 2 : 4, begin = 8 + length_size;
    if (got < begin) {
        file->fail("is cut off: it has " + std::to_string(file->size()) + " bytes");
    }
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_size; ++i) {
        length |= std::to_integer<std::size_t>(start[8 + i]) << (8 * i);
    }
    if (length > most_header) {
        file->fail("has a header of " + std::to_string(length) + " bytes, but at most " + std::to_string(most_header) +
                   " are read");
    }
    if (file->size() < begin + length) {
        file->fail("is cut off: it has " + std::to_string(file->size()) + " bytes, which is less than its header");
    }
    std::string text(length, ' ');
    file->read(begin, text.data(), length);
    try {
        const detail::NpyHeader header = detail::NpyHeaderParser(text).parse();
        if (header.shape.size() != 1 && header.shape.size() != 2) {
            file->fail("has " + std::to_string(header.shape.size()) + " dimensions, but rows have 1 or 2");
        }
        const std::uint64_t rows = header.shape[0], columns = header.shape.size() == 2 ? header.shape[1] : 1;
        if (header.by_column && rows > 1 && columns > 1) {
            file->fail("is in Fortran order: save it as numpy.ascontiguousarray(rows)");
        }
        return RowFile(
            file, {.scalar = detail::npy_kind(header.type), .rows = rows, .columns = columns, .begin = begin + length});
    } catch (const detail::BadText& error) {
        file->fail(error.what());
    }
}

}  // namespace mohs::inline MOHS_ABI
