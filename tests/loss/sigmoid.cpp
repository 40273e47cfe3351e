#include "pair_losses.hpp"

#include <mohs/loss/sigmoid.hpp>

#include <limits>

namespace {

using mohs::Reduction;
using pair_losses::Index;
using pair_losses::Related;
using pair_losses::Sum;
using pair_losses::Table;
using pair_losses::View;

/// Zhai et al. 2023: -log sigmoid(z (t s + b)), summed over the candidates.
Sum definition(double log_scale, double bias, const View& view)
{
    Sum result;
    for (Index i = 0; i < view.forward.rows; ++i) {
        double loss = 0;
        bool any = false;
        for (Index j = 0; j < view.forward.columns; ++j) {
            if (view.forward(i, j) != Related::neither) {
                const double z = view.forward(i, j) == Related::positive ? 1 : -1,
                             x = -z * (std::exp(log_scale) * view.values(i, j) + bias);
                loss += x > 30 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
                any = true;
            }
        }
        if (any) {
            result.add(loss);
        }
    }
    return result;
}

auto defined(double log_scale, double bias)
{
    return [=](const View& view) { return definition(log_scale, bias, view); };
}

}  // namespace

TEST_CASE("the sigmoid loss follows its definition under every relation and reduction", "[ieee]")
{
    pair_losses::check_relations(
        [](Reduction reduction) {
            return mohs::SigmoidLoss{mohs::Cosine{}, {.log_scale = 1.2, .bias = -2, .reduction = reduction}};
        },
        defined(1.2, -2));
    pair_losses::check_single_losses([](Reduction reduction) {
        return mohs::SigmoidLoss{mohs::Cosine{}, {.reduction = reduction}};
    });
}

TEST_CASE("the sigmoid loss has gradients by temperature and bias", "[ieee]")
{
    for (const auto& problem : relations::full_problems(12, 15, 3)) {
        for (const double bias : {-10.0, 0.5}) {
            for (const Reduction reduction : {Reduction::mean, Reduction::sum}) {
                const double log_scale = std::log(10.0), step = 1e-5;
                const mohs::SigmoidLoss loss{mohs::Cosine{},
                                             {.log_scale = log_scale, .bias = bias, .reduction = reduction}};
                const pair_losses::Case data{problem, defined(log_scale, bias)};
                const auto found = data.run(loss);
                const auto value = [&](double by_scale, double by_bias) {
                    return pair_losses::Case{problem, defined(log_scale + by_scale, bias + by_bias), relations::cosines,
                                             reduction}
                        .value();
                };
                REQUIRE(found.parameter_gradient.size() == 2);
                CHECK(oracle::near(found.parameter_gradient[0], (value(step, 0) - value(-step, 0)) / (2 * step), 1e-7));
                CHECK(oracle::near(found.parameter_gradient[1], (value(0, step) - value(0, -step)) / (2 * step), 1e-7));
            }
        }
    }
}

TEST_CASE("the sigmoid loss of paired rows is that of SigLIP")
{
    const Table images = oracle::gaussian(9, 4, 1), texts = oracle::gaussian(9, 4, 2);
    const mohs::SigmoidLossOptions options;
    CHECK(options.log_scale == Approx(std::log(10.0)).epsilon(1e-15));
    CHECK(options.bias == -10);
    const mohs::Relation pairs = mohs::Relation::paired(9);
    const auto found = mohs::SigmoidLoss{mohs::Cosine{}}(mohs::Batch(images).related_by(pairs), mohs::Batch(texts));
    double expected = 0;
    const Table values = relations::cosines(images, texts);
    for (Index i = 0; i < 9; ++i) {
        for (Index j = 0; j < 9; ++j) {
            expected += std::log1p(std::exp((i == j ? -1 : 1) * (10 * values(i, j) - 10))) / 9;
        }
    }
    CHECK(oracle::near(found.value, expected, 1e-12));
    CHECK(found.report.valid == 9);
}

TEST_CASE("the sigmoid loss of dot products of +-1e4 is finite and right")
{
    const Table rows = 100 * oracle::gaussian(40, 3, 1);
    const oracle::Labels labels = oracle::labels(40, 7, 2);
    const pair_losses::Problem problem = pair_losses::labelled("large", rows, labels);
    const pair_losses::Case data{problem, defined(std::log(10.0), -10), pair_losses::products};
    REQUIRE(data.values(rows, rows).cwiseAbs().maxCoeff() > 1e4);
    const mohs::SigmoidLoss loss{mohs::DotProduct{}};
    CHECK(oracle::near(data.run(loss).value, data.value(), 1e-12));
    const mohs::Matrix single = rows.cast<float>();
    const Table exact = single.cast<double>();
    const mohs::LossResult<float> found = loss(mohs::Batch(single, labels));
    const mohs::LossResult<double> right = loss(mohs::Batch(exact, labels));
    const double pair = 10 * (3.0 / 2 + 3) * 0x1p-23 * rows.rowwise().squaredNorm().maxCoeff();
    CHECK(std::abs(found.value - right.value) <= 40 * pair + 48 * 0x1p-23 * right.value);
    CHECK(oracle::all_finite(found.gradient));
    CHECK(reference::is_finite(found.parameter_gradient[0]));
}

TEST_CASE("the sigmoid loss in float is close to that in double with the same bits for any threads", "[threads]")
{
    // Up to 1700 pairs per anchor, with logits that are off by 10 (6 / 2 + 3) u and 2 u 10, beside 4 u of themselves.
    pair_losses::check_float(mohs::SigmoidLoss{mohs::Cosine{}}, 1700 * 80 * 0x1p-23 * 0.1, 200 * 0x1p-23);
}

TEST_CASE("the sigmoid loss survives odd batches and adds to buffers")
{
    pair_losses::check_degenerate(mohs::SigmoidLoss{mohs::Cosine{}});
    pair_losses::check_buffers(mohs::SigmoidLoss{mohs::Cosine{}}, 2);
}

TEST_CASE("the sigmoid loss refuses senseless options")
{
    const auto with = [](mohs::SigmoidLossOptions options) {
        return [options] { mohs::SigmoidLoss{mohs::Cosine{}, options}; };
    };
    pair_losses::check_refused(with({.log_scale = 61}), "SigmoidLoss: log_scale is 61");
    pair_losses::check_refused(with({.log_scale = std::numeric_limits<double>::quiet_NaN()}),
                               "SigmoidLoss: log_scale is nan");
    pair_losses::check_refused(with({.bias = std::numeric_limits<double>::infinity()}), "SigmoidLoss: bias is inf");
}
