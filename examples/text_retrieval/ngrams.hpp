#pragma once

#include <mohs/types.hpp>

#include <string>
#include <vector>

namespace text_retrieval {

using mohs::Index;

/// Embeddings that need no model: the words of a text, and the character n-grams of each, hashed into `columns` places
/// with a sign (Weinberger et al. 2009). In lower case; a word is what letters, digits and bytes beyond ASCII make
/// up, and has n-grams of 3 and 4 bytes, its two ends among them. A word weighs 1, and so do its n-grams together. Rows
/// are of length 1, those of texts without a word of length 0.
mohs::Matrix embed_ngrams(const std::vector<std::string>& texts, Index columns);

}  // namespace text_retrieval
