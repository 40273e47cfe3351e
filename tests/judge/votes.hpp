#pragma once

/// \file The oracle of the judges: votes by definition, and the scenes that all of them are tried on.

#include "../catch.hpp"
#include "../reference.hpp"

#include <map>
#include <optional>

namespace votes {

using mohs::Index;
using reference::Data;
using reference::Metric;

/// The label that stands for unknown.
inline constexpr std::int64_t unknown = -1;

/// Rows that are judged by others, or by one another.
struct Scene {
    std::string name;
    Data rows, reference;
    bool self = false;

    [[nodiscard]] const Data& voters() const { return self ? rows : reference; }
};

/// Gaussian, clustered, duplicate and non-finite rows, some of them without a label; a gallery that shares ids with
/// them, one of three rows, and none.
std::vector<Scene> scenes();

inline mohs::Batch<double> batch(const Data& data)
{
    return mohs::Batch<double>(data.rows, data.labels).with_ids(data.ids).with_unknown_label(unknown);
}

/// Rows of the voters that are nearest to a row, best first: other samples of known label. None for a row that is not
/// finite. In a self-scan, none for a row of unknown label.
std::vector<Index> nearest(Metric metric, const Scene& scene, Index row, Index k);

/// How many of the k nearest have each label.
std::map<std::int64_t, Index> of(Metric metric, const Scene& scene, Index row, Index k);

/// The share of a label among votes.
double share(const std::map<std::int64_t, Index>& votes, std::int64_t label);

}  // namespace votes
