#pragma once

#include "training.hpp"

#include <string>
#include <vector>

namespace digits {

/// One way to train, on one kind of labels.
struct Configuration {
    std::size_t strategy = 0;
    bool noisy = false, filtered = false;
    friend bool operator==(const Configuration&, const Configuration&) = default;
};

/// All runs, and what they were about.
struct Laboratory {
    Dataset data;
    std::string data_path;    ///< as the user wrote it
    std::string readme;       ///< the page about mohs, as a link from this one; empty: none
    bool with_peers = true;   ///< whether data and split are those that the peers' scores are for
    bool with_images = true;  ///< whether the features are the pixels of digits.csv
    TrainingOptions options;
    std::size_t seeds = 1;
    std::vector<Strategy> strategies;
    std::vector<Configuration> configurations;
    std::vector<std::vector<Run>> runs;  ///< of every configuration, one per seed

    /// The runs of a configuration.
    [[nodiscard]] const std::vector<Run>& of(const Configuration& configuration) const;
    /// "25 % noise", for headings.
    [[nodiscard]] std::string noise_title() const;
};

/// Every strategy with clean and with noisy labels, without and, where something is mined, with filters.
std::vector<Configuration> configurations(const std::vector<Strategy>& strategies);

/// Fills in configurations and runs, with one network per configuration and seed, each on one of `threads` threads.
/// Scores do not depend on their number.
void run_all(Laboratory& laboratory, unsigned threads);

}  // namespace digits
