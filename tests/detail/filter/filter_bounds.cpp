#include <mohs/detail/filter/filter_bounds.hpp>

#include "../../catch.hpp"

#include <vector>

using mohs::detail::CloseLimits;
using mohs::detail::FilterBounds;

namespace {

/// Of a filter that rejects above `reject_above` and keeps below `keep_below`.
FilterBounds<float> bounds(float reject_above, float keep_below)
{
    return {.reject_above = reject_above, .keep_below = keep_below, .keeps = true};
}

CloseLimits<float, 4> limits_of(const std::vector<FilterBounds<float>>& filters)
{
    CloseLimits<float, 4> limits;
    int number = 0;
    for (const FilterBounds<float>& filter : filters) {
        limits.add(number++, filter);
    }
    return limits;
}

}  // namespace

TEST_CASE("limits are those of the filters that reject more than the ones before them")
{
    CHECK(limits_of({}).size == 0);
    CHECK(limits_of({}).lowest_limit() == mohs::detail::highest<float>);
    CHECK(limits_of({FilterBounds<float>{}}).size == 0);
    const auto limits = limits_of({bounds(0.75F, 0.5F), bounds(0.9F, 0.8F), bounds(0.25F, 0.125F)});
    REQUIRE(limits.size == 2);
    CHECK(limits.filter[0] == 0);
    CHECK(limits.reject_above[0] == 0.75F);
    CHECK(limits.unsure_above[0] == 0.5F);
    CHECK(limits.filter[1] == 2);
    CHECK(limits.reject_above[1] == 0.25F);
    CHECK(limits.unsure_above[1] == 0.125F);
    CHECK(limits.lowest_limit() == 0.125F);
}

TEST_CASE("limits that are too near to tell apart are both asked about, and limits never overlap")
{
    const auto two = limits_of({bounds(0.75F, 0.5F), bounds(0.625F, 0.25F)});
    REQUIRE(two.size == 1);
    CHECK(two.reject_above[0] == 0.75F);
    CHECK(two.unsure_above[0] == 0.25F);
    // The last is as wide as both before it.
    const auto three = limits_of({bounds(0.75F, 0.625F), bounds(0.5F, 0.375F), bounds(0.875F, 0.25F)});
    REQUIRE(three.size == 2);
    CHECK(three.reject_above[0] == 0.75F);
    CHECK(three.unsure_above[0] == 0.625F);
    CHECK(three.reject_above[1] == 0.625F);
    CHECK(three.unsure_above[1] == 0.25F);
}

TEST_CASE("a filter that rejects for being too far first has no limit for being too close")
{
    FilterBounds<float> empty = bounds(0.25F, 0.125F);
    empty.keep_above = 0.5F;
    CHECK(limits_of({empty}).size == 0);
}
