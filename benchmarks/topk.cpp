// The ten nearest neighbours of every row among all others.

#include "cases.hpp"
#include "oracle.hpp"

#include <mohs/mohs.hpp>

#include <functional>

namespace bench {
namespace {

using Neighbours = mohs::Neighbours<mohs::Cosine>;

constexpr Index k = 10;

std::string check(const Neighbours& neighbours, const Data& data)
{
    const Oracle oracle(data);
    for (const Index anchor : oracle.anchors()) {
        std::vector<double> exact;
        for (Index row = 0; row < oracle.rows(); ++row) {
            if (row != anchor) {
                exact.push_back(oracle.cosine(anchor, row));
            }
        }
        std::partial_sort(exact.begin(), exact.begin() + k, exact.end(), std::greater<>());
        if (neighbours.count(anchor) != k) {
            return wrong(anchor, "it does not have 10 neighbours");
        }
        std::vector<Index> found;
        for (Index rank = 0; rank < k; ++rank) {
            const Index row = neighbours.index(anchor, rank);
            if (!oracle.exists(row) || row == anchor || std::find(found.begin(), found.end(), row) != found.end()) {
                return wrong(anchor, "a neighbour is none, itself or another one again");
            }
            found.push_back(row);
            const double cosine = oracle.cosine(anchor, row);
            // Errors of each score move the score of a rank by no more than the largest of them.
            if (std::abs(cosine - exact[static_cast<std::size_t>(rank)]) > 2 * oracle.tolerance()) {
                return wrong(anchor, "a neighbour has not the similarity of its rank");
            }
            if (!oracle.agrees(neighbours.value(anchor, rank), cosine)) {
                return wrong(anchor, "a similarity is wrong");
            }
        }
    }
    return {};
}

void add(Kind kind, Index rows, Index dimension, IsaLevel level)
{
    add_case(case_name("top10", to_string(kind), rows, dimension), [=](benchmark::State& state, bool first) {
        const Data& data = cached_data(kind, rows, dimension);
        const mohs::Batch batch{data.rows, data.labels};
        const mohs::NearestNeighbours nearest{mohs::Cosine{}, {.k = k}};
        const mohs::Options options{.isa = level, .threads = 1};
        mohs::Workspace workspace;
        Neighbours neighbours;
        nearest(batch, workspace, neighbours, options);
        nearest(batch, workspace, neighbours, options);
        if (!first || is_right(state, check(neighbours, data))) {
            measure(state, level, 1, useful_flops(rows, dimension),
                    [&] { nearest(batch, workspace, neighbours, options); });
        }
    });
}

}  // namespace

void add_topk_cases(IsaLevel level)
{
    for (const Kind kind : all_kinds) {
        for (const Index rows : all_rows) {
            for (const Index dimension : all_dimensions) {
                add(kind, rows, dimension, level);
            }
        }
    }
}

}  // namespace bench
