#pragma once

/// \file
/// What a file is, and what is thrown about files: the path, and why.

#include <mohs/config.hpp>

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace mohs::inline MOHS_ABI::detail {

/// What a file is at the moment.
struct FileState {
    bool ordinary = false;  ///< no folder, pipe or device
    std::uint64_t size = 0;
};

/// "mohs::AtomicFile: /runs/1/bank cannot be written: No space left on device".
[[noreturn]] MOHS_COLD inline void throw_file_error(const char* who, const std::filesystem::path& path,
                                                    const std::string& what)
{
    throw std::runtime_error(std::string("mohs::") + who + ": " + path.string() + " " + what);
}

}  // namespace mohs::inline MOHS_ABI::detail
