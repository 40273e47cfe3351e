// Covers detail/weighted/strip_weights.hpp, detail/weighted/tile_weights.hpp, detail/weighted/weighted_draws.hpp,
// detail/weighted/weighted_row.hpp.

#include "../../catch.hpp"
#include "../strategies.hpp"

#include <mohs/filter/exclude_if.hpp>
#include <mohs/mining/negative/distance_weighted_negative.hpp>
#include <mohs/mining/positive/all_positives.hpp>
#include <mohs/mining/positive/hardest_positive.hpp>
#include <mohs/mining/triplet_miner.hpp>

#include <algorithm>
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

using mohs::DistanceWeightedNegative;

/// Each option away from its default, and two that matter together: distances beyond sqrt(2) have negative cosines.
const std::vector<DistanceWeightedNegative> variants{
    {}, {.temperature = 2}, {.effective_dimension = 8}, {.cutoff = 0.2, .upper = 1.9}};

std::string name_of(const DistanceWeightedNegative& strategy)
{
    return "cutoff " + std::to_string(strategy.cutoff) + ", upper " + std::to_string(strategy.upper) +
           ", temperature " + std::to_string(strategy.temperature) + ", effective dimension " +
           std::to_string(strategy.effective_dimension);
}

/// The weights of one anchor's candidates, from the formula of the paper; they sum to 1, or are 0.
std::vector<double> weights_of(const Eigen::RowVectorXd& query, int query_label, const mohs::MatrixOf<double>& rows,
                               const std::vector<int>& labels, const DistanceWeightedNegative& strategy)
{
    const double n = strategy.effective_dimension > 0 ? strategy.effective_dimension : static_cast<double>(rows.cols());
    std::vector<double> logs, weights;
    double largest = -1e300;
    for (mohs::Index j = 0; j < rows.rows(); ++j) {
        const double distance = (query - rows.row(j)).norm(), d = std::max(distance, strategy.cutoff);
        const bool legal = labels[static_cast<std::size_t>(j)] != query_label && distance < strategy.upper;
        logs.push_back(legal ? ((2 - n) * std::log(d) - (n - 3) / 2 * std::log(1 - d * d / 4)) / strategy.temperature
                             : -1e300);
        largest = std::max(largest, logs.back());
    }
    double total = 0;
    for (const double value : logs) {
        weights.push_back(value > -1e299 ? std::exp(value - largest) : 0);
        total += weights.back();
    }
    for (double& weight : weights) {
        weight /= total > 0 ? total : 1;
    }
    return weights;
}

std::vector<double> weights_of(const mohs::MatrixOf<double>& rows, const std::vector<int>& labels, mohs::Index anchor,
                               const DistanceWeightedNegative& strategy = {})
{
    return weights_of(rows.row(anchor), labels[static_cast<std::size_t>(anchor)], rows, labels, strategy);
}

/// The mean, over the anchors that have a positive and a negative to draw, of the exponential of the entropy of their
/// weights.
double mean_perplexity(const mohs::MatrixOf<double>& rows, const std::vector<int>& labels,
                       const DistanceWeightedNegative& strategy = {})
{
    double sum = 0, anchors = 0;
    for (mohs::Index anchor = 0; anchor < rows.rows(); ++anchor) {
        double entropy = 0, total = 0;
        for (const double weight : weights_of(rows, labels, anchor, strategy)) {
            entropy -= weight > 0 ? weight * std::log(weight) : 0;
            total += weight;
        }
        if (total > 0 && std::count(labels.begin(), labels.end(), labels[static_cast<std::size_t>(anchor)]) > 1) {
            sum += std::exp(entropy);
            ++anchors;
        }
    }
    return sum / anchors;
}

/// Rows that lean towards one direction, so that their distances are below the upper bound in high dimensions. Row 90
/// of class 22 nearly is row 5 of class 1.
mohs::MatrixOf<double> leaning_rows()
{
    mohs::MatrixOf<double> rows = unit_rows(96, 512);
    rows.col(0).array() += 0.6;
    rows.row(90) = rows.row(5);
    rows(90, 1) += 1e-4;
    rows.rowwise().normalize();
    return rows;
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

using Step = std::function<mohs::Triplets<Sphere>(const mohs::Options& options)>;

/// What the anchors from `first` to `last` draw over the steps has the weights that it should have: one row, or copies of one.
/// `is_flat`: these weights are nearly uniform, so that uniform ones would pass too.
void require_draws(const Step& step, int steps, mohs::Index first, mohs::Index last, const std::vector<double>& weights,
                   bool is_flat)
{
    std::vector<double> seen(weights.size(), 0.0);
    double draws = 0;
    mohs::Options options;
    options.threads = 1;
    for (int i = 0; i < steps; ++i) {
        options.step = static_cast<std::uint64_t>(i);
        for (const mohs::Triplet triplet : step(options)) {
            if (first <= triplet.anchor && triplet.anchor <= last) {
                seen[static_cast<std::size_t>(triplet.negative)] += 1;
                ++draws;
            }
        }
    }
    // With AllPositives there are three positives or more.
    REQUIRE(draws >= static_cast<double>(3 * steps * (last - first + 1)));
    double cells = 0;
    const double right = chi_squared(seen, weights, draws, cells);
    INFO("chi-squared " << right << " in " << cells << " cells");
    // One cell has nothing to compare with.
    REQUIRE(cells > 1);
    // Five deviations above the mean of the law: once in a million.
    const double limit = cells + 5 * std::sqrt(2 * cells) + 5;
    CHECK(right < limit);
    if (!is_flat) {
        // A uniform choice among the legal ones is noticed.
        const auto legal = static_cast<double>(
            std::count_if(weights.begin(), weights.end(), [](double weight) { return weight > 0; }));
        std::vector<double> uniform;
        for (const double weight : weights) {
            uniform.push_back(weight > 0 ? 1 / legal : 0);
        }
        CHECK(chi_squared(seen, uniform, draws, cells) > limit);
    }
}

/// `with_ids`: as any relation is mined, not as labels alone are.
void require_weights(const mohs::MatrixOf<double>& rows, mohs::Index anchor, const DistanceWeightedNegative& strategy,
                     bool with_ids)
{
    const auto labels = classes_of_four(rows.rows());
    const mohs::TripletMiner miner{Sphere{}, mohs::AllPositives{}, strategy};
    std::vector<std::int64_t> ids(labels.size());
    std::iota(ids.begin(), ids.end(), 7);
    const mohs::Batch plain(rows, labels), batch = with_ids ? plain.with_ids(ids) : plain;
    INFO(rows.cols() << " columns, " << name_of(strategy) << (with_ids ? ", with ids" : ""));
    require_draws([&](const mohs::Options& options) { return miner(batch, options); }, 800, anchor, anchor,
                  weights_of(rows, labels, anchor, strategy), rows.cols() <= 3);
}

/// Copies of one query draw independently, which is as good as so many steps.
void require_weights_in_gallery(const Eigen::RowVectorXd& query, const mohs::MatrixOf<double>& gallery,
                                const DistanceWeightedNegative& strategy)
{
    const mohs::MatrixOf<double> queries = query.replicate(40, 1);
    const auto labels = classes_of_four(gallery.rows());
    const std::vector<int> query_labels(40, 1);
    const mohs::TripletMiner miner{Sphere{}, mohs::AllPositives{}, strategy};
    INFO(query.size() << " columns, " << name_of(strategy));
    require_draws(
        [&](const mohs::Options& options) {
            return miner(mohs::Batch(queries, query_labels), mohs::Batch(gallery, labels), options);
        },
        25, 0, 39, weights_of(query, 1, gallery, labels, strategy), false);
}

template <class Positive>
std::string legality_fault(const Positive& positive)
{
    std::string wrong;
    // Below 0.9 few negatives are left, and some anchors have none.
    for (const double upper : {0.9, 1.4, 1.9}) {
        wrong += strategies::fault<mohs::Cosine>(positive, DistanceWeightedNegative{.upper = upper});
    }
    return wrong;
}

}

TEST_CASE("distance-weighted negatives are drawn with the weights of the paper")
{
    for (const mohs::Index dimension : {2, 3, 16, 64}) {
        require_weights(unit_rows(40, dimension), 9, {}, false);
        require_weights(unit_rows(40, dimension), 9, {}, true);
    }
    for (const DistanceWeightedNegative& strategy : {variants[1], variants[2], variants[3]}) {
        require_weights(unit_rows(40, 16), 9, strategy, strategy.temperature > 1);
    }
}

TEST_CASE("a temperature spreads the draws over rows that a near-duplicate would take in high dimensions")
{
    const auto rows = leaning_rows();
    // Row 5 itself is one more positive.
    require_weights_in_gallery(rows.row(5), rows, {.temperature = 128});
    const auto labels = classes_of_four(96);
    const mohs::Matrix narrow = rows.cast<float>();
    for (const double temperature : {1.0, 8.0, 128.0}) {
        const DistanceWeightedNegative strategy{.temperature = temperature};
        const mohs::TripletMiner miner{Sphere{}, mohs::HardestPositive{}, strategy};
        const double expected = mean_perplexity(rows, labels, strategy);
        INFO(name_of(strategy));
        CHECK(miner(mohs::Batch(rows, labels)).report.effective_negatives == Approx(expected).epsilon(1e-9));
        // Scores of 512 columns in float are off by 1e-6 or so, and the exponents are up to 500 over the temperature.
        CHECK(miner(mohs::Batch(narrow, labels)).report.effective_negatives ==
              Approx(expected).epsilon(1e-5 + 1e-3 / temperature));
    }
}

TEST_CASE("distance-weighted negatives of a gallery are drawn with their weights")
{
    const auto rows = unit_rows(51, 16);
    for (const DistanceWeightedNegative& strategy : variants) {
        require_weights_in_gallery(rows.row(50), rows.topRows(50), strategy);
    }
}

TEST_CASE("a distance-weighted negative is legal for any positive")
{
    CHECK(legality_fault(mohs::HardestPositive{}) == "");
    CHECK(legality_fault(mohs::EasiestPositive{}) == "");
    CHECK(legality_fault(mohs::RandomPositive{}) == "");
    CHECK(legality_fault(mohs::AllPositives{}) == "");
}

TEST_CASE("rows that are not finite are never drawn by their distance", "[ieee]")
{
    auto data = strategies::separated(60, 8, 81);
    for (mohs::Index row = 3; row < 60; row += 5) {
        data.rows(row, row % 16) = std::bit_cast<double>(row % 2 == 0 ? 0x7ff8000000000000U : 0x7ff0000000000000U);
    }
    const auto queries = strategies::part(data, 0, 25), gallery = strategies::part(data, 25, 60);
    for (const strategies::Scene& scene : {strategies::Scene(data), strategies::Scene(queries, gallery)}) {
        CHECK(strategies::fault_in<mohs::Cosine>(scene, mohs::AllPositives{}, DistanceWeightedNegative{},
                                                 strategies::levels(), {}) == "");
    }
}

TEST_CASE("distance-weighted negatives do not depend on threads", "[threads]")
{
    const mining::Run run =
        strategies::subject_of<mohs::Cosine>(mohs::AllPositives{}, DistanceWeightedNegative{.upper = 1.9}).run;
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        // Unlike what is drawn uniformly, weights have the rounding of their instruction set.
        CHECK(strategies::same_with_threads([&](const strategies::Scene& scene, std::vector<mohs::Options> ways) {
            for (mohs::Options& options : ways) {
                options.isa = level;
            }
            return run(scene, ways);
        }));
    }
}

TEST_CASE("a step repeats its distance-weighted negatives and others differ")
{
    const reference::Data data = reference::gaussian(120, 16);
    const auto at = [&](std::uint64_t seed, std::uint64_t step) {
        return strategies::sampler_of<mohs::Cosine>(
            strategies::Scene(data), mohs::AllPositives{},
            DistanceWeightedNegative{.upper = 1.9, .temperature = 8, .seed = seed})(step);
    };
    const auto drawn = at(7, 3);
    CHECK(at(7, 3) == drawn);
    // With dozens of candidates, independent draws rarely agree. All 64 bits count.
    for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{4}, 3 + (std::uint64_t{1} << 32)}) {
        CHECK(strategies::share_different(at(7, step), drawn) > 0.8);
    }
    for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{8}, 7 + (std::uint64_t{1} << 32)}) {
        CHECK(strategies::share_different(at(seed, 3), drawn) > 0.8);
    }
}

TEST_CASE("anchors whose negatives all are beyond the upper distance are counted and nothing is drawn")
{
    // Of other classes everything is orthogonal or opposite: at sqrt(2) or 2, the latter not below 2 either.
    mohs::MatrixOf<double> orthogonal(12, 6), opposite(12, 6);
    for (mohs::Index row = 0; row < 12; ++row) {
        orthogonal.row(row) = Eigen::RowVectorXd::Unit(6, row / 2);
        opposite.row(row) = Eigen::RowVectorXd::Unit(6, 0) * (row % 2 == 0 ? 1 : -1);
    }
    const std::vector<int> pairs{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}, sides{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
    const auto check = [](const auto& rows, const std::vector<int>& labels, double upper) {
        const mohs::TripletMiner miner{Sphere{}, mohs::HardestPositive{}, DistanceWeightedNegative{.upper = upper}};
        const auto copy = rows;
        const mohs::Batch batch(rows, labels);
        for (const auto& triplets : {miner(batch), miner(batch, mohs::Batch(copy, labels))}) {
            CHECK(triplets.empty());
            CHECK(triplets.report.none_in_place == 12);
            CHECK(triplets.report.valid == 0);
            CHECK(triplets.report.effective_negatives == 0);
        }
    };
    check(orthogonal, pairs, 1.4);
    check(orthogonal.cast<float>().eval(), pairs, 1.4);
    check(opposite, sides, 2);
    check(opposite.cast<float>().eval(), sides, 2);
}

TEST_CASE("negatives that all weigh infinitely little cost no anchor its draw")
{
    // On the circle the weight is sin(t / 2) for rows that are t away from opposite: t, 2 t, 3 t and 4 t.
    mohs::MatrixOf<double> query{{1, 0}, {1, 0}}, gallery(6, 2);
    gallery.row(0) = gallery.row(1) = query.row(0);
    for (int i = 1; i <= 4; ++i) {
        gallery.row(1 + i) << -std::cos(i * 1e-4), std::sin(i * 1e-4);
    }
    const std::vector<int> query_labels{0, 0}, labels{0, 0, 1, 2, 3, 4};
    const mohs::TripletMiner opposite{Sphere{}, mohs::HardestPositive{}, DistanceWeightedNegative{.upper = 2}};
    const auto far = opposite(mohs::Batch(query, query_labels), mohs::Batch(gallery, labels));
    CHECK(far.report.valid == 2);
    double entropy = 0;
    for (int i = 1; i <= 4; ++i) {
        entropy -= i / 10.0 * std::log(i / 10.0);
    }
    // What is left of 1 + s is 5e-9 of its rounding of 1e-16.
    CHECK(far.report.effective_negatives == Approx(std::exp(entropy)).epsilon(1e-6));

    // Frozen: log weights of thousands, so that all but the largest are 0.
    const auto rows = leaning_rows();
    const auto all_labels = classes_of_four(96);
    const mohs::Matrix narrow = rows.cast<float>();
    const DistanceWeightedNegative frozen{.temperature = 1e-3};
    const mohs::TripletMiner miner{Sphere{}, mohs::HardestPositive{}, frozen};
    const auto triplets = miner(mohs::Batch(rows, all_labels));
    REQUIRE(triplets.size() == 96);
    for (const mohs::Triplet triplet : triplets) {
        const auto weights = weights_of(rows, all_labels, triplet.anchor, frozen);
        CHECK(weights[static_cast<std::size_t>(triplet.negative)] == *std::max_element(weights.begin(), weights.end()));
    }
    CHECK(miner(mohs::Batch(narrow, all_labels)).report.valid == 96);
}

TEST_CASE("a near-duplicate of another class costs no anchor its negatives in high dimensions")
{
    // 96 anchors at dimension 512: with one maximum for the whole batch, 89 of them lose all their weights in float.
    const mohs::Matrix rows = leaning_rows().cast<float>();
    const std::vector<int> labels = classes_of_four(96);
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
        for (std::size_t turn = 0; turn < variants.size() * mohs::available_isa_levels().size(); ++turn) {
            const DistanceWeightedNegative& strategy = variants[turn % variants.size()];
            const mohs::IsaLevel level = mohs::available_isa_levels()[turn / variants.size()];
            const double expected = mean_perplexity(rows, labels, strategy);
            const mohs::TripletMiner miner{Sphere{}, mohs::AllPositives{}, strategy};
            INFO(count << " rows, level " << static_cast<int>(level) << ", " << name_of(strategy));
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
        const auto copy = rows;
        const mohs::Batch batch(rows, labels);
        INFO(decltype(metric)::name);
        const double expected = mean_perplexity(rows, labels);
        for (const auto& triplets : {miner(batch), miner(batch, mohs::Batch(copy, labels))}) {
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
