#include "../../catch.hpp"
#include "../pairs.hpp"

#include <mohs/mining/pair/pair_margin.hpp>

#include <limits>

namespace {

/// Margins that are values on the grid, so that equality occurs: it does not count.
template <class M>
void require_margins(double positive_margin, double negative_margin)
{
    const pairs::Problem problem;
    const auto mined = mohs::PairMiner{M{}, mohs::PairMargin{positive_margin, negative_margin}}(problem.batch());
    const auto far = [&](mohs::Index, mohs::Index, double value) { return pairs::closer<M>(positive_margin, value); };
    const auto near = [&](mohs::Index, mohs::Index, double value) { return pairs::closer<M>(value, negative_margin); };
    CHECK(pairs::set_of(mined.positives) == pairs::expected<M>(problem, true, far));
    CHECK(pairs::set_of(mined.negatives) == pairs::expected<M>(problem, false, near));
    CHECK_FALSE(mined.positives.empty());
    CHECK_FALSE(mined.negatives.empty());
}

}

TEST_CASE("pair margins keep what is strictly beyond them")
{
    require_margins<mohs::SquaredEuclidean>(0.75, 1.25);
    require_margins<mohs::Euclidean>(0.5, 1.5);
    require_margins<mohs::DotProduct>(0.5, 0.25);
}

TEST_CASE("pair margins decide alike in any batch or gallery", "[threads]")
{
    const auto check = [](auto metric, double positive_margin, double negative_margin) {
        using M = decltype(metric);
        const auto rule = [=](bool positive, double value, const auto&, const auto&) {
            return positive ? pairs::closer<M>(positive_margin, value) : pairs::closer<M>(value, negative_margin);
        };
        CHECK(pairs::fault<M>(mohs::PairMargin{positive_margin, negative_margin}, rule) == "");
    };
    check(mohs::Euclidean{}, 1, 1.5);
    check(mohs::Cosine{}, 0.1, 0.2);
}

TEST_CASE("pair margins have to be finite")
{
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS((mohs::PairMiner{mohs::Cosine{}, mohs::PairMargin{infinity, 0}}), std::invalid_argument);
}
