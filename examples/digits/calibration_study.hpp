#pragma once

#include "train_all.hpp"

#include <mohs/judge/share_estimate.hpp>

#include <iosfwd>

namespace digits {

/// Which margins to the positive remove how many negatives, and how many of the closest negatives are false, as
/// somebody finds out who looks at twenty of every tenth of them. One network, trained on noisy labels.
struct CalibrationStudy {
    TrainingOptions options;
    struct Margin {
        double removal = 0, absolute = 0, relative = 0;
        double true_positives_removed = 0;  ///< share of the false negatives that the absolute margin removes
    };
    std::vector<Margin> margins;
    struct Stratum {
        mohs::ShareEstimate estimate;
        double share = 0;  ///< the true one
    };
    std::vector<Stratum> strata;  ///< of the closest negatives of every row, the closest tenth first
    mohs::ShareEstimate all;
    double all_share = 0;
};

/// Trains the network, and fills in what it shows.
void run_calibration(CalibrationStudy& study, const Dataset& data);

void print(std::ostream& stream, const CalibrationStudy& study);
std::string to_json(const CalibrationStudy& study);
std::string to_html(const CalibrationStudy& study);

}  // namespace digits
