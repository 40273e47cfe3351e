#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace recommendation {

using Bytes = std::vector<unsigned char>;

enum class RKind { nothing, integers, numbers, texts, list };

/// A value of R, as far as data frames consist of them.
struct RValue {
    RKind kind = RKind::nothing;
    std::vector<std::int32_t> integers = {};  ///< also logicals and the codes of factors; the smallest integer is NA
    std::vector<double> numbers = {};
    std::vector<std::string> texts = {};
    std::vector<RValue> items = {};
    std::vector<std::pair<std::string, RValue>> attributes = {};

    /// The element of a list of names, as a column of a data frame; null where there is none.
    [[nodiscard]] const RValue* find(const std::string& name) const;
};

/// Reads a value in R's serialisation format, version 2 or 3, in binary (XDR). `where` begins what is thrown.
///
/// Nobody vouches for the bytes: every length is held against what is left of them before anything is allocated, lists
/// are at most 30 deep and have at most a million elements altogether. Throws std::runtime_error, with one sentence, for
/// bytes that end too early, that go on behind the value, and for values that are not of the kinds above.
[[nodiscard]] RValue parse_r_value(const Bytes& bytes, const std::string& where);

/// Unpacks what zlib or gzip packed. Throws std::runtime_error for what is damaged or cut off, and where it becomes
/// longer than `most`.
[[nodiscard]] Bytes unpack(const Bytes& packed, std::size_t most, const std::string& where);

/// Reads a variable of an R lazy-load data base, `<base>.rdx` and `<base>.rdb`: the index is a list that says where in
/// the other file each variable lies, packed by zlib, after its length in four bytes, the highest first. Reads these two
/// parts alone. Throws std::runtime_error, with one sentence, for files that are not there or not such ones, for a
/// variable that is not among them, and for parts of more than 64 MiB.
[[nodiscard]] RValue load_r_variable(const std::filesystem::path& base, const std::string& name);

}  // namespace recommendation
