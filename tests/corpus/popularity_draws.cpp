// Covers corpus/input/popularity_options.hpp, detail/corpus/alias_table.hpp, detail/corpus/popularity_table.hpp.
// Covers result/popular_negatives.hpp.

#include <mohs/corpus/popularity_draws.hpp>

#include "../catch.hpp"
#include "corpus_problems.hpp"

#include <map>
#include <set>
#include <stdexcept>

namespace {

using mohs::Index;
using mohs::PopularityDraws;
using mohs::PopularityOptions;

constexpr Index repeats = 20000;
const std::vector<double> popularity{100, 40, 30, 20, 0, 10, 5, 5};

/// The same user again and again, with items 0 and 2 in the history.
mohs::Relation users()
{
    std::vector<Index> offsets{0}, rows;
    for (Index i = 0; i < repeats; ++i) {
        rows.insert(rows.end(), {0, 2});
        offsets.push_back(2 * (i + 1));
    }
    return mohs::Relation::positive_lists(offsets, rows, 8);
}

/// Chi-squared per degree of freedom.
double misfit(const std::map<std::vector<Index>, Index>& counts, const std::map<std::vector<Index>, double>& shares)
{
    double sum = 0, total = 0;
    for (const auto& [rows, share] : shares) {
        const auto at = counts.find(rows);
        const double count = at == counts.end() ? 0 : static_cast<double>(at->second), expected = share * repeats;
        sum += (count - expected) * (count - expected) / expected;
        total += count;
    }
    return total == repeats ? sum / (static_cast<double>(shares.size()) - 1) : 1e9;
}

std::vector<double> weights_of(double alpha)
{
    std::vector<double> weights;
    double sum = 0;
    for (std::size_t row = 0; row < popularity.size(); ++row) {
        const bool negative = row != 0 && row != 2;
        weights.push_back(negative ? (alpha == 0 ? 1 : std::pow(popularity[row], alpha)) : 0);
        sum += weights.back();
    }
    for (double& weight : weights) {
        weight /= sum;
    }
    return weights;
}

}  // namespace

TEST_CASE("an alias table draws by weights", "[corpus]")
{
    const std::vector<double> weights{3, 0, 1, 0.001, 6};
    const mohs::detail::AliasTable table(weights);
    std::vector<double> counts(5, 0);
    // Evenly spread numbers: as many as their share, up to what is counted on the edges.
    constexpr std::uint64_t steps = 1000003;
    for (std::uint64_t i = 0; i < steps; ++i) {
        const std::uint64_t row_bits = (i * 0x9e3779b97f4a7c15U) >> 32, coin = (i * 0xc2b2ae3d27d4eb4fU) >> 32;
        counts[static_cast<std::size_t>(table[row_bits << 32 | coin])] += 1;
    }
    CHECK(counts[1] == 0);
    for (std::size_t row = 0; row < 5; ++row) {
        CHECK(counts[row] / steps == Approx(weights[row] / 10.001).margin(0.002));
    }
}

TEST_CASE("negatives are drawn by popularity to a power without positives", "[corpus]")
{
    const mohs::Relation relation = users();
    for (const double alpha : {0.0, 0.75, 1.0}) {
        const auto weights = weights_of(alpha);
        std::map<std::vector<Index>, double> one, two;
        for (Index i = 0; i < 8; ++i) {
            const double p = weights[static_cast<std::size_t>(i)];
            if (p > 0) {
                one[{i}] = p;
            }
            for (Index j = 0; j < 8; ++j) {
                const double q = weights[static_cast<std::size_t>(j)];
                if (i != j && p > 0 && q > 0) {
                    two[{i, j}] = p * q / (1 - p);  // in the order in which they are drawn
                }
            }
        }
        for (const int n : {1, 2}) {
            const PopularityDraws draw{popularity,
                                       {.alpha = alpha, .num_negatives = n, .per_positive = false, .seed = 11}};
            const auto found = draw(relation);
            REQUIRE(found.size() == repeats);
            std::map<std::vector<Index>, Index> counts;
            for (Index list = 0; list < found.size(); ++list) {
                ++counts[{found.negatives(list).begin(), found.negatives(list).end()}];
            }
            CHECK(misfit(counts, n == 1 ? one : two) < 2.2);
            CHECK(found.shortfalls.empty());
        }
    }
}

TEST_CASE("expected counts are those that are counted", "[corpus]")
{
    const mohs::Relation relation = users();
    const PopularityDraws draw{popularity,
                               {.alpha = 1, .num_negatives = 4, .per_positive = false, .distinct = false, .seed = 2}};
    const auto found = draw(relation);
    std::vector<double> counted(8, 0), expected(8, 0);
    for (Index list = 0; list < found.size(); ++list) {
        for (std::size_t i = 0; i < found.negatives(list).size(); ++i) {
            const auto row = static_cast<std::size_t>(found.negatives(list)[i]);
            counted[row] += 1.0 / repeats;
            expected[row] = std::exp(found.log_expected(list)[i]);
        }
    }
    const auto weights = weights_of(1);
    for (std::size_t row = 0; row < 8; ++row) {
        CHECK(expected[row] == Approx(4 * weights[row]).margin(1e-12));
        CHECK(counted[row] == Approx(4 * weights[row]).epsilon(0.05));
    }
    // Distinct rows: 1 / expected, summed over those drawn, estimates how many rows there are (Horvitz and Thompson).
    // Exact for one, close where lists are short beside the corpus.
    std::vector<double> many;
    std::vector<Index> offsets{0}, rows;
    for (int row = 0; row < 300; ++row) {
        many.push_back(1 + row % 10);
    }
    for (Index query = 0; query < repeats; ++query) {
        rows.push_back(query % 300);
        offsets.push_back(query + 1);
    }
    const mohs::Relation wide = mohs::Relation::positive_lists(offsets, rows, 300);
    for (const int n : {1, 6}) {
        const PopularityDraws distinct{many, {.alpha = 1, .num_negatives = n, .seed = 3}};
        const auto sets = distinct(wide);
        double estimate = 0;
        for (Index list = 0; list < sets.size(); ++list) {
            for (const double log : sets.log_expected(list)) {
                estimate += std::exp(-log) / repeats;
            }
        }
        CHECK(estimate == Approx(299).epsilon(0.03));
    }
}

TEST_CASE("draws by popularity end where nearly everything is excluded", "[corpus]")
{
    std::vector<double> counts(1000, 1);
    counts[0] = 1e9;
    std::vector<Index> offsets{0}, rows;
    for (Index row = 0; row < 998; ++row) {
        rows.push_back(row);
    }
    offsets.push_back(998);
    rows.push_back(0);
    offsets.push_back(999);
    const mohs::Relation relation = mohs::Relation::positive_lists(offsets, rows, 1000);
    for (const bool distinct : {true, false}) {
        const PopularityDraws draw{counts,
                                   {.alpha = 1, .num_negatives = 3, .per_positive = false, .distinct = distinct}};
        const auto found = draw(relation);
        REQUIRE(found.size() == 2);
        CHECK(found.count(0) == (distinct ? 2 : 3));
        CHECK(found.count(1) == 3);
        for (const Index row : found.negatives(0)) {
            CHECK(row >= 998);
        }
        for (Index list = 0; list < 2; ++list) {
            for (const double log : found.log_expected(list)) {
                CHECK(std::isfinite(log));
            }
        }
        CHECK(found.shortfalls ==
              (distinct ? std::vector<mohs::Shortfall>{{0, 0, 2}} : std::vector<mohs::Shortfall>{}));
    }
}

TEST_CASE("draws by popularity depend on neither threads nor other queries and on seed and epoch", "[corpus]")
{
    const corpus_oracle::Problem problem = corpus_problems::clustered(600, 500, 2, 5, false);
    std::vector<int> counts;
    for (int row = 0; row < 500; ++row) {
        counts.push_back(1 + row % 17);
    }
    const mohs::Relation relation = problem.relation();
    const auto draw = [&](const PopularityOptions& options, int threads) {
        const auto found = PopularityDraws{counts, options}(relation, corpus_problems::threads(threads));
        std::vector<std::vector<Index>> result;
        for (Index list = 0; list < found.size(); ++list) {
            result.emplace_back(found.negatives(list).begin(), found.negatives(list).end());
        }
        return result;
    };
    const auto base = draw({.num_negatives = 5}, 1);
    CHECK(base == draw({.num_negatives = 5}, 3));
    CHECK(base != draw({.num_negatives = 5, .seed = 1}, 1));
    CHECK(base != draw({.num_negatives = 5, .epoch = 1}, 1));
    for (const auto& rows : base) {
        CHECK(std::set<Index>(rows.begin(), rows.end()).size() == 5);
    }
}

TEST_CASE("of distinct rows a list has no more than there are however many are asked for", "[corpus]")
{
    const std::vector<double> counts(1000, 1);
    const std::vector<Index> offsets{0, 3}, rows{1, 5, 7};
    const mohs::Relation relation = mohs::Relation::positive_lists(offsets, rows, 1000);
    for (const Index n : {Index{500}, Index{1000}, Index{1} << 60}) {
        const auto found = PopularityDraws{counts, {.num_negatives = n, .per_positive = false}}(relation);
        const auto drawn = found.negatives(0);
        const std::set<Index> different(drawn.begin(), drawn.end());
        CHECK(found.count(0) == (std::min)(n, Index{997}));
        CHECK(static_cast<Index>(different.size()) == found.count(0));
        CHECK(different.count(5) == 0);
        CHECK(found.shortfalls.size() == (n == 500 ? 0U : 1U));
    }
}

TEST_CASE("draws by popularity refuse what makes no sense", "[corpus]")
{
    const auto make = [](const std::vector<double>& counts, const PopularityOptions& options) {
        const PopularityDraws draw{counts, options};
    };
    CHECK_THROWS_AS(make({1, -1}, {}), std::invalid_argument);
    CHECK_THROWS_AS(make({1, std::numeric_limits<double>::infinity()}, {}), std::invalid_argument);
    CHECK_THROWS_AS(make({1}, {.alpha = -1}), std::invalid_argument);
    CHECK_THROWS_AS(make({1}, {.num_negatives = 0}), std::invalid_argument);
    const PopularityDraws draw{std::vector<double>{1, 2, 3}};
    CHECK_THROWS_AS(draw(users()), std::invalid_argument);
    // Nothing to draw from is a result.
    const std::vector<Index> offsets{0, 1}, rows{0};
    const mohs::Relation one = mohs::Relation::positive_lists(offsets, rows, 3);
    CHECK(PopularityDraws{std::vector<double>{0, 0, 0}}(one).shortfalls.size() == 1);
}
