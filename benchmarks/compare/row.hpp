#pragma once

/// \file
/// A row of the comparison, and where rows are collected.

#include "../data.hpp"
#include "vector_class.hpp"

#include <mohs/options.hpp>
#include <nlohmann/json.hpp>

#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace compare {

using bench::Index;
using bench::Kind;

/// What is compared, before it is measured.
struct Subject {
    std::string name;  ///< what mohs does
    std::string data;
    Index n = 0, d = 0;
    int threads = 1;
    std::optional<Index> k = {};

    /// "name/data/n/d", with "/k" where there is one: what --filter looks at.
    [[nodiscard]] std::string key() const;
};

/// What came out. Times are medians; `ratio` is the median of the ratios of neighbouring calls, mohs over peer, and
/// `target` its upper bound.
struct Row {
    Subject subject;
    std::optional<std::string> peer = {};  ///< without a value: it is not installed
    std::optional<double> mohs_ms = {}, peer_ms = {}, ratio = {}, fraction_of_peak = {}, target = {};
    std::string error = {};                    ///< how the answers differ; empty if they agree
    std::string note = {};                     ///< for readers
    std::optional<PeerClass> peer_class = {};  ///< of a library that is compared with; mohs itself and limits have none

    [[nodiscard]] bool agree() const { return error.empty(); }
    [[nodiscard]] Verdict verdict(VectorClass mohs) const { return judge(ratio, target, mohs, peer_class); }
};

/// How to measure.
struct Settings {
    mohs::IsaLevel level = mohs::IsaLevel::automatic;
    bool quick = false;   ///< few rounds, and sizes that take less
    bool smoke = false;   ///< one round: whether everything works, not how fast it is
    std::regex filter{};  ///< rows whose key has a match are measured
};

/// The rows of a run. Each is printed when it is added.
class Table {
public:
    explicit Table(const Settings& settings) : settings_(settings), class_(class_of(settings.level)) {}

    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] bool wants(const Subject& subject) const
    {
        return std::regex_search(subject.key(), settings_.filter);
    }

    void add(const Row& row);
    /// Says, once per run, what is left out and which package would bring it.
    void report_missing(const std::string& peer, const std::string& package);

    [[nodiscard]] bool all_agree() const;
    /// How many rows have a target, how many of them meet it, and how many cannot be judged.
    void print_summary() const;
    [[nodiscard]] nlohmann::json to_json() const;

private:
    Settings settings_;
    VectorClass class_;  ///< of mohs
    std::vector<Row> rows_;
    std::vector<std::string> missing_;
};

}  // namespace compare
