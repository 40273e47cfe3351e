#include "wordnet.hpp"

#include <mohs/io/text_lines.hpp>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace text_retrieval {

namespace {

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char& c : result) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
}

std::string_view trimmed(std::string_view text, std::string_view what)
{
    const std::size_t first = text.find_first_not_of(what);
    return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(what) - first + 1);
}

/// The fields of a line, one after another.
class Fields {
public:
    explicit Fields(std::string_view text) : rest_(text) {}

    std::string_view next(const char* what)
    {
        const std::string_view field = rest_.substr(0, rest_.find(' '));
        if (field.empty()) {
            throw std::runtime_error(std::string("has no ") + what + " where one has to be");
        }
        rest_.remove_prefix(std::min(field.size() + 1, rest_.size()));
        return field;
    }

    unsigned number(const char* what, int base, std::size_t digits)
    {
        const std::string_view field = next(what);
        unsigned value = 0;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, base);
        if (field.size() != digits || error != std::errc() || end != field.data() + field.size()) {
            throw std::runtime_error(std::string("has no ") + what + " of " + std::to_string(digits) + " digits");
        }
        return value;
    }

private:
    std::string_view rest_;
};

/// "Apple_tree" is "apple tree"; "(p)" and the like say where an adjective stands.
std::string plain_word(std::string_view field)
{
    std::string word = lower(field.substr(0, field.find('(')));
    std::replace(word.begin(), word.end(), '_', ' ');
    return word;
}

void split_gloss(std::string_view text, Synset& to)
{
    std::size_t quote = text.starts_with('"') ? 0 : text.find("; \"");
    to.gloss = trimmed(text.substr(0, quote), " ;");
    quote = quote == std::string_view::npos ? quote : text.find('"', quote);
    while (quote != std::string_view::npos) {
        const std::size_t end = std::min(text.find('"', quote + 1), text.size());
        if (const std::string_view example = trimmed(text.substr(quote + 1, end - quote - 1), " "); !example.empty()) {
            to.examples.emplace_back(example);
        }
        quote = end < text.size() ? text.find('"', end + 1) : std::string_view::npos;
    }
}

}  // namespace

Synset parse_synset(std::string_view line)
{
    const std::size_t bar = line.find(" | ");
    if (bar == std::string_view::npos) {
        throw std::runtime_error("has no gloss");
    }
    Fields fields(line.substr(0, bar));
    fields.number("offset", 10, 8);
    fields.number("file number", 10, 2);
    if (const std::string_view kind = fields.next("kind");
        kind.size() != 1 || std::string_view("nvasr").find(kind) == std::string_view::npos) {
        throw std::runtime_error("has a kind that is none of n, v, a, s, r");
    }
    Synset result;
    const unsigned words = fields.number("number of words", 16, 2);
    if (words == 0) {
        throw std::runtime_error("has no words");
    }
    for (unsigned i = 0; i < words; ++i) {
        std::string word = plain_word(fields.next("word"));
        fields.number("word number", 16, 1);
        if (word.empty()) {
            throw std::runtime_error("has a word without letters");
        }
        if (std::find(result.words.begin(), result.words.end(), word) == result.words.end()) {
            result.words.push_back(std::move(word));
        }
    }
    fields.number("number of pointers", 10, 3);
    split_gloss(trimmed(line.substr(bar + 3), " "), result);
    return result;
}

bool occurs(std::string_view word, std::string_view text)
{
    const std::string all = lower(text);
    const bool is_plain = std::all_of(word.begin(), word.end(), is_letter);
    std::string_view stem = word;
    if (is_plain && word.size() > 3 && (word.back() == 'e' || word.back() == 'y')) {
        stem.remove_suffix(1);
    }
    constexpr std::size_t longest_ending = 4;  // "running"
    for (std::size_t at = all.find(stem); at != std::string::npos; at = all.find(stem, at + 1)) {
        std::size_t end = at + stem.size();
        while (end < all.size() && is_letter(all[end])) {
            ++end;
        }
        const std::size_t length = end - at;
        if ((at == 0 || !is_letter(all[at - 1])) && length <= word.size() + (is_plain ? longest_ending : 0)) {
            return true;
        }
    }
    return false;
}

std::vector<Synset> read_wordnet(const std::filesystem::path& folder)
{
    std::vector<Synset> result;
    for (const char* const name : {"data.noun", "data.verb", "data.adj", "data.adv"}) {
        const std::filesystem::path path = folder / name;
        const mohs::TextLines lines(path);
        const std::size_t before = result.size();
        for (mohs::Index line = 0; line < lines.size(); ++line) {
            const std::string text = lines[line];
            // The licence comes first, each line of it after two spaces.
            if (text.starts_with("  ")) {
                continue;
            }
            try {
                result.push_back(parse_synset(text));
            } catch (const std::runtime_error& error) {
                throw std::runtime_error(path.string() + ": line " + std::to_string(line + 1) + " " + error.what());
            }
        }
        if (result.size() == before) {
            throw std::runtime_error(path.string() + ": has no synsets");
        }
    }
    return result;
}

}  // namespace text_retrieval
