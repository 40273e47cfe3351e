#include "votes.hpp"

#include <mohs/judge/neighbour_votes.hpp>

namespace {

using mohs::Index;
using votes::Scene;

template <class M>
mohs::NeighbourVotes found(const Scene& scene, Index k, const mohs::Options& options = {})
{
    return scene.self ? mohs::neighbour_votes(M{}, k, votes::batch(scene.rows), options)
                      : mohs::neighbour_votes(M{}, k, votes::batch(scene.rows), votes::batch(scene.reference), options);
}

template <class M>
void check_votes()
{
    for (const Scene& scene : votes::scenes()) {
        for (const Index k : {1, 2, 10, 100}) {
            CAPTURE(scene.name, k);
            const mohs::NeighbourVotes votes = found<M>(scene, k);
            REQUIRE(votes.rows() == scene.rows.size());
            for (Index row = 0; row < votes.rows(); ++row) {
                const auto expected = votes::of(reference::metric_of<M>, scene, row, k);
                const auto of = votes.of(row);
                REQUIRE(of.size() == expected.size());
                Index voters = 0;
                for (std::size_t place = 0; place < of.size(); ++place) {
                    REQUIRE(expected.count(of[place].label) == 1);
                    CHECK(of[place].votes == expected.at(of[place].label));
                    CHECK(votes.share(row, of[place].label) == votes::share(expected, of[place].label));
                    voters += of[place].votes;
                    if (place > 0) {
                        CHECK((of[place - 1].votes > of[place].votes ||
                               (of[place - 1].votes == of[place].votes && of[place - 1].label < of[place].label)));
                    }
                }
                CHECK(votes.voters(row) == voters);
                CHECK(votes.share(row, 987654) == 0);
            }
        }
    }
}

}  // namespace

TEST_CASE("the nearest rows of a reference vote with their labels", "[ieee]")
{
    check_votes<mohs::Cosine>();
    check_votes<mohs::Euclidean>();
    check_votes<mohs::DotProduct>();
}

TEST_CASE("votes need labels, and at least one neighbour")
{
    const mohs::Matrix rows = mohs::Matrix::Random(4, 3);
    const std::vector<int> labels{0, 0, 1, 1}, ids{0, 1, 2, 3};
    const mohs::Batch batch = mohs::Batch{rows, labels}.with_ids(ids);
    const mohs::Relation relation = mohs::Relation::paired(4);
    CHECK_THROWS_AS(mohs::neighbour_votes(mohs::Cosine{}, 0, batch), std::invalid_argument);
    CHECK_THROWS_AS(mohs::neighbour_votes(mohs::Cosine{}, 1, mohs::Batch{rows}), std::invalid_argument);
    CHECK_THROWS_AS(mohs::neighbour_votes(mohs::Cosine{}, 1, batch, mohs::Batch{rows}), std::invalid_argument);
    CHECK_THROWS_AS(mohs::neighbour_votes(mohs::Cosine{}, 1, batch.related_by(relation)), std::invalid_argument);
    CHECK(mohs::neighbour_votes(mohs::Cosine{}, 1, batch).voters(3) == 1);
}
