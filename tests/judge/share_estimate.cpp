#include "../catch.hpp"

#include <mohs/judge/share_estimate.hpp>

#include <cmath>

TEST_CASE("the interval of Wilson holds the shares that a test of the score does not refuse")
{
    // By definition its ends are the shares q at which |p - q| is z standard errors of q.
    for (const double z : {1.0, 1.959963984540054, 3.0}) {
        for (const int trials : {1, 2, 10, 1000}) {
            for (const int hits : {0, 1, trials / 3, trials}) {
                CAPTURE(z, trials, hits);
                const auto found = mohs::wilson_interval(hits, trials, z);
                const double n = trials, p = hits / n;
                CHECK(found.share == p);
                for (const double q : {found.low, found.high}) {
                    CHECK(q >= 0);
                    CHECK(q <= 1);
                    if (!(hits == 0 && q == 0) && !(hits == trials && q == 1)) {
                        CHECK(std::abs(p - q) == Approx(z * std::sqrt(q * (1 - q) / n)).epsilon(1e-9));
                    }
                }
                CHECK((hits > 0) == (found.low > 0));
                CHECK((hits < trials) == (found.high < 1));
                CHECK(found.low <= p);
                CHECK(found.high >= p);
            }
        }
    }
    // 81 of 263: Newcombe (1998), table I.
    const auto published = mohs::wilson_interval(81, 263);
    CHECK(published.low == Approx(0.2553).margin(5e-5));
    CHECK(published.high == Approx(0.3662).margin(5e-5));
}

TEST_CASE("without trials nothing is known of a share")
{
    CHECK(mohs::wilson_interval(0, 0) == mohs::ShareEstimate{0, 0, 1});
    CHECK_THROWS_AS(mohs::wilson_interval(2, 1), std::invalid_argument);
    CHECK_THROWS_AS(mohs::wilson_interval(-1, 1), std::invalid_argument);
    CHECK_THROWS_AS(mohs::wilson_interval(0, 1, 0), std::invalid_argument);
}
