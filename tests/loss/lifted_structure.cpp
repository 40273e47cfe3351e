#include "pair_losses.hpp"

#include <mohs/loss/lifted_structure.hpp>

#include <limits>

namespace {

using mohs::Reduction;
using pair_losses::Index;
using pair_losses::Related;
using pair_losses::Sum;
using pair_losses::Table;
using pair_losses::View;

Table opposite_cosines(const Table& a, const Table& b)
{
    return -relations::cosines(a, b);
}

/// Exponents of the negatives of row `row` of a table of distances.
std::vector<double> exponents(const pair_losses::Kinds& kinds, const Table& distances, Index row, double margin)
{
    std::vector<double> result;
    for (Index column = 0; column < kinds.columns; ++column) {
        if (kinds(row, column) == Related::negative) {
            result.push_back(margin - distances(row, column));
        }
    }
    return result;
}

/// Song et al. 2016, equation 4, over ordered pairs.
Sum definition(double negative_margin, double positive_margin, const View& view)
{
    Sum result;
    const auto add = [&](const pair_losses::Kinds& kinds, const pair_losses::Kinds& others, const Table& distances,
                         const Table& back) {
        for (Index i = 0; i < kinds.rows; ++i) {
            for (Index j = 0; j < kinds.columns; ++j) {
                if (kinds(i, j) != Related::positive) {
                    continue;
                }
                std::vector<double> all = exponents(kinds, distances, i, negative_margin);
                const std::vector<double> more = exponents(others, back, j, negative_margin);
                all.insert(all.end(), more.begin(), more.end());
                if (!all.empty()) {
                    const double violation = oracle::log_sum(all) + distances(i, j) - positive_margin;
                    result.add(violation > 0 ? violation * violation / 2 : 0);
                }
            }
        }
    };
    const Table turned = view.values.transpose();
    if (view.self) {
        add(view.forward, view.forward, view.values, view.values);
    } else {
        add(view.forward, view.backward, view.values, turned);
        add(view.backward, view.forward, turned, view.values);
    }
    return result;
}

auto defined(double negative_margin, double positive_margin)
{
    return [=](const View& view) { return definition(negative_margin, positive_margin, view); };
}

template <class M>
auto maker(double negative_margin, double positive_margin)
{
    return [=](Reduction reduction) {
        return mohs::LiftedStructureLoss{
            M{}, {.negative_margin = negative_margin, .positive_margin = positive_margin, .reduction = reduction}};
    };
}

}  // namespace

TEST_CASE("the lifted structure loss follows its definition under every relation and reduction", "[ieee]")
{
    pair_losses::check_relations(maker<mohs::Euclidean>(1, 0), defined(1, 0), relations::distances);
    pair_losses::check_relations(maker<mohs::Cosine>(0.4, 0.1), defined(0.4, 0.1), opposite_cosines);
    pair_losses::check_single_losses(maker<mohs::Euclidean>(1, 0));
}

TEST_CASE("the lifted structure loss follows its definition of squared and of normalised distances")
{
    const auto squares = [](const Table& a, const Table& b) { return Table(relations::distances(a, b).cwiseAbs2()); };
    const auto normalised = [](const Table& a, const Table& b) {
        return relations::distances(a.rowwise().normalized(), b.rowwise().normalized());
    };
    const Table rows = oracle::gaussian(12, 3, 3);
    const oracle::Labels labels = oracle::labels(12, 4, 4);
    for (const pair_losses::Problem& problem :
         {pair_losses::labelled("one batch", rows, labels),
          pair_losses::labelled("two batches", rows, labels, oracle::gaussian(15, 3, 5), oracle::labels(15, 4, 6))}) {
        pair_losses::check({problem, defined(1, 0), squares}, mohs::LiftedStructureLoss{mohs::SquaredEuclidean{}});
        pair_losses::check({problem, defined(1, 0), normalised},
                           mohs::LiftedStructureLoss{mohs::Normalised<mohs::Euclidean>{}});
    }
}

TEST_CASE("distances between near-duplicates are right where products cannot tell them")
{
    Table rows = oracle::gaussian(40, 3, 7);
    rows.col(0).array() += 1000;
    for (Index row = 0; row < 20; ++row) {
        rows.row(row + 20) = rows.row(row) + 1e-5 * oracle::gaussian(1, 3, 100 + static_cast<std::uint64_t>(row));
    }
    const pair_losses::Problem problem = pair_losses::labelled("near-duplicates", rows, oracle::labels(40, 9, 8));
    const pair_losses::Case data{problem, defined(1, 0), relations::distances};
    CHECK(oracle::near(data.run(mohs::LiftedStructureLoss{mohs::Euclidean{}}).value, data.value(), 1e-11));
    const auto moved = [&](double step) {
        pair_losses::Case other = data;
        other.problem.queries.rows += step * oracle::gaussian(40, 3, 9);
        return other.value();
    };
    const double slope =
        (oracle::gaussian(40, 3, 9).array() * data.run(mohs::LiftedStructureLoss{mohs::Euclidean{}}).gradient.array())
            .sum();
    CHECK(oracle::near(slope, (moved(1e-8) - moved(-1e-8)) / 2e-8, 1e-4));
}

TEST_CASE("the lifted structure loss of values of +-1e4 is finite and right")
{
    const Table rows = 100 * oracle::gaussian(40, 3, 1);
    const oracle::Labels labels = oracle::labels(40, 7, 2);
    const pair_losses::Problem problem = pair_losses::labelled("large", rows, labels);
    const auto opposite = [](const Table& a, const Table& b) { return Table(-a * b.transpose()); };
    const pair_losses::Case data{problem, defined(1, 0), opposite};
    const auto exact = data.run(mohs::LiftedStructureLoss{mohs::DotProduct{}});
    CHECK(oracle::near(exact.value, data.value(), 1e-12));
    const mohs::Matrix single = rows.cast<float>();
    const auto found = mohs::LiftedStructureLoss{mohs::DotProduct{}}(mohs::Batch(single, labels));
    CHECK(oracle::near(found.value, exact.value, 1e-5));
    CHECK(oracle::near_largest(found.gradient, exact.gradient, 1e-4));
}

TEST_CASE("the lifted structure loss in float is close to that in double with the same bits for any threads",
          "[threads]")
{
    // Distances are computed in double, so that only the gradient is rounded.
    pair_losses::check_float(mohs::LiftedStructureLoss{mohs::Euclidean{}}, 1e-11, 2 * 0x1p-23);
    pair_losses::check_float(mohs::LiftedStructureLoss{mohs::Cosine{}}, 1e-4, 200 * 0x1p-23);
}

TEST_CASE("the lifted structure loss survives odd batches and adds to buffers")
{
    pair_losses::check_buffers(mohs::LiftedStructureLoss{mohs::Euclidean{}}, 0);
    const Table rows = oracle::gaussian(9, 3, 1);
    const oracle::Labels same(9, 4), none;
    const Table empty(0, 3);
    const mohs::LiftedStructureLoss loss{mohs::Euclidean{}};
    for (const auto& result : {loss(mohs::Batch(rows, same)), loss(mohs::Batch(empty, none))}) {
        CHECK(result.value == 0);
        CHECK(result.gradient.isZero(0));
        CHECK(result.report.valid == 0);
    }
    CHECK(loss(mohs::Batch(rows, same)).report.no_negative == 9);
    for (const reference::Data& data : {reference::duplicates(40, 4), reference::all_equal(40, 4),
                                        reference::zero_rows(40, 4), reference::singletons(40, 4)}) {
        const auto result = loss(mohs::Batch(data.rows, data.labels));
        CHECK(reference::is_finite(result.value));
        CHECK(oracle::all_finite(result.gradient));
    }
}

TEST_CASE("the lifted structure loss refuses senseless options")
{
    const double infinity = std::numeric_limits<double>::infinity();
    pair_losses::check_refused(
        [&] {
            mohs::LiftedStructureLoss{mohs::Euclidean{}, {.negative_margin = infinity}};
        },
        "LiftedStructureLoss: negative_margin is inf");
    pair_losses::check_refused(
        [&] {
            mohs::LiftedStructureLoss{mohs::Euclidean{}, {.positive_margin = -infinity}};
        },
        "LiftedStructureLoss: positive_margin is -inf");
}
