// Covers detail/evaluation/retrieval_values.hpp, result/retrieval_result.hpp.

#include "../catch.hpp"
#include "../mining/expected.hpp"
#include "oracle.hpp"

#include <mohs/evaluation/retrieval.hpp>
#include <mohs/mining/nearest_neighbours.hpp>

#include <map>
#include <string>

namespace {

using evaluation::line;
using evaluation::Scene;
using evaluation::Set;
using mohs::ClassRetrieval;
using mohs::Euclidean;
using mohs::Index;
using mohs::MapDivisor;
using mohs::PrecisionDivisor;
using mohs::RetrievalAtK;
using mohs::RetrievalMeans;
using mohs::RetrievalMetrics;
using mohs::RetrievalOptions;
using mohs::RetrievalResult;
using reference::Metric;

// ---------------------------------------------------------------------------------------------------------------------
// The definitions, on the full list of one query

using List = std::vector<bool>;

double found_among(const List& list, Index k)
{
    double found = 0;
    for (Index i = 1; i <= k && i <= static_cast<Index>(list.size()); ++i) {
        found += list[static_cast<std::size_t>(i - 1)] ? 1 : 0;
    }
    return found;
}

double sum_of_precisions(const List& list, Index k)
{
    double sum = 0;
    for (Index i = 1; i <= k && i <= static_cast<Index>(list.size()); ++i) {
        if (list[static_cast<std::size_t>(i - 1)]) {
            sum += found_among(list, i) / static_cast<double>(i);
        }
    }
    return sum;
}

double gain(const List& list, Index k)
{
    double sum = 0;
    for (Index i = 1; i <= k && i <= static_cast<Index>(list.size()); ++i) {
        sum += list[static_cast<std::size_t>(i - 1)] ? std::log(2.0) / std::log(static_cast<double>(i) + 1) : 0;
    }
    return sum;
}

double reciprocal_rank(const List& list, Index k)
{
    for (Index i = 1; i <= k && i <= static_cast<Index>(list.size()); ++i) {
        if (list[static_cast<std::size_t>(i - 1)]) {
            return 1 / static_cast<double>(i);
        }
    }
    return 0;
}

/// All metrics of one list by name.
std::map<std::string, double> metrics_of(const List& list, const RetrievalOptions& options)
{
    const auto all = static_cast<Index>(list.size());
    const double relevant = found_among(list, all);
    const auto r = static_cast<Index>(relevant);
    std::map<std::string, double> result{{"r_precision", found_among(list, r) / relevant},
                                         {"map_at_r", sum_of_precisions(list, r) / relevant},
                                         {"mrr", reciprocal_rank(list, all)}};
    for (const Index k : options.k) {
        const std::string at = "_at_" + std::to_string(k);
        const double found = found_among(list, k), reachable = std::min(static_cast<double>(k), relevant);
        List best = list;
        std::sort(best.begin(), best.end(), std::greater<>());
        result["hit_rate" + at] = found > 0 ? 1 : 0;
        result["recall" + at] = found / relevant;
        result["precision" + at] =
            found / (options.precision_divisor == PrecisionDivisor::k ? static_cast<double>(k) : reachable);
        const double divisor = options.map_divisor == MapDivisor::relevant    ? relevant
                               : options.map_divisor == MapDivisor::reachable ? reachable
                                                                              : found;
        result["map" + at] = found > 0 ? sum_of_precisions(list, k) / divisor : 0;
        result["mrr" + at] = reciprocal_rank(list, k);
        result["ndcg" + at] = gain(list, k) / gain(best, k);
    }
    return result;
}

std::map<std::string, double> named(const RetrievalMeans& means)
{
    std::map<std::string, double> result;
    means.for_each([&](const char* name, double value) { result[name] = value; });
    return result;
}

/// What is wrong with a result, by the definitions; empty if nothing is.
std::string fault(Metric metric, const Scene& scene, const RetrievalOptions& options, const RetrievalResult& result)
{
    std::map<std::int64_t, std::map<std::string, double>> sums;
    Index lone = 0, valid = 0, bad = 0, tuples = 0;
    for (Index query = 0; query < scene.queries.size(); ++query) {
        if (!scene.queries.finite(query)) {
            ++bad;
            continue;
        }
        const List list = evaluation::ranked(metric, scene, query);
        const double relevant = found_among(list, static_cast<Index>(list.size()));
        if (relevant == 0) {
            ++lone;
            continue;
        }
        ++valid;
        tuples += static_cast<Index>(relevant);
        std::map<std::string, double>& of_class = sums[scene.queries.label(query)];
        of_class["queries"] += 1;
        for (const auto& [name, value] : metrics_of(list, options)) {
            of_class[name] += value;
        }
    }
    const mohs::Report& report = result.report;
    if (report.anchors != scene.queries.size() || report.valid != valid || report.no_positive != lone ||
        report.non_finite != bad || report.tuples != tuples ||
        report.non_finite_candidates != static_cast<Index>(scene.gallery.bad.size())) {
        return "the report is wrong";
    }
    // Sums of at most some thousand terms of at most 1: rounding is below 1e-12.
    const auto differs = [](double a, double b) { return !(std::abs(a - b) <= 1e-12); };
    std::map<std::string, double> total, macro;
    if (result.per_class.size() != sums.size()) {
        return "there are " + std::to_string(result.per_class.size()) + " classes";
    }
    auto found = result.per_class.begin();
    for (const auto& [label, of_class] : sums) {
        if (found->label != label) {
            return "the labels are wrong";
        }
        const double queries = of_class.at("queries");
        for (const auto& [name, value] : named(found->means)) {
            if (differs(value, name == "queries" ? queries : of_class.at(name) / queries)) {
                return "class " + std::to_string(label) + ": " + name + " is " + std::to_string(value);
            }
        }
        for (const auto& [name, value] : of_class) {
            total[name] += value;
            macro[name] += value / queries;
        }
        ++found;
    }
    const auto means_fault = [&](const RetrievalMeans& means, std::map<std::string, double>& expected, double terms) {
        for (const auto& [name, value] : named(means)) {
            const double right = name == "queries" ? static_cast<double>(valid)
                                 : terms == 0      ? 0
                                                   : expected[name] / terms;
            if (differs(value, right)) {
                return name + " is " + std::to_string(value) + " and should be " + std::to_string(right);
            }
        }
        return std::string();
    };
    const std::string overall = means_fault(result.overall, total, static_cast<double>(valid));
    return !overall.empty() ? overall : means_fault(result.macro, macro, static_cast<double>(sums.size()));
}

const RetrievalOptions many_k{.k = {1, 2, 3, 7, 20, 1000}};

/// Of every instruction set: the same order has the same means, bit for bit, so the sorts are done for the first alone.
void check(Metric metric, const char* name, const Scene& scene, const RetrievalOptions& options,
           const std::vector<RetrievalResult>& results)
{
    CAPTURE(scene.queries.name, scene.gallery.name, name);
    const RetrievalResult& first = results.front();
    CHECK(fault(metric, scene, options, first) == "");
    for (const RetrievalResult& result : results) {
        CHECK((named(result.overall) == named(first.overall) && named(result.macro) == named(first.macro) &&
               result.report.valid == first.report.valid && result.report.tuples == first.report.tuples));
    }
}

/// The result of `evaluate` at every level.
template <class Evaluate>
std::vector<RetrievalResult> at_levels(const Evaluate& evaluate)
{
    // One thread: waiting for others takes longer than such small scans where the machine is busy.
    std::vector<RetrievalResult> results;
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        results.push_back(evaluate(mohs::Options{.isa = level, .threads = 1}));
    }
    return results;
}

template <class M>
void check_self(const Set& set, const RetrievalOptions& options = many_k)
{
    const RetrievalMetrics evaluate{M{}, options};
    check(reference::metric_of<M>, M::name, {set, set, true}, options,
          at_levels([&](const mohs::Options& how) { return evaluate(set.batch(), how); }));
}

template <class M>
void check_gallery(const Set& queries, const Set& gallery, const RetrievalOptions& options = many_k)
{
    const RetrievalMetrics evaluate{M{}, options};
    check(reference::metric_of<M>, M::name, {queries, gallery, false}, options,
          at_levels([&](const mohs::Options& how) { return evaluate(queries.batch(), gallery.batch(), how); }));
}

/// A query at 0 with label 1 and a gallery at distances 1, 2, 3, ..., as a string of + (relevant) and - (not).
RetrievalResult of_pattern(const std::string& pattern, const RetrievalOptions& options)
{
    std::vector<double> at;
    std::vector<std::int64_t> labels;
    for (const char each : pattern) {
        at.push_back(static_cast<double>(at.size()) + 1);
        labels.push_back(each == '+' ? 1 : 0);
    }
    const Set query = line({0}, {1}), gallery = line(at, labels);
    return RetrievalMetrics{Euclidean{}, options}(query.batch(), gallery.batch());
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// By hand. The list of the one query is - + + - + -, so R = 3 and P at the relevant ranks is 1/2, 2/3, 3/5.

TEST_CASE("Hit rate at k is whether anything relevant is among the first k", "[evaluation]")
{
    const RetrievalResult result = of_pattern("-++-+-", {.k = {1, 2, 5}});
    CHECK(result.overall.at_k[0].hit_rate == 0);
    CHECK(result.overall.at_k[1].hit_rate == 1);
    CHECK(result.overall.at_k[2].hit_rate == 1);
}

TEST_CASE("Recall at k is the share of the relevant candidates among the first k", "[evaluation]")
{
    const RetrievalResult result = of_pattern("-++-+-", {.k = {1, 2, 3, 5}});
    CHECK(result.overall.at_k[0].recall == 0);
    CHECK(result.overall.at_k[1].recall == Approx(1.0 / 3));
    CHECK(result.overall.at_k[2].recall == Approx(2.0 / 3));
    CHECK(result.overall.at_k[3].recall == 1);
}

TEST_CASE("Precision at k is the share of the first k that is relevant", "[evaluation]")
{
    const RetrievalResult result = of_pattern("-++-+-", {.k = {1, 2, 3, 5}});
    CHECK(result.overall.at_k[0].precision == 0);
    CHECK(result.overall.at_k[1].precision == Approx(1.0 / 2));
    CHECK(result.overall.at_k[2].precision == Approx(2.0 / 3));
    CHECK(result.overall.at_k[3].precision == Approx(3.0 / 5));
}

TEST_CASE("Precision at k counts missing candidates as not relevant", "[evaluation]")
{
    // Two candidates, k = 8.
    const RetrievalResult result = of_pattern("+-", {.k = {8}});
    CHECK(result.overall.at_k[0].precision == Approx(1.0 / 8));
}

TEST_CASE("Precision at k can be divided by what is reachable", "[evaluation]")
{
    // R = 3: at 2 both divisors are 2, at 5 it is 3 instead of 5.
    const RetrievalResult result =
        of_pattern("-++-+-", {.k = {2, 5}, .precision_divisor = PrecisionDivisor::reachable});
    CHECK(result.overall.at_k[0].precision == Approx(1.0 / 2));
    CHECK(result.overall.at_k[1].precision == 1);
}

TEST_CASE("R-precision is precision at the number of relevant candidates", "[evaluation]")
{
    CHECK(of_pattern("-++-+-", {}).overall.r_precision == Approx(2.0 / 3));
}

TEST_CASE("MAP at R averages the precisions at relevant ranks up to R", "[evaluation]")
{
    // (1/2 + 2/3) / 3 = 7/18. The hit at rank 5 is beyond R and does not count.
    CHECK(of_pattern("-++-+-", {}).overall.map_at_r == Approx(7.0 / 18));
}

TEST_CASE("MAP at k is divided by the number of relevant candidates", "[evaluation]")
{
    // At 2: (1/2) / 3. At 5: (1/2 + 2/3 + 3/5) / 3 = 53/90. A divisor of hits would give 1/2 at 2.
    const RetrievalResult result = of_pattern("-++-+-", {.k = {2, 5}});
    CHECK(result.overall.at_k[0].map == Approx(1.0 / 6));
    CHECK(result.overall.at_k[1].map == Approx(53.0 / 90));
}

TEST_CASE("MAP at k can be divided by what is reachable", "[evaluation]")
{
    // At 2: (1/2) / min(2, 3). At 5: 53/30 / min(5, 3).
    const RetrievalResult result = of_pattern("-++-+-", {.k = {2, 5}, .map_divisor = MapDivisor::reachable});
    CHECK(result.overall.at_k[0].map == Approx(1.0 / 4));
    CHECK(result.overall.at_k[1].map == Approx(53.0 / 90));
}

TEST_CASE("MAP at k can be divided by what was found", "[evaluation]")
{
    // At 1 nothing was found: 0. At 2: (1/2) / 1. At 3: (1/2 + 2/3) / 2.
    const RetrievalResult result = of_pattern("-++-+-", {.k = {1, 2, 3}, .map_divisor = MapDivisor::found});
    CHECK(result.overall.at_k[0].map == 0);
    CHECK(result.overall.at_k[1].map == Approx(1.0 / 2));
    CHECK(result.overall.at_k[2].map == Approx(7.0 / 12));
}

TEST_CASE("MRR is the reciprocal of the first relevant rank however far it is", "[evaluation]")
{
    CHECK(of_pattern("-++-+-", {}).overall.mrr == Approx(1.0 / 2));
    // One relevant candidate at rank 7, R = 1 and no k beyond 1: the rank is still exact.
    CHECK(of_pattern("------+-", {.k = {1}}).overall.mrr == Approx(1.0 / 7));
}

TEST_CASE("MRR needs no k", "[evaluation]")
{
    CHECK(of_pattern("--+", {.k = {}}).overall.mrr == Approx(1.0 / 3));
}

TEST_CASE("MRR at k is 0 where the first relevant rank is beyond k", "[evaluation]")
{
    const RetrievalResult result = of_pattern("--+-+", {.k = {2, 3}});
    CHECK(result.overall.at_k[0].mrr == 0);
    CHECK(result.overall.at_k[1].mrr == Approx(1.0 / 3));
}

TEST_CASE("NDCG at k is the discounted gain over that of the best order", "[evaluation]")
{
    // Gains: 1/log2(3) at rank 2, 1/log2(4) = 1/2 at rank 3, 1/log2(6) at rank 5; the best order of three is
    // 1 + 1/log2(3) + 1/2, the best two are 1 + 1/log2(3).
    const RetrievalResult result = of_pattern("-++-+-", {.k = {1, 2, 5}});
    const double second = 1 / std::log2(3.0), fifth = 1 / std::log2(6.0);
    CHECK(result.overall.at_k[0].ndcg == 0);
    CHECK(result.overall.at_k[1].ndcg == Approx(second / (1 + second)));
    CHECK(result.overall.at_k[2].ndcg == Approx((second + 0.5 + fifth) / (1.5 + second)));
}

TEST_CASE("A perfect order has every metric at exactly 1 except those that k limits", "[evaluation]")
{
    const RetrievalResult result = of_pattern("+++--", {.k = {3}});
    result.overall.for_each([](const char* name, double value) {
        CAPTURE(name);
        CHECK(value == 1);
    });
}

TEST_CASE("Averages over queries and over classes differ as they should", "[evaluation]")
{
    // Label 1: queries at 0 and 1 find each other: hit. Label 2: the queries at 10, 14 and 20 have the rows of label 3
    // at 11 and 15 closer to them, except 20, whose nearest is 15 too: no hit. Label 3: 11's nearest is 10, 15's is 14.
    const Set set = line({0, 1, 10, 14, 20, 11, 15}, {1, 1, 2, 2, 2, 3, 3});
    const RetrievalResult result = RetrievalMetrics{Euclidean{}, {.k = {1}}}(set.batch());
    CHECK(result.overall.queries == 7);
    CHECK(result.overall.at_k[0].hit_rate == Approx(2.0 / 7));
    CHECK(result.macro.at_k[0].hit_rate == Approx(1.0 / 3));
    REQUIRE(result.per_class.size() == 3);
    CHECK(result.per_class[0].label == 1);
    CHECK(result.per_class[0].means.queries == 2);
    CHECK(result.per_class[0].means.at_k[0].hit_rate == 1);
    CHECK(result.per_class[1].means.queries == 3);
    CHECK(result.per_class[1].means.at_k[0].hit_rate == 0);
}

// ---------------------------------------------------------------------------------------------------------------------
// Defects of others

TEST_CASE("Lone queries are left out of the averages and counted", "[evaluation]")
{
    // The row at 50 is alone with its label. Counting it as a miss would give 4/5.
    const Set set = line({0, 1, 10, 11, 50}, {1, 1, 2, 2, 3});
    const RetrievalResult result = RetrievalMetrics{Euclidean{}, {.k = {1}}}(set.batch());
    CHECK(result.overall.at_k[0].hit_rate == 1);
    CHECK(result.overall.queries == 4);
    CHECK(result.report.no_positive == 1);
    CHECK(result.per_class.size() == 2);
}

TEST_CASE("Only lone queries give zeros and not a NaN", "[evaluation]")
{
    const Set set = line({0, 1, 2}, {1, 2, 3});
    const RetrievalResult result = RetrievalMetrics{Euclidean{}, {.k = {1}}}(set.batch());
    CHECK(result.report.no_positive == 3);
    CHECK(result.per_class.empty());
    result.overall.for_each([](const char* name, double value) {
        CAPTURE(name);
        CHECK(value == 0);
    });
    result.macro.for_each([](const char* name, double value) {
        CAPTURE(name);
        CHECK(value == 0);
    });
}

TEST_CASE("A gallery without a relevant row leaves every query lone", "[evaluation]")
{
    // Under _GLIBCXX_ASSERTIONS and with traps nothing may look at the first of no ranks.
    const Set queries = line({0, 1, 2, 3}, {1, 1, 2, 3});
    const Set none = line({}, {}), others = line({5, 6, 7}, {7, 8, 9});
    Set bad = evaluation::with_bad_rows(line({0, 0, 1}, {4, 4, 1}));
    bad.name = "only a row that is not finite is relevant";
    for (const Set* gallery : std::initializer_list<const Set*>{&none, &others, &bad}) {
        check_gallery<mohs::Cosine>(queries, *gallery);
        check_gallery<Euclidean>(queries, *gallery);
        const RetrievalResult result = RetrievalMetrics{Euclidean{}}(queries.batch(), gallery->batch());
        CHECK(result.report.no_positive == 4);
        CHECK(result.overall.mrr == 0);
    }
}

TEST_CASE("Leaving the query itself out does not cost a neighbour", "[evaluation]")
{
    // All k = 2 neighbours of every row are relevant; a slice of k - 1 would give 1/2.
    const Set set = line({0, 1, 2, 50, 51, 52}, {1, 1, 1, 2, 2, 2});
    const RetrievalResult result = RetrievalMetrics{Euclidean{}, {.k = {2}}}(set.batch());
    CHECK(result.overall.at_k[0].precision == 1);
    CHECK(result.overall.at_k[0].map == 1);
}

TEST_CASE("MAP at R is right when R is larger than every k", "[evaluation]")
{
    // (1 + 2/3 + 3/4) / 4 = 29/48 whatever k is.
    CHECK(of_pattern("+-++-+", {.k = {1}}).overall.map_at_r == Approx(29.0 / 48));
    CHECK(of_pattern("+-++-+", {.k = {6}}).overall.map_at_r == Approx(29.0 / 48));
}

TEST_CASE("The query is left out by row and not by distance", "[evaluation]")
{
    // Rows 0, 1 and 2 are equal. Row 2 finds row 0, then row 1: taking the first neighbour at distance 0 for the query
    // itself, or the lowest row, would lose one of them. Of equals the lowest row ranks first, so 0 finds 1, and 1 and
    // 2 find 0.
    const Set set = line({5, 5, 5, 9}, {1, 2, 1, 2});
    const RetrievalResult result = RetrievalMetrics{Euclidean{}, {.k = {1, 2}}}(set.batch());
    // Lists: row 0: -+-, row 1: --+, row 2: +--, row 3: -+-.
    CHECK(result.overall.at_k[0].hit_rate == Approx(1.0 / 4));
    CHECK(result.overall.at_k[1].hit_rate == Approx(3.0 / 4));
    CHECK(result.overall.mrr == Approx((1.0 / 2 + 1.0 / 3 + 1 + 1.0 / 2) / 4));
}

TEST_CASE("A copy of the query is left out by its sample id and other copies are not", "[evaluation]")
{
    // The query has id 7, as has the first gallery row. Left: -+, from rows 1 and 2.
    Set query = line({0}, {1}), gallery = line({0, 0, 0}, {1, 2, 1});
    query.ids = {7};
    gallery.ids = {7, 8, 9};
    query.has_ids = gallery.has_ids = true;
    const RetrievalResult result = RetrievalMetrics{Euclidean{}, {.k = {1}}}(query.batch(), gallery.batch());
    CHECK(result.report.tuples == 1);
    CHECK(result.overall.mrr == Approx(1.0 / 2));
}

// ---------------------------------------------------------------------------------------------------------------------
// Against full sorts

TEST_CASE("Equal scores rank by ascending row", "[evaluation]")
{
    CHECK(of_pattern("+-", {.k = {1}}).overall.at_k[0].hit_rate == 1);
    const Set query = line({0}, {1});
    const Set relevant_first = line({3, 3}, {1, 2}), relevant_last = line({3, 3}, {2, 1});
    const RetrievalMetrics evaluate{Euclidean{}, {.k = {1}}};
    CHECK(evaluate(query.batch(), relevant_first.batch()).overall.at_k[0].hit_rate == 1);
    CHECK(evaluate(query.batch(), relevant_last.batch()).overall.at_k[0].hit_rate == 0);
}

TEST_CASE("Retrieval metrics of a batch equal those of full sorts", "[evaluation]")
{
    for (const Index size : {0, 1, 2, 23, 24, 25, 49, 130}) {
        for (const Index classes : {1, 2, 5, 40}) {
            const Set plain = evaluation::random_set(size, 3, classes, static_cast<std::uint64_t>(size + classes));
            for (const Set& set :
                 {plain, evaluation::with_duplicates(plain, 5), evaluation::with_bad_rows(plain),
                  evaluation::with_shared_ids(plain, 6),
                  evaluation::with_bad_rows(evaluation::with_shared_ids(evaluation::with_duplicates(plain, 7), 8))}) {
                check_self<mohs::Cosine>(set);
                check_self<mohs::DotProduct>(set);
                check_self<Euclidean>(set);
            }
        }
    }
}

TEST_CASE("Retrieval metrics of queries in a gallery equal those of full sorts", "[evaluation]")
{
    for (const Index size : {0, 1, 24, 70}) {
        for (const Index classes : {1, 3, 30}) {
            const Set queries = evaluation::random_set(size, 3, classes, static_cast<std::uint64_t>(size + classes));
            const Set gallery = evaluation::random_set(2 * size / 3 + 5, 3, classes + 2, 77);
            check_gallery<mohs::Cosine>(queries, gallery);
            check_gallery<mohs::DotProduct>(queries, evaluation::with_duplicates(gallery, 9));
            check_gallery<Euclidean>(evaluation::with_bad_rows(queries), evaluation::with_bad_rows(gallery));
            check_gallery<Euclidean>(evaluation::with_shared_ids(queries, 10),
                                     evaluation::with_shared_ids(gallery, 11));
        }
    }
}

TEST_CASE("Zero rows and rows of any norm are ranked like others", "[evaluation]")
{
    Set plain = evaluation::random_set(80, 3, 9, 22), zero = plain, mixed = plain;
    for (Index row = 0; row < 80; ++row) {
        mixed.rows.row(row) *= std::ldexp(1.0, static_cast<int>(row % 7 - 3) * 30);
        if (row % 3 == 0) {
            zero.rows.row(row).setZero();
        }
    }
    zero.name = "zero rows";
    // A cosine does not see norms; a distance of rows that far apart in norm is that of the larger one, and ties.
    mixed.name = "norms of 2^-90 to 2^90";
    check_self<mohs::Cosine>(zero);
    check_self<mohs::DotProduct>(zero);
    check_self<Euclidean>(zero);
    check_gallery<mohs::Cosine>(zero, plain);
    check_gallery<Euclidean>(plain, zero);
    check_self<mohs::Cosine>(mixed);
    check_gallery<mohs::Cosine>(mixed, plain);
    for (const double factor : {0x1p90, 0x1p-90}) {
        Set scaled = plain;
        scaled.rows *= factor;
        scaled.name = "times " + std::to_string(factor);
        check_self<mohs::Cosine>(scaled);
        check_self<mohs::DotProduct>(scaled);
        check_self<Euclidean>(scaled);
        // Squares of these do not exist in float.
        const mohs::Matrix narrow = scaled.rows.cast<float>(), near_one = plain.rows.cast<float>();
        const mohs::Batch<float> batch(narrow, plain.labels), right(near_one, plain.labels);
        CHECK(named(RetrievalMetrics{mohs::Cosine{}, many_k}(batch).overall) ==
              named(RetrievalMetrics{mohs::Cosine{}, many_k}(right).overall));
        CHECK(named(RetrievalMetrics{Euclidean{}, many_k}(batch).overall) ==
              named(RetrievalMetrics{Euclidean{}, many_k}(right).overall));
    }
}

TEST_CASE("Every divisor equals its definition on random data", "[evaluation]")
{
    const Set set = evaluation::random_set(60, 2, 6, 12);
    for (const MapDivisor divisor : {MapDivisor::relevant, MapDivisor::reachable, MapDivisor::found}) {
        for (const PrecisionDivisor other : {PrecisionDivisor::k, PrecisionDivisor::reachable}) {
            check_self<Euclidean>(set, {.k = {1, 4, 9, 100}, .precision_divisor = other, .map_divisor = divisor});
        }
    }
}

TEST_CASE("Ties between different rows are exact for whole numbers in float", "[evaluation]")
{
    // Products of small whole numbers are exact in float and in double, so most candidates tie.
    Set set = evaluation::random_set(150, 2, 6, 13);
    set.rows = (set.rows * 3).array().round().matrix().eval();
    const mohs::Matrix rows = set.rows.cast<float>();
    const RetrievalResult result = RetrievalMetrics{mohs::DotProduct{}, many_k}(mohs::Batch{rows, set.labels});
    CHECK(fault(reference::metric_of<mohs::DotProduct>, {set, set, true}, many_k, result) == "");
}

TEST_CASE("Classes too large to keep all their positives at once are evaluated in parts", "[evaluation]")
{
    // About 2 x 250^2 = 125000 relevant pairs: more than the 65536 that are kept for small batches.
    const Set plain = evaluation::random_set(500, 3, 2, 14);
    check_self<mohs::Cosine>(plain, {.k = {1, 10}});
    check_self<Euclidean>(evaluation::with_bad_rows(evaluation::with_duplicates(plain, 15)), {.k = {1, 10}});
    check_self<Euclidean>(evaluation::with_shared_ids(plain, 16), {.k = {1, 10}});
    check_gallery<Euclidean>(plain, evaluation::random_set(400, 3, 2, 17), {.k = {1, 10}});
}

TEST_CASE("The order is that of the nearest neighbours", "[evaluation]")
{
    // Float rows close together: what ranks ahead is decided by rounding, and must be decided alike.
    const Set set = evaluation::random_set(200, 4, 20, 18);
    const mohs::Matrix rows = (set.rows * 1e-3).array().cast<float>() + 1.0F;
    const mohs::Batch batch{rows, set.labels};
    const Index k = 4;
    const auto neighbours = mohs::NearestNeighbours{Euclidean{}, {.k = k}}(batch);
    double hits = 0, precision = 0;
    const RetrievalResult result = RetrievalMetrics{Euclidean{}, {.k = {k}}}(batch);
    for (Index row = 0; row < 200; ++row) {
        double found = 0;
        for (Index rank = 0; rank < k; ++rank) {
            found += set.label(neighbours.index(row, rank)) == set.label(row) ? 1 : 0;
        }
        hits += found > 0 ? 1 : 0;
        precision += found / static_cast<double>(k);
    }
    REQUIRE(result.overall.queries == 200);
    CHECK(result.overall.at_k[0].hit_rate == Approx(hits / 200).epsilon(1e-12));
    CHECK(result.overall.at_k[0].precision == Approx(precision / 200).epsilon(1e-12));
}

TEST_CASE("Retrieval metrics have the same bits for any executor", "[evaluation]")
{
    const Set set = evaluation::with_duplicates(evaluation::random_set(300, 5, 7, 19), 20);
    const RetrievalMetrics evaluate{mohs::Cosine{}, many_k};
    const auto one = named(evaluate(set.batch()).overall);
    mohs::Options backward;
    backward.threads = 3;
    backward.executor = [](Index count, const std::function<void(Index)>& body) {
        for (Index i = count; i-- > 0;) {
            body(i);
        }
    };
    CHECK(named(evaluate(set.batch(), backward).overall) == one);
}

TEST_CASE("A batch against a copy of itself with sample ids equals the batch against itself", "[evaluation]")
{
    Set set = evaluation::random_set(90, 4, 9, 21);
    const RetrievalMetrics evaluate{mohs::Cosine{}, many_k};
    const auto self = named(evaluate(set.batch()).overall);
    for (Index i = 0; i < set.size(); ++i) {
        set.ids.push_back(i);
    }
    set.has_ids = true;
    CHECK(named(evaluate(set.batch(), set.batch()).overall) == self);
}

// ---------------------------------------------------------------------------------------------------------------------
// Use

TEST_CASE("RetrievalMetrics refuses a k below 1", "[evaluation]")
{
    CHECK(reference::message_of([] {
              (void)RetrievalMetrics{Euclidean{}, {.k = {1, 0}}};
          }).find("mohs::RetrievalMetrics: k is 0") == 0);
    CHECK(reference::message_of([] {
              (void)RetrievalMetrics{Euclidean{}, {.k = {-3}}};
          }).find("-3") != std::string::npos);
}

TEST_CASE("RetrievalMetrics refuses batches without labels", "[evaluation]")
{
    const mohs::Matrix rows = mohs::Matrix::Ones(3, 2);
    CHECK(reference::message_of([&] { (void)RetrievalMetrics{Euclidean{}}(mohs::Batch{rows}); }).find("labels") !=
          std::string::npos);
}

TEST_CASE("RetrievalMetrics refuses a gallery with another number of columns", "[evaluation]")
{
    const Set two = evaluation::random_set(4, 2, 2, 1), three = evaluation::random_set(4, 3, 2, 1);
    CHECK(reference::message_of([&] {
              (void)RetrievalMetrics{Euclidean{}}(two.batch(), three.batch());
          }).find("columns") != std::string::npos);
}

TEST_CASE("A retrieval result feeds a logger with names", "[evaluation]")
{
    std::map<std::string, double> logged;
    of_pattern("-+", {.k = {1, 12}}).for_each([&](const char* name, double value) { logged[name] = value; });
    CHECK(logged.at("recall_at_12") == 1);
    CHECK(logged.at("hit_rate_at_1") == 0);
    CHECK(logged.at("macro_mrr") == 0.5);
    CHECK(logged.at("lone_queries") == 0);
    CHECK(logged.at("classes") == 1);
}

TEST_CASE("A k beyond all candidates costs no memory", "[evaluation]")
{
    const RetrievalResult result = of_pattern("-+", {.k = {Index{1} << 60}});
    CHECK(result.overall.at_k[0].recall == 1);
}

TEST_CASE("Retrieval takes any layout", "[evaluation]")
{
    const auto same = [](const auto& a, const auto& b) {
        return a.report.valid > 10 && evaluation::entries_of(a) == evaluation::entries_of(b);
    };
    CHECK(mining::layout_fault(mohs::RetrievalMetrics{mohs::Euclidean{}}, same) == "");
}
