// Covers detail/evaluation/graded_gains.hpp, result/positive_lists.hpp.

#include "../catch.hpp"
#include "../relations.hpp"

#include <mohs/adapter/trec.hpp>
#include <mohs/evaluation/retrieval.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>

namespace {

using mohs::Gain;
using mohs::GradedLists;
using mohs::Index;
using mohs::Related;
using relations::Kinds;
using relations::Problem;
using relations::Table;

const std::vector<Index> many_k{1, 2, 3, 7, 20, 1000};

double gain_of(double grade, Gain gain)
{
    return gain == Gain::linear ? grade : std::pow(2.0, grade) - 1;
}

double discounted(const std::vector<double>& gains, Index k)
{
    double sum = 0;
    for (Index i = 0; i < k && i < static_cast<Index>(gains.size()); ++i) {
        sum += gains[static_cast<std::size_t>(i)] * std::log(2.0) / std::log(static_cast<double>(i) + 2);
    }
    return sum;
}

/// Grades of everything that is positive, from 1 to 4, and of some rows that are not.
GradedLists grades_of(const Kinds& kinds)
{
    GradedLists lists;
    for (Index query = 0; query < kinds.rows; ++query) {
        for (Index row = 0; row < kinds.columns; ++row) {
            if (kinds(query, row) == Related::positive) {
                lists.rows.push_back(row);
                lists.grades.push_back(static_cast<std::int32_t>((query * 5 + row * 3) % 4) + 1);
            } else if ((query + row) % 7 == 0) {
                lists.rows.push_back(row);
                lists.grades.push_back(static_cast<std::int32_t>((query + row) % 4) - 1);
            }
        }
        lists.offsets.push_back(static_cast<Index>(lists.rows.size()));
    }
    return lists;
}

std::int32_t grade_of(const GradedLists& lists, Index query, Index row)
{
    for (auto at = static_cast<std::size_t>(lists.offsets[static_cast<std::size_t>(query)]);
         at < static_cast<std::size_t>(lists.offsets[static_cast<std::size_t>(query) + 1]); ++at) {
        if (lists.rows[at] == row) {
            return lists.grades[at];
        }
    }
    return 0;
}

/// Means of NDCG at every k, by the definition on full lists.
std::vector<double> expected(const Kinds& kinds, const Table& distances, const GradedLists& lists, Gain gain)
{
    std::vector<double> sums(many_k.size());
    double queries = 0;
    for (Index query = 0; query < kinds.rows; ++query) {
        std::vector<Index> rows;
        std::vector<double> best;
        for (Index row = 0; row < kinds.columns; ++row) {
            if (kinds(query, row) != Related::neither) {
                rows.push_back(row);
            }
            if (kinds(query, row) == Related::positive) {
                best.push_back(gain_of(grade_of(lists, query, row), gain));
            }
        }
        if (best.empty()) {
            continue;
        }
        std::stable_sort(rows.begin(), rows.end(),
                         [&](Index a, Index b) { return distances(query, a) < distances(query, b); });
        std::vector<double> gains;
        for (const Index row : rows) {
            const bool relevant = kinds(query, row) == Related::positive;
            gains.push_back(relevant ? gain_of(grade_of(lists, query, row), gain) : 0);
        }
        std::sort(best.begin(), best.end(), std::greater<>());
        queries += 1;
        for (std::size_t i = 0; i < many_k.size(); ++i) {
            sums[i] += discounted(gains, many_k[i]) / discounted(best, many_k[i]);
        }
    }
    for (double& sum : sums) {
        sum /= std::max(queries, 1.0);
    }
    return sums;
}

template <class Metrics>
mohs::RetrievalResult run(const Metrics& metrics, const Problem& problem, const GradedLists& lists,
                          const mohs::Options& how = {})
{
    const mohs::Batch<double> queries = problem.query_batch<double>(problem.queries.rows);
    return problem.self ? metrics(queries, lists, how)
                        : metrics(queries, problem.other.batch<double>(problem.other.rows), lists, how);
}

/// One-dimensional rows.
Table line(const std::vector<double>& values)
{
    Table rows(static_cast<Index>(values.size()), 1);
    for (std::size_t i = 0; i < values.size(); ++i) {
        rows(static_cast<Index>(i), 0) = values[i];
    }
    return rows;
}

const mohs::RetrievalMetrics<mohs::Euclidean> retrieve{mohs::Euclidean{}, {.k = {2, 3}}};
const mohs::RetrievalMetrics<mohs::Euclidean> exponential{mohs::Euclidean{}, {.k = {2, 3}, .gain = Gain::exponential}};

}  // namespace

TEST_CASE("Graded NDCG by hand: the order 1 - 3 - 0 - 2", "[evaluation]")
{
    const Table query = line({0}), documents = line({1, 2, 3, 4});
    const GradedLists lists{{0, 4}, {0, 1, 2, 3}, {1, 3, 0, 2}};
    const double second = 1 / std::log2(3.0);
    const mohs::RetrievalResult linear = retrieve(mohs::Batch{query}, mohs::Batch{documents}, lists);
    CHECK(linear.overall.at_k[0].ndcg == Approx((1 + 3 * second) / (3 + 2 * second)));
    CHECK(linear.overall.at_k[1].ndcg == Approx((1 + 3 * second) / (3 + 2 * second + 1 * 0.5)));
    const mohs::RetrievalResult steep = exponential(mohs::Batch{query}, mohs::Batch{documents}, lists);
    CHECK(steep.overall.at_k[0].ndcg == Approx((1 + 7 * second) / (7 + 3 * second)));
    CHECK(steep.overall.at_k[1].ndcg == Approx((1 + 7 * second) / (7 + 3 * second + 1 * 0.5)));
    // Three of the four are relevant, whatever their grade.
    CHECK(linear.overall.at_k[1].recall == Approx(2.0 / 3));
    CHECK(steep.overall.map_at_r == linear.overall.map_at_r);
}

TEST_CASE("Graded NDCG is that of the definition, for any relation and any gain", "[ieee]")
{
    for (const Gain gain : {Gain::linear, Gain::exponential}) {
        const mohs::RetrievalMetrics<mohs::Euclidean> metrics{mohs::Euclidean{}, {.k = many_k, .gain = gain}};
        for (const Problem& problem : relations::all_problems(60, 90, 3)) {
            if (problem.relation == nullptr) {
                continue;
            }
            CAPTURE(problem.name);
            // By what the relation lists: a row that is not finite or has another role is listed, too.
            GradedLists lists;
            for (Index query = 0; query < problem.relation->anchors(); ++query) {
                for (const Index row : problem.relation->positives(query)) {
                    lists.rows.push_back(row);
                    lists.grades.push_back(static_cast<std::int32_t>((query * 5 + row * 3) % 4) + 1);
                }
                lists.offsets.push_back(static_cast<Index>(lists.rows.size()));
            }
            const mohs::RetrievalResult result = run(metrics, problem, lists);
            const Table distances = relations::distances(problem.queries.rows, problem.candidates().rows);
            const std::vector<double> right = expected(problem.forward(), distances, lists, gain);
            for (std::size_t i = 0; i < many_k.size(); ++i) {
                CAPTURE(many_k[i]);
                CHECK(result.overall.at_k[i].ndcg == Approx(right[i]).epsilon(1e-12));
                CHECK(result.macro.at_k[i].ndcg == result.overall.at_k[i].ndcg);
            }
            // Grades change nothing else.
            const mohs::Batch<double> queries = problem.query_batch<double>(problem.queries.rows);
            const mohs::RetrievalResult plain =
                problem.self ? metrics(queries) : metrics(queries, problem.other.batch<double>(problem.other.rows));
            CHECK(result.overall.map_at_r == plain.overall.map_at_r);
            CHECK(result.overall.at_k[3].recall == plain.overall.at_k[3].recall);
            CHECK(result.report.valid == plain.report.valid);
            for (const int threads : {2, 5}) {
                const mohs::RetrievalResult again = run(metrics, problem, lists, {.threads = threads});
                CHECK(again.overall.at_k[3].ndcg == result.overall.at_k[3].ndcg);
            }
        }
    }
}

TEST_CASE("Grades alone say who is relevant", "[ieee]")
{
    for (const Problem& problem : relations::full_problems(40, 70, 3)) {
        CAPTURE(problem.name);
        const Kinds kinds = problem.forward();
        const GradedLists lists = grades_of(kinds);
        const mohs::PositiveLists positives = lists.positives();
        const mohs::Relation relation =
            mohs::Relation::positive_lists(positives.offsets, positives.rows, kinds.columns);
        const mohs::Batch<double> queries(problem.queries.rows), other(problem.candidates().rows);
        const mohs::RetrievalMetrics<mohs::Euclidean> metrics{mohs::Euclidean{}, {.k = many_k}};
        const mohs::RetrievalResult alone = problem.self ? metrics(queries, lists) : metrics(queries, other, lists);
        const mohs::RetrievalResult related = problem.self ? metrics(queries.related_by(relation), lists)
                                                           : metrics(queries.related_by(relation), other, lists);
        CHECK(alone.overall.at_k[3].ndcg == related.overall.at_k[3].ndcg);
        CHECK(alone.overall.map_at_r == related.overall.map_at_r);
        CHECK(alone.per_class.empty());
    }
}

TEST_CASE("With one grade for all NDCG is that without grades", "[evaluation]")
{
    std::srand(3);
    const Table queries = Table::Random(30, 4), documents = Table::Random(80, 4);
    mohs::PositiveLists positives;
    GradedLists lists;
    for (Index query = 0; query < 30; ++query) {
        for (Index row = query % 3; row < 80; row += 3 + query) {
            positives.rows.push_back(row);
            lists.rows.push_back(row);
            lists.grades.push_back(1);
        }
        positives.offsets.push_back(static_cast<Index>(positives.rows.size()));
        lists.offsets = positives.offsets;
    }
    const mohs::Relation relation = mohs::Relation::positive_lists(positives.offsets, positives.rows, 80);
    const mohs::Batch<double> related = mohs::Batch<double>(queries).related_by(relation);
    const double plain = retrieve(related, mohs::Batch{documents}).overall.at_k[1].ndcg;
    CHECK(retrieve(related, mohs::Batch{documents}, lists).overall.at_k[1].ndcg == Approx(plain).epsilon(1e-14));
    CHECK(exponential(related, mohs::Batch{documents}, lists).overall.at_k[1].ndcg == Approx(plain).epsilon(1e-14));
    for (std::int32_t& grade : lists.grades) {
        grade = 9;
    }
    CHECK(exponential(related, mohs::Batch{documents}, lists).overall.at_k[1].ndcg == Approx(plain).epsilon(1e-14));
}

TEST_CASE("Relevant candidates too far down to be ranked are in the best order of NDCG", "[evaluation]")
{
    // 40 candidates that are not relevant come first, so that of k = 2 nothing is found, but for the query at the other end.
    std::vector<double> at;
    GradedLists lists{{0}, {}, {}};
    for (Index i = 0; i < 43; ++i) {
        at.push_back(static_cast<double>(i));
    }
    for (Index query = 0; query < 2; ++query) {
        for (Index row = 40; row < 43; ++row) {
            lists.rows.push_back(row);
            lists.grades.push_back(static_cast<std::int32_t>(row - 39));
        }
        lists.offsets.push_back(static_cast<Index>(lists.rows.size()));
    }
    const Table queries = line({-1, 40.4}), documents = line(at);
    const mohs::RetrievalResult result = retrieve(mohs::Batch{queries}, mohs::Batch{documents}, lists);
    const double second = 1 / std::log2(3.0);
    // The second query finds 40, 41, 39: grades 1, 2 and 0.
    CHECK(result.overall.at_k[0].ndcg == Approx((1 + 2 * second) / (3 + 2 * second) / 2));
    CHECK(result.overall.at_k[1].ndcg == Approx((1 + 2 * second) / (3 + 2 * second + 0.5) / 2));
}

TEST_CASE("Qrels of TREC give the NDCG that trec_eval says", "[evaluation]")
{
    // ndcg_cut_3 of trec_eval: linear gains, log2(rank + 1), over the ideal of all judged documents.
    std::istringstream text("q1 0 d1 2\nq1 0 d2 0\nq1 0 d3 1\nq2 0 d2 3\nq2 0 d3 -1\n");
    const std::vector<mohs::RelevanceJudgement> qrels = mohs::read_qrels(text);
    const mohs::IdIndex queries({"q1", "q2"}), documents({"d1", "d2", "d3"});
    const GradedLists judged = mohs::graded_lists(qrels, queries, documents);
    // q1 at 2.9 ranks d3, d2, d1; q2 at 0 ranks d1, d2, d3.
    const Table query_rows = line({2.9, 0}), document_rows = line({1, 2, 3});
    const mohs::RetrievalResult result = retrieve(mohs::Batch{query_rows}, mohs::Batch{document_rows}, judged);
    const double second = 1 / std::log2(3.0);
    CHECK(result.overall.queries == 2);
    CHECK(result.overall.at_k[1].ndcg == Approx(((1 + 2 * 0.5) / (2 + second) + second) / 2));
}

TEST_CASE("Candidates that are not finite are in no best order", "[ieee]")
{
    const Table query = line({0});
    const Table documents = line({1, std::numeric_limits<double>::quiet_NaN(), 3});
    const GradedLists lists{{0, 2}, {0, 1}, {1, 5}};
    CHECK(retrieve(mohs::Batch{query}, mohs::Batch{documents}, lists).overall.at_k[0].ndcg == 1);
}

TEST_CASE("Without queries, or with none that has a relevant candidate, graded NDCG is 0", "[evaluation]")
{
    const Table none(0, 1), query = line({0}), documents = line({1, 2});
    CHECK(retrieve(mohs::Batch{none}, mohs::Batch{documents}, GradedLists{}).overall.at_k[0].ndcg == 0);
    const mohs::RetrievalResult lone =
        retrieve(mohs::Batch{query}, mohs::Batch{documents}, GradedLists{{0, 1}, {1}, {0}});
    CHECK(lone.overall.at_k[0].ndcg == 0);
    CHECK(lone.report.no_positive == 1);
}

TEST_CASE("Grades that do not suit are refused", "[evaluation]")
{
    const Table queries = line({0, 1}), documents = line({1, 2, 3});
    const auto refused = [&](const GradedLists& lists, const std::string& message, const auto& metrics) {
        try {
            (void)metrics(mohs::Batch{queries}, mohs::Batch{documents}, lists);
        } catch (const std::logic_error& error) {
            CHECK(std::string(error.what()).find(message) != std::string::npos);
            CHECK(std::string(error.what()).find("RetrievalMetrics") != std::string::npos);
            return true;
        }
        return false;
    };
    CHECK(refused({{0, 1}, {0}, {1}}, "2 rows but 1 lists of grades", retrieve));
    CHECK(refused({{}, {}, {}}, "lists of grades", retrieve));
    CHECK(refused({{0, 2, 1}, {0}, {1}}, "ascend from 0", retrieve));
    CHECK(refused({{1, 1, 1}, {0}, {1}}, "ascend from 0", retrieve));
    CHECK(refused({{0, 1, 1}, {0}, {}}, "ascend from 0", retrieve));
    CHECK(refused({{0, 2, 2}, {1, 1}, {1, 1}}, "each once", retrieve));
    CHECK(refused({{0, 2, 2}, {2, 1}, {1, 1}}, "query 0", retrieve));
    CHECK(refused({{0, 1, 1}, {3}, {1}}, "graded row 3", retrieve));
    CHECK(refused({{0, 1, 1}, {-1}, {1}}, "graded row -1", retrieve));
    CHECK(refused({{0, 1, 1}, {0}, {1001}}, "a grade is 1001", exponential));
    CHECK_FALSE(refused({{0, 1, 1}, {0}, {1001}}, "", retrieve));
    CHECK_FALSE(refused({{0, 1, 1}, {0}, {1000}}, "", exponential));

    // Positives of a relation need a grade, and one above 0.
    const std::vector<Index> offsets{0, 1, 2}, rows{0, 2};
    const mohs::Relation relation = mohs::Relation::positive_lists(offsets, rows, 3);
    const mohs::Batch<double> related = mohs::Batch<double>(queries).related_by(relation);
    CHECK_THROWS_AS(retrieve(related, mohs::Batch{documents}, GradedLists{{0, 1, 1}, {0}, {1}}), std::invalid_argument);
    CHECK_THROWS_AS(retrieve(related, mohs::Batch{documents}, GradedLists{{0, 1, 2}, {0, 2}, {1, 0}}),
                    std::invalid_argument);
    CHECK(retrieve(related, mohs::Batch{documents}, GradedLists{{0, 2, 3}, {0, 1, 2}, {1, 4, 1}}).report.tuples == 2);
}
