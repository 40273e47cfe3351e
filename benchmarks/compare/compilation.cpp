// What including mohs costs: the processor time of the compiler, and the size of the code.

#include "measure.hpp"
#include "toolchain.hpp"
#include "topics.hpp"

namespace compare {
namespace {

/// Milliseconds that the compiler takes for `first` and `second`, in turns: medians, and the median of the ratios.
struct CompileTimes {
    double first, second, ratio;
};

CompileTimes compile_in_turns(const Toolchain& compiler, const std::string& first, const std::string& second,
                              int rounds)
{
    std::vector<double> firsts, seconds, ratios;
    compiler.compile(second);  // its headers come from the disk the first time
    compiler.compile(first);
    for (int round = 0; round < rounds; ++round) {
        firsts.push_back(1e3 * compiler.compile(first));
        seconds.push_back(1e3 * compiler.compile(second));
        ratios.push_back(firsts.back() / seconds.back());
    }
    return {bench::median(firsts), bench::median(seconds), bench::median(ratios)};
}

Subject subject_named(const char* name)
{
    return {name, "-"};
}

}  // namespace

void compare_compilation(Table& table)
{
    const Subject include = subject_named("include_time"), program = subject_named("readme_compile_time"),
                  text = subject_named("readme_text");
    const int rounds = table.settings().quick ? 1 : 3;
    if (table.wants(include)) {
        const Toolchain compiler;
        const std::string mohs = compiler.write("mohs.cpp", "#include <mohs/mohs.hpp>\n");
        const std::string eigen = compiler.write("eigen.cpp", "#include <Eigen/Core>\n");
        const CompileTimes times = compile_in_turns(compiler, mohs, eigen, rounds);
        table.add({include,
                   "#include <Eigen/Core>",
                   times.first,
                   times.second,
                   times.ratio,
                   {},
                   1.6,
                   {},
                   "processor time of the compiler at -O2"});
    }
    if (table.wants(program)) {
        const double ms = 1e3 * Toolchain().compile(Toolchain::readme_program());
        table.add({program, "limit of 10 s", ms, 1e4, ms / 1e4, {}, 1, {}, "examples/quickstart.cpp at -O2"});
    }
    if (table.wants(text)) {
        const double kilobytes = static_cast<double>(Toolchain().text_size(Toolchain::readme_program())) / 1e3;
        table.add({text,
                   "limit of 300 KB",
                   {},
                   {},
                   kilobytes / 300,
                   {},
                   1,
                   {},
                   ".text of the linked program is " + std::to_string(std::lround(kilobytes)) + " KB"});
    }
}

}  // namespace compare
