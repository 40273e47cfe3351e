// Covers detail/mining/closer_than.hpp.

#include "../catch.hpp"
#include "pairs.hpp"

#include <mohs/mining/pair/all_pairs.hpp>
#include <mohs/mining/pair/multi_similarity.hpp>
#include <mohs/mining/pair/pair_margin.hpp>

TEST_CASE("pairs of a batch are those of its copy as a gallery with the same ids")
{
    const pairs::Problem problem;
    const mohs::Matrix copy = problem.rows;
    std::vector<int> ids(problem.labels.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        ids[i] = static_cast<int>(i);
    }
    const mohs::PairMiner miner{mohs::SquaredEuclidean{}, mohs::PairMargin{0.5, 1.5}};
    const auto self = miner(problem.batch());
    const auto gallery = miner(problem.batch().with_ids(ids), mohs::Batch(copy, problem.labels).with_ids(ids));
    CHECK(pairs::set_of(self.positives) == pairs::set_of(gallery.positives));
    CHECK(pairs::set_of(self.negatives) == pairs::set_of(gallery.negatives));
}

TEST_CASE("pairs ascend by anchor and candidate and carry their values")
{
    const pairs::Problem problem;
    const auto mined = mohs::PairMiner{mohs::Euclidean{}, mohs::AllPairs{}}(problem.batch());
    for (const auto* list : {&mined.positives, &mined.negatives}) {
        for (mohs::Index i = 0; i < list->size(); ++i) {
            const mohs::Pair pair = (*list)[i];
            // One rounding of the square root.
            CHECK(list->values()[i] ==
                  Approx(pairs::value<mohs::Euclidean>(problem, pair.anchor, pair.candidate)).epsilon(1e-15));
            if (i > 0) {
                const mohs::Pair before = (*list)[i - 1];
                CHECK(std::pair(before.anchor, before.candidate) < std::pair(pair.anchor, pair.candidate));
            }
        }
    }
}

TEST_CASE("every anchor of a pair miner is valid or has one reason not to be")
{
    const mohs::Matrix rows{{0, 0}, {1, 0}, {0, 1}};
    const std::vector<int> one_class{1, 1, 1}, singletons{1, 2, 3};
    const mohs::PairMiner miner{mohs::Euclidean{}, mohs::PairMargin{9, 0.1}};
    CHECK(miner(mohs::Batch(rows, one_class)).report.no_negative == 3);
    CHECK(miner(mohs::Batch(rows, singletons)).report.no_positive == 3);
    const mohs::Matrix empty(0, 2);
    const std::vector<int> none;
    CHECK(miner(mohs::Batch(empty, none)).report.anchors == 0);
}

TEST_CASE("pairs whose values do not fit a double are kept and counted as overflows", "[ieee][raises]")
{
    const mohs::MatrixOf<double> rows{{1e308}, {1e308}, {-1e308}};
    const std::vector<int> labels{0, 0, 1};
    const mohs::Batch batch(rows, labels);
    const auto infinity = std::numeric_limits<double>::infinity();

    const auto all = mohs::PairMiner{mohs::DotProduct{}, mohs::AllPairs{}}(batch);
    CHECK(pairs::set_of(all.positives) == pairs::Set{{0, 1}, {1, 0}});
    CHECK(pairs::set_of(all.negatives) == pairs::Set{{0, 2}, {1, 2}, {2, 0}, {2, 1}});
    CHECK((all.positives.values().array() == infinity).all());
    CHECK((all.negatives.values().array() == -infinity).all());
    CHECK(all.report.valid == 3);
    CHECK(all.report.tuples == 6);
    CHECK(all.report.overflows == 6);

    // Squared distances: 0 between positives, 4e616 between negatives.
    const auto far = mohs::PairMiner{mohs::SquaredEuclidean{}, mohs::AllPairs{}}(batch);
    CHECK(far.positives.size() == 2);
    CHECK(far.negatives.size() == 4);
    CHECK(far.report.overflows == 4);

    // Only what is kept is counted: none of these negatives is close, none of these positives far.
    const auto none = mohs::PairMiner{mohs::DotProduct{}, mohs::PairMargin{0.8, 0.2}}(batch);
    CHECK(none.positives.empty());
    CHECK(none.negatives.empty());
    CHECK(none.report.overflows == 0);
}

TEST_CASE("pairs may have values beyond the range of float")
{
    const mohs::MatrixOf<double> rows{{1e100}, {2e100}, {-1e100}, {4e100}};
    const std::vector<int> labels{0, 0, 1, 1};
    const mohs::Batch batch(rows, labels);
    CHECK(mohs::PairMiner{mohs::DotProduct{}, mohs::AllPairs{}}(batch).negatives.size() == 8);
    // Dot products of negatives in units of 1e200: -1, 4, -2 and 8.
    CHECK(pairs::set_of(mohs::PairMiner{mohs::DotProduct{}, mohs::PairMargin{0, -1.5e200}}(batch).negatives) ==
          pairs::Set{{0, 2}, {2, 0}, {0, 3}, {3, 0}, {1, 3}, {3, 1}});
    // Distances in units of 1e100: 2, 3, 3 and 2.
    CHECK(pairs::set_of(mohs::PairMiner{mohs::Euclidean{}, mohs::PairMargin{0, 2.5e100}}(batch).negatives) ==
          pairs::Set{{0, 2}, {2, 0}, {1, 3}, {3, 1}});
    // The positives lie 1 apart, and 5: of the second pair all negatives are closer.
    CHECK(pairs::set_of(mohs::PairMiner{mohs::Euclidean{}, mohs::MultiSimilarity{.epsilon = 0}}(batch).negatives) ==
          pairs::Set{{2, 0}, {2, 1}, {3, 0}, {3, 1}});
}

TEST_CASE("multi-similarity keeps no positives without negatives, however far they are", "[ieee][raises]")
{
    const mohs::MatrixOf<double> rows{{1e200}, {-1e200}};
    const std::vector<int> labels{0, 0};
    const mohs::Batch batch(rows, labels);
    CHECK(mohs::PairMiner{mohs::DotProduct{}, mohs::MultiSimilarity{}}(batch).positives.empty());
    CHECK(mohs::PairMiner{mohs::SquaredEuclidean{}, mohs::MultiSimilarity{}}(batch).positives.empty());
}
