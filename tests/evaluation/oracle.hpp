#pragma once

/// \file
/// Data for the tests of evaluation, and what the definitions say about it: full lists, sorted, in double.

#include <mohs/batch.hpp>
#include <mohs/metric.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace evaluation {

using mohs::Index;
using Rows = mohs::MatrixOf<double>;

/// Rows with labels, and perhaps sample ids.
struct Set {
    std::string name;
    Rows rows;
    std::vector<std::int64_t> labels = {};
    std::vector<std::int64_t> ids = {};

    [[nodiscard]] Index size() const { return rows.rows(); }
    [[nodiscard]] std::int64_t label(Index row) const { return labels[static_cast<std::size_t>(row)]; }
    /// Rows that are not finite are marked by hand: std::isfinite is constant under -ffast-math.
    [[nodiscard]] bool finite(Index row) const { return std::find(bad.begin(), bad.end(), row) == bad.end(); }
    [[nodiscard]] mohs::Batch<double> batch() const
    {
        const mohs::Batch<double> plain(rows, labels);
        return has_ids ? plain.with_ids(ids) : plain;
    }

    std::vector<Index> bad = {};  ///< rows with a NaN or an infinity
    bool has_ids = false;
};

/// One-dimensional rows.
inline Set line(const std::vector<double>& values, std::vector<std::int64_t> labels)
{
    Set set{"line", Rows(static_cast<Index>(values.size()), 1), std::move(labels)};
    for (std::size_t i = 0; i < values.size(); ++i) {
        set.rows(static_cast<Index>(i), 0) = values[i];
    }
    return set;
}

using Generator = std::mt19937_64;

inline double uniform(Generator& generator)
{
    return static_cast<double>(generator() >> 11) * 0x1p-53 * 2 - 1;
}

/// Independent rows, with labels drawn from `classes`.
inline Set random_set(Index size, Index dimension, Index classes, std::uint64_t seed)
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

/// Most rows are bitwise copies of others, under any label.
inline Set with_duplicates(Set set, std::uint64_t seed)
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

/// Every fourth row has a NaN or an infinity.
inline Set with_bad_rows(Set set)
{
    for (Index i = 2; i < set.size(); i += 4) {
        set.rows(i, i % set.rows.cols()) =
            i % 8 == 2 ? std::numeric_limits<double>::quiet_NaN() : -std::numeric_limits<double>::infinity();
        set.bad.push_back(i);
    }
    set.name += ", rows that are not finite";
    return set;
}

/// About three rows share each sample id.
inline Set with_shared_ids(Set set, std::uint64_t seed)
{
    Generator generator(seed);
    for (Index i = 0; i < set.size(); ++i) {
        set.ids.push_back(static_cast<std::int64_t>(generator() % static_cast<std::uint64_t>(set.size() / 3 + 1)));
    }
    set.has_ids = true;
    set.name += ", shared ids";
    return set;
}

/// Queries and their gallery, which may be the same set.
struct Scene {
    const Set& queries;
    const Set& gallery;
    bool self;

    [[nodiscard]] bool is_candidate(Index query, Index row) const
    {
        const bool same =
            queries.has_ids ? queries.ids[static_cast<std::size_t>(query)] == gallery.ids[static_cast<std::size_t>(row)]
                            : self && query == row;
        return gallery.finite(row) && !same;
    }
};

/// How close two rows are: bigger is closer.
template <class M>
double closeness(const Set& a, Index row_a, const Set& b, Index row_b)
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
    if constexpr (std::is_same_v<M, mohs::Cosine>) {
        const double norms = length(a, row_a) * length(b, row_b);
        return norms > 0 ? dot / norms : 0;
    } else if constexpr (std::is_same_v<M, mohs::DotProduct>) {
        return dot;
    } else {
        static_assert(std::is_same_v<M, mohs::Euclidean>);
        return -std::sqrt(square);
    }
}

/// The candidates of a query as a list of whether each has its label: closest first, equal ones by ascending row.
template <class M>
std::vector<bool> ranked(const Scene& scene, Index query)
{
    struct Entry {
        double closeness;
        Index row;
    };
    std::vector<Entry> entries;
    for (Index row = 0; row < scene.gallery.size(); ++row) {
        if (scene.is_candidate(query, row)) {
            entries.push_back({closeness<M>(scene.queries, query, scene.gallery, row), row});
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

}  // namespace evaluation
