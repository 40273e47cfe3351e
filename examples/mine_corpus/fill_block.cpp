#include "fill_block.hpp"

#include "output_lines.hpp"

#include <cmath>
#include <iterator>

namespace mine_corpus {

namespace {

/// Whether two rows of the corpus are equal, bit for bit.
bool equal_rows(const mohs::RowSource& corpus, mohs::Index a, mohs::Index b)
{
    mohs::Matrix first, second;
    corpus.read(a, 1, first);
    corpus.read(b, 1, second);
    return std::equal(first.data(), first.data() + first.size(), second.data());
}

/// Whether a query is one of the twenty, evenly spread, whose records reports show.
bool is_sample(mohs::Index query, mohs::Index queries)
{
    constexpr mohs::Index count = 20;
    // The first query of each twentieth.
    return queries <= count || query == 0 || query * count / queries != (query - 1) * count / queries;
}

}  // namespace

void BlockFiller::add_report(const mohs::CorpusReport& report)
{
    block_.non_finite_positives += report.non_finite_positives;
    block_.without_reference += report.without_reference;
    block_.overflows += report.overflows;
    block_.missing += report.missing;
    block_.index_searches += report.index_searches;
    block_.index_faults += report.index_faults;
    block_.exact_fallbacks += report.exact_fallbacks;
    block_.recall = report.recall;
    block_.recall_lists = report.recall_lists;
    for (const mohs::Shortfall& shortfall : report.shortfalls) {
        block_.shortfalls.push_back({shortfall.query, shortfall.found});
    }
    for (const mohs::RejectedBy& rule : report.rejected) {
        if (settings_.asks_for(rule.name)) {
            block_.rejected.emplace_back(rule.name, rule.count);
        }
    }
}

void BlockFiller::add_positives(std::span<const double> scores)
{
    std::copy_if(scores.begin(), scores.end(), std::back_inserter(block_.positive),
                 [](double value) { return std::isfinite(value); });
}

void BlockFiller::add_list(MinedList list)
{
    ++block_.lists;
    block_.negatives += static_cast<mohs::Index>(list.negatives.size());
    if (!list.ranks.empty() && list.ranks.back() >= 0) {
        block_.depth.push_back(static_cast<double>(list.ranks.back() + 1));
    }
    for (std::size_t i = 0; i < list.negatives.size(); ++i) {
        const double value = list.scores[i];
        block_.negative.push_back(value);
        if (list.reference) {
            block_.difference.push_back(list.sign * (*list.reference - value));
        }
        // Equal rows have equal values, so few rows have to be read.
        const auto copied = [&](std::span<const mohs::Index> rows, std::span<const double> values, std::size_t count) {
            for (std::size_t j = 0; j < count; ++j) {
                if (values[j] == value && equal_rows(*inputs_.corpus, rows[j], list.negatives[i])) {
                    return true;
                }
            }
            return false;
        };
        block_.repeated += copied(list.negatives, list.scores, i);
        block_.copies += copied(list.positives, list.positive_scores, list.positives.size());
    }
    if (is_sample(list.record.query, inputs_.queries->rows())) {
        add_sample(list);
    }
    if (settings_.scores) {
        // What has no score cannot be written with one; these are counted as positives that are not finite.
        std::erase_if(list.record.positives, [](const mohs::ScoredRow& row) { return !std::isfinite(row.score); });
    }
    append_lines(block_.text, list.record, settings_, inputs_.names());
}

void BlockFiller::add_sample(const MinedList& list)
{
    const mohs::RecordNames names = inputs_.names();
    const auto shown = [&](const std::vector<mohs::ScoredRow>& rows) {
        std::vector<ShownRow> result;
        for (const mohs::ScoredRow& row : rows) {
            result.push_back({document_name(names, row.row),
                              std::isfinite(row.score) ? std::optional(list.sign * row.score) : std::nullopt});
        }
        return result;
    };
    block_.samples.push_back({.query = query_name(names, list.record.query),
                              .positives = shown(list.record.positives),
                              .negatives = shown(list.record.negatives)});
}

void BlockFiller::add_suspects(const mohs::Suspects& suspects)
{
    for (const mohs::Suspect& suspect : suspects) {
        block_.suspects.push_back({{suspect.anchor, suspect.candidate, suspect.positive}, suspect.score});
    }
}

}  // namespace mine_corpus
