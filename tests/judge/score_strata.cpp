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
    double mean = 0, width = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        std::vector<mohs::StratumVerdict> verdicts;
        for (const Index i : strata.draw(20, seed)) {
            verdicts.push_back({i, is_positive(i)});
        }
        const auto all = strata.estimate(verdicts);
        mean += all.share / 200;
        covered += all.low <= truth && truth <= all.high;
        width += all.high - all.low;
        const auto lowest = strata.estimate(0, verdicts);
        double hits = 0;
        for (const auto& verdict : verdicts) {
            hits += strata.stratum_of(verdict.number) == 0 && verdict.is_positive;
        }
        CHECK(lowest == mohs::wilson_interval(hits, 20));
    }
    CHECK(mean == Approx(truth).margin(0.005));
    CHECK(covered >= 185);
    CHECK(width / 200 < 0.075);  // 1.96 standard errors to either side are 0.053 apart
}

TEST_CASE("the interval of all is that of a sample of the same variance")
{
    const std::vector<double> values = scores(1000);
    const auto verdicts = [](const mohs::ScoreStrata& strata, Index each, Index every) {
        std::vector<mohs::StratumVerdict> result;
        for (const Index i : strata.draw(each, 3)) {
            result.push_back({i, every > 0 && static_cast<Index>(result.size()) % every == 0});
        }
        return result;
    };
    // Of one stratum it is the interval of that stratum.
    const mohs::ScoreStrata one(values, 1);
    for (const Index every : {0, 1, 3, 100}) {
        const auto sample = verdicts(one, 100, every);
        const mohs::ShareEstimate all = one.estimate(sample), own = one.estimate(0, sample);
        CAPTURE(every);
        CHECK(all.share == Approx(own.share).margin(1e-12));
        CHECK(all.low == Approx(own.low).margin(1e-12));
        CHECK(all.high == Approx(own.high).margin(1e-12));
    }
    // Of ten without a hit, or with hits only, it is about that of 63 trials: ten terms 1 / 4n^2 of 20 verdicts each.
    const mohs::ScoreStrata ten(values, 10);
    const mohs::ShareEstimate none = ten.estimate(verdicts(ten, 20, 0)), every = ten.estimate(verdicts(ten, 20, 1)),
                              expected = mohs::wilson_interval(0, 0.5 / std::sqrt(10 * 0.01 / (4 * 400.0)));
    CHECK(none.share == 0);
    CHECK(none.high == Approx(expected.high));
    CHECK(every.share == 1);
    CHECK(every.low == Approx(1 - expected.high));
    // Where all strata are alike, so nearly is one sample of all.
    const auto half = verdicts(ten, 20, 2);
    const mohs::ShareEstimate alike = ten.estimate(half), pooled = mohs::wilson_interval(100, 200);
    CHECK(alike.low == Approx(pooled.low).margin(0.005));
    CHECK(alike.high == Approx(pooled.high).margin(0.005));
}

TEST_CASE("a verdict that is there twice counts once, and two that contradict each other are refused")
{
    const mohs::ScoreStrata strata(scores(20), 2);
    const Index number = strata.draw(1).front();
    const std::vector<mohs::StratumVerdict> once{{number, true}}, twice{{number, true}, {number, true}},
        both{{number, true}, {number, false}};
    CHECK(strata.estimate(twice) == strata.estimate(once));
    CHECK(strata.estimate(0, twice) == mohs::wilson_interval(1, 1));
    CHECK_THROWS_AS(strata.estimate(both), std::invalid_argument);
    CHECK_THROWS_AS(strata.estimate(0, both), std::invalid_argument);
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
