#pragma once

/// \file
/// The file of a bank: its first bytes, its checksum, and what is refused.

#include <mohs/detail/bank/bank_ledger.hpp>
#include <mohs/detail/io/file_error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ios>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// The number by which files know a scalar.
template <class Scalar>
inline constexpr std::uint32_t scalar_number = std::is_same_v<Scalar, float>         ? 1
                                               : std::is_same_v<Scalar, double>      ? 2
                                               : std::is_same_v<Scalar, Eigen::half> ? 3
                                                                                     : 4;

/// The first 64 bytes. After them come, of every row by place, its step, its sample id and its label in 64 bits each;
/// the places by age in 32 bits, the elements of the rows, and a checksum of all that in 64 bits.
struct BankFileHeader {
    std::array<char, 8> magic{'m', 'o', 'h', 's', 'b', 'a', 'n', 'k'};
    std::uint32_t version = 1;
    std::uint32_t byte_order = 0x01020304;
    std::uint32_t scalar = 0;
    std::uint32_t was_renewed = 0;
    std::uint64_t dimension = 0, capacity = 0, rows = 0;
    std::uint64_t last_step = 0, renewed = 0;
};
static_assert(sizeof(BankFileHeader) == 64 && std::is_trivially_copyable_v<BankFileHeader>);

/// A sum that differs for any two contents that differ in one word of 64 bits, and hardly ever agrees for others. Both
/// sides have to add the same parts.
class Checksum {
public:
    void add(const void* data, std::size_t size)
    {
        const auto* bytes = static_cast<const char*>(data);
        for (std::uint64_t word = 0; size > 0; word = 0) {
            const std::size_t taken = (std::min)(size, sizeof(word));
            std::memcpy(&word, bytes, taken);
            // Each step can be undone, so a difference stays one.
            value_ = (value_ ^ word) * 0x9E3779B97F4A7C15U;
            value_ ^= value_ >> 32;
            bytes += taken;
            size -= taken;
        }
    }
    [[nodiscard]] std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 0xCBF29CE484222325U;
};

/// Reads a file of a bank, and trusts nothing in it.
class BankFileReader {
public:
    /// Opens it and reads the header; refuses what is no file of a bank.
    explicit BankFileReader(const std::filesystem::path& path) : path_(path)
    {
        std::error_code error;
        const std::filesystem::file_status status = std::filesystem::status(path, error);
        if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
            fail("is not an ordinary file");
        }
        const std::uintmax_t size = std::filesystem::file_size(path, error);
        if (error) {
            fail("cannot be read: " + error.message());
        }
        size_ = size;
        errno = 0;
        stream_.open(path, std::ios::binary);
        if (!stream_) {
            fail("cannot be read: " + std::generic_category().message(errno));
        }
        read_header();
    }

    [[nodiscard]] const BankFileHeader& header() const { return header_; }

    /// Refuses rows of another kind, more of them than there is room for, and files of another size than these take:
    /// before memory of that size is wanted.
    void check_fits(std::uint32_t scalar, std::size_t scalar_size, Index dimension, Index capacity) const
    {
        constexpr std::array names{"float", "double", "half", "bfloat16"};
        if (header_.scalar < 1 || header_.scalar > names.size()) {
            fail("has rows of an unknown type, number " + std::to_string(header_.scalar));
        }
        if (header_.scalar != scalar) {
            fail(std::string("has rows of ") + names[header_.scalar - 1] + ", but the bank of " + names[scalar - 1]);
        }
        if (header_.dimension != static_cast<std::uint64_t>(dimension)) {
            fail("has rows of " + std::to_string(header_.dimension) + " columns, but the bank of " +
                 std::to_string(dimension));
        }
        if (header_.rows > static_cast<std::uint64_t>(capacity)) {
            fail("has " + std::to_string(header_.rows) + " rows, but the bank has room for " +
                 std::to_string(capacity));
        }
        // No overflow: the bank itself holds as many rows.
        const std::uint64_t row_size =
            3 * sizeof(std::uint64_t) + sizeof(BankLedger::Place) + header_.dimension * scalar_size;
        const std::uint64_t expected = sizeof(header_) + header_.rows * row_size + sizeof(std::uint64_t);
        if (size_ != expected) {
            fail((size_ < expected ? "is cut off: it has " : "has foreign bytes at its end: it has ") +
                 std::to_string(size_) + " bytes instead of " + std::to_string(expected));
        }
    }

    /// Reads the next part.
    void read(void* to, std::size_t size)
    {
        read_bytes(to, size);
        sum_.add(to, size);
    }

    /// Reads the end; refuses a content that the checksum does not fit.
    void finish()
    {
        std::uint64_t expected = 0;
        read_bytes(&expected, sizeof(expected));
        if (sum_.value() != expected) {
            fail("is damaged: its checksum does not fit its content");
        }
    }

    [[noreturn]] void fail(const std::string& what) const { throw_file_error("CrossBatchBank", path_, what); }

private:
    void read_header()
    {
        const BankFileHeader ours;
        const auto got = static_cast<std::size_t>((std::min)(size_, std::uintmax_t{sizeof(header_)}));
        read_bytes(&header_, got);
        if (std::memcmp(header_.magic.data(), ours.magic.data(), (std::min)(got, ours.magic.size())) != 0) {
            fail("is not the file of a bank");
        }
        if (got < sizeof(header_)) {
            fail("is cut off: it has " + std::to_string(size_) + " bytes, which is less than a header");
        }
        if (header_.byte_order != ours.byte_order) {
            fail("is of a machine with another order of bytes, or damaged");
        }
        if (header_.version != ours.version) {
            fail("is of version " + std::to_string(header_.version) + ", but 1 is what can be read");
        }
        sum_.add(&header_, sizeof(header_));
    }

    void read_bytes(void* to, std::size_t size)
    {
        errno = 0;
        if (size > 0 && !stream_.read(static_cast<char*>(to), static_cast<std::streamsize>(size))) {
            fail(errno != 0 ? "cannot be read: " + std::generic_category().message(errno)
                            : std::string("became shorter while it was read"));
        }
    }

    std::filesystem::path path_;
    std::uintmax_t size_ = 0;
    std::ifstream stream_;
    BankFileHeader header_;
    Checksum sum_;
};

/// Why no bank has these rows; null if one can. `places` are by age, `ids` and `steps` by place.
inline const char* wrong_with_rows(std::span<const BankLedger::Place> places, std::span<const std::uint64_t> steps,
                                   std::uint64_t last_step, std::span<const std::int64_t> ids, bool one_per_sample)
{
    std::vector<bool> seen(places.size());
    std::uint64_t step = 0;
    for (const BankLedger::Place place : places) {
        if (place >= places.size() || seen[place]) {
            return "its order of age does not name every row once";
        }
        seen[place] = true;
        if (steps[place] < step || steps[place] > last_step) {
            return "its steps are not in the order of age";
        }
        step = steps[place];
    }
    if (one_per_sample) {
        std::vector<std::int64_t> sorted(ids.begin(), ids.end());
        std::sort(sorted.begin(), sorted.end());
        if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
            return "samples have several rows, but the bank keeps one of each";
        }
    }
    return nullptr;
}

}  // namespace mohs::inline MOHS_ABI::detail
