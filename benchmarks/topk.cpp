// The ten nearest neighbours of every row among all others.

#include "answers.hpp"
#include "cases.hpp"

#include <mohs/mohs.hpp>

namespace bench {
namespace {

using Neighbours = mohs::Neighbours<mohs::Cosine>;

constexpr Index k = 10;

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
        if (!first || is_right(state, check_neighbours(neighbours, data, k))) {
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
