#include "../catch.hpp"
#include "../reference.hpp"

#include <mohs/filter/exclude_if.hpp>
#include <mohs/mining/all_positives.hpp>
#include <mohs/mining/distance_weighted_negative.hpp>
#include <mohs/mining/hardest_positive.hpp>
#include <mohs/mining/triplet_miner.hpp>

#include <bit>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

namespace {

using Sphere = mohs::Normalised<mohs::Euclidean>;

/// Unit rows, in classes of four, of deterministic bits.
mohs::MatrixOf<double> unit_rows(mohs::Index count, mohs::Index dimension)
{
    mohs::MatrixOf<double> rows(count, dimension);
    std::uint64_t state = 99;
    for (mohs::Index i = 0; i < count; ++i) {
        for (mohs::Index k = 0; k < dimension; ++k) {
            double sum = 0;
            for (int part = 0; part < 4; ++part) {
                state = state * 6364136223846793005U + 1442695040888963407U;
                sum += static_cast<double>(state >> 40) / static_cast<double>(1 << 24) - 0.5;
            }
            rows(i, k) = sum;
        }
        rows.row(i).normalize();
    }
    return rows;
}

std::vector<int> classes_of_four(mohs::Index count)
{
    std::vector<int> labels;
    for (mohs::Index i = 0; i < count; ++i) {
        labels.push_back(static_cast<int>(i / 4));
    }
    return labels;
}

/// The weights of one anchor's candidates, from the formula of the paper; they sum to 1.
std::vector<double> weights_of(const mohs::MatrixOf<double>& rows, const std::vector<int>& labels, mohs::Index anchor)
{
    const auto n = static_cast<double>(rows.cols());
    std::vector<double> logs, weights;
    double largest = -1e300;
    for (mohs::Index j = 0; j < rows.rows(); ++j) {
        const double distance = (rows.row(anchor) - rows.row(j)).norm(), d = std::max(distance, 0.5);
        const bool legal =
            labels[static_cast<std::size_t>(j)] != labels[static_cast<std::size_t>(anchor)] && distance < 1.4;
        logs.push_back(legal ? (2 - n) * std::log(d) - (n - 3) / 2 * std::log(1 - d * d / 4) : -1e300);
        largest = std::max(largest, logs.back());
    }
    double total = 0;
    for (const double value : logs) {
        weights.push_back(value > -1e299 ? std::exp(value - largest) : 0);
        total += weights.back();
    }
    for (double& weight : weights) {
        weight /= total;
    }
    return weights;
}

/// The mean over the anchors of the exponential of the entropy of their weights.
double mean_perplexity(const mohs::MatrixOf<double>& rows, const std::vector<int>& labels)
{
    double mean = 0;
    for (mohs::Index anchor = 0; anchor < rows.rows(); ++anchor) {
        double entropy = 0;
        for (const double weight : weights_of(rows, labels, anchor)) {
            entropy -= weight > 0 ? weight * std::log(weight) : 0;
        }
        mean += std::exp(entropy) / static_cast<double>(rows.rows());
    }
    return mean;
}

double chi_squared(const std::vector<double>& seen, const std::vector<double>& weights, double draws, double& cells)
{
    // Cells that expect fewer than five draws are one cell together.
    double result = 0, rare_seen = 0, rare_expected = 0;
    cells = 0;
    for (std::size_t j = 0; j < seen.size(); ++j) {
        const double expected = weights[j] * draws;
        if (expected >= 5) {
            result += (seen[j] - expected) * (seen[j] - expected) / expected;
            ++cells;
        } else {
            rare_seen += seen[j];
            rare_expected += expected;
        }
    }
    if (rare_expected >= 5) {
        result += (rare_seen - rare_expected) * (rare_seen - rare_expected) / rare_expected;
        ++cells;
    }
    return result;
}

/// `with_ids`: as any relation is mined, not as labels alone are.
void require_weights(mohs::Index dimension, bool with_ids)
{
    const auto rows = unit_rows(40, dimension);
    const auto labels = classes_of_four(40);
    const mohs::TripletMiner miner{Sphere{}, mohs::AllPositives{}, mohs::DistanceWeightedNegative{}};
    const int steps = 800;
    std::vector<std::int64_t> ids(40);
    std::iota(ids.begin(), ids.end(), 7);
    const mohs::Batch batch = with_ids ? mohs::Batch(rows, labels).with_ids(ids) : mohs::Batch(rows, labels);
    const mohs::Index anchor = 9;
    std::vector<double> seen(40, 0.0);
    double draws = 0;
    mohs::Options options;
    options.threads = 1;
    for (int step = 0; step < steps; ++step) {
        options.step = static_cast<std::uint64_t>(step);
        for (const mohs::Triplet triplet : miner(batch, options)) {
            if (triplet.anchor == anchor) {
                seen[static_cast<std::size_t>(triplet.negative)] += 1;
                ++draws;
            }
        }
    }
    REQUIRE(draws == 3 * steps);
    const std::vector<double> weights = weights_of(rows, labels, anchor);
    double cells = 0;
    const double right = chi_squared(seen, weights, draws, cells);
    INFO("dimension " << dimension << ", chi-squared " << right << " in " << cells << " cells");
    // Five deviations above the mean of the law: once in a million.
    const double limit = cells + 5 * std::sqrt(2 * cells) + 5;
    CHECK(right < limit);
    if (dimension > 3) {
        // A uniform choice among the legal ones is noticed; below, the weights are nearly uniform themselves.
        std::vector<double> uniform(40, 0.0);
        double legal = 0;
        for (const double weight : weights) {
            legal += weight > 0 ? 1 : 0;
        }
        for (std::size_t j = 0; j < uniform.size(); ++j) {
            uniform[j] = weights[j] > 0 ? 1 / legal : 0;
        }
        CHECK(chi_squared(seen, uniform, draws, cells) > limit);
    }
}

}

TEST_CASE("distance-weighted negatives are drawn with the weights of the paper")
{
    for (const mohs::Index dimension : {2, 3, 16, 64}) {
        require_weights(dimension, false);
        require_weights(dimension, true);
    }
}

TEST_CASE("a near-duplicate of another class costs no anchor its negatives in high dimensions")
{
    // 96 anchors at dimension 512: with one maximum for the whole batch, 89 of them lose all their weights in float.
    mohs::MatrixOf<double> wide = unit_rows(96, 512);
    std::vector<int> labels = classes_of_four(96);
    for (mohs::Index i = 0; i < 96; ++i) {
        // Every row leans towards one direction, so that distances are below the upper cutoff.
        wide(i, 0) += 0.6;
    }
    wide.row(90) = wide.row(5);
    wide(90, 1) += 1e-4;
    const mohs::Matrix rows = wide.cast<float>();
    const mohs::TripletMiner miner{Sphere{}, mohs::HardestPositive{}, mohs::DistanceWeightedNegative{}};
    const auto triplets = miner(mohs::Batch(rows, labels));
    CHECK(triplets.report.valid == 96);
    CHECK(triplets.size() == 96);
}

TEST_CASE("weights do not depend on how a batch is looked at")
{
    // Against itself with labels alone every pair is weighed once; against a copy, or with ids, twice.
    for (const mohs::Index count : {5, 130, 331}) {
        const auto rows = unit_rows(count, 24);
        const mohs::Matrix narrow = rows.cast<float>();
        const auto labels = classes_of_four(count);
        std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
        std::iota(ids.begin(), ids.end(), 100);
        const double expected = mean_perplexity(rows, labels);
        const mohs::TripletMiner miner{Sphere{}, mohs::AllPositives{}, mohs::DistanceWeightedNegative{}};
        for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
            INFO(count << " rows, level " << static_cast<int>(level));
            mohs::Options options;
            options.isa = level;
            options.threads = 1;
            const mohs::Batch batch(rows, labels);
            const mohs::Batch labelled = batch.with_ids(ids);
            const auto once = miner(batch, options), twice = miner(labelled, options),
                       gallery = miner(labelled, labelled, options);
            CHECK(once.report.effective_negatives == Approx(expected).epsilon(1e-9));
            CHECK(twice.report.effective_negatives == Approx(expected).epsilon(1e-9));
            CHECK(gallery.report.effective_negatives == Approx(expected).epsilon(1e-9));
            CHECK(miner(mohs::Batch(narrow, labels), options).report.effective_negatives ==
                  Approx(expected).epsilon(1e-5));
            CHECK(once.size() == twice.size());
            mohs::Options several = options;
            several.threads = 3;
            several.executor = [](mohs::Index tasks, const std::function<void(mohs::Index)>& body) {
                for (mohs::Index task = tasks - 1; task >= 0; --task) {
                    body(task);
                }
            };
            const auto again = miner(batch, several);
            REQUIRE(again.size() == once.size());
            for (mohs::Index i = 0; i < once.size(); ++i) {
                REQUIRE(again[i].negative == once[i].negative);
                REQUIRE(labels[static_cast<std::size_t>(once[i].negative)] !=
                        labels[static_cast<std::size_t>(once[i].anchor)]);
            }
        }
    }
}

TEST_CASE("what filters leave is drawn with its own weights however small they are")
{
    // The negatives of row 0 are a duplicate, which is refused, and two whose weights are 300 nats below.
    for (const mohs::Index dimension : {16, 600}) {
        mohs::MatrixOf<double> rows = mohs::MatrixOf<double>::Zero(6, dimension);
        rows(0, 0) = rows(1, 0) = rows(2, 0) = 1;
        rows.row(3) << Eigen::RowVectorXd::Unit(dimension, 1) * std::sqrt(1 - 0.09) +
                           Eigen::RowVectorXd::Unit(dimension, 0) * 0.3;
        rows.row(4) << Eigen::RowVectorXd::Unit(dimension, 2) * std::sqrt(1 - 0.0904) +
                           Eigen::RowVectorXd::Unit(dimension, 0) * 0.300666;
        rows(5, 3) = 1;
        const std::vector<int> labels{0, 0, 1, 2, 3, 4};
        const auto rejects = [](mohs::Index, mohs::Index row) { return row == 2; };
        const mohs::TripletMiner miner{Sphere{}, mohs::HardestPositive{}, mohs::DistanceWeightedNegative{},
                                       mohs::ExcludeIf{rejects}};
        const mohs::Matrix narrow = rows.cast<float>();
        std::vector<double> seen(6, 0.0);
        const int steps = 2000;
        for (int step = 0; step < steps; ++step) {
            mohs::Options options;
            options.threads = 1;
            options.step = static_cast<std::uint64_t>(step);
            const auto triplets = miner(mohs::Batch(narrow, labels), options);
            REQUIRE(triplets.size() == 2);
            seen[static_cast<std::size_t>(triplets[0].negative)] += 1;
        }
        auto left = labels;
        left[2] = 0;
        const std::vector<double> weights = weights_of(rows, left, 0);
        INFO("dimension " << dimension << ": " << seen[3] << " and " << seen[4]);
        CHECK(seen[2] == 0);
        CHECK(seen[5] == 0);
        CHECK(std::abs(seen[3] - steps * weights[3]) < 5 * std::sqrt(steps * weights[3] * (1 - weights[3])));
    }
}

TEST_CASE("the effective number of negatives is the mean exponential of the entropy")
{
    const auto rows = unit_rows(40, 16);
    const auto labels = classes_of_four(40);
    const mohs::TripletMiner miner{Sphere{}, mohs::HardestPositive{}, mohs::DistanceWeightedNegative{}};
    CHECK(miner(mohs::Batch(rows, labels)).report.effective_negatives ==
          Approx(mean_perplexity(rows, labels)).epsilon(1e-9));
}

TEST_CASE("zero rows are weighed at the distance that is reported for them")
{
    // A zero row is at distance 1 of every other row and at distance 0 of another zero row.
    auto rows = unit_rows(40, 16);
    for (const mohs::Index row : {2, 9, 21, 22}) {
        rows.row(row).setZero();
    }
    const auto labels = classes_of_four(40);
    const auto check = [&](auto metric) {
        const mohs::TripletMiner miner{metric, mohs::HardestPositive{}, mohs::DistanceWeightedNegative{}};
        const mohs::Batch batch(rows, labels);
        INFO(decltype(metric)::name);
        const double expected = mean_perplexity(rows, labels);
        for (const auto& triplets : {miner(batch), miner(batch, batch)}) {
            CHECK(triplets.report.valid == 40);
            CHECK(triplets.report.effective_negatives == Approx(expected).epsilon(1e-9));
            for (mohs::Index i = 0; i < triplets.size() && !decltype(metric)::is_similarity; ++i) {
                CHECK(triplets.negative_values()[i] ==
                      Approx((rows.row(triplets[i].anchor) - rows.row(triplets[i].negative)).norm()));
            }
        }
    };
    check(Sphere{});
    check(mohs::Cosine{});
}

TEST_CASE("a negative that filters refuse to a weighted draw is counted once")
{
    const auto rows = unit_rows(40, 3);
    const auto labels = classes_of_four(40);
    const auto report_of = [&](std::uint64_t step, const auto& condition) {
        const auto rejects = [&](mohs::Index, mohs::Index row) { return condition(row); };
        const mohs::TripletMiner miner{Sphere{}, mohs::HardestPositive{}, mohs::DistanceWeightedNegative{.upper = 2},
                                       mohs::ExcludeIf{rejects}};
        mohs::Options options;
        options.threads = 1;
        options.step = step;
        return miner(mohs::Batch(rows, labels), options).report;
    };
    for (std::uint64_t step = 0; step < 40; ++step) {
        const mohs::Report none = report_of(step, [](mohs::Index) { return true; });
        CHECK(none.all_filtered == 40);
        CHECK(none.rejected[0] == 40 * 36);
        // Of the class of row 30 everything is refused, of the others at most what is not row 30.
        const mohs::Report one = report_of(step, [](mohs::Index row) { return row != 30; });
        CHECK(one.valid == 36);
        CHECK(one.rejected[0] <= 36 * 35 + 4 * 36);
    }
    // Of two negatives the one refused is now and then drawn twice.
    const mohs::MatrixOf<double> query{{1, 0, 0}}, gallery{{0, 1, 0}, {0.8, 0.6, 0}, {0.6, 0.8, 0}};
    const std::vector<int> query_label{0}, gallery_labels{0, 1, 1};
    const auto rejects = [](mohs::Index, mohs::Index row) { return row == 1; };
    const mohs::TripletMiner miner{Sphere{}, mohs::HardestPositive{}, mohs::DistanceWeightedNegative{},
                                   mohs::ExcludeIf{rejects}};
    mohs::Index refused = 0;
    for (std::uint64_t step = 0; step < 100; ++step) {
        mohs::Options options;
        options.threads = 1;
        options.step = step;
        const auto triplets = miner(mohs::Batch(query, query_label), mohs::Batch(gallery, gallery_labels), options);
        REQUIRE(triplets.size() == 1);
        CHECK(triplets[0].negative == 2);
        CHECK(triplets.report.rejected[0] <= 1);
        refused += triplets.report.rejected[0];
    }
    CHECK(refused > 30);
}

TEST_CASE("distance-weighted sampling refuses senseless options")
{
    const auto make = [](const mohs::DistanceWeightedNegative& negative) {
        return mohs::TripletMiner{Sphere{}, mohs::HardestPositive{}, negative};
    };
    CHECK_THROWS_AS(make({.cutoff = 0}), std::invalid_argument);
    CHECK_THROWS_AS(make({.cutoff = 1.5}), std::invalid_argument);
    CHECK_THROWS_AS(make({.upper = 2.5}), std::invalid_argument);
    CHECK_THROWS_AS(make({.temperature = 0}), std::invalid_argument);
    CHECK_THROWS_AS(make({.effective_dimension = 1}), std::invalid_argument);
    const double infinity = std::bit_cast<double>(0x7ff0000000000000U),
                 nan = std::bit_cast<double>(0x7ff8000000000000U);
    CHECK_THROWS_AS(make({.effective_dimension = infinity}), std::invalid_argument);
    CHECK_THROWS_AS(make({.effective_dimension = nan}), std::invalid_argument);
    CHECK_NOTHROW(make({.effective_dimension = 2}));
}
