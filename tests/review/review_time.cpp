#include <mohs/review/review_time.hpp>

#include "../catch.hpp"

#include <limits>

namespace {

using mohs::parse_review_time;
using mohs::review_time_from;
using mohs::review_time_text;
using mohs::ReviewTime;

ReviewTime at(std::int64_t microseconds)
{
    return ReviewTime{std::chrono::microseconds{microseconds}};
}

std::optional<std::int64_t> micros(std::string_view text)
{
    const auto time = parse_review_time(text);
    return time ? std::optional(time->time_since_epoch().count()) : std::nullopt;
}

}

TEST_CASE("times are written in UTC")
{
    CHECK(review_time_text(at(0)) == "1970-01-01T00:00:00Z");
    CHECK(review_time_text(at(1'000'000'000'000'000)) == "2001-09-09T01:46:40Z");
    CHECK(review_time_text(at(1'000'000'000'000'001)) == "2001-09-09T01:46:40.000001Z");
    CHECK(review_time_text(at(-1)) == "1969-12-31T23:59:59.999999Z");
    CHECK(review_time_text(at(951'825'600'000'000)) == "2000-02-29T12:00:00Z");
    CHECK(review_time_text(mohs::earliest_review_time) == "0001-01-01T00:00:00Z");
    CHECK(review_time_text(mohs::latest_review_time) == "9999-12-31T23:59:59.999999Z");
}

TEST_CASE("times are read with fractions and offsets")
{
    const std::int64_t noon = 951'825'600'000'000;  // 2000-02-29T12:00:00Z
    CHECK(micros("2000-02-29T12:00:00Z") == noon);
    CHECK(micros("2000-02-29T12:00:00") == noon);
    CHECK(micros("2000-02-29 12:00:00z") == noon);
    CHECK(micros("2000-02-29T12:00:00.25Z") == noon + 250'000);
    CHECK(micros("2000-02-29T12:00:00,000001") == noon + 1);
    CHECK(micros("2000-02-29T12:00:00.0000019999999999999999999999999Z") == noon + 1);
    CHECK(micros("2000-02-29T13:30:00+01:30") == noon);
    CHECK(micros("2000-02-29T04:00:00-0800") == noon);
    CHECK(micros("2000-02-29T12:00:00.728353Z") == noon + 728'353);
    CHECK(micros("9999-12-31T23:59:59.999999Z") == mohs::latest_review_time.time_since_epoch().count());
}

TEST_CASE("what is no time is not read")
{
    for (const char* bad : {"",
                            "now",
                            "2000-02-29",
                            "2000-02-30T12:00:00Z",
                            "1999-02-29T12:00:00Z",
                            "2000-13-01T12:00:00Z",
                            "2000-00-01T12:00:00Z",
                            "2000-01-00T12:00:00Z",
                            "2000-01-01T24:00:00Z",
                            "2000-01-01T12:60:00Z",
                            "2000-01-01T12:00:60Z",
                            "2000-01-01T12:00:00.Z",
                            "2000-01-01T12:00:00ZZ",
                            "2000-01-01T12:00:00 Z",
                            "2000-01-01T12:00:00+1",
                            "2000-01-01T12:00:00+01:",
                            "2000-01-01T12:00:00+24:00",
                            "2000-01-01T12:00:00+01:60",
                            "2000-1-01T12:00:00Z",
                            "+2000-01-01T12:00:00Z",
                            "0000-01-01T12:00:00Z",
                            "0001-01-01T00:00:00+00:01",
                            "9999-12-31T23:59:59-00:01",
                            "2000-01-01T12:00Z",
                            " 2000-01-01T12:00:00Z",
                            "2000-01-01T12:00:00Z "}) {
        INFO(bad);
        CHECK(!micros(bad));
    }
}

TEST_CASE("what is written is read again")
{
    std::int64_t time = 1;
    for (int i = 0; i < 2000; ++i) {
        time = time * 31 % 250'000'000'000'000'007;
        const std::int64_t signed_time = i % 3 == 0 ? -time / 5 : time;
        CHECK(micros(review_time_text(at(signed_time))) == signed_time);
    }
}

TEST_CASE("seconds are read as microseconds")
{
    CHECK(review_time_from(0) == at(0));
    CHECK(review_time_from(1.5) == at(1'500'000));
    CHECK(review_time_from(-1.5) == at(-1'500'000));
    CHECK(review_time_from(1'614'600'000.123456) == at(1'614'600'000'123'456));
    CHECK(review_time_from(-62'135'596'800.0) == mohs::earliest_review_time);
    for (const double bad : {1e300, -1e300, 253'402'300'800.0, -62'135'596'801.0,
                             std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
        CHECK(!review_time_from(bad));
    }
}

TEST_CASE("no number is no time", "[ieee]")
{
    CHECK(!review_time_from(std::numeric_limits<double>::quiet_NaN()));
}
