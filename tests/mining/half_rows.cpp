#include "../catch.hpp"
#include "pairs.hpp"
#include "strategies.hpp"

namespace {

template <class M>
bool same(const mohs::Triplets<M>& a, const mohs::Triplets<M>& b)
{
    return mining::same_triplets(a, b) && a.report.rejected == b.report.rejected;
}

template <class M>
bool same(const mohs::Pairs<M>& a, const mohs::Pairs<M>& b)
{
    return pairs::same_pairs(a, b);
}

template <class M>
bool same(const mohs::Neighbours<M>& a, const mohs::Neighbours<M>& b)
{
    return a.indices() == b.indices() && a.values() == b.values();
}

/// Packing turns half into float, exactly: rows of them give what the same rows give as floats, bit for bit.
void require_as_in_float(const auto& miner)
{
    const reference::Data batch = reference::rounded_to<Eigen::half>(reference::clustered(59, 11)),
                          odd = reference::rounded_to<Eigen::half>(reference::non_finite(43, 11));
    const reference::Owned<Eigen::half> rows(batch), odd_rows(odd);
    const reference::Owned<float> floats(batch), odd_floats(odd);
    for (const mohs::Options& options : strategies::levels()) {
        INFO(mohs::to_string(options.isa));
        const auto within = miner(floats.batch(), options);
        // Nothing equals nothing, too.
        CHECK(within.report.valid > 10);
        CHECK(same(miner(rows.batch(), options), within));
        CHECK(same(miner(odd_rows.batch(), options), miner(odd_floats.batch(), options)));
        CHECK(same(miner(odd_rows.batch(), rows.batch(), options), miner(odd_floats.batch(), floats.batch(), options)));
    }
}

template <class Strategy>
inline constexpr Strategy options_of{};
template <>
inline constexpr mohs::RankedNegatives options_of<mohs::RankedNegatives>{.begin = 1, .end = 4};
template <>
inline constexpr mohs::ScoreWindowNegative options_of<mohs::ScoreWindowNegative>{.low = 0.5, .high = 1.4};

}

TEMPLATE_TEST_CASE("every strategy for negatives takes half rows", "", mohs::HardestNegative, mohs::EasiestNegative,
                   mohs::RandomNegative, mohs::AllNegatives, mohs::RankedNegatives, mohs::ScoreWindowNegative,
                   mohs::DistanceWeightedNegative, mohs::SemiHardNegative, mohs::SemiHardRandom,
                   mohs::SemiHardWithinMargin, mohs::SemiHardOrFarthest, mohs::SemiHardBeyondAll,
                   mohs::SemiHardOrRandom)
{
    require_as_in_float(
        mohs::TripletMiner{mohs::Normalised<mohs::Euclidean>{}, mohs::AllPositives{}, options_of<TestType>});
}

TEMPLATE_TEST_CASE("every strategy for positives takes half rows", "", mohs::HardestPositive, mohs::EasiestPositive,
                   mohs::RandomPositive)
{
    require_as_in_float(mohs::TripletMiner{mohs::Euclidean{}, TestType{}, mohs::SemiHardOrFarthest{}});
}

TEST_CASE("every filter takes half rows")
{
    const reference::Owned<Eigen::half> guide(reference::rounded_to<Eigen::half>(reference::clustered(59, 5, 17)));
    require_as_in_float(mohs::TripletMiner{
        mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{},
        mohs::ExcludeNearDuplicates{mohs::similarity(0.9)}, mohs::MarginToPositive{.relative = 0.1},
        mohs::ScoreBand{.low = -0.9, .high = 0.8}, mohs::ExcludeByGuide{guide.batch(), guide.batch(), 0.3}});
}

TEST_CASE("miners of pairs and of all triplets and neighbours take half rows")
{
    require_as_in_float(mohs::PairMiner{mohs::Cosine{}, mohs::AllPairs{}});
    require_as_in_float(mohs::PairMiner{mohs::Cosine{}, mohs::PairMargin{}});
    require_as_in_float(mohs::PairMiner{mohs::Cosine{}, mohs::MultiSimilarity{}});
    require_as_in_float(mohs::TripletEnumerator{mohs::Euclidean{}, {.kind = mohs::TripletKind::semi_hard}});
    require_as_in_float(mohs::TripletEnumerator{mohs::Euclidean{}});
    require_as_in_float(mohs::NearestNeighbours{mohs::Cosine{}, {.k = 5}});
}
