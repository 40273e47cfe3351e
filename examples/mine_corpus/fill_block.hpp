#pragma once

#include "block.hpp"
#include "inputs.hpp"
#include "miner.hpp"
#include "output_lines.hpp"

#include <mohs/corpus/corpus_suspects.hpp>

#include <algorithm>
#include <cmath>

namespace mine_corpus {

/// Whether two rows of the corpus are equal, bit for bit.
inline bool equal_rows(const mohs::RowSource& corpus, mohs::Index a, mohs::Index b)
{
    mohs::Matrix first, second;
    corpus.read(a, 1, first);
    corpus.read(b, 1, second);
    return std::equal(first.data(), first.data() + first.size(), second.data());
}

/// A row as reports show it: its name and its value.
inline nlohmann::json shown(const std::string& name, double value)
{
    return {{"name", name}, {"score", std::isfinite(value) ? nlohmann::json(value) : nlohmann::json()}};
}

/// What was mined for a block of queries, as it is written and reported.
template <class M>
Block fill_block(const mohs::CorpusNegatives<M>& found, const Settings& settings, const Inputs& inputs)
{
    using mohs::Index;
    const mohs::RecordNames names = inputs.names();
    const mohs::CorpusReport& report = found.report;
    Block block;
    block.lists = found.size();
    block.non_finite_positives = report.non_finite_positives;
    block.without_reference = report.without_reference;
    block.overflows = report.overflows;
    block.missing = report.missing;
    block.index_searches = report.index_searches;
    block.index_faults = report.index_faults;
    block.exact_fallbacks = report.exact_fallbacks;
    block.recall = report.recall;
    block.recall_lists = report.recall_lists;
    for (const mohs::Shortfall& shortfall : report.shortfalls) {
        block.shortfalls.push_back({shortfall.query, shortfall.found});
    }
    for (const mohs::RejectedBy& rule : report.rejected) {
        block.rejected.emplace_back(rule.name, rule.count);
    }
    const auto value_of = [&found](Index query, Index positive) {
        const auto rows = found.positives_of(query);
        const auto at = std::find(rows.begin(), rows.end(), positive);
        return at == rows.end() ? std::nan("")
                                : found.positive_scores_of(query)[static_cast<std::size_t>(at - rows.begin())];
    };
    for (Index query = found.first_query(); query < found.first_query() + found.query_count(); ++query) {
        for (const double value : found.positive_scores_of(query)) {
            if (std::isfinite(value)) {
                block.positive.push_back(value);
            }
        }
    }
    for (Index list = 0; list < found.size(); ++list) {
        const auto rows = found.negatives(list);
        const auto values = found.scores(list);
        const Index query = found.query(list);
        block.negatives += static_cast<Index>(rows.size());
        if (!rows.empty() && found.ranks(list).back() >= 0) {
            block.depth.push_back(static_cast<double>(found.ranks(list).back() + 1));
        }
        const auto positives = found.positives_of(query);
        const auto positive_values = found.positive_scores_of(query);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            block.negative.push_back(values[i]);
            if (found.has_reference(list)) {
                block.difference.push_back(mohs::Finish<M>::gap(found.reference(list), values[i]));
            }
            // Equal rows have equal values, so few rows have to be read.
            bool repeats = false, copies = false;
            for (std::size_t j = 0; j < i && !repeats; ++j) {
                repeats = values[j] == values[i] && equal_rows(*inputs.corpus, rows[j], rows[i]);
            }
            for (std::size_t j = 0; j < positives.size() && !copies; ++j) {
                copies = positive_values[j] == values[i] && equal_rows(*inputs.corpus, positives[j], rows[i]);
            }
            block.repeated += repeats;
            block.copies += copies;
        }
        mohs::MinedRecord record = mohs::mined_record(found, list, inputs.positives, value_of);
        if (settings.scores) {
            // What has no score cannot be written with one; these are counted as positives that are not finite.
            std::erase_if(record.positives, [](const mohs::ScoredRow& row) { return !std::isfinite(row.score); });
        }
        append_lines(block.text, record, settings, names);
        if (is_sample(query, inputs.queries->rows())) {
            nlohmann::json sample{{"query", query_name(names, query)},
                                  {"positives", nlohmann::json::array()},
                                  {"negatives", nlohmann::json::array()}};
            const auto add = [&](const char* part, Index row, double value) {
                sample[part].push_back(shown(document_name(names, row), value));
            };
            for (const mohs::ScoredRow& row : record.positives) {
                add("positives", row.row, value_of(query, row.row));
            }
            for (std::size_t i = 0; i < rows.size(); ++i) {
                add("negatives", rows[i], values[i]);
            }
            block.samples.push_back(std::move(sample));
        }
    }
    if (!settings.review.empty()) {
        for (const mohs::Suspect& suspect : mohs::corpus_suspects(found, settings.review_within)) {
            block.suspects.push_back({{suspect.anchor, suspect.candidate, suspect.positive}, suspect.score});
        }
    }
    return block;
}

}  // namespace mine_corpus
