#include <mohs/detail/loss/softmax/softmax_row.hpp>

#include "../../../catch.hpp"
#include "../../../reference.hpp"

#include <cmath>
#include <limits>
#include <vector>

namespace {

using mohs::Denominator;
using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::LogSum;
using mohs::detail::MaskElement;
using mohs::detail::PositiveSums;
using mohs::detail::SoftmaxRow;
using mohs::detail::SoftmaxScale;
using mohs::detail::SplitLog;

constexpr Index columns = 48;

/// A strip of scores, and what the kernels make of it.
template <class T>
struct Strip {
    Index width = 0;
    std::vector<T> scores, kept, weights, scaled, top, sum, shift, weight;
    std::vector<T> column_top, column_shift, column_weight;
    std::vector<MaskElement<T>> masks;
    T factor = 1;

    void prepare(IsaLevel level, T scale)
    {
        width = mohs::detail::panel_width_at<T>(level);
        factor = scale;
        reference::Generator generator(7);
        const auto size = static_cast<std::size_t>(width * columns), rows = static_cast<std::size_t>(width);
        for (std::size_t i = 0; i < size; ++i) {
            // Clouds of scores close to one another, ties among them.
            scores.push_back(
                static_cast<T>(std::round(reference::normal(generator) * 32) / 256 + (i % 3 == 0 ? 0.5 : 0)));
            masks.push_back(reference::uniform(generator) < 0.8 ? -1 : 0);
        }
        kept = weights = scaled = scores;
        top.assign(rows, T{-16});
        sum.assign(rows, T{0});
    }
};

template <class T>
struct SumStrip {
    Strip<T>& strip;
    bool masked;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        if (masked) {
            mohs::detail::sum_exponentials<Isa, T, true, false>(strip.kept.data(), strip.masks.data(), columns,
                                                                strip.factor, strip.top.data(), strip.sum.data());
        } else {
            mohs::detail::sum_exponentials<Isa, T, false, true>(strip.kept.data(), nullptr, columns, strip.factor,
                                                                strip.top.data(), strip.sum.data());
        }
    }
};

template <class T>
struct WeighStrip {
    Strip<T>& strip;

    template <class Isa>
    MOHS_ALWAYS_INLINE void operator()(Isa) const
    {
        const SoftmaxScale<T> rows{strip.top.data(), strip.shift.data(), strip.weight.data()},
            others{strip.column_top.data(), strip.column_shift.data(), strip.column_weight.data()};
        mohs::detail::weigh_negatives<Isa, T, true>(strip.weights.data(), columns, strip.factor, rows, others);
        // The exponentials are relative to the top already.
        mohs::detail::scale_exponentials<Isa, T>(strip.kept.data(), columns, strip.factor, strip.top.data(), rows);
    }
};

/// From factors with which nothing is rounded off to those with which logits fill the scalar.
template <class T>
std::vector<double> factors()
{
    std::vector<double> result;
    const double end = static_cast<double>(std::numeric_limits<T>::max()) / 32;
    for (double factor = 1; factor < end; factor *= sizeof(T) == sizeof(float) ? 16 : 65536) {
        result.push_back(factor * 0.9);
    }
    result.push_back(end);
    return result;
}

}  // namespace

TEMPLATE_TEST_CASE("sums of exponentials are off by a few units whatever the size of logits", "[kernel][raises]", float,
                   double)
{
    constexpr double unit = std::numeric_limits<TestType>::epsilon();
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const double factor : factors<TestType>()) {
            for (const bool masked : {false, true}) {
                Strip<TestType> strip;
                strip.prepare(level, static_cast<TestType>(factor));
                mohs::detail::isa::run(level, SumStrip<TestType>{strip, masked});
                double worst = 0;
                bool tops = true;
                for (Index r = 0; r < strip.width; ++r) {
                    std::vector<long double> scores;
                    for (Index c = 0; c < columns; ++c) {
                        const auto at = static_cast<std::size_t>(c * strip.width + r);
                        if (!masked || strip.masks[at] != 0) {
                            scores.push_back(static_cast<long double>(strip.scores[at]));
                        }
                    }
                    const long double top = *std::max_element(scores.begin(), scores.end());
                    long double exact = 0;
                    for (const long double score : scores) {
                        exact += std::exp((score - top) * static_cast<long double>(strip.factor));
                    }
                    const auto row = static_cast<std::size_t>(r);
                    tops = tops && static_cast<long double>(strip.top[row]) == top;
                    worst = std::max(
                        worst, static_cast<double>(std::abs(static_cast<long double>(strip.sum[row]) - exact) / exact));
                }
                CAPTURE(mohs::to_string(level), factor, masked);
                CHECK(tops);
                // An exponential is off by 1 unit and by the two roundings of its argument, x exp(x) < 1/2 of a unit
                // each; the sum rounds 48 times, by half a unit at most and to either side.
                CHECK(worst <= 6 * unit);
            }
        }
    }
}

TEMPLATE_TEST_CASE("weights of negatives add up to the slope of the loss whatever the size of logits",
                   "[kernel][raises]", float, double)
{
    constexpr double unit = std::numeric_limits<TestType>::epsilon();
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const double factor : factors<TestType>()) {
            Strip<TestType> strip;
            strip.prepare(level, static_cast<TestType>(factor));
            mohs::detail::isa::run(level, SumStrip<TestType>{strip, false});
            for (const TestType sum : strip.sum) {
                strip.shift.push_back(static_cast<TestType>(-std::log(static_cast<double>(sum))));
                strip.weight.push_back(1);
            }
            strip.column_top.assign(columns, 4);
            strip.column_shift.assign(columns, 0);
            strip.column_weight.assign(columns, 0);
            mohs::detail::isa::run(level, WeighStrip<TestType>{strip});
            double worst = 0, apart = 0;
            for (Index r = 0; r < strip.width; ++r) {
                double sum = 0;
                for (Index c = 0; c < columns; ++c) {
                    const auto at = static_cast<std::size_t>(c * strip.width + r);
                    sum += static_cast<double>(strip.weights[at]);
                    apart = std::max(apart, static_cast<double>(std::abs(strip.weights[at] - strip.kept[at])));
                }
                worst = std::max(worst, std::abs(sum - 1));
            }
            CAPTURE(mohs::to_string(level), factor);
            // The shift is up to log 48, and rounded to half a unit of that.
            CHECK(worst <= 8 * unit);
            CHECK(apart <= 6 * unit);
        }
    }
}

TEST_CASE("logarithms of sums keep what is small next to large logits")
{
    for (const double logit : {0.0, -3.0, 1e9, -1e18, 1e300, -1e306}) {
        LogSum sum;
        for (int i = 0; i < 3; ++i) {
            sum.add(logit);
        }
        const SplitLog log = sum.log();
        CHECK(log.top == logit);
        CHECK(log.above(logit) == Approx(std::log(3.0)).epsilon(1e-15));
        CHECK(log.share(logit) == Approx(1.0 / 3).epsilon(1e-15));
        LogSum pair;
        pair.add(logit);
        pair.add(logit);
        CHECK(log.above(pair.log()) == Approx(std::log(1.5)).epsilon(1e-14));
    }
    LogSum mixed;
    for (const double logit : {1e6, 1e6 + 2, 1e6 - 1}) {
        mixed.add(logit);
    }
    CHECK(mixed.log().above(1e6) == Approx(std::log(1 + std::exp(2.0) + std::exp(-1.0))).epsilon(1e-15));
}

TEST_CASE("slopes of an anchor add up to 0 and its weights to a softmax up to the end of the range")
{
    // Logits relative to the closest negative, whose own is 0; ties at any height.
    for (const double scale : {1.0, 1e3, 1e9, 1e20, 1e38, 1e305}) {
        for (const double lead : {-2.0, -1.0, 0.0, 1.0, 2.0}) {
            for (const Denominator denominator :
                 {Denominator::positives_excluded, Denominator::positives_included, Denominator::summed_inside}) {
                const std::vector<double> negatives{0, 0, -scale, -2 * scale},
                    positives{lead * scale, lead * scale, lead * scale - 1, lead * scale - scale / 2};
                LogSum sum;
                for (const double logit : negatives) {
                    sum.add(logit);
                }
                SoftmaxRow row;
                row.negatives = sum.log();
                row.negative_count = 4;
                PositiveSums sums;
                for (const double logit : positives) {
                    sums.add(denominator, row.negatives, logit);
                }
                sums.finish(denominator, row);
                double slopes = 0, by_negatives = 0;
                for (const double logit : negatives) {
                    by_negatives += row.negative_slope(logit);
                }
                for (const double logit : positives) {
                    const double slope = row.positive_slope(denominator, logit);
                    CHECK(std::abs(slope) <= 1);
                    slopes += slope;
                }
                CAPTURE(scale, lead, denominator);
                CHECK(std::abs(slopes + by_negatives) <= 1e-14);
                CHECK(by_negatives <= (denominator == Denominator::positives_excluded ? 4 : 1) * (1 + 1e-15));
                CHECK(mohs::detail::is_finite(row.loss));
                CHECK(row.loss >= 0);
            }
        }
    }
}
