#include <mohs/filter/exclude_by_guide.hpp>

#include "../catch.hpp"
#include "../mining/strategies.hpp"

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

TEST_CASE("rows that the guide does not have are out of range")
{
    const reference::Owned<float> owned(strategies::line({0, 1, 2, 3}, {0, 0, 1, 2}));
    const mohs::MatrixOf<float> guide{{1, 0}, {1, 1}, {1, 0}};
    const mohs::Batch guide_batch(guide);
    const mohs::TripletMiner miner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::AllNegatives{},
                                   ExcludeByGuide{guide_batch, guide_batch}};
    CHECK_THROWS_AS(miner(owned.batch()), std::out_of_range);
}
