#include <mohs/metric.hpp>

#include "catch.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <type_traits>

TEST_CASE("metrics say whether they are similarities")
{
    STATIC_REQUIRE(mohs::Cosine::is_similarity);
    STATIC_REQUIRE(mohs::DotProduct::is_similarity);
    STATIC_REQUIRE_FALSE(mohs::Euclidean::is_similarity);
    STATIC_REQUIRE_FALSE(mohs::SquaredEuclidean::is_similarity);
    STATIC_REQUIRE(mohs::Normalised<mohs::DotProduct>::is_similarity);
    STATIC_REQUIRE_FALSE(mohs::Normalised<mohs::Euclidean>::is_similarity);
    STATIC_REQUIRE_FALSE(mohs::Normalised<mohs::SquaredEuclidean>::is_similarity);
}

TEST_CASE("only squared distances are squared")
{
    STATIC_REQUIRE(mohs::SquaredEuclidean::is_squared);
    STATIC_REQUIRE(mohs::Normalised<mohs::SquaredEuclidean>::is_squared);
    STATIC_REQUIRE_FALSE(mohs::Euclidean::is_squared);
    STATIC_REQUIRE_FALSE(mohs::Normalised<mohs::Euclidean>::is_squared);
    STATIC_REQUIRE_FALSE(mohs::Cosine::is_squared);
    STATIC_REQUIRE_FALSE(mohs::DotProduct::is_squared);
}

TEST_CASE("normalised metrics and cosine normalise and the others do not")
{
    STATIC_REQUIRE(mohs::detail::normalises<mohs::Cosine>);
    STATIC_REQUIRE(mohs::detail::normalises<mohs::Normalised<mohs::DotProduct>>);
    STATIC_REQUIRE(mohs::detail::normalises<mohs::Normalised<mohs::Euclidean>>);
    STATIC_REQUIRE(mohs::detail::normalises<mohs::Normalised<mohs::SquaredEuclidean>>);
    STATIC_REQUIRE_FALSE(mohs::detail::normalises<mohs::DotProduct>);
    STATIC_REQUIRE_FALSE(mohs::detail::normalises<mohs::Euclidean>);
    STATIC_REQUIRE_FALSE(mohs::detail::normalises<mohs::SquaredEuclidean>);
}

TEST_CASE("all metrics are metrics and empty")
{
    STATIC_REQUIRE(mohs::Metric<mohs::Cosine>);
    STATIC_REQUIRE(mohs::Metric<mohs::DotProduct>);
    STATIC_REQUIRE(mohs::Metric<mohs::Euclidean>);
    STATIC_REQUIRE(mohs::Metric<mohs::SquaredEuclidean>);
    STATIC_REQUIRE(mohs::Metric<mohs::Normalised<mohs::Euclidean>>);
    STATIC_REQUIRE(std::is_empty_v<mohs::Normalised<mohs::SquaredEuclidean>>);
}

TEST_CASE("other types are not metrics")
{
    struct Nothing {};
    struct WithState : mohs::Cosine {
        int state = 0;
    };
    STATIC_REQUIRE_FALSE(mohs::Metric<int>);
    STATIC_REQUIRE_FALSE(mohs::Metric<Nothing>);
    STATIC_REQUIRE_FALSE(mohs::Metric<WithState>);
}

TEST_CASE("metrics have different names")
{
    const std::string names[] = {mohs::Cosine::name,
                                 mohs::DotProduct::name,
                                 mohs::Euclidean::name,
                                 mohs::SquaredEuclidean::name,
                                 mohs::Normalised<mohs::DotProduct>::name,
                                 mohs::Normalised<mohs::Euclidean>::name,
                                 mohs::Normalised<mohs::SquaredEuclidean>::name};
    for (const std::string& a : names) {
        REQUIRE(std::count(std::begin(names), std::end(names), a) == 1);
        REQUIRE_FALSE(a.empty());
    }
}
