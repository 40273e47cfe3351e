// Every number that mohs claims, measured beside what it is compared with, with answers that are checked to agree.

#include "../peak.hpp"
#include "topics.hpp"

#include <CLI/CLI.hpp>

#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>

namespace {

using compare::Peers;
using compare::Settings;

/// Memory that has been given back is kept for the next step, as allocators do that training uses: where page faults
/// are dear, the peers that allocate their matrices in every step would spend most of their time on them.
void keep_memory()
{
#if defined(__GLIBC__)
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
}

/// What distorts the numbers, if anything does.
void warn(const Settings& settings, const Peers& peers)
{
    double load = 0;
    if (getloadavg(&load, 1) == 1 && load > 0.5) {
        std::printf("others use this machine, load %.1f: ratios are less exact, those of two threads worthless\n",
                    load);
    }
    const std::string kernels = peers.blas ? peers.blas->kernels() : "";
    const bool wide = kernels == "SkylakeX" || kernels == "Cooperlake" || kernels == "Sapphirerapids";
    if (peers.blas && !wide && mohs::detail::isa::resolve(settings.level) == mohs::IsaLevel::avx512) {
        std::printf(
            "OpenBLAS does not use AVX-512 here, mohs does: for like with like set OPENBLAS_CORETYPE=SkylakeX, "
            "or --isa avx2\n");
    }
}

void introduce(const Settings& settings, const Peers& peers)
{
    const mohs::IsaLevel level = mohs::detail::isa::resolve(settings.level);
    std::printf("mohs: %s; peak of multiply-adds %.1f GFLOP/s in float, %.1f in double\n", mohs::to_string(level),
                bench::measure_peak<float>(level) / 1e9, bench::measure_peak<double>(level) / 1e9);
    for (const std::string& line : {peers.blas ? peers.blas->description() : std::string(),
                                    peers.faiss ? peers.faiss->description() : std::string(),
                                    peers.torch ? peers.torch->description() : std::string()}) {
        std::printf("%s%s", line.c_str(), line.empty() ? "" : "\n");
    }
}

/// One thread, unless a row says otherwise. Those of OpenBLAS also count for FAISS and libtorch, which call it.
void use_one_thread(Peers& peers)
{
    if (peers.blas) {
        peers.blas->use_threads(1);
    }
    if (peers.torch) {
        peers.torch->use_threads(1);
    }
    if (peers.faiss) {
        peers.faiss->use_threads(1);
    }
}

void write_json(const compare::Table& table, const std::string& path)
{
    std::ofstream stream(path);
    stream << table.to_json().dump(1) << '\n';
    stream.close();
    if (!stream) {
        throw std::runtime_error(path + ": cannot be written");
    }
}

}  // namespace

int main(int argc, char** argv)
{
    CLI::App app("Measures mohs beside its peers, and checks that the answers agree");
    Settings settings;
    std::string filter, json = "compare.json", drawing;
    std::map<std::string, mohs::IsaLevel> levels{{"automatic", mohs::IsaLevel::automatic}};
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        levels.emplace(mohs::to_string(level), level);
    }
    app.add_option("--filter", filter,
                   "Only rows with a match of this regular expression in name/data/n/d or name/data/n/d/k");
    app.add_flag("--quick", settings.quick, "Fewer rounds and smaller sizes: less than a minute");
    app.add_flag("--smoke", settings.smoke, "One round: whether it works, not how fast it is");
    app.add_option("--json", json, "File for the rows")->capture_default_str();
    app.add_option("--isa", settings.level, "Instruction set of mohs")
        ->transform(CLI::CheckedTransformer(levels, CLI::ignore_case));
    app.add_option("--plot", drawing, "File for a drawing (SVG) of time against rows");
    CLI11_PARSE(app, argc, argv);
    try {
        keep_memory();
        settings.filter = std::regex(filter);
        Peers peers;
        use_one_thread(peers);
        introduce(settings, peers);
        warn(settings, peers);
        compare::Table table(settings);
        compare::compare_kernel(table);
        compare::compare_hardest(table, peers);
        compare::compare_strategies(table);
        compare::compare_topk(table, peers);
        compare::compare_losses(table, peers);
        compare::compare_flags(table);
        compare::compare_compilation(table);
        if (!drawing.empty()) {
            compare::plot(settings, peers, drawing);
        }
        table.print_summary();
        write_json(table, json);
        return table.all_agree() ? 0 : 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "compare: %s\n", error.what());
        return 2;
    }
}
