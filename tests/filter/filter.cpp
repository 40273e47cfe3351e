// Covers filter/filter_query.hpp.

#include <mohs/filter/filter.hpp>

#include "../catch.hpp"
#include "../mining/strategies.hpp"

namespace {

using mohs::Index;
using reference::Data;
using reference::Scene;
using strategies::filtered_fault;
using strategies::RejectSome;
using strategies::RejectSomeOfPair;

/// Rejects the rows of a list.
template <int number>
struct RejectRows {
    static constexpr const char* name = number == 0 ? "rejected_by_first" : "rejected_by_second";
    static constexpr bool needs_positive = false;
    std::vector<Index> rows;

    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return std::find(rows.begin(), rows.end(), query.negative().row) != rows.end();
    }
};

/// An anchor at 0, its positive at 20, and negatives at 1 .. 12 in rows 2 .. 13. Other anchors have no positive but row 1, whose nearest negative is the last.
Data ladder()
{
    std::vector<double> points{0, 20};
    std::vector<std::int64_t> labels{0, 0};
    for (int i = 1; i <= 12; ++i) {
        points.push_back(i);
        labels.push_back(i);
    }
    return strategies::line(points, labels);
}

struct WithoutName {
    static constexpr bool needs_positive = true;
};
static_assert(WithoutName::needs_positive);
struct WithoutNeeds {
    static constexpr const char* name = "rejected";
};
static_assert(WithoutNeeds::name != nullptr);

}

TEST_CASE("a query measures all three pairs of a triplet in the unit of its metric")
{
    const mohs::MatrixOf<double> queries{{3, 0}, {0, 0}}, gallery{{0, 0}, {0, 4}, {3, 8}};
    const std::vector<int> labels{0, 1}, gallery_labels{1, 0, 1};
    const mohs::Batch anchors(queries, labels), candidates(gallery, gallery_labels);
    const auto check = [&](auto metric, double value, double positive, double between) {
        const mohs::FilterQuery<decltype(metric), double, double> query(anchors, candidates, mohs::Anchor{0}, 1,
                                                                        mohs::Candidate{2});
        CHECK(query.value() == value);
        CHECK(query.positive_value() == positive);
        CHECK(query.value_to_positive() == between);
        CHECK(query.anchor() == mohs::Anchor{0});
        CHECK(query.positive() == mohs::Candidate{1});
        CHECK(query.negative() == mohs::Candidate{2});
        CHECK(query.anchors().data() == queries.data());
        CHECK(query.candidates().data() == gallery.data());
    };
    check(mohs::Euclidean{}, 8, 5, 5);
    check(mohs::SquaredEuclidean{}, 64, 25, 25);
    check(mohs::DotProduct{}, 9, 0, 32);
}

TEST_CASE("a query about a pair names its negative by the number that it goes by")
{
    const mohs::MatrixOf<double> queries{{3, 0}}, own{{0, 0}, {0, 4}};
    const mohs::Batch anchors(queries), candidates(own);
    const mohs::FilterQuery<mohs::Euclidean, double, double> query(anchors, candidates, mohs::Anchor{0},
                                                                   mohs::Candidate{1}, 7);
    CHECK(query.negative() == mohs::Candidate{8});
    CHECK(query.negative_row() == 1);
    CHECK(query.value() == 5);
}

TEST_CASE("filters of pairs are those that look at no positive")
{
    STATIC_REQUIRE(mohs::PairFilter<RejectSome>);
    STATIC_REQUIRE(mohs::PairFilter<mohs::ScoreBand>);
    STATIC_REQUIRE_FALSE(mohs::PairFilter<RejectSomeOfPair>);
    STATIC_REQUIRE_FALSE(mohs::PairFilter<mohs::MarginToPositive>);
    STATIC_REQUIRE_FALSE(mohs::PairFilter<mohs::ExcludeByGuide<float>>);
    STATIC_REQUIRE_FALSE(mohs::PairFilter<mohs::HardestNegative>);
}

TEST_CASE("a filter has a name and says whether it looks at the positive")
{
    STATIC_REQUIRE(mohs::Filter<RejectSome>);
    STATIC_REQUIRE(!mohs::Filter<WithoutName>);
    STATIC_REQUIRE(!mohs::Filter<WithoutNeeds>);
    STATIC_REQUIRE(!mohs::Filter<mohs::HardestNegative>);
}

TEST_CASE("thresholds are plain numbers or say what they are")
{
    CHECK(mohs::detail::threshold_value<mohs::Cosine>(0.5) == 0.5);
    CHECK(mohs::detail::threshold_value<mohs::Cosine>(0.5F) == 0.5);
    CHECK(mohs::detail::threshold_value<mohs::Cosine>(mohs::similarity(0.5)) == 0.5);
    CHECK(mohs::detail::threshold_value<mohs::Euclidean>(mohs::distance(0.5)) == 0.5);
    CHECK(mohs::detail::threshold_value<mohs::Euclidean>(2) == 2);
}

TEST_CASE("the first filter that rejects is the one that counts")
{
    const Data data = ladder();
    const reference::Owned<float> owned(data);
    const auto mine = [&](std::vector<Index> first, std::vector<Index> second) {
        const mohs::TripletMiner<mohs::Euclidean, mohs::HardestPositive, mohs::HardestNegative, RejectRows<0>,
                                 RejectRows<1>>
            miner{{}, {}, {}, {std::move(first)}, {std::move(second)}};
        return miner(owned.batch());
    };
    // Row 2 is rejected by both; rows 3 and 4 by one each; 6 is rejected too, but ranks behind 5. For the anchor in row 1 all of these are far away.
    const auto triplets = mine({2, 3, 6}, {2, 4});
    REQUIRE(triplets.size() == 2);
    CHECK(triplets[0] == mohs::Triplet{0, 1, 5});
    CHECK(triplets[1] == mohs::Triplet{1, 0, 13});
    CHECK(triplets.report.rejected[0] == 2);
    CHECK(triplets.report.rejected[1] == 1);
    CHECK(triplets.report.rejected[2] == 0);
    CHECK(triplets.report.filter_names[0] == std::string("rejected_by_first"));
    CHECK(triplets.report.filter_names[1] == std::string("rejected_by_second"));
    CHECK(triplets.report.filter_names[2] == nullptr);
    std::map<std::string, double> entries;
    triplets.report.for_each([&](const char* name, double value) { entries[name] = value; });
    CHECK(entries.at("rejected_by_first") == 2);
    CHECK(entries.at("rejected_by_second") == 1);
    const auto swapped = mine({2, 4}, {2, 3, 6});
    CHECK(swapped[0] == triplets[0]);
    CHECK(swapped.report.rejected[0] == 2);
    CHECK(swapped.report.rejected[1] == 1);
}

TEST_CASE("any number of rejections ahead of the winner is counted")
{
    // 3, 4, 5 and 11 rejected: as many as fit in a log, and more.
    for (const Index rejected : {0, 1, 3, 4, 5, 6, 11}) {
        std::vector<Index> rows;
        for (Index row = 2; row < 2 + rejected; ++row) {
            rows.push_back(row);
        }
        // In both orders of the scan: the winner before and after what is rejected.
        for (const bool backward : {false, true}) {
            Data data = ladder();
            if (backward) {
                data = reference::permuted(data, {0, 1, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2});
                for (Index& row : rows) {
                    row = 15 - row;
                }
            }
            const reference::Owned<float> owned(data);
            const mohs::TripletMiner<mohs::Euclidean, mohs::HardestPositive, mohs::HardestNegative, RejectRows<0>,
                                     RejectRows<1>>
                miner{{}, {}, {}, {rows}, {{}}};
            const auto triplets = miner(owned.batch());
            INFO(rejected << " rejected" << (backward ? ", backward" : ""));
            REQUIRE(triplets.size() == 2);
            CHECK(triplets[0].negative == (backward ? 13 - rejected : 2 + rejected));
            CHECK(triplets.report.rejected[0] == rejected);
        }
    }
}

TEST_CASE("an anchor whose every negative is rejected is counted as filtered")
{
    const Data data = ladder();
    const reference::Owned<float> owned(data);
    std::vector<Index> all;
    for (Index row = 2; row < 14; ++row) {
        all.push_back(row);
    }
    const mohs::TripletMiner<mohs::Euclidean, mohs::HardestPositive, mohs::HardestNegative, RejectRows<0>,
                             RejectRows<1>>
        miner{{}, {}, {}, {{}}, {all}};
    const auto triplets = miner(owned.batch());
    CHECK(triplets.empty());
    CHECK(triplets.report.all_filtered == 2);
    CHECK(triplets.report.no_negative == 0);
    CHECK(triplets.report.no_positive == 12);
    CHECK(triplets.report.rejected[1] == 24);
}

TEMPLATE_TEST_CASE("filters are applied to the hardest negative of any positive", "", mohs::EasiestPositive,
                   mohs::RandomPositive, mohs::AllPositives)
{
    CHECK(filtered_fault<mohs::Euclidean>(TestType{}, mohs::HardestNegative{}) == "");
}

TEST_CASE("a search that serves all positives of an anchor is counted once")
{
    for (const int tenths : {1, 4, 7, 10}) {
        CHECK(filtered_fault<mohs::DotProduct>(mohs::AllPositives{}, mohs::HardestNegative{}, RejectSome{tenths}) ==
              "");
    }
}

TEST_CASE("filtered results do not depend on threads", "[threads]")
{
    CHECK(strategies::same_with_threads<mohs::Euclidean>(mohs::AllPositives{}, mohs::HardestNegative{}, RejectSome{6},
                                                         RejectSomeOfPair{5}));
}

TEST_CASE("without a filter that rejects the result is that without filters")
{
    const Data data = strategies::grid(80, 3, 20, 81);
    const reference::Owned<float> owned(data);
    const mohs::TripletMiner<mohs::Euclidean, mohs::EasiestPositive, mohs::HardestNegative> plain{{}, {}, {}};
    const mohs::TripletMiner<mohs::Euclidean, mohs::EasiestPositive, mohs::HardestNegative, RejectSome,
                             RejectSomeOfPair>
        filtered{{}, {}, {}, {0}, {0}};
    const auto expected = plain(owned.batch()), found = filtered(owned.batch());
    CHECK(found.negatives() == expected.negatives());
    CHECK(found.positives() == expected.positives());
    CHECK(found.negative_values() == expected.negative_values());
    CHECK(found.report.valid == expected.report.valid);
}
