#pragma once

#include "../common/statistics.hpp"
#include "defences.hpp"

#include <iosfwd>
#include <optional>

namespace digits {

using namespace examples;

/// A kind of noise, as it is written on the command line and in tables.
struct NamedNoise {
    NoiseKind kind;
    std::string name, title;
};
const std::vector<NamedNoise>& noise_kinds();

/// Every defence against every kind of noise.
struct DefenceStudy {
    TrainingOptions options;
    std::size_t seeds = 1;
    std::vector<NamedNoise> kinds;
    std::vector<Defence> defences;
    std::vector<std::vector<std::vector<Run>>> runs;  ///< of a kind and a defence, one per seed
};

/// One line of it.
struct DefenceResult {
    std::string kind, kind_title, defence, title;
    Statistics map_at_r;
    /// (defended - undefended) / (oracle - undefended), seed by seed; where labels are wrong, and these two were run.
    std::optional<Statistics> recovery;
    /// What the defence costs: undefended - defended, seed by seed; where labels are right.
    std::optional<Statistics> cost;
    SuspicionTally suspicion;  ///< when the runs end, over all of them
};

/// Fills in the runs.
void run_defences(DefenceStudy& study, const Dataset& data, unsigned threads);

std::vector<DefenceResult> results(const DefenceStudy& study);

/// The upper bound of a one-sided interval for the mean that holds 95 times of 100, by Student's t.
double upper_bound(const Statistics& statistics);

void print(std::ostream& stream, const DefenceStudy& study);
std::string to_json(const DefenceStudy& study);
std::string to_html(const DefenceStudy& study);

}  // namespace digits
