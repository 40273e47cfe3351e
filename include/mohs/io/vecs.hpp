#pragma once

/// \file
/// Rows in .fvecs, .bvecs and .fbin files, the formats of benchmarks of nearest neighbours.

#include <mohs/io/row_file.hpp>

#include <array>
#include <limits>
#include <string>

namespace mohs::inline MOHS_ABI {
namespace detail {

/// The numbers at the begin of a file.
template <std::size_t Count>
std::array<std::uint32_t, Count> read_numbers(const FileReader& file)
{
    std::array<std::uint32_t, Count> numbers{};
    if (file.size() < sizeof(numbers)) {
        file.fail("is cut off: it has " + std::to_string(file.size()) + " bytes, which is less than a header");
    }
    file.read(0, numbers.data(), sizeof(numbers));
    order_bytes(ScalarKind::uint32, reinterpret_cast<std::byte*>(numbers.data()), Count);
    return numbers;
}

/// Rows that each begin with the number of columns.
inline RowFile open_counted(const char* who, const std::filesystem::path& path, FileAccess access, ScalarKind scalar)
{
    const auto file = open_file(who, path, access);
    const std::uint64_t columns = read_numbers<1>(*file)[0];
    if (columns == 0 || columns > std::uint64_t{(std::numeric_limits<std::int32_t>::max)()}) {
        file->fail("has " + std::to_string(static_cast<std::int32_t>(columns)) + " columns in its first row");
    }
    const std::uint64_t row = sizeof(std::uint32_t) + columns * size_of(scalar);
    if (file->size() % row != 0) {
        file->fail("has " + std::to_string(file->size()) + " bytes, which are not rows of " + std::to_string(columns) +
                   " columns");
    }
    return RowFile(file, {.scalar = scalar, .rows = file->size() / row, .columns = columns, .counted = true});
}

}  // namespace detail

/// Opens rows of float, each after its number of columns in 32 bits, all little endian (TEXMEX, 2010). How many rows
/// there are follows from the size of the file.
///
/// Throws std::runtime_error with path and reason for files that cannot be read, that are empty, whose first row has no
/// columns or a negative number of them, and of sizes that are no rows of these columns. Rows of other lengths are
/// refused when they are read, or viewed. O(1).
[[nodiscard]] inline RowFile open_fvecs(const std::filesystem::path& path, FileAccess access = FileAccess::blocks)
{
    return detail::open_counted("open_fvecs", path, access, ScalarKind::float32);
}

/// The same of bytes without sign. They cannot be viewed, because no row of a Batch is of bytes.
[[nodiscard]] inline RowFile open_bvecs(const std::filesystem::path& path, FileAccess access = FileAccess::blocks)
{
    return detail::open_counted("open_bvecs", path, access, ScalarKind::uint8);
}

/// Opens rows of float after one header of two numbers in 32 bits, rows and columns, all little endian (Big-ANN
/// benchmarks, 2021). Throws std::runtime_error with path and reason for files that cannot be read, without columns,
/// and of another size than the header says. O(1).
[[nodiscard]] inline RowFile open_fbin(const std::filesystem::path& path, FileAccess access = FileAccess::blocks)
{
    const auto file = detail::open_file("open_fbin", path, access);
    const auto [rows, columns] = detail::read_numbers<2>(*file);
    return RowFile(file, {.scalar = ScalarKind::float32, .rows = rows, .columns = columns, .begin = 8});
}

}  // namespace mohs::inline MOHS_ABI
