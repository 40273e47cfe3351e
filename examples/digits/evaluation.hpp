#pragma once

#include "data.hpp"

#include <mohs/mining/nearest_neighbours.hpp>

#include <numeric>
#include <span>

namespace digits {

struct Scores {
    double map_at_r = 0, recall_at_1 = 0;
};

/// Every row is a query against all others; rows without another one of their class are left out. MAP@R (Musgrave,
/// Belongie and Lim 2020) of a query with R others of its class: the sum of the precisions at those of the ranks 1 to R
/// where the neighbour is of the class, divided by R. Recall@1: the share of queries whose nearest neighbour is.
///
/// Queries go in blocks: a table of all neighbours of all rows would not fit into memory for large classes.
template <class Metric>
Scores evaluate(Metric metric, const mohs::Matrix& embeddings, const Labels& labels)
{
    const auto sizes = class_sizes(labels);
    const Index rows = embeddings.rows();
    Index k = 1, queries = 0;
    for (const auto& [label, size] : sizes) {
        k = std::max(k, size - 1);
        queries += size > 1 ? size : 0;
    }
    std::vector<Index> ids(labels.size());
    std::iota(ids.begin(), ids.end(), Index{0});
    const mohs::Batch gallery = mohs::Batch{embeddings}.with_ids(ids);
    const mohs::NearestNeighbours nearest{metric, {.k = k}};
    mohs::Workspace workspace;
    mohs::Neighbours<Metric> neighbours;

    Scores sums;
    constexpr Index entries = Index{1} << 20;
    const Index block = std::clamp<Index>(entries / k, 1, rows);
    for (Index first = 0; first < rows; first += block) {
        const Index count = std::min(block, rows - first);
        const std::span block_ids(ids.data() + first, static_cast<std::size_t>(count));
        const mohs::Batch batch = mohs::Batch{embeddings.middleRows(first, count)}.with_ids(block_ids);
        nearest(batch, gallery, workspace, neighbours, {.threads = 1});
        for (Index query = 0; query < count; ++query) {
            const std::int64_t label = labels[static_cast<std::size_t>(first + query)];
            const Index relevant = sizes.at(label) - 1;
            double hits = 0, precisions = 0;
            for (Index rank = 0; rank < std::min(relevant, neighbours.count(query)); ++rank) {
                if (labels[static_cast<std::size_t>(neighbours.index(query, rank))] == label) {
                    ++hits;
                    precisions += hits / static_cast<double>(rank + 1);
                    sums.recall_at_1 += rank == 0 ? 1 : 0;
                }
            }
            sums.map_at_r += relevant > 0 ? precisions / static_cast<double>(relevant) : 0;
        }
    }
    const double divisor = static_cast<double>(std::max<Index>(queries, 1));
    return {sums.map_at_r / divisor, sums.recall_at_1 / divisor};
}

}  // namespace digits
