// Covers detail/weighted/weigh_tile.hpp, detail/weighted/weight_curve.hpp.

#include <mohs/detail/weighted/weigh_tile.hpp>
#include <mohs/mining/negative/distance_weighted_negative.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <cmath>
#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::WeightCurve;
using mohs::detail::WeightOrigin;

namespace {

/// log of the weight of a kernel score, from the definition.
double log_weight(const mohs::DistanceWeightedNegative& strategy, double score, double n)
{
    const double d = std::max(std::sqrt(std::max(0.0, 2 - 2 * score)), strategy.cutoff);
    // log(1 - d^2 / 4) without cancellation at d near 2.
    const double rest = d > strategy.cutoff ? (1 + score) / 2 : 1 - d * d / 4;
    return ((2 - n) * std::log(d) - (n - 3) / 2 * std::log(rest)) / strategy.temperature;
}

bool is_legal(const mohs::DistanceWeightedNegative& strategy, double score)
{
    return std::sqrt(std::max(0.0, 2 - 2 * score)) < strategy.upper;
}

/// A panel whose row r sees the scores of a grid up to that row's own largest one, weighed by kernels.
template <class T>
struct Weighed {
    Index width, columns;
    std::vector<T> strip, origins, weights, sums;
    std::vector<mohs::detail::MaskElement<T>> masks;

    Weighed(IsaLevel level, const WeightCurve<T>& curve, const std::vector<T>& scores, bool masked)
        : width(mohs::detail::panel_width_at<T>(level)),
          columns(static_cast<Index>(scores.size()) / width),
          strip(scores.begin(), scores.begin() + columns * width),
          origins(static_cast<std::size_t>(WeightOrigin<T>::parts * width)),
          weights(static_cast<std::size_t>(columns * width)),
          sums(static_cast<std::size_t>(2 * width)),
          masks(static_cast<std::size_t>(columns * width), -1)
    {
        // In a strip with masks every third candidate is excluded.
        for (std::size_t i = 0; masked && i < masks.size(); i += 3) {
            masks[i] = 0;
        }
        T* const at = origins.data();
        const WeightOrigin<T> origin(at, width);
        std::fill(at, at + width, T{16});
        std::fill(at + width, at + 2 * width, -T{16});
        const auto* const mask = masked ? masks.data() : nullptr;
        for (Index c = 0; c < columns; ++c) {
            mohs::detail::isa::run(level,
                                   mohs::detail::FindOrigins<T>{curve, strip.data() + c * width,
                                                                mask == nullptr ? mask : mask + c * width, 1, origin});
        }
        mohs::detail::isa::run(level, mohs::detail::FixOrigins<T>{curve, origin});
        std::vector<T> sum(static_cast<std::size_t>(width)), entropy(sum);
        for (Index c = 0; c < columns; ++c) {
            mohs::detail::isa::run(level, mohs::detail::AddWeights<T>{curve, strip.data() + c * width,
                                                                      mask == nullptr ? mask : mask + c * width, 1,
                                                                      origin, sum.data(), entropy.data()});
            // The sum over one column is its weight; a row by itself has to give the same.
            std::copy(sum.begin(), sum.end(), weights.begin() + c * width);
            for (Index r = 0; r < width; ++r) {
                sums[static_cast<std::size_t>(r)] += sum[static_cast<std::size_t>(r)];
                sums[static_cast<std::size_t>(width + r)] += entropy[static_cast<std::size_t>(r)];
            }
        }
        std::vector<T> row(64), alone(64);
        for (Index c = 0; c < std::min<Index>(48, columns); ++c) {
            row[static_cast<std::size_t>(c)] = strip[static_cast<std::size_t>(c * width + 1)];
        }
        mohs::detail::isa::run(level, mohs::detail::WeighRow<T>{curve, row.data(), 48, origin, 1, alone.data()});
        for (Index c = 0; c < std::min<Index>(48, columns); ++c) {
            const auto i = static_cast<std::size_t>(c * width + 1);
            REQUIRE((masks[i] == 0 || alone[static_cast<std::size_t>(c)] == weights[i]));
        }
    }
};

/// Scores of all kinds: a grid, the ends and the neighbourhood of the best; those of row r begin at its own.
template <class T>
std::vector<T> scores_for(Index width, double highest, double lowest)
{
    std::vector<T> result;
    const Index columns = 240;
    for (Index c = 0; c < columns; ++c) {
        for (Index r = 0; r < width; ++r) {
            const double top = highest - (highest - lowest) * 0.9 * static_cast<double>(r) / static_cast<double>(width);
            const double share = static_cast<double>(c) / static_cast<double>(columns - 1);
            // Half of them lie dense below the top, where the weights are that matter.
            const double score =
                c % 2 == 0 ? lowest + (top - lowest) * share : top - (top - lowest) * share * share * 0.1;
            result.push_back(static_cast<T>(score));
        }
    }
    return result;
}

template <class T>
void require_weights(IsaLevel level, const mohs::DistanceWeightedNegative& strategy, Index n, double precision)
{
    const WeightCurve<T> curve(strategy, n);
    const double dimension = strategy.effective_dimension > 0 ? strategy.effective_dimension : static_cast<double>(n);
    const Index width = mohs::detail::panel_width_at<T>(level);
    for (const double highest : {1.0000002, 0.9, 0.3, 0.01}) {
        for (const double lowest : {-1.0, -0.95, -0.2}) {
            for (const bool masked : {false, true}) {
                const Weighed<T> weighed(level, curve, scores_for<T>(width, highest, lowest), masked);
                double worst = 0, worst_sum = 0, worst_entropy = 0;
                bool right_zeros = true;
                for (Index r = 0; r < width; ++r) {
                    double largest = -1e300, total = 0, entropy = 0;
                    const auto legal = [&](std::size_t i) {
                        return is_legal(strategy, static_cast<double>(weighed.strip[i])) && weighed.masks[i] != 0;
                    };
                    for (Index c = 0; c < weighed.columns; ++c) {
                        const auto i = static_cast<std::size_t>(c * width + r);
                        if (legal(i)) {
                            largest = std::max(largest,
                                               log_weight(strategy, static_cast<double>(weighed.strip[i]), dimension));
                        }
                    }
                    for (Index c = 0; c < weighed.columns; ++c) {
                        const auto i = static_cast<std::size_t>(c * width + r);
                        const double found =
                            static_cast<double>(weighed.weights[i]) * std::exp2(-mohs::detail::weight_offset<T>);
                        if (!legal(i)) {
                            right_zeros &= found == 0;
                            continue;
                        }
                        right_zeros &= weighed.weights[i] > 0;
                        const double log =
                            log_weight(strategy, static_cast<double>(weighed.strip[i]), dimension) - largest;
                        total += std::exp(log);
                        entropy += std::exp(log) * log;
                        if (log > -100) {
                            const double error = std::abs(std::log(found) - log);
                            worst = std::max(worst, error / (1 - log + 1 / strategy.temperature));
                        }
                    }
                    if (total > 0) {
                        const double unit = std::exp2(-mohs::detail::weight_offset<T>);
                        const auto at = static_cast<std::size_t>(r), other = static_cast<std::size_t>(width + r);
                        worst_sum =
                            std::max(worst_sum, std::abs(static_cast<double>(weighed.sums[at]) * unit / total - 1));
                        worst_entropy = std::max(
                            worst_entropy,
                            std::abs(static_cast<double>(weighed.sums[other]) * unit * std::log(2.0) - entropy) /
                                total);
                    }
                }
                INFO("n " << dimension << ", cutoff " << strategy.cutoff << ", upper " << strategy.upper
                          << ", temperature " << strategy.temperature << ", scores " << lowest << " to " << highest
                          << ", level " << static_cast<int>(level) << ", masked " << masked);
                CHECK(right_zeros);
                CHECK(worst < precision);
                CHECK(worst_sum < 30 * precision);
                CHECK(worst_entropy < 300 * precision);
            }
        }
    }
}

}  // namespace

TEST_CASE("weights of scores are those of the definition", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index n : {2, 3, 16, 768}) {
            for (const double upper : {1.2, 1.41421356, 2.0}) {
                for (const double temperature : {0.25, 20.0}) {
                    const mohs::DistanceWeightedNegative strategy{.upper = upper, .temperature = temperature};
                    require_weights<float>(level, strategy, n, 1e-6);
                    require_weights<double>(level, strategy, n, 1e-12);
                }
            }
        }
        require_weights<float>(level, {.effective_dimension = 2.2}, 64, 1e-6);
        require_weights<float>(level, {.effective_dimension = 2.8}, 64, 1e-6);
        require_weights<float>(level, {.cutoff = 1e-3}, 64, 1e-6);
        require_weights<float>(level, {.cutoff = 1.3}, 64, 1e-6);
    }
}

TEST_CASE("a score has a weight where its distance is below the upper bound, to the last bit")
{
    for (const double upper : {1e-9, 0.5001, 1.0, 1.4, 1.4142135623730951, 1.7, 2.0}) {
        const mohs::DistanceWeightedNegative strategy{.cutoff = upper / 2, .upper = upper};
        const float first = WeightCurve<float>(strategy, 16).first;
        CHECK(is_legal(strategy, static_cast<double>(first)));
        CHECK(!is_legal(strategy, static_cast<double>(std::nextafter(first, -2.0F))));
        const double precise = WeightCurve<double>(strategy, 16).first;
        CHECK(is_legal(strategy, precise));
    }
}

TEST_CASE("the range of weights is that of a dense grid of scores")
{
    for (const double upper : {1.3, 1.5, 1.9}) {
        for (const double n : {2.0, 2.5, 3.0, 16.0, 128.0}) {
            const mohs::DistanceWeightedNegative strategy{.upper = upper, .temperature = 1.5, .effective_dimension = n};
            double low = 1e300, high = -1e300;
            for (int i = 0; i <= 20000; ++i) {
                const double score = 0.875 - i * (0.875 - 1 + upper * upper / 2) / 20000;
                low = std::min(low, log_weight(strategy, score, n));
                high = std::max(high, log_weight(strategy, score, n));
            }
            CHECK(WeightCurve<double>(strategy, 7).range() ==
                  Approx((high - low) / std::log(2.0)).epsilon(1e-5).margin(1e-5));
        }
    }
}
