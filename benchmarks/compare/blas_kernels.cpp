#include "blas_kernels.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>

extern char** environ;

namespace compare {
namespace {

constexpr const char* core_variable = "OPENBLAS_CORETYPE";      ///< read by OpenBLAS
constexpr const char* rates_variable = "MOHS_COMPARE_KERNELS";  ///< what was tried, for the process that is started

/// From the widest vectors down.
constexpr std::array<std::string_view, 8> known_kernels{"Cooperlake",  "SkylakeX", "Haswell", "Zen",
                                                        "Sandybridge", "Nehalem",  "Core2",   "Prescott"};

/// What a process with these kernels says; nothing if it fails, or takes others.
std::optional<KernelRate> try_kernels(const std::string& kernels)
{
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) {
        return {};
    }
    setenv(core_variable, kernels.c_str(), 1);
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::string program = "compare", option = "--sgemm-rate";
    std::array<char*, 3> arguments{program.data(), option.data(), nullptr};
    pid_t child = 0;
    const bool started = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    unsetenv(core_variable);
    close(ends[1]);
    std::string said;
    std::array<char, 256> buffer{};
    for (ssize_t count = 0; (count = read(ends[0], buffer.data(), buffer.size())) > 0;) {
        said.append(buffer.data(), static_cast<std::size_t>(count));
    }
    close(ends[0]);
    int status = 0;
    if (!started || waitpid(child, &status, 0) != child || status != 0) {
        return {};
    }
    const std::vector<KernelRate> rates = read_rates(said);
    return rates.size() == 1 && rates.front().kernels == kernels ? std::optional(rates.front()) : std::nullopt;
}

}  // namespace

std::vector<std::string> kernels_to_try(VectorClass mohs, const std::function<bool(std::string_view)>& runs)
{
    std::vector<std::string> result;
    VectorClass lowest = std::min(mohs, VectorClass::avx2);
    for (const std::string_view kernels : known_kernels) {
        const VectorClass vectors = class_of_kernels(kernels);
        if (vectors > mohs || !runs(kernels)) {
            continue;
        }
        if (result.empty()) {
            lowest = std::min(lowest, vectors);
        }
        if (vectors >= lowest) {
            result.emplace_back(kernels);
        }
    }
    return result;
}

bool machine_runs([[maybe_unused]] std::string_view kernels)
{
#if MOHS_X86
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
                        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    return kernels == "Cooperlake"                    ? avx512 && __builtin_cpu_supports("avx512bf16")
           : kernels == "SkylakeX"                    ? avx512
           : kernels == "Haswell" || kernels == "Zen" ? avx2
           : kernels == "Sandybridge"                 ? __builtin_cpu_supports("avx")
           : kernels == "Nehalem"                     ? __builtin_cpu_supports("sse4.2")
           : kernels == "Core2"                       ? __builtin_cpu_supports("ssse3")
                                                      : kernels == "Prescott" && __builtin_cpu_supports("sse3");
#else
    return false;
#endif
}

std::optional<std::size_t> fastest(const std::vector<KernelRate>& rates, VectorClass mohs)
{
    constexpr double noise = 0.03;
    double highest = 0;
    for (const KernelRate& rate : rates) {
        if (class_of_kernels(rate.kernels) <= mohs) {
            highest = std::max(highest, rate.gigaflops);
        }
    }
    std::optional<std::size_t> best;
    const auto order = [&](std::size_t i) { return std::pair(class_of_kernels(rates[i].kernels), rates[i].gigaflops); };
    for (std::size_t i = 0; i < rates.size(); ++i) {
        if (order(i).first <= mohs && rates[i].gigaflops >= (1 - noise) * highest &&
            (!best || order(i) > order(*best))) {
            best = i;
        }
    }
    return best;
}

std::string write_rates(const std::vector<KernelRate>& rates)
{
    std::ostringstream text;
    text.precision(4);
    for (const KernelRate& rate : rates) {
        text << (&rate == rates.data() ? "" : " ") << rate.kernels << ' ' << rate.gigaflops;
    }
    return text.str();
}

std::vector<KernelRate> read_rates(const std::string& text)
{
    std::vector<KernelRate> rates;
    std::istringstream stream(text);
    for (KernelRate rate; stream >> rate.kernels >> rate.gigaflops;) {
        rates.push_back(rate);
    }
    return rates;
}

KernelChoice KernelChoice::of_this_process()
{
    const char* const rates = std::getenv(rates_variable);
    if (rates != nullptr) {
        return {By::measurement, read_rates(rates)};
    }
    return {std::getenv(core_variable) != nullptr ? By::user : By::openblas};
}

PeerClass KernelChoice::peer_class(const std::string& kernels) const
{
    PeerClass result{class_of_kernels(kernels)};
    for (const KernelRate& rate : tried) {
        result.tried = std::max(result.tried, class_of_kernels(rate.kernels));
    }
    return result;
}

std::string KernelChoice::describe(const std::string& kernels) const
{
    std::string text = "kernels of " + kernels + " (" + to_string(class_of_kernels(kernels)) + "), ";
    switch (by) {
        case By::user: return text + "as OPENBLAS_CORETYPE says";
        case By::openblas: return text + "chosen by itself";
        default: break;
    }
    text += "chosen by GFLOP/s:";
    for (const KernelRate& rate : tried) {
        std::array<char, 64> number{};
        std::snprintf(number.data(), number.size(), " %.1f", rate.gigaflops);
        text += (&rate == tried.data() ? " " : ", ") + rate.kernels + number.data();
    }
    return text;
}

void choose_kernels(VectorClass mohs, int rounds, char** arguments)
{
    if (KernelChoice::of_this_process().by != KernelChoice::By::openblas) {
        return;
    }
    std::vector<KernelRate> rates;
    for (const std::string& kernels : kernels_to_try(mohs, machine_runs)) {
        rates.push_back({kernels});
    }
    for (int round = 0; round < rounds; ++round) {
        for (KernelRate& rate : rates) {
            rate.gigaflops = std::max(rate.gigaflops, try_kernels(rate.kernels).value_or(KernelRate{}).gigaflops);
        }
    }
    std::erase_if(rates, [](const KernelRate& rate) { return rate.gigaflops == 0; });
    if (const std::optional<std::size_t> best = fastest(rates, mohs)) {
        setenv(core_variable, rates[*best].kernels.c_str(), 1);
        setenv(rates_variable, write_rates(rates).c_str(), 1);
        execv("/proc/self/exe", arguments);
        unsetenv(core_variable);
        unsetenv(rates_variable);
    }
}

}  // namespace compare
