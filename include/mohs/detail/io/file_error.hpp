#pragma once

/// \file
/// What is thrown about files: the path, and why.

#include <mohs/config.hpp>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace mohs::inline MOHS_ABI::detail {

/// "mohs::AtomicFile: /runs/1/bank cannot be written: No space left on device".
[[noreturn]] MOHS_COLD inline void throw_file_error(const char* who, const std::filesystem::path& path,
                                                    const std::string& what)
{
    throw std::runtime_error(std::string("mohs::") + who + ": " + path.string() + " " + what);
}

}  // namespace mohs::inline MOHS_ABI::detail
