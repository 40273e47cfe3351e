// Covers detail/loss/named_rows.hpp.

// Rows that are in no triplet: nothing reads or writes them, whatever the size of the gallery.

#include "../catch.hpp"
#include "oracle.hpp"

#include <mohs/loss/triplet.hpp>

#include <bit>
#include <cstdint>
#include <tuple>
#include <vector>

namespace {

using mohs::Index;
using mohs::Triplet;
using oracle::Table;

using Metrics = std::tuple<mohs::Cosine, mohs::DotProduct, mohs::Euclidean, mohs::SquaredEuclidean,
                           mohs::Normalised<mohs::Euclidean>, mohs::Normalised<mohs::SquaredEuclidean>>;

template <class M>
mohs::Triplets<M> list(const std::vector<Triplet>& triplets)
{
    mohs::Triplets<M> result;
    for (const Triplet& t : triplets) {
        result.add(t, 0, 0);
    }
    return result;
}

template <class T>
using Word = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;

/// Bits that arithmetic does not leave as they are: a signalling NaN, and the zero that adding 0 turns round.
template <class T>
constexpr Word<T> signalling = sizeof(T) == 8 ? Word<T>(0x7ff4000000001234U) : Word<T>(0x7fa01234U);
template <class T>
constexpr Word<T> negative_zero = Word<T>{1} << (8 * sizeof(T) - 1);

/// Memory of a gradient as words, which no floating-point register touches.
template <class T>
struct Buffer {
    std::vector<Word<T>> words;
    Index rows, columns;

    Buffer(Index rows_, Index columns_)
        : words(static_cast<std::size_t>(rows_ * columns_)), rows(rows_), columns(columns_)
    {
        for (std::size_t i = 0; i < words.size(); ++i) {
            words[i] = i % 2 == 0 ? signalling<T> : negative_zero<T>;
        }
    }
    void clear_row(Index row)
    {
        for (Index k = 0; k < columns; ++k) {
            words[static_cast<std::size_t>(row * columns + k)] = 0;
        }
    }
    [[nodiscard]] Eigen::Map<mohs::MatrixOf<T>> map() { return {reinterpret_cast<T*>(words.data()), rows, columns}; }
    [[nodiscard]] bool is_untouched(Index row) const
    {
        bool result = true;
        for (Index k = 0; k < columns; ++k) {
            const auto at = static_cast<std::size_t>(row * columns + k);
            result &= words[at] == (at % 2 == 0 ? signalling<T> : negative_zero<T>);
        }
        return result;
    }
};

template <class M, class T>
void check_untouched()
{
    constexpr Index columns = 37;
    const mohs::MatrixOf<T> queries = oracle::gaussian(9, columns, 1).cast<T>(),
                            gallery = oracle::gaussian(40, columns, 2).cast<T>();
    const std::vector<Triplet> used{{0, 3, 38}, {8, 3, 17}, {0, 12, 3}};
    const mohs::TripletLoss loss{M{}, {.margin = 100}};
    mohs::Workspace workspace;
    Buffer<T> by_query(9, columns), by_candidate(40, columns);
    for (const Index row : {0, 8}) {
        by_query.clear_row(row);
    }
    for (const Index row : {3, 12, 17, 38}) {
        by_candidate.clear_row(row);
    }
    auto query_map = by_query.map(), gallery_map = by_candidate.map();
    const auto expected = loss(mohs::Batch(queries), mohs::Batch(gallery), list<M>(used));
    CHECK(loss(mohs::Batch(queries), mohs::Batch(gallery), list<M>(used), workspace, query_map, gallery_map) ==
          expected.value);
    for (Index row = 0; row < 9; ++row) {
        const bool is_used = row == 0 || row == 8;
        CHECK(by_query.is_untouched(row) != is_used);
        CHECK((!is_used || query_map.row(row).isApprox(expected.gradient.row(row))));
    }
    for (Index row = 0; row < 40; ++row) {
        const bool is_used = row == 3 || row == 12 || row == 17 || row == 38;
        CHECK(by_candidate.is_untouched(row) != is_used);
        CHECK((!is_used || gallery_map.row(row).isApprox(expected.candidate_gradient.row(row))));
    }
    Buffer<T> within(40, columns);
    for (const Index row : {0, 3, 8, 12, 17, 38}) {
        within.clear_row(row);
    }
    auto map = within.map();
    loss(mohs::Batch(gallery), list<M>(used), workspace, map);
    for (Index row = 0; row < 40; ++row) {
        const bool is_used = row == 0 || row == 3 || row == 8 || row == 12 || row == 17 || row == 38;
        CHECK(within.is_untouched(row) != is_used);
    }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("gradients of rows in no triplet are never written", "[ieee]", Metrics)
{
    check_untouched<TestType, float>();
    check_untouched<TestType, double>();
}

TEST_CASE("gradients of rows in triplets without loss are never written", "[ieee]")
{
    const Table rows{{0, 0}, {0.1, 0}, {50, 0}, {0, 0.2}, {0, 0.1}};
    Buffer<double> buffer(5, 2);
    for (const Index row : {0, 3, 4}) {
        buffer.clear_row(row);
    }
    auto map = buffer.map();
    mohs::Workspace workspace;
    mohs::Report report;
    const mohs::TripletLoss loss{mohs::Euclidean{}};
    loss(mohs::Batch(rows), list<mohs::Euclidean>({{0, 1, 2}, {0, 3, 4}}), workspace, map, 1, &report);
    CHECK(report.active == 1);
    CHECK(buffer.is_untouched(1));
    CHECK(buffer.is_untouched(2));
    CHECK_FALSE(map.row(3).isZero(0));
}

TEMPLATE_LIST_TEST_CASE("a gallery of two thousand million rows costs nothing beyond the rows that are in triplets", "",
                        Metrics)
{
    // Only the first rows exist: whoever goes over all of them leaves the memory there is.
    constexpr Index columns = 21, rows = mohs::detail::max_rows;
    const mohs::Matrix queries = oracle::gaussian(5, columns, 3).cast<float>(),
                       gallery = oracle::gaussian(8, columns, 4).cast<float>();
    const auto triplets = list<TestType>({{0, 1, 2}, {4, 7, 2}, {0, 1, 0}});
    for (const bool swap : {false, true}) {
        const mohs::TripletLoss loss{TestType{}, {.margin = 1000, .swap = swap}};
        const auto expected = loss(mohs::Batch(queries), mohs::Batch(gallery), triplets);
        mohs::Matrix query_gradient = mohs::Matrix::Zero(5, columns), gallery_gradient = mohs::Matrix::Zero(8, columns);
        const Eigen::Map<const mohs::Matrix> many(gallery.data(), rows, columns);
        Eigen::Map<mohs::Matrix> many_gradients(gallery_gradient.data(), rows, columns);
        mohs::Workspace workspace;
        mohs::Report report;
        const double value = loss(mohs::Batch(queries), mohs::Batch(many), triplets, workspace, query_gradient,
                                  many_gradients, 1, &report);
        CHECK(value == expected.value);
        CHECK(value > 0);
        CHECK(report.active == 3);
        CHECK(oracle::same_bits(query_gradient, expected.gradient));
        CHECK(oracle::same_bits(gallery_gradient, expected.candidate_gradient));
        CHECK(workspace.capacity() <= std::size_t{1} << 15);
    }
}

TEMPLATE_LIST_TEST_CASE("rows in many triplets have the sum of their gradients", "", Metrics)
{
    // More pairs pull at a row than are looked at together, and rows lie at strides that are powers of two.
    constexpr reference::Metric metric = reference::metric_of<TestType>;
    Table queries = oracle::gaussian(2, 11, 5), gallery = oracle::gaussian(513, 11, 6);
    std::vector<Triplet> triplets;
    for (Index i = 0; i < 150; ++i) {
        triplets.push_back({i % 2, 64 * (i % 9), 64 * ((i + 1 + i / 9) % 9)});
    }
    const mohs::TripletLoss loss{TestType{}, {.margin = 1000, .reduction = mohs::Reduction::sum}};
    const auto result = loss(mohs::Batch(queries), mohs::Batch(gallery), list<TestType>(triplets));
    const auto expected = [&] {
        double sum = 0;
        for (const Triplet& t : triplets) {
            const double positive = reference::value(metric, queries, t.anchor, gallery, t.positive),
                         negative = reference::value(metric, queries, t.anchor, gallery, t.negative);
            sum += metric.similarity ? negative - positive : positive - negative;
        }
        return sum;
    };
    CHECK(oracle::near(result.value, expected() + 150 * 1000, 1e-12));
    CHECK(oracle::near(result.gradient, oracle::differences(queries, expected), 1e-7));
    CHECK(oracle::near(result.candidate_gradient, oracle::differences(gallery, expected), 1e-7));
}

TEST_CASE("a triplet loss takes float anchors with double candidates")
{
    const mohs::Matrix queries = oracle::gaussian(4, 9, 7).cast<float>();
    const Table exact = queries.cast<double>(), gallery = oracle::gaussian(6, 9, 8);
    const auto check = [&](auto metric) {
        using M = decltype(metric);
        const auto triplets = list<M>({{0, 1, 2}, {3, 4, 5}, {1, 0, 3}});
        const mohs::TripletLoss loss{metric, {.margin = 10}};
        const auto found = loss(mohs::Batch(queries), mohs::Batch(gallery), triplets);
        const auto expected = loss(mohs::Batch(exact), mohs::Batch(gallery), triplets);
        CHECK(found.value == expected.value);
        CHECK(oracle::same_bits(found.gradient, mohs::Matrix(expected.gradient.template cast<float>())));
    };
    check(mohs::Cosine{});
    check(mohs::Euclidean{});
    check(mohs::DotProduct{});
}
