#include "run.hpp"

#include "../common/progress_line.hpp"
#include "content_hash.hpp"
#include "input_states.hpp"
#include "inputs.hpp"
#include "journal.hpp"
#include "miner.hpp"
#include "report_html.hpp"
#include "report_json.hpp"

#include <mohs/adapter/review_json.hpp>
#include <mohs/io/atomic_file.hpp>
#include <mohs/review/review_queue.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace mine_corpus {

namespace {

using mohs::Index;

/// A number, so that another has another text.
std::string digits_of(double number)
{
    char text[64];
    std::snprintf(text, sizeof(text), "%a", number);
    return text;
}

/// Everything that a block depends on.
std::string key_of(const Settings& settings, const mohs::CorpusReport& look)
{
    ContentHash hash;
    hash.add("mine_corpus 2");
    hash.add(std::to_string(look.provenance.key()));
    for (const std::string& word :
         {settings.metric, settings.format, settings.index, std::to_string(settings.scores),
          std::to_string(settings.shared_ids), std::to_string(settings.block),
          settings.near_duplicates ? digits_of(*settings.near_duplicates) : std::string("none"),
          digits_of(settings.guide_margin), digits_of(settings.review_within),
          std::string(settings.review.empty() ? "" : "review")}) {
        hash.add(word);
    }
    std::error_code error;
    hash.add(std::filesystem::equivalent(settings.queries, settings.corpus, error) ? "one file" : "two files");
    for (const std::string& path :
         {settings.positives, settings.guide_queries, settings.guide_corpus, settings.verdicts, settings.ids_queries,
          settings.ids_corpus, settings.texts_queries, settings.texts_corpus}) {
        hash.add_file(path);
    }
    return hash.text();
}

/// Refuses what cannot be written before hours are spent.
void check_folders(const Settings& settings)
{
    for (const auto& [name, path] : settings.outputs()) {
        if (!path.empty()) {
            mohs::AtomicFile file(path);  // not committed: nothing stays
            file.write("");
        }
    }
}

void write(const std::string& path, const std::string& text)
{
    mohs::AtomicFile file(path);
    file.write(text);
    file.commit();
}

void write_queue(const std::string& path, const Block& all)
{
    mohs::ReviewQueue queue;
    for (const auto& [rows, score] : all.suspects) {
        mohs::ReviewRecord record{.of = mohs::Suspicion::negative,
                                  .subject = {.anchor = rows[0], .candidate = rows[1], .is_ordered = true},
                                  .positive = std::nullopt,
                                  .score = score,
                                  .reasons = {{"close_to_positive", score}}};
        if (rows[2] >= 0) {
            record.positive = rows[2];
        }
        queue.add(std::move(record));
    }
    mohs::AtomicFile file(path);
    mohs::write_queue_jsonl(queue, file);
    file.commit();
}

void halt_for_test(bool now)
{
#if !defined(_WIN32)
    if (now) {
        std::raise(SIGSTOP);
    }
#else
    (void)now;
#endif
}

}  // namespace

Outcome run(const Settings& settings, const std::function<bool()>& stop)
{
    const auto begin = std::chrono::steady_clock::now();
    check_paths(settings);
    const InputStates states(settings);
    const Inputs inputs = read_inputs(settings);
    const Index queries = inputs.queries->rows();
    examples::ProgressLine line("queries");
    line.show(0, static_cast<double>(queries));
    const std::unique_ptr<Miner> miner = make_miner(settings, inputs);
    check_folders(settings);
    Outcome outcome;
    outcome.look = miner->look();
    outcome.key = key_of(settings, outcome.look);
    const Journal journal(settings.out, outcome.key);
    outcome.blocks = (queries + settings.block - 1) / settings.block;
    double skipped = 0;
    for (Index number = 0; number < outcome.blocks; ++number) {
        const Index first = number * settings.block, end = (std::min)(first + settings.block, queries);
        if (journal.find(number)) {
            ++outcome.blocks_reused;
            skipped += static_cast<double>(end - first);
            continue;
        }
        const double before = static_cast<double>(first), size = static_cast<double>(end - first);
        const std::optional<Block> block = miner->mine(first, end, [&](double share) {
            line.show(before + share * size, static_cast<double>(queries), skipped);
            return !stop();
        });
        if (!block) {
            outcome.stopped = true;
            return outcome;
        }
        // A block goes under the key of the files that it was mined from, or nowhere.
        states.check();
        journal.add(number, *block);
        ++outcome.blocks_done;
        halt_for_test(settings.halt_at > 0 && outcome.blocks_done == settings.halt_at);
    }
    line.clear();
    // From the journal, so that memory does not hold the output.
    mohs::AtomicFile file(settings.out);
    for (Index number = 0; number < outcome.blocks; ++number) {
        const std::optional<Block> block = journal.find(number);
        if (!block) {
            throw std::runtime_error(journal.folder().string() +
                                     ": a block of the journal is not there any more: start again");
        }
        file.write(block->text);
        outcome.add(*block);
        halt_for_test(settings.halt_at == -1);
    }
    if (!settings.review.empty()) {
        write_queue(settings.review, outcome.all);
    }
    file.commit();
    halt_for_test(settings.halt_at == -2);
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    for (const std::string& report : settings.reports) {
        const bool page = std::filesystem::path(report).extension() == ".html";
        write(report, page ? report_html(settings, outcome) : report_json(settings, outcome));
    }
    journal.remove();
    return outcome;
}

}  // namespace mine_corpus
