#include "../common/stopwatch.hpp"
#include "calibration_study.hpp"
#include "defence_study.hpp"
#include "dump.hpp"
#include "few_labels_study.hpp"
#include "report_html.hpp"
#include "report_json.hpp"
#include "summary.hpp"
#include "verdicts_study.hpp"

#if defined(MOHS_DIGITS_ZLIB)
#include "fashion_mnist.hpp"
#endif

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

const std::vector<std::string> study_names{"strategies", "wrong-labels", "few-labels", "verdicts", "calibration"};

struct Settings {
    std::string data = MOHS_DIGITS_CSV, labels, fashion, report = "digits_report", dump;
    std::vector<std::string> studies, defences, noise_kinds;
    std::size_t seeds = 5;
    bool quick = false;
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    TrainingOptions training;

    [[nodiscard]] bool has(const std::string& study) const
    {
        return std::any_of(studies.begin(), studies.end(),
                           [&](const std::string& each) { return each == study || each == "all"; });
    }
};

Dataset load_data(const Settings& settings)
{
    if (settings.fashion.empty()) {
        return load(settings.data, settings.labels);
    }
#if defined(MOHS_DIGITS_ZLIB)
    return load_fashion_mnist(settings.fashion);
#else
    throw std::runtime_error("--fashion-mnist: this program was built without zlib (Debian: zlib1g-dev)");
#endif
}

/// The data, and what of them fits the rest of the page. Throws if they cannot be trained on.
Laboratory prepare(const Settings& settings)
{
    Laboratory laboratory;
    laboratory.data = load_data(settings);
    laboratory.with_images = settings.data == MOHS_DIGITS_CSV && settings.labels.empty() && settings.fashion.empty();
    laboratory.data_path = laboratory.with_images     ? "digits.csv"
                           : settings.fashion.empty() ? settings.data
                                                      : "Fashion-MNIST";
    laboratory.options = settings.training;
    Index& train_count = laboratory.options.train_count;
    train_count = laboratory.data.train_rows > 0 ? laboratory.data.train_rows
                                                 : std::min(train_count, laboratory.data.features.rows() / 2);
    laboratory.with_peers = laboratory.with_images && train_count == 600;
    laboratory.seeds = settings.quick ? quick_seeds : settings.seeds;
    laboratory.strategies = strategies();
    if (!settings.dump.empty() && !settings.has("strategies") && !settings.has("wrong-labels")) {
        throw std::runtime_error(
            "--dump-embeddings: of these studies no embeddings are dumped; strategies and wrong-labels "
            "have some");
    }
    if (settings.has("verdicts") && settings.training.steps <= review_step) {
        throw std::runtime_error("--study verdicts: after " + std::to_string(review_step) +
                                 " steps rows are reviewed, so --steps has to be more");
    }
    if (class_sizes(laboratory.data.labels).size() < 2) {
        throw std::runtime_error((settings.labels.empty() ? settings.data : settings.labels) +
                                 ": all rows are of one class, but at least two classes are needed");
    }
    return laboratory;
}

/// The elements with these names, in the order of the names; all where none are named.
template <class Named>
std::vector<Named> chosen(const std::vector<Named>& all, const std::vector<std::string>& names)
{
    std::vector<Named> result;
    for (const std::string& name : names) {
        const auto at = std::find_if(all.begin(), all.end(), [&](const Named& each) { return each.name == name; });
        if (at != all.end()) {
            result.push_back(*at);
        }
    }
    return names.empty() ? all : result;
}

/// What the studies write: each prints its table, and has a file of its own and a part of the page.
class Studies {
public:
    Studies(const Settings& settings, const Laboratory& laboratory) : settings_(settings), laboratory_(laboratory)
    {
        for (const std::string& name : study_names) {
            if (name != study_names.front() && settings.has(name)) {
                files_.emplace(name, OutputFile(settings.report + "." + name + ".json"));
            }
        }
    }

    /// Makes those that are wanted. Returns their parts of the page.
    std::string run(std::optional<Dump>& dump)
    {
        const TrainingOptions& options = laboratory_.options;
        const unsigned threads = settings_.threads;
        if (settings_.has("wrong-labels")) {
            DefenceStudy study{options,
                               laboratory_.seeds,
                               chosen(noise_kinds(), settings_.noise_kinds),
                               chosen(defences(), settings_.defences),
                               {}};
            run_defences(study, laboratory_.data, threads);
            if (dump && !settings_.has("strategies")) {
                dump->write(study.runs.front().front().front(), laboratory_.data.labels);
            }
            finish("wrong-labels", study);
        }
        if (settings_.has("few-labels")) {
            FewLabelsStudy study{.options = options, .seeds = laboratory_.seeds, .labelled = {}, .all = {}};
            run_few_labels(study, laboratory_.data, threads);
            finish("few-labels", study);
        }
        if (settings_.has("verdicts")) {
            VerdictsStudy study{.options = options,
                                .seeds = laboratory_.seeds,
                                .ranked = {},
                                .random = {},
                                .row_precision = {},
                                .pair_precision = {}};
            run_verdicts(study, laboratory_.data, threads);
            finish("verdicts", study);
        }
        if (settings_.has("calibration")) {
            CalibrationStudy study{.options = options, .margins = {}, .strata = {}, .all = {}};
            run_calibration(study, laboratory_.data);
            finish("calibration", study);
        }
        return html_;
    }

    [[nodiscard]] std::vector<std::string> paths() const
    {
        std::vector<std::string> result;
        for (const auto& [name, file] : files_) {
            result.push_back(file.path());
        }
        return result;
    }

private:
    template <class Study>
    void finish(const std::string& name, const Study& study)
    {
        print(std::cout, study);
        std::cout << std::endl;
        files_.at(name).replace([&](std::ostream& stream) { stream << to_json(study); });
        html_ += to_html(study);
    }

    const Settings& settings_;
    const Laboratory& laboratory_;
    std::map<std::string, OutputFile> files_;
    std::string html_;
};

void run(const Settings& settings)
{
    Laboratory laboratory = prepare(settings);
    const bool with_strategies = settings.has("strategies");
    std::optional<OutputFile> json;
    OutputFile html(settings.report + ".html");
    if (with_strategies) {
        json.emplace(settings.report + ".json");
    }
    Studies studies(settings, laboratory);
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
    std::vector<Result> all;
    if (with_strategies) {
        run_all(laboratory, settings.threads);
        all = results(laboratory);
        print_summary(std::cout, laboratory, all);
        json->replace([&](std::ostream& stream) { stream << to_json(all); });
        if (dump) {
            dump->write(laboratory.of({hardest_place, false, false}).front(), laboratory.data.labels);
        }
        std::cout << std::endl;
    }
    const std::string parts = studies.run(dump);
    html.replace([&](std::ostream& stream) { stream << to_html(laboratory, all, parts); });
    std::cout << "took " << std::lround(stopwatch.seconds()) << " s; wrote " << html.path();
    for (const std::string& path : studies.paths()) {
        std::cout << ", " << path;
    }
    std::cout << (json ? " and " + json->path() : "") << '\n';
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
    app.add_option("--fashion-mnist", settings.fashion,
                   "folder of Fashion-MNIST (Debian: dataset-fashion-mnist, in\n"
                   "/usr/share/datasets/fashion-mnist), instead of --data")
        ->type_name("FOLDER")
        ->excludes(data);
    const auto add_names = [&app](const char* name, std::vector<std::string>& values, std::vector<std::string> choices,
                                  const std::string& description) {
        std::string list;
        for (const std::string& choice : choices) {
            list += (list.empty() ? "" : list.size() - list.rfind('\n') > 60 ? ",\n" : ", ") + choice;
        }
        return app.add_option(name, values, description + ":\n" + list)
            ->type_name("NAME...")
            ->delimiter(',')
            ->check(CLI::IsMember(std::move(choices)).description(""));
    };
    std::vector<std::string> studies = study_names, defence_names, noise_names;
    studies.emplace_back("all");
    for (const Defence& defence : defences()) {
        defence_names.push_back(defence.name);
    }
    for (const NamedNoise& noise : noise_kinds()) {
        noise_names.push_back(noise.name);
    }
    CLI::Option* const study =
        add_names("--study", settings.studies, studies, "what to find out (default: strategies)");
    CLI::Option* const defence =
        add_names("--defence", settings.defences, defence_names, "of --study wrong-labels, only these (default: all)");
    CLI::Option* const kind = add_names("--noise-kind", settings.noise_kinds, noise_names,
                                        "of --study wrong-labels, only these (default: all)");
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
                   "writes the test embeddings of the first seed to FILE, for NumPy, and their\n"
                   "lines and classes to FILE.csv: those of the hardest triplets, clean labels,\n"
                   "or, of --study wrong-labels alone, of the first defence and kind of noise")
        ->type_name("FILE");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    // A defence is a matter of that study.
    if (study->count() == 0) {
        settings.studies = {defence->count() + kind->count() > 0 ? "wrong-labels" : "strategies"};
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
