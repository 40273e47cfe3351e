#pragma once

#include <mohs/types.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace text_retrieval {

using mohs::Index;

/// Texts about some meanings of ambiguous words. A query looks for the passages of its own meaning.
struct Texts {
    std::vector<std::string> texts;
    std::vector<std::string> words;           ///< by text
    std::vector<int> senses;                  ///< by text: a number per word and meaning, from 0
    std::vector<std::string> names;           ///< by sense: "bank (river)"
    std::vector<Index> passages;              ///< rows, ascending
    std::vector<std::vector<Index>> queries;  ///< by sense: rows, ascending
};

/// Reads lines of word, meaning, "passage" or "query" and text, with tabs in between. Throws std::runtime_error with path,
/// line and reason for others, and for meanings without a passage or with fewer than two queries.
Texts read_texts(const std::filesystem::path& path);

/// Which queries are trained on. Two fifths of those of every sense are held out, at least one.
struct Split {
    std::vector<Index> training, held_out;  ///< rows of texts
};
Split split(const Texts& texts, std::uint64_t seed);

}  // namespace text_retrieval
