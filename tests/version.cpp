#include <mohs/version.hpp>

#include "catch.hpp"

TEST_CASE("the version is three numbers that are not negative and not all zero")
{
    STATIC_REQUIRE(mohs::version_major >= 0);
    STATIC_REQUIRE(mohs::version_minor >= 0);
    STATIC_REQUIRE(mohs::version_patch >= 0);
    STATIC_REQUIRE(mohs::version_major + mohs::version_minor + mohs::version_patch > 0);
}

TEST_CASE("the version is a constant expression outside of the inline namespace")
{
    constexpr int numbers[] = {::mohs::version_major, ::mohs::version_minor, ::mohs::version_patch};
    STATIC_REQUIRE(std::size(numbers) == 3);
}
