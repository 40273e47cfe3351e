#pragma once

/// \file
/// Rows in .safetensors files, the format of Hugging Face, by JSON for Modern C++ (nlohmann-json 3.11, Debian:
/// nlohmann-json3-dev).

#include <mohs/detail/adapter/tensor_list.hpp>
#include <mohs/io/row_file.hpp>

#include <memory>
#include <string>
#include <vector>

namespace mohs::inline MOHS_ABI {

/// The tensors of a file, of which those of two dimensions, or of one as rows of one column, can be read as rows: F16,
/// BF16, F32, F64 and integers.
///
/// The header is a JSON object of at most 16 MiB, without duplicate keys. Every tensor has to have as many bytes as its
/// shape and type take, and all of them together cover the rest of the file, without gaps or overlaps, as the format
/// wants it: files that are cut off or have foreign bytes are refused before anything of their size is allocated.
///
/// Throws std::runtime_error with path and reason for all other files. O(header).
class Safetensors {
public:
    explicit Safetensors(const std::filesystem::path& path, FileAccess access = FileAccess::blocks)
        : file_(detail::open_file("Safetensors", path, access))
    {
        try {
            tensors_ = detail::read_tensor_list(*file_);
        } catch (const detail::BadText& error) {
            file_->fail(error.what());
        } catch (const nlohmann::json::exception& error) {
            file_->fail("has a header that is " + detail::problem_of(error));
        }
    }

    /// The names of all tensors, in the order of their places in the file.
    [[nodiscard]] std::vector<std::string> names() const
    {
        std::vector<std::string> result;
        for (const detail::StoredTensor& tensor : tensors_) {
            result.push_back(tensor.name);
        }
        return result;
    }

    /// The rows of a tensor. Throws std::runtime_error where there is none of this name, with those that there are, or
    /// it has no rows that can be read.
    [[nodiscard]] RowFile rows(const std::string& name) const
    {
        for (const detail::StoredTensor& tensor : tensors_) {
            if (tensor.name == name) {
                return rows(tensor);
            }
        }
        std::string known;
        for (const detail::StoredTensor& tensor : tensors_) {
            known += (known.empty() ? "" : ", ") + detail::in_quotes(tensor.name);
            if (known.size() > 200) {
                known += ", ...";
                break;
            }
        }
        file_->fail("has no tensor " + detail::in_quotes(name) + ", but " + (known.empty() ? "none" : known));
    }

private:
    [[nodiscard]] RowFile rows(const detail::StoredTensor& tensor) const
    {
        const std::string named = "has a tensor " + detail::in_quotes(tensor.name);
        if (!tensor.kind) {
            file_->fail(named + " of type " + detail::in_quotes(tensor.type) +
                        ", but F16, BF16, F32, F64 and integers are what can be read");
        }
        if (tensor.shape.size() != 1 && tensor.shape.size() != 2) {
            file_->fail(named + " of " + std::to_string(tensor.shape.size()) + " dimensions, but rows have 1 or 2");
        }
        return RowFile(file_, {.scalar = *tensor.kind,
                               .rows = tensor.shape[0],
                               .columns = tensor.shape.size() == 2 ? tensor.shape[1] : 1,
                               .begin = tensor.begin,
                               .last = false});
    }

    std::shared_ptr<const detail::FileReader> file_;
    std::vector<detail::StoredTensor> tensors_;
};

}  // namespace mohs::inline MOHS_ABI
