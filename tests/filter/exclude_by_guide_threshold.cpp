#include <mohs/filter/exclude_by_guide_threshold.hpp>

#include "../relations.hpp"
#include "everywhere.hpp"

#include <cmath>
#include <limits>

namespace {

using mohs::ExcludeByGuideThreshold;
using mohs::ExcludeByGuideThresholdOptions;
using mohs::Index;
using mohs::PositiveOf;
using mohs::Related;
using reference::Scene;
using reference::Table;

/// Cosine in double, by the definition; a NaN where a row is not finite.
double cosine(const Table& a, Index i, const Table& b, Index j)
{
    double product = 0, first = 0, second = 0;
    for (Index k = 0; k < a.cols(); ++k) {
        product += a(i, k) * b(j, k);
        first += a(i, k) * a(i, k);
        second += b(j, k) * b(j, k);
    }
    return reference::is_finite_row(a, i) && reference::is_finite_row(b, j) ? product / std::sqrt(first * second)
                                                                            : std::numeric_limits<double>::quiet_NaN();
}

/// The mask of GISTEmbed over the pairs of a problem: which negatives of each anchor go, and how many.
struct Gist {
    relations::Kinds kinds;
    Index rejected = 0;

    Gist(const relations::Problem& problem, const Table& guide, const Table& other,
         const ExcludeByGuideThresholdOptions& options)
        : kinds(problem.forward())
    {
        for (Index i = 0; i < kinds.rows; ++i) {
            std::vector<double> known;
            Index positives = 0;
            for (Index j = 0; j < kinds.columns; ++j) {
                if (kinds(i, j) == Related::positive) {
                    ++positives;
                    const double value = cosine(guide, i, other, j);
                    if (reference::is_finite(value)) {
                        known.push_back(value);
                    }
                }
            }
            double reference = 0;
            for (const double value : known) {
                reference += value / static_cast<double>(known.size());
            }
            if (!known.empty() && options.of != PositiveOf::mean) {
                reference = options.of == PositiveOf::min ? *std::min_element(known.begin(), known.end())
                                                          : *std::max_element(known.begin(), known.end());
            }
            const double bound = reference - options.margin - options.relative * std::abs(reference);
            for (Index j = 0; j < kinds.columns; ++j) {
                Related& kind = kinds.kinds[static_cast<std::size_t>(i * kinds.columns + j)];
                const double value = cosine(guide, i, other, j);
                const bool unknown = !reference::is_finite(value) || (positives > 0 && known.empty());
                if (kind == Related::negative && (unknown || (!known.empty() && value > bound))) {
                    kind = Related::neither;
                    ++rejected;
                }
            }
        }
    }

    /// Mean over the pairs of an anchor and a positive of -log softmax, with the other positives left out.
    [[nodiscard]] double loss(const Table& queries, const Table& candidates, double temperature) const
    {
        double sum = 0;
        Index pairs = 0;
        for (Index i = 0; i < kinds.rows; ++i) {
            std::vector<double> positives, negatives;
            for (Index j = 0; j < kinds.columns; ++j) {
                if (kinds(i, j) != Related::neither) {
                    (kinds(i, j) == Related::positive ? positives : negatives)
                        .push_back(cosine(queries, i, candidates, j) / temperature);
                }
            }
            for (const double z : positives) {
                if (negatives.empty()) {
                    break;
                }
                double denominator = 1;
                for (const double other : negatives) {
                    denominator += std::exp(other - z);
                }
                sum += std::log(denominator);
                ++pairs;
            }
        }
        return pairs > 0 ? sum / static_cast<double>(pairs) : 0;
    }
};

Table guide_rows(Index rows, std::uint64_t seed, bool bad)
{
    Table result = oracle::gaussian(rows, 3, seed);
    for (Index row = 5; bad && row < rows; row += 9) {
        result(row, row % 3) =
            row % 2 == 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    }
    return result;
}

void check_gist(relations::Problem problem, const ExcludeByGuideThresholdOptions& options, bool bad)
{
    const Table guide = guide_rows(problem.queries.size(), 41, bad),
                other = problem.self ? guide : guide_rows(problem.candidates().size(), 42, bad);
    const Gist gist(problem, guide, other, options);
    const mohs::Batch<double> queries = problem.query_batch<double>(problem.queries.rows);
    const auto run = [&]() {
        if (problem.self) {
            const ExcludeByGuideThreshold filter{queries, mohs::Batch(guide), options};
            return mohs::InfoNCE{mohs::Cosine{}, {.temperature = 0.3}, filter}(queries);
        }
        const mohs::Batch<double> candidates = problem.other.batch<double>(problem.other.rows);
        const ExcludeByGuideThreshold filter{queries, candidates, mohs::Batch(guide), mohs::Batch(other), options};
        return mohs::InfoNCE{mohs::Cosine{}, {.temperature = 0.3}, filter}(queries, candidates);
    };
    CAPTURE(problem.name, static_cast<int>(options.of), options.margin, options.relative, bad);
    const auto found = run();
    const auto value = [&] { return gist.loss(problem.queries.rows, problem.candidates().rows, 0.3); };
    CHECK(oracle::near(found.value, value(), 1e-11));
    CHECK(oracle::near(found.gradient, oracle::differences(problem.queries.rows, value)));
    if (!problem.self) {
        CHECK(oracle::near(found.candidate_gradient, oracle::differences(problem.other.rows, value)));
    }
    CHECK(found.report.rejected[0] == gist.rejected);
}

}  // namespace

TEST_CASE("InfoNCE with the threshold of a guide is GISTEmbed in double with its gradients", "[ieee]")
{
    for (const relations::Problem& problem : relations::all_problems(11, 13, 3)) {
        check_gist(problem, {}, false);
        check_gist(problem, {.margin = 0.1, .of = PositiveOf::max}, true);
    }
    for (const relations::Problem& problem : relations::full_problems(14, 16, 3)) {
        check_gist(problem, {.relative = 0.3, .of = PositiveOf::mean}, true);
        check_gist(problem, {.margin = -0.2, .relative = 0.2}, true);
        check_gist(problem, {.of = PositiveOf::mean}, false);
    }
}

TEST_CASE("the threshold of a guide holds wherever there are negatives")
{
    const reference::Data plain = strategies::grid(37, 3, 6, 1), gallery = strategies::grid(53, 3, 6, 2);
    const Table guide = oracle::gaussian(37, 4, 3), other = oracle::gaussian(53, 4, 4);
    for (const bool with_ids : {false, true}) {
        const reference::Data data = with_ids ? reference::with_shared_ids(plain) : plain,
                              galleries = with_ids ? reference::with_shared_ids(gallery, 13) : gallery;
        const reference::Owned<float> rows(data), others(galleries);
        const auto rejects = [](const Scene& scene, const Table& a, const Table& b) {
            return [&scene, &a, &b](Index anchor, Index row) {
                double least = 2;
                for (const Index positive : scene.candidates_of(anchor, mohs::Among::positives)) {
                    least = std::min(least, cosine(a, anchor, b, positive));
                }
                return cosine(a, anchor, b, row) > least;
            };
        };
        const Scene self(data), two(data, galleries);
        everywhere::check(self, rejects(self, guide, guide), ExcludeByGuideThreshold{rows.batch(), mohs::Batch(guide)});
        everywhere::check(
            two, rejects(two, guide, other),
            ExcludeByGuideThreshold{rows.batch(), others.batch(), mohs::Batch(guide), mohs::Batch(other)});
    }
}

TEST_CASE("a negative as close as the positive stays and an anchor is never its own negative")
{
    // To the guide all rows are one, as of dropout pairs: similarity 1 for positives, and nothing is above.
    const Table rows = oracle::gaussian(6, 3, 5), same = Table::Ones(6, 2);
    const std::vector<int> labels{0, 1, 2, 0, 1, 2};
    const mohs::Batch batch(rows, labels), guide(same);
    const mohs::InfoNCE plain{mohs::Cosine{}};
    const mohs::InfoNCE kept{mohs::Cosine{}, {}, ExcludeByGuideThreshold{batch, guide}};
    const auto found = kept(batch);
    CHECK(found.report.rejected[0] == 0);
    CHECK(found.value == plain(batch).value);
    // The slightest margin takes every negative; no anchor has itself left.
    const mohs::InfoNCE none{mohs::Cosine{}, {}, ExcludeByGuideThreshold{batch, guide, {.margin = 1e-9}}};
    CHECK(none(batch).value == 0);
    CHECK(none(batch).report.all_filtered == 6);
    CHECK(none(batch).report.rejected[0] == 24);
}

TEST_CASE("the guide's relative margin is a share of the magnitude of the similarity")
{
    // Anchor along x; its positive has cosine -0.6 to the guide, the negatives -0.8, -0.7 and -0.65.
    const auto at = [](double cosine) { return Eigen::RowVector2d(cosine, std::sqrt(1 - cosine * cosine)); };
    Table guide(5, 2);
    guide << at(1), at(-0.6), at(-0.8), at(-0.7), at(-0.65);
    const Table rows = oracle::gaussian(5, 3, 6);
    const std::vector<int> labels{0, 0, 1, 2, 3};
    const mohs::Batch batch(rows, labels), guides(guide);
    const ExcludeByGuideThreshold filter{batch, guides, {.relative = 0.1}};
    CHECK(filter.threshold(0) == Approx(-0.66));
    CHECK(ExcludeByGuideThreshold{batch, guides}.threshold(0) == Approx(-0.6));
    const mohs::PairMiner miner{mohs::Cosine{}, mohs::AllPairs{}, filter};
    const auto pairs = miner(batch);
    std::vector<Index> kept;
    for (Index i = 0; i < pairs.negatives.size(); ++i) {
        if (pairs.negatives[i].anchor == 0) {
            kept.push_back(pairs.negatives[i].candidate);
        }
    }
    CHECK(kept == std::vector<Index>{2, 3});
    // Rows without a positive keep their negatives.
    CHECK(filter.threshold(4) > 1);
}

TEST_CASE("several positives have one threshold by choice")
{
    const auto at = [](double cosine) { return Eigen::RowVector2d(cosine, std::sqrt(1 - cosine * cosine)); };
    Table guide(5, 2);
    guide << at(1), at(0.2), at(0.9), at(0.4), at(0);
    const Table rows = oracle::gaussian(5, 3, 7);
    const std::vector<int> labels{0, 0, 0, 0, 1};
    const mohs::Batch batch(rows, labels), guides(guide);
    const auto of = [&](PositiveOf which) {
        return ExcludeByGuideThreshold{batch, guides, {.of = which}}.threshold(0);
    };
    CHECK(of(PositiveOf::min) == Approx(0.2));
    CHECK(of(PositiveOf::max) == Approx(0.9));
    CHECK(of(PositiveOf::mean) == Approx(0.5));
    CHECK((ExcludeByGuideThreshold{batch, guides}.threshold(0) == of(PositiveOf::min)));
}

TEST_CASE("pairs of queries and candidates have a threshold each by a relation of pairs")
{
    Table queries = oracle::gaussian(9, 3, 8), candidates = oracle::gaussian(9, 3, 9),
          own = oracle::gaussian(18, 3, 10);
    const Table guide = oracle::gaussian(9, 4, 11), other = oracle::gaussian(27, 4, 12);
    const mohs::Batch q(queries), c(candidates), o(own), g(guide), h(other);
    const mohs::Relation pairs = mohs::Relation::paired(9);
    const ExcludeByGuideThreshold filter{q.related_by(pairs), c, g, h};
    const mohs::InfoNCE loss{mohs::Cosine{}, {.temperature = 0.2, .positives = mohs::PositivesOf::pair}, filter};
    const auto found = loss(q, c, o);
    Index rejected = 0;
    const auto value = [&] {
        double sum = 0;
        Index anchors = 0;
        rejected = 0;
        for (Index i = 0; i < 9; ++i) {
            const double bound = cosine(guide, i, other, i), z = cosine(queries, i, candidates, i) / 0.2;
            double denominator = 1;
            for (Index j = 0; j < 11; ++j) {
                const Index row = j < 9 ? j : 9 + 2 * i + j - 9;
                if (row == i) {
                    continue;
                }
                if (cosine(guide, i, other, row) > bound) {
                    ++rejected;
                    continue;
                }
                const double s = row < 9 ? cosine(queries, i, candidates, row) : cosine(queries, i, own, row - 9);
                denominator += std::exp(s / 0.2 - z);
            }
            if (denominator > 1) {
                sum += std::log(denominator);
                ++anchors;
            }
        }
        return sum / static_cast<double>(anchors);
    };
    CHECK(oracle::near(found.value, value(), 1e-11));
    CHECK(found.report.rejected[0] == rejected);
    CHECK(oracle::near(found.gradient, oracle::differences(queries, value)));
    CHECK(oracle::near(found.candidate_gradient, oracle::differences(candidates, value)));
    CHECK(oracle::near(found.own_gradient, oracle::differences(own, value)));
}

TEST_CASE("a guide for thresholds is refused that does not suit its batches")
{
    const Table rows = oracle::gaussian(5, 3, 13), narrow = oracle::gaussian(5, 2, 14),
                wide = oracle::gaussian(5, 4, 15), few = oracle::gaussian(4, 2, 16);
    const std::vector<int> labels{0, 0, 1, 1, 2};
    const mohs::Batch batch(rows, labels), guide(narrow), other(wide), missing(few);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::int64_t> ids{0, 1, 2, 3, 4}, others{5, 6, 7, 8, 9};
    const auto refused = [&](const ExcludeByGuideThresholdOptions& options) {
        return reference::message_of([&] { ExcludeByGuideThreshold{batch, guide, options}; });
    };
    CHECK(reference::mentions(refused({.margin = nan}), {"ExcludeByGuideThreshold: margin", "nan"}));
    CHECK(reference::mentions(refused({.relative = std::numeric_limits<double>::infinity()}),
                              {"ExcludeByGuideThreshold: relative", "finite"}));
    CHECK_THROWS_AS((ExcludeByGuideThreshold{batch.with_ids(ids), batch.with_ids(others), guide, other}),
                    std::invalid_argument);
    CHECK_THROWS_AS((ExcludeByGuideThreshold{batch, missing}), std::out_of_range);
    CHECK_THROWS_AS((ExcludeByGuideThreshold{mohs::Batch(rows), guide}), std::invalid_argument);
    const mohs::Matrix small = few.cast<float>();
    const std::vector<int> four{0, 0, 1, 1};
    const mohs::InfoNCE loss{mohs::Cosine{}, {}, ExcludeByGuideThreshold{batch, guide}};
    CHECK_THROWS_AS(loss(mohs::Batch(small, four)), std::invalid_argument);
    const Table empty(0, 3), no_guide(0, 2);
    const std::vector<int> no_labels;
    const mohs::Batch nothing(empty, no_labels);
    CHECK(mohs::InfoNCE{mohs::Cosine{}, {}, ExcludeByGuideThreshold{nothing, mohs::Batch(no_guide)}}(nothing).value ==
          0);
}

TEST_CASE("guides of other scalars decide as their rows in double do")
{
    const reference::Data data = strategies::grid(37, 3, 6, 1);
    const reference::Owned<float> rows(data);
    const mohs::MatrixOf<Eigen::half> guide = oracle::gaussian(37, 4, 3).cast<Eigen::half>();
    const Table wide = guide.cast<double>();
    const ExcludeByGuideThreshold narrow{rows.batch(), mohs::Batch(guide)};
    const ExcludeByGuideThreshold exact{rows.batch(), mohs::Batch(wide)};
    const auto count = [&](const auto& filter) {
        return mohs::PairMiner{mohs::SquaredEuclidean{}, mohs::AllPairs{}, filter}(rows.batch()).report.rejected[0];
    };
    CHECK(count(narrow) == count(exact));
    CHECK(count(narrow) > 0);
}
