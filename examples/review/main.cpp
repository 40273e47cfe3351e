#include "digits.hpp"
#include "page.hpp"
#include "verdicts.hpp"

#include <mohs/adapter/review_json.hpp>
#include <mohs/io/atomic_file.hpp>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>

namespace {

struct Settings {
    std::string queue, samples, candidates, page = "review.html";
    std::vector<std::string> verdicts;
    review::PageOptions options;
};

template <class Read>
auto read_file(const std::string& path, const Read& read)
{
    std::ifstream stream(path, std::ios::binary);
    if (!stream) {
        throw std::runtime_error(path + ": cannot be read: " + std::strerror(errno));
    }
    try {
        return read(stream);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(path + ": " + error.what());
    }
}

void write(const std::string& path, const std::string& text)
{
    mohs::AtomicFile file(path);
    file.write(text);
    file.commit();
}

void run(const Settings& settings)
{
    review::Demonstration shown;
    if (settings.queue.empty()) {
        shown = review::demonstrate_on_digits(MOHS_DIGITS_CSV);
    } else {
        shown.queue = read_file(settings.queue, [](std::istream& stream) { return mohs::read_queue_jsonl(stream); });
        if (!settings.samples.empty()) {
            shown.samples = review::read_samples(settings.samples);
        }
    }
    review::Samples candidates;
    review::PageOptions options = settings.options;
    if (!settings.candidates.empty()) {
        candidates = review::read_samples(settings.candidates);
        options.candidates = &candidates;
    }
    options.queue = shown.queue.id();
    mohs::Verdicts verdicts;
    for (const std::string& file : settings.verdicts) {
        verdicts.add(read_file(file, [](std::istream& stream) { return mohs::read_verdicts_jsonl(stream); }));
    }
    if (!settings.verdicts.empty()) {
        std::cout << review::summary_of(verdicts, shown.queue);
    }
    shown.queue = review::open_records(shown.queue, verdicts, options.annotator);

    mohs::Index without_content = 0;
    for (const mohs::ReviewRecord& record : shown.queue.ranked(options.count)) {
        const bool apart = record.subject.is_ordered && options.candidates != nullptr;
        without_content +=
            !shown.samples.contains(record.subject.anchor) ||
            (record.subject.candidate && !(apart ? candidates : shown.samples).contains(*record.subject.candidate));
    }
    write(settings.page, to_html(shown.queue, shown.samples, options));
    std::cout << shown.queue.size() << " records in the queue, " << std::min(shown.queue.size(), options.count)
              << " of them on " << settings.page << "\n";
    if (without_content > 0) {
        std::cout << without_content
                  << " of these have a sample of which no more than the id is known: describe it in --samples"
                  << (options.candidates != nullptr ? " or --candidates\n" : "\n");
    }
}

}  // namespace

int main(int argc, char** argv)
{
    Settings settings;
    CLI::App app{
        "Writes a page to judge the records of a review queue on: one file, which works offline. Without a queue, it "
        "shows handwritten digits."};
    app.add_option("queue", settings.queue, "review queue, as JSON lines")->check(CLI::ExistingFile);
    app.add_option(
           "--samples", settings.samples,
           "what samples look like, as JSON lines: {\"id\":3,\"text\":\"...\"} or {\"id\":3,\"image\":\"3.png\"}, and "
           "\"label\" if it has one")
        ->check(CLI::ExistingFile);
    app.add_option("--candidates", settings.candidates,
                   "the same for candidates of ordered pairs, as passages of queries, where they have ids of their own")
        ->check(CLI::ExistingFile);
    app.add_option("--verdicts", settings.verdicts,
                   "verdicts that there are, as JSON lines: what they decide is left out")
        ->check(CLI::ExistingFile);
    app.add_option("-o,--output", settings.page, "the page")->capture_default_str();
    app.add_option("--count", settings.options.count, "records on the page, the most suspicious ones")
        ->capture_default_str()
        ->check(CLI::PositiveNumber);
    app.add_option("--title", settings.options.title, "title of the page")->capture_default_str();
    app.add_option(
        "--annotator", settings.options.annotator,
        "name of who judges, which can be changed on the page: what they have answered, skips too, is left out");
    CLI11_PARSE(app, argc, argv);
    try {
        run(settings);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
