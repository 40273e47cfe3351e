// Covers detail/weighted/slot_draws.hpp, detail/weighted/value_weights.hpp.

#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/filter/exclude_if.hpp>
#include <mohs/mining/negative/weighted_negative.hpp>
#include <mohs/mining/positive/all_positives.hpp>
#include <mohs/mining/triplet_miner.hpp>

#include <bit>
#include <cmath>
#include <numeric>
#include <vector>

namespace {

using mohs::Index;
using strategies::Seen;
using strategies::View;

const double infinity = std::bit_cast<double>(0x7ff0000000000000U),
             not_a_number = std::bit_cast<double>(0x7ff8000000000000U);

/// A weight with everything that a test changes: `factor` per unit of value, from `low` to `high`, `shift` for all.
struct Weight {
    double factor = 0, low = -1e300, high = 1e300, shift = 0;
    double elsewhere = -infinity;

    double operator()(double value, Index dimension) const
    {
        return value < low || value > high ? elsewhere : shift + factor * value / static_cast<double>(dimension);
    }
};
using Weighted = mohs::WeightedNegative<Weight>;

/// What such a weight means: one of the negatives that have any.
strategies::Subject subject_of(auto metric, const Weighted& strategy, const auto&... filters)
{
    using M = decltype(metric);
    const Weight weight = strategy.log_weight;
    const auto stages = [weight](const View& view, const Seen&) {
        strategies::Stage stage{{}, strategies::Take::any};
        for (const Seen& seen : view.negatives) {
            if (seen.value >= weight.low && seen.value <= weight.high) {
                stage.in_place.push_back(seen);
            }
        }
        return strategies::Stages{stage};
    };
    return {reference::metric_of<M>,
            strategies::rule_of(mohs::AllPositives{}),
            {stages, true, true},
            mining::run_of<float>(mohs::TripletMiner{metric, mohs::AllPositives{}, strategy, filters...})};
}

/// The weights of one anchor's negatives, from the definition: they sum to 1, or are 0.
std::vector<double> shares(const std::function<double(Index)>& value, const std::vector<bool>& negative,
                           const Weight& weight, Index dimension)
{
    std::vector<double> logarithms(negative.size(), -infinity), result(negative.size(), 0);
    double largest = -infinity, total = 0;
    for (std::size_t row = 0; row < negative.size(); ++row) {
        if (negative[row]) {
            logarithms[row] = weight(value(static_cast<Index>(row)), dimension);
            largest = std::max(largest, logarithms[row]);
        }
    }
    for (std::size_t row = 0; row < negative.size(); ++row) {
        result[row] = logarithms[row] > -1e308 ? std::exp(logarithms[row] - largest) : 0;
        total += result[row];
    }
    for (double& share : result) {
        share /= total > 0 ? total : 1;
    }
    return result;
}

double perplexity(const std::vector<double>& shares)
{
    double entropy = 0;
    for (const double share : shares) {
        entropy -= share > 0 ? share * std::log(share) : 0;
    }
    return std::exp(entropy);
}

/// (chi-squared - cells) / sqrt(2 cells), of the cells that expect at least five; the others are one together.
double deviation(const std::vector<double>& seen, const std::vector<double>& shares, double draws)
{
    double sum = 0, cells = 0, rare_seen = 0, rare = 0;
    const auto add = [&](double count, double expected) {
        sum += (count - expected) * (count - expected) / expected;
        ++cells;
    };
    for (std::size_t row = 0; row < seen.size(); ++row) {
        if (shares[row] * draws >= 5) {
            add(seen[row], shares[row] * draws);
        } else {
            rare_seen += seen[row];
            rare += shares[row] * draws;
        }
    }
    if (rare >= 5) {
        add(rare_seen, rare);
    }
    REQUIRE(cells > 3);
    return (sum - cells) / std::sqrt(2 * cells);
}

template <class M>
void require_distribution(const Weight& weight, bool self)
{
    const reference::Data data = reference::gaussian(64, 6, 31);
    const reference::Owned<double> owned(data), copy(data);
    const auto batch = owned.batch();
    const mohs::TripletMiner miner{M{}, mohs::AllPositives{}, Weighted{weight, 3}};
    double effective = 0, anchors = 0;
    std::vector<double> expected;
    Index watched = -1;
    for (Index anchor = 0; anchor < data.size(); ++anchor) {
        std::vector<bool> negative;
        Index positives = 0;
        for (Index row = 0; row < data.size(); ++row) {
            const bool same =
                data.labels[static_cast<std::size_t>(row)] == data.labels[static_cast<std::size_t>(anchor)];
            negative.push_back(!same);
            positives += same && (!self || row != anchor);
        }
        const auto share = shares([&](Index row) { return strategies::value_of<M>(data.rows, anchor, data.rows, row); },
                                  negative, weight, 6);
        const bool any = std::accumulate(share.begin(), share.end(), 0.0) > 0;
        if (positives > 0 && any) {
            effective += perplexity(share);
            ++anchors;
            if (watched < 0 && positives > 2) {
                watched = anchor;
                expected = share;
            }
        }
    }
    REQUIRE(watched >= 0);
    std::vector<double> seen(64, 0.0);
    double draws = 0;
    mohs::Options options{.threads = 1};
    for (options.step = 0; options.step < 1200; ++options.step) {
        const auto triplets = self ? miner(batch, options) : miner(batch, copy.batch(), options);
        if (options.step == 0) {
            INFO(M::name);
            CHECK(triplets.report.effective_negatives == Approx(effective / anchors).epsilon(1e-9));
            CHECK(triplets.report.valid == static_cast<Index>(anchors));
        }
        for (const mohs::Triplet triplet : triplets) {
            if (triplet.anchor == watched) {
                seen[static_cast<std::size_t>(triplet.negative)] += 1;
                ++draws;
            }
        }
    }
    INFO(M::name << (self ? ", self" : ", gallery"));
    CHECK(std::abs(deviation(seen, expected, draws)) < 6);
    // A uniform choice is noticed.
    std::vector<double> uniform;
    const auto legal =
        static_cast<double>(std::count_if(expected.begin(), expected.end(), [](double x) { return x > 0; }));
    for (const double share : expected) {
        uniform.push_back(share > 0 ? 1 / legal : 0);
    }
    CHECK(deviation(seen, uniform, draws) > 6);
}

}

TEST_CASE("weighted negatives are drawn with their weights in any metric")
{
    require_distribution<mohs::Cosine>({.factor = 12, .low = -0.8}, true);
    require_distribution<mohs::DotProduct>({.factor = 3, .shift = 1e6}, true);
    require_distribution<mohs::Euclidean>({.factor = -9, .high = 5, .shift = -1e6}, true);
    require_distribution<mohs::SquaredEuclidean>({.factor = -1}, true);
    require_distribution<mohs::DotProduct>({.factor = 3}, false);
}

TEST_CASE("a weighted negative is legal and anchors without any weight are counted")
{
    CHECK(strategies::fault(subject_of(mohs::Euclidean{}, Weighted{{.factor = -1, .low = 0.123, .high = 2.345}}),
                            strategies::best_level()) == "");
    CHECK(strategies::fault(subject_of(mohs::Cosine{}, Weighted{{.factor = 1e6, .low = -0.1234, .high = 0.6789}}),
                            strategies::best_level()) == "");
}

TEST_CASE("filters are asked about weighted draws and counted")
{
    using strategies::RejectSome;
    const RejectSome most{9};
    const strategies::Verdict verdict = strategies::verdict_of({[most](Index anchor, Index positive, Index negative) {
                                                                   return most.rejects_rows(anchor, positive, negative);
                                                               }},
                                                               false);
    CHECK(strategies::fault_with(subject_of(mohs::Euclidean{}, Weighted{{.factor = -1e4}}, most),
                                 strategies::best_level(), [&](const strategies::Scene&) { return verdict; }) == "");
}

TEST_CASE("what filters leave of weighted negatives is drawn however small its weight")
{
    // Row 2 outweighs the others by 10^6 nats; of those, row 3 is three times as heavy as row 4.
    const mohs::MatrixOf<double> rows{{0}, {0.5}, {1}, {2}, {3}};
    const std::vector<int> labels{0, 0, 1, 2, 3};
    const auto weight = [](double distance, Index) {
        return distance < 1.5 ? 1e6 : distance < 2.5 ? std::log(3.0) : 0.0;
    };
    const auto rejects = [](Index, Index row) { return row == 2; };
    const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::AllPositives{}, mohs::WeightedNegative{weight, 1},
                                   mohs::ExcludeIf{rejects}};
    double third = 0;
    mohs::Options options{.threads = 1};
    for (options.step = 0; options.step < 2000; ++options.step) {
        const auto triplets = miner(mohs::Batch(rows, labels), options);
        REQUIRE(triplets.size() == 2);
        REQUIRE(triplets[0].negative > 2);
        REQUIRE(triplets.report.rejected[0] == 2);
        third += triplets[0].negative == 3 ? 1 : 0;
    }
    CHECK(std::abs(third - 1500) < 5 * std::sqrt(2000 * 0.75 * 0.25));
}

TEST_CASE("weighted negatives do not depend on threads", "[threads]")
{
    const mining::Run run = subject_of(mohs::Euclidean{}, Weighted{{.factor = -4}}).run;
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        CHECK(strategies::same_with_threads([&](const strategies::Scene& scene, std::vector<mohs::Options> ways) {
            for (mohs::Options& options : ways) {
                options.isa = level;
            }
            return run(scene, ways);
        }));
    }
}

TEST_CASE("a weight that is no number reaches the caller and so does what it throws", "[ieee]")
{
    const reference::Data data = reference::gaussian(40, 4);
    const reference::Owned<float> owned(data);
    const auto mine = [&](const std::function<double(double, Index)>& weight) {
        return mohs::TripletMiner{mohs::Cosine{}, mohs::AllPositives{}, mohs::WeightedNegative{weight}}(owned.batch());
    };
    const auto message = [&](double logarithm) {
        return reference::message_of([&] { mine([&](double, Index) { return logarithm; }); });
    };
    CHECK(reference::mentions(message(not_a_number), {"TripletMiner", "log_weight", "nan"}));
    CHECK(reference::mentions(message(infinity), {"TripletMiner", "log_weight", "infinite"}));
    CHECK(message(-infinity).empty());
    CHECK(mine([](double, Index) { return -infinity; }).report.none_in_place == 40);
    CHECK_THROWS_AS(mine([](double, Index) -> double { throw std::range_error("mine"); }), std::range_error);
    CHECK(reference::mentions(reference::message_of([&] { mine({}); }), {"WeightedNegative", "empty"}));
}
