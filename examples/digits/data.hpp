#pragma once

#include "../common/random.hpp"

#include <mohs/types.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace digits {

using namespace examples;

using mohs::Index;
using Labels = std::vector<std::int64_t>;

/// Rows of features with the class of each.
struct Dataset {
    mohs::Matrix features;
    Labels labels;
    Index train_rows = 0;  ///< the first rows are there to train on; 0: those are drawn anew for every seed
};

/// Reads the lines of a text file and complains with file name and line number.
class LineReader {
public:
    explicit LineReader(std::string path) : path_(std::move(path)), stream_(path_)
    {
        if (!stream_) {
            throw std::runtime_error(path_ + ": cannot be opened: " + std::strerror(errno));
        }
    }

    /// False at the end of the file. Blank lines are refused, but for those at the end.
    bool next(std::string& line)
    {
        bool blank = false;
        while (std::getline(stream_, line)) {
            ++number_;
            if (number_ == 1 && line.starts_with("\xEF\xBB\xBF")) {
                line.erase(0, 3);
            }
            if (line.find_first_not_of(" \t\r") != std::string::npos) {
                if (blank) {
                    --number_;
                    fail("is blank");
                }
                return true;
            }
            blank = true;
        }
        if (stream_.bad()) {
            throw std::runtime_error(path_ + ": cannot be read");
        }
        return false;
    }

    /// The finite number that `field` spells.
    [[nodiscard]] double number(std::string_view field) const
    {
        const auto begin = field.find_first_not_of(" \t\r");
        const std::string text(begin == std::string_view::npos
                                   ? std::string_view()
                                   : field.substr(begin, field.find_last_not_of(" \t\r") + 1 - begin));
        if (text.empty()) {
            fail("has an empty field");
        }
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        // The letters that strtod takes for infinity, NaN and hexadecimal numbers are refused before it is asked.
        if (text.find_first_not_of("0123456789+-.eE") != std::string::npos || end != text.c_str() + text.size()) {
            fail("has '" + printable(text) + "' where a finite number should be");
        }
        if (std::abs(value) > std::numeric_limits<float>::max()) {
            fail("has " + printable(text) + ", which is too large for a float");
        }
        return value;
    }

    /// The class that `field` spells: an integer, written in any way that a number can be.
    [[nodiscard]] std::int64_t label(std::string_view field) const
    {
        const double value = number(field);
        if (value != std::floor(value) || std::abs(value) > 0x1p53) {
            fail("has the class " + printable(field) + ", but classes are integers");
        }
        return static_cast<std::int64_t>(value);
    }

    [[noreturn]] void fail(const std::string& what) const
    {
        throw std::runtime_error(path_ + ", line " + std::to_string(number_) + ": " + what);
    }

private:
    static std::string printable(std::string_view text)
    {
        std::string result(text.substr(0, 24));
        std::replace_if(
            result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
        return text.size() > result.size() ? result + "..." : result;
    }

    std::string path_;
    std::ifstream stream_;
    Index number_ = 0;
};

/// Classes, one per line.
inline Labels load_labels(const std::string& path)
{
    LineReader reader(path);
    Labels labels;
    for (std::string line; reader.next(line);) {
        labels.push_back(reader.label(line));
    }
    return labels;
}

/// Comma-separated numbers, a row per line. The last column is the class, unless `labels_path` names a file of classes.
/// Throws std::runtime_error that says what is wrong and where.
inline Dataset load(const std::string& path, const std::string& labels_path = {})
{
    LineReader reader(path);
    const bool with_class = labels_path.empty();
    std::vector<float> values;
    Labels labels;
    std::ptrdiff_t commas = -1;
    for (std::string line; reader.next(line);) {
        const std::ptrdiff_t count = std::count(line.begin(), line.end(), ',');
        if (commas < 0) {
            commas = count;
            if (with_class && commas == 0) {
                reader.fail("has a single field, but features and a class are needed, separated by commas");
            }
        } else if (count != commas) {
            reader.fail("has " + std::to_string(count + 1) + " fields, but the lines before it have " +
                        std::to_string(commas + 1));
        }
        std::string_view rest = line;
        for (std::ptrdiff_t i = 0; i <= commas; ++i) {
            const std::string_view field = rest.substr(0, rest.find(','));
            if (with_class && i == commas) {
                labels.push_back(reader.label(field));
            } else {
                values.push_back(static_cast<float>(reader.number(field)));
                rest.remove_prefix(std::min(field.size() + 1, rest.size()));
            }
        }
    }
    if (commas < 0) {
        throw std::runtime_error(path + ": is empty");
    }
    const Index columns = commas + (with_class ? 0 : 1), rows = static_cast<Index>(values.size()) / columns;
    if (!with_class) {
        labels = load_labels(labels_path);
        if (static_cast<Index>(labels.size()) != rows) {
            throw std::runtime_error(labels_path + ": has " + std::to_string(labels.size()) + " classes, but " + path +
                                     " has " + std::to_string(rows) + " rows");
        }
    }
    return {.features = Eigen::Map<const mohs::Matrix>(values.data(), rows, columns), .labels = std::move(labels)};
}

inline std::map<std::int64_t, Index> class_sizes(const Labels& labels)
{
    std::map<std::int64_t, Index> sizes;
    for (const std::int64_t label : labels) {
        ++sizes[label];
    }
    return sizes;
}

/// The rows and labels of some rows of `data`.
inline Dataset subset(const Dataset& data, const std::vector<Index>& rows)
{
    Dataset result{.features = data.features(rows, Eigen::indexing::all), .labels = {}};
    for (const Index row : rows) {
        result.labels.push_back(data.labels[static_cast<std::size_t>(row)]);
    }
    return result;
}

/// Row numbers, ascending.
struct Split {
    std::vector<Index> train, test;
};

/// `train_count` rows drawn at random, or the first ones where the data say so, and the others. Throws
/// std::runtime_error for data that cannot be trained or tested on once it is split.
inline Split split(const Dataset& data, Index train_count, std::uint64_t seed)
{
    Split result;
    result.train.resize(data.labels.size());
    for (std::size_t i = 0; i < result.train.size(); ++i) {
        result.train[i] = static_cast<Index>(i);
    }
    if (data.train_rows == 0) {
        Random(seed, Purpose::split).draw(result.train, static_cast<std::size_t>(train_count));
    }
    result.test.assign(result.train.begin() + train_count, result.train.end());
    result.train.resize(static_cast<std::size_t>(train_count));
    std::sort(result.train.begin(), result.train.end());
    std::sort(result.test.begin(), result.test.end());

    const auto has_pair = [](const auto& sizes) {
        return std::any_of(sizes.begin(), sizes.end(), [](const auto& size) { return size.second > 1; });
    };
    const auto train_sizes = class_sizes(subset(data, result.train).labels);
    if (train_sizes.size() < 2 || !has_pair(train_sizes)) {
        throw std::runtime_error("seed " + std::to_string(seed) + ": the " + std::to_string(train_count) +
                                 " training rows have no triplet: two rows of one class and one of another are needed");
    }
    if (!has_pair(class_sizes(subset(data, result.test).labels))) {
        throw std::runtime_error("seed " + std::to_string(seed) + ": no two of the " +
                                 std::to_string(result.test.size()) + " test rows share a class");
    }
    return result;
}

}  // namespace digits
