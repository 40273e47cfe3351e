// Covers detail/loss/tuple_backward.hpp.

#include "catch.hpp"
#include "loss/oracle.hpp"

#include <mohs/mohs.hpp>

#include <bit>
#include <limits>
#include <stdexcept>
#include <tuple>

namespace {

using mohs::Index;
using mohs::Pair;
using mohs::Triplet;
using oracle::Metric;
using oracle::Table;

using Metrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean,
                           mohs::Normalised<mohs::Euclidean>, mohs::Normalised<mohs::SquaredEuclidean>>;

/// Tuples as the definition sees them: pairs with the derivative by the value of each.
struct Weighed {
    Index anchor, candidate;
    double weight;
};

double sum_of(Metric metric, const Table& a, const Table& b, const std::vector<Weighed>& pairs)
{
    double sum = 0;
    for (const Weighed& pair : pairs) {
        sum += pair.weight * reference::value(metric, a, pair.anchor, b, pair.candidate);
    }
    return sum;
}

/// Random triplets, the first of them twice. No row is paired with itself.
std::vector<Triplet> random_triplets(Index anchors, Index candidates, bool self, std::uint64_t seed)
{
    reference::Generator generator(seed);
    std::vector<Triplet> result;
    while (result.size() < 30) {
        const Triplet t{reference::uniform_below(generator, anchors), reference::uniform_below(generator, candidates),
                        reference::uniform_below(generator, candidates)};
        if (!self || (t.anchor != t.positive && t.anchor != t.negative)) {
            result.push_back(t);
        }
    }
    result.push_back(result[0]);
    return result;
}

Eigen::VectorXd random_weights(Index count, std::uint64_t seed)
{
    return oracle::gaussian(count, 1, seed).col(0);
}

template <class M>
mohs::Triplets<M> list(const std::vector<Triplet>& triplets)
{
    mohs::Triplets<M> result;
    for (const Triplet& t : triplets) {
        result.add(t, -12345, 54321);  // Out of date: the rows are measured.
    }
    return result;
}

std::vector<Weighed> weighed(const std::vector<Triplet>& triplets, const Eigen::VectorXd& by_positive,
                             const Eigen::VectorXd& by_negative)
{
    std::vector<Weighed> result;
    for (std::size_t i = 0; i < triplets.size(); ++i) {
        const auto at = static_cast<Index>(i);
        result.push_back({triplets[i].anchor, triplets[i].positive, by_positive[at]});
        result.push_back({triplets[i].anchor, triplets[i].negative, by_negative[at]});
    }
    return result;
}

void check_gradient(Metric metric, Table rows, const std::vector<Weighed>& pairs,
                    const mohs::LossResult<double>& result)
{
    const auto sum = [&] { return sum_of(metric, rows, rows, pairs); };
    CHECK(oracle::near(result.gradient, oracle::differences(rows, sum)));
    CHECK(result.candidate_gradient.size() == 0);
    CHECK(result.value == 0);
    CHECK(result.report.overflows == 0);
}

void check_gradients(Metric metric, Table queries, Table gallery, const std::vector<Weighed>& pairs,
                     const mohs::LossResult<double>& result)
{
    const auto sum = [&] { return sum_of(metric, queries, gallery, pairs); };
    CHECK(oracle::near(result.gradient, oracle::differences(queries, sum)));
    CHECK(oracle::near(result.candidate_gradient, oracle::differences(gallery, sum)));
    CHECK(result.report.overflows == 0);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("derivatives by the values of triplets become gradients of the rows", "", Metrics)
{
    constexpr Metric metric = reference::metric_of<TestType>;
    const Table rows = oracle::gaussian(9, 11, 1), queries = oracle::gaussian(5, 11, 2),
                gallery = oracle::gaussian(8, 11, 3);
    const Eigen::VectorXd by_positive = random_weights(31, 4), by_negative = random_weights(31, 5);
    const auto within = random_triplets(9, 9, true, 6), across = random_triplets(5, 8, false, 7);
    check_gradient(metric, rows, weighed(within, by_positive, by_negative),
                   mohs::backward(mohs::Batch(rows), list<TestType>(within), by_positive, by_negative));
    check_gradients(
        metric, queries, gallery, weighed(across, by_positive, by_negative),
        mohs::backward(mohs::Batch(queries), mohs::Batch(gallery), list<TestType>(across), by_positive, by_negative));
}

TEMPLATE_LIST_TEST_CASE("derivatives by the values of pairs become gradients of the rows", "", Metrics)
{
    constexpr Metric metric = reference::metric_of<TestType>;
    const Table queries = oracle::gaussian(5, 6, 8), gallery = oracle::gaussian(8, 6, 9);
    // More positives than negatives.
    const Eigen::VectorXd by_positive = random_weights(31, 10), by_negative = random_weights(12, 11);
    mohs::Pairs<TestType> pairs;
    std::vector<Weighed> expected;
    for (const Triplet& t : random_triplets(5, 8, false, 12)) {
        expected.push_back({t.anchor, t.positive, by_positive[pairs.positives.size()]});
        pairs.positives.add({t.anchor, t.positive}, 0);
        if (pairs.negatives.size() < 12) {
            expected.push_back({t.anchor, t.negative, by_negative[pairs.negatives.size()]});
            pairs.negatives.add({t.anchor, t.negative}, 0);
        }
    }
    check_gradients(metric, queries, gallery, expected,
                    mohs::backward(mohs::Batch(queries), mohs::Batch(gallery), pairs, by_positive, by_negative));
}

TEMPLATE_LIST_TEST_CASE("derivatives by the values of neighbours become gradients of the rows", "", Metrics)
{
    constexpr Metric metric = reference::metric_of<TestType>;
    const Table rows = oracle::gaussian(9, 6, 13), queries = oracle::gaussian(5, 6, 14);
    const Table by_value = oracle::gaussian(9, 12, 15), by_query = oracle::gaussian(5, 12, 16);
    const mohs::NearestNeighbours nearest{TestType{}, {.k = 12}};  // more than there are
    const auto pairs_of = [](const mohs::Neighbours<TestType>& found, const Table& weights) {
        std::vector<Weighed> result;
        for (Index anchor = 0; anchor < found.rows(); ++anchor) {
            for (Index rank = 0; rank < found.count(anchor); ++rank) {
                result.push_back({anchor, found.index(anchor, rank), weights(anchor, rank)});
            }
        }
        return result;
    };
    const auto within = nearest(mohs::Batch(rows)), across = nearest(mohs::Batch(queries), mohs::Batch(rows));
    check_gradient(metric, rows, pairs_of(within, by_value), mohs::backward(mohs::Batch(rows), within, by_value));
    check_gradients(metric, queries, rows, pairs_of(across, by_query),
                    mohs::backward(mohs::Batch(queries), mohs::Batch(rows), across, by_query));
}

TEST_CASE("the triplet loss sits on backward bit by bit")
{
    const auto check = [](auto metric) {
        using M = decltype(metric);
        const Table queries = oracle::gaussian(5, 21, 17), gallery = oracle::gaussian(8, 21, 18);
        const auto triplets = list<M>(random_triplets(5, 8, false, 19));
        const mohs::TripletLoss loss{metric, {.margin = 1000, .reduction = mohs::Reduction::sum}};
        const auto expected = loss(mohs::Batch(queries), mohs::Batch(gallery), triplets);
        const Eigen::VectorXd one = Eigen::VectorXd::Constant(31, M::is_similarity ? -1 : 1);
        const auto found = mohs::backward(mohs::Batch(queries), mohs::Batch(gallery), triplets, one, -one);
        CHECK(oracle::same_bits(found.gradient, expected.gradient));
        CHECK(oracle::same_bits(found.candidate_gradient, expected.candidate_gradient));
    };
    check(mohs::Cosine{});
    check(mohs::Euclidean{});
}

TEST_CASE("derivatives may be any vector or range")
{
    const Table rows = oracle::gaussian(9, 4, 20);
    const mohs::Batch batch(rows);
    const auto triplets = list<mohs::Cosine>(random_triplets(9, 9, true, 21));
    const Eigen::VectorXd x = random_weights(31, 22).cast<float>().cast<double>();
    const auto expected = mohs::backward(batch, triplets, x, x);
    const std::vector<double> doubles(x.begin(), x.end());
    const std::vector<float> floats(x.begin(), x.end());
    const Eigen::RowVectorXf row = x.transpose().cast<float>();
    const Eigen::ArrayXd array = x;
    const Eigen::MatrixXd unit = Eigen::MatrixXd::Identity(31, 31);
    const auto check = [&](const auto& result) { CHECK(oracle::same_bits(result.gradient, expected.gradient)); };
    check(mohs::backward(batch, triplets, doubles, floats));
    check(mohs::backward(batch, triplets, std::span<const double>(doubles), row));
    check(mohs::backward(batch, triplets, array, 1 * array));
    check(mohs::backward(batch, triplets, unit * x, x.reverse().reverse()));
}

TEST_CASE("gradients are added times the scale and rows in no pair are not touched")
{
    const mohs::Matrix rows = oracle::gaussian(9, 5, 23).cast<float>();
    const mohs::Batch batch(rows);
    const auto triplets = list<mohs::Euclidean>({{0, 1, 2}, {0, 3, 4}, {5, 6, 7}});
    const Eigen::Vector3d by_positive{1, 0, 2}, by_negative{-1, 0, 0};
    const auto plain = mohs::backward(batch, triplets, by_positive, by_negative);
    mohs::Workspace workspace;
    Eigen::MatrixXf gradient = Eigen::MatrixXf::Constant(9, 5, 4);
    CHECK(mohs::backward(batch, triplets, by_positive, by_negative, workspace, gradient, -0.5) == 0);
    CHECK((gradient.array() - 4 + 0.5F * plain.gradient.array()).abs().maxCoeff() <= 1e-6F);
    for (const Index row : {3, 4, 7, 8}) {
        CHECK(plain.gradient.row(row).isZero(0));
        CHECK((gradient.row(row).array() == 4).all());
    }
    CHECK(plain.gradient.row(6).norm() > 1);
    mohs::Matrix of_gallery = mohs::Matrix::Zero(9, 5);
    const auto both = mohs::backward(batch, batch, triplets, by_positive, by_negative);
    CHECK(mohs::backward(batch, batch, triplets, by_positive, by_negative, workspace, mohs::no_gradient, of_gallery) ==
          0);
    CHECK(oracle::same_bits(of_gallery, both.candidate_gradient));
    CHECK((both.gradient + both.candidate_gradient - plain.gradient).cwiseAbs().maxCoeff() <= 1e-6F);
    const auto near = mohs::NearestNeighbours{mohs::Euclidean{}, {.k = 2}}(batch);
    mohs::Matrix added = mohs::Matrix::Zero(9, 5);
    mohs::backward(batch, near, near.values(), workspace, added);
    CHECK(oracle::same_bits(added, mohs::backward(batch, near, near.values()).gradient));
}

TEST_CASE("pairs at distance 0 have no gradient")
{
    const Table rows = Table::Constant(3, 4, 0.5);
    const auto triplets = list<mohs::Euclidean>({{0, 1, 2}, {0, 0, 1}});
    const Eigen::Vector2d one{1, 1};
    const auto result = mohs::backward(mohs::Batch(rows), triplets, one, one);
    CHECK(result.gradient.isZero(0));
    CHECK(result.report.overflows == 0);
}

TEST_CASE("pairs whose value or derivative is not finite are left out and counted", "[ieee][raises]")
{
    Table rows = oracle::gaussian(8, 4, 24);
    rows.row(7).setConstant(std::numeric_limits<double>::quiet_NaN());
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    const auto good = list<mohs::Cosine>({{0, 1, 2}, {3, 4, 5}}),
               all = list<mohs::Cosine>({{0, 1, 2}, {0, 1, 7}, {0, 7, 2}, {3, 4, 5}, {0, 1, 2}});
    const auto expected = mohs::backward(mohs::Batch(rows), good, Eigen::Vector2d(1, 2), Eigen::Vector2d(3, 4));
    // Of triplet 1 the negative, of triplet 4 both derivatives; what has derivative 0 is not looked at.
    const Eigen::VectorXd by_positive{{1.0, 0.0, 0.0, 2.0, nan}}, by_negative{{3.0, 5.0, 0.0, 4.0, infinity}};
    const auto found = mohs::backward(mohs::Batch(rows), all, by_positive, by_negative);
    CHECK(oracle::same_bits(found.gradient, expected.gradient));
    CHECK(found.report.overflows == 3);
}

TEST_CASE("gradients of 16-bit rows are those of the same rows in double")
{
    const reference::Data data = reference::rounded_to<Eigen::bfloat16>(reference::gaussian(9, 7, 25));
    const reference::Owned<Eigen::bfloat16> owned(data);
    const auto triplets = list<mohs::Normalised<mohs::Euclidean>>(random_triplets(9, 9, true, 26));
    const Eigen::VectorXd x = random_weights(31, 27), y = random_weights(31, 28);
    const mohs::LossResult<float> found = mohs::backward(owned.batch(), triplets, x, y);
    const auto expected = mohs::backward(mohs::Batch(data.rows), triplets, x, y);
    CHECK(oracle::near_largest(found.gradient, expected.gradient, 2e-7));
}

TEST_CASE("no tuples have gradient 0")
{
    const Table rows = oracle::gaussian(4, 3, 29), none(0, 3);
    const std::vector<double> nothing;
    CHECK(mohs::backward(mohs::Batch(rows), mohs::Triplets<mohs::Cosine>{}, nothing, nothing).gradient.isZero(0));
    const auto result =
        mohs::backward(mohs::Batch(none), mohs::Batch(rows), mohs::Pairs<mohs::Cosine>{}, nothing, nothing);
    CHECK(result.gradient.rows() == 0);
    CHECK(result.candidate_gradient.isZero(0));
    const auto near = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 2}}(mohs::Batch(none), mohs::Batch(rows));
    CHECK(mohs::backward(mohs::Batch(none), mohs::Batch(rows), near, near.values()).candidate_gradient.isZero(0));
}

TEST_CASE("backward refuses what does not fit before any work")
{
    const Table rows = oracle::gaussian(6, 4, 30), wide = oracle::gaussian(6, 5, 31), fewer = rows.topRows(4);
    const mohs::Batch batch(rows);
    const auto triplets = list<mohs::Cosine>({{0, 1, 2}, {3, 4, 5}});
    const Eigen::Vector2d two{1, 1};
    const Eigen::Vector3d three{1, 1, 1};
    mohs::Workspace workspace;
    Table gradient = Table::Constant(6, 4, 7);
    CHECK(reference::mentions(
        reference::message_of([&] { mohs::backward(batch, triplets, three, two, workspace, gradient); }),
        {"mohs::backward", "by_positive", "3", "2"}));
    CHECK(reference::mentions(
        reference::message_of([&] { mohs::backward(batch, triplets, two, three, workspace, gradient); }),
        {"mohs::backward", "by_negative", "3", "2"}));
    CHECK_THROWS_AS(mohs::backward(batch, mohs::Batch(wide), triplets, two, two), std::invalid_argument);
    Table wrong = Table::Zero(5, 4);
    CHECK_THROWS_AS(mohs::backward(batch, triplets, two, two, workspace, wrong), std::invalid_argument);
    const auto bad = list<mohs::Cosine>({{0, 1, 2}, {3, 6, 5}});
    CHECK_THROWS_AS(mohs::backward(batch, bad, two, two, workspace, gradient), std::out_of_range);
    CHECK_THROWS_AS((void)mohs::measure(batch, bad), std::out_of_range);
    const auto near = mohs::NearestNeighbours{mohs::Cosine{}, {.k = 2}}(batch);
    CHECK_THROWS_AS(mohs::backward(batch, near, Table::Zero(6, 3), workspace, gradient), std::invalid_argument);
    CHECK_THROWS_AS(mohs::backward(batch, near, Table::Zero(2, 6), workspace, gradient), std::invalid_argument);
    CHECK_THROWS_AS((void)mohs::measure(mohs::Batch(fewer), near), std::invalid_argument);
    CHECK((gradient.array() == 7).all());
}

TEMPLATE_LIST_TEST_CASE("tuples measured again have the bits of single values", "[ieee]", Metrics)
{
    const reference::Data data = reference::rounded_to<float>(reference::duplicates(9, 13, 32)),
                          other = reference::gaussian(7, 13, 33);
    const reference::Owned<float> queries(data), gallery(other);
    const auto value = [&](Index a, Index b) {
        return mohs::measure(TestType{}, queries.batch(), a, gallery.batch(), b);
    };
    const auto within = [&](Index a, Index b) {
        return mohs::measure(TestType{}, queries.batch(), a, queries.batch(), b);
    };
    auto triplets = list<TestType>(random_triplets(9, 7, false, 34));
    triplets.report.anchors = 5;
    const auto again = mohs::measure(queries.batch(), gallery.batch(), triplets);
    REQUIRE(again.size() == triplets.size());
    CHECK(again.report.anchors == 5);
    for (Index i = 0; i < again.size(); ++i) {
        CHECK(again[i] == triplets[i]);
        CHECK(again.positive_values()[i] == value(again[i].anchor, again[i].positive));
        CHECK(again.negative_values()[i] == value(again[i].anchor, again[i].negative));
    }
    mohs::Pairs<TestType> pairs;
    pairs.positives.add({3, 4}, 99);
    pairs.negatives.add({3, 5}, 99);
    pairs.negatives.add({8, 0}, 99);
    const auto measured = mohs::measure(queries.batch(), pairs);
    CHECK(measured.positives.values()[0] == within(3, 4));
    CHECK(measured.negatives.values()[1] == within(8, 0));
    const auto near = mohs::NearestNeighbours{TestType{}, {.k = 9}}(queries.batch(), gallery.batch());
    const auto exact = mohs::measure(queries.batch(), gallery.batch(), near);
    CHECK(exact.indices() == near.indices());
    for (Index rank = 0; rank < near.count(2); ++rank) {
        CHECK(exact.value(2, rank) == value(2, near.index(2, rank)));
    }
    CHECK(exact.value(2, 8) == 0);
}
