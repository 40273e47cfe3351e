#include "../catch.hpp"
#include "pairs.hpp"

#include <mohs/mining/all_pairs.hpp>
#include <mohs/mining/pair_margin.hpp>

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
