#include "dump.hpp"
#include "report_html.hpp"
#include "report_json.hpp"
#include "stopwatch.hpp"
#include "summary.hpp"

#include <mohs/version.hpp>

#include <CLI/CLI.hpp>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <thread>

namespace {

using namespace digits;

/// With `--quick`.
constexpr std::size_t quick_seeds = 2;

struct Settings {
    std::string data = MOHS_DIGITS_CSV, labels, report = "digits_report", dump;
    std::size_t seeds = 5;
    bool quick = false;
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    TrainingOptions training;
};

/// The data, and what of them fits the rest of the page. Throws if they cannot be trained on.
Laboratory prepare(const Settings& settings)
{
    Laboratory laboratory;
    laboratory.data = load(settings.data, settings.labels);
    laboratory.with_images = settings.data == MOHS_DIGITS_CSV && settings.labels.empty();
    laboratory.data_path = laboratory.with_images ? "digits.csv" : settings.data;
    laboratory.options = settings.training;
    Index& train_count = laboratory.options.train_count;
    train_count = std::min(train_count, laboratory.data.features.rows() / 2);
    laboratory.with_peers = laboratory.with_images && train_count == 600;
    laboratory.seeds = settings.quick ? quick_seeds : settings.seeds;
    laboratory.strategies = strategies();
    if (class_sizes(laboratory.data.labels).size() < 2) {
        throw std::runtime_error((settings.labels.empty() ? settings.data : settings.labels) +
                                 ": all rows are of one class, but at least two classes are needed");
    }
    return laboratory;
}

void run(const Settings& settings)
{
    Laboratory laboratory = prepare(settings);
    OutputFile html(settings.report + ".html"), json(settings.report + ".json");
    std::optional<Dump> dump;
    if (!settings.dump.empty()) {
        dump.emplace(settings.dump);
    }

    const Index rows = laboratory.data.features.rows();
    std::cout << rows << " rows of " << laboratory.data.features.cols() << " features in "
              << class_sizes(laboratory.data.labels).size() << " classes, " << laboratory.options.train_count
              << " to train on and " << rows - laboratory.options.train_count << " to test on.\n";
    if (laboratory.seeds > 1) {
        std::cout << "Mean ± standard deviation over " << laboratory.seeds << " seeds from " << laboratory.options.seed
                  << ".\n";
    }
    std::cout << std::endl;

    // A web address has slashes on every system.
    const std::filesystem::path folder = std::filesystem::absolute(settings.report).parent_path();
    laboratory.readme = std::filesystem::path(MOHS_DIGITS_README).lexically_proximate(folder).generic_string();

    const Stopwatch stopwatch;
    run_all(laboratory, settings.threads);
    const std::vector<Result> all = results(laboratory);
    print_summary(std::cout, laboratory, all);
    html.replace([&](std::ostream& stream) { stream << to_html(laboratory, all); });
    json.replace([&](std::ostream& stream) { stream << to_json(all); });
    if (dump) {
        dump->write(laboratory.of({hardest_place, false, false}).front(), laboratory.data.labels);
    }
    std::cout << "took " << std::lround(stopwatch.seconds()) << " s; wrote " << html.path() << " and " << json.path()
              << '\n';
    if (!std::cout.flush()) {
        throw std::runtime_error("the results could not be written to the standard output");
    }
}

}  // namespace

int main(int argc, char** argv)
{
    Settings settings;
    CLI::App app(
        "A laboratory for mining: trains one small network with every strategy, on the same data and from the same\n"
        "weights, with clean and with noisy labels, with and without filters, and compares how well each finds rows "
        "of\n"
        "one class. Writes a page and the table as JSON.");
    app.name("digits");
    app.get_formatter()->column_width(26);
    app.set_version_flag("--version", "mohs " + std::to_string(mohs::version_major) + "." +
                                          std::to_string(mohs::version_minor) + "." +
                                          std::to_string(mohs::version_patch));
    const auto add_number = [&app](const char* name, auto& value, std::int64_t lowest, std::int64_t highest,
                                   const char* description) {
        return app.add_option(name, value, description)
            ->type_name("N")
            ->check(CLI::Range(lowest, highest).description(""))
            ->capture_default_str();
    };
    CLI::Option* const data = app.add_option("--data", settings.data,
                                             "CSV of features, without a header; the last column is the class,\n"
                                             "unless --labels is given (default: the digits)");
    data->type_name("FILE");
    app.add_option("--labels", settings.labels, "classes of the rows of --data, one integer per line")
        ->type_name("FILE")
        ->needs(data);
    add_number("--seed", settings.training.seed, 0, 1'000'000'000'000, "first seed");
    CLI::Option* const seeds = add_number("--seeds", settings.seeds, 1, 10'000, "number of seeds");
    app.add_flag("--quick", settings.quick, "2 seeds")->excludes(seeds);
    add_number("--steps", settings.training.steps, 1, 10'000'000, "training steps");
    add_number("--train", settings.training.train_count, 2, 1'000'000'000, "rows to train on, at most half of them");
    app.add_option("--noise", settings.training.noise, "share of the training labels to redraw for noisy runs")
        ->type_name("X")
        ->check(CLI::Range(0.0, 1.0).description(""))
        ->capture_default_str();
    add_number("--threads", settings.threads, 1, 1024, "networks trained at a time");
    app.add_option("--report", settings.report, "writes PREFIX.html and PREFIX.json")
        ->type_name("PREFIX")
        ->capture_default_str();
    app.add_option("--dump-embeddings", settings.dump,
                   "writes the test embeddings of the first seed and the hardest triplets\n"
                   "to FILE, for NumPy, and their lines and classes to FILE.csv")
        ->type_name("FILE");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    // Networks are trained next to one another; the threads of Eigen would only stand in the way.
    Eigen::setNbThreads(1);
    try {
        run(settings);
    } catch (const std::exception& error) {
        std::cerr << "digits: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
