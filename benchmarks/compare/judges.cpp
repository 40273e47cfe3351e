// What it costs to judge rows, beside the search for neighbours that a judge begins with; and what the mask that comes
// out costs mining.

#include "../oracle.hpp"
#include "measure.hpp"
#include "topics.hpp"

#include <mohs/mohs.hpp>

namespace compare {
namespace {

/// Judgements of the first rows of `data` by the others, and the search for the same neighbours.
void compare_consensus(Table& table, Kind kind)
{
    constexpr Index judged = 1024, reference = 16384;
    const Subject subject{"consensus", bench::to_string(kind), judged, 128, 1, 10};
    if (!table.wants(subject)) {
        return;
    }
    const bench::Data data = bench::make_data(kind, judged + reference, subject.d);
    const auto rows = data.rows.topRows(judged), others = data.rows.bottomRows(reference);
    const std::vector<std::int64_t> labels(data.labels.begin(), data.labels.begin() + judged),
        other_labels(data.labels.begin() + judged, data.labels.end());
    const mohs::Batch batch{rows, labels}, gallery{others, other_labels};
    const mohs::NeighbourConsensus judge{mohs::Cosine{}};
    const mohs::NearestNeighbours nearest{mohs::Cosine{}, {.k = 10}};
    const mohs::Options options{.isa = table.settings().level, .threads = 1};
    mohs::Judgement judgement("none");
    mohs::Neighbours<mohs::Cosine> found;
    const Times times = measure(
        table.settings(), 1, 2.0 * judged * reference * static_cast<double>(subject.d),
        [&] { judgement = judge(batch, gallery, options); }, [&] { found = nearest(batch, gallery, options); });
    std::string error;
    for (Index row = 0; row < judged && error.empty(); ++row) {
        Index own = 0, most = 0;
        for (Index rank = 0; rank < found.count(row); ++rank) {
            const std::int64_t label = gallery.label(found.index(row, rank));
            Index votes = 0;
            for (Index other = 0; other < found.count(row); ++other) {
                votes += gallery.label(found.index(row, other)) == label;
            }
            Index& best = label == batch.label(row) ? own : most;
            best = std::max(best, votes);
        }
        if ((judgement.opinion(row) == mohs::Opinion::suspect) != (own < most)) {
            error = bench::wrong(row, "the neighbours' votes say otherwise");
        }
    }
    table.add(make_row(subject, "mohs, neighbours alone", times, 1.2, error));
}

/// Hardest triplets where every eighth row is withdrawn, beside those of all rows.
void compare_mask(Table& table, Kind kind)
{
    const Subject subject{"mask of rows", bench::to_string(kind), 4096, 128};
    if (!table.wants(subject)) {
        return;
    }
    const bench::Data data = bench::make_data(kind, subject.n, subject.d);
    const mohs::Batch batch{data.rows, data.labels};
    std::vector<mohs::Role> roles(data.labels.size(), mohs::Role::any);
    for (std::size_t row = 0; row < roles.size(); row += 8) {
        roles[row] = mohs::Role::none;
    }
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const mohs::Options options{.isa = table.settings().level, .threads = 1};
    mohs::Workspace workspace;
    mohs::Triplets<mohs::Cosine> masked, all;
    const Times times = measure(
        table.settings(), 1, bench::useful_flops(subject.n, subject.d),
        [&] { miner(batch.with_roles(roles), workspace, masked, options); },
        [&] { miner(batch, workspace, all, options); });
    std::string error = masked.empty() ? "there are no triplets" : "";
    for (const mohs::Triplet& triplet : masked) {
        if (triplet.anchor % 8 == 0 || triplet.positive % 8 == 0 || triplet.negative % 8 == 0) {
            error = bench::wrong(triplet.anchor, "a withdrawn row takes part");
        }
    }
    table.add(make_row(subject, "mohs without a mask", times, 1.03, error));
}

}  // namespace

void compare_judges(Table& table)
{
    for (const Kind kind : bench::all_kinds) {
        compare_consensus(table, kind);
        compare_mask(table, kind);
    }
}

}  // namespace compare
