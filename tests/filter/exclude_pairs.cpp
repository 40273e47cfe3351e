// Covers detail/base/listed_rows.hpp, detail/base/row_lists.hpp, result/suspects.hpp.

#include <mohs/filter/exclude_pairs.hpp>

#include "everywhere.hpp"

namespace {

using mohs::ExcludePairs;
using mohs::Index;
using mohs::Pair;
using reference::Data;
using reference::Scene;

/// Pairs as good as random, some of them twice, not in order.
std::vector<Pair> listed(Index anchors, Index candidates)
{
    std::vector<Pair> result;
    for (Index anchor = anchors - 1; anchor >= 0; --anchor) {
        for (Index row = 0; row < candidates; ++row) {
            if (strategies::hash(anchor, 3, row) < 3 && anchor % 5 != 1) {
                result.push_back({anchor, row});
                if (row % 4 == 0) {
                    result.push_back({anchor, row});
                }
            }
        }
    }
    return result;
}

bool is_listed(Index anchor, Index row)
{
    return strategies::hash(anchor, 3, row) < 3 && anchor % 5 != 1;
}

}  // namespace

TEST_CASE("pairs of a list are rejected wherever there are negatives")
{
    const Data plain = strategies::grid(37, 3, 6, 1), gallery = strategies::grid(53, 3, 6, 2);
    for (const bool with_ids : {false, true}) {
        const Data data = with_ids ? reference::with_shared_ids(plain) : plain,
                   other = with_ids ? reference::with_shared_ids(gallery, 13) : gallery;
        everywhere::check(Scene(data), is_listed, ExcludePairs{listed(37, 37), 37});
        everywhere::check(Scene(data, other), is_listed, ExcludePairs{listed(37, 53), 37, 53});
        everywhere::check(
            Scene(data), [](Index i, Index j) { return is_listed(i, j) || is_listed(j, i); },
            ExcludePairs{listed(37, 37), 37, {.either_end = true}});
    }
}

TEST_CASE("a list of pairs keeps each once and knows what is not in it")
{
    const std::vector<Pair> pairs{{3, 1}, {0, 4}, {3, 0}, {3, 1}, {0, 0}};
    const ExcludePairs filter{pairs, 5};
    CHECK(filter.size() == 4);
    for (Index anchor = 0; anchor < 5; ++anchor) {
        for (Index row = 0; row < 5; ++row) {
            CHECK(filter.contains(anchor, row) ==
                  (std::find(pairs.begin(), pairs.end(), Pair{anchor, row}) != pairs.end()));
        }
    }
    CHECK((ExcludePairs{pairs, 5, {.either_end = true}}.size() == 7));
    CHECK((ExcludePairs{std::vector<Pair>{}, 0}.size() == 0));
}

TEST_CASE("of suspects the negatives are excluded")
{
    const mohs::Suspects suspects{{.of = mohs::Suspicion::negative, .anchor = 1, .candidate = 2},
                                  {.of = mohs::Suspicion::label, .anchor = 0},
                                  {.of = mohs::Suspicion::positive, .anchor = 2, .candidate = 0},
                                  {.of = mohs::Suspicion::negative, .anchor = 0, .candidate = 3}};
    const ExcludePairs filter{suspects, 3, 4};
    CHECK(filter.size() == 2);
    CHECK(filter.contains(1, 2));
    CHECK(filter.contains(0, 3));
    CHECK((ExcludePairs{suspects, 4}.size() == 2));
}

TEST_CASE("a list of pairs is refused whose rows do not exist or that is of other batches")
{
    const std::vector<Pair> pairs{{2, 3}};
    CHECK_THROWS_WITH((ExcludePairs{pairs, 2, 4}),
                      "mohs::ExcludePairs: anchor 2 is not a row of its batch, which has 2");
    CHECK_THROWS_AS((ExcludePairs{pairs, 3, 3}), std::out_of_range);
    CHECK_THROWS_AS((ExcludePairs{std::vector<Pair>{{0, -1}}, 3, 3}), std::out_of_range);
    CHECK_THROWS_AS((ExcludePairs{pairs, -1, 3}), std::invalid_argument);
    CHECK_THROWS_WITH((ExcludePairs{mohs::Suspects{}, 3, -2}),
                      "mohs::ExcludePairs: rows is -2, but must be at least 0");
    CHECK(reference::mentions(reference::message_of([&] {
                                  ExcludePairs{pairs, 3, 4, {.either_end = true}};
                              }),
                              {"ExcludePairs", "either_end"}));
    const reference::Owned<float> three(strategies::line({0, 1, 2}, {0, 0, 1})),
        four(strategies::line({0, 1, 2, 3}, {0, 0, 1, 1}));
    const mohs::PairMiner miner{mohs::Euclidean{}, mohs::AllPairs{}, ExcludePairs{pairs, 3, 4}};
    CHECK_NOTHROW(miner(three.batch(), four.batch()));
    CHECK_THROWS_AS(miner(three.batch()), std::invalid_argument);
    CHECK_THROWS_WITH(miner(four.batch()),
                      "mohs::ExcludePairs: made for 3 anchors and 4 candidates, but 4 and 4 are mined");
    // Own negatives of InfoNCE come after the candidates, and are in no list.
    const mohs::MatrixOf<double> rows = oracle::gaussian(3, 2, 1), own = oracle::gaussian(3, 2, 2);
    const std::vector<Pair> some{{0, 1}};
    const mohs::InfoNCE loss{mohs::Cosine{}, {.positives = mohs::PositivesOf::pair}, ExcludePairs{some, 3, 3}};
    const mohs::MatrixOf<double> candidates = oracle::gaussian(3, 2, 3);
    CHECK(loss(mohs::Batch(rows), mohs::Batch(candidates), mohs::Batch(own)).report.rejected[0] == 1);
}
