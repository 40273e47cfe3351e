#include "senses.hpp"

#include "hash.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

namespace text_retrieval {

namespace {

using SynsetsOf = std::map<std::string, std::vector<std::size_t>>;

bool can_be_asked(const std::string& word, const Synset& synset)
{
    return synset.examples.size() > 1 && std::any_of(synset.examples.begin(), synset.examples.end(),
                                                     [&](const std::string& example) { return occurs(word, example); });
}

/// Ambiguous words, in the order in which they are taken.
std::vector<std::string> ambiguous_words(const std::vector<Synset>& all, const SynsetsOf& synsets_of)
{
    std::vector<std::string> words;
    for (const auto& [word, synsets] : synsets_of) {
        if (synsets.size() > 1 && std::any_of(synsets.begin(), synsets.end(), [&, &word = word](std::size_t i) {
                return can_be_asked(word, all[i]);
            })) {
            words.push_back(word);
        }
    }
    std::sort(words.begin(), words.end(), [](const std::string& a, const std::string& b) {
        const std::uint64_t first = hash_text(a), second = hash_text(b);
        return first != second ? first < second : a < b;
    });
    return words;
}

}  // namespace

Senses take_senses(const std::vector<Synset>& all, Index limit)
{
    SynsetsOf synsets_of;
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (const std::string& word : all[i].words) {
            synsets_of[word].push_back(i);
        }
    }
    std::set<std::string> words;
    std::set<std::size_t> taken;
    for (const std::string& word : ambiguous_words(all, synsets_of)) {
        if (limit > 0 && static_cast<Index>(taken.size()) >= limit) {
            break;
        }
        words.insert(word);
        taken.insert(synsets_of[word].begin(), synsets_of[word].end());
    }

    Senses result;
    result.synsets = static_cast<Index>(taken.size());
    result.words = static_cast<Index>(words.size());
    std::map<std::size_t, Index> gloss_of, first_example;
    for (const std::size_t synset : taken) {
        gloss_of[synset] = static_cast<Index>(result.texts.size());
        result.texts.push_back(all[synset].gloss);
    }
    for (const std::size_t synset : taken) {
        first_example[synset] = static_cast<Index>(result.texts.size());
        result.texts.insert(result.texts.end(), all[synset].examples.begin(), all[synset].examples.end());
    }
    std::unordered_map<std::string, std::int64_t> id_of;
    for (const std::string& text : result.texts) {
        result.ids.push_back(id_of.emplace(text, static_cast<std::int64_t>(result.ids.size())).first->second);
    }
    for (const std::size_t synset : taken) {
        const auto count = static_cast<Index>(all[synset].examples.size());
        for (Index own = 0; count > 1 && own < count; ++own) {
            SenseQuery query{first_example[synset] + own, gloss_of[synset], {}, {}, {}};
            const auto& candidates = all[synset].words;
            const auto word = std::find_if(candidates.begin(), candidates.end(), [&](const std::string& each) {
                return words.contains(each) && occurs(each, result.texts[static_cast<std::size_t>(query.text)]);
            });
            if (word == candidates.end()) {
                continue;
            }
            query.word = *word;
            for (const std::size_t other : synsets_of[*word]) {
                if (other != synset) {
                    query.other_senses.push_back(gloss_of[other]);
                }
            }
            for (Index sibling = first_example[synset]; sibling < first_example[synset] + count; ++sibling) {
                if (sibling != query.text) {
                    query.siblings.push_back(sibling);
                }
            }
            result.queries.push_back(std::move(query));
        }
    }
    return result;
}

}  // namespace text_retrieval
