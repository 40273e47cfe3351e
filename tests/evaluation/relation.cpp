#include "../catch.hpp"
#include "../relations.hpp"

#include <mohs/evaluation/retrieval.hpp>
#include <mohs/evaluation/verification.hpp>

#include <algorithm>
#include <stdexcept>

namespace {

using mohs::Index;
using mohs::Related;
using relations::Kinds;
using relations::Problem;
using relations::Table;

/// Whether each candidate of a query is relevant, closest first.
std::vector<bool> ranked(const Kinds& kinds, const Table& distances, Index query)
{
    std::vector<Index> rows;
    for (Index row = 0; row < kinds.columns; ++row) {
        if (kinds(query, row) != Related::neither) {
            rows.push_back(row);
        }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [&](Index a, Index b) { return distances(query, a) < distances(query, b); });
    std::vector<bool> result;
    for (const Index row : rows) {
        result.push_back(kinds(query, row) == Related::positive);
    }
    return result;
}

template <class Metrics>
auto run(const Metrics& metrics, const Problem& problem, const mohs::Options& how = {})
{
    const mohs::Batch<double> queries = problem.query_batch<double>(problem.queries.rows);
    return problem.self ? metrics(queries, how)
                        : metrics(queries, problem.other.batch<double>(problem.other.rows), how);
}

/// What is wrong with the counts that all reports have, or nothing.
std::string report_fault(const Problem& problem, const mohs::Report& found)
{
    const mohs::Report right = relations::expected_rows(problem.queries, problem.candidates());
    return found.anchors != right.anchors                               ? "anchors"
           : found.non_finite != right.non_finite                       ? "rows that are not finite"
           : found.non_finite_candidates != right.non_finite_candidates ? "candidates that are not finite"
           : found.unknown != right.unknown                             ? "unknown rows"
           : found.not_anchors != right.not_anchors                     ? "rows that are no anchors"
           : found.anchors - found.valid - found.no_positive != right.non_finite + right.unknown + right.not_anchors
               ? "lone rows"
               : "";
}

std::string retrieval_fault(const Problem& problem, const mohs::RetrievalResult& result)
{
    const Kinds kinds = problem.forward();
    const Table distances = relations::distances(problem.queries.rows, problem.candidates().rows);
    double queries = 0, mrr = 0, r_precision = 0, map_at_r = 0, recall = 0, precision = 0;
    for (Index query = 0; query < kinds.rows; ++query) {
        const std::vector<bool> list = ranked(kinds, distances, query);
        const auto relevant = static_cast<double>(std::count(list.begin(), list.end(), true));
        if (relevant == 0) {
            continue;
        }
        queries += 1;
        double found = 0, found_at_r = 0, found_at_5 = 0, precisions = 0;
        for (std::size_t i = 0; i < list.size(); ++i) {
            const double rank = static_cast<double>(i) + 1;
            if (list[i]) {
                found += 1;
                mrr += found == 1 ? 1 / rank : 0;
                found_at_5 += rank <= 5 ? 1 : 0;
                found_at_r += rank <= relevant ? 1 : 0;
                precisions += rank <= relevant ? found / rank : 0;
            }
        }
        r_precision += found_at_r / relevant;
        map_at_r += precisions / relevant;
        recall += found_at_5 / relevant;
        precision += found_at_5 / 5;
    }
    const auto differs = [&](double value, double sum) { return !(std::abs(value * queries - sum) <= 1e-11); };
    const mohs::RetrievalMeans& means = result.overall;
    return static_cast<double>(result.report.valid) != queries       ? "queries"
           : differs(means.mrr, mrr)                                 ? "mrr"
           : differs(means.r_precision, r_precision)                 ? "r_precision"
           : differs(means.map_at_r, map_at_r)                       ? "map_at_r"
           : differs(means.at_k[0].recall, recall)                   ? "recall"
           : differs(means.at_k[0].precision, precision)             ? "precision"
           : problem.relation == nullptr || result.per_class.empty() ? report_fault(problem, result.report)
                                                                     : "classes without labels";
}

std::string verification_fault(const Problem& problem, const mohs::VerificationResult& result)
{
    const Kinds kinds = problem.forward();
    const Table cosines = relations::cosines(problem.queries.rows, problem.candidates().rows);
    std::vector<float> values[2];
    Index valid = 0;
    for (Index query = 0; query < kinds.rows; ++query) {
        for (Index row = 0; row < kinds.columns; ++row) {
            if (kinds(query, row) != Related::neither) {
                values[kinds(query, row) == Related::positive ? 0 : 1].push_back(
                    static_cast<float>(cosines(query, row)));
            }
        }
        valid += kinds.count(query, Related::neither) < kinds.columns ? 1 : 0;
    }
    if (result.positives != static_cast<Index>(values[0].size()) ||
        result.negatives != static_cast<Index>(values[1].size())) {
        return "pairs";
    }
    const auto share = [&](int kind, double threshold) {
        return static_cast<double>(
                   std::count_if(values[kind].begin(), values[kind].end(),
                                 [&](float value) { return static_cast<double>(value) >= threshold; })) /
               static_cast<double>(values[kind].size());
    };
    const auto is_exact = [&](const mohs::OperatingPoint& point) {
        // Cosines of the library and of this test may differ in their last bit: by one pair of a few hundred or thousand.
        return std::abs(share(0, point.threshold) - point.true_accept_rate) <=
                   1.5 / static_cast<double>(values[0].size()) &&
               std::abs(share(1, point.threshold) - point.false_accept_rate) <=
                   1.5 / static_cast<double>(values[1].size());
    };
    bool exact = is_exact(result.at_eer) && is_exact(result.at_far[0].point);
    for (const mohs::OperatingPoint& point : result.roc) {
        exact = exact && is_exact(point);
    }
    double closer = 0;
    for (const float positive : values[0]) {
        for (const float negative : values[1]) {
            closer += positive > negative ? 1 : positive == negative ? 0.5 : 0;
        }
    }
    const double auc = closer / static_cast<double>(values[0].size()) / static_cast<double>(values[1].size());
    return !exact                                                 ? "rates"
           : std::abs(auc - result.auc) > result.auc_error + 1e-4 ? "auc"
           : result.report.valid != valid                         ? "rows with a pair"
           : !result.per_class.empty()                            ? "classes without labels"
                                                                  : report_fault(problem, result.report);
}

const mohs::RetrievalMetrics<mohs::Euclidean> retrieve{mohs::Euclidean{}, {.k = {5}}};

mohs::VerificationMetrics<mohs::Cosine> verifier(bool per_class)
{
    return {mohs::Cosine{}, {.false_accept_rates = {0.1}, .per_class = per_class}};
}

}  // namespace

TEST_CASE("retrieval metrics rank the candidates that a relation leaves", "[ieee]")
{
    for (const Problem& problem : relations::all_problems(60, 90, 3)) {
        CAPTURE(problem.name);
        const mohs::RetrievalResult result = run(retrieve, problem);
        REQUIRE(result.overall.mrr > 0);
        REQUIRE(retrieval_fault(problem, result) == "");
        if (problem.relation != nullptr) {
            REQUIRE(result.macro.mrr == result.overall.mrr);
        }
        REQUIRE(run(retrieve, problem, {.threads = 3}).overall.mrr == result.overall.mrr);
    }
}

TEST_CASE("related candidates too many to keep at once are ranked in parts", "[ieee]")
{
    // More positives than are kept of so few anchors, most of them in the batch itself.
    for (const bool self : {true, false}) {
        for (Problem problem : relations::full_problems(330, 360, 3)) {
            if (problem.self == self && problem.name.find("predicate") == 0) {
                problem.listed = [](Index query, Index row) {
                    return (query + row * 3) % 29 == 0 ? Related::neither
                           : (query * row) % 7 == 1    ? Related::negative
                                                       : Related::positive;
                };
                problem.queries.roles.assign(static_cast<std::size_t>(problem.queries.size()), mohs::Role::any);
                problem.queries.roles[5] = problem.queries.roles[111] = mohs::Role::negative;
                problem.queries.has_unknown = problem.other.has_unknown = false;
                if (self) {
                    // Nothing but its number keeps a row from being a negative of itself.
                    problem.queries.ids.clear();
                }
                problem.relation = std::make_shared<mohs::Relation>(
                    mohs::Relation::of_pairs(330, problem.candidates().size(), problem.listed));
                CHECK(retrieval_fault(problem, run(retrieve, problem)) == "");
            }
        }
    }
}

TEST_CASE("own negatives stay with their anchors where these are ranked in parts")
{
    const Index count = 300;
    const mohs::Relation relation = mohs::Relation::paired(count, 1);
    Problem problem{"owned", false, {Table(count, 3)}, {Table(2 * count, 3)}};
    reference::Generator generator(5);
    for (Table* const rows : {&problem.queries.rows, &problem.other.rows}) {
        for (Index i = 0; i < rows->size(); ++i) {
            rows->data()[i] = reference::normal(generator);
        }
    }
    mohs::Workspace workspace;
    const auto scene = mohs::detail::build_scene<mohs::Euclidean, double>(
        mohs::Batch(problem.queries.rows).related_by(relation), mohs::Batch(problem.other.rows), false,
        mohs::detail::PackOrder::by_class, {}, workspace);
    const Index panel = 3, first = panel * scene.width;
    const auto part = mohs::detail::anchor_panels(scene, panel, panel + 2, workspace);
    for (Index anchor = 0; anchor < part.anchors.rows(); ++anchor) {
        for (Index candidate = 0; candidate < scene.candidates.rows(); ++candidate) {
            REQUIRE(mohs::detail::relation_of(part, anchor, candidate) ==
                    mohs::detail::relation_of(scene, first + anchor, candidate));
        }
    }
}

TEST_CASE("verification metrics count the pairs that a relation leaves from both sides", "[ieee]")
{
    for (const Problem& problem : relations::all_problems(30, 40, 3)) {
        CAPTURE(problem.name);
        const auto verify = verifier(problem.relation != nullptr);
        const mohs::VerificationResult result = run(verify, problem);
        REQUIRE(result.positives > 0);
        REQUIRE(verification_fault(problem, result) == "");
    }
    for (const Problem& problem : relations::full_problems(30, 40, 3)) {
        CHECK(run(verifier(false), problem, {.threads = 3}).eer == run(verifier(false), problem, {.threads = 1}).eer);
    }
}

TEST_CASE("a relation that says what labels say gives the same evaluation")
{
    for (const auto& [labelled, related] : relations::labels_and_relations(80, 100, 4)) {
        const mohs::RetrievalResult one = run(retrieve, labelled), two = run(retrieve, related);
        CHECK(two.overall.map_at_r == Approx(one.overall.map_at_r).epsilon(1e-13));
        CHECK(two.overall.at_k[0].ndcg == Approx(one.overall.at_k[0].ndcg).epsilon(1e-13));
        CHECK(two.report.tuples == one.report.tuples);
        const mohs::VerificationResult three = run(verifier(false), labelled), four = run(verifier(false), related);
        CHECK(four.eer == three.eer);
        CHECK(four.auc == three.auc);
        CHECK(four.at_far[0].point.true_accept_rate == three.at_far[0].point.true_accept_rate);
        CHECK(four.report.tuples == three.report.tuples);
    }
}

TEST_CASE("evaluation refuses relations of other batches")
{
    const Table rows = Table::Random(6, 3);
    const mohs::Relation small = mohs::Relation::paired(5), right = mohs::Relation::paired(6);
    const mohs::Batch<double> plain(rows), wrong = plain.related_by(small), related = plain.related_by(right);
    const auto verify = verifier(false);
    CHECK_THROWS_AS(retrieve(wrong), std::invalid_argument);
    CHECK_THROWS_AS(retrieve(wrong, plain), std::invalid_argument);
    CHECK_THROWS_AS(retrieve(related, related), std::invalid_argument);
    CHECK_THROWS_AS(retrieve(plain, related), std::invalid_argument);
    CHECK_THROWS_AS(verify(wrong), std::invalid_argument);
    CHECK_THROWS_AS(verify(wrong, plain), std::invalid_argument);
    CHECK_THROWS_AS(verify(related, related), std::invalid_argument);
    CHECK_THROWS_AS(verify(plain, related), std::invalid_argument);
    CHECK(retrieve(related, plain).report.valid == 6);
    CHECK(verify(related, plain).positives == 6);
}
