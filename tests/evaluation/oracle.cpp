#include "oracle.hpp"

#include <cmath>
#include <limits>

namespace evaluation {

Set line(const std::vector<double>& values, std::vector<std::int64_t> labels)
{
    Set set{"line", Rows(static_cast<Index>(values.size()), 1), std::move(labels)};
    for (std::size_t i = 0; i < values.size(); ++i) {
        set.rows(static_cast<Index>(i), 0) = values[i];
    }
    return set;
}

Set random_set(Index size, Index dimension, Index classes, std::uint64_t seed)
{
    Generator generator(seed);
    Set set{"random, " + std::to_string(size) + " rows of " + std::to_string(classes) + " classes",
            Rows(size, dimension)};
    for (Index i = 0; i < set.rows.size(); ++i) {
        set.rows.data()[i] = uniform(generator);
    }
    for (Index i = 0; i < size; ++i) {
        set.labels.push_back(static_cast<std::int64_t>(generator() % static_cast<std::uint64_t>(classes)) * 17 - 40);
    }
    return set;
}

Set with_duplicates(Set set, std::uint64_t seed)
{
    Generator generator(seed);
    for (Index i = 1; i < set.size(); ++i) {
        if (generator() % 3 != 0) {
            set.rows.row(i) = set.rows.row(static_cast<Index>(generator() % static_cast<std::uint64_t>(i)));
        }
    }
    set.name += ", duplicates";
    return set;
}

Set with_bad_rows(Set set)
{
    for (Index i = 2; i < set.size(); i += 4) {
        set.rows(i, i % set.rows.cols()) =
            i % 8 == 2 ? std::numeric_limits<double>::quiet_NaN() : -std::numeric_limits<double>::infinity();
        set.bad.push_back(i);
    }
    set.name += ", rows that are not finite";
    return set;
}

Set with_shared_ids(Set set, std::uint64_t seed)
{
    Generator generator(seed);
    for (Index i = 0; i < set.size(); ++i) {
        set.ids.push_back(static_cast<std::int64_t>(generator() % static_cast<std::uint64_t>(set.size() / 3 + 1)));
    }
    set.has_ids = true;
    set.name += ", shared ids";
    return set;
}

double closeness(Metric metric, const Set& a, Index row_a, const Set& b, Index row_b)
{
    const auto length = [](const Set& set, Index row) {
        double sum = 0;
        for (Index k = 0; k < set.rows.cols(); ++k) {
            sum += set.rows(row, k) * set.rows(row, k);
        }
        return std::sqrt(sum);
    };
    double dot = 0, square = 0;
    for (Index k = 0; k < a.rows.cols(); ++k) {
        const double x = a.rows(row_a, k), y = b.rows(row_b, k);
        dot += x * y;
        square += (x - y) * (x - y);
    }
    if (metric.similarity && metric.normalised) {
        const double norms = length(a, row_a) * length(b, row_b);
        return norms > 0 ? dot / norms : 0;
    }
    return metric.similarity ? dot : -std::sqrt(square);
}

std::vector<bool> ranked(Metric metric, const Scene& scene, Index query)
{
    struct Entry {
        double closeness;
        Index row;
    };
    std::vector<Entry> entries;
    for (Index row = 0; row < scene.gallery.size(); ++row) {
        if (scene.is_candidate(query, row)) {
            entries.push_back({evaluation::closeness(metric, scene.queries, query, scene.gallery, row), row});
        }
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.closeness != b.closeness ? a.closeness > b.closeness : a.row < b.row;
    });
    std::vector<bool> relevant;
    for (const Entry& entry : entries) {
        relevant.push_back(scene.gallery.label(entry.row) == scene.queries.label(query));
    }
    return relevant;
}

}
