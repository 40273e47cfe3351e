// Covers detail/evaluation/verify_list.hpp, detail/evaluation/verify_pairs.hpp.

#include "../catch.hpp"
#include "../traps.hpp"
#include "oracle.hpp"

#include <mohs/evaluation/verification.hpp>

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>

namespace {

using evaluation::entries_of;
using evaluation::Set;
using mohs::Cosine;
using mohs::DotProduct;
using mohs::Euclidean;
using mohs::Index;
using mohs::VerificationMetrics;
using mohs::VerificationOptions;
using mohs::VerificationPair;
using mohs::VerificationResult;
using mohs::VerificationValue;
using reference::Metric;

// ---------------------------------------------------------------------------------------------------------------------
// The definitions, every threshold against every pair

struct Pair {
    double closeness;
    bool same;
    Index fold;
    std::int64_t label;
};

struct Rates {
    double positives = 0, negatives = 0, false_accept_rate = 0, true_accept_rate = 0, right = 0;
};

template <class Counts>
Rates rates_at(const std::vector<Pair>& pairs, double closeness, const Counts& counts)
{
    Rates rates;
    for (const Pair& pair : pairs) {
        if (counts(pair)) {
            const double accepted = pair.closeness >= closeness ? 1 : 0;
            (pair.same ? rates.positives : rates.negatives) += 1;
            (pair.same ? rates.true_accept_rate : rates.false_accept_rate) += accepted;
            rates.right += pair.same == (accepted > 0) ? 1 : 0;
        }
    }
    rates.true_accept_rate /= std::max(rates.positives, 1.0);
    rates.false_accept_rate /= std::max(rates.negatives, 1.0);
    rates.right /= std::max(rates.positives + rates.negatives, 1.0);
    return rates;
}

bool everything(const Pair&)
{
    return true;
}

/// The values of `pairs` for which `counts` holds, each once, closest first.
template <class Counts>
std::vector<double> thresholds_of(const std::vector<Pair>& pairs, const Counts& counts)
{
    std::vector<double> result;
    for (const Pair& pair : pairs) {
        if (counts(pair)) {
            result.push_back(pair.closeness);
        }
    }
    std::sort(result.begin(), result.end(), std::greater<>());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

bool close(double a, double b)
{
    return std::abs(a - b) <= 1e-12 * std::max(1.0, std::abs(b));
}

/// What is wrong with a result of these pairs; nothing if it is right.
std::string fault(Metric metric, const std::vector<Pair>& pairs, const VerificationOptions& options,
                  const VerificationResult& result)
{
    const auto closeness_of = [&](double threshold) { return metric.similarity ? threshold : -threshold; };
    const Rates all = rates_at(pairs, std::numeric_limits<double>::lowest(), everything);
    if (static_cast<double>(result.positives) != all.positives ||
        static_cast<double>(result.negatives) != all.negatives ||
        result.report.valid != static_cast<Index>(pairs.size())) {
        return "pairs";
    }
    if (all.positives == 0 || all.negatives == 0) {
        return result.eer != 0 || result.auc != 0 || !result.roc.empty() ? "zeros" : "";
    }
    const std::vector<double> thresholds = thresholds_of(pairs, everything);
    if (result.roc.size() != thresholds.size()) {
        return "points of the curve";
    }
    Rates before;
    std::optional<double> eer;
    for (std::size_t i = 0; i < thresholds.size(); ++i) {
        const Rates rates = rates_at(pairs, thresholds[i], everything);
        const mohs::OperatingPoint& point = result.roc[i];
        if (!close(closeness_of(point.threshold), thresholds[i]) ||
            point.false_accept_rate != rates.false_accept_rate || point.true_accept_rate != rates.true_accept_rate) {
            return "point " + std::to_string(i) + " of the curve";
        }
        if (!eer && rates.false_accept_rate >= 1 - rates.true_accept_rate) {
            const double t =
                (1 - before.true_accept_rate - before.false_accept_rate) /
                (rates.false_accept_rate - before.false_accept_rate + rates.true_accept_rate - before.true_accept_rate);
            eer = before.false_accept_rate + t * (rates.false_accept_rate - before.false_accept_rate);
            if (!close(closeness_of(result.at_eer.threshold), thresholds[i]) ||
                result.at_eer.false_accept_rate != rates.false_accept_rate) {
                return "the point of equal errors";
            }
        }
        before = rates;
    }
    if (!close(result.eer, *eer)) {
        return "equal error rate";
    }
    double ahead = 0;
    for (const Pair& positive : pairs) {
        for (const Pair& negative : pairs) {
            if (positive.same && !negative.same) {
                ahead += positive.closeness > negative.closeness    ? 1
                         : positive.closeness == negative.closeness ? 0.5
                                                                    : 0;
            }
        }
    }
    if (!close(result.auc, ahead / all.positives / all.negatives) || result.auc_error != 0) {
        return "area";
    }
    for (std::size_t i = 0; i < options.false_accept_rates.size(); ++i) {
        double best = 0;
        for (const double threshold : thresholds) {
            const Rates rates = rates_at(pairs, threshold, everything);
            best = rates.false_accept_rate <= options.false_accept_rates[i] ? std::max(best, rates.true_accept_rate)
                                                                            : best;
        }
        const mohs::OperatingPoint& point = result.at_far[i].point;
        // The oracle's values differ in their last bits, so those beside the threshold may be on either side of it.
        const double threshold = closeness_of(point.threshold);
        const Rates inner = rates_at(pairs, threshold + 1e-12, everything),
                    outer = rates_at(pairs, threshold - 1e-12, everything);
        if (point.true_accept_rate != best || point.false_accept_rate > options.false_accept_rates[i] ||
            inner.true_accept_rate > point.true_accept_rate || outer.true_accept_rate < point.true_accept_rate ||
            inner.false_accept_rate > point.false_accept_rate || outer.false_accept_rate < point.false_accept_rate) {
            return "target " + std::to_string(i);
        }
    }
    double sum = 0, rated = 0;
    for (Index fold = 0; fold < options.folds; ++fold) {
        const auto inside = [&](const Pair& pair) { return pair.fold == fold; };
        const auto outside = [&](const Pair& pair) { return pair.fold != fold; };
        const auto count = static_cast<Index>(std::count_if(pairs.begin(), pairs.end(), inside));
        const mohs::FoldVerification& found = result.folds[static_cast<std::size_t>(fold)];
        const std::vector<double> candidates = thresholds_of(pairs, outside);
        if (count == 0 || candidates.empty()) {
            if (found.pairs != 0 || found.accuracy != 0) {
                return "a fold without pairs";
            }
            continue;
        }
        double threshold = std::nextafter(candidates.front(), std::numeric_limits<double>::max());
        double best = rates_at(pairs, threshold, outside).right;
        for (const double candidate : candidates) {
            const double right = rates_at(pairs, candidate, outside).right;
            if (right > best + 1e-12) {
                best = right;
                threshold = candidate;
            }
        }
        if (found.pairs != count || !close(closeness_of(found.threshold), threshold) ||
            !close(found.accuracy, rates_at(pairs, threshold, inside).right)) {
            return "fold " + std::to_string(fold);
        }
        sum += found.accuracy;
        rated += 1;
    }
    if (options.folds > 0) {
        const double mean = sum / rated;
        double squares = 0;
        for (const mohs::FoldVerification& each : result.folds) {
            squares += each.pairs > 0 ? (each.accuracy - mean) * (each.accuracy - mean) : 0;
        }
        const double deviation = rated > 1 ? std::sqrt(squares / (rated - 1)) : 0;
        if (!close(result.accuracy, mean) || !close(result.accuracy_deviation, deviation) ||
            !close(result.accuracy_error, deviation / std::sqrt(rated))) {
            return "accuracy";
        }
    }
    return result.folds.size() == static_cast<std::size_t>(options.folds) ? "" : "folds";
}

/// The fold of a pair by its place: as many pairs in each as can be, the first ones one more.
Index consecutive_fold(Index number, Index count, Index folds)
{
    for (Index fold = 0, end = 0; fold < folds; ++fold) {
        end += count / folds + (fold < count % folds ? 1 : 0);
        if (number < end) {
            return fold;
        }
    }
    return -1;
}

/// Pairs as the oracle sees them, without those that have no value.
std::vector<Pair> pairs_of(Metric metric, const Set& queries, const Set& gallery,
                           const std::vector<VerificationPair>& pairs, Index folds)
{
    const Untrapped untrapped;
    std::vector<Pair> result;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const VerificationPair& pair = pairs[i];
        if (queries.finite(pair.anchor) && gallery.finite(pair.candidate)) {
            result.push_back({evaluation::closeness(metric, queries, pair.anchor, gallery, pair.candidate), pair.same,
                              pair.fold >= 0
                                  ? pair.fold
                                  : consecutive_fold(static_cast<Index>(i), static_cast<Index>(pairs.size()), folds),
                              queries.label(pair.anchor)});
        }
    }
    return result;
}

/// Pairs of any rows, the same ones more than once; `same` mostly as labels say.
std::vector<VerificationPair> random_pairs(const Set& queries, const Set& gallery, Index count, Index folds,
                                           std::uint64_t seed)
{
    evaluation::Generator generator(seed);
    const auto below = [&](Index end) { return static_cast<Index>(generator() % static_cast<std::uint64_t>(end)); };
    std::vector<VerificationPair> pairs;
    for (Index i = 0; i < count; ++i) {
        // Never a row with itself: cosines of those differ from 1 by a rounding, and would tie or not.
        const Index anchor = below(queries.size()),
                    candidate = (anchor + 1 + below(gallery.size() - 1)) % gallery.size();
        const bool same = (queries.label(anchor) == gallery.label(candidate)) != (below(5) == 0);
        pairs.push_back({anchor, candidate, same, folds > 0 ? below(folds) : -1});
    }
    return pairs;
}

template <class M>
void check(const Set& queries, const Set& gallery, const std::vector<VerificationPair>& pairs, Index folds)
{
    const VerificationOptions options{.false_accept_rates = {0, 0.05, 0.1, 0.5, 0.9}, .folds = folds};
    const VerificationMetrics verify{M{}, options};
    const VerificationResult result =
        &queries == &gallery ? verify(queries.batch(), pairs) : verify(queries.batch(), gallery.batch(), pairs);
    INFO(M::name << ", " << pairs.size() << " pairs, " << folds << " folds, " << queries.name);
    const std::vector<Pair> right = pairs_of(reference::metric_of<M>, queries, gallery, pairs, folds);
    CHECK(fault(reference::metric_of<M>, right, options, result) == "");
    CHECK(result.report.anchors == static_cast<Index>(pairs.size()));
    CHECK(result.report.non_finite == static_cast<Index>(pairs.size() - right.size()));
}

/// Rows of whole numbers: values are exact, and many tie.
Set whole(Set set)
{
    set.rows = (set.rows * 3).array().round().matrix().eval();
    set.name += ", whole numbers";
    return set;
}

const std::vector<VerificationValue> eight{{9, true},  {8, true}, {7, false}, {6, true},
                                           {5, false}, {4, true}, {3, false}, {2, false}};

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// By hand

TEST_CASE("values with flags have the rates of their list", "[evaluation]")
{
    // Scores 9+ 8+ 7- 6+ 5- 4+ 3- 2-, as of the tests over all pairs.
    const VerificationResult result = VerificationMetrics{DotProduct{}, {.false_accept_rates = {0, 0.25}}}(eight);
    CHECK(result.positives == 4);
    CHECK(result.negatives == 4);
    CHECK(result.eer == 0.25);
    CHECK(result.at_eer.threshold == 6);
    CHECK(result.auc == Approx(13.0 / 16));
    CHECK(result.auc_error == 0);
    CHECK(result.at_far[0].point.true_accept_rate == 0.5);
    CHECK(result.at_far[0].point.threshold == std::nextafter(7.0, 8.0));
    CHECK(result.at_far[1].point.true_accept_rate == 0.75);
    CHECK(result.at_far[1].point.threshold == std::nextafter(5.0, 6.0));
    CHECK(result.roc.size() == 8);
    CHECK(result.folds.empty());
    CHECK(entries_of(result).count("accuracy") == 0);
}

TEST_CASE("values of a distance are closer the smaller they are", "[evaluation]")
{
    const std::vector<VerificationValue> values{{1, true}, {2, false}, {3, true}, {4, false}};
    const VerificationResult result = VerificationMetrics{Euclidean{}, {.false_accept_rates = {0}}}(values);
    CHECK(result.at_far[0].point.true_accept_rate == 0.5);
    CHECK(result.at_far[0].point.threshold == std::nextafter(2.0, 1.0));
    CHECK(result.auc == 0.75);
}

TEST_CASE("values that differ in the last bit of a double are told apart", "[evaluation]")
{
    const double low = 1, high = std::nextafter(1.0, 2.0);
    CHECK(VerificationMetrics{DotProduct{}}(std::vector<VerificationValue>{{high, true}, {low, false}}).auc == 1);
    CHECK(VerificationMetrics{DotProduct{}}(std::vector<VerificationValue>{{low, true}, {high, false}}).auc == 0);
    CHECK(VerificationMetrics{DotProduct{}}(std::vector<VerificationValue>{{low, true}, {low, false}}).auc == 0.5);
}

TEST_CASE("every fold is rated at the threshold of the others", "[evaluation]")
{
    // Fold 0: 9+ 5-. Fold 1: 7+ 6-. Fold 2: 8- 3+.
    // Of folds 1 and 2, 8- 7+ 6- 3+: one negative and both positives right by accepting all, or 7 and more: 2 right; so
    // has refusing all. The strictest is to refuse all: above 8. 9 is accepted and 5 refused: 1.
    // Of 0 and 2, 9+ 8- 5- 3+: only 9 accepted is 3 right. 7 and 6 are refused: 1/2.
    // Of 0 and 1, 9+ 7+ 6- 5-: at 7 all is right. 8 is accepted, 3 refused: 0.
    const std::vector<VerificationValue> values{{9, true, 0},  {7, true, 1},  {8, false, 2},
                                                {5, false, 0}, {6, false, 1}, {3, true, 2}};
    const VerificationResult result = VerificationMetrics{DotProduct{}, {.folds = 3}}(values);
    REQUIRE(result.folds.size() == 3);
    CHECK(result.folds[0].threshold == std::nextafter(8.0, 9.0));
    CHECK(result.folds[1].threshold == 9);
    CHECK(result.folds[2].threshold == 7);
    CHECK(result.folds[0].accuracy == 1);
    CHECK(result.folds[1].accuracy == 0.5);
    CHECK(result.folds[2].accuracy == 0);
    CHECK(result.folds[2].pairs == 2);
    CHECK(result.accuracy == 0.5);
    CHECK(result.accuracy_deviation == 0.5);
    CHECK(result.accuracy_error == Approx(0.5 / std::sqrt(3.0)));
    const auto entries = entries_of(result);
    CHECK(entries.at("accuracy") == 0.5);
    CHECK(entries.at("accuracy_deviation") == 0.5);
    CHECK(entries.at("accuracy_error") == result.accuracy_error);
}

TEST_CASE("folds that nobody names are consecutive parts of the list", "[evaluation]")
{
    std::vector<VerificationValue> values;
    evaluation::Generator generator(3);
    for (Index i = 0; i < 17; ++i) {
        values.push_back({evaluation::uniform(generator) + (i % 2 == 0 ? 0.5 : 0), i % 2 == 0});
    }
    const VerificationMetrics verify{Cosine{}, {.folds = 5}};
    const VerificationResult parts = verify(values);
    // 17 = 4 + 4 + 3 + 3 + 3.
    const Index sizes[] = {4, 4, 3, 3, 3};
    std::size_t next = 0;
    for (std::size_t fold = 0; fold < 5; ++fold) {
        CHECK(parts.folds[fold].pairs == sizes[fold]);
        for (Index i = 0; i < sizes[fold]; ++i) {
            values[next++].fold = static_cast<Index>(fold);
        }
    }
    CHECK(entries_of(verify(values)) == entries_of(parts));
    // Named, they may come in any order.
    std::shuffle(values.begin(), values.end(), generator);
    CHECK(entries_of(verify(values)) == entries_of(parts));
}

TEST_CASE("rates per class of listed pairs are those of their anchors", "[evaluation]")
{
    const Set queries = evaluation::line({1, 1}, {4, 3}), gallery = evaluation::line({9, 8, 7, 6}, {0, 0, 0, 0});
    const std::vector<VerificationPair> pairs{{0, 0, true},  {0, 1, false}, {0, 2, true}, {0, 3, false},
                                              {1, 0, false}, {1, 1, true},  {1, 2, false}};
    const VerificationMetrics verify{DotProduct{}, {.false_accept_rates = {0.25}, .per_class = true}};
    const VerificationResult result = verify(queries.batch(), gallery.batch(), pairs);
    // Accepted are 9+ of label 4 and 9- of label 3.
    REQUIRE(result.per_class.size() == 2);
    CHECK(result.per_class[0].label == 3);
    CHECK(result.per_class[0].positives == 1);
    CHECK(result.per_class[0].at_far[0].true_accept_rate == 0);
    CHECK(result.per_class[0].at_far[0].false_accept_rate == 0.5);
    CHECK(result.per_class[1].at_far[0].true_accept_rate == 0.5);
    CHECK(result.per_class[1].at_far[0].false_accept_rate == 0);
    CHECK(result.at_far[0].macro_tar == 0.25);
    CHECK(result.at_far[0].macro_far == 0.25);
    // Without labels there are no classes.
    CHECK(verify(mohs::Batch<double>(queries.rows), gallery.batch(), pairs).per_class.empty());
}

// ---------------------------------------------------------------------------------------------------------------------
// Against the definitions

TEST_CASE("verification of listed pairs equals the definitions", "[evaluation]")
{
    for (const Index count : {0, 1, 2, 7, 60, 300}) {
        for (const Index folds : {0, 2, 10}) {
            const auto seed = static_cast<std::uint64_t>(count + folds);
            const Set plain = evaluation::random_set(40, 3, 5, seed),
                      other = evaluation::random_set(50, 3, 5, seed + 1);
            for (const bool named : {false, true}) {
                const auto pairs = random_pairs(plain, plain, count, named ? folds : 0, seed + 2);
                check<Cosine>(plain, plain, pairs, folds);
                check<Euclidean>(evaluation::with_bad_rows(plain), evaluation::with_bad_rows(other), pairs, folds);
                const Set first = whole(plain), second = whole(other);
                check<DotProduct>(first, first, pairs, folds);
                check<DotProduct>(first, second, pairs, folds);
            }
        }
    }
}

TEST_CASE("all pairs in a list have the rates of a scan where values are exact", "[evaluation]")
{
    const Set set = whole(evaluation::random_set(50, 2, 6, 13));
    std::vector<VerificationPair> pairs;
    for (Index a = 0; a < set.size(); ++a) {
        for (Index b = 0; b < set.size(); ++b) {
            if (a != b) {
                pairs.push_back({a, b, set.label(a) == set.label(b)});
            }
        }
    }
    const VerificationMetrics verify{DotProduct{}, {.false_accept_rates = {0, 0.01, 0.1, 0.3}, .per_class = true}};
    const VerificationResult listed = verify(set.batch(), pairs), scanned = verify(set.batch());
    CHECK(listed.eer == scanned.eer);
    CHECK(listed.at_eer.threshold == scanned.at_eer.threshold);
    CHECK(std::abs(listed.auc - scanned.auc) <= scanned.auc_error + 1e-12);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(listed.at_far[i].point.true_accept_rate == scanned.at_far[i].point.true_accept_rate);
        CHECK(listed.at_far[i].point.false_accept_rate == scanned.at_far[i].point.false_accept_rate);
        CHECK(listed.at_far[i].macro_tar == scanned.at_far[i].macro_tar);
    }
    REQUIRE(listed.per_class.size() == scanned.per_class.size());
    for (std::size_t i = 0; i < listed.per_class.size(); ++i) {
        CHECK(listed.per_class[i].label == scanned.per_class[i].label);
        CHECK(listed.per_class[i].at_eer.true_accept_rate == scanned.per_class[i].at_eer.true_accept_rate);
    }
}

TEST_CASE("a list is measured in the precision of its rows and rated the same in any order", "[evaluation]")
{
    const Set set = evaluation::random_set(30, 5, 4, 8);
    const mohs::Matrix rows = set.rows.cast<float>();
    const Eigen::MatrixXf columns = rows;
    auto pairs = random_pairs(set, set, 200, 10, 9);
    const VerificationMetrics verify{Cosine{}, {.folds = 10}};
    const auto once = entries_of(verify(mohs::Batch(rows, set.labels), pairs));
    CHECK(entries_of(verify(mohs::Batch(columns), pairs)) == once);
    CHECK(entries_of(verify(mohs::Batch(rows), mohs::Batch(columns), pairs)) == once);
    mohs::Options backward{.threads = 3};
    backward.executor = reference::backward_executor();
    CHECK(entries_of(verify(mohs::Batch(rows), pairs, backward)) == once);
    std::vector<VerificationValue> values;
    for (const VerificationPair& pair : pairs) {
        values.push_back({mohs::measure(Cosine{}, mohs::Batch(rows), pair.anchor, mohs::Batch(rows), pair.candidate),
                          pair.same, pair.fold});
    }
    auto of_values = entries_of(verify(values));
    of_values["duplicates"] = once.at("duplicates");
    CHECK(of_values == once);
    evaluation::Generator generator(4);
    std::shuffle(pairs.begin(), pairs.end(), generator);
    CHECK(entries_of(verify(mohs::Batch(rows), pairs)) == once);
}

// ---------------------------------------------------------------------------------------------------------------------
// Odd lists

TEST_CASE("lists of nothing or of one kind have no rates and count what they are", "[evaluation]")
{
    const VerificationMetrics verify{Cosine{}, {.per_class = true, .folds = 2}};
    for (const auto& values : {std::vector<VerificationValue>{}, {{0.5, true}, {0.25, true}}, {{0.5, false}}}) {
        const VerificationResult result = verify(values);
        CHECK(result.positives + result.negatives == static_cast<Index>(values.size()));
        CHECK(result.accuracy == 0);
        CHECK(result.folds.size() == 2);
        CHECK(result.at_far.size() == 4);
        for (const auto& [name, value] : entries_of(result)) {
            CAPTURE(name);
            CHECK((name.find("_pairs") != std::string::npos || value == 0));
        }
    }
}

TEST_CASE("folds without pairs are left out of the mean", "[evaluation]")
{
    const std::vector<VerificationValue> values{{9, true, 0}, {1, false, 0}, {8, true, 3}, {2, true, 3}};
    const VerificationResult result = VerificationMetrics{DotProduct{}, {.folds = 5}}(values);
    REQUIRE(result.folds.size() == 5);
    // Of 9+ 1-, the best is 9: neither 8 nor 2. Of 8+ 2+, it is 2: 9 and not 1.
    CHECK(result.folds[0].accuracy == 1);
    CHECK(result.folds[3].accuracy == 0);
    CHECK(result.folds[1].pairs == 0);
    CHECK(result.accuracy == 0.5);
    CHECK(result.accuracy_deviation == Approx(std::sqrt(0.5)));
    // All pairs in one fold leave nothing to choose a threshold on.
    const std::vector<VerificationValue> one{{9, true, 1}, {1, false, 1}};
    const VerificationResult none = VerificationMetrics{DotProduct{}, {.folds = 2}}(one);
    CHECK(none.folds[1].pairs == 0);
    CHECK(none.accuracy == 0);
    CHECK(none.accuracy_deviation == 0);
}

TEST_CASE("what refuses an infinite similarity is infinite and accepts nothing", "[evaluation][ieee][raises]")
{
    const double infinity = std::bit_cast<double>(0x7ff0000000000000U);
    const std::vector<VerificationValue> values{{infinity, false}, {3, true}, {2, false}, {1, true}};
    const VerificationMetrics verify{DotProduct{}, {.false_accept_rates = {0.1}, .folds = 2}};
    const VerificationResult result = verify(values);
    CHECK(result.at_far[0].point.threshold == infinity);
    CHECK(result.at_far[0].point.true_accept_rate == 0);
    CHECK(result.at_far[0].point.false_accept_rate == 0);
    CHECK(result.folds[1].threshold == infinity);
    CHECK(result.report.overflows == 1);
    // The products of these do not fit a float.
    const mohs::MatrixOf<double> rows{{1e20}, {1e20}, {1e20}, {1}};
    const std::vector<int> labels{0, 0, 1, 1};
    const VerificationResult all =
        VerificationMetrics{DotProduct{}, {.false_accept_rates = {0.1}}}(mohs::Batch{rows, labels});
    CHECK(all.at_far[0].point.threshold == infinity);
    CHECK(all.at_far[0].point.true_accept_rate == 0);
}

TEST_CASE("folds are there where nothing can be rated", "[evaluation]")
{
    const std::vector<VerificationValue> positives{{1, true}, {2, true}, {3, true}};
    const VerificationResult result = VerificationMetrics{Cosine{}, {.folds = 2}}(positives);
    REQUIRE(result.folds.size() == 2);
    CHECK(result.folds[0].pairs == 0);
    CHECK(result.folds[1].accuracy == 0);
}

TEST_CASE("values that are no number are left out and infinite ones are the last", "[evaluation][ieee]")
{
    const double infinity = std::bit_cast<double>(0x7ff0000000000000U),
                 nan = std::bit_cast<double>(0x7ff8000000000000U);
    const std::vector<VerificationValue> values{{1, true}, {nan, true}, {2, false}, {infinity, false}, {3, true}};
    const VerificationResult result = VerificationMetrics{Euclidean{}, {.false_accept_rates = {0}}}(values);
    CHECK(result.report.anchors == 5);
    CHECK(result.report.non_finite == 1);
    CHECK(result.report.valid == 4);
    CHECK(result.report.overflows == 1);
    CHECK(result.positives == 2);
    CHECK(result.auc == 0.75);
    CHECK(result.roc.back().threshold == infinity);
}

TEST_CASE("pairs report zero rows and positives of equal rows", "[evaluation]")
{
    const Set set = evaluation::line({0, 2, 2, 3}, {1, 1, 1, 1});
    const std::vector<VerificationPair> pairs{{0, 1, true}, {1, 2, true}, {1, 2, false}, {3, 3, true}, {0, 3, false}};
    const VerificationResult result = VerificationMetrics{Cosine{}}(set.batch(), pairs);
    CHECK(result.report.zero_rows == 2);
    CHECK(result.duplicates == 2);
}

TEST_CASE("wrong lists are refused before any work", "[evaluation]")
{
    const Set set = evaluation::random_set(4, 2, 2, 1), wide = evaluation::random_set(4, 3, 2, 1);
    const auto message = [&](std::vector<VerificationPair> pairs, Index folds) {
        return reference::message_of([&] {
            (void)VerificationMetrics{Cosine{}, {.folds = folds}}(set.batch(), pairs);
        });
    };
    CHECK(reference::mentions(message({{0, 1, true, 0}, {0, 2, true, 2}}, 2),
                              {"mohs::VerificationMetrics", "pair 1", "fold 2", "folds is 2"}));
    CHECK(reference::mentions(message({{0, 1, true, 0}}, 0), {"pair 0", "fold 0", "folds is 0"}));
    CHECK(reference::mentions(message({{0, 1, true, -2}}, 3), {"fold -2"}));
    CHECK(reference::mentions(message({{0, 1, true, 0}, {0, 2, true}}, 2), {"pair 1", "names no fold", "all"}));
    CHECK(reference::mentions(message({{0, 1, true}, {0, 2, true, 1}}, 2), {"pair 1", "names a fold", "all"}));
    CHECK(message({{0, 1, true}}, 2) == "");
    const VerificationMetrics verify{Cosine{}};
    const std::vector<VerificationPair> beyond{{0, 4, true}}, before{{-1, 0, true}};
    CHECK_THROWS_AS(verify(set.batch(), beyond), std::out_of_range);
    CHECK_THROWS_AS(verify(set.batch(), before), std::out_of_range);
    CHECK(reference::mentions(
        reference::message_of([&] { (void)verify(set.batch(), wide.batch(), std::vector<VerificationPair>{}); }),
        {"2 columns", "3"}));
    for (const Index folds : {1, -1}) {
        CHECK(reference::mentions(reference::message_of([&] {
                                      (void)VerificationMetrics{Cosine{}, {.folds = folds}};
                                  }),
                                  {"mohs::VerificationMetrics: folds is " + std::to_string(folds), "at least 2"}));
    }
    CHECK(reference::mentions(reference::message_of([&] {
                                  (void)VerificationMetrics{Cosine{}, {.folds = 2}}(set.batch());
                              }),
                              {"mohs::VerificationMetrics", "folds", "all pairs"}));
}
