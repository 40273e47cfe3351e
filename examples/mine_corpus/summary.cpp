#include "summary.hpp"

#include "../common/progress_line.hpp"

#include <algorithm>
#include <cstdio>

namespace mine_corpus {

namespace {

std::string spread(const mohs::Summary& summary)
{
    char text[160];
    std::snprintf(text, sizeof(text), "%.4g  (5 %% %.4g, 95 %% %.4g)", summary.median, summary.q05, summary.q95);
    return summary.count == 0 ? "none" : text;
}

}  // namespace

std::string spoken(std::string name)
{
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
}

std::vector<std::pair<std::string, std::string>> summary_rows(const Settings& settings, const Outcome& outcome)
{
    const mohs::CorpusReport& look = outcome.look;
    const Block& all = outcome.all;
    std::vector<std::pair<std::string, std::string>> rows{{"queries", std::to_string(look.queries)},
                                                          {"rows of the corpus", std::to_string(look.corpus)},
                                                          {"lists", std::to_string(all.lists)},
                                                          {"negatives", std::to_string(all.negatives)}};
    const auto if_any = [&rows](const char* name, mohs::Index count) {
        if (count > 0) {
            rows.emplace_back(name, std::to_string(count));
        }
    };
    if_any("short lists", static_cast<mohs::Index>(all.shortfalls.size()));
    if_any("negatives that these lack", all.missing);
    if_any("queries without positives", look.without_positive);
    if_any("lists without a positive to compare with", all.without_reference);
    if_any("queries that are not finite", look.non_finite);
    if_any("rows of the corpus that are not finite", look.non_finite_corpus);
    if_any("positives that are not finite", all.non_finite_positives);
    if_any("rows of norm 0", look.zero_rows);
    if_any("rows of the corpus that equal an earlier one", look.duplicate_rows);
    if_any("negatives that equal a positive of their query", all.copies);
    if_any("negatives that equal another of their list", all.repeated);
    for (const auto& [name, count] : all.rejected) {
        rows.emplace_back(spoken(name), std::to_string(count));
    }
    rows.emplace_back("positive scores, median", spread(summary_of(all.positive)));
    rows.emplace_back("negative scores, median", spread(summary_of(all.negative)));
    if (!all.difference.empty()) {
        rows.emplace_back("difference, median", spread(summary_of(all.difference)));
    }
    if (!all.depth.empty()) {
        rows.emplace_back("depth, median", spread(summary_of(all.depth)));
    }
    if (all.recall_lists > 0) {
        char text[40];
        std::snprintf(text, sizeof(text), "%.4f", all.recall);
        rows.emplace_back("recall of " + settings.index, text);
    }
    if (!settings.review.empty()) {
        rows.emplace_back("suspects to review", std::to_string(all.suspects.size()));
    }
    rows.emplace_back("blocks done", std::to_string(outcome.blocks_done));
    rows.emplace_back("blocks reused", std::to_string(outcome.blocks_reused));
    rows.emplace_back("time", examples::ProgressLine::duration(outcome.seconds));
    return rows;
}

std::string summary_text(const Settings& settings, const Outcome& outcome)
{
    std::string text;
    for (const auto& [name, value] : summary_rows(settings, outcome)) {
        text += name + std::string(name.size() < 46 ? 46 - name.size() : 1, ' ') + value + "\n";
    }
    return text;
}

}  // namespace mine_corpus
