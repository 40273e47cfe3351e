#pragma once

#include "../common/statistics.hpp"
#include "train_all.hpp"

#include <iosfwd>

namespace digits {

using namespace examples;

/// What rows without a label are worth: `per_class` training rows of every class have one. Some networks are trained on
/// these alone, others on all rows, with labels and counter-labels for the others by their neighbours.
struct FewLabelsStudy {
    TrainingOptions options;
    std::size_t seeds = 1;
    Index per_class = 6;
    std::vector<Run> labelled, all;  ///< one per seed
};

/// Fills in the runs.
void run_few_labels(FewLabelsStudy& study, const Dataset& data, unsigned threads);

/// MAP@R on all rows minus that on the labelled ones, seed by seed.
Statistics gain(const FewLabelsStudy& study);

void print(std::ostream& stream, const FewLabelsStudy& study);
std::string to_json(const FewLabelsStudy& study);
std::string to_html(const FewLabelsStudy& study);

}  // namespace digits
