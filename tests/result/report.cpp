// Covers detail/scene/start_report.hpp.

#include "../catch.hpp"

#include <mohs/result/report.hpp>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace {

std::vector<double> shuffled(std::size_t size, unsigned seed)
{
    std::vector<double> values(size);
    std::iota(values.begin(), values.end(), 1.0);
    std::mt19937 random(seed);
    std::shuffle(values.begin(), values.end(), random);
    return values;
}

/// Every count different, so that none can be taken for another.
mohs::Report distinct(mohs::Index base)
{
    mohs::Report report;
    report.anchors = base + 1;
    report.valid = base + 2;
    report.no_positive = base + 3;
    report.no_negative = base + 4;
    report.non_finite = base + 5;
    report.non_finite_candidates = base + 6;
    report.zero_rows = base + 7;
    report.overflows = base + 8;
    report.tuples = base + 9;
    report.active = base + 10;
    report.none_in_place = base + 11;
    report.all_filtered = base + 12;
    report.rejected = {base + 13, base + 14};
    report.filter_names = {"rejected_first", "rejected_second"};
    report.effective_negatives = 15;
    report.unknown = base + 16;
    report.not_anchors = base + 17;
    const auto summary = [](double from) {
        return mohs::Summary{.count = 4,
                             .mean = from,
                             .min = from + 1,
                             .q05 = from + 2,
                             .median = from + 3,
                             .q95 = from + 4,
                             .max = from + 5};
    };
    report.positive = summary(100);
    report.negative = summary(200);
    return report;
}

std::map<std::string, double> entries(const mohs::Report& report)
{
    std::map<std::string, double> result;
    report.for_each([&](const char* name, double value) { CHECK(result.emplace(name, value).second); });
    return result;
}

}

TEST_CASE("a summary has the mean and the quantiles of its values")
{
    // Of 1 .. 101, quantile q is 1 + floor(100 q).
    std::vector<double> values = shuffled(101, 1);
    const mohs::Summary summary = mohs::Summary::of(values);
    CHECK(summary.count == 101);
    CHECK(summary.mean == Approx(51).epsilon(1e-14));
    CHECK(summary.min == 1);
    CHECK(summary.q05 == 6);
    CHECK(summary.median == 51);
    CHECK(summary.q95 == 96);
    CHECK(summary.max == 101);
}

TEST_CASE("quantiles between two values are the lower one")
{
    // floor(q (n - 1)) of n = 10: 0, 4 and 8.
    std::vector<double> values = shuffled(10, 2);
    const mohs::Summary summary = mohs::Summary::of(values);
    CHECK(summary.q05 == 1);
    CHECK(summary.median == 5);
    CHECK(summary.q95 == 9);
}

TEST_CASE("a summary of one value is that value")
{
    std::vector<double> values{-2.5};
    const mohs::Summary summary = mohs::Summary::of(values);
    CHECK(summary.count == 1);
    for (const double entry : {summary.mean, summary.min, summary.q05, summary.median, summary.q95, summary.max}) {
        CHECK(entry == -2.5);
    }
}

TEST_CASE("a summary of nothing is zero")
{
    const mohs::Summary summary = mohs::Summary::of({});
    CHECK(summary.count == 0);
    for (const double entry : {summary.mean, summary.min, summary.q05, summary.median, summary.q95, summary.max}) {
        CHECK(entry == 0);
    }
}

TEST_CASE("summarising only reorders the values")
{
    std::vector<double> values = shuffled(57, 3);
    mohs::Summary::of(values);
    std::sort(values.begin(), values.end());
    std::vector<double> expected(57);
    std::iota(expected.begin(), expected.end(), 1.0);
    CHECK(values == expected);
}

TEST_CASE("merged summaries have the count mean minimum and maximum of all values")
{
    std::vector<double> low{1, 2, 3, 4}, high{10, 20, 0}, all{1, 2, 3, 4, 10, 20, 0};
    mohs::Summary merged = mohs::Summary::of(low);
    const mohs::Summary second = mohs::Summary::of(high);
    merged.merge(second);
    const mohs::Summary expected = mohs::Summary::of(all);
    CHECK(merged.count == 7);
    CHECK(merged.mean == Approx(expected.mean).epsilon(1e-14));
    CHECK(merged.min == 0);
    CHECK(merged.max == 20);
    // The other quantiles are averages weighted by count: medians 2 of four values and 10 of three.
    CHECK(merged.median == Approx((4 * 2.0 + 3 * 10.0) / 7).epsilon(1e-14));
    CHECK(merged.q05 == Approx((4 * 1.0 + 3 * 0.0) / 7).epsilon(1e-14));
    CHECK(merged.q95 == Approx((4 * 3.0 + 3 * 10.0) / 7).epsilon(1e-14));
}

TEST_CASE("an empty summary changes nothing and takes over what is merged into it")
{
    std::vector<double> values{3, 1, 2};
    const mohs::Summary some = mohs::Summary::of(values);
    mohs::Summary summary = some;
    summary.merge({});
    CHECK(summary.count == 3);
    CHECK(summary.min == 1);
    CHECK(summary.mean == some.mean);
    mohs::Summary empty;
    empty.merge(some);
    CHECK(empty.count == 3);
    CHECK(empty.min == 1);
    CHECK(empty.median == 2);
    CHECK(empty.max == 3);
}

TEST_CASE("for_each gives every entry of a report under its name")
{
    const std::map<std::string, double> expected{{"anchors", 1},
                                                 {"valid", 2},
                                                 {"no_positive", 3},
                                                 {"no_negative", 4},
                                                 {"none_in_place", 11},
                                                 {"all_filtered", 12},
                                                 {"rejected_first", 13},
                                                 {"rejected_second", 14},
                                                 {"effective_negatives", 15},
                                                 {"non_finite", 5},
                                                 {"unknown", 16},
                                                 {"not_anchors", 17},
                                                 {"non_finite_candidates", 6},
                                                 {"zero_rows", 7},
                                                 {"overflows", 8},
                                                 {"tuples", 9},
                                                 {"active", 10},
                                                 {"active_share", 10.0 / 9},
                                                 {"positive_mean", 100},
                                                 {"positive_min", 101},
                                                 {"positive_q05", 102},
                                                 {"positive_median", 103},
                                                 {"positive_q95", 104},
                                                 {"positive_max", 105},
                                                 {"negative_mean", 200},
                                                 {"negative_min", 201},
                                                 {"negative_q05", 202},
                                                 {"negative_median", 203},
                                                 {"negative_q95", 204},
                                                 {"negative_max", 205}};
    CHECK(entries(distinct(0)) == expected);
}

TEST_CASE("merged reports add every count")
{
    mohs::Report merged = distinct(0);
    merged.merge(distinct(1000));
    const std::map<std::string, double> first = entries(distinct(0)), second = entries(distinct(1000)),
                                        both = entries(merged);
    for (const char* const name : {"anchors", "valid", "no_positive", "no_negative", "none_in_place", "all_filtered",
                                   "rejected_first", "rejected_second", "non_finite", "non_finite_candidates",
                                   "zero_rows", "overflows", "tuples", "active", "unknown", "not_anchors"}) {
        INFO(name);
        CHECK(both.at(name) == first.at(name) + second.at(name));
    }
    CHECK(merged.positive.count == 8);
    CHECK(merged.negative.count == 8);
    CHECK(merged.positive.mean == Approx(100));
    CHECK(merged.negative.max == 205);
    CHECK(merged.active_share() == Approx(1020.0 / 1018));
}

TEST_CASE("the active share is 0 without tuples")
{
    CHECK(mohs::Report{}.active_share() == 0);
    mohs::Report report;
    report.tuples = 8;
    report.active = 2;
    CHECK(report.active_share() == 0.25);
}
