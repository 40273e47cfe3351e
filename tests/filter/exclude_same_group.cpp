#include <mohs/filter/exclude_same_group.hpp>

#include "everywhere.hpp"

#include <span>

namespace {

using mohs::ExcludeSameGroup;
using mohs::Index;
using reference::Scene;

template <class Integer>
std::vector<Integer> groups(Index rows, Index count, std::uint64_t seed)
{
    reference::Generator generator(seed);
    std::vector<Integer> result;
    for (Index row = 0; row < rows; ++row) {
        result.push_back(static_cast<Integer>(reference::uniform_below(generator, count)));
    }
    return result;
}

}  // namespace

TEST_CASE("negatives of the group of their anchor are rejected wherever there are negatives")
{
    const reference::Data plain = strategies::grid(37, 3, 6, 1), gallery = strategies::grid(53, 3, 6, 2);
    const auto own = groups<int>(37, 5, 3);
    const auto theirs = groups<std::uint8_t>(53, 5, 4);
    for (const bool with_ids : {false, true}) {
        const reference::Data data = with_ids ? reference::with_shared_ids(plain) : plain,
                              other = with_ids ? reference::with_shared_ids(gallery, 13) : gallery;
        const auto at = [](const auto& list, Index row) {
            return static_cast<int>(list[static_cast<std::size_t>(row)]);
        };
        everywhere::check(
            Scene(data), [&](Index i, Index j) { return at(own, i) == at(own, j); }, ExcludeSameGroup{own});
        everywhere::check(
            Scene(data, other), [&](Index i, Index j) { return at(own, i) == at(theirs, j); },
            ExcludeSameGroup{own, theirs});
        everywhere::check(
            Scene(data, other), [&](Index i, Index j) { return at(own, i) == at(theirs, j) && at(own, i) != 3; },
            ExcludeSameGroup{own, theirs, {.none = 3}});
    }
}

TEST_CASE("groups may be any contiguous integers and zero and minus one are groups like others")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 2, 3, 4}, {0, 0, 1, 1, 2}));
    const auto rejected = [&](const ExcludeSameGroup& filter) {
        return mohs::PairMiner{mohs::Euclidean{}, mohs::AllPairs{}, filter}(owned.batch()).report.rejected[0];
    };
    // Rows 0, 2 and 4 are negatives of one another: six ordered pairs.
    const std::vector<std::int64_t> zeros{0, 7, 0, 8, 0};
    const std::vector<short> minus{-1, 7, -1, 8, -1};
    const Eigen::VectorXi eigen = Eigen::Map<const Eigen::VectorXi>(std::vector<int>{5, 7, 5, 8, 5}.data(), 5);
    const std::uint64_t array[5] = {~std::uint64_t{0}, 7, ~std::uint64_t{0}, 8, ~std::uint64_t{0}};
    CHECK(rejected(ExcludeSameGroup{zeros}) == 6);
    CHECK(rejected(ExcludeSameGroup{minus}) == 6);
    CHECK(rejected(ExcludeSameGroup{minus, {.none = -1}}) == 0);
    CHECK(rejected(ExcludeSameGroup{zeros, {.none = -1}}) == 6);
    CHECK(rejected(ExcludeSameGroup{eigen}) == 6);
    CHECK(rejected(ExcludeSameGroup{std::span<const std::uint64_t>(array)}) == 6);
    CHECK(rejected(ExcludeSameGroup{zeros, minus}) == 0);
}

TEST_CASE("own negatives have groups after the candidates")
{
    const mohs::MatrixOf<double> queries = oracle::gaussian(3, 4, 1), candidates = oracle::gaussian(5, 4, 2),
                                 own = oracle::gaussian(6, 4, 3);
    const std::vector<int> query_groups{1, 2, 3}, all_groups{9, 9, 9, 9, 9, 1, 9, 9, 2, 3, 3}, few(5, 9);
    const mohs::InfoNCEOptions options{.positives = mohs::PositivesOf::pair};
    const mohs::InfoNCE loss{mohs::Cosine{}, options, ExcludeSameGroup{query_groups, all_groups}};
    const auto found = loss(mohs::Batch(queries), mohs::Batch(candidates), mohs::Batch(own));
    // Rows 0, 3, 4 and 5 of `own` are of the groups of their queries 0, 1, 2 and 2.
    CHECK(found.report.rejected[0] == 4);
    CHECK(found.own_gradient.row(0).isZero(0));
    CHECK_FALSE(found.own_gradient.row(1).isZero(0));
    CHECK_THROWS_WITH((mohs::InfoNCE{mohs::Cosine{}, options, ExcludeSameGroup{query_groups, few}}(
                          mohs::Batch(queries), mohs::Batch(candidates), mohs::Batch(own))),
                      "mohs::ExcludeSameGroup: 5 groups of candidates, but 11 rows are mined");
}

TEST_CASE("as many groups as rows are wanted before any work")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 2}, {0, 0, 1})), none(strategies::line({}, {}));
    const std::vector<int> few{1, 2}, right{1, 2, 3}, empty;
    const auto miner = [](const ExcludeSameGroup& filter) {
        return mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}, filter};
    };
    CHECK_THROWS_AS(miner(ExcludeSameGroup{few})(owned.batch()), std::invalid_argument);
    CHECK_THROWS_AS(miner(ExcludeSameGroup{right, few})(owned.batch()), std::invalid_argument);
    CHECK_THROWS_AS(miner(ExcludeSameGroup{few, right})(owned.batch()), std::invalid_argument);
    CHECK_NOTHROW(miner(ExcludeSameGroup{right})(owned.batch()));
    CHECK(miner(ExcludeSameGroup{empty})(none.batch()).empty());
    const Eigen::Matrix<int, 2, 3, Eigen::RowMajor> table{{1, 2, 3}, {4, 5, 6}};
    const auto column = table.col(0);
    CHECK(reference::mentions(reference::message_of([&] { ExcludeSameGroup{column}; }),
                              {"ExcludeSameGroup", "contiguous", "3"}));
}

TEST_CASE("groups that are a temporary are refused when they are compiled")
{
    STATIC_REQUIRE(mohs::PairFilter<ExcludeSameGroup>);
    STATIC_REQUIRE(std::is_constructible_v<ExcludeSameGroup, std::vector<int>&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<ExcludeSameGroup, std::vector<int>>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<ExcludeSameGroup, std::vector<int>&, std::vector<int>>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<ExcludeSameGroup, std::vector<int>, std::vector<int>&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<ExcludeSameGroup, std::vector<double>&>);
    STATIC_REQUIRE(std::is_copy_constructible_v<ExcludeSameGroup>);
}
