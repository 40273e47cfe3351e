#include "pairs.hpp"

#include <cmath>

namespace pairs {

Problem::Problem()
{
    std::uint32_t state = 7;
    for (mohs::Index i = 0; i < rows.rows(); ++i) {
        for (mohs::Index k = 0; k < rows.cols(); ++k) {
            state = state * 1664525U + 1013904223U;
            rows(i, k) = static_cast<float>(static_cast<int>(state >> 28) - 8) / 8;
        }
        labels.push_back(i + 1 == rows.rows() ? 99 : static_cast<int>(i % 12));
    }
}

double value(reference::Metric metric, const Problem& problem, mohs::Index i, mohs::Index j)
{
    const Eigen::VectorXd a = problem.rows.row(i).cast<double>(), b = problem.rows.row(j).cast<double>();
    const double square = (a - b).squaredNorm();
    return metric.similarity ? a.dot(b) : metric.squared ? square : std::sqrt(square);
}

Set set_of(Eigen::Map<const mohs::IndexVector> anchors, Eigen::Map<const mohs::IndexVector> candidates)
{
    Set result;
    for (mohs::Index i = 0; i < anchors.size(); ++i) {
        result.insert({anchors[i], candidates[i]});
    }
    return result;
}

Set expected(reference::Metric metric, const Problem& problem, bool positive, const Keep& keep)
{
    Set result;
    for (mohs::Index i = 0; i < problem.rows.rows(); ++i) {
        for (mohs::Index j = 0; j < problem.rows.rows(); ++j) {
            const bool same =
                problem.labels[static_cast<std::size_t>(i)] == problem.labels[static_cast<std::size_t>(j)];
            if (i != j && same == positive && keep(i, j, value(metric, problem, i, j))) {
                result.insert({i, j});
            }
        }
    }
    return result;
}

Found::List list_of(Eigen::Map<const mohs::IndexVector> anchors, Eigen::Map<const mohs::IndexVector> candidates,
                    Eigen::Map<const Eigen::VectorXd> values)
{
    Found::List result;
    for (mohs::Index i = 0; i < anchors.size(); ++i) {
        result.pairs.emplace_back(anchors[i], candidates[i]);
        result.values.push_back(values[i]);
    }
    return result;
}

namespace {

using mohs::Among;
using mohs::Index;
using mohs::Options;
using reference::Data;
using reference::Scene;
using strategies::Seen;

/// Pairs in the order of their anchors and candidates, and the report.
Found expected(reference::Metric metric, const Scene& scene, const Rule& rule)
{
    Found result;
    for (Index row = 0; row < scene.anchors.size(); ++row) {
        if (!reference::is_finite_row(scene.anchors.rows, row)) {
            ++result.report.non_finite;
            continue;
        }
        std::vector<Seen> positives, negatives;
        for (const bool positive : {true, false}) {
            for (const Index candidate : scene.candidates_of(row, positive ? Among::positives : Among::negatives)) {
                const double value =
                    strategies::value_of(metric, scene.anchors.rows, row, scene.candidates.rows, candidate);
                (positive ? positives : negatives).push_back({candidate, value, metric.similarity ? -value : value});
            }
        }
        bool any = false;
        for (const bool positive : {true, false}) {
            Found::List& list = positive ? result.positives : result.negatives;
            for (const Seen& seen : positive ? positives : negatives) {
                if (rule(positive, seen.value, positives, negatives)) {
                    list.pairs.emplace_back(row, seen.row);
                    list.values.push_back(seen.value);
                    any = true;
                }
            }
        }
        (any                 ? result.report.valid
         : positives.empty() ? result.report.no_positive
         : negatives.empty() ? result.report.no_negative
                             : result.report.none_in_place) += 1;
    }
    return result;
}

std::string difference(const Found::List& found, const Found::List& right, double tolerance)
{
    if (found.pairs != right.pairs) {
        return std::to_string(found.pairs.size()) + " pairs instead of " + std::to_string(right.pairs.size()) +
               ", or others; ";
    }
    for (std::size_t i = 0; i < right.values.size(); ++i) {
        if (!(std::abs(found.values[i] - right.values[i]) <= tolerance * std::max(1.0, std::abs(right.values[i])))) {
            return "a value is " + std::to_string(found.values[i]) + "; ";
        }
    }
    return {};
}

std::string difference(const Found& found, const Found& right, double tolerance)
{
    std::string wrong = difference(found.positives, right.positives, tolerance) +
                        difference(found.negatives, right.negatives, tolerance);
    for (const auto& [name, count] :
         {std::pair{"valid", &mohs::Report::valid}, std::pair{"no_positive", &mohs::Report::no_positive},
          std::pair{"no_negative", &mohs::Report::no_negative},
          std::pair{"none_in_place", &mohs::Report::none_in_place},
          std::pair{"non_finite", &mohs::Report::non_finite}}) {
        if (found.report.*count != right.report.*count) {
            wrong += std::string(name) + " is " + std::to_string(found.report.*count) + " instead of " +
                     std::to_string(right.report.*count) + "; ";
        }
    }
    return wrong;
}

}

std::string fault(reference::Metric metric, const Run& run, const Rule& rule, double tolerance)
{
    // Every level, and every executor at the best of them, which is what the first way runs at.
    std::vector<Options> ways{{.threads = 1}, {.executor = reference::backward_executor()}};
    for (const int threads : {2, 3}) {
        ways.push_back({.threads = threads, .executor = reference::thread_executor(threads)});
    }
    const std::size_t executors = ways.size();
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        ways.push_back({.isa = level, .threads = 1});
    }
    std::string wrong;
    const auto add = [&](const Scene& scene) {
        const Found right = expected(metric, scene, rule);
        const std::vector<Found> all = run(scene, ways);
        for (std::size_t way = 0; way < all.size(); ++way) {
            const Found& found = all[way];
            std::string fault = difference(found, right, tolerance);
            if (way < executors && (found.positives != all[0].positives || found.negatives != all[0].negatives)) {
                fault += "other bits than with one thread; ";
            }
            wrong += fault.empty()
                         ? ""
                         : scene.anchors.name + " of " + std::to_string(scene.anchors.size()) +
                               (scene.self ? "" : " against a gallery") + ", way " + std::to_string(way) + ": " + fault;
        }
    };
    std::vector<Data> all = strategies::kinds();
    if (metric.normalised) {
        const Data data = strategies::separated(50, 9, 92);
        all = {data,
               reference::with_shared_ids(data),
               strategies::with_labels(data, "one class", [](Index) { return 7; }),
               strategies::with_labels(data, "all singletons", [](Index row) { return row; }),
               reference::scaled(data, 0x1p90, "huge rows"),
               reference::scaled(data, 0x1p-90, "tiny rows")};
        Data bad = data;
        bad.name = "NaN, zero and duplicate rows";
        for (Index row = 4; row < bad.size(); row += 9) {
            bad.rows(row, row % 16) = std::bit_cast<double>(0x7ff8000000000000U);
            bad.rows.row(row - 1).setZero();
            bad.rows.row(row - 2) = bad.rows.row(row - 3);
        }
        all.push_back(bad);
    }
    for (const Data& data : all) {
        // Some rows are on both sides, which are two samples unless they have ids.
        const Data queries = strategies::part(data, 0, data.size() / 2),
                   gallery = strategies::part(data, data.size() / 3, data.size());
        add(Scene(data));
        add(Scene(queries, gallery));
    }
    return wrong;
}

}
