#include "../catch.hpp"
#include "oracle.hpp"

#include <mohs/loss/triplet.hpp>

#include <stdexcept>
#include <tuple>

namespace {

using mohs::Index;
using mohs::Reduction;
using mohs::Triplet;
using mohs::TripletShape;
using oracle::Metric;
using oracle::Table;

/// triplet.cpp has all of them, and the shape does not depend on the metric.
using Metrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean,
                           mohs::Normalised<mohs::Euclidean>>;

struct Case {
    TripletShape shape;
    bool swap;
};
const std::vector<Case> cases{{TripletShape::hinge, false},
                              {TripletShape::hinge, true},
                              {TripletShape::softplus, false},
                              {TripletShape::softplus, true}};

/// x of f(x), and how far apart the two negatives that `swap` chooses between are.
std::pair<double, double> violation(Metric metric, const Table& anchors, const Table& candidates, const Triplet& t,
                                    double margin, bool swap)
{
    const double positive = reference::value(metric, anchors, t.anchor, candidates, t.positive),
                 from_anchor = reference::value(metric, anchors, t.anchor, candidates, t.negative),
                 from_positive = reference::value(metric, candidates, t.positive, candidates, t.negative);
    double negative = from_anchor;
    if (swap) {
        negative = metric.similarity ? std::max(from_anchor, from_positive) : std::min(from_anchor, from_positive);
    }
    return {(metric.similarity ? negative - positive : positive - negative) + margin,
            swap ? std::abs(from_anchor - from_positive) : 1};
}

std::vector<double> losses(Metric metric, const Table& anchors, const Table& candidates,
                           const std::vector<Triplet>& triplets, double margin, const Case& form)
{
    std::vector<double> result;
    for (const Triplet& t : triplets) {
        const double x = violation(metric, anchors, candidates, t, margin, form.swap).first;
        result.push_back(form.shape == TripletShape::hinge ? std::max(0.0, x) : std::log(1 + std::exp(x)));
    }
    return result;
}

double reduce(const std::vector<double>& losses, Reduction reduction)
{
    double sum = 0, active = 0;
    for (const double loss : losses) {
        sum += loss;
        active += loss > 0;
    }
    return reduction == Reduction::mean          ? sum / static_cast<double>(losses.size())
           : reduction == Reduction::mean_active ? (active > 0 ? sum / active : 0)
                                                 : sum;
}

/// Triplets away from the kinks, so that no difference quotient crosses one.
std::vector<Triplet> some_triplets(Metric metric, const Table& anchors, const Table& candidates, bool self,
                                   double margin)
{
    reference::Generator generator(5);
    std::vector<Triplet> result;
    while (result.size() < 30) {
        const Triplet t{reference::uniform_below(generator, anchors.rows()),
                        reference::uniform_below(generator, candidates.rows()),
                        reference::uniform_below(generator, candidates.rows())};
        const auto [x, apart] = violation(metric, anchors, candidates, t, margin, true);
        const double plain = violation(metric, anchors, candidates, t, margin, false).first;
        if (t.positive != t.negative && !(self && (t.anchor == t.positive || t.anchor == t.negative)) &&
            std::abs(x) > 1e-2 && std::abs(plain) > 1e-2 && apart > 1e-2) {
            result.push_back(t);
        }
    }
    return result;
}

void check_across(Metric metric, Table queries, Table gallery, const std::vector<Triplet>& triplets, double margin,
                  const Case& form, Reduction reduction, const mohs::LossResult<double>& result)
{
    const auto expected = [&] { return reduce(losses(metric, queries, gallery, triplets, margin, form), reduction); };
    CHECK(oracle::near(result.value, expected(), 1e-12));
    CHECK(oracle::near(result.gradient, oracle::differences(queries, expected)));
    CHECK(oracle::near(result.candidate_gradient, oracle::differences(gallery, expected)));
}

void check_within(Metric metric, Table batch, const std::vector<Triplet>& triplets, double margin, const Case& form,
                  Reduction reduction, const mohs::LossResult<double>& result)
{
    const auto expected = [&] { return reduce(losses(metric, batch, batch, triplets, margin, form), reduction); };
    CHECK(oracle::near(result.value, expected(), 1e-12));
    CHECK(oracle::near(result.gradient, oracle::differences(batch, expected)));
}

template <class M>
mohs::Triplets<M> list(const std::vector<Triplet>& triplets)
{
    mohs::Triplets<M> result;
    for (const Triplet& t : triplets) {
        result.add(t, 0, 0);
    }
    return result;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("every shape of the triplet loss with or without swap follows its definition", "", Metrics)
{
    constexpr Metric metric = reference::metric_of<TestType>;
    constexpr double margin = metric.normalised ? 0.3 : 1;
    const Table queries = oracle::gaussian(7, 5, 1), gallery = oracle::gaussian(9, 5, 2),
                batch = oracle::gaussian(10, 5, 3);
    const std::vector<Triplet> across = some_triplets(metric, queries, gallery, false, margin),
                               within = some_triplets(metric, batch, batch, true, margin);
    for (const Case& form : cases) {
        for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::mean_active, Reduction::none}) {
            const mohs::TripletLoss loss{
                TestType{}, {.margin = margin, .reduction = reduction, .shape = form.shape, .swap = form.swap}};
            check_across(metric, queries, gallery, across, margin, form, reduction,
                         loss(mohs::Batch(queries), mohs::Batch(gallery), list<TestType>(across)));
            check_within(metric, batch, within, margin, form, reduction,
                         loss(mohs::Batch(batch), list<TestType>(within)));
        }
    }
}

TEST_CASE("only the reduction none returns the single losses")
{
    const Table rows = oracle::gaussian(8, 4, 4);
    const std::vector<Triplet> triplets = some_triplets(reference::metric_of<mohs::Euclidean>, rows, rows, true, 0.5);
    for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::mean_active}) {
        const mohs::TripletLoss loss{mohs::Euclidean{}, {.margin = 0.5, .reduction = reduction}};
        CHECK(loss(mohs::Batch(rows), list<mohs::Euclidean>(triplets)).per_tuple.empty());
    }
    const mohs::TripletLoss loss{mohs::Euclidean{}, {.margin = 0.5, .reduction = Reduction::none}};
    const auto result = loss(mohs::Batch(rows), list<mohs::Euclidean>(triplets));
    const std::vector<double> expected =
        losses(reference::metric_of<mohs::Euclidean>, rows, rows, triplets, 0.5, {TripletShape::hinge, false});
    REQUIRE(result.per_tuple.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(std::abs(result.per_tuple[i] - expected[i]) <= 1e-13);
    }
}

TEST_CASE("single losses are given for any reduction into a buffer of the right size")
{
    const Table rows = oracle::gaussian(8, 4, 4);
    const auto triplets = list<mohs::Euclidean>({{0, 1, 2}, {3, 4, 5}});
    const mohs::TripletLoss loss{mohs::Euclidean{}, {.margin = 2, .reduction = Reduction::mean}};
    mohs::Workspace workspace;
    std::vector<double> single(2), wrong(3);
    const double value =
        loss(mohs::Batch(rows), triplets, workspace, mohs::no_gradient, 1, nullptr, std::span<double>(single));
    CHECK(oracle::near(value, (single[0] + single[1]) / 2, 1e-15));
    CHECK_THROWS_AS(
        loss(mohs::Batch(rows), triplets, workspace, mohs::no_gradient, 1, nullptr, std::span<double>(wrong)),
        std::invalid_argument);
}

TEST_CASE("softplus neither overflows nor loses small losses")
{
    // One column: distances are exact.
    const auto result = [](double positive, double negative) {
        const Table rows{{0}, {positive}, {negative}};
        const mohs::TripletLoss loss{mohs::Euclidean{},
                                     {.margin = 0, .reduction = Reduction::sum, .shape = TripletShape::softplus}};
        return loss(mohs::Batch(rows), list<mohs::Euclidean>({{0, 1, 2}}));
    };
    const auto violated = result(5000, 1);
    CHECK(violated.value == 4999);
    CHECK(oracle::near(violated.gradient, Table{{0}, {1}, {-1}}, 1e-15));
    const auto satisfied = result(1, 101);
    CHECK(oracle::near(satisfied.value, std::exp(-100.0), 1e-12));
    CHECK(oracle::near(satisfied.gradient(1, 0), std::exp(-100.0), 1e-12));
    CHECK(satisfied.report.active == 1);
    const auto far = result(1, 5000);
    CHECK(far.value == 0);
    CHECK(far.report.active == 0);
}

TEST_CASE("swap takes the negative from the anchor where both are equal")
{
    // The negative is as far from the anchor as from the positive.
    const Table rows{{-1, 0}, {1, 0}, {0, 1}};
    const auto triplets = list<mohs::Euclidean>({{0, 1, 2}});
    const mohs::TripletLoss swapped{mohs::Euclidean{}, {.margin = 1, .swap = true}},
        plain{mohs::Euclidean{}, {.margin = 1}};
    CHECK(
        oracle::same_bits(swapped(mohs::Batch(rows), triplets).gradient, plain(mohs::Batch(rows), triplets).gradient));
}

TEST_CASE("a gradient that nobody wants is not needed for the value and the other one")
{
    const Table queries = oracle::gaussian(4, 3, 6), gallery = oracle::gaussian(5, 3, 7);
    const auto triplets = list<mohs::Cosine>({{0, 1, 2}, {3, 4, 0}});
    const mohs::TripletLoss loss{mohs::Cosine{}, {.margin = 1}};
    const auto full = loss(mohs::Batch(queries), mohs::Batch(gallery), triplets);
    Table gradient = Table::Zero(4, 3), candidate_gradient = Table::Zero(5, 3);
    mohs::Workspace workspace;
    CHECK(loss(mohs::Batch(queries), mohs::Batch(gallery), triplets, workspace, gradient, mohs::no_gradient) ==
          full.value);
    CHECK(loss(mohs::Batch(queries), mohs::Batch(gallery), triplets, workspace, mohs::no_gradient,
               candidate_gradient) == full.value);
    CHECK(oracle::same_bits(gradient, full.gradient));
    CHECK(oracle::same_bits(candidate_gradient, full.candidate_gradient));
}

TEST_CASE("a report that is used again does not change the next value")
{
    const Table rows = oracle::gaussian(8, 4, 8);
    const auto triplets = list<mohs::Euclidean>({{0, 1, 2}, {3, 4, 5}, {6, 7, 0}});
    const mohs::TripletLoss loss{mohs::Euclidean{}, {.margin = 2}};
    mohs::Workspace workspace;
    mohs::Report report;
    const double first = loss(mohs::Batch(rows), triplets, workspace, mohs::no_gradient, 1, &report);
    const mohs::Index active = report.active;
    CHECK(loss(mohs::Batch(rows), triplets, workspace, mohs::no_gradient, 1, &report) == first);
    CHECK(report.active == active);
    CHECK(active > 0);
}

TEST_CASE("a triplet whose swapped pair is not finite is left out", "[ieee][raises]")
{
    // Both pairs of the anchor are finite, that of positive and negative overflows even a double.
    Table rows = oracle::gaussian(3, 2, 9);
    rows.row(1).setConstant(-1e308);
    rows.row(2).setConstant(1e308);
    rows.row(0).setZero();
    const auto triplets = list<mohs::Euclidean>({{0, 1, 2}});
    const mohs::TripletLoss loss{mohs::Euclidean{}, {.margin = 1, .reduction = Reduction::none, .swap = true}};
    const auto result = loss(mohs::Batch(rows), triplets);
    CHECK(result.value == 0);
    CHECK(result.report.overflows == 1);
    CHECK(result.per_tuple == std::vector<double>{0});
    CHECK(result.gradient.isZero(0));
}
