#include "../catch.hpp"
#include "../reference.hpp"

#include <mohs/judge/score_strata.hpp>

#include <set>

namespace {

using mohs::Index;

std::vector<double> scores(Index count)
{
    reference::Generator generator(5);
    std::vector<double> result;
    for (Index i = 0; i < count; ++i) {
        result.push_back(reference::normal(generator));
    }
    return result;
}

}  // namespace

TEST_CASE("strata have equally many scores, the lowest first")
{
    const std::vector<double> values = scores(103);
    const mohs::ScoreStrata strata(values, 10);
    std::vector<Index> sizes(10);
    for (Index i = 0; i < 103; ++i) {
        ++sizes[static_cast<std::size_t>(strata.stratum_of(i))];
        for (Index j = 0; j < 103; ++j) {
            if (strata.stratum_of(i) < strata.stratum_of(j)) {
                CHECK(values[static_cast<std::size_t>(i)] <= values[static_cast<std::size_t>(j)]);
            }
        }
    }
    for (Index stratum = 0; stratum < 10; ++stratum) {
        CHECK(sizes[static_cast<std::size_t>(stratum)] == strata.size_of(stratum));
        CHECK((strata.size_of(stratum) == 10 || strata.size_of(stratum) == 11));
    }
}

TEST_CASE("a sample has its share of every stratum, and nothing twice")
{
    const mohs::ScoreStrata strata(scores(50), 5);
    const std::vector<Index> sample = strata.draw(4, 7);
    REQUIRE(sample.size() == 20);
    CHECK(std::set<Index>(sample.begin(), sample.end()).size() == 20);
    for (std::size_t i = 0; i < sample.size(); ++i) {
        CHECK(strata.stratum_of(sample[i]) == static_cast<Index>(i / 4));
    }
    CHECK(strata.draw(4, 7) == sample);
    CHECK(strata.draw(4, 8) != sample);
    CHECK(strata.draw(100).size() == 50);
    CHECK(strata.draw(0).empty());
    // Every member of a stratum is drawn equally often: 4000 draws of 1 of 10.
    std::vector<double> count(50);
    for (std::uint64_t seed = 0; seed < 4000; ++seed) {
        ++count[static_cast<std::size_t>(strata.draw(1, seed).front())];
    }
    double chi_squared = 0;
    for (Index i = 0; i < 50; ++i) {
        if (strata.stratum_of(i) == 0) {
            chi_squared += std::pow(count[static_cast<std::size_t>(i)] - 400, 2) / 400;
        }
    }
    CHECK(chi_squared < 27.9);  // 0.001 of a fair sampler
}

TEST_CASE("shares of strata, and of all, come with their intervals")
{
    const std::vector<double> values = scores(1000);
    const mohs::ScoreStrata strata(values, 10);
    // What is true: 60 % of the lowest stratum, 10 % of the next, and nothing else.
    const auto is_positive = [&](Index i) {
        return strata.stratum_of(i) == 0 ? i % 5 < 3 : strata.stratum_of(i) == 1 && i % 10 == 0;
    };
    double truth = 0;
    for (Index i = 0; i < 1000; ++i) {
        truth += is_positive(i) ? 0.001 : 0;
    }
    int covered = 0;
    double mean = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        std::vector<mohs::StratumVerdict> verdicts;
        for (const Index i : strata.draw(20, seed)) {
            verdicts.push_back({i, is_positive(i)});
        }
        const auto all = strata.estimate(verdicts);
        mean += all.share / 200;
        covered += all.low <= truth && truth <= all.high;
        const auto lowest = strata.estimate(0, verdicts);
        double hits = 0;
        for (const auto& verdict : verdicts) {
            hits += strata.stratum_of(verdict.number) == 0 && verdict.is_positive;
        }
        CHECK(lowest == mohs::wilson_interval(hits, 20));
    }
    CHECK(mean == Approx(truth).margin(0.005));
    CHECK(covered >= 190);
}

TEST_CASE("what nobody looked at is not known, and bad arguments are refused", "[ieee]")
{
    const mohs::ScoreStrata strata(scores(20), 4);
    CHECK(strata.estimate({}) == mohs::ShareEstimate{0, 0, 1});
    CHECK(strata.estimate(2, {}) == mohs::ShareEstimate{0, 0, 1});
    const std::vector<mohs::StratumVerdict> none{{20, true}};
    CHECK_THROWS_AS(strata.estimate(none), std::out_of_range);
    CHECK_THROWS_AS(strata.draw(-1), std::invalid_argument);
    CHECK_THROWS_AS(mohs::ScoreStrata(scores(3), 4), std::invalid_argument);
    CHECK_THROWS_AS(mohs::ScoreStrata(scores(3), 0), std::invalid_argument);
    CHECK_THROWS_AS(mohs::ScoreStrata(std::vector<double>{0, std::numeric_limits<double>::quiet_NaN()}, 1),
                    std::invalid_argument);
}
