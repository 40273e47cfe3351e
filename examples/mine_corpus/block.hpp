#pragma once

#include <mohs/types.hpp>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mine_corpus {

/// A row as reports show it; one without a value is not finite.
struct ShownRow {
    std::string name;
    std::optional<double> score;
    friend bool operator==(const ShownRow&, const ShownRow&) = default;
};

/// A record to read.
struct Sample {
    std::string query;
    std::vector<ShownRow> positives, negatives;
    friend bool operator==(const Sample&, const Sample&) = default;
};

/// What came of a block of queries: what is written, and what reports say of it.
struct Block {
    std::string text;  ///< its part of the output
    mohs::Index lists = 0, negatives = 0, non_finite_positives = 0;
    mohs::Index without_reference = 0, overflows = 0, missing = 0, repeated = 0, copies = 0;
    mohs::Index index_searches = 0, index_faults = 0, exact_fallbacks = 0;
    double recall = -1;
    mohs::Index recall_lists = 0;
    std::vector<std::array<mohs::Index, 2>> shortfalls;  ///< query and how many were found
    std::vector<std::pair<std::string, mohs::Index>> rejected;
    std::vector<double> positive, negative, difference, depth;  ///< values, for distributions
    /// Query, negative, positive or -1, and score of what is suspected.
    std::vector<std::pair<std::array<mohs::Index, 3>, double>> suspects;
    std::vector<Sample> samples;
};

/// A block as bytes, and back, bit for bit. `parse_block` throws std::runtime_error for bytes that are not those of a
/// block.
std::string block_bytes(const Block& block);
Block parse_block(const std::string& bytes);

}  // namespace mine_corpus
