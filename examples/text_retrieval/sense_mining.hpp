#pragma once

#include "senses.hpp"

#include <functional>
#include <iosfwd>

namespace text_retrieval {

/// What mining for the queries of WordNet finds under some rules, scored by what is known of the negatives. Means over
/// queries, of the five closest negatives of each that the rules let pass.
struct RuleScore {
    std::string rule;
    double siblings = 0;        ///< share of known false negatives
    double siblings_error = 0;  ///< its standard error
    double with_sibling = 0;    ///< queries with any
    double other_senses = 0;    ///< true hard negatives, divided by as many as there are, or five if there are more
    double depth = 0;           ///< how many negatives were gone through: the median
    Index short_lists = 0;      ///< queries with fewer than five
};

/// What judges make of the negatives that were mined without a rule.
struct JudgeScore {
    Index negatives = 0;
    double siblings = 0;  ///< of all
    /// Of the most suspicious, as `corpus_suspects` ranks them.
    std::vector<std::pair<Index, double>> first;
    /// The share that `ScoreStrata` estimates from a few verdicts, with its interval.
    Index verdicts = 0;
    double estimate = 0, low = 0, high = 0;
};

/// A query, and what was found for it without a rule.
struct SenseSample {
    Index query = 0;
    std::vector<std::pair<Index, double>> negatives;
    double positive = 0;
};

struct SenseMining {
    std::vector<RuleScore> rules;
    JudgeScore judges;
    std::vector<SenseSample> samples;
};

/// Mines with one rule after another. `rows` are embeddings of the texts of `senses`, `guide` those of another model, or
/// null. `progress` is called before each rule with the share that is done.
SenseMining mine_senses(const Senses& senses, const mohs::Matrix& rows, const mohs::Matrix* guide,
                        const std::function<void(double)>& progress);

void print(std::ostream& stream, const Senses& senses, const SenseMining& mining);

}  // namespace text_retrieval
