#pragma once

/// \file
/// The header of .safetensors files.

#include <mohs/detail/adapter/strict_json.hpp>
#include <mohs/detail/io/checked_size.hpp>
#include <mohs/detail/io/file_reader.hpp>
#include <mohs/detail/io/stored_elements.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mohs::inline MOHS_ABI::detail {

/// One tensor, whose bytes are in the file.
struct StoredTensor {
    std::string name, type;
    std::optional<ScalarKind> kind;  ///< of types that have one
    std::vector<std::uint64_t> shape;
    std::uint64_t begin = 0, end = 0;  ///< places in the file
};

/// The kinds by their names in headers. Other types have none, but bytes all the same.
inline std::optional<ScalarKind> tensor_kind(const std::string& type)
{
    constexpr std::array names{"F16", "BF16", "F32", "F64", "I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64"};
    const auto at = std::find(names.begin(), names.end(), type);
    return at == names.end() ? std::nullopt : std::optional(static_cast<ScalarKind>(at - names.begin()));
}

/// A size in a header.
inline std::uint64_t tensor_size(const char* what, const nlohmann::json& value)
{
    if (!value.is_number_integer() || (!value.is_number_unsigned() && value.get<std::int64_t>() < 0)) {
        throw BadText(std::string("the ") + what + " must be integers of at least 0");
    }
    return value.get<std::uint64_t>();
}

/// One entry of the header, checked but for its neighbours.
inline StoredTensor read_tensor(const std::string& name, const nlohmann::json& value, std::uint64_t data,
                                std::uint64_t file_size)
{
    if (!value.is_object()) {
        throw BadText("must be an object");
    }
    const JsonFields fields(value);
    StoredTensor tensor;
    tensor.name = name;
    tensor.type = fields.text("dtype");
    tensor.kind = tensor_kind(tensor.type);
    for (const nlohmann::json& length : fields.list("shape")) {
        tensor.shape.push_back(tensor_size("lengths of its shape", length));
    }
    const nlohmann::json& offsets = fields.list("data_offsets");
    if (offsets.size() != 2) {
        throw BadText("must have two data_offsets");
    }
    const CheckedSize begin = CheckedSize(data) + CheckedSize(tensor_size("data_offsets", offsets[0]));
    const CheckedSize end = CheckedSize(data) + CheckedSize(tensor_size("data_offsets", offsets[1]));
    if (!begin.fits() || !end.fits() || begin.value() > end.value() || end.value() > file_size) {
        throw BadText("its data_offsets are not in the file, which has " + std::to_string(file_size) +
                      " bytes: it may be cut off");
    }
    tensor.begin = begin.value();
    tensor.end = end.value();
    if (tensor.kind) {
        CheckedSize size(size_of(*tensor.kind));
        for (const std::uint64_t length : tensor.shape) {
            size = size * CheckedSize(length);
        }
        if (!size.fits() || size.value() != tensor.end - tensor.begin) {
            throw BadText("its shape does not take the " + std::to_string(tensor.end - tensor.begin) +
                          " bytes of its data_offsets");
        }
    }
    return tensor;
}

/// All tensors, by their places. Throws BadText for what no file says, and what the parser throws.
inline std::vector<StoredTensor> read_tensor_list(const FileReader& file)
{
    constexpr std::uint64_t most_header = std::uint64_t{16} << 20;
    std::uint64_t length = 0;
    if (file.size() < sizeof(length)) {
        throw BadText("is cut off: it has " + std::to_string(file.size()) + " bytes, which is less than a header");
    }
    file.read(0, &length, sizeof(length));
    order_bytes(ScalarKind::uint64, reinterpret_cast<std::byte*>(&length), 1);
    if (length > most_header) {
        throw BadText("has a header of " + std::to_string(length) + " bytes, but at most " +
                      std::to_string(most_header) + " are read: it may be no .safetensors file");
    }
    if (length > file.size() - sizeof(length)) {
        throw BadText("is cut off: it has " + std::to_string(file.size()) + " bytes, which is less than its header");
    }
    std::string text(static_cast<std::size_t>(length), ' ');
    file.read(sizeof(length), text.data(), text.size());
    const nlohmann::json header = parse_object(text);
    std::vector<StoredTensor> tensors;
    for (const auto& [name, value] : header.items()) {
        if (name == "__metadata__") {
            continue;
        }
        try {
            tensors.push_back(read_tensor(name, value, sizeof(length) + length, file.size()));
        } catch (const BadText& error) {
            throw BadText("has a tensor " + in_quotes(name) + " that is wrong: " + error.what());
        }
    }
    std::sort(tensors.begin(), tensors.end(), [](const StoredTensor& a, const StoredTensor& b) {
        return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
    });
    std::uint64_t covered = sizeof(length) + length;
    for (const StoredTensor& tensor : tensors) {
        if (tensor.begin != covered) {
            throw BadText("has a tensor " + in_quotes(tensor.name) + " that does not begin where the one before ends");
        }
        covered = tensor.end;
    }
    if (covered != file.size()) {
        throw BadText("has " + std::to_string(file.size() - covered) + " foreign bytes at its end");
    }
    return tensors;
}

}  // namespace mohs::inline MOHS_ABI::detail
