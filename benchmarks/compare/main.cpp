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
using compare::VectorClass;

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
    if (peers.blas && !peers.blas->product_of_others().empty()) {
        std::printf("FAISS and libtorch take their products from %s, of which nothing is known here\n",
                    peers.blas->product_of_others().c_str());
    }
    const VectorClass own = compare::class_of(settings.level);
    if ((peers.faiss && !is_fair(own, peers.class_with_products(peers.faiss->vectors()))) ||
        (peers.torch && !is_fair(own, peers.class_with_products(peers.torch->vectors()))) ||
        (peers.blas && !is_fair(own, peers.blas_class()))) {
        std::printf("mohs runs %s, which not every peer does: against those no target counts as met\n", to_string(own));
    }
}

std::string describe(const Peers& peers)
{
    std::string text;
    if (peers.blas) {
        text += peers.blas->description() + ": " + peers.choice.describe(peers.blas->kernels()) + '\n';
    }
    if (peers.faiss) {
        text += peers.faiss->description() + ": " + to_string(peers.faiss->vectors()) + ", products by BLAS\n";
    }
    if (peers.torch) {
        text += peers.torch->description() + ": " + to_string(peers.torch->vectors()) + ", products by BLAS\n";
    }
    return text;
}

void introduce(const Settings& settings, const Peers& peers)
{
    const mohs::IsaLevel level = mohs::detail::isa::resolve(settings.level);
    std::printf("mohs: %s (%s); peak of multiply-adds %.1f GFLOP/s in float, %.1f in double\n", mohs::to_string(level),
                to_string(compare::class_of(level)), bench::measure_peak<float>(level) / 1e9,
                bench::measure_peak<double>(level) / 1e9);
    std::fputs(describe(peers).c_str(), stdout);
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

/// What choose_kernels asks for: the kernels of OpenBLAS and their rate, the best of a few products.
void print_rate(compare::Blas& blas)
{
    constexpr mohs::Index rows = 1024, depth = 256;
    const mohs::Matrix matrix = mohs::Matrix::Random(rows, depth);
    mohs::Matrix product = mohs::Matrix::Zero(rows, rows);
    double best = 0;
    blas.use_threads(1);
    for (int round = 0; round < 12; ++round) {
        const double begin = bench::thread_seconds();
        blas.multiply(matrix.data(), rows, depth, product.data());
        best = std::max(best, 2e-9 * static_cast<double>(rows * rows * depth) / (bench::thread_seconds() - begin));
    }
    std::printf("%s\n", compare::write_rates({{blas.kernels(), best}}).c_str());
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
    bool rate_only = false;
    app.add_flag("--sgemm-rate", rate_only, "Only prints the kernels that OpenBLAS takes and their GFLOP/s");
    CLI11_PARSE(app, argc, argv);
    try {
        keep_memory();
        settings.filter = std::regex(filter);
        Peers peers;
        if (rate_only) {
            if (peers.blas) {
                print_rate(*peers.blas);
            }
            return peers.blas ? 0 : 1;
        }
        if (peers.blas) {
            compare::choose_kernels(compare::class_of(settings.level), settings.smoke ? 1 : 3, argv);
        }
        use_one_thread(peers);
        introduce(settings, peers);
        warn(settings, peers);
        compare::Table table(settings);
        compare::compare_kernel(table);
        compare::compare_hardest(table, peers);
        compare::compare_strategies(table);
        compare::compare_topk(table, peers);
        compare::compare_corpus(table, peers);
        compare::compare_judges(table);
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
