#include "pair_losses.hpp"

#include <mohs/loss/multi_similarity.hpp>

#include <limits>

namespace {

using mohs::Reduction;
using pair_losses::Index;
using pair_losses::Related;
using pair_losses::Sum;
using pair_losses::Table;
using pair_losses::View;

/// log(1 + sum of exp(x)), for exponents of any size.
double log_one_more(const std::vector<double>& x)
{
    if (x.empty()) {
        return 0;
    }
    std::vector<double> all = x;
    all.push_back(0);
    const double ahead = oracle::log_sum(x);
    return ahead < 0 ? std::log1p(std::exp(ahead)) : oracle::log_sum(all);
}

/// Wang et al. 2019, equation 15.
Sum definition(const mohs::MultiSimilarityLossOptions& options, const View& view)
{
    Sum result;
    for (Index i = 0; i < view.forward.rows; ++i) {
        std::vector<double> positives, negatives;
        for (Index j = 0; j < view.forward.columns; ++j) {
            if (view.forward(i, j) == Related::positive) {
                positives.push_back(-options.alpha * (view.values(i, j) - options.base));
            } else if (view.forward(i, j) == Related::negative) {
                negatives.push_back(options.beta * (view.values(i, j) - options.base));
            }
        }
        const bool any = !positives.empty() || !negatives.empty(), both = !positives.empty() && !negatives.empty();
        if (options.both_kinds ? both : any) {
            result.add(log_one_more(positives) / options.alpha + log_one_more(negatives) / options.beta);
        }
    }
    return result;
}

auto defined(mohs::MultiSimilarityLossOptions options)
{
    return [options](const View& view) { return definition(options, view); };
}

auto maker(mohs::MultiSimilarityLossOptions options)
{
    return [options](Reduction reduction) {
        mohs::MultiSimilarityLossOptions reduced = options;
        reduced.reduction = reduction;
        return mohs::MultiSimilarityLoss{mohs::Cosine{}, reduced};
    };
}

}  // namespace

TEST_CASE("the multi-similarity loss follows its definition under every relation and reduction", "[ieee]")
{
    for (const bool both_kinds : {false, true}) {
        const mohs::MultiSimilarityLossOptions options{.alpha = 3, .beta = 7, .base = 0.3, .both_kinds = both_kinds};
        pair_losses::check_relations(maker(options), defined(options));
    }
    pair_losses::check_single_losses(maker({}));
}

TEST_CASE("the multi-similarity loss has the defaults of its peers")
{
    const mohs::MultiSimilarityLossOptions options;
    CHECK(options.alpha == 2);
    CHECK(options.beta == 50);
    CHECK(options.base == 0.5);
    for (const auto& problem : relations::full_problems(12, 14, 4)) {
        pair_losses::check({problem, defined({})}, mohs::MultiSimilarityLoss{mohs::Cosine{}}, {}, 1e-6);
    }
}

TEST_CASE("the multi-similarity loss of dot products of +-1e4 is finite and right")
{
    const Table rows = 100 * oracle::gaussian(40, 3, 1);
    const oracle::Labels labels = oracle::labels(40, 7, 2);
    const pair_losses::Problem problem = pair_losses::labelled("large", rows, labels);
    const pair_losses::Case data{problem, defined({}), pair_losses::products};
    REQUIRE(data.values(rows, rows).cwiseAbs().maxCoeff() > 1e4);
    const mohs::MultiSimilarityLoss loss{mohs::DotProduct{}};
    const auto exact = data.run(loss);
    CHECK(oracle::near(exact.value, data.value(), 1e-12));
    // Nearly all anchors push their hardest negative alone: slopes of 1.
    CHECK(exact.gradient.cwiseAbs().maxCoeff() > 1);
    const mohs::Matrix single = rows.cast<float>();
    const Table rounded = single.cast<double>();
    const mohs::LossResult<float> found = loss(mohs::Batch(single, labels));
    const mohs::LossResult<double> right = loss(mohs::Batch(rounded, labels));
    // Values are off by (D / 2 + 4) u |a| |b|, for each of the two terms.
    const double bound = 2 * (3.0 / 2 + 4) * 0x1p-23 * rows.rowwise().squaredNorm().maxCoeff();
    CHECK(std::abs(found.value - right.value) <= bound);
    CHECK(oracle::all_finite(found.gradient));
}

TEST_CASE("the multi-similarity loss in float is close to that in double with the same bits for any threads",
          "[threads]")
{
    // Six columns: values off by 7 u, and weights by 50 times that.
    pair_losses::check_float(mohs::MultiSimilarityLoss{mohs::Cosine{}}, 14 * 0x1p-23 + 50 * 0x1p-23, 400 * 0x1p-23);
}

TEST_CASE("the multi-similarity loss survives odd batches and adds to buffers")
{
    pair_losses::check_degenerate(mohs::MultiSimilarityLoss{mohs::Cosine{}});
    pair_losses::check_buffers(mohs::MultiSimilarityLoss{mohs::Cosine{}}, 0);
}

TEST_CASE("anchors with one kind of pairs have one term or are skipped as the multi-similarity loss is told")
{
    const Table rows = oracle::gaussian(5, 4, 75);
    const oracle::Labels labels{1, 1, 2, 3, 3}, same(5, 7);
    const mohs::MultiSimilarityLoss loss{mohs::Cosine{}}, strict{mohs::Cosine{}, {.both_kinds = true}};
    CHECK(loss(mohs::Batch(rows, labels)).report.valid == 5);
    const auto skipped = strict(mohs::Batch(rows, labels));
    CHECK(skipped.report.valid == 4);
    CHECK(skipped.report.no_positive == 1);
    CHECK(skipped.report.tuples == 4);
    CHECK(loss(mohs::Batch(rows, same)).value > 0);
    const auto one_class = strict(mohs::Batch(rows, same));
    CHECK(one_class.value == 0);
    CHECK(one_class.gradient.isZero(0));
    CHECK(one_class.report.no_negative == 5);
}

TEST_CASE("the multi-similarity loss refuses senseless options")
{
    const auto with = [](mohs::MultiSimilarityLossOptions options) {
        return [options] { mohs::MultiSimilarityLoss{mohs::Cosine{}, options}; };
    };
    pair_losses::check_refused(with({.alpha = 0}), "MultiSimilarityLoss: alpha is 0");
    pair_losses::check_refused(with({.beta = -1}), "MultiSimilarityLoss: beta is -1");
    pair_losses::check_refused(with({.base = std::numeric_limits<double>::infinity()}),
                               "MultiSimilarityLoss: base is inf");
}
