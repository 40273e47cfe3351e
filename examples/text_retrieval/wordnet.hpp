#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace text_retrieval {

/// A meaning, the words that have it, and what WordNet says of it.
struct Synset {
    std::vector<std::string> words;  ///< in lower case, with spaces; each once
    std::string gloss;               ///< without its quoted examples
    std::vector<std::string> examples;
};

/// A line of a data file of WordNet 3.0, of the form (wndb(5WN))
///
///     offset lex_filenum ss_type w_cnt word lex_id ... p_cnt pointers frames | gloss; "example"; "example"
///
/// with w_cnt in hexadecimal. Pointers and frames are not looked at. Examples are what is in quotes from the first
/// quote on that begins the gloss or comes after a semicolon; before it quotes belong to the gloss. Throws
/// std::runtime_error for lines of another form.
Synset parse_synset(std::string_view line);

/// Whether a word, or what an ending of up to four letters may have made of it, is in a text: "apply" in "it applies
/// here", and "run" in "runaway". Words of several parts have to be there as they are.
bool occurs(std::string_view word, std::string_view text);

/// All synsets of `folder`: those of data.noun, data.verb, data.adj and data.adv, in their order. Throws
/// std::runtime_error with path, line and reason for files that are missing, or are no such files.
std::vector<Synset> read_wordnet(const std::filesystem::path& folder);

}  // namespace text_retrieval
