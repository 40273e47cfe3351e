// A row that is not finite never leaves its row, in any loss: its own gradient is 0, and all others, the value and the
// single losses are those without it.

#include "../catch.hpp"
#include "oracle.hpp"

#include <mohs/loss/contrastive.hpp>
#include <mohs/loss/info_nce.hpp>
#include <mohs/loss/triplet.hpp>

#include <bit>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using mohs::Index;
using mohs::Reduction;
using oracle::Labels;
using oracle::Table;

using Metrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean,
                           mohs::Normalised<mohs::DotProduct>, mohs::Normalised<mohs::Euclidean>,
                           mohs::Normalised<mohs::SquaredEuclidean>>;
using Similarities = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Normalised<mohs::DotProduct>>;

constexpr Reduction reductions[]{Reduction::mean, Reduction::sum, Reduction::mean_active, Reduction::none};

/// 16-bit rows are read as float whatever the metric: one similarity and one distance speak for all.
template <class M>
using Scalars = std::conditional_t<std::is_same_v<M, mohs::Cosine> || std::is_same_v<M, mohs::Euclidean>,
                                   std::tuple<float, double, Eigen::half, Eigen::bfloat16>, std::tuple<float, double>>;

template <class M, class Function>
void for_each_scalar(const Function& f)
{
    [&]<class... Types>(std::tuple<Types...>*) { (f(Types{}), ...); }(static_cast<Scalars<M>*>(nullptr));
}

/// Odd, so that no panel and no register is full.
constexpr Index dimension = 19;

template <class Scalar>
struct Rows {
    mohs::MatrixOf<Scalar> rows;
    Labels labels;

    Rows(Index count, std::uint64_t seed) : rows(count, dimension), labels(oracle::labels(count, 3, seed + 1))
    {
        rows = (0.4 * oracle::gaussian(count, dimension, seed)).cast<float>().cast<Scalar>();
    }
    [[nodiscard]] mohs::Batch<Scalar> batch() const { return mohs::Batch<Scalar>(rows, labels); }
    [[nodiscard]] Rows without(Index row) const
    {
        Rows result = *this;
        const Index below = rows.rows() - row - 1;
        result.rows.middleRows(row, below) = rows.bottomRows(below);
        result.rows.conservativeResize(rows.rows() - 1, Eigen::NoChange);
        result.labels.erase(result.labels.begin() + row);
        return result;
    }
};

/// Queries, candidates, and two own negatives of a class of their own per query.
template <class Scalar>
struct WithOwnNegatives {
    Rows<Scalar> queries{7, 9}, candidates{9, 11}, own{14, 13};
};
template <class Scalar>
WithOwnNegatives<Scalar> with_own_negatives()
{
    WithOwnNegatives<Scalar> result;
    result.own.labels.assign(14, 99);
    return result;
}

/// Ways to spoil a row: NaN of either sign, infinities, one element or all.
struct Spoil {
    std::uint32_t bits;
    Index first, count;
};
constexpr Spoil spoils[]{{0x7fc00000U, 2, 1},
                         {0xffc00000U, dimension - 1, 1},
                         {0x7f800000U, 0, 1},
                         {0xff800000U, 0, dimension},
                         {0x7fc00000U, 0, dimension}};

template <class Scalar>
Rows<Scalar> spoilt(Rows<Scalar> rows, Index row, const Spoil& spoil)
{
    for (Index k = spoil.first; k < spoil.first + spoil.count; ++k) {
        rows.rows(row, k) = static_cast<Scalar>(std::bit_cast<float>(spoil.bits));
    }
    return rows;
}

/// Row `bad` of `found` is 0 and its others are the rows of `expected`; -1 where none is bad.
template <class T>
bool is_without(const mohs::MatrixOf<T>& found, const mohs::MatrixOf<T>& expected, Index bad)
{
    if (!oracle::all_finite(found) || found.rows() != expected.rows() + (bad >= 0 ? 1 : 0)) {
        return false;
    }
    Table rest(expected.rows(), expected.cols());
    for (Index row = 0, next = 0; row < found.rows(); ++row) {
        if (row == bad) {
            if (!found.row(row).isZero(0)) {
                return false;
            }
        } else {
            rest.row(next++) = found.row(row).template cast<double>();
        }
    }
    return oracle::near(rest, Table(expected.template cast<double>()), sizeof(T) == 8 ? 1e-12 : 4e-6);
}

template <class T>
void check_values(const mohs::LossResult<T>& found, const mohs::LossResult<T>& expected, Index bad_tuple)
{
    const double tolerance = sizeof(T) == 8 ? 1e-12 : 4e-6;
    CHECK(oracle::near(found.value, expected.value, tolerance));
    CHECK(expected.value > 0);
    std::vector<double> single = found.per_tuple;
    if (bad_tuple >= 0 && !single.empty()) {
        CHECK(single[static_cast<std::size_t>(bad_tuple)] == 0);
        single.erase(single.begin() + bad_tuple);
    }
    REQUIRE(single.size() == expected.per_tuple.size());
    for (std::size_t i = 0; i < single.size(); ++i) {
        CHECK(std::abs(single[i] - expected.per_tuple[i]) <= tolerance * std::max(1.0, expected.per_tuple[i]));
    }
}

/// `make` builds a loss; the bad row is one of the batch, of the queries or of the candidates.
template <class Scalar, class Loss>
void check_rows(const Loss& loss, const std::vector<Index>& bad_rows)
{
    const Rows<Scalar> plain(11, 3), others(13, 5);
    for (const Spoil& spoil : spoils) {
        for (const Index bad : bad_rows) {
            const Rows<Scalar> spoilt_rows = spoilt(plain, bad, spoil), rest = plain.without(bad);
            {
                const auto found = loss(spoilt_rows.batch(), others.batch()),
                           expected = loss(rest.batch(), others.batch());
                check_values(found, expected, bad);
                CHECK(is_without(found.gradient, expected.gradient, bad));
                CHECK(is_without(found.candidate_gradient, expected.candidate_gradient, -1));
            }
            {
                const auto found = loss(others.batch(), spoilt_rows.batch()),
                           expected = loss(others.batch(), rest.batch());
                check_values(found, expected, found.per_tuple.size() > 13 ? 13 + bad : -1);
                CHECK(is_without(found.gradient, expected.gradient, -1));
                CHECK(is_without(found.candidate_gradient, expected.candidate_gradient, bad));
            }
        }
    }
}

template <class Scalar, class Loss>
void check_batch(const Loss& loss)
{
    const Rows<Scalar> plain(17, 7);
    for (const Spoil& spoil : spoils) {
        for (const Index bad : {Index{0}, Index{8}, Index{16}}) {
            const auto found = loss(spoilt(plain, bad, spoil).batch()), expected = loss(plain.without(bad).batch());
            check_values(found, expected, bad);
            CHECK(is_without(found.gradient, expected.gradient, bad));
        }
    }
}

/// Added to a buffer, what is not finite leaves the bits of its row alone.
template <class Scalar, class Loss>
void check_buffer(const Loss& loss)
{
    using T = typename mohs::Batch<Scalar>::Compute;
    const Rows<Scalar> rows = spoilt(Rows<Scalar>(17, 7), 8, spoils[0]);
    mohs::MatrixOf<T> gradient = mohs::MatrixOf<T>::Constant(17, dimension, T{-0.0});
    mohs::Workspace workspace;
    loss(rows.batch(), workspace, gradient);
    CHECK(oracle::same_bits(mohs::MatrixOf<T>(gradient.row(8)), mohs::MatrixOf<T>::Constant(1, dimension, T{-0.0})));
    CHECK(oracle::all_finite(gradient));
    CHECK_FALSE(gradient.isZero(0));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("contrastive losses are those without the rows that are not finite", "[ieee]", Metrics)
{
    for_each_scalar<TestType>([](auto scalar) {
        using Scalar = decltype(scalar);
        for (const Reduction reduction : reductions) {
            for (const bool together : {false, true}) {
                for (const int power : {1, 2}) {
                    const mohs::ContrastiveLoss loss{
                        TestType{}, {.power = power, .half = together, .together = together, .reduction = reduction}};
                    check_batch<Scalar>(loss);
                    check_rows<Scalar>(loss, {0, 10});
                }
            }
        }
        check_buffer<Scalar>(mohs::ContrastiveLoss{TestType{}});
    });
}

TEMPLATE_LIST_TEST_CASE("InfoNCE is that without the rows that are not finite", "[ieee]", Similarities)
{
    for_each_scalar<TestType>([](auto scalar) {
        using Scalar = decltype(scalar);
        for (const Reduction reduction : reductions) {
            for (const mohs::Denominator denominator :
                 {mohs::Denominator::positives_excluded, mohs::Denominator::positives_included,
                  mohs::Denominator::summed_inside}) {
                mohs::InfoNCEOptions options{.temperature = 0.5, .denominator = denominator, .reduction = reduction};
                check_batch<Scalar>(mohs::InfoNCE{TestType{}, options});
                for (const mohs::Directions directions :
                     {mohs::Directions::query_to_candidate, mohs::Directions::both}) {
                    options.directions = directions;
                    check_rows<Scalar>(mohs::InfoNCE{TestType{}, options}, {0, 10});
                }
            }
        }
        check_buffer<Scalar>(mohs::InfoNCE{TestType{}, {.temperature = 0.5}});
    });
}

TEMPLATE_LIST_TEST_CASE("InfoNCE is that without the own negatives that are not finite", "[ieee]", Similarities)
{
    for_each_scalar<TestType>([](auto scalar) {
        using Scalar = decltype(scalar);
        const auto [queries, candidates, own] = with_own_negatives<Scalar>();
        for (const Spoil& spoil : spoils) {
            for (const Index bad : {Index{0}, Index{13}}) {
                const Rows<Scalar> spoilt_own = spoilt(own, bad, spoil);
                // An own negative of its query's class is left out.
                Rows<Scalar> rest = own;
                rest.labels[static_cast<std::size_t>(bad)] = queries.labels[static_cast<std::size_t>(bad / 2)];
                for (const Reduction reduction : reductions) {
                    for (const mohs::Directions directions :
                         {mohs::Directions::query_to_candidate, mohs::Directions::both}) {
                        const mohs::InfoNCE loss{
                            TestType{}, {.temperature = 0.5, .directions = directions, .reduction = reduction}};
                        const auto found = loss(queries.batch(), candidates.batch(), spoilt_own.batch()),
                                   expected = loss(queries.batch(), candidates.batch(), rest.batch());
                        check_values(found, expected, -1);
                        CHECK(is_without(found.gradient, expected.gradient, -1));
                        CHECK(is_without(found.candidate_gradient, expected.candidate_gradient, -1));
                        CHECK(is_without(found.own_gradient, expected.own_gradient, -1));
                        CHECK(found.own_gradient.row(bad).isZero(0));
                    }
                }
            }
        }
    });
}

TEMPLATE_LIST_TEST_CASE("InfoNCE of queries with own negatives is that without the query that is not finite", "[ieee]",
                        Similarities)
{
    for_each_scalar<TestType>([](auto scalar) {
        using Scalar = decltype(scalar);
        const auto [queries, candidates, own] = with_own_negatives<Scalar>();
        for (const Spoil& spoil : spoils) {
            const mohs::InfoNCE loss{TestType{}, {.temperature = 0.5}};
            const auto found = loss(spoilt(queries, 6, spoil).batch(), candidates.batch(), own.batch()),
                       expected =
                           loss(queries.without(6).batch(), candidates.batch(), own.without(13).without(12).batch());
            check_values(found, expected, -1);
            CHECK(is_without(found.gradient, expected.gradient, 6));
            CHECK(is_without(found.candidate_gradient, expected.candidate_gradient, -1));
            CHECK(found.own_gradient.bottomRows(2).isZero(0));
            CHECK(is_without(mohs::MatrixOf<typename mohs::Batch<Scalar>::Compute>(found.own_gradient.topRows(12)),
                             expected.own_gradient, -1));
        }
    });
}

TEMPLATE_LIST_TEST_CASE("InfoNCE of pairs is that without the last pair if that is not finite", "[ieee]", Similarities)
{
    for_each_scalar<TestType>([](auto scalar) {
        using Scalar = decltype(scalar);
        // Of the last query only, or of a candidate past the last query: numbers of pairs stay as they are.
        const Rows<Scalar> queries(8, 15), candidates(11, 17);
        for (const Spoil& spoil : spoils) {
            for (const Reduction reduction : reductions) {
                const mohs::InfoNCE loss{
                    TestType{}, {.temperature = 0.5, .positives = mohs::PositivesOf::pair, .reduction = reduction}};
                const auto by_number = [](const Rows<Scalar>& rows) { return mohs::Batch<Scalar>(rows.rows); };
                const auto found = loss(by_number(spoilt(queries, 7, spoil)), by_number(candidates)),
                           expected = loss(by_number(queries.without(7)), by_number(candidates));
                check_values(found, expected, 7);
                CHECK(is_without(found.gradient, expected.gradient, 7));
                CHECK(is_without(found.candidate_gradient, expected.candidate_gradient, -1));
                const auto past = loss(by_number(queries), by_number(spoilt(candidates, 10, spoil))),
                           expected_past = loss(by_number(queries), by_number(candidates.without(10)));
                check_values(past, expected_past, -1);
                CHECK(is_without(past.gradient, expected_past.gradient, -1));
                CHECK(is_without(past.candidate_gradient, expected_past.candidate_gradient, 10));
            }
        }
    });
}

namespace {

template <class M>
mohs::Triplets<M> some_triplets(bool with_bad, Index bad)
{
    mohs::Triplets<M> result;
    for (const mohs::Triplet t : std::vector<mohs::Triplet>{
             {0, 1, 2}, {3, 4, 5}, {bad, 4, 1}, {2, 3, 0}, {0, bad, 2}, {1, 0, 3}, {5, 2, bad}}) {
        if (with_bad || (t.anchor != bad && t.positive != bad && t.negative != bad)) {
            result.add(t, 0, 0);
        }
    }
    return result;
}

}

TEMPLATE_LIST_TEST_CASE("triplet losses are those without the triplets of rows that are not finite", "[ieee][raises]",
                        Metrics)
{
    for_each_scalar<TestType>([](auto scalar) {
        using Scalar = decltype(scalar);
        const Rows<Scalar> plain(8, 19);
        for (const Spoil& spoil : spoils) {
            const Rows<Scalar> rows = spoilt(plain, 6, spoil);
            const auto all = some_triplets<TestType>(true, 6), good = some_triplets<TestType>(false, 6);
            for (const Reduction reduction : reductions) {
                for (const mohs::TripletShape shape : {mohs::TripletShape::hinge, mohs::TripletShape::softplus}) {
                    for (const bool swap : {false, true}) {
                        const mohs::TripletLoss loss{
                            TestType{}, {.margin = 3, .reduction = reduction, .shape = shape, .swap = swap}};
                        const auto found = loss(rows.batch(), all), expected = loss(rows.batch(), good);
                        CHECK(found.value == expected.value);
                        CHECK(oracle::same_bits(found.gradient, expected.gradient));
                        CHECK(found.gradient.row(6).isZero(0));
                        CHECK(oracle::all_finite(found.gradient));
                        CHECK(found.report.overflows == 3);
                        const auto across = loss(rows.batch(), rows.batch(), all),
                                   expected_across = loss(rows.batch(), rows.batch(), good);
                        CHECK(across.value == expected_across.value);
                        CHECK(oracle::same_bits(across.gradient, expected_across.gradient));
                        CHECK(oracle::same_bits(across.candidate_gradient, expected_across.candidate_gradient));
                        CHECK(across.gradient.row(6).isZero(0));
                        CHECK(across.candidate_gradient.row(6).isZero(0));
                        CHECK(expected_across.value > 0);
                    }
                }
            }
        }
    });
}
