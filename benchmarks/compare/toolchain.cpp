#include "toolchain.hpp"

#include <toolchain_config.hpp>

#include <elf.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

extern char** environ;

namespace compare {
namespace {

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

template <class T>
T read_at(const std::string& file, std::uint64_t offset)
{
    if (offset + sizeof(T) > file.size()) {
        throw std::runtime_error("the compiled program is cut short");
    }
    T result;
    std::memcpy(&result, file.data() + offset, sizeof(T));
    return result;
}

}  // namespace

Toolchain::Toolchain()
{
    std::string name = (std::filesystem::temp_directory_path() / "mohs-compare-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("no temporary folder can be made: " + name);
    }
    folder_ = name;
}

Toolchain::~Toolchain()
{
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::string Toolchain::readme_program()
{
    return readme_program_path;
}

std::string Toolchain::write(const std::string& name, const std::string& content) const
{
    const std::filesystem::path path = folder_ / name;
    std::ofstream(path) << content;
    return path.string();
}

double Toolchain::compile(const std::string& source) const
{
    return run({"-c", source, "-o", (folder_ / "object.o").string()});
}

std::uint64_t Toolchain::text_size(const std::string& source) const
{
    const std::filesystem::path program = folder_ / "program";
    run({source, "-o", program.string()});
    std::ifstream stream(program, std::ios::binary);
    const std::string file(std::istreambuf_iterator<char>(stream), {});
    const auto header = read_at<Elf64_Ehdr>(file, 0);
    const auto section = [&](std::uint64_t at) {
        return read_at<Elf64_Shdr>(file, header.e_shoff + at * header.e_shentsize);
    };
    const std::uint64_t names = section(header.e_shstrndx).sh_offset;
    for (std::uint64_t at = 0; at < header.e_shnum; ++at) {
        if (std::strcmp(file.c_str() + names + section(at).sh_name, ".text") == 0) {
            return section(at).sh_size;
        }
    }
    throw std::runtime_error("the compiled program has no section .text");
}

/// Returns the processor time of the compiler and what it started.
double Toolchain::run(std::vector<std::string> arguments) const
{
    std::vector<std::string> command(std::begin(compiler_command), std::end(compiler_command));
    command.insert(command.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& word : command) {
        pointers.push_back(word.data());
    }
    pointers.push_back(nullptr);
    pid_t child = 0;
    int status = 0;
    rusage usage{};
    if (posix_spawnp(&child, pointers[0], nullptr, nullptr, pointers.data(), environ) != 0 ||
        wait4(child, &status, 0, &usage) != child || status != 0) {
        throw std::runtime_error("the compiler fails: " + command.front());
    }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace compare
