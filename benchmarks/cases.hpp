#pragma once

/// \file
/// Cases of the suite: sizes, names, and what happens around the timed loop.

#include "data.hpp"
#include "interleave.hpp"

#include <benchmark/benchmark.h>
#include <mohs/isa.hpp>
#include <mohs/options.hpp>

#include <string>

namespace bench {

inline constexpr Index all_rows[] = {256, 1024, 4096};
inline constexpr Index all_dimensions[] = {64, 128, 256, 512, 768};

/// "layer/variant/rows/dimension"
inline std::string case_name(const std::string& layer, const std::string& variant, Index rows, Index dimension)
{
    return layer + '/' + variant + '/' + std::to_string(rows) + '/' + std::to_string(dimension);
}

/// Times `work` and reports GFLOP/s (of `flops` per call), the peak beside it and the fraction of it.
template <class Work>
void measure(benchmark::State& state, IsaLevel level, int threads, double flops, Work&& work)
{
    level = mohs::detail::isa::resolve(level);
    Interleave<> interleave(level, threads);
    for (auto iteration : state) {
        static_cast<void>(iteration);
        state.SetIterationTime(interleave.time(work));
    }
    const Rates rates = interleave.finish(flops);
    state.counters["GFLOPS"] = rates.rate / 1e9;
    state.counters["peak"] = rates.peak / 1e9;
    state.counters["of_peak"] = rates.of_peak;
    state.SetLabel(mohs::to_string(level));
}

/// Registers a case. Google Benchmark calls `run(state, check)` several times, with more and more iterations; `check`
/// is true for the first, which has to compare the answer with an oracle's.
template <class Run>
void add_case(const std::string& name, Run&& run)
{
    const auto first_checks = [run, check = true](benchmark::State& state) mutable {
        run(state, check);
        check = false;
    };
    benchmark::RegisterBenchmark(name.c_str(), first_checks)->UseManualTime()->Unit(benchmark::kMicrosecond);
}

/// Whether the case goes on: not with an `error`.
inline bool is_right(benchmark::State& state, const std::string& error)
{
    if (!error.empty()) {
        state.SkipWithError(error.c_str());
    }
    return error.empty();
}

/// Each registers one layer. `level`: the instruction set that all but the kernel use.
void add_kernel_cases();
void add_scan_cases(IsaLevel level);
void add_hardest_cases(IsaLevel level);
void add_topk_cases(IsaLevel level);
void add_strategy_cases(IsaLevel level);

}  // namespace bench
