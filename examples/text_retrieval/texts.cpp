#include "texts.hpp"

#include "../common/random.hpp"

#include <mohs/io/text_lines.hpp>

#include <map>
#include <stdexcept>

namespace text_retrieval {

namespace {

/// What is before the next tab; `rest` is what is behind it.
std::string column(std::string& rest)
{
    const std::size_t tab = rest.find('\t');
    if (tab == std::string::npos || tab == 0) {
        throw std::runtime_error("is not word, meaning, kind and text with tabs in between");
    }
    std::string result = rest.substr(0, tab);
    rest.erase(0, tab + 1);
    return result;
}

}  // namespace

Texts read_texts(const std::filesystem::path& path)
{
    Texts result;
    std::map<std::string, int> sense_of;
    std::vector<Index> passages;  // by sense
    const mohs::TextLines lines(path);
    for (Index line = 0; line < lines.size(); ++line) {
        try {
            std::string text = lines[line];
            const std::string word = column(text), meaning = column(text), kind = column(text);
            if (kind != "passage" && kind != "query") {
                throw std::runtime_error("is neither a passage nor a query");
            }
            const std::string name = word + " (" + meaning + ")";
            const auto [at, is_new] = sense_of.emplace(name, static_cast<int>(sense_of.size()));
            if (is_new) {
                result.names.push_back(name);
                result.queries.emplace_back();
                passages.push_back(0);
            }
            const auto sense = static_cast<std::size_t>(at->second);
            if (kind == "passage") {
                result.passages.push_back(line);
                ++passages[sense];
            } else {
                result.queries[sense].push_back(line);
            }
            result.texts.push_back(text);
            result.words.push_back(word);
            result.senses.push_back(at->second);
        } catch (const std::runtime_error& error) {
            throw std::runtime_error(path.string() + ": line " + std::to_string(line + 1) + " " + error.what());
        }
    }
    for (std::size_t sense = 0; sense < result.names.size(); ++sense) {
        if (passages[sense] == 0 || result.queries[sense].size() < 2) {
            throw std::runtime_error(path.string() + ": " + result.names[sense] +
                                     " needs a passage and two queries, one of them to hold out");
        }
    }
    if (result.names.size() < 2) {
        throw std::runtime_error(path.string() + ": has fewer than two meanings, so that nothing is a negative");
    }
    return result;
}

Split split(const Texts& texts, std::uint64_t seed)
{
    examples::Random random(seed, examples::Purpose::split);
    Split result;
    for (std::vector<Index> rows : texts.queries) {
        const std::size_t held_out = std::max<std::size_t>(1, rows.size() * 2 / 5);
        random.draw(rows, held_out);
        const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(held_out);
        result.held_out.insert(result.held_out.end(), rows.begin(), middle);
        result.training.insert(result.training.end(), middle, rows.end());
    }
    return result;
}

}  // namespace text_retrieval
