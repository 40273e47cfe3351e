#include <mohs/filter/exclude_by_guide.hpp>

#include "../catch.hpp"
#include "../mining/strategies.hpp"

#include <set>

namespace {

using mohs::ExcludeByGuide;
using mohs::Index;
using reference::Data;
using reference::Scene;
using Rows = std::vector<Index>;

/// Guide rows at angles in the plane whose cosines to the first are exact: (x, y) of Pythagorean triples.
const mohs::MatrixOf<double> angles{{1, 0}, {4, 3}, {4, -3}, {8, 6}, {3, 4}, {0, 1}, {5, 0}, {-1, 0}};

/// Which negatives of the first row with the second the guide leaves. All rows of the batch itself are alike to it.
Rows kept(double margin)
{
    const reference::Owned<float> owned(strategies::line({0, 1, 1, 2, 3, 4, 5, 6}, {0, 0, 1, 1, 1, 1, 1, 1}));
    const mohs::Batch guide(angles);
    const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::AllNegatives{},
                                   ExcludeByGuide{guide, guide, margin}};
    Rows result;
    for (const mohs::Triplet triplet : miner(owned.batch())) {
        if (triplet.anchor == 0) {
            result.push_back(triplet.negative);
        }
    }
    return result;
}

/// The guide's embeddings for some rows, exact and few, so that cosines are often equal.
Data guide_of(Index rows, std::uint64_t seed)
{
    reference::Generator generator(seed);
    Data data{"guide", reference::Table(rows, 2), {}};
    for (Index row = 0; row < rows; ++row) {
        data.rows.row(row) = angles.row(reference::uniform_below(generator, angles.rows()));
    }
    return data;
}

/// Cosines of such rows are multiples of 1/25.
double cosine(const reference::Table& a, Index row_a, const reference::Table& b, Index row_b)
{
    return std::round(25 * reference::value<mohs::Cosine>(a, row_a, b, row_b)) / 25;
}

}

TEST_CASE("a negative as close as the positive to the guide stays")
{
    // The positive has cosine 0.8, rows 2 and 3 too; row 6 has 1.
    CHECK(kept(0) == Rows{2, 3, 4, 5, 7});
}

TEST_CASE("the guide's margin lies short of the positive")
{
    // 0.8 - 0.15 = 0.65; rows 4, 5 and 7 have 0.6, 0 and -1.
    CHECK(kept(0.15) == Rows{4, 5, 7});
    CHECK(kept(0.25) == Rows{5, 7});
    CHECK(kept(1.9).empty());
    CHECK(kept(-0.3) == Rows{2, 3, 4, 5, 6, 7});
}

TEST_CASE("the guide's relative margin is a share of the magnitude")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 2, 3, 4}, {0, 0, 1, 1, 1}));
    // To the guide the positive has cosine -0.6, the negatives -0.8, 0 and -1.
    const mohs::MatrixOf<double> rows{{1, 0}, {-3, 4}, {-4, 3}, {0, 1}, {-1, 0}};
    const mohs::Batch guide(rows);
    const auto kept = [&](double margin, double relative) {
        const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::AllNegatives{},
                                       ExcludeByGuide{guide, guide, margin, relative}};
        Rows result;
        for (const mohs::Triplet triplet : miner(owned.batch())) {
            if (triplet.anchor == 0) {
                result.push_back(triplet.negative);
            }
        }
        return result;
    };
    CHECK(kept(0, 0) == Rows{2, 4});
    // -0.6 - 0.3 = -0.9 and -0.6 - 0.1 - 0.15 = -0.85; the wrong sign would keep row 2.
    CHECK(kept(0, 0.5) == Rows{4});
    CHECK(kept(0.1, 0.25) == Rows{4});
    CHECK(kept(0.1, 0.1) == Rows{2, 4});
    CHECK(kept(0, -2) == Rows{2, 3, 4});
}

TEST_CASE("a guide decides about queries and gallery by its own rows")
{
    const Data queries = strategies::grid(20, 3, 5, 93), gallery = strategies::grid(40, 3, 6, 94);
    const Data query_guide = guide_of(20, 95), gallery_guide = guide_of(40, 96);
    const reference::Owned<double> query_rows(query_guide), gallery_rows(gallery_guide);
    const auto filter = [&](double margin) { return ExcludeByGuide{query_rows.batch(), gallery_rows.batch(), margin}; };
    for (const double margin : {-0.1, 0.03, 0.5}) {
        const strategies::Verdict verdict{[&](Index anchor, Index positive, Index negative) {
                                              const auto to = [&](Index row) {
                                                  return cosine(query_guide.rows, anchor, gallery_guide.rows, row);
                                              };
                                              return to(negative) > to(positive) - margin ? 0 : -1;
                                          },
                                          1, true};
        CHECK(strategies::fault_in<mohs::Euclidean>(Scene(queries, gallery), mohs::AllPositives{},
                                                    mohs::HardestNegative{}, strategies::best_level(), verdict,
                                                    filter(margin)) == "");
    }
}

TEST_CASE("what the guide rejects is counted under its name")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 2, 3}, {0, 0, 1, 2}));
    const mohs::MatrixOf<float> guide{{1, 0}, {1, 1}, {1, 0}, {0, 1}};
    const mohs::Batch guide_batch(guide);
    const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{},
                                   ExcludeByGuide{guide_batch, guide_batch, 0.1}};
    const auto triplets = miner(owned.batch());
    CHECK(triplets.report.filter_names[0] == std::string("rejected_by_guide"));
    // Row 0: 2 looks like it, 3 does not. Row 1: both look as much like it as row 0 does.
    REQUIRE(triplets.size() == 1);
    CHECK(triplets[0] == mohs::Triplet{0, 1, 3});
    CHECK(triplets.report.rejected[0] == 3);
    CHECK(triplets.report.all_filtered == 1);
}

TEST_CASE("a guide has to have the rows that are mined, whether it is asked about them or not")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 2, 3}, {0, 0, 1, 2})),
        one_class(strategies::line({0, 1, 2, 3}, {0, 0, 0, 0}));
    const mohs::MatrixOf<float> guide{{1, 0}, {1, 1}, {1, 0}}, enough{{1, 0}, {1, 1}, {1, 0}, {0, 1}, {1, 2}};
    const mohs::Batch short_batch(guide), long_batch(enough);
    const auto miner = [](const auto& anchors, const auto& candidates) {
        return mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::AllNegatives{},
                                  ExcludeByGuide{anchors, candidates}};
    };
    CHECK_THROWS_AS(miner(short_batch, short_batch)(owned.batch()), std::out_of_range);
    // No negatives, so the guide is never asked.
    CHECK_THROWS_AS(miner(short_batch, short_batch)(one_class.batch()), std::out_of_range);
    CHECK_THROWS_AS(miner(short_batch, long_batch)(one_class.batch()), std::out_of_range);
    CHECK_THROWS_AS(miner(long_batch, short_batch)(one_class.batch()), std::out_of_range);
    CHECK_THROWS_WITH(miner(long_batch, short_batch)(one_class.batch()),
                      "mohs::ExcludeByGuide: 3 candidates of the guide, but 4 are mined");
    CHECK_NOTHROW(miner(long_batch, long_batch)(owned.batch()));

    // Nothing is done to the result of the call before.
    mohs::Workspace workspace;
    auto triplets = miner(long_batch, long_batch)(owned.batch());
    const mohs::Index found = triplets.size();
    REQUIRE(found > 0);
    CHECK_THROWS_AS(miner(short_batch, short_batch)(owned.batch(), workspace, triplets), std::out_of_range);
    CHECK(triplets.size() == found);
}

TEST_CASE("a guide is refused whose margin is not a number or whose rows cannot be compared")
{
    const mohs::MatrixOf<float> narrow{{1, 0}, {1, 1}}, wide{{1, 0, 0}, {1, 1, 0}};
    const mohs::Batch two(narrow), three(wide);
    const auto miner = [](const auto& filter) {
        return mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::AllNegatives{}, filter};
    };
    CHECK_THROWS_AS(miner(ExcludeByGuide{two, two, std::bit_cast<double>(0x7ff8000000000000U)}), std::invalid_argument);
    CHECK_THROWS_AS(miner(ExcludeByGuide{two, three}), std::invalid_argument);
    CHECK_THROWS_WITH(miner(ExcludeByGuide{two, two, 0.0, std::bit_cast<double>(0x7ff0000000000000U)}),
                      "mohs::ExcludeByGuide: relative is inf, but must be finite");
    CHECK_NOTHROW(miner(ExcludeByGuide{two, two, std::bit_cast<double>(0xfff0000000000000U)}));
}

TEMPLATE_TEST_CASE("what the guide cannot judge is rejected", "", double, float, Eigen::half)
{
    // Rows 0 and 1 are a pair, and so are 2 and 3; to the guide all rows are alike, so that it rejects none of them.
    const reference::Owned<float> owned(strategies::line({0, 1, 4, 6, 9}, {0, 0, 1, 1, 2}));
    const auto negatives = [&](Index bad_row, double bad) {
        mohs::MatrixOf<TestType> guide = mohs::MatrixOf<TestType>::Constant(5, 2, TestType(1));
        guide(bad_row, 1) = static_cast<TestType>(bad);
        const mohs::Batch batch(guide);
        std::set<std::pair<Index, Index>> result;
        const auto triplets = mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::AllNegatives{},
                                                 ExcludeByGuide{batch, batch, 0.0}}(owned.batch());
        for (const mohs::Triplet triplet : triplets) {
            result.emplace(triplet.anchor, triplet.negative);
        }
        CHECK(static_cast<Index>(result.size()) + triplets.report.rejected[0] == 12);
        return result;
    };
    using Set = std::set<std::pair<Index, Index>>;
    for (const std::uint64_t bits : {0x7ff8000000000000U, 0x7ff0000000000000U, 0xfff0000000000000U}) {
        const double bad = std::bit_cast<double>(bits);
        // A bad negative, also of anchors 0 and 1; they lose nothing else.
        CHECK(negatives(4, bad) == Set{{0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 0}, {2, 1}, {3, 0}, {3, 1}});
        // A bad anchor, which is the positive of row 1 and a negative of rows 2 and 3.
        CHECK(negatives(0, bad) == Set{{2, 1}, {2, 4}, {3, 1}, {3, 4}});
    }
    CHECK(negatives(4, 1).size() == 12);
}
