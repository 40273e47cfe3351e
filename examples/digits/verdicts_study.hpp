#pragma once

#include "../common/statistics.hpp"
#include "train_all.hpp"

#include <iosfwd>

namespace digits {

using namespace examples;

/// Steps of semi-hard triplets before rows are reviewed.
inline constexpr Index review_step = 100;

/// What it is worth to look at rows and to say whether their labels are right. After 100 steps all training rows go
/// into a review queue, the most suspicious first. Somebody who knows the true classes judges some of them; the rows
/// whose labels turn out to be wrong are withdrawn, and the hardest triplets are mined from then on.
struct VerdictsStudy {
    TrainingOptions options;
    std::size_t seeds = 1;
    std::vector<Index> counts{0, 50, 100, 150};    ///< verdicts
    std::vector<std::vector<Run>> ranked, random;  ///< of a number of verdicts, in the order of the queue or at random
    /// Shares of the first 100 records where the verdict contradicts the labels, one per seed.
    std::vector<double> row_precision, pair_precision;
};

/// Fills in the runs and the precisions.
void run_verdicts(VerdictsStudy& study, const Dataset& data, unsigned threads);

void print(std::ostream& stream, const VerdictsStudy& study);
std::string to_json(const VerdictsStudy& study);
std::string to_html(const VerdictsStudy& study);

}  // namespace digits
