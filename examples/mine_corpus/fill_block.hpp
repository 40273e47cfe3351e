#pragma once

#include "block.hpp"
#include "inputs.hpp"

#include <mohs/corpus/corpus_suspects.hpp>
#include <mohs/result/corpus_negatives.hpp>
#include <mohs/result/mined_record.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace mine_corpus {

/// A list that was mined, whatever the metric.
struct MinedList {
    mohs::MinedRecord record;  ///< with scores as closeness
    std::optional<double> reference;
    std::span<const mohs::Index> negatives, ranks, positives;  ///< the positives of the query, whatever list it is
    std::span<const double> scores, positive_scores;           ///< in the unit of the metric
    double sign = 1;                                           ///< -1 for distances
};

/// Turns what was mined into what is written and reported.
class BlockFiller {
public:
    BlockFiller(const Settings& settings, const Inputs& inputs) : settings_(settings), inputs_(inputs) {}

    void add_report(const mohs::CorpusReport& report);
    void add_positives(std::span<const double> scores);
    void add_list(MinedList list);
    void add_suspects(const mohs::Suspects& suspects);
    [[nodiscard]] Block take() { return std::move(block_); }

private:
    void add_sample(const MinedList& list);

    const Settings& settings_;
    const Inputs& inputs_;
    Block block_;
};

/// What was mined for a block of queries.
template <class M>
Block fill_block(const mohs::CorpusNegatives<M>& found, const Settings& settings, const Inputs& inputs)
{
    using mohs::Index;
    BlockFiller filler(settings, inputs);
    filler.add_report(found.report);
    for (Index query = found.first_query(); query < found.first_query() + found.query_count(); ++query) {
        filler.add_positives(found.positive_scores_of(query));
    }
    const auto value_of = [&found](Index query, Index positive) {
        const auto rows = found.positives_of(query);
        const auto at = std::lower_bound(rows.begin(), rows.end(), positive);
        return found.positive_scores_of(query)[static_cast<std::size_t>(at - rows.begin())];
    };
    for (Index list = 0; list < found.size(); ++list) {
        const Index query = found.query(list);
        filler.add_list({.record = mohs::mined_record(found, list, inputs.positives, value_of),
                         .reference = found.has_reference(list) ? std::optional(found.reference(list)) : std::nullopt,
                         .negatives = found.negatives(list),
                         .ranks = found.ranks(list),
                         .positives = found.positives_of(query),
                         .scores = found.scores(list),
                         .positive_scores = found.positive_scores_of(query),
                         .sign = M::is_similarity ? 1.0 : -1.0});
    }
    if (!settings.review.empty()) {
        filler.add_suspects(mohs::corpus_suspects(found, settings.review_within));
    }
    return filler.take();
}

}  // namespace mine_corpus
