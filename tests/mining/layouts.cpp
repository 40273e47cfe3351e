#include "../catch.hpp"
#include "expected.hpp"
#include "pairs.hpp"
#include "strategies.hpp"

namespace {

/// Other scalars than float and other layouts than row-major, for a strategy of either sign with any of the other.
template <class Positive, class Negative>
void require_any_input(const Positive& positive, const Negative& negative)
{
    const mohs::TripletMiner miner{mohs::Euclidean{}, positive, negative};
    CHECK(mining::layout_fault(miner) == "");
    // Nothing equals nothing, too.
    const reference::Owned<float> rows(reference::clustered(59, 11));
    CHECK_FALSE(miner(rows.batch()).empty());
    const strategies::Subject subject{reference::metric_of<mohs::Euclidean>, strategies::rule_of(positive),
                                      strategies::rule_of(negative), mining::run_of<double>(miner)};
    CHECK(strategies::fault(subject, strategies::best_level()) == "");
}

}

TEMPLATE_TEST_CASE("every strategy for negatives takes any layout and double", "", mohs::HardestNegative,
                   mohs::EasiestNegative, mohs::RandomNegative, mohs::AllNegatives, mohs::SemiHardNegative,
                   mohs::SemiHardRandom, mohs::SemiHardWithinMargin, mohs::SemiHardOrFarthest, mohs::SemiHardBeyondAll,
                   mohs::SemiHardOrRandom)
{
    require_any_input(mohs::AllPositives{}, TestType{});
}

TEST_CASE("strategies for negatives with options of their own take any layout and double")
{
    require_any_input(mohs::AllPositives{}, mohs::RankedNegatives{.begin = 1, .end = 4});
    require_any_input(mohs::AllPositives{}, mohs::ScoreWindowNegative{.low = 1, .high = 4});
}

TEMPLATE_TEST_CASE("every strategy for positives takes any layout and double", "", mohs::HardestPositive,
                   mohs::EasiestPositive, mohs::RandomPositive)
{
    require_any_input(TestType{}, mohs::SemiHardOrFarthest{});
}

TEST_CASE("distance-weighted negatives and filters take any layout")
{
    CHECK(mining::layout_fault(mohs::TripletMiner{mohs::Normalised<mohs::Euclidean>{}, mohs::AllPositives{},
                                                  mohs::DistanceWeightedNegative{}}) == "");
    const reference::Owned<float> guide(reference::clustered(59, 5, 17));
    CHECK(mining::layout_fault(mohs::TripletMiner{
              mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{},
              mohs::ExcludeNearDuplicates{mohs::similarity(0.9)}, mohs::MarginToPositive{.relative = 0.1},
              mohs::ScoreBand{.low = -0.9, .high = 0.8}, mohs::ExcludeByGuide{guide.batch(), guide.batch(), 0.3}}) ==
          "");
}

TEST_CASE("miners of pairs and of all triplets take any layout")
{
    const auto same_pairs = [](const auto& a, const auto& b) { return pairs::same_pairs(a, b); };
    CHECK(mining::layout_fault(mohs::PairMiner{mohs::Cosine{}, mohs::AllPairs{}}, same_pairs) == "");
    CHECK(mining::layout_fault(mohs::PairMiner{mohs::Cosine{}, mohs::MultiSimilarity{}}, same_pairs) == "");
    CHECK(mining::layout_fault(mohs::TripletEnumerator{mohs::Euclidean{}},
                               [](const auto& a, const auto& b) { return mining::same_triplets(a, b); }) == "");
}
