#include "../catch.hpp"
#include "../relations.hpp"
#include "oracle.hpp"

#include <mohs/loss/contrastive.hpp>
#include <mohs/loss/info_nce.hpp>

#include <stdexcept>

namespace {

using mohs::ContrastiveLossOptions;
using mohs::Denominator;
using mohs::Directions;
using mohs::Index;
using mohs::InfoNCEOptions;
using mohs::Reduction;
using mohs::Related;
using oracle::Table;
using relations::Kinds;
using relations::Problem;

const std::vector<Denominator> denominators{Denominator::positives_excluded, Denominator::positives_included,
                                            Denominator::summed_inside};

// ---------------------------------------------------------------------------------------------------------------------
// The definitions

struct Sums {
    double sum = 0, pairs = 0, active = 0;

    [[nodiscard]] double reduced(Reduction reduction) const
    {
        const double divisor = reduction == Reduction::mean ? pairs : reduction == Reduction::mean_active ? active : 1;
        return divisor > 0 ? sum / divisor : 0;
    }
};

/// A problem, and what its pairs are.
struct Softmax {
    Problem problem;
    InfoNCEOptions options;
    bool with_own;
    Kinds forward = problem.forward(), backward = problem.backward();

    /// The losses of one row of `kinds`, from the cosines of that row and of its own negatives.
    [[nodiscard]] std::vector<double> losses(const Kinds& kinds, Index row, const Table& values, const Table& own) const
    {
        std::vector<double> positives, negatives;
        for (Index column = 0; column < kinds.columns; ++column) {
            const Related kind = kinds(row, column);
            if (kind != Related::neither) {
                (kind == Related::positive ? positives : negatives)
                    .push_back(values(row, column) / options.temperature);
            }
        }
        for (Index h = 2 * row; h < 2 * row + 2 && own.size() > 0; ++h) {
            if (problem.is_own_negative(h)) {
                negatives.push_back(own(row, h) / options.temperature);
            }
        }
        return oracle::softmax_losses(positives, negatives, options.denominator);
    }

    [[nodiscard]] double direction(const Kinds& kinds, const Table& values, const Table& own) const
    {
        Sums result;
        for (Index row = 0; row < kinds.rows; ++row) {
            for (const double loss : losses(kinds, row, values, own)) {
                result.sum += loss;
                result.pairs += 1;
                result.active += loss > 0;
            }
        }
        return result.reduced(options.reduction);
    }

    [[nodiscard]] double value() const
    {
        const Table values = relations::cosines(problem.queries.rows, problem.candidates().rows),
                    own = with_own ? relations::cosines(problem.queries.rows, problem.own.rows) : Table();
        const double one = direction(forward, values, own);
        return options.directions == Directions::both && !problem.self
                   ? (one + direction(backward, values.transpose(), Table())) / 2
                   : one;
    }

    [[nodiscard]] mohs::LossResult<double> run(const mohs::Options& how = {}) const
    {
        const mohs::InfoNCE loss{mohs::Cosine{}, options};
        const mohs::Batch<double> queries = problem.query_batch<double>(problem.queries.rows);
        if (problem.self) {
            return loss(queries, how);
        }
        const mohs::Batch<double> others = problem.other.batch<double>(problem.other.rows);
        return with_own ? loss(queries, others, problem.own.batch<double>(problem.own.rows), how)
                        : loss(queries, others, how);
    }

    /// Whether the report says what became of every row.
    [[nodiscard]] bool is_reported(const mohs::Report& report) const
    {
        const auto counts = [](const mohs::Report& r) {
            return std::vector<Index>{r.anchors, r.non_finite,  r.unknown,    r.not_anchors,
                                      r.valid,   r.no_positive, r.no_negative};
        };
        const relations::Side &one = problem.queries, &other = problem.candidates();
        mohs::Report right = relations::expected_rows(one, other);
        add_anchors(forward, one, with_own, right);
        if (options.directions == Directions::both && !problem.self) {
            mohs::Report back = relations::expected_rows(other, one);
            add_anchors(backward, other, false, back);
            back.non_finite_candidates = 0;
            right.merge(back);
        }
        return counts(report) == counts(right) && report.non_finite_candidates == right.non_finite_candidates;
    }

    void add_anchors(const Kinds& kinds, const relations::Side& anchors, bool own, mohs::Report& report) const
    {
        for (Index row = 0; row < kinds.rows; ++row) {
            if (anchors.takes_part(row) && anchors.may_be(row, mohs::Role::anchor)) {
                Index negatives = kinds.count(row, Related::negative);
                for (Index h = 2 * row; own && h < 2 * row + 2; ++h) {
                    negatives += problem.is_own_negative(h) ? 1 : 0;
                }
                const bool has_positive = kinds.count(row, Related::positive) > 0;
                (!has_positive ? report.no_positive : negatives == 0 ? report.no_negative : report.valid) += 1;
            }
        }
    }
};

/// Pairs of a problem with everything that a contrastive loss needs of them.
struct Contrast {
    Problem problem;
    ContrastiveLossOptions options;
    bool similarity;
    Kinds forward = problem.forward();

    /// Of positives and of negatives. `closest` is the violation closest to the kink.
    void sums(Sums (&result)[2], double& closest) const
    {
        const Table &a = problem.queries.rows, &b = problem.candidates().rows,
                    values = similarity ? relations::cosines(a, b) : relations::distances(a, b);
        const double margin[2]{*options.positive_margin, *options.negative_margin};
        for (Index i = 0; i < forward.rows; ++i) {
            for (Index j = problem.self ? i + 1 : 0; j < forward.columns; ++j) {
                for (const int kind : {0, 1}) {
                    const Related wanted = kind == 0 ? Related::positive : Related::negative;
                    if (forward(i, j) == wanted || (problem.self && forward(j, i) == wanted)) {
                        const double away = values(i, j) - margin[kind], x = (kind == 0) == similarity ? -away : away;
                        closest = std::min(closest, std::abs(x));
                        result[kind].sum += std::max(0.0, x);
                        result[kind].pairs += 1;
                        result[kind].active += x > 0;
                    }
                }
            }
        }
    }

    [[nodiscard]] double value() const
    {
        Sums each[2];
        double closest = 1;
        sums(each, closest);
        return each[0].reduced(options.reduction) + each[1].reduced(options.reduction);
    }

    template <class M>
    [[nodiscard]] mohs::LossResult<double> run(M metric, const mohs::Options& how = {}) const
    {
        const mohs::ContrastiveLoss loss{metric, options};
        const mohs::Batch<double> queries = problem.query_batch<double>(problem.queries.rows);
        return problem.self ? loss(queries, how) : loss(queries, problem.other.batch<double>(problem.other.rows), how);
    }
    [[nodiscard]] mohs::LossResult<double> run(const mohs::Options& how = {}) const
    {
        return similarity ? run(mohs::Cosine{}, how) : run(mohs::Euclidean{}, how);
    }

    [[nodiscard]] bool is_reported(const mohs::Report& report) const
    {
        Sums each[2];
        double closest = 1;
        sums(each, closest);
        const mohs::Report right = relations::expected_rows(problem.queries, problem.candidates());
        Index valid = 0;
        for (Index row = 0; row < forward.rows; ++row) {
            valid += forward.count(row, Related::neither) < forward.columns ? 1 : 0;
        }
        return report.anchors == right.anchors && report.non_finite == right.non_finite &&
               report.unknown == right.unknown && report.not_anchors == right.not_anchors && report.valid == valid &&
               report.no_positive == report.anchors - report.non_finite - report.unknown - report.not_anchors - valid &&
               static_cast<double>(report.tuples) == each[0].pairs + each[1].pairs &&
               static_cast<double>(report.active) == each[0].active + each[1].active;
    }
};

/// What is wrong with a loss of a problem, or nothing: its value, its report, and all its gradients.
template <class Case>
std::string fault(Case& data)
{
    const mohs::LossResult<double> result = data.run();
    const auto value = [&] { return data.value(); };
    if (!oracle::near(result.value, value(), 1e-12)) {
        return "the value is " + std::to_string(result.value) + " instead of " + std::to_string(value());
    }
    if (!data.is_reported(result.report)) {
        return "the report is wrong";
    }
    if (!oracle::near(result.gradient, oracle::differences(data.problem.queries.rows, value))) {
        return "the gradient is wrong";
    }
    if (!data.problem.self &&
        !oracle::near(result.candidate_gradient, oracle::differences(data.problem.other.rows, value))) {
        return "the gradient of the candidates is wrong";
    }
    if (result.own_gradient.size() > 0 &&
        !oracle::near(result.own_gradient, oracle::differences(data.problem.own.rows, value))) {
        return "the gradient of own negatives is wrong";
    }
    return {};
}

/// The slope of `value` where all finite rows of a side move at once, by the gradient and by differences of fourth order.
template <class Case>
bool has_slope(Case& data, Table& moved, const Table& gradient)
{
    const Table from = moved, way = oracle::gaussian(moved.rows(), moved.cols(), 77);
    const auto difference = [&](double step) {
        moved = from + step * way;
        const double above = data.value();
        moved = from - step * way;
        return (above - data.value()) / (2 * step);
    };
    const double slope = (4 * difference(1e-5) - difference(2e-5)) / 3, found = gradient.cwiseProduct(way).sum();
    moved = from;
    return std::abs(slope - found) <= 1e-7 * std::max(1.0, std::abs(slope));
}

}  // namespace

TEST_CASE("InfoNCE follows every relation with its value and all its gradients", "[ieee]")
{
    for (const Problem& problem : relations::all_problems(11, 14, 3)) {
        for (const Denominator denominator : denominators) {
            for (const Directions directions : {Directions::query_to_candidate, Directions::both}) {
                for (const bool own : {false, true}) {
                    // Own negatives belong to queries, which a batch against itself does not have.
                    if ((problem.self && own) || (own && denominator == Denominator::summed_inside)) {
                        continue;
                    }
                    Softmax data{
                        problem, {.temperature = 0.3, .denominator = denominator, .directions = directions}, own};
                    CAPTURE(problem.name, static_cast<int>(denominator), directions == Directions::both, own);
                    REQUIRE(data.value() > 0);
                    REQUIRE(fault(data) == "");
                }
            }
        }
    }
}

TEST_CASE("InfoNCE follows relations over several panels and strips and at every instruction set", "[ieee]")
{
    for (const Problem& problem : relations::full_problems(67, 120, 3)) {
        for (const Denominator denominator : denominators) {
            Softmax data{problem,
                         {.temperature = 0.3,
                          .denominator = denominator,
                          .directions = Directions::both,
                          .reduction = Reduction::sum},
                         !problem.self};
            const double expected = data.value();
            for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
                CAPTURE(problem.name, static_cast<int>(denominator), mohs::to_string(level));
                const auto result = data.run({.isa = level});
                REQUIRE(oracle::near(result.value, expected, 1e-12));
                REQUIRE(data.is_reported(result.report));
                REQUIRE(has_slope(data, data.problem.queries.rows, result.gradient));
                REQUIRE((problem.self || has_slope(data, data.problem.other.rows, result.candidate_gradient)));
                REQUIRE((problem.self || has_slope(data, data.problem.own.rows, result.own_gradient)));
            }
        }
    }
}

TEST_CASE("every reduction of InfoNCE counts what a relation leaves", "[ieee]")
{
    for (const Problem& problem : relations::full_problems(23, 50, 3)) {
        for (const Reduction reduction : {Reduction::sum, Reduction::mean_active, Reduction::none}) {
            const Softmax data{
                problem, {.temperature = 0.3, .directions = Directions::both, .reduction = reduction}, false};
            const mohs::LossResult<double> result = data.run();
            CAPTURE(problem.name, static_cast<int>(reduction));
            CHECK(oracle::near(result.value, data.value(), 1e-12));
            if (reduction == Reduction::none) {
                REQUIRE(static_cast<Index>(result.per_tuple.size()) ==
                        data.forward.rows + (problem.self ? 0 : data.backward.rows));
                const Table values = relations::cosines(problem.queries.rows, problem.candidates().rows);
                for (Index row = 0; row < data.forward.rows; ++row) {
                    double loss = 0;
                    for (const double each : data.losses(data.forward, row, values, Table())) {
                        loss += each;
                    }
                    CHECK(std::abs(result.per_tuple[static_cast<std::size_t>(row)] - loss) <= 1e-12 * (1 + loss));
                }
            }
        }
    }
}

TEST_CASE("the contrastive loss follows every relation with its value and its gradients", "[ieee]")
{
    for (const Problem& problem : relations::all_problems(11, 14, 3)) {
        for (const bool similarity : {false, true}) {
            for (const Reduction reduction : {Reduction::mean, Reduction::mean_active}) {
                Contrast data{problem,
                              {.positive_margin = similarity ? 0.8 : 0.3,
                               .negative_margin = similarity ? 0.1 : 0.9,
                               .reduction = reduction},
                              similarity};
                Sums each[2];
                double closest = 1;
                data.sums(each, closest);
                // Difference quotients must not cross a kink.
                REQUIRE(closest > 2e-5);
                CAPTURE(problem.name, similarity, static_cast<int>(reduction));
                REQUIRE(data.value() > 0);
                REQUIRE(fault(data) == "");
            }
        }
    }
}

TEST_CASE("the contrastive loss follows relations over several panels and strips at every instruction set", "[ieee]")
{
    for (const Problem& problem : relations::full_problems(67, 120, 3)) {
        for (const bool similarity : {false, true}) {
            const Contrast data{problem,
                                {.positive_margin = similarity ? 0.8 : 0.3,
                                 .negative_margin = similarity ? 0.1 : 0.9,
                                 .reduction = Reduction::sum},
                                similarity};
            const double expected = data.value();
            for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
                const auto result = data.run({.isa = level});
                CAPTURE(problem.name, similarity, mohs::to_string(level));
                REQUIRE(oracle::near(result.value, expected, 1e-12));
                REQUIRE(data.is_reported(result.report));
            }
        }
    }
}

TEST_CASE("a relation that says what labels say gives the same losses")
{
    for (const auto& [labelled, related] : relations::labels_and_relations(60, 75, 4)) {
        for (const Denominator denominator : denominators) {
            const InfoNCEOptions options{
                .temperature = 0.2, .denominator = denominator, .directions = Directions::both};
            const auto one = Softmax{labelled, options, false}.run(), two = Softmax{related, options, false}.run();
            CHECK(oracle::near(two.value, one.value, 1e-13));
            CHECK(oracle::near(two.gradient, one.gradient, 1e-13));
            CHECK(oracle::near(two.candidate_gradient, one.candidate_gradient, 1e-13));
            CHECK(two.report.valid == one.report.valid);
        }
        const ContrastiveLossOptions options{.positive_margin = 0.3, .negative_margin = 0.9};
        const auto one = Contrast{labelled, options, false}.run(), two = Contrast{related, options, false}.run();
        CHECK(oracle::near(two.value, one.value, 1e-13));
        CHECK(oracle::near(two.gradient, one.gradient, 1e-13));
        CHECK(oracle::near(two.candidate_gradient, one.candidate_gradient, 1e-13));
        CHECK(two.report.tuples == one.report.tuples);
        CHECK(two.report.valid == one.report.valid);
    }
}

TEST_CASE("losses with relations in float are close to those in double and have the same bits for any threads",
          "[threads][ieee]")
{
    for (const Problem& exact : relations::full_problems(70, 110, 5)) {
        // The same rows, rounded to float first.
        Problem problem = exact;
        const mohs::Matrix queries = exact.queries.rows.cast<float>(), others = exact.other.rows.cast<float>();
        problem.queries.rows = queries.cast<double>();
        problem.other.rows = others.cast<double>();
        const InfoNCEOptions options{.temperature = 0.3, .directions = Directions::both};
        const ContrastiveLossOptions margins{.positive_margin = 0.3, .negative_margin = 0.9};
        const mohs::InfoNCE loss{mohs::Cosine{}, options};
        const mohs::ContrastiveLoss contrastive{mohs::Euclidean{}, margins};
        const mohs::Batch<float> batch = problem.query_batch<float>(queries),
                                 gallery = problem.self ? batch : problem.other.batch<float>(others);
        const auto run = [&](const auto& functor, const mohs::Options& how) {
            return problem.self ? functor(batch, how) : functor(batch, gallery, how);
        };
        const mohs::LossResult<double> right = Softmax{problem, options, false}.run(),
                                       other_right = Contrast{problem, margins, false}.run();
        const auto counts = oracle::thread_counts(mohs::IsaLevel::automatic);
        const mohs::LossResult<float> first = run(loss, counts[0]), other_first = run(contrastive, counts[0]);
        CAPTURE(problem.name);
        // Scores are off by some 1e-7, logits and relative weights by that over the temperature.
        CHECK(oracle::near(first.value, right.value, 2e-6));
        CHECK(oracle::near_largest(first.gradient, right.gradient, 5e-6));
        // Values are computed in double; only gradients are rounded.
        CHECK(oracle::near(other_first.value, other_right.value, 1e-12));
        CHECK(oracle::near_largest(other_first.gradient, other_right.gradient, 1e-6));
        for (const mohs::Options& how : counts) {
            const mohs::LossResult<float> again = run(loss, how), other_again = run(contrastive, how);
            CHECK(again.value == first.value);
            CHECK(other_again.value == other_first.value);
            CHECK(oracle::same_bits(again.gradient, first.gradient));
            CHECK(oracle::same_bits(again.candidate_gradient, first.candidate_gradient));
            CHECK(oracle::same_bits(other_again.gradient, other_first.gradient));
            CHECK(oracle::same_bits(other_again.candidate_gradient, other_first.candidate_gradient));
        }
    }
}

TEST_CASE("paired rows keep their partner whatever their ids and obey roles and unknown labels", "[ieee]")
{
    for (Problem problem : relations::full_problems(30, 40, 3)) {
        if (problem.self || problem.name.find("labels") != 0) {
            continue;
        }
        // A row of the same number is the positive, other rows of its id or label are neither.
        const auto same = [&](const auto& a, const auto& b, Index i, Index j) {
            return a[static_cast<std::size_t>(i)] == b[static_cast<std::size_t>(j)];
        };
        const Problem given = problem;
        problem.listed = [&](Index query, Index row) {
            const bool duplicate = same(given.queries.ids, given.other.ids, query, row) ||
                                   same(given.queries.labels, given.other.labels, query, row);
            return query == row ? Related::positive : duplicate ? Related::neither : Related::negative;
        };
        problem.queries.ids.clear();
        problem.other.ids.clear();
        Softmax expected{problem, {.temperature = 0.3, .directions = Directions::both}, false};
        // Candidates past the queries are no anchors of their own.
        for (Index row = 30; row < 40; ++row) {
            std::fill_n(expected.backward.kinds.begin() + row * 30, 30, Related::neither);
        }
        Softmax library{given, expected.options, false};
        library.options.positives = mohs::PositivesOf::pair;
        const auto result = library.run();
        REQUIRE(expected.value() > 0);
        CHECK(oracle::near(result.value, expected.value(), 1e-12));
        CHECK(has_slope(expected, expected.problem.queries.rows, result.gradient));
        CHECK(has_slope(expected, expected.problem.other.rows, result.candidate_gradient));
        const mohs::Report& report = result.report;
        CHECK(report.anchors == 60);
        CHECK(report.anchors == report.valid + report.no_positive + report.no_negative + report.non_finite +
                                    report.unknown + report.not_anchors);
    }
}

TEST_CASE("losses refuse relations of other batches before any work")
{
    const Table six = oracle::gaussian(6, 3, 1), copy = six, twelve = oracle::gaussian(12, 3, 2);
    const mohs::Relation small = mohs::Relation::paired(5), right = mohs::Relation::paired(6),
                         own = mohs::Relation::paired(6, 1);
    const mohs::InfoNCE loss{mohs::Cosine{}, {}}, by_pair{mohs::Cosine{}, {.positives = mohs::PositivesOf::pair}};
    const mohs::ContrastiveLoss contrastive{mohs::Cosine{}};
    const mohs::Batch<double> plain(six), twin(copy), related = plain.related_by(right);
    mohs::Workspace workspace;
    Table gradient = Table::Constant(6, 3, 7), other = gradient;
    std::vector<double> single(6, 7);
    mohs::Report report;
    report.anchors = 77;
    for (const mohs::Relation* const wrong : {&small, &own}) {
        const mohs::Batch<double> batch = plain.related_by(*wrong);
        CHECK_THROWS_AS(loss(batch, plain, workspace, gradient, other, 1, &report, {}, single), std::invalid_argument);
        CHECK_THROWS_AS(loss(batch, workspace, gradient, 1, &report, {}, single), std::invalid_argument);
        CHECK_THROWS_AS(contrastive(batch, plain, workspace, gradient, other, 1, &report), std::invalid_argument);
        CHECK_THROWS_AS(contrastive(batch, workspace, gradient, 1, &report), std::invalid_argument);
    }
    CHECK_THROWS_AS(loss(twin, related), std::invalid_argument);
    CHECK_THROWS_AS(contrastive(twin, related), std::invalid_argument);
    CHECK_THROWS_AS(loss(related, related), std::invalid_argument);
    CHECK_THROWS_AS(contrastive(related, related), std::invalid_argument);
    CHECK_THROWS_AS(by_pair(related, plain), std::invalid_argument);
    CHECK_THROWS_AS(loss(related, plain, mohs::Batch<double>(twelve).related_by(own)), std::invalid_argument);
    CHECK_THROWS_AS(loss(twin, plain), std::invalid_argument);
    CHECK_THROWS_AS(contrastive(twin, plain), std::invalid_argument);
    CHECK(gradient == Table::Constant(6, 3, 7));
    CHECK(other == gradient);
    CHECK(single == std::vector<double>(6, 7));
    CHECK(report.anchors == 77);
    CHECK(loss(related, plain).report.valid == 6);
}
