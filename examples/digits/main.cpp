#include "npy.hpp"
#include "progress.hpp"
#include "stopwatch.hpp"
#include "summary.hpp"

#include <CLI/CLI.hpp>
#include <atomic>
#include <cmath>
#include <exception>
#include <future>
#include <iostream>
#include <optional>
#include <thread>

namespace {

using namespace digits;

struct Settings {
    std::string data = MOHS_DIGITS_CSV, labels, dump;
    std::uint64_t seed = 1000;
    std::size_t seeds = 10;
    unsigned threads = std::max(1U, std::thread::hardware_concurrency());
    TrainingOptions training;
};

/// Calls `body(0)` to `body(count - 1)` on some threads, and rethrows an exception of theirs.
void for_each(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body)
{
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        try {
            for (std::size_t i = next++; i < count; i = next++) {
                body(i);
            }
        } catch (...) {
            next = count;
            throw;
        }
    };
    // However this function is left, it waits for its helpers.
    std::vector<std::future<void>> helpers;
    for (std::size_t i = 1; i < std::min<std::size_t>(threads, count); ++i) {
        helpers.push_back(std::async(std::launch::async, work));
    }
    work();
    for (std::future<void>& helper : helpers) {
        helper.get();
    }
}

/// The files of --dump-embeddings.
class Dump {
public:
    /// Opens them, so that what cannot be written is known before training begins.
    explicit Dump(const std::string& path)
        : path_(path), rows_path_(path + ".csv"), stream_(open(path_)), rows_stream_(open(rows_path_))
    {
    }

    void write(const Run& run, const Labels& labels)
    {
        write_npy(stream_, run.embeddings.rowwise().normalized());
        close(stream_, path_);
        rows_stream_ << "line,class\n";
        for (const Index row : run.test_rows) {
            rows_stream_ << row + 1 << ',' << labels[static_cast<std::size_t>(row)] << '\n';
        }
        close(rows_stream_, rows_path_);
    }

private:
    static std::ofstream open(const std::string& path)
    {
        std::ofstream stream(path, std::ios::binary);
        if (!stream) {
            throw std::runtime_error(path + ": cannot be written: " + std::strerror(errno));
        }
        return stream;
    }
    static void close(std::ofstream& stream, const std::string& path)
    {
        stream.close();
        if (!stream) {
            throw std::runtime_error(path + ": could not be written completely");
        }
    }

    std::string path_, rows_path_;
    std::ofstream stream_, rows_stream_;
};

/// The runs of every strategy, one per seed. Only the first of each keeps its embeddings.
std::vector<std::vector<Run>> train_all(const Dataset& data, const std::vector<Strategy>& all, const Settings& settings)
{
    std::vector<std::vector<Run>> runs(all.size(), std::vector<Run>(settings.seeds));
    Progress progress(all, settings.seeds, settings.training.steps);
    for_each(settings.seeds * all.size(), settings.threads, [&](std::size_t job) {
        const std::size_t strategy = job % all.size(), number = job / all.size();
        TrainingOptions options = settings.training;
        options.seed = settings.seed + number;
        Index last = 0;
        Run& run = runs[strategy][number];
        run = train(data, all[strategy], options, [&](const Checkpoint& checkpoint) {
            progress.report(strategy, options.seed, checkpoint, checkpoint.step - last);
            last = checkpoint.step;
        });
        if (number > 0) {
            run.embeddings = {};
        }
    });
    return runs;
}

void compare(Settings settings)
{
    const Dataset data = load(settings.data, settings.labels);
    const Index rows = data.features.rows();
    const std::size_t classes = class_sizes(data.labels).size();
    if (classes < 2) {
        throw std::runtime_error((settings.labels.empty() ? settings.data : settings.labels) +
                                 ": all rows are of one class, but at least two classes are needed");
    }
    Index& train_count = settings.training.train_count;
    train_count = std::min(train_count, rows / 2);
    std::optional<Dump> dump;
    if (!settings.dump.empty()) {
        dump.emplace(settings.dump);
    }

    std::cout << rows << " rows of " << data.features.cols() << " features in " << classes << " classes, "
              << train_count << " to train on and " << rows - train_count << " to test on.\n";
    if (settings.seeds > 1) {
        std::cout << "Mean ± standard deviation over " << settings.seeds << " seeds from " << settings.seed << ".\n";
    }
    std::cout << std::endl;

    const std::vector<Strategy> all = strategies();
    const Stopwatch stopwatch;
    const std::vector<std::vector<Run>> runs = train_all(data, all, settings);
    print_summary(std::cout, all, runs, settings.data == MOHS_DIGITS_CSV && train_count == 600);
    std::cout << "took " << std::lround(stopwatch.seconds()) << " s\n";
    if (dump) {
        dump->write(runs.back().front(), data.labels);
    }
    if (!std::cout.flush()) {
        throw std::runtime_error("the results could not be written to the standard output");
    }
}

}  // namespace

int main(int argc, char** argv)
{
    Settings settings;
    CLI::App app(
        "Trains one small network with random triplets and one with the hardest, on the same data and from the same\n"
        "weights, and compares how well each finds rows of one class.");
    app.name("digits");
    app.get_formatter()->column_width(26);
    app.set_version_flag("--version", "mohs " + std::to_string(mohs::version_major) + "." +
                                          std::to_string(mohs::version_minor) + "." +
                                          std::to_string(mohs::version_patch));
    const auto add_number = [&app](const char* name, auto& value, std::int64_t lowest, std::int64_t highest,
                                   const char* description) {
        app.add_option(name, value, description)
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
    add_number("--seed", settings.seed, 0, 1'000'000'000'000, "first seed");
    add_number("--seeds", settings.seeds, 1, 10'000, "number of seeds");
    add_number("--steps", settings.training.steps, 1, 10'000'000, "training steps");
    add_number("--train", settings.training.train_count, 2, 1'000'000'000, "rows to train on, at most half of them");
    add_number("--threads", settings.threads, 1, 1024, "networks trained at a time");
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
        compare(settings);
    } catch (const std::exception& error) {
        std::cerr << "digits: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
