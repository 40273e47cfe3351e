#pragma once

#include <mohs/corpus/input/corpus_options.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mine_corpus {

/// What the command line says.
struct Settings {
    std::string queries, corpus, positives, out;
    std::string guide_queries, guide_corpus, verdicts, review;
    std::string ids_queries, ids_corpus, texts_queries, texts_corpus;
    std::vector<std::string> reports;
    std::string metric = "cosine", format = "triplet", index = "exact";
    std::optional<double> near_duplicates;
    double guide_margin = 0, review_within = 0;
    bool scores = false, shared_ids = false;
    int threads = 0;
    mohs::Index block = 4096;  ///< queries that are journaled together
    mohs::CorpusOptions mining;
    /// For tests: the process waits for a signal (SIGSTOP) after as many new blocks; at -1 in the middle of the output,
    /// at -2 when the output is in place and the journal still there.
    int halt_at = 0;

    /// Files that are read, with the name of their option.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> inputs() const;
    /// Files that are written.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> outputs() const;
    /// Whether a rule or filter, by its name in reports, is asked for: those that are not are there, too, and reject
    /// nothing.
    [[nodiscard]] bool asks_for(const std::string& rule) const;
};

/// Reads the command line. Returns an exit status where the program has nothing more to do.
std::optional<int> parse(int argc, const char* const* argv, Settings& settings);

/// Throws std::runtime_error where an output is an input or another output, whatever the names by which files go.
void check_paths(const Settings& settings);

}  // namespace mine_corpus
