// Covers detail/loss/contrastive/contrastive_tuples.hpp, detail/loss/loss_calls.hpp, detail/loss/pair_terms.hpp,
// detail/loss/softmax/softmax_tuples.hpp, detail/loss/tuple_pairs.hpp, loss_options.hpp, result/pairs_of.hpp.

// Losses over mined tuples: triplets and pairs for ContrastiveLoss; triplets, pairs and neighbours for InfoNCE.

#include "../catch.hpp"
#include "oracle.hpp"

#include <mohs/mohs.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <tuple>

namespace {

using mohs::Denominator;
using mohs::Index;
using mohs::Pair;
using mohs::Reduction;
using mohs::Triplet;
using oracle::Metric;
using oracle::Table;

using Metrics = std::tuple<mohs::Cosine, mohs::Euclidean, mohs::SquaredEuclidean, mohs::Normalised<mohs::Euclidean>>;

constexpr Reduction reductions[]{Reduction::mean, Reduction::sum, Reduction::mean_active, Reduction::none};
constexpr Denominator denominators[]{Denominator::positives_excluded, Denominator::positives_included,
                                     Denominator::summed_inside};

template <class M>
mohs::Triplets<M> list(const std::vector<Triplet>& triplets)
{
    mohs::Triplets<M> result;
    for (const Triplet& t : triplets) {
        result.add(t, -12345, 54321);  // Losses measure the rows themselves.
    }
    return result;
}

template <class M>
mohs::Pairs<M> list(const std::vector<Pair>& positives, const std::vector<Pair>& negatives)
{
    mohs::Pairs<M> result;
    for (const Pair& pair : positives) {
        result.positives.add(pair, -12345);
    }
    for (const Pair& pair : negatives) {
        result.negatives.add(pair, 54321);
    }
    return result;
}

Index draw(reference::Generator& generator, Index bound)
{
    return reference::uniform_below(generator, bound);
}

double mean_of(double sum, double all, double active, Reduction reduction)
{
    const double divisor = reduction == Reduction::mean ? all : reduction == Reduction::mean_active ? active : 1;
    return divisor > 0 ? sum / divisor : 0;
}

double divide(const std::vector<double>& losses, Reduction reduction)
{
    double sum = 0, active = 0;
    for (const double loss : losses) {
        sum += loss;
        active += loss > 0 ? 1 : 0;
    }
    return mean_of(sum, static_cast<double>(losses.size()), active, reduction);
}

// ---------------------------------------------------------------------------------------------------------------------
// ContrastiveLoss

struct Hinges {
    Metric metric;
    double positive_margin, negative_margin;
    int power;
    bool half, together;
    Reduction reduction;

    [[nodiscard]] double violation(const Table& a, const Table& b, const Pair& pair, bool positive) const
    {
        const double value = reference::value(metric, a, pair.anchor, b, pair.candidate);
        if (metric.similarity) {
            return positive ? positive_margin - value : value - negative_margin;
        }
        return positive ? value - positive_margin : negative_margin - value;
    }
    [[nodiscard]] double loss(const Table& a, const Table& b, const Pair& pair, bool positive) const
    {
        const double x = std::max(0.0, violation(a, b, pair, positive));
        return (half ? 0.5 : 1) * (power == 2 ? x * x : x);
    }
    [[nodiscard]] double value(const Table& a, const Table& b, const std::vector<Pair>& positives,
                               const std::vector<Pair>& negatives) const
    {
        std::vector<double> of_positives, of_negatives;
        for (const Pair& pair : positives) {
            of_positives.push_back(loss(a, b, pair, true));
        }
        for (const Pair& pair : negatives) {
            of_negatives.push_back(loss(a, b, pair, false));
        }
        if (together) {
            of_positives.insert(of_positives.end(), of_negatives.begin(), of_negatives.end());
            return divide(of_positives, reduction);
        }
        return divide(of_positives, reduction) + divide(of_negatives, reduction);
    }
    [[nodiscard]] mohs::ContrastiveLossOptions options() const
    {
        return {.positive_margin = positive_margin,
                .negative_margin = negative_margin,
                .power = power,
                .half = half,
                .together = together,
                .reduction = reduction};
    }
};

/// Random pairs, some of them twice, none close enough to its hinge for a difference quotient to cross it.
std::vector<Pair> random_pairs(const Hinges& hinges, const Table& a, const Table& b, bool self, bool positive)
{
    reference::Generator generator(positive ? 5 : 6);
    std::vector<Pair> result;
    while (result.size() < 20) {
        const Pair pair{draw(generator, a.rows()), draw(generator, b.rows())};
        if (!(self && pair.anchor == pair.candidate) && std::abs(hinges.violation(a, b, pair, positive)) > 1e-2) {
            result.push_back(pair);
        }
    }
    result.push_back(result[3]);
    return result;
}

std::vector<Hinges> all_hinges(Metric metric)
{
    std::vector<Hinges> result;
    for (const Reduction reduction : reductions) {
        for (const bool together : {false, true}) {
            for (const int power : {1, 2}) {
                Hinges hinges{metric, 0.5, 1.2, power, power == 2 && together, together, reduction};
                if (metric.similarity) {
                    hinges.positive_margin = 0.4;
                    hinges.negative_margin = -0.1;
                } else if (!metric.normalised) {
                    hinges.positive_margin = 2;
                    hinges.negative_margin = metric.squared ? 9 : 3;
                }
                result.push_back(hinges);
            }
        }
    }
    return result;
}

void check_within(const std::function<double()>& expected, Table& rows, const mohs::LossResult<double>& result)
{
    CHECK(oracle::near(result.value, expected(), 1e-12));
    CHECK(oracle::near(result.gradient, oracle::differences(rows, expected)));
    CHECK(result.candidate_gradient.size() == 0);
}

void check_across(const std::function<double()>& expected, Table& queries, Table& gallery,
                  const mohs::LossResult<double>& result)
{
    CHECK(oracle::near(result.value, expected(), 1e-12));
    CHECK(oracle::near(result.gradient, oracle::differences(queries, expected)));
    CHECK(oracle::near(result.candidate_gradient, oracle::differences(gallery, expected)));
}

/// Pairs as triplets: pair i of either list.
std::vector<Triplet> joined(const std::vector<Pair>& positives, const std::vector<Pair>& negatives)
{
    std::vector<Triplet> result;
    for (std::size_t i = 0; i < positives.size(); ++i) {
        result.push_back({positives[i].anchor, positives[i].candidate, negatives[i].candidate});
    }
    return result;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("contrastive loss over pairs follows its definition", "", Metrics)
{
    Table rows = oracle::gaussian(9, 5, 1), queries = oracle::gaussian(6, 5, 2), gallery = oracle::gaussian(8, 5, 3);
    for (const Hinges& hinges : all_hinges(reference::metric_of<TestType>)) {
        const mohs::ContrastiveLoss loss{TestType{}, hinges.options()};
        {
            const auto positives = random_pairs(hinges, rows, rows, true, true),
                       negatives = random_pairs(hinges, rows, rows, true, false);
            const auto result = loss(mohs::Batch(rows), list<TestType>(positives, negatives));
            check_within([&] { return hinges.value(rows, rows, positives, negatives); }, rows, result);
            CHECK(result.report.tuples == 42);
            CHECK(result.report.active > 0);
        }
        const auto positives = random_pairs(hinges, queries, gallery, false, true),
                   negatives = random_pairs(hinges, queries, gallery, false, false);
        check_across([&] { return hinges.value(queries, gallery, positives, negatives); }, queries, gallery,
                     loss(mohs::Batch(queries), mohs::Batch(gallery), list<TestType>(positives, negatives)));
    }
}

TEMPLATE_LIST_TEST_CASE("contrastive loss over triplets is that of their pairs each as often as triplets name it", "",
                        Metrics)
{
    Table queries = oracle::gaussian(6, 5, 2), gallery = oracle::gaussian(8, 5, 3);
    for (const Hinges& hinges : all_hinges(reference::metric_of<TestType>)) {
        std::vector<Pair> positives = random_pairs(hinges, queries, gallery, false, true), negatives;
        // Every positive pair stands in two triplets.
        positives.insert(positives.end(), positives.begin(), positives.end());
        reference::Generator generator(7);
        for (const Pair& pair : positives) {
            Pair negative{pair.anchor, draw(generator, gallery.rows())};
            while (std::abs(hinges.violation(queries, gallery, negative, false)) < 1e-2) {
                negative.candidate = draw(generator, gallery.rows());
            }
            negatives.push_back(negative);
        }
        const mohs::ContrastiveLoss loss{TestType{}, hinges.options()};
        const auto result =
            loss(mohs::Batch(queries), mohs::Batch(gallery), list<TestType>(joined(positives, negatives)));
        check_across([&] { return hinges.value(queries, gallery, positives, negatives); }, queries, gallery, result);
        if (hinges.reduction == Reduction::none) {
            REQUIRE(result.per_tuple.size() == positives.size());
            for (std::size_t i = 0; i < positives.size(); ++i) {
                CHECK(std::abs(result.per_tuple[i] - hinges.loss(queries, gallery, positives[i], true) -
                               hinges.loss(queries, gallery, negatives[i], false)) <= 1e-12);
            }
        }
    }
}

TEST_CASE("linear hinges that are all active pull at triplets as the triplet loss does")
{
    const Table rows = oracle::gaussian(10, 4, 4);
    const auto triplets = list<mohs::Euclidean>({{0, 1, 2}, {0, 1, 3}, {4, 5, 6}, {7, 0, 1}});
    const mohs::ContrastiveLoss pairs{mohs::Euclidean{},
                                      {.positive_margin = -100, .negative_margin = 100, .reduction = Reduction::sum}};
    const mohs::TripletLoss loss{mohs::Euclidean{}, {.margin = 200, .reduction = Reduction::sum}};
    const auto found = pairs(mohs::Batch(rows), triplets), expected = loss(mohs::Batch(rows), triplets);
    CHECK(oracle::near(found.value, expected.value, 1e-13));
    CHECK(oracle::same_bits(found.gradient, expected.gradient));
}

TEST_CASE("contrastive loss of every pair is that of the batch")
{
    const reference::Data data = reference::gaussian(24, 6, 5);
    const mohs::Batch batch{data.rows, data.labels};
    const auto pairs = mohs::PairMiner{mohs::Euclidean{}, mohs::AllPairs{}}(batch);
    for (const Reduction reduction : {Reduction::mean, Reduction::mean_active}) {
        const mohs::ContrastiveLoss loss{mohs::Euclidean{}, {.negative_margin = 3, .reduction = reduction}};
        const auto found = loss(batch, pairs), expected = loss(batch);
        CHECK(oracle::near(found.value, expected.value, 1e-11));
        CHECK(oracle::near(found.gradient, expected.gradient, 1e-11));
        // Either of (i, j) and (j, i) is one of the pairs.
        CHECK(found.report.tuples == 2 * expected.report.tuples);
        CHECK(found.report.active == 2 * expected.report.active);
    }
}

TEST_CASE("equal rows as positives and negatives have a finite contrastive loss and no gradient")
{
    const Table rows = Table::Constant(4, 3, 0.7);
    const mohs::ContrastiveLoss loss{mohs::Euclidean{}, {.reduction = Reduction::sum}};
    const auto result = loss(mohs::Batch(rows), list<mohs::Euclidean>(std::vector<Pair>{{0, 1}}, {{0, 2}, {1, 1}}));
    CHECK(result.value == 2);
    CHECK(result.gradient.isZero(0));
    CHECK(result.report.active == 2);
}

// ---------------------------------------------------------------------------------------------------------------------
// InfoNCE

namespace {

using Similarities = std::tuple<mohs::Cosine, mohs::DotProduct>;

struct Softmax {
    Metric metric;
    double temperature;
    Denominator denominator;
    Reduction reduction;

    [[nodiscard]] std::vector<double> logits(const Table& a, const Table& b, Index anchor,
                                             const std::set<Index>& candidates) const
    {
        std::vector<double> result;
        for (const Index candidate : candidates) {
            result.push_back(reference::value(metric, a, anchor, b, candidate) / temperature);
        }
        return result;
    }

    /// What was mined for every anchor, and for every positive of it.
    [[nodiscard]] std::vector<double> losses(const Table& a, const Table& b, const std::vector<Triplet>& triplets) const
    {
        std::map<Index, std::map<Index, std::set<Index>>> mined;
        for (const Triplet& t : triplets) {
            mined[t.anchor][t.positive].insert(t.negative);
        }
        std::vector<double> result;
        for (const auto& [anchor, by_positive] : mined) {
            std::set<Index> positives, negatives;
            for (const auto& [positive, its_negatives] : by_positive) {
                positives.insert(positive);
                negatives.insert(its_negatives.begin(), its_negatives.end());
                if (denominator == Denominator::positives_excluded) {
                    const auto one = oracle::softmax_losses(logits(a, b, anchor, {positive}),
                                                            logits(a, b, anchor, its_negatives), denominator);
                    result.insert(result.end(), one.begin(), one.end());
                }
            }
            if (denominator != Denominator::positives_excluded) {
                const auto one = oracle::softmax_losses(logits(a, b, anchor, positives),
                                                        logits(a, b, anchor, negatives), denominator);
                result.insert(result.end(), one.begin(), one.end());
            }
        }
        return result;
    }

    [[nodiscard]] std::vector<double> losses(const Table& a, const Table& b, const std::vector<Pair>& positives,
                                             const std::vector<Pair>& negatives) const
    {
        std::map<Index, std::pair<std::set<Index>, std::set<Index>>> mined;
        for (const Pair& pair : positives) {
            mined[pair.anchor].first.insert(pair.candidate);
        }
        for (const Pair& pair : negatives) {
            mined[pair.anchor].second.insert(pair.candidate);
        }
        std::vector<double> result;
        for (const auto& [anchor, both] : mined) {
            const auto one = oracle::softmax_losses(logits(a, b, anchor, both.first), logits(a, b, anchor, both.second),
                                                    denominator);
            result.insert(result.end(), one.begin(), one.end());
        }
        return result;
    }

    [[nodiscard]] mohs::InfoNCEOptions options() const
    {
        return {.temperature = temperature, .denominator = denominator, .reduction = reduction};
    }
};

std::vector<Softmax> all_softmaxes(Metric metric)
{
    std::vector<Softmax> result;
    for (const Denominator denominator : denominators) {
        for (const Reduction reduction : reductions) {
            result.push_back({metric, metric.normalised ? 0.5 : 2, denominator, reduction});
        }
    }
    return result;
}

/// Triplets in no order, with several positives and negatives per anchor, negatives shared by positives, and repetitions.
std::vector<Triplet> some_triplets(Index anchors, Index candidates, std::uint64_t seed)
{
    reference::Generator generator(seed);
    std::vector<Triplet> result;
    for (int i = 0; i < 40; ++i) {
        // Rows of the lower half are positives only: what is a positive to an anchor is no negative to it.
        const Index half = candidates / 2;
        result.push_back({draw(generator, anchors), draw(generator, half), half + draw(generator, candidates - half)});
    }
    result.push_back(result[2]);
    result.push_back(result[30]);
    return result;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("softmax loss over triplets follows its definition", "", Similarities)
{
    Table rows = oracle::gaussian(12, 5, 11), queries = oracle::gaussian(5, 5, 12),
          gallery = oracle::gaussian(12, 5, 13);
    for (const Softmax& softmax : all_softmaxes(reference::metric_of<TestType>)) {
        const mohs::InfoNCE loss{TestType{}, softmax.options()};
        const auto within = some_triplets(12, 12, 14), across = some_triplets(5, 12, 15);
        const auto result = loss(mohs::Batch(rows), list<TestType>(within));
        check_within([&] { return divide(softmax.losses(rows, rows, within), softmax.reduction); }, rows, result);
        CHECK(result.report.tuples == static_cast<Index>(softmax.losses(rows, rows, within).size()));
        check_across([&] { return divide(softmax.losses(queries, gallery, across), softmax.reduction); }, queries,
                     gallery, loss(mohs::Batch(queries), mohs::Batch(gallery), list<TestType>(across)));
    }
}

TEMPLATE_LIST_TEST_CASE("softmax loss over pairs follows its definition", "", Similarities)
{
    Table queries = oracle::gaussian(6, 5, 16), gallery = oracle::gaussian(12, 5, 17);
    std::vector<Pair> positives, negatives;
    for (const Triplet& t : some_triplets(5, 12, 18)) {
        positives.push_back({t.anchor, t.positive});
        negatives.push_back({t.anchor, t.negative});
    }
    std::erase_if(positives, [](const Pair& pair) { return pair.anchor == 1; });
    std::erase_if(negatives, [](const Pair& pair) { return pair.anchor == 3; });
    for (const Softmax& softmax : all_softmaxes(reference::metric_of<TestType>)) {
        const auto result = mohs::InfoNCE{TestType{}, softmax.options()}(mohs::Batch(queries), mohs::Batch(gallery),
                                                                         list<TestType>(positives, negatives));
        const auto losses = [&] { return softmax.losses(queries, gallery, positives, negatives); };
        check_across([&] { return divide(losses(), softmax.reduction); }, queries, gallery, result);
        CHECK(result.report.valid == 3);
        CHECK(result.report.no_positive == 1);
        CHECK(result.report.no_negative == 1);
        if (softmax.reduction == Reduction::none) {
            REQUIRE(result.per_tuple.size() == 6);
            CHECK(result.per_tuple[1] == 0);
            CHECK(result.per_tuple[3] == 0);
            CHECK(result.per_tuple[5] == 0);
            CHECK(oracle::near(result.per_tuple[0] + result.per_tuple[2] + result.per_tuple[4], result.value, 1e-13));
        } else {
            CHECK(result.per_tuple.empty());
        }
    }
}

TEST_CASE("softmax loss over neighbours has the candidate of the query's number as its positive")
{
    Table queries = oracle::gaussian(7, 5, 19), gallery = oracle::gaussian(11, 5, 20);
    const auto near = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 4}}(mohs::Batch(queries), mohs::Batch(gallery));
    std::vector<Pair> positives, negatives;
    for (Index anchor = 0; anchor < 7; ++anchor) {
        positives.push_back({anchor, anchor});
        for (Index rank = 0; rank < near.count(anchor); ++rank) {
            if (near.index(anchor, rank) != anchor) {
                negatives.push_back({anchor, near.index(anchor, rank)});
            }
        }
    }
    const Softmax softmax{reference::metric_of<mohs::Cosine>, 0.5, Denominator::positives_excluded, Reduction::mean};
    mohs::InfoNCEOptions options = softmax.options();
    options.positives = mohs::PositivesOf::pair;
    const mohs::InfoNCE loss{mohs::Cosine{}, options};
    check_across([&] { return divide(softmax.losses(queries, gallery, positives, negatives), Reduction::mean); },
                 queries, gallery, loss(mohs::Batch(queries), mohs::Batch(gallery), near));
    CHECK_THROWS_AS(loss(mohs::Batch(gallery), mohs::Batch(queries), near), std::invalid_argument);
    const auto within = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 4}}(mohs::Batch(queries));
    CHECK_THROWS_AS(loss(mohs::Batch(queries), within), std::invalid_argument);
    const mohs::InfoNCE by_label{mohs::Cosine{}, softmax.options()};
    CHECK(reference::mentions(
        reference::message_of([&] { (void)by_label(mohs::Batch(queries), mohs::Batch(gallery), near); }),
        {"InfoNCE", "PositivesOf::pair"}));
}

TEST_CASE("softmax losses of everything that can be mined are those of the batch")
{
    const reference::Data data = reference::gaussian(20, 6, 21);
    const mohs::Batch batch{data.rows, data.labels};
    const auto triplets = mohs::TripletMiner{mohs::Cosine{}, mohs::AllPositives{}, mohs::AllNegatives{}}(batch);
    const auto pairs = mohs::PairMiner{mohs::Cosine{}, mohs::AllPairs{}}(batch);
    for (const Denominator denominator : denominators) {
        const mohs::InfoNCE loss{mohs::Cosine{}, {.denominator = denominator}};
        const auto expected = loss(batch), of_triplets = loss(batch, triplets), of_pairs = loss(batch, pairs);
        CHECK(oracle::near(of_triplets.value, expected.value, 1e-11));
        CHECK(oracle::near(of_pairs.value, expected.value, 1e-11));
        CHECK(oracle::near(of_triplets.gradient, expected.gradient, 1e-11));
        CHECK(oracle::near(of_pairs.gradient, expected.gradient, 1e-11));
        CHECK(of_triplets.report.tuples == expected.report.tuples);
        CHECK(of_triplets.report.active == expected.report.active);
        CHECK(of_pairs.report.valid == expected.report.valid);
    }
}

TEST_CASE("softmax loss over triplets needs no rows gathered by hand")
{
    const reference::Data queries = reference::gaussian(16, 8, 22), gallery = reference::gaussian(60, 8, 23);
    const mohs::Batch query_batch{queries.rows, queries.labels}, gallery_batch{gallery.rows, gallery.labels};
    const auto triplets = mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{},
                                             mohs::RankedNegatives{.begin = 0, .end = 5}}(query_batch, gallery_batch);
    REQUIRE(triplets.size() == 5 * 16);
    const Table own = gallery.rows(triplets.negatives(), Eigen::indexing::all);
    Table positives(16, 8);
    for (const Triplet t : triplets) {
        positives.row(t.anchor) = gallery.rows.row(t.positive);
    }
    const mohs::InfoNCE by_hand{mohs::Cosine{}, {.positives = mohs::PositivesOf::pair}};
    Table back = Table::Zero(60, 8);
    // Candidates of other queries are no negatives here: one query at a time.
    double value = 0;
    Table query_gradient = Table::Zero(16, 8);
    for (Index i = 0; i < 16; ++i) {
        const Table query = queries.rows.row(i), positive = positives.row(i), negatives = own.middleRows(5 * i, 5);
        const auto one = by_hand(mohs::Batch(query), mohs::Batch(positive), mohs::Batch(negatives));
        value += one.value / 16;
        query_gradient.row(i) = one.gradient / 16;
        back.row(triplets[5 * i].positive) += one.candidate_gradient.row(0) / 16;
        for (Index h = 0; h < 5; ++h) {
            back.row(triplets[5 * i + h].negative) += one.own_gradient.row(h) / 16;
        }
    }
    const auto result = mohs::InfoNCE{mohs::Cosine{}}(query_batch, gallery_batch, triplets);
    CHECK(oracle::near(result.value, value, 1e-11));
    CHECK(oracle::near(result.gradient, query_gradient, 1e-11));
    CHECK(oracle::near(result.candidate_gradient, back, 1e-11));
}

TEST_CASE("the order of tuples and repetitions do not change a bit of a softmax loss")
{
    const Table queries = oracle::gaussian(5, 6, 24), gallery = oracle::gaussian(12, 6, 25);
    auto triplets = some_triplets(5, 12, 26);
    for (const Denominator denominator : denominators) {
        const mohs::InfoNCE loss{mohs::Cosine{}, {.denominator = denominator}};
        const auto expected = loss(mohs::Batch(queries), mohs::Batch(gallery), list<mohs::Cosine>(triplets));
        for (int turn = 0; turn < 3; ++turn) {
            std::rotate(triplets.begin(), triplets.begin() + 7, triplets.end());
            auto more = triplets;
            more.insert(more.end(), triplets.begin(), triplets.begin() + 9);
            CHECK(oracle::same_bits(loss(mohs::Batch(queries), mohs::Batch(gallery), list<mohs::Cosine>(more)),
                                    expected));
        }
    }
}

TEST_CASE("the smallest temperatures leave a softmax loss over tuples its gradient")
{
    Table rows = oracle::gaussian(8, 4, 27);
    const auto triplets = some_triplets(8, 8, 28);
    for (const Denominator denominator : denominators) {
        const mohs::InfoNCE loss{mohs::Cosine{}, {.temperature = 1e-3, .denominator = denominator}};
        const auto result = loss(mohs::Batch(rows), list<mohs::Cosine>(triplets));
        const Softmax softmax{reference::metric_of<mohs::Cosine>, 1e-3, denominator, Reduction::mean};
        CHECK(oracle::near(result.value, divide(softmax.losses(rows, rows, triplets), Reduction::mean), 1e-11));
        CHECK(oracle::all_finite(result.gradient));
        CHECK(result.gradient.cwiseAbs().maxCoeff() > 1);
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// All of them

namespace {

/// Calls f(loss, tuples) for every loss with every kind of tuples that it takes.
template <class Function>
void each_loss(const std::vector<Triplet>& triplets, const Function& f)
{
    using M = mohs::Cosine;
    std::vector<Pair> positives, negatives;
    for (const Triplet& t : triplets) {
        positives.push_back({t.anchor, t.positive});
        negatives.push_back({t.anchor, t.negative});
    }
    f(mohs::TripletLoss{M{}, {.margin = 2}}, list<M>(triplets));
    f(mohs::ContrastiveLoss{M{}, {.negative_margin = -1}}, list<M>(triplets));
    f(mohs::ContrastiveLoss{M{}, {.negative_margin = -1}}, list<M>(positives, negatives));
    f(mohs::InfoNCE{M{}, {.temperature = 0.5}}, list<M>(triplets));
    f(mohs::InfoNCE{M{}, {.temperature = 0.5}}, list<M>(positives, negatives));
}

}  // namespace

TEST_CASE("every miner feeds a loss")
{
    const reference::Data data = reference::clustered(48, 7, 31);
    const reference::Owned<float> owned(data);
    const mohs::Batch<float> batch = owned.batch();
    const auto check = [&](const auto& result) {
        CHECK(result.value > 0);
        CHECK(result.gradient.norm() > 0);
        CHECK(result.report.active > 0);
        CHECK(oracle::all_finite(result.gradient));
    };
    using M = mohs::Cosine;
    const mohs::TripletLoss triplet{M{}};
    const mohs::ContrastiveLoss contrastive{M{}};
    const mohs::InfoNCE softmax{M{}};
    const auto mined = mohs::TripletMiner{M{}, mohs::AllPositives{}, mohs::SemiHardNegative{}}(batch);
    check(triplet(batch, mined));
    check(contrastive(batch, mined));
    check(softmax(batch, mined));
    const auto listed = mohs::TripletEnumerator{M{}, {.kind = mohs::TripletKind::hard}}(batch);
    check(triplet(batch, listed));
    check(contrastive(batch, listed));
    check(softmax(batch, listed));
    const auto pairs = mohs::PairMiner{M{}, mohs::MultiSimilarity{}}(batch);
    check(contrastive(batch, pairs));
    check(softmax(batch, pairs));
    const auto positives = mohs::NearestNeighbours{M{}, {.k = 2, .among = mohs::Among::positives}}(batch),
               negatives = mohs::NearestNeighbours{M{}, {.k = 5, .among = mohs::Among::negatives}}(batch);
    const mohs::Pairs near = mohs::pairs_of(positives, negatives);
    CHECK(near.positives.size() + near.negatives.size() == near.report.tuples);
    CHECK(near.negatives[7] == Pair{1, negatives.index(1, 2)});
    CHECK(near.negatives.values()[7] == negatives.value(1, 2));
    check(contrastive(batch, near));
    check(softmax(batch, near));
}

TEST_CASE("losses over tuples of 16-bit and float rows are those of the same rows in double")
{
    const reference::Data data = reference::rounded_to<Eigen::half>(reference::gaussian(12, 9, 32));
    const reference::Owned<Eigen::half> half(data);
    const reference::Owned<float> single(data);
    each_loss(some_triplets(12, 12, 33), [&](const auto& loss, const auto& tuples) {
        const auto expected = loss(mohs::Batch(data.rows), tuples);
        const mohs::LossResult<float> found = loss(half.batch(), tuples), same = loss(single.batch(), tuples);
        CHECK(oracle::near(found.value, expected.value, 1e-12));
        CHECK(oracle::near_largest(found.gradient, expected.gradient, 2e-7));
        CHECK(oracle::same_bits(found, same));
        // The gallery may be of another scalar.
        const auto mixed = loss(half.batch(), single.batch(), tuples);
        CHECK(oracle::near(mixed.value, expected.value, 1e-12));
    });
}

TEST_CASE("tuples with rows that are not finite are left out and counted", "[ieee][raises]")
{
    Table rows = oracle::gaussian(12, 4, 34);
    const std::vector<Triplet> good{{0, 1, 8}, {0, 1, 9}, {2, 3, 10}};
    std::vector<Triplet> all = good;
    all.push_back({0, 1, 11});
    all.push_back({4, 5, 11});
    rows.row(11).setConstant(std::numeric_limits<double>::quiet_NaN());
    using M = mohs::Cosine;
    const mohs::InfoNCE softmax{M{}};
    const auto expected = softmax(mohs::Batch(rows), list<M>(good)), found = softmax(mohs::Batch(rows), list<M>(all));
    CHECK(found.value == expected.value);
    CHECK(oracle::same_bits(found.gradient, expected.gradient));
    CHECK(found.report.overflows == 2);
    CHECK(found.report.no_negative == 1);
    CHECK(found.report.valid == 2);
    const mohs::ContrastiveLoss contrastive{M{}, {.reduction = Reduction::none}};
    const auto hinges = contrastive(mohs::Batch(rows), list<M>(all));
    CHECK(hinges.report.overflows == 2);
    CHECK(hinges.report.tuples == 10);
    CHECK(oracle::all_finite(hinges.gradient));
    CHECK(hinges.per_tuple[3] == 1 - mohs::measure(M{}, mohs::Batch(rows), 0, mohs::Batch(rows), 1));
}

TEST_CASE("tuples with rows that do not exist are refused by every loss before any work")
{
    const Table rows = oracle::gaussian(6, 4, 35), wide = oracle::gaussian(6, 5, 36);
    for (const Triplet& bad : {Triplet{6, 1, 2}, Triplet{0, 6, 2}, Triplet{0, 1, 6}, Triplet{0, -1, 2}}) {
        each_loss({{0, 1, 2}, bad}, [&](const auto& loss, const auto& tuples) {
            mohs::Workspace workspace;
            Table gradient = Table::Constant(6, 4, 7);
            CHECK_THROWS_AS(loss(mohs::Batch(rows), tuples, workspace, gradient), std::out_of_range);
            CHECK_THROWS_AS(loss(mohs::Batch(rows), mohs::Batch(rows), tuples), std::out_of_range);
            CHECK((gradient.array() == 7).all());
            CHECK(workspace.capacity() == 0);
        });
    }
    each_loss({{0, 1, 2}}, [&](const auto& loss, const auto& tuples) {
        mohs::Workspace workspace;
        Table gradient = Table::Zero(6, 5);
        std::vector<double> single(77);
        CHECK_THROWS_AS(loss(mohs::Batch(rows), tuples, workspace, gradient), std::invalid_argument);
        CHECK_THROWS_AS(loss(mohs::Batch(rows), mohs::Batch(wide), tuples), std::invalid_argument);
        CHECK_THROWS_AS(loss(mohs::Batch(rows), tuples, workspace, mohs::no_gradient, 1, nullptr, single),
                        std::invalid_argument);
    });
    const mohs::InfoNCE both{mohs::Cosine{}, {.directions = mohs::Directions::both}};
    CHECK(reference::mentions(reference::message_of([&] {
                                  (void)both(mohs::Batch(rows), list<mohs::Cosine>({{0, 1, 2}}));
                              }),
                              {"mohs::InfoNCE", "Directions::both"}));
}

TEST_CASE("no tuples have loss 0 and gradient 0")
{
    const Table rows = oracle::gaussian(4, 3, 37), none(0, 3);
    each_loss({}, [&](const auto& loss, const auto& tuples) {
        const auto result = loss(mohs::Batch(rows), tuples);
        CHECK(result.value == 0);
        CHECK(result.gradient.rows() == 4);
        CHECK(result.gradient.isZero(0));
        const auto across = loss(mohs::Batch(none), mohs::Batch(rows), tuples);
        CHECK(across.value == 0);
        CHECK(across.gradient.rows() == 0);
        CHECK(across.candidate_gradient.isZero(0));
    });
}

TEST_CASE("losses over tuples add to gradients times the scale and report what the miner saw")
{
    const Table queries = oracle::gaussian(5, 4, 38), gallery = oracle::gaussian(12, 4, 39);
    each_loss(some_triplets(5, 12, 40), [&](const auto& loss, auto tuples) {
        tuples.report.anchors = 77;
        tuples.report.overflows = 5;
        const mohs::Batch query_batch(queries), gallery_batch(gallery);
        const auto plain = loss(query_batch, gallery_batch, tuples);
        CHECK(plain.report.anchors == 77);
        CHECK(plain.report.overflows == 0);
        mohs::Workspace workspace;
        for (int turn = 0; turn < 2; ++turn) {
            Table query_gradient = Table::Constant(5, 4, 3), gallery_gradient = Table::Constant(12, 4, -3);
            mohs::Report report;
            CHECK(loss(query_batch, gallery_batch, tuples, workspace, query_gradient, gallery_gradient, 0.5, &report) ==
                  plain.value);
            CHECK(query_gradient.isApprox((0.5 * plain.gradient.array() + 3).matrix(), 1e-13));
            CHECK(gallery_gradient.isApprox((0.5 * plain.candidate_gradient.array() - 3).matrix(), 1e-13));
            CHECK(report.active == plain.report.active);
        }
        Table alone = Table::Zero(12, 4);
        CHECK(loss(query_batch, gallery_batch, tuples, workspace, mohs::no_gradient, alone) == plain.value);
        CHECK(oracle::same_bits(alone, plain.candidate_gradient));
    });
}

TEST_CASE("a loss takes the tuples that it names and those of its own metric")
{
    using Batch = const mohs::Batch<float>&;
    using M = mohs::Cosine;
    using Other = mohs::DotProduct;
    const auto takes = []<class Loss, class Tuples>(const Loss&, const Tuples&) {
        return std::is_invocable_v<const Loss&, Batch, const Tuples&> &&
               std::is_invocable_v<const Loss&, Batch, Batch, const Tuples&> &&
               std::is_invocable_v<const Loss&, Batch, const Tuples&, mohs::Workspace&, mohs::Matrix&>;
    };
    const mohs::TripletLoss triplet{M{}};
    const mohs::ContrastiveLoss contrastive{M{}};
    const mohs::InfoNCE softmax{M{}};
    CHECK(takes(triplet, mohs::Triplets<M>{}));
    CHECK(takes(contrastive, mohs::Triplets<M>{}));
    CHECK(takes(softmax, mohs::Triplets<M>{}));
    CHECK_FALSE(takes(triplet, mohs::Pairs<M>{}));
    CHECK(takes(contrastive, mohs::Pairs<M>{}));
    CHECK(takes(softmax, mohs::Pairs<M>{}));
    CHECK_FALSE(takes(triplet, mohs::Neighbours<M>{}));
    CHECK_FALSE(takes(contrastive, mohs::Neighbours<M>{}));
    CHECK(takes(softmax, mohs::Neighbours<M>{}));
    CHECK_FALSE(takes(contrastive, mohs::Triplets<Other>{}));
    CHECK_FALSE(takes(contrastive, mohs::Pairs<Other>{}));
    CHECK_FALSE(takes(softmax, mohs::Triplets<Other>{}));
    CHECK_FALSE(takes(softmax, mohs::Neighbours<Other>{}));
}
