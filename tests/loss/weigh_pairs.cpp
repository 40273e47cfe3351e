#include <mohs/loss/weigh_pairs.hpp>

#include "pair_losses.hpp"

#include <mohs/filter/exclude_if.hpp>
#include <mohs/filter/exclude_pairs.hpp>
#include <mohs/loss/lifted_structure.hpp>
#include <mohs/loss/multi_similarity.hpp>
#include <mohs/loss/sigmoid.hpp>

#include <cmath>
#include <limits>

namespace {

using mohs::Index;
using mohs::PairWeights;
using mohs::Related;
using mohs::WeighedPair;
using pair_losses::Table;
using pair_losses::View;

/// What a pair weighs; 1 for most.
double weight_of(Index anchor, Index candidate)
{
    return (anchor * 3 + candidate * 5) % 4 == 0 ? 0.25 : (anchor + candidate) % 5 == 0 ? 1.75 : 1;
}

PairWeights weights(Index anchors, Index candidates)
{
    std::vector<WeighedPair> pairs;
    for (Index i = anchors - 1; i >= 0; --i) {
        for (Index j = 0; j < candidates; ++j) {
            if (weight_of(i, j) != 1) {
                pairs.push_back({i, j, weight_of(i, j)});
            }
        }
    }
    return {pairs, anchors, candidates};
}

/// Of equation 15 of Wang et al. 2019, with weights of its terms.
pair_losses::Sum multi_similarity(const View& view)
{
    pair_losses::Sum result;
    for (Index i = 0; i < view.forward.rows; ++i) {
        double positives = 1, negatives = 1;
        bool any = false;
        for (Index j = 0; j < view.forward.columns; ++j) {
            const double s = view.values(i, j);
            if (view.forward(i, j) == Related::positive) {
                positives += weight_of(i, j) * std::exp(-2 * (s - 0.5));
            } else if (view.forward(i, j) == Related::negative) {
                negatives += weight_of(i, j) * std::exp(50 * (s - 0.5));
            }
            any |= view.forward(i, j) != Related::neither;
        }
        if (any) {
            result.add(std::log(positives) / 2 + std::log(negatives) / 50);
        }
    }
    return result;
}

pair_losses::Sum sigmoid(const View& view)
{
    pair_losses::Sum result;
    for (Index i = 0; i < view.forward.rows; ++i) {
        double sum = 0;
        bool any = false;
        for (Index j = 0; j < view.forward.columns; ++j) {
            const double x = 10 * view.values(i, j) - 10;
            if (view.forward(i, j) != Related::neither) {
                sum += weight_of(i, j) * std::log1p(std::exp(view.forward(i, j) == Related::positive ? -x : x));
                any = true;
            }
        }
        if (any) {
            result.add(sum);
        }
    }
    return result;
}

/// Song et al. 2016, equation 4, of one batch: weights of the terms of log Z, and of the pairs.
pair_losses::Sum lifted(const View& view)
{
    pair_losses::Sum result;
    const Index rows = view.forward.rows;
    std::vector<double> z(static_cast<std::size_t>(rows));
    for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < rows; ++j) {
            if (view.forward(i, j) == Related::negative) {
                z[static_cast<std::size_t>(i)] += weight_of(i, j) * std::exp(1 + view.values(i, j));
            }
        }
    }
    for (Index i = 0; i < rows; ++i) {
        for (Index j = 0; j < rows; ++j) {
            const double sum = z[static_cast<std::size_t>(i)] + z[static_cast<std::size_t>(j)];
            if (view.forward(i, j) == Related::positive && sum > 0) {
                const double violation = std::max(0.0, std::log(sum) - view.values(i, j));
                result.add(weight_of(i, j) * violation * violation / 2);
            }
        }
    }
    return result;
}

/// Its own hooks, with a weight of their own.
struct SumOfNegatives {
    static constexpr const char* name = "SumOfNegatives";
    double factor;

    template <class N>
    struct Sums {
        N sum;
    };
    template <class N>
    struct State {
        N on;
    };
    [[nodiscard]] double pair_weight(mohs::Anchor, mohs::Candidate) const { return factor; }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE void sum(Sums<N>& sums, const Pair& pair) const
    {
        if constexpr (!Pair::positive) {
            sums.sum += pair.weight * pair.value;
        }
    }
    template <class N>
    MOHS_ALWAYS_INLINE void merge(Sums<N>& total, const Sums<N>& later) const
    {
        total.sum += later.sum;
    }
    mohs::PairOutcome finish(const mohs::SweptAnchor&, const Sums<double>& sums, State<double>& state) const
    {
        state.on = 1;
        return {.loss = sums.sum, .tuples = 1, .active = 1};
    }
    template <class N, class Pair>
    MOHS_ALWAYS_INLINE N weigh(const Pair& pair) const
    {
        return Pair::positive ? N(0) : pair.weight * pair.own.on;
    }
};

template <class Loss>
void check_weighed(const relations::Problem& problem, const Loss& loss, const pair_losses::Definition& definition)
{
    const auto weighed = mohs::weigh_pairs(loss, weights(problem.queries.size(), problem.candidates().size()));
    pair_losses::check(pair_losses::Case{problem, definition}, weighed);
}

}  // namespace

TEST_CASE("pairs weigh what is said in losses on PairSweep as they are", "[ieee]")
{
    for (const relations::Problem& problem : relations::all_problems(11, 13, 3)) {
        check_weighed(problem, mohs::MultiSimilarityLoss{mohs::Cosine{}}, multi_similarity);
        check_weighed(problem, mohs::SigmoidLoss{mohs::Cosine{}}, sigmoid);
        bool symmetric = problem.self;
        for (Index i = 0; symmetric && i < problem.queries.size(); ++i) {
            for (Index j = 0; j < i; ++j) {
                symmetric = symmetric && problem.forward()(i, j) == problem.forward()(j, i);
            }
        }
        if (symmetric) {
            check_weighed(problem, mohs::LiftedStructureLoss{mohs::Cosine{}}, lifted);
        }
    }
    // Several panels and stripes.
    for (const relations::Problem& problem : relations::full_problems(67, 120, 3)) {
        check_weighed(problem, mohs::SigmoidLoss{mohs::Cosine{}}, sigmoid);
    }
}

TEST_CASE("weights multiply those of hooks of one's own and leave filters and reduction as they are")
{
    const Table rows = oracle::gaussian(60, 4, 1);
    const oracle::Labels labels = oracle::labels(60, 7, 2);
    const mohs::Batch batch(rows, labels);
    const auto keep = [](Index i, Index j) { return (i + 2 * j) % 3 == 0; };
    const mohs::PairSweep loss{mohs::Cosine{}, SumOfNegatives{2}, mohs::Reduction::sum, mohs::ExcludeIf{keep}};
    const auto weighed = mohs::weigh_pairs(loss, weights(60, 60));
    double right = 0;
    Index rejected = 0;
    const Table values = relations::cosines(rows, rows);
    for (Index i = 0; i < 60; ++i) {
        for (Index j = 0; j < 60; ++j) {
            if (labels[static_cast<std::size_t>(i)] != labels[static_cast<std::size_t>(j)]) {
                rejected += keep(i, j) ? 1 : 0;
                right += keep(i, j) ? 0 : 2 * weight_of(i, j) * values(i, j);
            }
        }
    }
    const auto found = weighed(batch);
    CHECK(oracle::near(found.value, right, 1e-11));
    CHECK(found.report.rejected[0] == rejected);
    CHECK(found.report.filter_names[0] == std::string("rejected_by_condition"));
    for (const mohs::Options& how : pair_losses::threads()) {
        CHECK(oracle::same_bits(weighed(batch, how), found));
    }
    const auto same = mohs::weigh_pairs(loss, {std::vector<WeighedPair>{}, 60})(batch);
    CHECK(oracle::near(same.value, loss(batch).value, 1e-13));
    CHECK(oracle::near(Table(same.gradient), Table(loss(batch).gradient), 1e-13));
}

TEST_CASE("suspected negatives weigh less by one number or by their score")
{
    const mohs::Suspects suspects{{.of = mohs::Suspicion::negative, .anchor = 1, .candidate = 2, .score = 0.75},
                                  {.of = mohs::Suspicion::label, .anchor = 0},
                                  {.of = mohs::Suspicion::negative, .anchor = 0, .candidate = 3, .score = 0.5},
                                  {.of = mohs::Suspicion::negative, .anchor = 0, .candidate = 3, .score = 0.25}};
    const PairWeights one{suspects, 0.3, 4};
    CHECK(one(1, 2) == 0.3);
    CHECK(one(0, 3) == 0.3);
    CHECK(one(2, 1) == 1);
    CHECK(one(3, 3) == 1);
    const PairWeights either{suspects, 0.3F, 4, {.either_end = true}};
    CHECK(either(2, 1) == Approx(0.3));
    CHECK(either(3, 0) == Approx(0.3));
    // Of a pair that is listed twice the least counts.
    const PairWeights scored{suspects, [](const mohs::Suspect& suspect) { return 1 - suspect.score; }, 2, 4};
    CHECK(scored(1, 2) == 0.25);
    CHECK(scored(0, 3) == 0.5);
    // A weight so small that it is nothing is the same as leaving the pair out.
    const Table rows = oracle::gaussian(4, 3, 3);
    const std::vector<int> labels{0, 0, 1, 1};
    const mohs::Batch batch(rows, labels);
    const mohs::SigmoidLoss loss{mohs::Cosine{}};
    const mohs::SigmoidLoss without{mohs::Cosine{}, {}, mohs::ExcludePairs{suspects, 4}};
    CHECK(oracle::near(mohs::weigh_pairs(loss, {suspects, 1e-12, 4})(batch).value, without(batch).value, 1e-11));
}

TEST_CASE("small weights have their share of the gradient", "[ieee]")
{
    // All sums of exponentials are made of terms with a weight of 1e-9: shares of the single terms are far above 1.
    const Table one = oracle::gaussian(11, 3, 6), two = oracle::gaussian(13, 3, 7);
    const oracle::Labels labels = oracle::labels(11, 3, 8), other_labels = oracle::labels(13, 3, 9);
    std::vector<WeighedPair> pairs;
    for (Index i = 0; i < 11; ++i) {
        for (Index j = 0; j < 13; ++j) {
            pairs.push_back({i, j, 1e-9});
        }
    }
    const mohs::LiftedStructureLoss loss{mohs::Cosine{}, {.negative_margin = 25}};
    Table queries = one, candidates = two;
    const auto weighed = mohs::weigh_pairs(loss, {pairs, 11, 13});
    const auto run = [&] { return weighed(mohs::Batch(queries, labels), mohs::Batch(candidates, other_labels)); };
    const auto found = run();
    REQUIRE(found.value > 0);
    const double scale = 1 / found.value;
    CHECK(
        oracle::near(Table(found.gradient * scale), oracle::differences(queries, [&] { return run().value * scale; })));
    CHECK(oracle::near(Table(found.candidate_gradient * scale),
                       oracle::differences(candidates, [&] { return run().value * scale; })));
    // Of float rows, the same.
    const mohs::Matrix narrow = one.cast<float>(), others = two.cast<float>();
    const Table wide = narrow.cast<double>(), wide_others = others.cast<double>();
    const auto exact = weighed(mohs::Batch(wide, labels), mohs::Batch(wide_others, other_labels));
    const auto single = weighed(mohs::Batch(narrow, labels), mohs::Batch(others, other_labels));
    CHECK(oracle::near_largest(single.gradient, Table(exact.gradient), 1e-4));
}

TEST_CASE("weights are refused that are no weights or of other batches")
{
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const double weight : {0.0, 1e-13, -1.0, nan, std::numeric_limits<double>::infinity()}) {
        const std::vector<WeighedPair> pairs{{0, 1, weight}};
        CHECK(reference::mentions(reference::message_of([&] {
                                      PairWeights{pairs, 3};
                                  }),
                                  {"PairWeights: weight", "at least 1e-12"}));
    }
    const std::vector<WeighedPair> pairs{{2, 3, 0.5}};
    CHECK_THROWS_AS((PairWeights{pairs, 2, 4}), std::out_of_range);
    CHECK_THROWS_AS((PairWeights{pairs, 3, 3}), std::out_of_range);
    CHECK_THROWS_AS((PairWeights{pairs, 3, 4, {.either_end = true}}), std::invalid_argument);
    // Nothing is listed, and yet these are no numbers of rows.
    CHECK_THROWS_WITH((PairWeights{std::vector<WeighedPair>{}, -1}),
                      "mohs::PairWeights: rows is -1, but must be at least 0");
    CHECK_THROWS_AS((PairWeights{std::vector<WeighedPair>{}, 3, -5}), std::invalid_argument);
    CHECK_THROWS_AS((PairWeights{mohs::Suspects{}, 0.5, -1}), std::invalid_argument);
    const Table rows = oracle::gaussian(4, 3, 4), others = oracle::gaussian(3, 3, 5);
    const std::vector<int> labels{0, 0, 1, 1}, other_labels{0, 1, 1};
    const mohs::Batch batch(rows, labels), gallery(others, other_labels);
    const auto loss = mohs::weigh_pairs(mohs::SigmoidLoss{mohs::Cosine{}}, {pairs, 4, 4});
    CHECK_NOTHROW(loss(batch));
    CHECK_THROWS_WITH(loss(batch, gallery),
                      "mohs::PairWeights: made for 4 anchors and 4 candidates, but there are 4 and 3");
    CHECK_THROWS_AS(loss(gallery), std::invalid_argument);
    CHECK_THROWS_AS(loss.sums(batch, gallery), std::invalid_argument);
}
