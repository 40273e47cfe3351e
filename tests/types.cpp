#include <mohs/types.hpp>

#include "catch.hpp"

#include <type_traits>

TEST_CASE("matrices of the library are row-major and of any size")
{
    STATIC_REQUIRE(mohs::Matrix::IsRowMajor);
    STATIC_REQUIRE(std::is_same_v<mohs::Matrix::Scalar, float>);
    STATIC_REQUIRE(mohs::MatrixOf<double>::RowsAtCompileTime == Eigen::Dynamic);
    STATIC_REQUIRE(mohs::MatrixOf<double>::ColsAtCompileTime == Eigen::Dynamic);
}

TEST_CASE("an anchor cannot be taken for a candidate nor for a number")
{
    STATIC_REQUIRE_FALSE(std::is_convertible_v<mohs::Anchor, mohs::Candidate>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<mohs::Candidate, mohs::Anchor>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<mohs::Candidate, mohs::Anchor>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<mohs::Anchor, mohs::Index>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<mohs::Index, mohs::Anchor>);
}

TEST_CASE("anchors and candidates compare by their row")
{
    REQUIRE(mohs::Anchor{3} == mohs::Anchor{3});
    REQUIRE_FALSE(mohs::Anchor{3} == mohs::Anchor{4});
    REQUIRE(mohs::Candidate{3} == mohs::Candidate{3});
    REQUIRE(mohs::Candidate{3} != mohs::Candidate{4});
}

TEST_CASE("row numbers index an Eigen matrix")
{
    mohs::Matrix rows(3, 2);
    rows << 1, 2, 3, 4, 5, 6;
    const mohs::IndexVector order{{2, 0}};
    const mohs::Matrix picked = rows(order, Eigen::indexing::all);
    REQUIRE(picked.row(0) == rows.row(2));
    REQUIRE(picked.row(1) == rows.row(0));
}

TEST_CASE("16-bit rows are computed with in float and double rows in double")
{
    using mohs::detail::ComputeOf;
    STATIC_REQUIRE(std::is_same_v<ComputeOf<float>::Type, float>);
    STATIC_REQUIRE(std::is_same_v<ComputeOf<Eigen::half>::Type, float>);
    STATIC_REQUIRE(std::is_same_v<ComputeOf<Eigen::bfloat16>::Type, float>);
    STATIC_REQUIRE(std::is_same_v<ComputeOf<double>::Type, double>);
    STATIC_REQUIRE_FALSE(mohs::detail::is_row_scalar<int>);
    STATIC_REQUIRE_FALSE(mohs::detail::is_row_scalar<long double>);
}
