// Covers detail/loss/loss_terms.hpp, detail/loss/row_gradient.hpp, detail/loss/triplet_term.hpp.

#include "../catch.hpp"
#include "oracle.hpp"

#include <mohs/loss/triplet.hpp>
#include <mohs/mining/negative/random_negative.hpp>
#include <mohs/mining/positive/random_positive.hpp>
#include <mohs/mining/triplet_miner.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace {

using mohs::Index;
using mohs::Reduction;
using mohs::Triplet;
using oracle::differences;
using oracle::near;
using reference::Data;
using reference::Metric;
using reference::Table;

using Metrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean,
                           mohs::Normalised<mohs::Euclidean>, mohs::Normalised<mohs::SquaredEuclidean>,
                           mohs::Normalised<mohs::DotProduct>>;

constexpr std::array reductions{Reduction::mean, Reduction::sum, Reduction::mean_active};

/// Margin at which about half of the triplets of Gaussian rows are active.
template <class M>
constexpr double some_margin = reference::is_normalised<M> ? 0.3 : 1.5;

/// Loss of one triplet, before the hinge.
double gap(Metric metric, const Table& anchors, const Table& candidates, const Triplet& triplet, double margin)
{
    const double positive = reference::value(metric, anchors, triplet.anchor, candidates, triplet.positive),
                 negative = reference::value(metric, anchors, triplet.anchor, candidates, triplet.negative);
    return (metric.similarity ? negative - positive : positive - negative) + margin;
}

double expected_value(Metric metric, const Table& anchors, const Table& candidates,
                      const std::vector<Triplet>& triplets, double margin, Reduction reduction)
{
    double sum = 0, active = 0;
    for (const Triplet& triplet : triplets) {
        const double loss = std::max(0.0, gap(metric, anchors, candidates, triplet, margin));
        sum += loss;
        active += loss > 0 ? 1 : 0;
    }
    const double divisor = reduction == Reduction::sum    ? 1
                           : reduction == Reduction::mean ? static_cast<double>(triplets.size())
                                                          : active;
    return divisor > 0 ? sum / divisor : 0;
}

/// Triplets of random rows, among them some that share rows. None is close enough to the hinge for a difference
/// quotient to cross it.
std::vector<Triplet> random_triplets(Metric metric, const Table& anchors, const Table& candidates, bool self,
                                     double margin)
{
    reference::Generator generator(21);
    std::vector<Triplet> result;
    while (result.size() < 40) {
        const Triplet triplet{reference::uniform_below(generator, anchors.rows()),
                              reference::uniform_below(generator, candidates.rows()),
                              reference::uniform_below(generator, candidates.rows())};
        const bool repeats = triplet.positive == triplet.negative ||
                             (self && (triplet.anchor == triplet.positive || triplet.anchor == triplet.negative));
        if (!repeats && std::abs(gap(metric, anchors, candidates, triplet, margin)) > 1e-2) {
            result.push_back(triplet);
        }
    }
    return result;
}

template <class M>
mohs::Triplets<M> triplets_of(const std::vector<Triplet>& list)
{
    mohs::Triplets<M> result;
    for (const Triplet& triplet : list) {
        // The loss computes its values itself: those of the miner are not its input.
        result.add(triplet, -12345, 54321);
    }
    return result;
}

Table random_rows(Index rows, Index dimension, std::uint64_t seed)
{
    reference::Generator generator(seed);
    return reference::gaussian_rows(rows, dimension, generator);
}

/// The loss of rows times `factor`, a power of two, against that of the rows themselves. Powers of two are exact, so
/// only the last bits differ.
template <class M, class Scalar>
void check_lengths(M metric, const mohs::MatrixOf<Scalar>& rows, Scalar factor)
{
    const Table exact = rows.template cast<double>();
    const auto triplets = triplets_of<M>(random_triplets(reference::metric_of<M>, exact, exact, true, 0.3));
    const mohs::TripletLoss loss{metric, {.margin = 0.3}};
    const mohs::MatrixOf<Scalar> longer = rows * factor;
    const auto plain = loss(mohs::Batch(rows), triplets), scaled = loss(mohs::Batch(longer), triplets);
    INFO("rows times " << factor << ", " << M::name);
    CHECK(near(scaled.value, plain.value, 1e-12));
    CHECK((scaled.gradient * factor).eval().isApprox(plain.gradient, Scalar(1e-6)));
    CHECK(scaled.report.overflows == 0);
}

/// Value and gradient of a loss within a batch.
void check_within(Metric metric, Table rows, const std::vector<Triplet>& triplets, double margin, Reduction reduction,
                  const mohs::LossResult<double>& result)
{
    const auto expected = [&] { return expected_value(metric, rows, rows, triplets, margin, reduction); };
    CHECK(near(result.value, expected(), 1e-12));
    Table gradient = differences(rows, expected);
    for (Index row = 0; row < rows.rows(); ++row) {
        if (metric.normalised && rows.row(row).isZero(0)) {
            // A zero row has no direction to differentiate in: its gradient is 0 by definition.
            gradient.row(row).setZero();
            CHECK(result.gradient.row(row).isZero(0));
        }
    }
    CHECK(near(result.gradient, gradient));
    CHECK(result.candidate_gradient.size() == 0);
}

void check_across(Metric metric, Table queries, Table gallery, const std::vector<Triplet>& triplets, double margin,
                  Reduction reduction, const mohs::LossResult<double>& result)
{
    const auto expected = [&] { return expected_value(metric, queries, gallery, triplets, margin, reduction); };
    CHECK(near(result.value, expected(), 1e-12));
    CHECK(near(result.gradient, differences(queries, expected)));
    CHECK(near(result.candidate_gradient, differences(gallery, expected)));
}

}

TEMPLATE_LIST_TEST_CASE("triplet loss within a batch follows its definition", "", Metrics)
{
    constexpr Metric metric = reference::metric_of<TestType>;
    constexpr double margin = some_margin<TestType>;
    const Table rows = random_rows(12, 5, 22);
    const std::vector<Triplet> triplets = random_triplets(metric, rows, rows, true, margin);
    for (const Reduction reduction : reductions) {
        const mohs::TripletLoss loss{TestType{}, {.margin = margin, .reduction = reduction}};
        check_within(metric, rows, triplets, margin, reduction,
                     loss(mohs::Batch(rows), triplets_of<TestType>(triplets)));
    }
}

TEMPLATE_LIST_TEST_CASE("triplet loss of queries and a gallery follows its definition on both sides", "", Metrics)
{
    constexpr Metric metric = reference::metric_of<TestType>;
    constexpr double margin = some_margin<TestType>;
    const Table queries = random_rows(7, 5, 23), gallery = random_rows(11, 5, 24);
    const std::vector<Triplet> triplets = random_triplets(metric, queries, gallery, false, margin);
    for (const Reduction reduction : reductions) {
        const mohs::TripletLoss loss{TestType{}, {.margin = margin, .reduction = reduction}};
        check_across(metric, queries, gallery, triplets, margin, reduction,
                     loss(mohs::Batch(queries), mohs::Batch(gallery), triplets_of<TestType>(triplets)));
    }
}

TEMPLATE_LIST_TEST_CASE("triplet loss follows its definition where other rows of the triplets are zero", "", Metrics)
{
    constexpr Metric metric = reference::metric_of<TestType>;
    constexpr double margin = some_margin<TestType>;
    Table rows = random_rows(9, 5, 25);
    rows.row(2).setZero();
    rows.row(7).setZero();
    const std::vector<Triplet> triplets = random_triplets(metric, rows, rows, true, margin);
    const mohs::TripletLoss loss{TestType{}, {.margin = margin, .reduction = Reduction::sum}};
    check_within(metric, rows, triplets, margin, Reduction::sum,
                 loss(mohs::Batch(rows), triplets_of<TestType>(triplets)));
}

namespace {

void check_coinciding(Metric metric, Table rows, double margin, const mohs::LossResult<double>& result)
{
    // A distance has no derivative at 0, and 0 is taken; similarities are smooth there.
    const auto expected = [&] {
        return metric.similarity ? gap(metric, rows, rows, {0, 1, 2}, margin)
                                 : margin - reference::value(metric, rows, 0, rows, 2);
    };
    CHECK(near(result.value, expected(), 1e-12));
    CHECK(oracle::all_finite(result.gradient));
    CHECK(near(result.gradient, differences(rows, expected)));
}

}

TEMPLATE_LIST_TEST_CASE("a pair at distance 0 adds nothing to the gradient", "", Metrics)
{
    constexpr double margin = 100;
    Table rows = random_rows(3, 4, 26);
    rows.row(1) = rows.row(0);
    const mohs::TripletLoss loss{TestType{}, {.margin = margin, .reduction = Reduction::sum}};
    check_coinciding(reference::metric_of<TestType>, rows, margin,
                     loss(mohs::Batch(rows), triplets_of<TestType>({{0, 1, 2}})));
}

TEST_CASE("triplets of three equal rows give a finite loss and no gradient for distances")
{
    const mohs::Matrix rows = mohs::Matrix::Constant(3, 4, 0.7F);
    const auto check = [&](auto metric) {
        using M = decltype(metric);
        const auto result =
            mohs::TripletLoss{metric, {.margin = 0.25}}(mohs::Batch(rows), triplets_of<M>({{0, 1, 2}, {1, 2, 0}}));
        CHECK(result.value == 0.25);
        CHECK(result.gradient.isZero(0));
        CHECK(result.report.active == 2);
    };
    check(mohs::Euclidean{});
    check(mohs::SquaredEuclidean{});
    check(mohs::Normalised<mohs::Euclidean>{});
    check(mohs::Normalised<mohs::SquaredEuclidean>{});
}

TEST_CASE("triplet loss of a right triangle")
{
    // |a - p| = 5, |a - n| = 2, margin 1: loss 4; unit vectors from p and n to a: (-0.6, -0.8) and (0, -1).
    const mohs::Matrix rows{{0, 0}, {3, 4}, {0, 2}};
    const auto triplets = triplets_of<mohs::Euclidean>({{0, 1, 2}});
    const auto result = mohs::TripletLoss{mohs::Euclidean{}, {.margin = 1}}(mohs::Batch(rows), triplets);
    CHECK(result.value == Approx(4).epsilon(1e-15));
    const mohs::Matrix expected{{-0.6F, 0.2F}, {0.6F, 0.8F}, {0, -1}};
    CHECK((result.gradient - expected).cwiseAbs().maxCoeff() <= 1e-7F);
}

TEST_CASE("the defaults of TripletLoss are margin 0.2 and the mean over active triplets")
{
    const mohs::Matrix rows{{0}, {1}, {1.1F}, {9}};
    const auto triplets = triplets_of<mohs::Euclidean>({{0, 1, 2}, {0, 1, 3}});
    const auto result = mohs::TripletLoss{mohs::Euclidean{}}(mohs::Batch(rows), triplets);
    // 1 - 1.1 + 0.2, with 1.1 in float; the other triplet is not active.
    CHECK(near(result.value, 1 - static_cast<double>(1.1F) + 0.2, 1e-12));
    CHECK(result.report.active == 1);
    CHECK(result.report.tuples == 2);
    CHECK(result.report.active_share() == 0.5);
}

namespace {

void check_nothing_active(const mohs::LossResult<float>& result)
{
    CHECK(result.value == 0);
    CHECK(result.gradient.rows() == 3);
    CHECK(result.gradient.isZero(0));
    CHECK(result.report.active == 0);
    CHECK(result.report.tuples == 2);
    CHECK(result.report.active_share() == 0);
}

void check_no_triplets(const mohs::LossResult<float>& some, const mohs::LossResult<float>& empty)
{
    CHECK(some.value == 0);
    CHECK(some.gradient.rows() == 4);
    CHECK(some.gradient.cols() == 3);
    CHECK(some.gradient.isZero(0));
    CHECK(empty.value == 0);
    CHECK(empty.gradient.rows() == 0);
    CHECK(empty.candidate_gradient.rows() == 4);
    CHECK(empty.candidate_gradient.isZero(0));
}

}

TEMPLATE_LIST_TEST_CASE("triplets that satisfy the margin have loss 0 and no gradient", "", Metrics)
{
    // Positives equal their anchors, negatives are opposite.
    const mohs::Matrix rows{{1, 2}, {1, 2}, {-1, -2}};
    const auto triplets = triplets_of<TestType>({{0, 1, 2}, {1, 0, 2}});
    for (const Reduction reduction : reductions) {
        check_nothing_active(
            mohs::TripletLoss{TestType{}, {.margin = 0.5, .reduction = reduction}}(mohs::Batch(rows), triplets));
    }
}

TEMPLATE_LIST_TEST_CASE("no triplets have loss 0 and gradient 0", "", Metrics)
{
    const mohs::Matrix rows = random_rows(4, 3, 41).cast<float>(), none(0, 3);
    const mohs::Triplets<TestType> no_triplets;
    for (const Reduction reduction : reductions) {
        const mohs::TripletLoss loss{TestType{}, {.reduction = reduction}};
        check_no_triplets(loss(mohs::Batch(rows), no_triplets),
                          loss(mohs::Batch(none), mohs::Batch(rows), no_triplets));
    }
}

namespace {

/// Sums are in double, and rounded to float once.
void check_rounded_once(const mohs::LossResult<float>& result, const mohs::LossResult<double>& exact)
{
    CHECK(near(result.value, exact.value, 1e-12));
    CHECK(((result.gradient.cast<double>() - exact.gradient).array().abs() <=
           1.2e-7 * exact.gradient.array().abs() + 1e-12)
              .all());
}

template <class Scalar, class M>
void check_scalar()
{
    const Data data = reference::rounded_to<Scalar>(reference::gaussian(20, 9, 27));
    const reference::Owned<Scalar> owned(data);
    const auto triplets =
        triplets_of<M>(random_triplets(reference::metric_of<M>, data.rows, data.rows, true, some_margin<M>));
    const mohs::TripletLoss loss{M{}, {.margin = some_margin<M>}};
    check_rounded_once(loss(owned.batch(), triplets), loss(mohs::Batch(data.rows), triplets));
}

}

TEST_CASE("triplet loss of other scalars is that of the same rows in double")
{
    check_scalar<float, mohs::Normalised<mohs::Euclidean>>();
    check_scalar<float, mohs::Euclidean>();
    check_scalar<float, mohs::DotProduct>();
    // Nothing but how rows are read depends on the scalar too.
    check_scalar<Eigen::half, mohs::Normalised<mohs::Euclidean>>();
    check_scalar<Eigen::bfloat16, mohs::Normalised<mohs::Euclidean>>();
}

TEST_CASE("queries and gallery may have different scalars of one compute type")
{
    const Data queries = reference::gaussian(6, 5, 28),
               gallery = reference::rounded_to<Eigen::half>(reference::gaussian(8, 5, 29));
    const reference::Owned<float> query_rows(queries);
    const reference::Owned<Eigen::half> gallery_rows(gallery);
    using M = mohs::Cosine;
    const auto triplets =
        triplets_of<M>(random_triplets(reference::metric_of<M>, queries.rows, gallery.rows, false, 0.3));
    const mohs::TripletLoss loss{M{}, {.margin = 0.3}};
    const mohs::LossResult<float> result = loss(query_rows.batch(), gallery_rows.batch(), triplets);
    const mohs::LossResult<double> exact = loss(mohs::Batch(queries.rows), mohs::Batch(gallery.rows), triplets);
    CHECK(near(result.value, exact.value, 1e-12));
    CHECK(result.gradient.isApprox(exact.gradient.cast<float>(), 1e-6F));
    CHECK(result.candidate_gradient.isApprox(exact.candidate_gradient.cast<float>(), 1e-6F));
}

TEST_CASE("the gradient is added to any Eigen layout times the scale")
{
    const Data data = reference::gaussian(10, 4, 30);
    const reference::Owned<float> owned(data);
    using M = mohs::Normalised<mohs::Euclidean>;
    const auto triplets = triplets_of<M>(random_triplets(reference::metric_of<M>, data.rows, data.rows, true, 0.3));
    const mohs::TripletLoss loss{M{}, {.margin = 0.3}};
    const mohs::LossResult<float> plain = loss(owned.batch(), triplets);
    const mohs::Matrix before = random_rows(10, 4, 31).cast<float>();
    const mohs::Matrix after = before - 2.5F * plain.gradient;
    mohs::Workspace workspace;
    // Two roundings to float of numbers of order 1.
    const auto is_after = [&](const auto& found) { return (found - after).cwiseAbs().maxCoeff() <= 4e-7F; };
    REQUIRE(plain.gradient.cwiseAbs().maxCoeff() > 1e-2F);

    mohs::Matrix by_row = before;
    CHECK(loss(owned.batch(), triplets, workspace, by_row, -2.5) == plain.value);
    CHECK(is_after(by_row));

    Eigen::MatrixXf by_column = before;
    CHECK(loss(owned.batch(), triplets, workspace, by_column, -2.5) == plain.value);
    CHECK(is_after(by_column));

    mohs::Matrix around = mohs::Matrix::Constant(13, 9, 77);
    around.block(2, 3, 10, 4) = before;
    CHECK(loss(owned.batch(), triplets, workspace, around.block(2, 3, 10, 4), -2.5) == plain.value);
    CHECK(is_after(around.block(2, 3, 10, 4)));
    around.block(2, 3, 10, 4).setConstant(77);
    CHECK((around.array() == 77).all());

    std::vector<float> memory(200, 88);
    Eigen::Map<mohs::Matrix, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> map(
        memory.data(), 10, 4, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(20, 3));
    map = before;
    CHECK(loss(owned.batch(), triplets, workspace, map, -2.5) == plain.value);
    CHECK(is_after(map));
    map.setConstant(88);
    CHECK(std::count(memory.begin(), memory.end(), 88.0F) == 200);

    Eigen::MatrixXf reference_to = before;
    Eigen::Ref<Eigen::MatrixXf> ref(reference_to);
    CHECK(loss(owned.batch(), triplets, workspace, ref, -2.5) == plain.value);
    CHECK(is_after(ref));

    mohs::MatrixOf<double> wider = before.cast<double>();
    CHECK(loss(owned.batch(), triplets, workspace, wider, -2.5) == plain.value);
    CHECK(is_after(wider.cast<float>()));
}

TEST_CASE("both gradients of queries and gallery are added times the scale")
{
    const Data queries = reference::gaussian(6, 4, 32), gallery = reference::gaussian(7, 4, 33);
    using M = mohs::SquaredEuclidean;
    const auto triplets =
        triplets_of<M>(random_triplets(reference::metric_of<M>, queries.rows, gallery.rows, false, 1.5));
    const mohs::TripletLoss loss{M{}, {.margin = 1.5, .reduction = Reduction::sum}};
    const mohs::Batch query_batch(queries.rows), gallery_batch(gallery.rows);
    const auto plain = loss(query_batch, gallery_batch, triplets);
    Table query_gradient = Table::Constant(6, 4, 3), gallery_gradient = Table::Constant(7, 4, -3);
    mohs::Workspace workspace;
    mohs::Report report;
    CHECK(loss(query_batch, gallery_batch, triplets, workspace, query_gradient, gallery_gradient, 0.5, &report) ==
          plain.value);
    CHECK(query_gradient.isApprox((0.5 * plain.gradient.array() + 3).matrix(), 1e-13));
    CHECK(gallery_gradient.isApprox((0.5 * plain.candidate_gradient.array() - 3).matrix(), 1e-13));
    CHECK(report.tuples == 40);
    CHECK(report.active == plain.report.active);
}

TEST_CASE("a loss with scale 0 leaves the gradient as it is")
{
    const Data data = reference::gaussian(10, 4, 34);
    const auto triplets =
        triplets_of<mohs::Cosine>(random_triplets(reference::metric_of<mohs::Cosine>, data.rows, data.rows, true, 0.3));
    Table gradient = Table::Constant(10, 4, 5);
    mohs::Workspace workspace;
    const mohs::TripletLoss loss{mohs::Cosine{}, {.margin = 0.3}};
    const mohs::Batch batch(data.rows);
    CHECK(loss(batch, triplets, workspace, gradient, 0) == loss(batch, triplets).value);
    CHECK((gradient.array() == 5).all());
}

TEST_CASE("the same triplets give the same bits whatever the workspace held")
{
    const Data data = reference::clustered(40, 7, 35);
    const reference::Owned<float> owned(data);
    using M = mohs::Normalised<mohs::Euclidean>;
    const auto triplets = mohs::TripletMiner{M{}, mohs::RandomPositive{1}, mohs::RandomNegative{2}}(owned.batch());
    REQUIRE(triplets.size() > 20);
    const mohs::TripletLoss loss{M{}, {.margin = 2}};
    const auto first = loss(owned.batch(), triplets);
    REQUIRE(first.report.active > 5);
    mohs::Workspace workspace;
    for (int repeat = 0; repeat < 3; ++repeat) {
        {
            const mohs::Workspace::Frame frame(workspace);
            const auto dirt = workspace.take<unsigned char>(1 << 16, static_cast<unsigned char>(0xA5 + repeat));
            REQUIRE(dirt[0] != 0);
        }
        mohs::Matrix gradient = mohs::Matrix::Zero(40, 7);
        const double value = loss(owned.batch(), triplets, workspace, gradient);
        CHECK(std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(first.value));
        CHECK(gradient == first.gradient);
    }
}

TEST_CASE("the triplet loss of normalised rows does not change with their lengths and its gradient does inversely")
{
    const Data data = reference::gaussian(12, 6, 36);
    for (const float factor : {0x1p-100F, 0x1p100F}) {
        check_lengths(mohs::Normalised<mohs::Euclidean>{}, data.as<float>(), factor);
        check_lengths(mohs::Cosine{}, data.as<float>(), factor);
    }
}

TEST_CASE("the triplet loss of normalised rows does not change where their squares do not fit a double", "[raises]")
{
    const Data data = reference::gaussian(12, 6, 36);
    for (const double factor : {0x1p-900, 0x1p-600, 0x1p600, 0x1p900}) {
        check_lengths(mohs::Normalised<mohs::Euclidean>{}, data.rows, factor);
        check_lengths(mohs::Cosine{}, data.rows, factor);
    }
}

TEST_CASE("distances of huge and tiny rows have gradients of the right size", "[raises]")
{
    // Unsquared distances: gradients are unit vectors whatever the magnitude, also where squares of doubles overflow or
    // vanish.
    const Data data = reference::gaussian(12, 6, 37);
    const auto list = random_triplets(reference::metric_of<mohs::Euclidean>, data.rows, data.rows, true, 0);
    const mohs::TripletLoss loss{mohs::Euclidean{}, {.margin = 0}};
    const auto plain = loss(mohs::Batch(data.rows), triplets_of<mohs::Euclidean>(list));
    REQUIRE(plain.report.active > 5);
    for (const double factor : {0x1p-900, 0x1p-600, 0x1p600, 0x1p900}) {
        const Table rows = data.rows * factor;
        const auto scaled = loss(mohs::Batch(rows), triplets_of<mohs::Euclidean>(list));
        CHECK(near(scaled.value / factor, plain.value, 1e-12));
        CHECK(scaled.gradient.isApprox(plain.gradient, 1e-12));
    }
}

TEST_CASE("near-duplicates keep the digits of their distance")
{
    // a - b is exact, |a|^2 - 2 a b + |b|^2 would be 0.
    const mohs::MatrixOf<double> rows{{1e8, 1}, {1e8, 1 + 1e-7}, {1e8 + 1, 1}};
    const auto result = mohs::TripletLoss{mohs::SquaredEuclidean{}, {.margin = 1}}(
        mohs::Batch(rows), triplets_of<mohs::SquaredEuclidean>({{0, 1, 2}}));
    const double difference = (1 + 1e-7) - 1;
    CHECK(near(result.value, difference * difference, 1e-12 * 1e14));
    CHECK(near(result.gradient(1, 1), 2 * difference, 1e-12));
}

TEST_CASE("triplets with rows that are not finite are left out and counted", "[ieee][raises]")
{
    Data data = reference::gaussian(8, 4, 38);
    const std::vector<Triplet> good{{0, 1, 2}, {3, 4, 5}, {2, 3, 0}};
    std::vector<Triplet> all = good;
    all.insert(all.begin() + 1, {6, 1, 2});
    all.push_back({0, 6, 2});
    all.push_back({0, 1, 7});
    data.rows.row(6).setConstant(std::bit_cast<double>(0x7ff8000000000000U));
    data.rows(7, 2) = std::bit_cast<double>(0x7ff0000000000000U);
    const reference::Owned<float> owned(data);
    const auto check = [&](auto metric) {
        using M = decltype(metric);
        for (const Reduction reduction : reductions) {
            const mohs::TripletLoss loss{metric, {.margin = 3, .reduction = reduction}};
            const auto expected = loss(owned.batch(), triplets_of<M>(good)),
                       result = loss(owned.batch(), triplets_of<M>(all));
            CHECK(result.value == expected.value);
            CHECK(result.gradient == expected.gradient);
            CHECK(result.report.overflows == 3);
            CHECK(result.report.tuples == 6);
            CHECK(result.report.active == expected.report.active);
            CHECK(expected.report.overflows == 0);
            CHECK(expected.report.active > 0);
        }
    };
    check(mohs::Cosine{});
    check(mohs::DotProduct{});
    check(mohs::Euclidean{});
    check(mohs::Normalised<mohs::SquaredEuclidean>{});
}

TEST_CASE("gradients that do not fit float are counted", "[raises]")
{
    const Data data = reference::gaussian(4, 3, 39);
    const mohs::Matrix tiny = data.as<float>() * 1e-30F;
    const auto triplets = triplets_of<mohs::Cosine>({{0, 1, 2}});
    const mohs::TripletLoss loss{mohs::Cosine{}, {.margin = 2}};
    mohs::Workspace workspace;
    mohs::Report report;
    mohs::Matrix gradient = mohs::Matrix::Zero(4, 3);
    loss(mohs::Batch(tiny), triplets, workspace, gradient, 1, &report);
    CHECK(report.overflows == 0);
    loss(mohs::Batch(tiny), triplets, workspace, gradient, 1e20, &report);
    // Three rows of three elements, all of them of order 1e50.
    CHECK(report.overflows == 9);
}

TEST_CASE("a report that has seen a step does not change the next one")
{
    const Data data = reference::gaussian(10, 4, 40);
    const auto triplets =
        triplets_of<mohs::Cosine>(random_triplets(reference::metric_of<mohs::Cosine>, data.rows, data.rows, true, 0.3));
    const mohs::Batch batch(data.rows);
    for (const Reduction reduction : reductions) {
        const mohs::TripletLoss loss{mohs::Cosine{}, {.margin = 0.3, .reduction = reduction}};
        const auto fresh = loss(batch, triplets);
        mohs::Workspace workspace;
        mohs::Report report;
        for (int step = 0; step < 2; ++step) {
            Table gradient = Table::Zero(10, 4);
            CHECK(loss(batch, triplets, workspace, gradient, 1, &report) == fresh.value);
            CHECK(gradient == fresh.gradient);
            CHECK(report.active_share() == fresh.report.active_share());
        }
    }
}

TEST_CASE("the report of a loss holds what the miner saw")
{
    const mohs::Matrix rows{{0}, {1}, {1.1F}, {9}};
    auto triplets = triplets_of<mohs::Euclidean>({{0, 1, 2}, {0, 1, 3}});
    triplets.report.anchors = 77;
    triplets.report.no_positive = 75;
    triplets.report.overflows = 9;
    triplets.report.positive.median = 1;
    const mohs::Report report = mohs::TripletLoss{mohs::Euclidean{}}(mohs::Batch(rows), triplets).report;
    CHECK(report.anchors == 77);
    CHECK(report.no_positive == 75);
    CHECK(report.positive.median == 1);
    CHECK(report.tuples == 2);
    CHECK(report.active == 1);
    CHECK(report.overflows == 0);
}

TEST_CASE("a loss accepts only triplets of its own metric")
{
    using Loss = mohs::TripletLoss<mohs::Cosine>;
    using Batch = const mohs::Batch<float>&;
    STATIC_REQUIRE(std::is_invocable_v<const Loss&, Batch, const mohs::Triplets<mohs::Cosine>&>);
    STATIC_REQUIRE(!std::is_invocable_v<const Loss&, Batch, const mohs::Triplets<mohs::Euclidean>&>);
    STATIC_REQUIRE(!std::is_invocable_v<const Loss&, Batch, const mohs::Triplets<mohs::Normalised<mohs::DotProduct>>&>);
    STATIC_REQUIRE(std::is_invocable_v<const Loss&, Batch, Batch, const mohs::Triplets<mohs::Cosine>&>);
    STATIC_REQUIRE(!std::is_invocable_v<const Loss&, Batch, Batch, const mohs::Triplets<mohs::DotProduct>&>);
    STATIC_REQUIRE(
        std::is_invocable_v<const Loss&, Batch, const mohs::Triplets<mohs::Cosine>&, mohs::Workspace&, mohs::Matrix&>);
    STATIC_REQUIRE(!std::is_invocable_v<const Loss&, Batch, const mohs::Triplets<mohs::Euclidean>&, mohs::Workspace&,
                                        mohs::Matrix&>);
    STATIC_REQUIRE(std::is_same_v<decltype(Loss{mohs::Cosine{}}.metric()), mohs::Cosine>);
}
