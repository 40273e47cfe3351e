#pragma once

#include "settings.hpp"

#include <mohs/adapter/record_names.hpp>
#include <mohs/filter/exclude_pairs.hpp>
#include <mohs/io/row_source.hpp>
#include <mohs/io/text_lines.hpp>
#include <mohs/result/positive_lists.hpp>

#include <memory>
#include <optional>

namespace mine_corpus {

/// All that is read before mining. Queries and corpus stay in their files.
struct Inputs {
    std::unique_ptr<mohs::RowSource> queries, corpus;
    std::optional<mohs::IdIndex> query_ids, corpus_ids;
    std::optional<mohs::TextLines> query_texts, corpus_texts;
    mohs::PositiveLists positives;
    /// Sample ids, where a query may be a row of the corpus; else empty.
    std::vector<std::int64_t> query_samples, corpus_samples;
    mohs::Suspects judged_positive;  ///< pairs that are no negatives
    mohs::Matrix guide_queries, guide_corpus;

    /// What rows are called.
    [[nodiscard]] mohs::RecordNames names() const;
};

/// Opens and checks every file. Throws std::runtime_error with one sentence for what is wrong.
Inputs read_inputs(const Settings& settings);

}  // namespace mine_corpus
