#include <mohs/finish.hpp>

#include "catch.hpp"
#include "reference.hpp"

#include <cmath>
#include <tuple>

using mohs::Index;

namespace {

using Metrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean,
                           mohs::Normalised<mohs::DotProduct>, mohs::Normalised<mohs::Euclidean>,
                           mohs::Normalised<mohs::SquaredEuclidean>>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("a pair that is closer has a closer value, and the gap is by how much", "", Metrics)
{
    using F = mohs::Finish<TestType>;
    reference::Table rows(3, 2);
    rows << 1, 0, 0.8, 0.6, 0, 1;
    const double close = reference::value<TestType>(rows, 0, rows, 1),
                 far = reference::value<TestType>(rows, 0, rows, 2);
    CHECK(F::closer(close, far));
    CHECK_FALSE(F::closer(far, close));
    CHECK_FALSE(F::closer(far, far));
    CHECK(F::gap(close, far) == std::abs(close - far));
    CHECK(F::gap(far, close) == -std::abs(close - far));
    CHECK(F::closer(close, F::farther_by(close, 0.125)));
    CHECK(F::closer(F::closer_by(close, 0.125), close));
    CHECK(std::abs(F::gap(close, F::farther_by(close, 0.125)) - 0.125) < 1e-15);
    CHECK(F::close_end((std::min)(close, far), (std::max)(close, far)) == close);
    CHECK(F::far_end((std::min)(close, far), (std::max)(close, far)) == far);
    // By the farther value, the gap grows with this slope.
    CHECK(std::abs(F::gap(close, far + 0.5) - F::gap(close, far) - F::farther_sign * 0.5) < 1e-15);
}

TEMPLATE_LIST_TEST_CASE("ranges hold all values and no more", "", Metrics)
{
    using F = mohs::Finish<TestType>;
    reference::Table rows(2, 2);
    rows << 0.6, 0.8, -0.6, -0.8;
    const double same = reference::value<TestType>(rows, 0, rows, 0),
                 opposite = reference::value<TestType>(rows, 0, rows, 1);
    for (const double value : {same, opposite}) {
        CHECK(std::abs(F::in_range(value) - value) < 1e-15);
        CHECK(F::in_range(value) >= F::low);
        CHECK(F::in_range(value) <= F::high);
        CHECK(F::closer(value, F::farthest_bound));
        CHECK(F::closer(F::closest_bound, value));
        CHECK(F::any_closer(F::farther_by(value, 0.25)));
        CHECK(F::any_farther(F::closer_by(value, 0.25)));
    }
    if (mohs::detail::normalises<TestType>) {
        // Of unit rows these are the ends.
        CHECK(std::abs(F::close_end(F::low, F::high) - same) < 1e-15);
        CHECK(std::abs(F::far_end(F::low, F::high) - opposite) < 1e-15);
        CHECK(F::in_range(F::high + 0.5) == F::high);
        CHECK(F::in_range(F::low - 0.5) == F::low);
    }
    CHECK_FALSE(F::any_closer(F::close_end(F::low, F::high)));
    CHECK_FALSE(F::any_farther(F::far_end(F::low, F::high)));
}

TEMPLATE_LIST_TEST_CASE("values are sums of terms, and their slopes are central differences", "", Metrics)
{
    using F = mohs::Finish<TestType>;
    const double a[] = {0.5, -1.25, 2}, b[] = {1.5, 0.25, -1};
    const auto value_at = [&](int k, double step) {
        double sum = 0;
        for (int i = 0; i < 3; ++i) {
            sum += F::term(a[i] + (i == k ? step : 0), b[i]);
        }
        return F::of_sum(sum);
    };
    const double value = value_at(0, 0), step = 1e-6;
    for (int k = 0; k < 3; ++k) {
        const double slope = (value_at(k, step) - value_at(k, -step)) / (2 * step);
        CHECK(std::abs(F::pull(value, 3) * F::direction(a[k], b[k]) - 3 * slope) < 1e-8);
    }
    if (F::is_root) {
        CHECK(F::pull(0, 1) == 0);
    }
}

TEMPLATE_LIST_TEST_CASE("scores and values of packed rows belong to each other", "", Metrics)
{
    using F = mohs::Finish<TestType>;
    // Rows a / 4 and b / 4, or unit rows; both sides have one scale.
    const double unscale = mohs::detail::normalises<TestType> ? 1 : 4;
    const double a[] = {0.6, 0.8}, b[] = {0.28, 0.96};
    double product = 0, square_a = 0, square_b = 0, sum = 0;
    for (int k = 0; k < 2; ++k) {
        product += a[k] * b[k];
        square_a += a[k] * a[k];
        square_b += b[k] * b[k];
        sum += F::term(a[k] * unscale, b[k] * unscale);
    }
    const double value = F::of_sum(sum), constant = mohs::detail::normalises<TestType> ? 0.5 : 0,
                 bias_a = F::is_product ? 0 : constant - square_a / 2,
                 bias_b = F::is_product ? 0 : constant - square_b / 2;
    CHECK(std::abs(F::score_of(value, unscale, unscale, bias_a) - (product + bias_b)) < 1e-15);
    const double packed = F::is_product ? product : F::sum_of_product(product, bias_a, bias_b);
    CHECK(std::abs(F::of_packed_sum(packed, unscale, unscale) - value) < 1e-14);
    CHECK(std::abs(F::unit(unscale, unscale) * F::of_sum(packed) - value) < 1e-14);
}

TEST_CASE("bounds that are meant to be no bounds have scores")
{
    using F = mohs::Finish<mohs::DotProduct>;
    CHECK(F::score_of((std::numeric_limits<double>::max)(), 0x1p-60, 0x1p-60, 0) == 1e300);
    CHECK(F::score_of(-(std::numeric_limits<double>::max)(), 0x1p-60, 0x1p-60, 0) == -1e300);
    CHECK(mohs::Finish<mohs::Euclidean>::score_of((std::numeric_limits<double>::max)(), 0x1p-60, 0x1p-60, 0) ==
          -1e150 * 1e150 / 2);
}
