// Covers detail/scene/cosine_rows.hpp.

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

/// What `exceeds` says against what is measured, at bounds on and beside the similarity of every pair.
template <class Scalar>
void check_exceeds(Table rows, const Table& others)
{
    rows.row(1).setZero();
    rows(2, 0) = std::numeric_limits<double>::quiet_NaN();
    rows.row(3) = 2 * others.row(0);
    // As long as the scalar can say.
    rows.row(4) *= std::is_same_v<Scalar, double> ? 1e200 : 1e4;
    const mohs::MatrixOf<Scalar> a = rows.cast<Scalar>(), b = others.cast<Scalar>();
    const mohs::detail::CosineRows<Scalar> cosines(mohs::Batch{a}, mohs::Batch{b}, false);
    for (Index i = 0; i < a.rows(); ++i) {
        for (Index j = 0; j < b.rows(); ++j) {
            const double exact = mohs::measure(mohs::Cosine{}, mohs::Batch(a), i, mohs::Batch(b), j);
            if (!reference::is_finite(exact)) {
                CHECK(cosines.exceeds(i, j, 1e300));
                continue;
            }
            CHECK(cosines.similarity(i, j) == exact);
            for (const double bound : {exact, std::nextafter(exact, -2.0), std::nextafter(exact, 2.0), exact - 1e-12,
                                       exact + 1e-12, -1e300, 1e300, -1.0, 1.0}) {
                CHECK(cosines.exceeds(i, j, bound) == (exact > bound));
            }
        }
    }
}

TEST_CASE("products tell what similarities exceed to the last bit", "[ieee]")
{
    for (const Index columns : {1, 3, 8, 37, 300}) {
        const Table rows = oracle::gaussian(9, columns, 5), others = oracle::gaussian(7, columns, 6);
        check_exceeds<double>(rows, others);
        check_exceeds<float>(rows, others);
        check_exceeds<Eigen::half>(rows, others);
    }
}

}  // namespace
