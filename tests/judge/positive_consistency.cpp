#include "votes.hpp"

#include <mohs/judge/positive_consistency.hpp>

namespace {

using mohs::Index;
using mohs::Opinion;
using votes::Scene;

/// The rank of the nearest positive among all other samples of known label; none without one.
std::optional<Index> rank_of_positive(reference::Metric metric, const Scene& scene, Index row)
{
    const std::vector<Index> order = votes::nearest(metric, scene, row, 1000);
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        if (scene.voters().labels[static_cast<std::size_t>(order[rank])] ==
            scene.rows.labels[static_cast<std::size_t>(row)]) {
            return static_cast<Index>(rank);
        }
    }
    return std::nullopt;
}

template <class M>
void check_consistency(Index k)
{
    const auto metric = reference::metric_of<M>;
    const mohs::PositiveConsistency judge{M{}, {.k = k}};
    for (const Scene& scene : votes::scenes()) {
        CAPTURE(scene.name, k);
        const auto batch = votes::batch(scene.rows);
        const mohs::Judgement judged = scene.self ? judge(batch) : judge(batch, votes::batch(scene.reference));
        const mohs::Suspects suspects =
            scene.self ? judge.suspects(batch) : judge.suspects(batch, votes::batch(scene.reference));
        REQUIRE(judged.rows() == scene.rows.size());
        std::size_t next = 0;
        Index few = 0;
        for (Index row = 0; row < judged.rows(); ++row) {
            const bool unknown = scene.rows.labels[static_cast<std::size_t>(row)] == votes::unknown;
            const auto rank = unknown ? std::nullopt : rank_of_positive(metric, scene, row);
            if (!rank) {
                CHECK(judged.opinion(row) == Opinion::abstains);
                continue;
            }
            const bool suspect = *rank >= k;
            few += static_cast<Index>(votes::nearest(metric, scene, row, k).size()) < k;
            CHECK((judged.opinion(row) == Opinion::suspect) == suspect);
            CHECK(judged.score(row) == (suspect ? 1 : static_cast<double>(*rank) / static_cast<double>(k)));
            if (suspect) {
                REQUIRE(next < suspects.size());
                const Index positive = votes::nearest(metric, scene, row, *rank + 1).back();
                CHECK(suspects[next++] ==
                      mohs::Suspect{mohs::Suspicion::positive, row, positive, -1, 1, judged.judge()});
            }
        }
        CHECK(next == suspects.size());
        CHECK(judged.short_of_voters() == few);
    }
}

}  // namespace

TEST_CASE("anchors whose positives are all farther than others are suspects", "[ieee]")
{
    check_consistency<mohs::Cosine>(2);
    check_consistency<mohs::Euclidean>(1);
    check_consistency<mohs::Euclidean>(5);
}

TEST_CASE("pairs whose own partner is not among the nearest are suspects")
{
    mohs::Matrix queries = mohs::Matrix::Identity(6, 6), passages = queries;
    passages.row(4).swap(passages.row(5));  // two pairs are mixed up
    const mohs::Relation relation = mohs::Relation::paired(6);
    const mohs::PositiveConsistency judge{mohs::Cosine{}, {.k = 1}};
    const mohs::Judgement judged = judge(mohs::Batch{queries}.related_by(relation), mohs::Batch{passages});
    for (Index row = 0; row < 6; ++row) {
        CHECK(judged.opinion(row) == (row < 4 ? Opinion::trusted : Opinion::suspect));
    }
    CHECK_THROWS_AS(mohs::PositiveConsistency(mohs::Cosine{}, {.k = 0}), std::invalid_argument);
}
