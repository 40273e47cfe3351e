// Covers detail/loss/contrastive/contrastive_scratch.hpp, detail/loss/contrastive/contrastive_sweep.hpp,
// detail/loss/contrastive/contrastive_total.hpp, detail/loss/contrastive/hinge_reach.hpp,
// detail/loss/contrastive/measured_pair.hpp, detail/loss/contrastive/pair_hinge.hpp.

#include "../catch.hpp"
#include "../mining/expected.hpp"
#include "oracle.hpp"

#include <mohs/loss/contrastive.hpp>

#include <limits>
#include <numeric>
#include <stdexcept>
#include <tuple>
#include <vector>

namespace {

using mohs::ContrastiveLossOptions;
using mohs::Index;
using mohs::Reduction;
using oracle::Labels;
using oracle::Metric;
using oracle::Table;

using Metrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean,
                           mohs::Normalised<mohs::Euclidean>, mohs::Normalised<mohs::SquaredEuclidean>>;

struct Problem {
    Table queries, gallery;
    Labels query_labels, gallery_labels, query_ids, gallery_ids;
    bool self = false;

    [[nodiscard]] mohs::Batch<double> query_batch() const { return batch(queries, query_labels, query_ids); }
    [[nodiscard]] mohs::Batch<double> gallery_batch() const { return batch(gallery, gallery_labels, gallery_ids); }
    [[nodiscard]] static mohs::Batch<double> batch(const Table& rows, const Labels& labels, const Labels& ids)
    {
        const mohs::Batch<double> result(rows, labels);
        return ids.empty() ? result : result.with_ids(ids);
    }
};

/// Sum, pairs and active pairs, of the positives and of the negatives. `closest` is the violation closest to the kink.
struct Sums {
    double sum[2]{}, pairs[2]{}, active[2]{}, closest = 1;
};

Sums sums(Metric metric, const Problem& p, const ContrastiveLossOptions& options)
{
    const bool similarity = metric.similarity;
    const double margin[2]{options.positive_margin.value_or(similarity ? 1 : 0),
                           options.negative_margin.value_or(similarity ? 0 : 1)};
    const Table& gallery = p.self ? p.queries : p.gallery;
    const Labels &labels = p.self ? p.query_labels : p.gallery_labels, &ids = p.self ? p.query_ids : p.gallery_ids;
    Sums result;
    for (Index i = 0; i < p.queries.rows(); ++i) {
        for (Index j = p.self ? i + 1 : 0; j < gallery.rows(); ++j) {
            const auto a = static_cast<std::size_t>(i), b = static_cast<std::size_t>(j);
            if (!ids.empty() && p.query_ids[a] == ids[b]) {
                continue;
            }
            const int kind = p.query_labels[a] == labels[b] ? 0 : 1;
            const double value = reference::value(metric, p.queries, i, gallery, j);
            double x = similarity ? margin[kind] - value : value - margin[kind];
            x = kind == 1 ? -x : x;
            result.closest = std::min(result.closest, std::abs(x));
            const double hinge = std::max(0.0, x);
            result.sum[kind] += (options.half ? 0.5 : 1) * (options.power == 2 ? hinge * hinge : hinge);
            result.pairs[kind] += 1;
            result.active[kind] += hinge > 0;
        }
    }
    return result;
}

double expected_value(Metric metric, const Problem& p, const ContrastiveLossOptions& options)
{
    const Sums s = sums(metric, p, options);
    const auto divide = [&](double sum, double pairs, double active) {
        const double divisor = options.reduction == Reduction::mean          ? pairs
                               : options.reduction == Reduction::mean_active ? active
                                                                             : 1;
        return divisor > 0 ? sum / divisor : 0;
    };
    return options.together ? divide(s.sum[0] + s.sum[1], s.pairs[0] + s.pairs[1], s.active[0] + s.active[1])
                            : divide(s.sum[0], s.pairs[0], s.active[0]) + divide(s.sum[1], s.pairs[1], s.active[1]);
}

void check(Metric metric, Problem p, const ContrastiveLossOptions& options, const mohs::LossResult<double>& result)
{
    const auto expected = [&] { return expected_value(metric, p, options); };
    const Sums s = sums(metric, p, options);
    // Difference quotients must not cross a kink.
    REQUIRE(s.closest > 1e-4);
    CHECK(expected() > 0);
    CHECK(oracle::near(result.value, expected(), 1e-12));
    CHECK(static_cast<double>(result.report.tuples) == s.pairs[0] + s.pairs[1]);
    CHECK(static_cast<double>(result.report.active) == s.active[0] + s.active[1]);
    CHECK(oracle::near(result.gradient, oracle::differences(p.queries, expected)));
    CHECK((p.self || oracle::near(result.candidate_gradient, oracle::differences(p.gallery, expected))));
}

template <class M>
mohs::LossResult<double> loss_of(const Problem& p, const ContrastiveLossOptions& options, const mohs::Options& how = {})
{
    const mohs::ContrastiveLoss loss{M{}, options};
    return p.self ? loss(p.query_batch(), how) : loss(p.query_batch(), p.gallery_batch(), how);
}

template <class M>
void check(const Problem& p, const ContrastiveLossOptions& options)
{
    check(reference::metric_of<M>, p, options, loss_of<M>(p, options));
}

Problem within(Index count, Index classes, std::uint64_t seed)
{
    Problem p;
    p.queries = 0.5 * oracle::gaussian(count, 4, seed);
    p.query_labels = oracle::labels(count, classes, seed + 1);
    p.self = true;
    return p;
}

Problem across(Index queries, Index gallery, Index classes, std::uint64_t seed)
{
    Problem p = within(queries, classes, seed);
    p.gallery = 0.5 * oracle::gaussian(gallery, 4, seed + 2);
    p.gallery_labels = oracle::labels(gallery, classes, seed + 3);
    p.self = false;
    return p;
}

/// Margins at which some pairs of either kind are active and others are not.
template <class M>
ContrastiveLossOptions margins()
{
    ContrastiveLossOptions options;
    options.positive_margin = reference::is_similarity<M> ? 0.4 : 0.8;
    options.negative_margin = reference::is_similarity<M> ? 0.1 : 1.3;
    return options;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("contrastive loss of a batch follows its definition with every option", "", Metrics)
{
    const Problem p = within(16, 4, 3);
    for (const Reduction reduction : {Reduction::mean, Reduction::sum, Reduction::mean_active}) {
        for (const bool together : {false, true}) {
            for (const int power : {1, 2}) {
                for (const bool half : {false, true}) {
                    ContrastiveLossOptions options = margins<TestType>();
                    options.reduction = reduction;
                    options.together = together;
                    options.power = power;
                    options.half = half;
                    check<TestType>(p, options);
                }
            }
        }
    }
}

TEMPLATE_LIST_TEST_CASE("contrastive loss of queries and a gallery follows its definition on both sides", "", Metrics)
{
    const Problem p = across(9, 13, 3, 5);
    for (const bool together : {false, true}) {
        for (const int power : {1, 2}) {
            ContrastiveLossOptions options = margins<TestType>();
            options.together = together;
            options.power = power;
            check<TestType>(p, options);
        }
    }
}

TEMPLATE_LIST_TEST_CASE("without a reduction every row has the contrastive loss of its own pairs", "", Metrics)
{
    for (const Problem& p : {within(16, 4, 3), across(9, 13, 3, 5)}) {
        ContrastiveLossOptions options = margins<TestType>();
        options.reduction = Reduction::none;
        const mohs::LossResult<double> result = loss_of<TestType>(p, options);
        check(reference::metric_of<TestType>, p, options, result);
        REQUIRE(static_cast<Index>(result.per_tuple.size()) == p.queries.rows());
        for (Index row = 0; row < p.queries.rows(); ++row) {
            // The row alone against all others, which are its gallery.
            Problem alone = p;
            alone.self = false;
            alone.queries = p.queries.row(row);
            alone.query_labels = {p.query_labels[static_cast<std::size_t>(row)]};
            if (p.self) {
                alone.gallery = p.queries;
                alone.gallery_labels = p.query_labels;
                alone.query_ids = {row};
                alone.gallery_ids.resize(p.query_labels.size());
                std::iota(alone.gallery_ids.begin(), alone.gallery_ids.end(), 0);
            }
            const Sums s = sums(reference::metric_of<TestType>, alone, options);
            CHECK(oracle::near(result.per_tuple[static_cast<std::size_t>(row)], s.sum[0] + s.sum[1], 1e-12));
        }
    }
}

TEMPLATE_LIST_TEST_CASE("the default margins are 0 and 1 for distances and 1 and 0 for similarities", "", Metrics)
{
    const Problem p = within(10, 3, 10);
    ContrastiveLossOptions defaults, named;
    named.positive_margin = reference::is_similarity<TestType> ? 1 : 0;
    named.negative_margin = reference::is_similarity<TestType> ? 0 : 1;
    const auto a = mohs::ContrastiveLoss{TestType{}}(p.query_batch()), b = loss_of<TestType>(p, named);
    CHECK(a.value == b.value);
    CHECK(oracle::same_bits(a.gradient, b.gradient));
    CHECK(oracle::near(a.value, expected_value(reference::metric_of<TestType>, p, defaults), 1e-12));
    CHECK(a.value > 0);
}

TEST_CASE("contrastive loss follows its definition over several strips at every instruction set")
{
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        mohs::Options how;
        how.isa = level;
        const Problem p = within(110, 12, 15), q = across(60, 101, 9, 19);
        const auto compare = [&](auto metric) {
            using M = decltype(metric);
            for (const Problem& problem : {p, q}) {
                CHECK(oracle::near(loss_of<M>(problem, {}, how).value,
                                   expected_value(reference::metric_of<M>, problem, {}), 1e-12));
            }
        };
        compare(mohs::Cosine{});
        compare(mohs::DotProduct{});
        compare(mohs::Euclidean{});
        compare(mohs::SquaredEuclidean{});
        compare(mohs::Normalised<mohs::Euclidean>{});
        compare(mohs::Normalised<mohs::SquaredEuclidean>{});
    }
}

TEST_CASE("negatives right at their margin are decided by their exact distance")
{
    // Far from the origin and from the mean, kernel scores cannot tell these distances from the margin of 1.
    const double inside = 1 - 0x1p-20;
    const Table exact{{0, 4096}, {inside, 4096}, {3 + inside, 4096}, {4 + inside, 4096}, {0, -8192}};
    const mohs::Matrix batch = exact.cast<float>();
    const Labels labels{0, 1, 2, 3, 4};
    const auto result =
        mohs::ContrastiveLoss{mohs::Euclidean{}, {.reduction = Reduction::sum}}(mohs::Batch(batch, labels));
    CHECK(result.value == static_cast<double>(1 - (batch(1, 0) - batch(0, 0))));
    CHECK(result.value > 0);
    CHECK(result.report.active == 1);
    CHECK(result.report.tuples == 10);
}

TEST_CASE("near-duplicates of another class have a loss and those of distance 0 no gradient")
{
    const Table batch{{1, 2}, {1, 2}, {1, 2 + 1e-9}};
    const Labels labels{0, 1, 2};
    const auto result =
        mohs::ContrastiveLoss{mohs::Euclidean{}, {.reduction = Reduction::sum}}(mohs::Batch(batch, labels));
    CHECK(result.value == Approx(3 - 2e-9).epsilon(1e-15));
    CHECK(oracle::near(result.gradient, Table{{0, 1}, {0, 1}, {0, -2}}, 1e-12));
}

TEST_CASE("rows of one sample id form no pair of the contrastive loss")
{
    Problem p = within(15, 3, 25), q = across(9, 13, 3, 26);
    p.query_ids = oracle::labels(15, 8, 27);
    q.query_ids = oracle::labels(9, 6, 28);
    q.gallery_ids = oracle::labels(13, 6, 29);
    check<mohs::Euclidean>(p, margins<mohs::Euclidean>());
    check<mohs::Cosine>(p, margins<mohs::Cosine>());
    check<mohs::Euclidean>(q, margins<mohs::Euclidean>());
    check<mohs::Cosine>(q, margins<mohs::Cosine>());
}

namespace {

template <class Scalar, class M>
void check_scalar()
{
    const Problem p = within(150, 12, 30);
    const mohs::MatrixOf<Scalar> batch = p.queries.cast<float>().cast<Scalar>();
    Problem exact_rows = p;
    exact_rows.queries = batch.template cast<float>().template cast<double>();
    const mohs::LossResult<float> found = mohs::ContrastiveLoss{M{}}(mohs::Batch(batch, p.query_labels));
    const mohs::LossResult<double> exact = loss_of<M>(exact_rows, {});
    // The order of summation may differ, because rows are packed alike; the terms are the same doubles.
    CHECK(oracle::near(found.value, exact.value, 1e-12));
    CHECK(found.report.active == exact.report.active);
    CHECK(oracle::near_largest(found.gradient, exact.gradient, 1.2e-7));
}

}

TEST_CASE("contrastive loss of other scalars is that of the same rows in double")
{
    check_scalar<float, mohs::Euclidean>();
    check_scalar<float, mohs::Normalised<mohs::Euclidean>>();
    check_scalar<float, mohs::Cosine>();
    // Nothing but how rows are read depends on the scalar too.
    check_scalar<Eigen::half, mohs::Normalised<mohs::Euclidean>>();
    check_scalar<Eigen::bfloat16, mohs::Normalised<mohs::Euclidean>>();
}

TEST_CASE("contrastive loss has the same bits for any number of threads", "[threads]")
{
    const Problem p = within(150, 9, 35), q = across(70, 120, 9, 36);
    const mohs::Matrix batch = p.queries.cast<float>(), queries = q.queries.cast<float>(),
                       gallery = q.gallery.cast<float>();
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        const auto run = [&](const mohs::Options& how) {
            const mohs::ContrastiveLoss loss{mohs::Euclidean{}};
            return std::pair{loss(mohs::Batch(batch, p.query_labels), how),
                             loss(mohs::Batch(queries, q.query_labels), mohs::Batch(gallery, q.gallery_labels), how)};
        };
        const auto counts = oracle::thread_counts(level);
        const auto first = run(counts[0]);
        for (const mohs::Options& how : counts) {
            const auto other = run(how);
            CHECK(other.first.value == first.first.value);
            CHECK(oracle::same_bits(other.first.gradient, first.first.gradient));
            CHECK(other.second.value == first.second.value);
            CHECK(oracle::same_bits(other.second.gradient, first.second.gradient));
            CHECK(oracle::same_bits(other.second.candidate_gradient, first.second.candidate_gradient));
        }
    }
}

TEST_CASE("one class and singletons and no rows have a contrastive loss without surprises")
{
    const Table batch = oracle::gaussian(4, 3, 40), none(0, 3), one = oracle::gaussian(1, 3, 41);
    const Labels same(4, 3), apart{1, 2, 3, 4}, no_labels, one_label{7};
    const mohs::ContrastiveLoss loss{mohs::Cosine{}, {}};
    const auto positives = loss(mohs::Batch(batch, same)), negatives = loss(mohs::Batch(batch, apart));
    CHECK(positives.value > 0);
    CHECK(positives.report.tuples == 6);
    CHECK(negatives.report.tuples == 6);
    CHECK(negatives.report.valid == 4);
    CHECK(loss(mohs::Batch(none, no_labels)).value == 0);
    const auto lone = loss(mohs::Batch(one, one_label));
    CHECK(lone.value == 0);
    CHECK(lone.gradient.isZero(0));
    CHECK(lone.report.no_positive == 1);
    // Positives that coincide and negatives that are far apart.
    const Table settled{{0, 0}, {0, 0}, {5, 0}, {5, 0}};
    const Labels two{1, 1, 2, 2};
    const auto quiet = mohs::ContrastiveLoss{mohs::Euclidean{}}(mohs::Batch(settled, two));
    CHECK(quiet.value == 0);
    CHECK(quiet.gradient.isZero(0));
    CHECK(quiet.report.active == 0);
    CHECK(quiet.report.tuples == 6);
}

TEST_CASE("rows that are not finite take no part in the contrastive loss", "[ieee]")
{
    Problem p = within(14, 3, 45);
    const Table rest = p.queries.topRows(13);
    const Labels rest_labels(p.query_labels.begin(), p.query_labels.end() - 1);
    p.queries(13, 2) = std::numeric_limits<double>::quiet_NaN();
    const mohs::ContrastiveLoss loss{mohs::Euclidean{}};
    const auto found = loss(p.query_batch()), expected = loss(mohs::Batch(rest, rest_labels));
    CHECK(oracle::near(found.value, expected.value, 1e-14));
    CHECK(oracle::near(Table(found.gradient.topRows(13)), expected.gradient, 1e-14));
    CHECK(found.gradient.row(13).isZero(0));
    CHECK(found.report.non_finite == 1);
    CHECK(found.report.tuples == 78);
}

TEST_CASE("contrastive gradients are added times the scale and without allocating")
{
    const Problem p = across(10, 14, 3, 50);
    const mohs::ContrastiveLoss loss{mohs::Cosine{}, {}};
    const auto plain = loss(p.query_batch(), p.gallery_batch());
    Table gradient = oracle::gaussian(10, 4, 51), other = oracle::gaussian(14, 4, 52);
    const Table before = gradient, other_before = other;
    mohs::Workspace workspace;
    CHECK(loss(p.query_batch(), p.gallery_batch(), workspace, gradient, other, -2) == plain.value);
    CHECK(oracle::near(gradient, Table(before - 2 * plain.gradient), 1e-14));
    CHECK(oracle::near(other, Table(other_before - 2 * plain.candidate_gradient), 1e-14));
    loss(p.query_batch(), p.gallery_batch(), workspace, gradient, other);
    const std::size_t held = workspace.capacity();
    loss(p.query_batch(), p.gallery_batch(), workspace, gradient, other);
    CHECK(workspace.capacity() == held);
    Table alone = Table::Zero(14, 4);
    CHECK(loss(p.query_batch(), p.gallery_batch(), workspace, mohs::no_gradient, alone) == plain.value);
    CHECK(oracle::same_bits(alone, plain.candidate_gradient));
}

TEST_CASE("ContrastiveLoss refuses what makes no sense")
{
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK_THROWS_AS((mohs::ContrastiveLoss{mohs::Cosine{}, {.positive_margin = infinity}}), std::invalid_argument);
    CHECK_THROWS_AS((mohs::ContrastiveLoss{mohs::Cosine{}, {.negative_margin = -infinity}}), std::invalid_argument);
    CHECK_THROWS_AS((mohs::ContrastiveLoss{mohs::Cosine{}, {.power = 3}}), std::invalid_argument);
    const Table four = oracle::gaussian(4, 3, 60), wide = oracle::gaussian(4, 2, 61);
    const Labels labels{1, 1, 2, 2};
    const mohs::ContrastiveLoss loss{mohs::Cosine{}, {}};
    CHECK_THROWS_AS(loss(mohs::Batch(four)), std::invalid_argument);
    CHECK_THROWS_AS(loss(mohs::Batch(four, labels), mohs::Batch(wide, labels)), std::invalid_argument);
    mohs::Workspace workspace;
    Table wrong = Table::Zero(3, 3);
    CHECK_THROWS_AS(loss(mohs::Batch(four, labels), workspace, wrong), std::invalid_argument);
    Table right = Table::Zero(4, 3);
    std::vector<double> three(3);
    CHECK_THROWS_AS(loss(mohs::Batch(four, labels), workspace, right, 1, nullptr, {}, three), std::invalid_argument);
}

namespace {

/// 50 rows of classes of their own, but for the last two, which are `apart` times about 6 from one another.
template <class Scalar>
mohs::MatrixOf<Scalar> with_near_duplicate(double apart)
{
    Table rows = oracle::gaussian(50, 32, 70);
    rows.row(49) = rows.row(48) + apart * oracle::gaussian(1, 32, 71);
    return rows.cast<Scalar>();
}

/// The loss of a batch whose only pair with a loss is that of the last two rows is their distance, and its gradient is
/// that of the distance.
template <class M, class Scalar>
void check_near_duplicates(mohs::IsaLevel level)
{
    Labels labels(50);
    std::iota(labels.begin(), labels.end(), 0);
    labels[49] = 48;
    const mohs::ContrastiveLoss loss{M{}, {.negative_margin = 0, .reduction = Reduction::sum}};
    for (int power = 0; power < 24; ++power) {
        const mohs::MatrixOf<Scalar> batch = with_near_duplicate<Scalar>(std::ldexp(1.0, -power));
        const Table exact = batch.template cast<double>();
        const double expected = reference::value<M>(exact, 48, exact, 49);
        const auto result = loss(mohs::Batch(batch, labels), {.isa = level});
        CAPTURE(mohs::to_string(level), power);
        REQUIRE(result.report.active == 1);
        // Unit rows are rounded, by the reference too.
        const double rounding = mohs::detail::normalises<M> ? 4e-16 * (M::is_squared ? 2 * std::sqrt(expected) : 1) : 0;
        REQUIRE(std::abs(result.value - expected) <= 1e-12 * expected + rounding);
        if constexpr (std::is_same_v<M, mohs::Euclidean>) {
            const Table direction = (exact.row(48) - exact.row(49)) / expected;
            const double tolerance = std::is_same_v<Scalar, float> ? 1e-7 : 2e-12;
            REQUIRE((result.gradient.row(48).template cast<double>() - direction).cwiseAbs().maxCoeff() < tolerance);
            REQUIRE((result.gradient.row(49).template cast<double>() + direction).cwiseAbs().maxCoeff() < tolerance);
        }
    }
}

using Distances = std::tuple<mohs::Euclidean, mohs::SquaredEuclidean, mohs::Normalised<mohs::Euclidean>,
                             mohs::Normalised<mohs::SquaredEuclidean>>;

}  // namespace

TEMPLATE_LIST_TEST_CASE("distances of near-duplicates are right to rounding whatever their size", "", Distances)
{
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        check_near_duplicates<TestType, float>(level);
        check_near_duplicates<TestType, double>(level);
    }
}

TEST_CASE("pairs exactly at their margin have no contrastive loss")
{
    // A grid with many pairs at distance 5, of either kind. Its rows are not centred on a row.
    Table grid(64, 2);
    Labels labels(64);
    Index closer = 0, farther = 0, at_margin = 0;
    for (Index i = 0; i < 64; ++i) {
        grid.row(i) << static_cast<double>(i / 8), static_cast<double>(i % 8);
        labels[static_cast<std::size_t>(i)] = i % 2;
        for (Index j = 0; j < i; ++j) {
            const double square = (grid.row(i) - grid.row(j)).squaredNorm();
            closer += i % 2 != j % 2 && square < 25;
            farther += i % 2 == j % 2 && square > 25;
            at_margin += square == 25;
        }
    }
    REQUIRE(at_margin > 50);
    const mohs::Matrix narrow = grid.cast<float>();
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        const mohs::ContrastiveLoss plain{mohs::Euclidean{}, {.positive_margin = 5, .negative_margin = 5}};
        const mohs::ContrastiveLoss squared{mohs::SquaredEuclidean{}, {.positive_margin = 25, .negative_margin = 25}};
        CHECK(plain(mohs::Batch(grid, labels), {.isa = level}).report.active == closer + farther);
        CHECK(plain(mohs::Batch(narrow, labels), {.isa = level}).report.active == closer + farther);
        CHECK(squared(mohs::Batch(grid, labels), {.isa = level}).report.active == closer + farther);
    }
}

TEST_CASE("float rows have the contrastive loss of the same rows in double however many pairs are active")
{
    const Table gaussian = oracle::gaussian(500, 4, 80);
    const mohs::Matrix narrow = gaussian.cast<float>();
    const Table exact = narrow.cast<double>();
    const Labels labels = oracle::labels(500, 100, 81);
    const auto compare = [&](auto metric, double margin) {
        const mohs::ContrastiveLoss loss{metric, {.negative_margin = margin}};
        const auto found = loss(mohs::Batch(narrow, labels)), same = loss(mohs::Batch(narrow, labels));
        const auto expected = loss(mohs::Batch(exact, labels));
        CAPTURE(metric.name, margin);
        CHECK(found.value == same.value);
        CHECK(oracle::near(found.value, expected.value, 1e-14));
        CHECK(found.report.active == expected.report.active);
        CHECK(oracle::near_largest(found.gradient, expected.gradient, 1.2e-7));
        return expected.report.active;
    };
    // From positives alone to nearly all pairs.
    Index fewest = compare(mohs::Euclidean{}, 0);
    for (const double margin : {0.2, 0.5, 1.0, 3.0, 9.0}) {
        const Index active = compare(mohs::Euclidean{}, margin);
        CHECK(active > fewest);
        fewest = active;
    }
    for (const double margin : {0.999, 0.9, 0.0}) {
        compare(mohs::Cosine{}, margin);
    }
}

TEST_CASE("contrastive losses of huge and tiny rows scale with them and pairs that overflow are counted",
          "[ieee][raises]")
{
    const Table rows = oracle::gaussian(60, 5, 85);
    const Labels labels = oracle::labels(60, 6, 86);
    const auto compare = [&](auto metric, double scale, double unit) {
        const mohs::ContrastiveLoss loss{metric,
                                         {.positive_margin = 0, .negative_margin = 0, .reduction = Reduction::sum}};
        const Table scaled = scale * rows;
        const auto expected = loss(mohs::Batch(rows, labels)), found = loss(mohs::Batch(scaled, labels));
        CAPTURE(metric.name, scale);
        REQUIRE(expected.value > 0);
        CHECK(oracle::near(found.value / unit, expected.value, 1e-12));
        CHECK(found.report.active == expected.report.active);
        CHECK(oracle::near(Table(found.gradient * (scale / unit)), expected.gradient, 1e-11));
    };
    for (const double scale : {0x1p-300, 0x1p-150, 0x1p150, 0x1p300}) {
        compare(mohs::Euclidean{}, scale, scale);
        compare(mohs::SquaredEuclidean{}, scale, scale * scale);
        compare(mohs::DotProduct{}, scale, scale * scale);
    }
    Table huge = rows;
    huge.topRows(2) *= 1e200;
    const Labels apart{0, 1, 2, 3};
    const Table four = huge.topRows(4);
    const auto result =
        mohs::ContrastiveLoss{mohs::DotProduct{}, {.negative_margin = -1e307}}(mohs::Batch(four, apart));
    CHECK(result.report.overflows == 1);
    CHECK(result.report.tuples == 5);
    CHECK(oracle::all_finite(result.gradient));
}

TEST_CASE("the contrastive loss takes any layout")
{
    const auto same = [](const auto& a, const auto& b) { return a.value > 0 && oracle::same_bits(a, b); };
    CHECK(mining::layout_fault(mohs::ContrastiveLoss{mohs::Euclidean{}}, same) == "");
}

TEST_CASE("the contrastive loss of one positive and one negative")
{
    const mohs::Matrix query{{1, 0}}, gallery{{0, 1}, {1, 0}};
    const std::vector<int> label{1}, labels{1, 2};
    const mohs::ContrastiveLoss loss{mohs::Euclidean{}};
    // Distances sqrt(2) and 0, margins 0 and 1.
    CHECK(loss(mohs::Batch{query, label}, mohs::Batch{gallery, labels}).value == Approx(std::sqrt(2.0) + 1));
}
