#pragma once

#include "block.hpp"

#include <mohs/result/corpus_report.hpp>
#include <mohs/result/report.hpp>

namespace mine_corpus {

/// Everything that came of a run, but the output itself.
struct Outcome {
    mohs::CorpusReport look;  ///< of all rows: sizes, counts and the provenance
    std::string key;          ///< of options and content
    Block all;                ///< the blocks together, without their text
    mohs::Index blocks_done = 0, blocks_reused = 0;
    double seconds = 0;
    bool stopped = false;  ///< the output is not written
    mohs::Index blocks = 0;

    /// Adds a block.
    void add(const Block& block);
};

/// Quantiles and mean of values.
mohs::Summary summary_of(std::vector<double> values);

}  // namespace mine_corpus
