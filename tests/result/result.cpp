#include "../catch.hpp"

#include <mohs/result/result.hpp>

#include <algorithm>
#include <iterator>
#include <type_traits>
#include <vector>

namespace {

mohs::Triplets<mohs::Cosine> three_triplets()
{
    mohs::Triplets<mohs::Cosine> triplets;
    triplets.add({0, 1, 5}, 0.5, 0.25);
    triplets.add({2, 3, 4}, -0.5, 0.75);
    triplets.add({7, 6, 0}, 1, -1);
    return triplets;
}

}

TEST_CASE("triplets keep what is added in its order")
{
    const mohs::Triplets triplets = three_triplets();
    REQUIRE(triplets.size() == 3);
    CHECK(!triplets.empty());
    CHECK(triplets[0] == mohs::Triplet{0, 1, 5});
    CHECK(triplets[1] == mohs::Triplet{2, 3, 4});
    CHECK(triplets[2] == mohs::Triplet{7, 6, 0});
    CHECK(triplets.anchors() == mohs::IndexVector{{0, 2, 7}});
    CHECK(triplets.positives() == mohs::IndexVector{{1, 3, 6}});
    CHECK(triplets.negatives() == mohs::IndexVector{{5, 4, 0}});
    CHECK(triplets.positive_values() == Eigen::Vector3d(0.5, -0.5, 1));
    CHECK(triplets.negative_values() == Eigen::Vector3d(0.25, 0.75, -1));
}

TEST_CASE("triplets differ if any of their rows does")
{
    const mohs::Triplet triplet{1, 2, 3};
    CHECK(triplet == mohs::Triplet{1, 2, 3});
    CHECK(triplet != mohs::Triplet{0, 2, 3});
    CHECK(triplet != mohs::Triplet{1, 0, 3});
    CHECK(triplet != mohs::Triplet{1, 2, 0});
}

TEST_CASE("triplets are a forward range of Triplet")
{
    const mohs::Triplets triplets = three_triplets();
    using Iterator = mohs::Triplets<mohs::Cosine>::Iterator;
    STATIC_REQUIRE(std::input_iterator<Iterator>);
    STATIC_REQUIRE(std::forward_iterator<Iterator>);
    std::vector<mohs::Triplet> seen;
    for (const mohs::Triplet triplet : triplets) {
        seen.push_back(triplet);
    }
    REQUIRE(seen.size() == 3);
    for (mohs::Index i = 0; i < 3; ++i) {
        CHECK(seen[static_cast<std::size_t>(i)] == triplets[i]);
    }
    Iterator at = triplets.begin();
    CHECK(*at++ == triplets[0]);
    CHECK(*at == triplets[1]);
    CHECK(std::distance(triplets.begin(), triplets.end()) == 3);
    const auto [anchor, positive, negative] = *at;
    CHECK(anchor == 2);
    CHECK(positive == 3);
    CHECK(negative == 4);
}

TEST_CASE("row numbers of triplets index Eigen matrices")
{
    const mohs::Triplets triplets = three_triplets();
    Eigen::MatrixXf rows(8, 2);
    for (mohs::Index i = 0; i < 8; ++i) {
        rows.row(i).setConstant(static_cast<float>(i));
    }
    const Eigen::MatrixXf negatives = rows(triplets.negatives(), Eigen::indexing::all);
    CHECK(negatives.col(0) == Eigen::Vector3f(5, 4, 0));
    CHECK(negatives.col(1) == Eigen::Vector3f(5, 4, 0));
}

TEST_CASE("no triplets are an empty range with empty maps")
{
    const mohs::Triplets<mohs::Euclidean> triplets;
    CHECK(triplets.empty());
    CHECK(triplets.size() == 0);
    CHECK(triplets.begin() == triplets.end());
    CHECK(triplets.anchors().size() == 0);
    CHECK(triplets.positives().size() == 0);
    CHECK(triplets.negatives().size() == 0);
    CHECK(triplets.positive_values().size() == 0);
    CHECK(triplets.negative_values().size() == 0);
    CHECK(triplets.report.anchors == 0);
}

TEST_CASE("clearing triplets forgets them and their report and keeps the memory")
{
    mohs::Triplets triplets = three_triplets();
    triplets.report.anchors = 8;
    triplets.report.positive.count = 3;
    const mohs::Index* const memory = triplets.anchors().data();
    triplets.clear();
    CHECK(triplets.empty());
    CHECK(triplets.positive_values().size() == 0);
    CHECK(triplets.negative_values().size() == 0);
    CHECK(triplets.report.anchors == 0);
    CHECK(triplets.report.positive.count == 0);
    triplets.add({4, 5, 6}, 0, 0);
    CHECK(triplets[0] == mohs::Triplet{4, 5, 6});
    CHECK(triplets.anchors().data() == memory);
}

TEST_CASE("reserved triplets do not move when they are added")
{
    mohs::Triplets<mohs::DotProduct> triplets;
    triplets.reserve(100);
    triplets.add({0, 1, 2}, 3, 4);
    const mohs::Index* const anchors = triplets.anchors().data();
    const mohs::Index* const positives = triplets.positives().data();
    const mohs::Index* const negatives = triplets.negatives().data();
    const double* const positive_values = triplets.positive_values().data();
    const double* const negative_values = triplets.negative_values().data();
    for (mohs::Index i = 1; i < 100; ++i) {
        triplets.add({i, 0, 0}, 0, 0);
    }
    CHECK(triplets.size() == 100);
    CHECK(triplets.anchors().data() == anchors);
    CHECK(triplets.positives().data() == positives);
    CHECK(triplets.negatives().data() == negatives);
    CHECK(triplets.positive_values().data() == positive_values);
    CHECK(triplets.negative_values().data() == negative_values);
}

TEST_CASE("triplets of different metrics are different types")
{
    STATIC_REQUIRE(std::is_same_v<mohs::Triplets<mohs::Cosine>::MetricType, mohs::Cosine>);
    STATIC_REQUIRE(!std::is_convertible_v<mohs::Triplets<mohs::Cosine>, mohs::Triplets<mohs::Euclidean>>);
    STATIC_REQUIRE(!std::is_convertible_v<mohs::Neighbours<mohs::Euclidean>, mohs::Neighbours<mohs::SquaredEuclidean>>);
}

namespace {

/// Whether the views of a result can be had of a `Result`, a reference or not.
template <class Result>
constexpr bool gives_maps = requires(Result&& result) { std::forward<Result>(result).anchors(); };
template <class Result>
constexpr bool gives_any_map =
    gives_maps<Result> || requires(Result&& result) { std::forward<Result>(result).positives(); } ||
    requires(Result&& result) { std::forward<Result>(result).negatives(); } ||
    requires(Result&& result) { std::forward<Result>(result).positive_values(); } ||
    requires(Result&& result) { std::forward<Result>(result).negative_values(); } ||
    requires(Result&& result) { std::forward<Result>(result).candidates(); } ||
    requires(Result&& result) { std::forward<Result>(result).values(); } ||
    requires(Result&& result) { std::forward<Result>(result).indices(); } ||
    requires(Result&& result) { std::forward<Result>(result).begin(); } ||
    requires(Result&& result) { std::forward<Result>(result).end(); };

}

TEST_CASE("temporary results give no views of themselves")
{
    using Triplets = mohs::Triplets<mohs::Cosine>;
    using List = mohs::Pairs<mohs::Cosine>::List;
    using Neighbours = mohs::Neighbours<mohs::Cosine>;
    STATIC_REQUIRE(gives_maps<Triplets&>);
    STATIC_REQUIRE(gives_maps<const Triplets&>);
    STATIC_REQUIRE_FALSE(gives_any_map<Triplets>);
    STATIC_REQUIRE_FALSE(gives_any_map<const Triplets>);
    STATIC_REQUIRE(gives_maps<List&>);
    STATIC_REQUIRE_FALSE(gives_any_map<List>);
    STATIC_REQUIRE_FALSE(gives_any_map<const List>);
    STATIC_REQUIRE(gives_any_map<Neighbours&>);
    STATIC_REQUIRE_FALSE(gives_any_map<Neighbours>);
    STATIC_REQUIRE_FALSE(gives_any_map<const Neighbours>);
}

TEST_CASE("a loop may run over temporary triplets")
{
    std::vector<mohs::Triplet> seen;
    for (const mohs::Triplet triplet : three_triplets()) {
        seen.push_back(triplet);
    }
    CHECK(seen == std::vector<mohs::Triplet>{{0, 1, 5}, {2, 3, 4}, {7, 6, 0}});
    CHECK(three_triplets()[1] == mohs::Triplet{2, 3, 4});
    CHECK(three_triplets().size() == 3);
}

TEST_CASE("neighbours are a table with -1 where an anchor has fewer")
{
    mohs::Neighbours<mohs::Euclidean> neighbours;
    CHECK(neighbours.rows() == 0);
    neighbours.reset(3, 2);
    neighbours.add(0, 2, 0.5);
    neighbours.add(0, 1, 1.5);
    neighbours.add(2, 0, 2.5);
    CHECK(neighbours.rows() == 3);
    CHECK(neighbours.k() == 2);
    CHECK(neighbours.count(0) == 2);
    CHECK(neighbours.count(1) == 0);
    CHECK(neighbours.count(2) == 1);
    CHECK(neighbours.indices() == mohs::MatrixOf<mohs::Index>{{2, 1}, {-1, -1}, {0, -1}});
    CHECK(neighbours.values() == mohs::MatrixOf<double>{{0.5, 1.5}, {0, 0}, {2.5, 0}});
    CHECK(neighbours.index(0, 1) == 1);
    CHECK(neighbours.value(0, 1) == 1.5);
    STATIC_REQUIRE(std::remove_cvref_t<decltype(neighbours.indices())>::IsRowMajor);
}

TEST_CASE("resetting neighbours gives an empty table of the new size")
{
    mohs::Neighbours<mohs::Cosine> neighbours;
    neighbours.reset(2, 2);
    neighbours.add(0, 1, 0.5);
    neighbours.report.valid = 1;
    neighbours.reset(3, 1);
    CHECK(neighbours.rows() == 3);
    CHECK(neighbours.k() == 1);
    CHECK(neighbours.count(0) == 0);
    CHECK((neighbours.indices().array() == -1).all());
    CHECK((neighbours.values().array() == 0).all());
    CHECK(neighbours.report.valid == 0);
}

TEST_CASE("a loss result starts as nothing")
{
    const mohs::LossResult<float> result;
    CHECK(result.value == 0);
    CHECK(result.gradient.size() == 0);
    CHECK(result.candidate_gradient.size() == 0);
    CHECK(result.report.tuples == 0);
}
