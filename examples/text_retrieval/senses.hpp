#pragma once

#include "wordnet.hpp"

#include <mohs/types.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace text_retrieval {

using mohs::Index;

/// An example of a word, as a query. All others are rows of the corpus.
struct SenseQuery {
    Index text = 0;                   ///< its own row
    Index positive = 0;               ///< the gloss of its synset
    std::vector<Index> other_senses;  ///< glosses of the other synsets of its word: true hard negatives, ascending
    std::vector<Index> siblings;      ///< other examples of its synset: known false negatives, ascending
    std::string word;
};

/// Glosses and examples of some synsets, and what can be asked of them.
struct Senses {
    std::vector<std::string> texts;  ///< all glosses, then all examples
    std::vector<std::int64_t> ids;   ///< equal for equal texts
    Index synsets = 0, words = 0;
    std::vector<SenseQuery> queries;
};

/// The synsets of as many ambiguous words as it takes to have `limit` of them, all synsets of each; 0 for all words.
/// A word is ambiguous if it is in several synsets, of which one has two examples or more, one with the word in it.
/// Words are taken in the order of a hash, so that the choice is one of chance, and the same everywhere.
///
/// Queries are the examples with one of these words in them whose synset has other examples: so each has a positive,
/// at least one true hard negative and at least one known false one.
Senses take_senses(const std::vector<Synset>& all, Index limit);

}  // namespace text_retrieval
