#include "ngrams.hpp"

#include "hash.hpp"

#include <cmath>

namespace text_retrieval {

namespace {

bool is_of_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// The words of a text in lower case, each between two marks that no word contains.
std::vector<std::string> words_of(const std::string& text)
{
    std::vector<std::string> words;
    bool inside = false;
    for (char c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        if (!is_of_word(c)) {
            inside = false;
            continue;
        }
        if (!inside) {
            words.emplace_back("^");
            inside = true;
        }
        words.back() += c;
    }
    for (std::string& word : words) {
        word += '$';
    }
    return words;
}

template <class Row>
void add(Row&& row, std::string_view feature, std::uint64_t seed, double weight)
{
    const std::uint64_t hash = hash_text(feature, seed);
    const auto column = static_cast<Index>((hash >> 1U) % static_cast<std::uint64_t>(row.size()));
    row[column] += static_cast<float>((hash & 1U) != 0 ? weight : -weight);
}

}  // namespace

mohs::Matrix embed_ngrams(const std::vector<std::string>& texts, Index columns)
{
    constexpr std::size_t shortest = 3, longest = 4;
    mohs::Matrix result = mohs::Matrix::Zero(static_cast<Index>(texts.size()), columns);
    std::vector<std::string_view> grams;
    for (Index i = 0; i < result.rows(); ++i) {
        for (const std::string& word : words_of(texts[static_cast<std::size_t>(i)])) {
            add(result.row(i), word, 0, 1);
            grams.clear();
            for (std::size_t length = shortest; length <= longest; ++length) {
                for (std::size_t at = 0; at + length <= word.size(); ++at) {
                    grams.push_back(std::string_view(word).substr(at, length));
                }
            }
            for (const std::string_view gram : grams) {
                add(result.row(i), gram, 1, 1 / std::sqrt(static_cast<double>(grams.size())));
            }
        }
        result.row(i).normalize();
    }
    return result;
}

}  // namespace text_retrieval
