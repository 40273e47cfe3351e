// Covers detail/scene/relation_of_batch.hpp, filter/prepared/promote_suspects.hpp.

#include <mohs/filter/prepared/find_suspects.hpp>
#include <mohs/filter/prepared/promote_suspects.hpp>

#include "../everywhere.hpp"

#include <mohs/filter/exclude_near_duplicates.hpp>
#include <mohs/filter/exclude_pairs.hpp>
#include <mohs/filter/score_band.hpp>

#include <limits>
#include <set>

namespace {

using mohs::Index;
using mohs::Related;
using mohs::Suspicion;
using reference::Data;
using reference::Scene;

/// What the filters of the test reject, by definition: 0 for a band below a distance of 2, 1 for `some`, or -1.
int rejected_by(const Scene& scene, Index anchor, Index row)
{
    const double distance = (scene.anchors.rows.row(anchor) - scene.candidates.rows.row(row)).squaredNorm();
    return distance < 2 ? 0 : everywhere::some(anchor, row) ? 1 : -1;
}

/// The closest positive of an anchor, the first of several, or -1.
Index nearest_positive(const Scene& scene, Index anchor)
{
    std::pair<double, Index> best{std::numeric_limits<double>::infinity(), -1};
    for (const Index row : scene.candidates_of(anchor, mohs::Among::positives)) {
        const double distance = (scene.anchors.rows.row(anchor) - scene.candidates.rows.row(row)).squaredNorm();
        best = std::min(best, std::pair{distance, row});
    }
    return best.second;
}

/// Every pair that the relation of a batch calls positive, by a miner.
std::set<std::pair<Index, Index>> positive_pairs(const auto&... batches)
{
    const auto pairs = mohs::PairMiner{mohs::SquaredEuclidean{}, mohs::AllPairs{}}(batches...);
    std::set<std::pair<Index, Index>> result;
    for (Index i = 0; i < pairs.positives.size(); ++i) {
        result.emplace(pairs.positives[i].anchor, pairs.positives[i].candidate);
    }
    return result;
}

mohs::Suspect negative(Index anchor, Index candidate)
{
    return {.of = Suspicion::negative, .anchor = anchor, .candidate = candidate};
}

}  // namespace

TEST_CASE("suspects are the nearest negatives that filters reject with the name of the first")
{
    const Data plain = strategies::grid(37, 3, 6, 1), gallery = strategies::grid(53, 3, 6, 2);
    for (const bool with_ids : {false, true}) {
        const Data data = with_ids ? reference::with_shared_ids(plain) : plain,
                   other = with_ids ? reference::with_shared_ids(gallery, 13) : gallery;
        for (const Scene& scene : {Scene(data), Scene(data, other)}) {
            const reference::Owned<float> rows(scene.anchors), others(scene.candidates);
            const mohs::NearestNeighbours search{mohs::SquaredEuclidean{}, {.k = 7, .among = mohs::Among::negatives}};
            const mohs::ScoreBand band{.low = 2.0};
            const everywhere::Some some{everywhere::some};
            const mohs::Suspects found = scene.self
                                             ? mohs::find_suspects(search(rows.batch()), rows.batch(), band, some)
                                             : mohs::find_suspects(search(rows.batch(), others.batch()), rows.batch(),
                                                                   others.batch(), band, some);
            mohs::Suspects right;
            std::size_t with_positive = 0;
            for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
                auto ranked = everywhere::ranked_negatives(scene, anchor);
                ranked.resize(std::min<std::size_t>(ranked.size(), 7));
                for (const Index row : ranked) {
                    const int filter = rejected_by(scene, anchor, row);
                    if (filter >= 0) {
                        mohs::Suspect suspect = negative(anchor, row);
                        suspect.score =
                            -(scene.anchors.rows.row(anchor) - scene.candidates.rows.row(row)).squaredNorm();
                        suspect.reason = filter == 0 ? mohs::ScoreBand::name : everywhere::Some::name;
                        suspect.positive = nearest_positive(scene, anchor);
                        with_positive += suspect.positive >= 0;
                        right.push_back(suspect);
                    }
                }
            }
            REQUIRE(right.size() > 10);
            REQUIRE(with_positive > 10);
            CHECK(found == right);
        }
    }
}

TEST_CASE("suspects that are dropped are what their filters would have rejected of the nearest")
{
    const Data data = strategies::grid(37, 3, 6, 1);
    const reference::Owned<float> rows(data);
    const mohs::ScoreBand band{.low = 2.0};
    const auto nearest = [&](const auto&... filters) {
        return mohs::NearestNeighbours{
            mohs::SquaredEuclidean{}, {.k = 40, .among = mohs::Among::negatives}, filters...}(rows.batch());
    };
    const mohs::Suspects suspects = mohs::find_suspects(nearest(), rows.batch(), band);
    const auto dropped = nearest(mohs::ExcludePairs{suspects, 37}), banded = nearest(band);
    CHECK(dropped.indices() == banded.indices());
    CHECK(dropped.report.rejected[0] == banded.report.rejected[0]);
}

TEST_CASE("the score of a suspect is its similarity")
{
    const mohs::MatrixOf<double> rows{{1, 0}, {3, 4}, {0, 1}};
    const std::vector<int> labels{0, 1, 2};
    const mohs::Batch batch(rows, labels);
    const auto nearest = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 2, .among = mohs::Among::negatives}}(batch);
    const auto found =
        mohs::find_suspects(nearest, batch, mohs::ExcludeNearDuplicates{mohs::similarity(0.7), std::false_type{}});
    REQUIRE(found.size() == 2);
    CHECK(found[0].anchor == 1);
    CHECK(found[0].candidate == 2);
    CHECK(found[0].score == Approx(0.8));
    CHECK(found[1].anchor == 2);
    CHECK(found[1].candidate == 1);
    CHECK(found[0].positive == -1);  // there is none
}

TEST_CASE("suspects are sought among neighbours of the same batches")
{
    const Data data = strategies::grid(20, 3, 4, 1), more = strategies::grid(30, 3, 4, 2);
    const reference::Owned<float> rows(data), others(more);
    const mohs::NearestNeighbours search{mohs::SquaredEuclidean{}, {.k = 30, .among = mohs::Among::negatives}};
    const mohs::ScoreBand band{.low = 2.0};
    CHECK_THROWS_AS(mohs::find_suspects(search(others.batch()), rows.batch(), band), std::invalid_argument);
    CHECK_THROWS_AS(mohs::find_suspects(search(rows.batch(), others.batch()), rows.batch(), band), std::out_of_range);
    CHECK_THROWS_AS(mohs::find_suspects(search(rows.batch()), rows.batch(),
                                        mohs::ScoreBand{.low = std::numeric_limits<double>::quiet_NaN()}),
                    std::invalid_argument);
    CHECK_THROWS_AS(mohs::find_suspects(search(rows.batch()), rows.batch(), mohs::ExcludePairs{mohs::Suspects{}, 30}),
                    std::invalid_argument);
}

TEST_CASE("promoted suspects are positives of their anchors and within a batch of either")
{
    const mohs::MatrixOf<double> rows = oracle::gaussian(7, 3, 1), others = oracle::gaussian(5, 3, 2);
    const std::vector<int> labels{0, 0, 1, 1, 2, 3, -1}, other_labels{0, 1, 2, 2, 9};
    const mohs::Batch batch(rows, labels), gallery(others, other_labels);
    const mohs::Suspects suspects{negative(0, 2),
                                  negative(5, 4),
                                  negative(0, 1),
                                  negative(0, 2),
                                  {.of = Suspicion::label, .anchor = 3},
                                  {.of = Suspicion::positive, .anchor = 2, .candidate = 3}};
    using Set = std::set<std::pair<Index, Index>>;
    const Set by_label{{0, 1}, {1, 0}, {2, 3}, {3, 2}};
    CHECK(positive_pairs(batch) == by_label);
    const mohs::Relation both = mohs::promote_suspects(batch, suspects),
                         one = mohs::promote_suspects(batch, suspects, {.either_end = false}),
                         none = mohs::promote_suspects(batch, {});
    Set right = by_label;
    right.merge(Set{{0, 2}, {5, 4}});
    CHECK(positive_pairs(batch.related_by(one)) == right);
    right.merge(Set{{2, 0}, {4, 5}});
    CHECK(positive_pairs(batch.related_by(both)) == right);
    CHECK(positive_pairs(batch.related_by(none)) == by_label);

    const mohs::Suspects across{negative(1, 4), negative(5, 3)};
    const mohs::Relation two = mohs::promote_suspects(batch, gallery, across);
    Set of_two{{0, 0}, {1, 0}, {2, 1}, {3, 1}, {4, 2}, {4, 3}};
    CHECK(positive_pairs(batch, gallery) == of_two);
    of_two.merge(Set{{1, 4}, {5, 3}});
    CHECK(positive_pairs(batch.related_by(two), gallery) == of_two);
    CHECK_THROWS_AS(mohs::promote_suspects(batch, gallery, {negative(0, 5)}), std::out_of_range);
    CHECK_THROWS_AS(mohs::promote_suspects(batch, {negative(7, 0)}), std::out_of_range);
    // Candidates without labels would have no positives but the promoted ones, and nobody asked for that.
    CHECK_THROWS_WITH(mohs::promote_suspects(batch, mohs::Batch(others), across),
                      "mohs::promote_suspects: the candidates have no labels, but the anchors do");
}

TEST_CASE("promotion keeps what a relation says and leaves rows of unknown class out")
{
    const mohs::MatrixOf<double> rows = oracle::gaussian(6, 3, 1);
    const std::vector<int> labels{0, 0, 1, -1, 1, -1};
    const mohs::Batch unknown = mohs::Batch(rows, labels).with_unknown_label(-1);
    using Set = std::set<std::pair<Index, Index>>;
    const mohs::Suspects suspects{negative(0, 3), negative(1, 2)};
    const mohs::Relation by_label = mohs::promote_suspects(unknown, suspects);
    CHECK(positive_pairs(unknown.related_by(by_label)) == Set{{0, 1}, {1, 0}, {2, 4}, {4, 2}, {1, 2}, {2, 1}});

    const mohs::Relation listed = mohs::Relation::of_pairs(6, 6, [](Index i, Index j) {
        return (i + j) % 4 == 1 ? Related::positive : (i + j) % 4 == 2 ? Related::neither : Related::negative;
    });
    const mohs::Batch batch = mohs::Batch(rows).related_by(listed);
    const mohs::Relation promoted =
        mohs::promote_suspects(batch, {negative(0, 3), negative(0, 2), negative(0, 1)}, {.either_end = false});
    for (Index i = 0; i < 6; ++i) {
        for (Index j = 0; j < 6; ++j) {
            const bool more = i == 0 && (j == 3 || j == 2);
            const auto has = [&](std::span<const Index> list) {
                return std::find(list.begin(), list.end(), j) != list.end();
            };
            CAPTURE(i, j);
            CHECK(has(promoted.positives(i)) == (more || (i + j) % 4 == 1));
            CHECK(has(promoted.neither(i)) == (!more && (i + j) % 4 == 2));
        }
    }
    // Without labels there are the promoted ones alone.
    const mohs::Relation alone = mohs::promote_suspects(mohs::Batch(rows), {negative(0, 3)});
    CHECK(positive_pairs(mohs::Batch(rows).related_by(alone)) == Set{{0, 3}, {3, 0}});
}
