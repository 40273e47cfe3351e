#include <mohs/result/mined_record.hpp>

#include "../catch.hpp"

#include <mohs/metric.hpp>

#include <span>
#include <vector>

namespace {

using mohs::Index;
using mohs::MinedRecord;

/// Two lists of query 1, or one of each of its positives.
template <class M>
struct Mined {
    using MetricType = M;
    std::vector<Index> rows{5, 3};
    std::vector<double> values{0.5, 0.75};
    Index positive_row = -1;

    [[nodiscard]] static Index query(Index) { return 1; }
    [[nodiscard]] Index positive(Index) const { return positive_row; }
    [[nodiscard]] std::span<const Index> negatives(Index list) const
    {
        return std::span(rows).first(static_cast<std::size_t>(2 - list));
    }
    [[nodiscard]] std::span<const double> scores(Index list) const
    {
        return std::span(values).first(static_cast<std::size_t>(2 - list));
    }
};

const mohs::PositiveLists positives{.offsets = {0, 1, 3, 3}, .rows = {9, 0, 7}};

double value_of(Index query, Index row)
{
    return static_cast<double>(query) + static_cast<double>(row) / 8;
}

}

TEST_CASE("a list becomes a record with all positives of its query or its own")
{
    CHECK(mohs::mined_record(Mined<mohs::Cosine>{}, 0, positives, value_of) ==
          MinedRecord{.query = 1, .positives = {{0, 1.0}, {7, 1.875}}, .negatives = {{5, 0.5}, {3, 0.75}}});
    CHECK(mohs::mined_record(Mined<mohs::Cosine>{.positive_row = 7}, 1, positives, value_of) ==
          MinedRecord{.query = 1, .positives = {{7, 1.875}}, .negatives = {{5, 0.5}}});
}

TEST_CASE("distances change their sign so that bigger is closer")
{
    CHECK(mohs::mined_record(Mined<mohs::Euclidean>{}, 0, positives, value_of) ==
          MinedRecord{.query = 1, .positives = {{0, -1.0}, {7, -1.875}}, .negatives = {{5, -0.5}, {3, -0.75}}});
}
