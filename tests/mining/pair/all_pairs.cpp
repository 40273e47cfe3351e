#include "../../catch.hpp"
#include "../pairs.hpp"

#include <mohs/mining/pair/all_pairs.hpp>

TEST_CASE("all pairs are every ordered pair by its labels")
{
    const pairs::Problem problem;
    const auto mined = mohs::PairMiner{mohs::Euclidean{}, mohs::AllPairs{}}(problem.batch());
    const auto any = [](mohs::Index, mohs::Index, double) { return true; };
    CHECK(pairs::set_of(mined.positives) == pairs::expected<mohs::Euclidean>(problem, true, any));
    CHECK(pairs::set_of(mined.negatives) == pairs::expected<mohs::Euclidean>(problem, false, any));
    CHECK(mined.positives.size() == 60 * 4);
    CHECK(mined.negatives.size() == 60 * 56 + 60);
}

TEST_CASE("all pairs are all there are in any batch or gallery", "[threads]")
{
    const auto rule = [](bool, double, const auto&, const auto&) { return true; };
    CHECK(pairs::fault<mohs::Euclidean>(mohs::AllPairs{}, rule) == "");
    CHECK(pairs::fault<mohs::Cosine>(mohs::AllPairs{}, rule) == "");
}
