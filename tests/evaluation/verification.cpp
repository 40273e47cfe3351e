// Covers detail/evaluation/count_by_key.hpp, detail/evaluation/verification_rates.hpp,
// detail/evaluation/verifier.hpp, result/verification_result.hpp.

#include "../catch.hpp"
#include "../mining/expected.hpp"
#include "oracle.hpp"

#include <mohs/evaluation/verification.hpp>

#include <functional>
#include <map>
#include <string>

namespace {

using evaluation::line;
using evaluation::Scene;
using evaluation::Set;
using mohs::DotProduct;
using mohs::Euclidean;
using mohs::Index;
using mohs::OperatingPoint;
using mohs::VerificationMetrics;
using mohs::VerificationOptions;
using mohs::VerificationResult;
using reference::Metric;

// ---------------------------------------------------------------------------------------------------------------------
// The definitions, on the full list of all pairs

struct Pair {
    float closeness;  ///< rounded as the library says it does; bigger is closer
    bool positive;
    std::int64_t label;  ///< of the query
};

std::vector<Pair> pairs_of(Metric metric, const Scene& scene)
{
    std::vector<Pair> pairs;
    for (Index query = 0; query < scene.queries.size(); ++query) {
        for (Index row = 0; row < scene.gallery.size() && scene.queries.finite(query); ++row) {
            if (scene.is_candidate(query, row)) {
                const double closeness = evaluation::closeness(metric, scene.queries, query, scene.gallery, row);
                pairs.push_back({static_cast<float>(closeness), scene.gallery.label(row) == scene.queries.label(query),
                                 scene.queries.label(query)});
            }
        }
    }
    return pairs;
}

struct Rates {
    double positives = 0, negatives = 0, false_accept_rate = 0, true_accept_rate = 0;
};

/// Rates when pairs of at least this closeness are accepted.
Rates rates_at(const std::vector<Pair>& pairs, double closeness, const std::function<bool(const Pair&)>& counts)
{
    Rates rates;
    for (const Pair& pair : pairs) {
        if (counts(pair)) {
            const double accepted = static_cast<double>(pair.closeness) >= closeness ? 1 : 0;
            (pair.positive ? rates.positives : rates.negatives) += 1;
            (pair.positive ? rates.true_accept_rate : rates.false_accept_rate) += accepted;
        }
    }
    rates.true_accept_rate /= std::max(rates.positives, 1.0);
    rates.false_accept_rate /= std::max(rates.negatives, 1.0);
    return rates;
}

bool everything(const Pair&)
{
    return true;
}

struct Definition {
    double eer = 0, auc = 0;
    std::vector<double> tar_at_far;
};

/// By a walk over all pairs in order. Needs positives and negatives.
Definition definition_of(std::vector<Pair> pairs, const std::vector<double>& targets)
{
    std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.closeness > b.closeness; });
    const Rates all = rates_at(pairs, -1e30, everything);
    Definition result;
    result.tar_at_far.assign(targets.size(), 0);
    double far = 0, tar = 0;
    bool crossed = false;
    for (std::size_t begin = 0, end = 0; begin < pairs.size(); begin = end) {
        double positives = 0, negatives = 0;
        for (; end < pairs.size() && pairs[end].closeness == pairs[begin].closeness; ++end) {
            (pairs[end].positive ? positives : negatives) += 1;
        }
        // Counts first and one division: rates are then the nearest doubles to the true ones.
        const double next_far = std::round(far * all.negatives + negatives) / all.negatives,
                     next_tar = std::round(tar * all.positives + positives) / all.positives;
        result.auc += (next_far - far) * (tar + next_tar) / 2;
        // far + t (next_far - far) = 1 - tar - t (next_tar - tar), for t in [0, 1].
        if (!crossed && next_far >= 1 - next_tar) {
            const double t = (1 - tar - far) / (next_far - far + next_tar - tar);
            result.eer = far + t * (next_far - far);
            crossed = true;
        }
        far = next_far;
        tar = next_tar;
        for (std::size_t i = 0; i < targets.size(); ++i) {
            if (far <= targets[i]) {
                result.tar_at_far[i] = tar;
            }
        }
    }
    return result;
}

double closeness_of(Metric metric, double threshold)
{
    return metric.similarity ? threshold : -threshold;
}

/// What is wrong with a result; empty if nothing is.
std::string fault(Metric metric, const Scene& scene, const VerificationOptions& options,
                  const VerificationResult& result)
{
    const std::vector<Pair> pairs = pairs_of(metric, scene);
    const Rates all = rates_at(pairs, -1e30, everything);
    // Rates are quotients of the same counts; areas and crossings add up at most some thousand terms.
    const auto differs = [](double a, double b) { return !(std::abs(a - b) <= 1e-12); };
    if (differs(static_cast<double>(result.positives), all.positives) ||
        differs(static_cast<double>(result.negatives), all.negatives) ||
        differs(static_cast<double>(result.report.tuples), all.positives + all.negatives)) {
        return "the pairs are counted wrong";
    }
    const mohs::Report& report = result.report;
    if (report.anchors != scene.queries.size() || report.non_finite != static_cast<Index>(scene.queries.bad.size()) ||
        report.non_finite_candidates != static_cast<Index>(scene.gallery.bad.size()) ||
        report.valid + report.no_positive + report.non_finite != report.anchors) {
        return "the report is wrong";
    }
    if (result.at_far.size() != options.false_accept_rates.size()) {
        return "a target is missing";
    }
    if (all.positives == 0 || all.negatives == 0) {
        bool zero = result.eer == 0 && result.auc == 0 && result.roc.empty() && result.per_class.empty();
        for (const auto& each : result.at_far) {
            zero = zero && each.point.true_accept_rate == 0 && each.point.false_accept_rate == 0;
        }
        return zero ? "" : "something is not 0";
    }
    const Definition right = definition_of(pairs, options.false_accept_rates);
    if (differs(result.eer, right.eer)) {
        return "eer is " + std::to_string(result.eer) + " and should be " + std::to_string(right.eer);
    }
    if (!(std::abs(result.auc - right.auc) <= result.auc_error + 1e-12) || result.auc_error > 0.5) {
        return "auc is " + std::to_string(result.auc) + " and should be " + std::to_string(right.auc);
    }
    const auto is_exact = [&](const OperatingPoint& point) {
        const Rates rates = rates_at(pairs, closeness_of(metric, point.threshold), everything);
        return !differs(point.false_accept_rate, rates.false_accept_rate) &&
               !differs(point.true_accept_rate, rates.true_accept_rate);
    };
    if (!is_exact(result.at_eer) || result.at_eer.false_accept_rate < 1 - result.at_eer.true_accept_rate - 1e-12) {
        return "the threshold of eer is wrong";
    }
    for (std::size_t i = 0; i < options.false_accept_rates.size(); ++i) {
        const mohs::TarAtFar& each = result.at_far[i];
        if (each.target != options.false_accept_rates[i] || differs(each.point.true_accept_rate, right.tar_at_far[i]) ||
            each.point.false_accept_rate > each.target || !is_exact(each.point)) {
            return "tar at far " + std::to_string(each.target) + " is " + std::to_string(each.point.true_accept_rate) +
                   " and should be " + std::to_string(right.tar_at_far[i]);
        }
    }
    OperatingPoint last;
    for (std::size_t i = 0; i < result.roc.size(); ++i) {
        // Some of many: each costs a walk over all pairs.
        if (result.roc[i].false_accept_rate < last.false_accept_rate ||
            result.roc[i].true_accept_rate < last.true_accept_rate ||
            (i % (result.roc.size() / 20 + 1) == 0 && !is_exact(result.roc[i]))) {
            return "the ROC curve is wrong";
        }
        last = result.roc[i];
    }
    return last.false_accept_rate == 1 && last.true_accept_rate == 1 ? ""
                                                                     : "the ROC curve does not end with every pair";
}

/// What is wrong with the rates per class; empty if nothing is.
std::string class_fault(Metric metric, const Scene& scene, const VerificationResult& result)
{
    const std::vector<Pair> pairs = pairs_of(metric, scene);
    std::map<std::int64_t, int> labels;
    for (const Pair& pair : pairs) {
        labels[pair.label] = 1;
    }
    if (result.per_class.size() != labels.size()) {
        return "classes are missing";
    }
    std::vector<double> far(result.at_far.size()), tar(result.at_far.size());
    double with_positives = 0, with_negatives = 0;
    auto found = result.per_class.begin();
    for (const auto& [label, unused] : labels) {
        const std::int64_t wanted = label;
        const auto counts = [wanted](const Pair& pair) { return pair.label == wanted; };
        const auto is_right = [&](const OperatingPoint& point, double threshold) {
            const Rates rates = rates_at(pairs, closeness_of(metric, threshold), counts);
            return point.threshold == threshold &&
                   std::abs(point.false_accept_rate - rates.false_accept_rate) <= 1e-12 &&
                   std::abs(point.true_accept_rate - rates.true_accept_rate) <= 1e-12;
        };
        const Rates all = rates_at(pairs, -1e30, counts);
        if (found->label != label || static_cast<double>(found->positives) != all.positives ||
            static_cast<double>(found->negatives) != all.negatives || found->at_far.size() != result.at_far.size() ||
            !is_right(found->at_eer, result.at_eer.threshold)) {
            return "class " + std::to_string(label) + " is wrong";
        }
        for (std::size_t i = 0; i < result.at_far.size(); ++i) {
            if (!is_right(found->at_far[i], result.at_far[i].point.threshold)) {
                return "class " + std::to_string(label) + " is wrong at a target";
            }
            far[i] += found->at_far[i].false_accept_rate;
            tar[i] += found->at_far[i].true_accept_rate;
        }
        with_positives += all.positives > 0 ? 1 : 0;
        with_negatives += all.negatives > 0 ? 1 : 0;
        ++found;
    }
    for (std::size_t i = 0; i < result.at_far.size(); ++i) {
        if (std::abs(result.at_far[i].macro_far - far[i] / with_negatives) > 1e-12 ||
            std::abs(result.at_far[i].macro_tar - tar[i] / with_positives) > 1e-12) {
            return "the means over classes are wrong";
        }
    }
    return "";
}

const VerificationOptions many_rates{.false_accept_rates = {0, 1e-3, 0.01, 0.1, 0.5, 0.99}};

/// Of every instruction set. Values that differ in their last bits may be other thresholds, so each has its own sort.
void check(Metric metric, const char* name, const Scene& scene, const std::vector<VerificationResult>& results)
{
    for (std::size_t level = 0; level < results.size(); ++level) {
        CAPTURE(scene.queries.name, scene.gallery.name, name, level);
        CHECK(fault(metric, scene, many_rates, results[level]) == "");
    }
}

/// The result of `verify` at every level.
template <class Verify>
std::vector<VerificationResult> at_levels(const Verify& verify)
{
    // One thread: waiting for others takes longer than such small scans where the machine is busy.
    std::vector<VerificationResult> results;
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        results.push_back(verify(mohs::Options{.isa = level, .threads = 1}));
    }
    return results;
}

template <class M>
void check_self(const Set& set)
{
    const VerificationMetrics verify{M{}, many_rates};
    check(reference::metric_of<M>, M::name, {set, set, true},
          at_levels([&](const mohs::Options& how) { return verify(set.batch(), how); }));
}

template <class M>
void check_gallery(const Set& queries, const Set& gallery)
{
    const VerificationMetrics verify{M{}, many_rates};
    check(reference::metric_of<M>, M::name, {queries, gallery, false},
          at_levels([&](const mohs::Options& how) { return verify(queries.batch(), gallery.batch(), how); }));
}

struct Scored {
    double score;
    bool positive;
};

/// One query of label 1 whose dot products with the gallery are the scores.
VerificationResult of_scores(const std::vector<Scored>& pairs, const VerificationOptions& options = {})
{
    std::vector<double> rows;
    std::vector<std::int64_t> labels;
    for (const Scored& pair : pairs) {
        rows.push_back(pair.score);
        labels.push_back(pair.positive ? 1 : 2);
    }
    const Set query = line({1}, {1}), gallery = line(rows, labels);
    return VerificationMetrics{DotProduct{}, options}(query.batch(), gallery.batch());
}

const std::vector<Scored> eight{{9, true},  {8, true}, {7, false}, {6, true},
                                {5, false}, {4, true}, {3, false}, {2, false}};

double just_above(float value)
{
    return static_cast<double>(std::nextafter(value, 1e30F));
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// By hand. Scores 9+ 8+ 7- 6+ 5- 4+ 3- 2-: four positives, four negatives.

TEST_CASE("The equal error rate is where as many negatives are accepted as positives are refused", "[evaluation]")
{
    // At 6: one of four negatives is accepted, one of four positives refused.
    const VerificationResult result = of_scores(eight);
    CHECK(result.eer == 0.25);
    CHECK(result.at_eer.threshold == 6);
    CHECK(result.at_eer.false_accept_rate == 0.25);
    CHECK(result.at_eer.true_accept_rate == 0.75);
}

TEST_CASE("The equal error rate is interpolated where the rates jump", "[evaluation]")
{
    // From (FAR, FRR) = (0, 1/2) to (1, 0): both are 1/3 a third of the way.
    CHECK(of_scores({{9, true}, {5, true}, {5, false}, {5, false}}).eer == Approx(1.0 / 3));
}

TEST_CASE("TAR at FAR accepts as much as the rate allows", "[evaluation]")
{
    // FAR 0: 9 and 8, anything above 7. FAR 1/4: also 7 and 6, anything above 5; 0.3 does not allow another one, and
    // 0.24 not even that one.
    const VerificationResult result = of_scores(eight, {.false_accept_rates = {0, 0.24, 0.25, 0.3}});
    CHECK(result.at_far[0].point.true_accept_rate == 0.5);
    CHECK(result.at_far[0].point.false_accept_rate == 0);
    CHECK(result.at_far[0].point.threshold == just_above(7));
    CHECK(result.at_far[1].point.true_accept_rate == 0.5);
    CHECK(result.at_far[2].point.true_accept_rate == 0.75);
    CHECK(result.at_far[2].point.false_accept_rate == 0.25);
    CHECK(result.at_far[2].point.threshold == just_above(5));
    CHECK(result.at_far[3].point.true_accept_rate == 0.75);
}

TEST_CASE("Positives that tie with a refused negative are refused", "[evaluation]")
{
    const VerificationResult result = of_scores({{5, true}, {5, false}, {3, true}}, {.false_accept_rates = {0}});
    CHECK(result.at_far[0].point.true_accept_rate == 0);
    CHECK(result.at_far[0].point.threshold == just_above(5));
}

TEST_CASE("The area under the curve is the share of positives ahead of negatives", "[evaluation]")
{
    // 4 + 4 + 3 + 2 of 16; all values are far apart, so there is no error.
    const VerificationResult result = of_scores(eight);
    CHECK(result.auc == Approx(13.0 / 16));
    CHECK(result.auc_error == 0);
    // A tie counts half: (1/2 + 1 + 0 + 1) / 4.
    CHECK(of_scores({{5, true}, {5, false}, {4, true}, {3, false}}).auc == Approx((0.5 + 1 + 0 + 1) / 4));
}

TEST_CASE("The ROC curve has a point per value where values are far apart", "[evaluation]")
{
    const VerificationResult result = of_scores(eight);
    const double far[] = {0, 0, 0.25, 0.25, 0.5, 0.5, 0.75, 1}, tar[] = {0.25, 0.5, 0.5, 0.75, 0.75, 1, 1, 1};
    REQUIRE(result.roc.size() == 8);
    for (std::size_t i = 0; i < 8; ++i) {
        CAPTURE(i);
        CHECK(result.roc[i].threshold == eight[i].score);
        CHECK(result.roc[i].false_accept_rate == far[i]);
        CHECK(result.roc[i].true_accept_rate == tar[i]);
    }
}

TEST_CASE("Separated pairs have no errors and inverted ones nothing else", "[evaluation]")
{
    const VerificationResult good =
        of_scores({{2, true}, {1, true}, {-1, false}, {-2, false}}, {.false_accept_rates = {0}});
    CHECK(good.eer == 0);
    CHECK(good.auc == 1);
    CHECK(good.at_far[0].point.true_accept_rate == 1);
    const VerificationResult bad =
        of_scores({{2, false}, {1, false}, {-1, true}, {-2, true}}, {.false_accept_rates = {0.5}});
    CHECK(bad.eer == 1);
    CHECK(bad.auc == 0);
    CHECK(bad.at_far[0].point.true_accept_rate == 0);
}

TEST_CASE("Thresholds of distances are upper bounds", "[evaluation]")
{
    // Distances 1+ 2- 3+: without a false accept only the first; anything below 2.
    const Set query = line({0}, {1}), gallery = line({1, 2, 3}, {1, 2, 1});
    const VerificationResult result =
        VerificationMetrics{Euclidean{}, {.false_accept_rates = {0}}}(query.batch(), gallery.batch());
    CHECK(result.at_far[0].point.true_accept_rate == 0.5);
    CHECK(result.at_far[0].point.threshold == static_cast<double>(std::nextafter(2.0F, 0.0F)));
}

TEST_CASE("Where negatives at distance 0 are refused nothing is accepted", "[evaluation][ieee]")
{
    const Set set = line({0, 1, 0, 1}, {0, 0, 1, 1});
    const VerificationResult result = VerificationMetrics{Euclidean{}, {.false_accept_rates = {0.1}}}(set.batch());
    CHECK(result.at_far[0].point.false_accept_rate == 0);
    CHECK(result.at_far[0].point.true_accept_rate == 0);
    // As a user applies it.
    CHECK(result.at_far[0].point.threshold < 0);
}

TEST_CASE("Values that differ in their last bit are told apart", "[evaluation]")
{
    // Both in one bin of the first scan; only the second scan sees that the positive is closer.
    const double low = 1 + 0x1p-22, high = 1 + 0x1p-21;
    const VerificationResult result = of_scores({{high, true}, {low, false}}, {.false_accept_rates = {0}});
    CHECK(result.at_far[0].point.true_accept_rate == 1);
    CHECK(result.eer == 0);
    CHECK(of_scores({{low, true}, {high, false}}, {.false_accept_rates = {0}}).at_far[0].point.true_accept_rate == 0);
}

TEST_CASE("Rates per class use the thresholds of all", "[evaluation]")
{
    // Both queries have the scores 9, 8, 7, 6 with rows of labels 1, 2, 1, 2. Of all, FAR 1/4 accepts 9: a positive
    // of label 1 and a negative of label 2.
    const Set queries = line({1, 1}, {1, 2}), gallery = line({9, 8, 7, 6}, {1, 2, 1, 2});
    const VerificationResult result = VerificationMetrics{
        DotProduct{}, {.false_accept_rates = {0.25}, .per_class = true}}(queries.batch(), gallery.batch());
    CHECK(result.at_far[0].point.true_accept_rate == 0.25);
    REQUIRE(result.per_class.size() == 2);
    CHECK(result.per_class[0].label == 1);
    CHECK(result.per_class[0].at_far[0].true_accept_rate == 0.5);
    CHECK(result.per_class[0].at_far[0].false_accept_rate == 0);
    CHECK(result.per_class[1].at_far[0].true_accept_rate == 0);
    CHECK(result.per_class[1].at_far[0].false_accept_rate == 0.5);
    CHECK(result.at_far[0].macro_tar == 0.25);
    CHECK(result.at_far[0].macro_far == 0.25);
}

TEST_CASE("One class or only singletons give zeros and a report", "[evaluation]")
{
    const Set one = line({1, 2, 3}, {4, 4, 4}), none = line({1, 2, 3}, {1, 2, 3});
    for (const Set* set : {&one, &none}) {
        const VerificationResult result = VerificationMetrics{DotProduct{}, {.per_class = true}}(set->batch());
        CHECK(result.positives + result.negatives == 6);
        CHECK(result.report.valid == 3);
        result.for_each([](const char* name, double value) {
            CAPTURE(name);
            CHECK((std::string(name).find("_pairs") != std::string::npos || value == 0));
        });
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Keys

TEST_CASE("Keys have the order of the values", "[evaluation]")
{
    const std::vector<float> ascending{-3e38F, -2, -1 - 0x1p-23F, -1, -1e-30F, 0, 1e-30F, 0.5F, 1, 1 + 0x1p-23F, 3e38F};
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        CHECK(mohs::detail::value_of_key<DotProduct>(mohs::detail::closeness_key<DotProduct>(ascending[i])) ==
              ascending[i]);
        CHECK(mohs::detail::value_of_key<Euclidean>(mohs::detail::closeness_key<Euclidean>(ascending[i])) ==
              ascending[i]);
        for (std::size_t j = 0; j < i; ++j) {
            CHECK(mohs::detail::closeness_key<DotProduct>(ascending[j]) <
                  mohs::detail::closeness_key<DotProduct>(ascending[i]));
            CHECK(mohs::detail::closeness_key<Euclidean>(ascending[j]) >
                  mohs::detail::closeness_key<Euclidean>(ascending[i]));
        }
    }
    const float minus_zero = std::bit_cast<float>(0x80000000U);
    CHECK(mohs::detail::closeness_key<DotProduct>(minus_zero) == mohs::detail::closeness_key<DotProduct>(0.0F));
}

// ---------------------------------------------------------------------------------------------------------------------
// Against full sorts

TEST_CASE("Verification of a batch equals a full sort of all pairs", "[evaluation]")
{
    for (const Index size : {0, 1, 2, 24, 25, 90}) {
        for (const Index classes : {1, 2, 20}) {
            const Set plain = evaluation::random_set(size, 3, classes, static_cast<std::uint64_t>(size + classes));
            for (const Set& set : {plain, evaluation::with_bad_rows(plain), evaluation::with_shared_ids(plain, 6)}) {
                check_self<mohs::Cosine>(set);
                check_self<Euclidean>(set);
            }
            // The distance between copies is 0 only up to rounding; products of copies are equal.
            check_self<mohs::Cosine>(evaluation::with_duplicates(plain, 5));
            check_self<DotProduct>(evaluation::with_bad_rows(evaluation::with_duplicates(plain, 7)));
        }
    }
}

TEST_CASE("Verification of queries in a gallery equals a full sort of all pairs", "[evaluation]")
{
    for (const Index size : {0, 1, 60}) {
        const Set queries = evaluation::random_set(size, 3, 7, 1), gallery = evaluation::random_set(100, 3, 9, 2);
        check_gallery<mohs::Cosine>(queries, evaluation::with_duplicates(gallery, 3));
        check_gallery<Euclidean>(evaluation::with_bad_rows(queries), evaluation::with_bad_rows(gallery));
        check_gallery<DotProduct>(evaluation::with_shared_ids(queries, 4), evaluation::with_shared_ids(gallery, 5));
    }
}

TEST_CASE("Whole numbers in float tie exactly", "[evaluation]")
{
    Set set = evaluation::random_set(120, 2, 6, 13);
    set.rows = (set.rows * 3).array().round().matrix().eval();
    const mohs::Matrix rows = set.rows.cast<float>();
    const VerificationResult result = VerificationMetrics{DotProduct{}, many_rates}(mohs::Batch{rows, set.labels});
    CHECK(fault(reference::metric_of<DotProduct>, {set, set, true}, many_rates, result) == "");
}

TEST_CASE("Many pairs in one bin of the first scan are still exact", "[evaluation]")
{
    // Cosines within 1e-3 of 1, so that all pairs share a handful of bins.
    Set set = evaluation::random_set(100, 3, 5, 14);
    set.rows = (set.rows.array() * 0.02 + 1).matrix().eval();
    check_self<mohs::Cosine>(set);
}

TEST_CASE("Rates per class equal those of full sorts", "[evaluation]")
{
    VerificationOptions options = many_rates;
    options.per_class = true;
    const Set set = evaluation::with_bad_rows(evaluation::random_set(80, 3, 30, 15));
    CHECK(class_fault(reference::metric_of<mohs::Cosine>, {set, set, true},
                      VerificationMetrics{mohs::Cosine{}, options}(set.batch())) == "");
    const Set gallery = evaluation::random_set(50, 3, 40, 16);
    CHECK(class_fault(reference::metric_of<Euclidean>, {set, gallery, false},
                      VerificationMetrics{Euclidean{}, options}(set.batch(), gallery.batch())) == "");
}

TEST_CASE("Verification has the same bits for any executor", "[evaluation]")
{
    const Set set = evaluation::random_set(200, 5, 7, 19);
    const VerificationMetrics verify{mohs::Cosine{}, many_rates};
    const auto named = [](const VerificationResult& result) {
        std::map<std::string, double> values;
        result.for_each([&](const char* name, double value) { values[name] = value; });
        return values;
    };
    mohs::Options backward;
    backward.threads = 3;
    backward.executor = [](Index count, const std::function<void(Index)>& body) {
        for (Index i = count; i-- > 0;) {
            body(i);
        }
    };
    CHECK(named(verify(set.batch(), backward)) == named(verify(set.batch())));
}

// ---------------------------------------------------------------------------------------------------------------------
// Use

TEST_CASE("VerificationMetrics refuses rates outside of 0 to 1", "[evaluation]")
{
    CHECK(reference::message_of([] {
              (void)VerificationMetrics{DotProduct{}, {.false_accept_rates = {0.1, 1}}};
          }).find("mohs::VerificationMetrics: false_accept_rates is 1") == 0);
    CHECK(reference::message_of([] {
              (void)VerificationMetrics{DotProduct{}, {.false_accept_rates = {-0.5}}};
          }).find("-0.5") != std::string::npos);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(!reference::message_of([nan] {
               (void)VerificationMetrics{DotProduct{}, {.false_accept_rates = {nan}}};
           }).empty());
}

TEST_CASE("VerificationMetrics refuses batches without labels", "[evaluation]")
{
    const mohs::Matrix rows = mohs::Matrix::Ones(3, 2);
    CHECK(reference::message_of([&] { (void)VerificationMetrics{DotProduct{}}(mohs::Batch{rows}); }).find("labels") !=
          std::string::npos);
}

TEST_CASE("Pairs with a value beyond float are counted", "[evaluation][raises]")
{
    // The products of the first two rows with one another are 1e60 and beyond float; those with the third are not.
    mohs::Matrix rows(3, 1);
    rows << 1e30F, 1e30F, 1;
    const std::vector<int> labels{1, 1, 2};
    const VerificationResult result =
        VerificationMetrics{DotProduct{}, {.false_accept_rates = {0}}}(mohs::Batch{rows, labels});
    CHECK(result.report.overflows == 2);
    CHECK(result.at_far[0].point.true_accept_rate == 1);
}

TEST_CASE("A verification result feeds a logger with names", "[evaluation]")
{
    std::map<std::string, double> logged;
    of_scores(eight, {.false_accept_rates = {0.25}}).for_each([&](const char* name, double value) {
        logged[name] = value;
    });
    CHECK(logged.at("eer") == 0.25);
    CHECK(logged.at("tar_at_far_0.25") == 0.75);
    CHECK(logged.at("positive_pairs") == 4);
    CHECK(logged.count("macro_tar_at_far_0.25") == 0);
}

TEST_CASE("Verification takes any layout", "[evaluation]")
{
    const auto same = [](const auto& a, const auto& b) {
        return a.report.valid > 10 && evaluation::entries_of(a) == evaluation::entries_of(b);
    };
    CHECK(mining::layout_fault(mohs::VerificationMetrics{mohs::Cosine{}}, same) == "");
}
