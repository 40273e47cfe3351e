#pragma once

/// \file
/// The compiler that this program was built with, run by this program.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace compare {

/// A folder of its own for what is compiled, which is removed with it. Failures throw std::runtime_error.
class Toolchain {
public:
    Toolchain();
    ~Toolchain();
    Toolchain(const Toolchain&) = delete;
    Toolchain& operator=(const Toolchain&) = delete;

    /// The program that the README begins with.
    [[nodiscard]] static std::string readme_program();

    /// Writes a source file; returns its path.
    [[nodiscard]] std::string write(const std::string& name, const std::string& content) const;
    /// Seconds of processor time that compiling takes at -O2. The object is thrown away.
    double compile(const std::string& source) const;
    /// Bytes of the section .text of the program, linked at -O2.
    [[nodiscard]] std::uint64_t text_size(const std::string& source) const;

private:
    double run(std::vector<std::string> arguments) const;

    std::filesystem::path folder_;
};

}  // namespace compare
