#pragma once

/// \file
/// What the tests of losses on PairSweep share: every kind of relation, reduction, scalar and way to run, against a
/// definition that is given.

#include "../catch.hpp"
#include "../relations.hpp"
#include "oracle.hpp"

#include <functional>
#include <span>
#include <type_traits>

namespace pair_losses {

using mohs::Index;
using mohs::Reduction;
using mohs::Related;
using oracle::Table;
using relations::Kinds;
using relations::Problem;

/// What the pairs of a problem are, and their values, queries x candidates.
struct View {
    bool self;
    Kinds forward, backward;
    Table values;
};

/// A loss before it is reduced.
struct Sum {
    double loss = 0, tuples = 0, active = 0;

    [[nodiscard]] double reduced(Reduction reduction) const
    {
        const double divisor = reduction == Reduction::mean ? tuples : reduction == Reduction::mean_active ? active : 1;
        return divisor > 0 ? loss / divisor : 0;
    }
    void add(double value, double count = 1)
    {
        loss += value;
        tuples += count;
        active += value > 0 ? count : 0;
    }
};

using Definition = std::function<Sum(const View&)>;
using Values = Table (*)(const Table&, const Table&);

inline Table products(const Table& a, const Table& b)
{
    return a * b.transpose();
}

/// Rows with labels, in one batch, or of queries and candidates.
inline Problem labelled(const std::string& name, const Table& rows, const oracle::Labels& labels,
                        const Table& others = {}, const oracle::Labels& other_labels = {})
{
    Problem problem;
    problem.name = name;
    problem.self = other_labels.empty();
    problem.queries = {.rows = rows, .labels = labels};
    problem.other = {.rows = others, .labels = other_labels};
    problem.listed = [labels, theirs = problem.self ? labels : other_labels](Index query, Index candidate) {
        return labels[static_cast<std::size_t>(query)] == theirs[static_cast<std::size_t>(candidate)]
                   ? Related::positive
                   : Related::negative;
    };
    return problem;
}

/// A problem whose rows may be moved, with the value by definition.
struct Case {
    Problem problem;
    Definition definition;
    Values values = relations::cosines;
    Reduction reduction = Reduction::mean;
    Kinds forward = problem.forward(), backward = problem.backward();

    [[nodiscard]] double value() const
    {
        return definition({problem.self, forward, backward, values(problem.queries.rows, problem.candidates().rows)})
            .reduced(reduction);
    }

    template <class Loss>
    [[nodiscard]] mohs::LossResult<double> run(const Loss& loss, const mohs::Options& how = {}) const
    {
        const mohs::Batch<double> queries = problem.query_batch<double>(problem.queries.rows);
        return problem.self ? loss(queries, how) : loss(queries, problem.other.batch<double>(problem.other.rows), how);
    }
};

/// Value to 1e-12, and gradients of both sides to 1e-7.
template <class Loss>
void check(Case data, const Loss& loss, const mohs::Options& how = {}, double step = 1e-5)
{
    const mohs::LossResult<double> found = data.run(loss, how);
    CAPTURE(data.problem.name, static_cast<int>(data.reduction));
    CHECK(oracle::near(found.value, data.value(), 1e-12));
    const auto value = [&] { return data.value(); };
    CHECK(oracle::near(found.gradient, oracle::differences(data.problem.queries.rows, value, step)));
    if (!data.problem.self) {
        CHECK(oracle::near(found.candidate_gradient, oracle::differences(data.problem.other.rows, value, step)));
    }
    const mohs::Report& report = found.report;
    CHECK(report.anchors == report.valid + report.no_positive + report.no_negative + report.non_finite +
                                report.unknown + report.not_anchors);
}

/// `make(reduction)` makes the loss. Every relation, in a batch and between two, with roles, ids, unknown labels and rows
/// that are not finite; every reduction; several panels and stripes at every instruction set.
template <class Make>
void check_relations(const Make& make, const Definition& definition, Values values = relations::cosines)
{
    for (const Problem& problem : relations::all_problems(11, 13, 3)) {
        check(Case{problem, definition, values}, make(Reduction::mean));
    }
    for (const Problem& problem : relations::full_problems(14, 16, 3)) {
        for (const Reduction reduction : {Reduction::sum, Reduction::mean_active, Reduction::none}) {
            check(Case{problem, definition, values, reduction}, make(reduction));
        }
    }
    for (const Problem& problem : relations::full_problems(67, 120, 3)) {
        const Case data{problem, definition, values};
        for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
            const auto found = data.run(make(Reduction::mean), {.isa = level});
            CAPTURE(problem.name, mohs::to_string(level));
            CHECK(oracle::near(found.value, data.value(), 1e-12));
            const auto other = data.run(make(Reduction::mean));
            CHECK(oracle::near(found.gradient, Table(other.gradient), 1e-12));
        }
    }
}

/// Single losses add up to the value without reduction, and to what a mean divides.
template <class Make>
void check_single_losses(const Make& make)
{
    for (const Problem& problem : relations::full_problems(14, 16, 3)) {
        const Case data{problem, {}};
        const auto none = data.run(make(Reduction::none)), sum = data.run(make(Reduction::sum)),
                   mean = data.run(make(Reduction::mean));
        double total = 0;
        for (const double loss : none.per_tuple) {
            total += loss;
        }
        CHECK(sum.per_tuple.empty());
        CHECK(oracle::near(total, none.value, 1e-13));
        CHECK(none.value == sum.value);
        CHECK(oracle::near(mean.value * static_cast<double>(mean.report.tuples), sum.value, 1e-13));
        CHECK(oracle::same_bits(none.gradient, sum.gradient));
    }
}

/// The options of 1, 2 and 5 threads.
inline std::vector<mohs::Options> threads(mohs::IsaLevel isa = mohs::IsaLevel::automatic)
{
    std::vector<mohs::Options> result;
    for (const int count : {1, 2, 5}) {
        result.push_back({.isa = isa, .threads = count, .executor = reference::thread_executor(count)});
    }
    return result;
}

/// In float the same bits for any threads, over several segments of candidates; close to the same rows in double.
template <class Loss>
void check_float(const Loss& loss, double value_bound, double gradient_bound)
{
    for (const bool self : {true, false}) {
        const Index rows = self ? 400 : 130, others = 1700;
        const mohs::Matrix one = oracle::gaussian(rows, 6, 3).cast<float>(),
                           two = oracle::gaussian(others, 6, 4).cast<float>();
        const oracle::Labels labels = oracle::labels(rows, 90, 5), other_labels = oracle::labels(others, 90, 6);
        const Table exact_one = one.cast<double>(), exact_two = two.cast<double>();
        const auto run = [&](const auto& a, const auto& b, const mohs::Options& how) {
            const mohs::Batch queries(a, labels), candidates(b, other_labels);
            return self ? loss(queries, how) : loss(queries, candidates, how);
        };
        const mohs::LossResult<double> exact = run(exact_one, exact_two, {});
        const auto counts = threads();
        const mohs::LossResult<float> first = run(one, two, counts[0]);
        CAPTURE(self, first.value - exact.value, exact.value);
        CHECK(std::abs(first.value - exact.value) <= value_bound);
        CHECK(oracle::near_largest(first.gradient, exact.gradient, gradient_bound));
        CHECK((self || oracle::near_largest(first.candidate_gradient, exact.candidate_gradient, gradient_bound)));
        for (const mohs::Options& how : counts) {
            const mohs::LossResult<float> again = run(one, two, how);
            CHECK(oracle::same_bits(again, first));
            CHECK(again.parameter_gradient == first.parameter_gradient);
        }
        // 16-bit rows are converted while they are packed.
        const mohs::MatrixOf<Eigen::half> half_one = one.cast<Eigen::half>(), half_two = two.cast<Eigen::half>();
        const mohs::Matrix wide_one = half_one.cast<float>(), wide_two = half_two.cast<float>();
        CHECK(run(half_one, half_two, {}).value == run(wide_one, wide_two, {}).value);
        CHECK(oracle::same_bits(run(half_one, half_two, {}).gradient, run(wide_one, wide_two, {}).gradient));
    }
}

/// Empty batches, one class, singletons, duplicates: finite, and a batch is a gallery of itself with ids.
template <class Loss>
void check_degenerate(const Loss& loss)
{
    const Table rows = oracle::gaussian(30, 4, 7);
    const oracle::Labels labels = oracle::labels(30, 6, 8);
    const Table none(0, 4), one = rows.topRows(1);
    const oracle::Labels no_labels, one_label{3};
    CHECK(loss(mohs::Batch(none, no_labels)).value == 0);
    CHECK(loss(mohs::Batch(one, one_label)).value == 0);
    oracle::Labels ids(30);
    for (std::size_t row = 0; row < ids.size(); ++row) {
        ids[row] = static_cast<std::int64_t>(row);
    }
    const Table copy = rows;
    const auto alone = loss(mohs::Batch(rows, labels)),
               gallery = loss(mohs::Batch(rows, labels).with_ids(ids), mohs::Batch(copy, labels).with_ids(ids));
    CHECK(oracle::near(gallery.value, alone.value, 1e-13));
    CHECK(oracle::near(Table(gallery.gradient + gallery.candidate_gradient), Table(alone.gradient), 1e-13));
    for (const reference::Data& data :
         {reference::duplicates(40, 4), reference::all_equal(40, 4), reference::zero_rows(40, 4),
          reference::one_class(40, 4), reference::singletons(40, 4), reference::mixed_magnitudes(40, 4)}) {
        CAPTURE(data.name);
        const auto result = loss(mohs::Batch(data.rows, data.labels));
        CHECK(reference::is_finite(result.value));
        CHECK(oracle::all_finite(result.gradient));
    }
}

/// Gradients are added to what is there, times a scale, for one side or both; nothing is allocated in the end, and wrong
/// sizes are refused before any work.
template <class Loss>
void check_buffers(const Loss& loss, Index parameters)
{
    const Table one = oracle::gaussian(20, 4, 9), two = oracle::gaussian(25, 4, 10);
    const oracle::Labels labels = oracle::labels(20, 4, 11), other_labels = oracle::labels(25, 4, 12);
    const mohs::Batch queries(one, labels), candidates(two, other_labels);
    const auto right = loss(queries, candidates);
    mohs::Workspace workspace;
    std::vector<double> slopes(static_cast<std::size_t>(parameters), 1.0);
    Table a = Table::Constant(20, 4, 7), b = Table::Constant(25, 4, 7);
    CHECK(loss(queries, candidates, workspace, a, b, -2, nullptr, {}, {}, slopes) == right.value);
    CHECK(oracle::near(Table((a.array() - 7) / -2), Table(right.gradient), 1e-12));
    CHECK(oracle::near(Table((b.array() - 7) / -2), Table(right.candidate_gradient), 1e-12));
    for (std::size_t i = 0; i < slopes.size(); ++i) {
        CHECK(oracle::near((slopes[i] - 1) / -2, right.parameter_gradient[i], 1e-12));
    }
    Table c = Table::Zero(25, 4), d = Table::Zero(20, 4);
    CHECK(loss(queries, candidates, workspace, mohs::no_gradient, c) == right.value);
    CHECK(oracle::same_bits(c, right.candidate_gradient));
    CHECK(loss(queries, candidates, workspace, d, mohs::no_gradient) == right.value);
    CHECK(oracle::same_bits(d, right.gradient));
    CHECK(loss(queries, candidates, workspace, mohs::no_gradient, mohs::no_gradient) ==
          Approx(right.value).epsilon(1e-14));
    CHECK(loss(queries, workspace, mohs::no_gradient) == loss(queries).value);
    Table wrong = Table::Zero(19, 4);
    std::vector<double> wrong_single(3), wrong_slopes(static_cast<std::size_t>(parameters) + 1);
    CHECK_THROWS_AS(loss(queries, workspace, wrong), std::invalid_argument);
    CHECK_THROWS_AS(loss(queries, workspace, d, 1, nullptr, {}, wrong_single), std::invalid_argument);
    CHECK_THROWS_AS(loss(queries, workspace, d, 1, nullptr, {}, {}, wrong_slopes), std::invalid_argument);
    CHECK_THROWS_AS(loss(mohs::Batch(one)), std::invalid_argument);
    CHECK_THROWS_AS(loss(queries, mohs::Batch(one, labels)), std::invalid_argument);
}

/// That `make()` throws, in a message that has `part` in it.
template <class Make>
void check_refused(const Make& make, const std::string& part)
{
    std::string message;
    try {
        make();
    } catch (const std::invalid_argument& error) {
        message = error.what();
    }
    CAPTURE(message, part);
    CHECK(message.find(part) != std::string::npos);
}

}  // namespace pair_losses
