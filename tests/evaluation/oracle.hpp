#pragma once

/// \file
/// Data for the tests of evaluation, and what the definitions say about it: full lists, sorted, in double.

#include "../reference.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace evaluation {

using mohs::Index;
using reference::Metric;
using Rows = mohs::MatrixOf<double>;

/// The entries of a result, by name.
std::map<std::string, double> entries_of(const auto& result)
{
    std::map<std::string, double> entries;
    result.for_each([&](const char* name, double value) { entries[name] = value; });
    return entries;
}

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
Set line(const std::vector<double>& values, std::vector<std::int64_t> labels);

using Generator = std::mt19937_64;

inline double uniform(Generator& generator)
{
    return static_cast<double>(generator() >> 11) * 0x1p-53 * 2 - 1;
}

/// Independent rows, with labels drawn from `classes`.
Set random_set(Index size, Index dimension, Index classes, std::uint64_t seed);

/// Most rows are bitwise copies of others, under any label.
Set with_duplicates(Set set, std::uint64_t seed);

/// Every fourth row has a NaN or an infinity.
Set with_bad_rows(Set set);

/// About three rows share each sample id.
Set with_shared_ids(Set set, std::uint64_t seed);

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

/// How close two rows are: bigger is closer. Of a cosine, a dot product or a Euclidean distance.
double closeness(Metric metric, const Set& a, Index row_a, const Set& b, Index row_b);

/// The candidates of a query as a list of whether each has its label: closest first, equal ones by ascending row.
std::vector<bool> ranked(Metric metric, const Scene& scene, Index query);

}  // namespace evaluation
