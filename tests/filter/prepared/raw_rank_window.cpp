#include <mohs/filter/prepared/raw_rank_window.hpp>

#include "../everywhere.hpp"

#include <limits>

namespace {

using mohs::Index;
using mohs::RankRange;
using mohs::RawRankWindow;
using reference::Data;
using reference::Scene;

/// Whether the rank of a negative, by definition, is outside of a window.
everywhere::Rejects outside(const Scene& scene, const RankRange& ranks)
{
    std::vector<std::vector<Index>> ranked;
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        ranked.push_back(everywhere::ranked_negatives(scene, anchor));
    }
    return [ranked, ranks](Index anchor, Index row) {
        const auto& list = ranked[static_cast<std::size_t>(anchor)];
        const Index rank = std::find(list.begin(), list.end(), row) - list.begin();
        return rank < ranks.begin || (ranks.end && rank >= *ranks.end);
    };
}

}  // namespace

TEST_CASE("raw ranks are those among all negatives whatever other filters do and in whichever order")
{
    // On a grid, where values are equal all the time: then the lowest row comes first.
    const Data plain = strategies::grid(37, 2, 6, 1), gallery = strategies::grid(53, 2, 6, 2);
    for (const bool with_ids : {false, true}) {
        const Data data = with_ids ? reference::with_shared_ids(plain) : plain,
                   other = with_ids ? reference::with_shared_ids(gallery, 13) : gallery;
        const reference::Owned<float> rows(data), others(other);
        const Scene self(data), two(data, other);
        for (const RankRange ranks : {RankRange{.begin = 3}, RankRange{.begin = 2, .end = 11}}) {
            CAPTURE(ranks.begin, ranks.end.has_value());
            everywhere::check(self, outside(self, ranks), RawRankWindow{mohs::SquaredEuclidean{}, ranks, rows.batch()});
            everywhere::check(two, outside(two, ranks),
                              RawRankWindow{mohs::SquaredEuclidean{}, ranks, rows.batch(), others.batch()});
        }
    }
}

TEST_CASE("surviving ranks skip what filters reject and raw ranks do not")
{
    // From the anchor at 0 negatives are at 1 .. 8 in rows 2 .. 9; a filter rejects rows 3 and 4.
    const reference::Owned<float> owned(
        strategies::line({0, 20, 1, 2, 3, 4, 5, 6, 7, 8}, {0, 0, 1, 2, 3, 4, 5, 6, 7, 8}));
    const mohs::ExcludeIf some{[](Index, Index row) { return row == 3 || row == 4; }};
    const auto of_first = [](const auto& neighbours) {
        std::vector<Index> result;
        for (Index rank = 0; rank < neighbours.count(0); ++rank) {
            result.push_back(neighbours.index(0, rank));
        }
        return result;
    };
    const auto search = [&](Index k, Index first, const auto&... filters) {
        return of_first(mohs::NearestNeighbours{mohs::Euclidean{},
                                                {.k = k, .among = mohs::Among::negatives, .first_rank = first},
                                                filters...}(owned.batch()));
    };
    const RawRankWindow window{mohs::Euclidean{}, {.begin = 2, .end = 5}, owned.batch()};
    CHECK(search(10, 0, window) == std::vector<Index>{4, 5, 6});
    CHECK(search(10, 0, window, some) == std::vector<Index>{5, 6});
    CHECK(search(10, 0, some, window) == std::vector<Index>{5, 6});
    CHECK(search(3, 2) == std::vector<Index>{4, 5, 6});
    CHECK(search(3, 2, some) == std::vector<Index>{6, 7, 8});
    CHECK(search(1, 1, some, window) == std::vector<Index>{6});
    // The same of triplets.
    const mohs::TripletMiner ranked{mohs::Euclidean{}, mohs::HardestPositive{},
                                    mohs::RankedNegatives{.begin = 2, .end = 5}, some};
    std::vector<Index> negatives;
    for (const mohs::Triplet triplet : ranked(owned.batch())) {
        if (triplet.anchor == 0) {
            negatives.push_back(triplet.negative);
        }
    }
    CHECK(negatives == search(3, 2, some));
}

TEST_CASE("raw ranks are among what a relation and roles call negatives")
{
    const Data data = strategies::grid(40, 3, 4, 3);
    const reference::Owned<float> owned(data);
    const mohs::Relation relation = mohs::Relation::of_pairs(40, 40, [](Index i, Index j) {
        return (i * 3 + j) % 9 == 0   ? mohs::Related::positive
               : (i + j * j) % 7 == 0 ? mohs::Related::neither
                                      : mohs::Related::negative;
    });
    std::vector<mohs::Role> roles(40, mohs::Role::any);
    for (std::size_t row = 0; row < roles.size(); row += 5) {
        roles[row] = row % 2 == 0 ? mohs::Role::anchor : mohs::Role::positive;
    }
    const mohs::Batch<float> batch = owned.batch().related_by(relation).with_roles(roles);
    const RawRankWindow window{mohs::SquaredEuclidean{}, {.begin = 2, .end = 6}, batch};
    const auto found =
        mohs::NearestNeighbours{mohs::SquaredEuclidean{}, {.k = 40, .among = mohs::Among::negatives}, window}(batch);
    for (Index anchor = 0; anchor < 40; ++anchor) {
        std::vector<std::pair<double, Index>> ranked;
        for (Index row = 0; row < 40; ++row) {
            const bool neither = (anchor * 3 + row) % 9 == 0 || (anchor + row * row) % 7 == 0 || row == anchor;
            if (!neither && mohs::has_role(roles[static_cast<std::size_t>(row)], mohs::Role::negative) &&
                mohs::has_role(roles[static_cast<std::size_t>(anchor)], mohs::Role::anchor)) {
                ranked.emplace_back((data.rows.row(anchor) - data.rows.row(row)).squaredNorm(), row);
            }
        }
        std::sort(ranked.begin(), ranked.end());
        std::vector<Index> right, shown;
        for (std::size_t rank = 2; rank < std::min<std::size_t>(6, ranked.size()); ++rank) {
            right.push_back(ranked[rank].second);
        }
        for (Index rank = 0; rank < found.count(anchor); ++rank) {
            shown.push_back(found.index(anchor, rank));
        }
        CAPTURE(anchor);
        CHECK(shown == right);
    }
}

TEST_CASE("a window of raw ranks may be by another metric than the miner's")
{
    const mohs::MatrixOf<double> rows{{1, 0}, {1, 0}, {5, 5}, {0.5, 0.1}, {9, 1}, {0, 3}};
    const std::vector<int> labels{0, 0, 1, 2, 3, 4};
    const mohs::Batch batch(rows, labels);
    // By angle 4, 3, 2, 5 follow row 0; by distance 3, 5, 2, 4.
    const RawRankWindow window{mohs::Cosine{}, {.begin = 1, .end = 3}, batch};
    const auto found =
        mohs::NearestNeighbours{mohs::Euclidean{}, {.k = 5, .among = mohs::Among::negatives}, window}(batch);
    REQUIRE(found.count(0) == 2);
    CHECK(found.index(0, 0) == 3);
    CHECK(found.index(0, 1) == 2);
}

TEST_CASE("ranks beyond what there is reject what there is and rows that are not finite have none", "[ieee]")
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const mohs::MatrixOf<double> rows{{0}, {1}, {2}, {nan}, {3}};
    const std::vector<int> labels{0, 0, 1, 2, 3};
    const mohs::Batch batch(rows, labels);
    const auto left = [&](const RankRange& ranks) {
        const auto found = mohs::NearestNeighbours{mohs::Euclidean{},
                                                   {.k = 9, .among = mohs::Among::negatives},
                                                   RawRankWindow{mohs::Euclidean{}, ranks, batch}}(batch);
        return found.report.tuples;
    };
    // Rows 0, 1 have two negatives each, 2 and 4 three.
    CHECK(left({}) == 10);
    CHECK(left({.begin = 0, .end = 1}) == 4);
    CHECK(left({.begin = 2}) == 2);
    CHECK(left({.begin = 2, .end = 1000000}) == 2);
    CHECK(left({.begin = 1000000000000}) == 0);
    const mohs::MatrixOf<double> none(0, 2);
    const std::vector<int> no_labels;
    const mohs::Batch empty(none, no_labels);
    CHECK(mohs::NearestNeighbours{mohs::Euclidean{},
                                  {.k = 1, .among = mohs::Among::negatives},
                                  RawRankWindow{mohs::Euclidean{}, {.begin = 1}, empty}}(empty)
              .report.tuples == 0);
}

TEST_CASE("windows of raw ranks are refused that are empty or of another batch")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 2}, {0, 0, 1})),
        more(strategies::line({0, 1, 2, 3}, {0, 0, 1, 1}));
    for (const RankRange ranks :
         {RankRange{.begin = -1}, RankRange{.begin = 2, .end = 2}, RankRange{.begin = 3, .end = 1}}) {
        CHECK(reference::mentions(reference::message_of([&] {
                                      RawRankWindow{mohs::Cosine{}, ranks, owned.batch()};
                                  }),
                                  {"RawRankWindow", std::to_string(ranks.begin), "0 <= begin < end"}));
    }
    const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                   RawRankWindow{mohs::Euclidean{}, {.begin = 1}, owned.batch()}};
    CHECK_NOTHROW(miner(owned.batch()));
    CHECK_THROWS_WITH(miner(more.batch()),
                      "mohs::RawRankWindow: made for 3 anchors and 3 candidates, but 4 and 4 are mined");
    CHECK_THROWS_AS(miner(owned.batch(), more.batch()), std::invalid_argument);
}
