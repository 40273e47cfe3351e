// The suite: everything that Google Benchmark offers on its command line, and --isa=LEVEL.

#include "cases.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// The level that --isa names; the arguments without it.
mohs::IsaLevel take_level(std::vector<char*>& arguments)
{
    mohs::IsaLevel level = mohs::IsaLevel::automatic;
    constexpr std::string_view option = "--isa=";
    const auto is_option = [&](const char* text) { return std::string_view(text).substr(0, option.size()) == option; };
    for (const char* argument : arguments) {
        if (!is_option(argument)) {
            continue;
        }
        std::string names;
        bool known = false;
        for (const mohs::IsaLevel offered : mohs::available_isa_levels()) {
            names += std::string(" ") + mohs::to_string(offered);
            if (std::string_view(argument).substr(option.size()) == mohs::to_string(offered)) {
                level = offered;
                known = true;
            }
        }
        if (!known) {
            std::fprintf(stderr, "%s: this machine runs%s\n", argument, names.c_str());
            std::exit(2);
        }
    }
    arguments.erase(std::remove_if(arguments.begin(), arguments.end(), is_option), arguments.end());
    return level;
}

}  // namespace

int main(int argc, char** argv)
{
    // First, so that the user's own comes later and counts.
    std::string min_time = "--benchmark_min_time=0.25";
    std::vector<char*> arguments{argv[0], min_time.data()};
    arguments.insert(arguments.end(), argv + 1, argv + argc);
    const mohs::IsaLevel level = take_level(arguments);
    int count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) {
        return 2;
    }
    for (const mohs::IsaLevel available : mohs::available_isa_levels()) {
        char peak[64];
        std::snprintf(peak, sizeof(peak), "%.1f GFLOP/s in float, %.1f in double",
                      bench::measure_peak<float>(available) / 1e9, bench::measure_peak<double>(available) / 1e9);
        benchmark::AddCustomContext(std::string("peak ") + mohs::to_string(available), peak);
    }
    bench::add_kernel_cases();
    bench::add_scan_cases(level);
    bench::add_hardest_cases(level);
    bench::add_topk_cases(level);
    bench::add_strategy_cases(level);
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
}
