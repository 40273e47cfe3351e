#pragma once

/// \file
/// Rows of a file of any format that is known by its name.

#include <mohs/io/csv_rows.hpp>
#include <mohs/io/npy.hpp>
#include <mohs/io/vecs.hpp>

#include <algorithm>
#include <memory>
#include <string>

namespace mohs::inline MOHS_ABI {

/// Opens a file by the end of its name: .npy, .fvecs, .bvecs, .fbin, or .csv, .tsv (tabs between the numbers). Throws
/// std::runtime_error for other names, and what the reader of the format throws.
[[nodiscard]] inline std::unique_ptr<RowSource> open_rows(const std::filesystem::path& path,
                                                          FileAccess access = FileAccess::blocks)
{
    std::string format = path.extension().string();
    std::transform(format.begin(), format.end(), format.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (format == ".npy") {
        return std::make_unique<RowFile>(open_npy(path, access));
    }
    if (format == ".fvecs") {
        return std::make_unique<RowFile>(open_fvecs(path, access));
    }
    if (format == ".bvecs") {
        return std::make_unique<RowFile>(open_bvecs(path, access));
    }
    if (format == ".fbin") {
        return std::make_unique<RowFile>(open_fbin(path, access));
    }
    if (format == ".csv" || format == ".tsv") {
        return std::make_unique<CsvRows>(path, CsvRowsOptions{.separator = format == ".csv" ? ',' : '\t'});
    }
    detail::throw_file_error("open_rows", path,
                             "has a name that does not end in .npy, .fvecs, .bvecs, .fbin, .csv or .tsv");
}

}  // namespace mohs::inline MOHS_ABI
