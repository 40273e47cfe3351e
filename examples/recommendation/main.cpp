#include "../common/output_file.hpp"
#include "../common/table.hpp"
#include "generator.hpp"
#include "movie_lens.hpp"
#include "study.hpp"

#include <mohs/version.hpp>

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <optional>
#include <thread>

namespace {

using namespace recommendation;

struct Settings {
    std::string movie_lens, report;
    Index least = 5;
    GeneratorOptions generator;
    StudyOptions study;
};

Ratings load(const Settings& settings)
{
    if (settings.movie_lens.empty()) {
        return generate(settings.generator);
    }
#if defined(MOHS_RECOMMENDATION_ZLIB)
    return without_rare_items(load_movie_lens(settings.movie_lens), settings.least);
#else
    throw std::runtime_error("--movielens: this program was built without zlib (Debian: zlib1g-dev)");
#endif
}

void run(const Settings& settings)
{
    std::optional<examples::OutputFile> report;
    if (!settings.report.empty()) {
        report.emplace(settings.report);
    }
    const Ratings ratings = load(settings);
    if (ratings.list.empty()) {
        throw std::runtime_error("no ratings are left to learn from");
    }
    const Study study = run_study(ratings, settings.study);
    examples::print_table(std::cout, table_of(study));
    std::cout << '\n' << study.data << ": " << account_of(study);
    if (report) {
        report->replace([&](std::ostream& stream) { stream << page_of(study); });
        std::cout << "wrote " << report->path() << '\n';
    }
    if (!std::cout.flush()) {
        throw std::runtime_error("the results could not be written to the standard output");
    }
}

}  // namespace

int main(int argc, char** argv)
{
    Settings settings;
    StudyOptions& study = settings.study;
    study.threads = std::max(1U, std::thread::hardware_concurrency());
    CLI::App app(
        "Which negatives should a recommender learn from? Trains one matrix factorisation with random negatives, by\n"
        "popularity, dynamic and mined ones, on the same splits and from the same weights, and compares what each "
        "finds\n"
        "of what users like. What a user has met in training is never his negative, and no candidate of the test.");
    app.name("recommendation");
    app.failure_message([](const CLI::App*, const CLI::Error& error) {
        return "recommendation: " + std::string(error.what()) + "; --help lists the options\n";
    });
    app.set_version_flag("--version", "mohs " + std::to_string(mohs::version_major) + "." +
                                          std::to_string(mohs::version_minor) + "." +
                                          std::to_string(mohs::version_patch));
    const auto count = [&app](const char* name, auto& value, std::int64_t least, std::int64_t most,
                              const char* description) {
        return app.add_option(name, value, description)
            ->type_name("N")
            ->check(CLI::Range(least, most).description(""))
            ->capture_default_str();
    };
    const auto number = [&app](const char* name, double& value, double least, double most, const char* description) {
        return app.add_option(name, value, description)
            ->type_name("X")
            ->check(CLI::Range(least, most).description(""))
            ->capture_default_str();
    };
    CLI::Option* const movie_lens =
        app.add_option("--movielens", settings.movie_lens,
                       "where Debian's r-cran-dslabs is unpacked: MovieLens, 100,004 ratings, instead of\n"
                       "generated data")
            ->type_name("FOLDER");
    count("--min-ratings", settings.least, 1, 1'000'000, "films with fewer are left out")->needs(movie_lens);
    count("--users", settings.generator.users, 2, 1'000'000, "generated")->excludes(movie_lens);
    count("--items", settings.generator.items, 100, 1'000'000, "generated")->excludes(movie_lens);
    count("--family", settings.generator.family_size, 1, 1000, "nearly identical items in a family")
        ->excludes(movie_lens);
    std::string loss = "softmax", held_out = "random";
    app.add_option("--loss", loss, "softmax or bpr")
        ->type_name("NAME")
        ->check(CLI::IsMember({"softmax", "bpr"}).description(""))
        ->capture_default_str();
    app.add_option("--held-out", held_out, "of every user's ratings: random or last")
        ->type_name("NAME")
        ->check(CLI::IsMember({"random", "last"}).description(""))
        ->capture_default_str();
    number("--test-share", study.test_share, 0.05, 0.5, "of a user's ratings; half as many choose the epoch");
    count("--negatives", study.negatives.count, 1, 1000, "of every positive");
    count("--pool", study.negatives.dynamic_pool, 1, 10'000, "random items that dynamic negatives are the hardest of");
    count("--k", study.k, 1, 1'000'000, "of recall@k and NDCG@k");
    count("--dimension", study.model.dimension, 1, 4096, "of users and items");
    count("--epochs", study.epochs, 1, 100'000, "of a run");
    count("--batch", study.batch, 1, 1'000'000, "positives in a step");
    count("--warm-up", study.warm_up, 0, 100'000, "epochs with random negatives before any are mined");
    number("--learning-rate", study.model.learning_rate, 1e-6, 10, "of Adagrad");
    number("--l2", study.model.l2, 0, 10, "weight of the squares of what a step touches");
    count("--seed", study.seed, 0, 1'000'000'000'000, "first seed");
    count("--seeds", study.seeds, 1, 10'000, "number of seeds");
    count("--threads", study.threads, 1, 1024, "runs at a time");
    app.add_option("--report", settings.report, "writes a page with the table and the course of training")
        ->type_name("FILE");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    study.model.loss = loss == "bpr" ? LossKind::bpr : LossKind::softmax;
    study.held_out = held_out == "last" ? HeldOut::last : HeldOut::random;
    try {
        run(settings);
    } catch (const std::exception& error) {
        std::cerr << "recommendation: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
