#include "votes.hpp"

#include <mohs/judge/neighbour_consensus.hpp>

namespace {

using mohs::Index;
using mohs::Opinion;
using votes::Scene;

template <class M>
void check_consensus(const mohs::NeighbourConsensusOptions& options)
{
    const mohs::NeighbourConsensus judge{M{}, options};
    for (const Scene& scene : votes::scenes()) {
        CAPTURE(scene.name, options.k, options.least_share, options.least_voters);
        const auto batch = votes::batch(scene.rows);
        const mohs::Judgement judged = scene.self ? judge(batch) : judge(batch, votes::batch(scene.reference));
        REQUIRE(judged.rows() == scene.rows.size());
        Index few = 0;
        for (Index row = 0; row < judged.rows(); ++row) {
            const std::int64_t label = scene.rows.labels[static_cast<std::size_t>(row)];
            const auto found = votes::of(reference::metric_of<M>, scene, row, options.k);
            const double own = votes::share(found, label);
            double other = 0;
            Index voters = 0;
            for (const auto& [each, count] : found) {
                voters += count;
                other = each == label ? other : std::max(other, votes::share(found, each));
            }
            few += label != votes::unknown && voters < options.k;
            if (label == votes::unknown || voters < options.least_voters) {
                CHECK(judged.opinion(row) == Opinion::abstains);
                CHECK(judged.score(row) == 0);
                continue;
            }
            CHECK(judged.opinion(row) ==
                  (own < other || own < options.least_share ? Opinion::suspect : Opinion::trusted));
            CHECK(judged.score(row) == Approx((1 + other - own) / 2).margin(1e-15));
        }
        CHECK(judged.short_of_voters() == few);
    }
}

}  // namespace

TEST_CASE("rows whose neighbours have other labels are suspects", "[ieee]")
{
    check_consensus<mohs::Cosine>({});
    check_consensus<mohs::Cosine>({.k = 3, .least_share = 0.5});
    check_consensus<mohs::Euclidean>({.k = 1});
    check_consensus<mohs::Euclidean>({.k = 10, .least_share = 0.25, .least_voters = 10});
}

TEST_CASE("options of a consensus that make no sense are refused")
{
    using Judge = mohs::NeighbourConsensus<mohs::Cosine>;
    CHECK_THROWS_AS(Judge(mohs::Cosine{}, {.k = 0}), std::invalid_argument);
    CHECK_THROWS_AS(Judge(mohs::Cosine{}, {.least_share = 1.5}), std::invalid_argument);
    CHECK_THROWS_AS(Judge(mohs::Cosine{}, {.least_share = -0.1}), std::invalid_argument);
    CHECK_THROWS_AS(Judge(mohs::Cosine{}, {.least_voters = 0}), std::invalid_argument);
}

TEST_CASE("withdrawn rows are in no triplet")
{
    const reference::Data data = reference::clustered(120, 8);
    const mohs::Matrix rows = data.as<float>();
    const mohs::Batch batch{rows, data.labels};
    const mohs::Judgement judged = mohs::NeighbourConsensus{mohs::Cosine{}, {.k = 3}}(batch);
    REQUIRE(judged.count(Opinion::suspect) > 0);
    REQUIRE(judged.count(Opinion::trusted) > 0);
    const std::vector<mohs::Role> roles = judged.roles(batch);
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::AllPositives{}, mohs::AllNegatives{}};
    const mohs::Triplets triplets = miner(batch.with_roles(roles));
    REQUIRE(triplets.size() > 0);
    for (const mohs::Triplet& triplet : triplets) {
        for (const Index row : {triplet.anchor, triplet.positive, triplet.negative}) {
            REQUIRE(judged.opinion(row) != Opinion::suspect);
        }
    }
}
