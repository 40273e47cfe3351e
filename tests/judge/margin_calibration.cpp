#include "../catch.hpp"
#include "../reference.hpp"

#include <mohs/judge/margin_calibration.hpp>

namespace {

using mohs::Index;

/// The share of the negatives of `triplets` that a filter rejects, by its sentence.
template <class M>
double removed(const mohs::Triplets<M>& triplets, double absolute, double relative)
{
    Index count = 0;
    for (Index i = 0; i < triplets.size(); ++i) {
        const double positive = triplets.positive_values()[i], negative = triplets.negative_values()[i],
                     margin = absolute + relative * std::abs(positive);
        count += M::is_similarity ? negative > positive - margin : negative < positive + margin;
    }
    return static_cast<double>(count) / static_cast<double>(triplets.size());
}

template <class M>
void check_margins()
{
    const reference::Data data = reference::clustered(80, 6);
    const mohs::Batch<double> batch(data.rows, data.labels);
    const auto triplets = mohs::TripletMiner{M{}, mohs::AllPositives{}, mohs::RandomNegative{}}(batch);
    REQUIRE(triplets.size() > 100);
    const mohs::MarginCalibration calibration(triplets);
    CHECK(calibration.size() == triplets.size());
    const double one = 1.5 / static_cast<double>(triplets.size());
    for (const double removal : {0.0, 0.01, 0.1, 0.5, 0.9, 1.0}) {
        CAPTURE(removal);
        const double absolute = calibration.absolute(removal), relative = calibration.relative(removal);
        // A gap that was rounded may be on the other side of its margin.
        for (const double share : {removed(triplets, absolute, 0), removed(triplets, 0, relative)}) {
            CHECK(share <= removal + one);
            CHECK(share >= removal - one);
        }
        CHECK(calibration.removed_by_absolute(absolute) <= removal);
        CHECK(calibration.removed_by_relative(relative) <= removal);
        CHECK(calibration.removed_by_absolute(absolute) == Approx(removed(triplets, absolute, 0)).margin(one));
    }
}

}  // namespace

TEST_CASE("a calibrated margin removes the share that was wanted")
{
    check_margins<mohs::Cosine>();
    check_margins<mohs::Euclidean>();
}

TEST_CASE("margins are the largest that remove no more than was wanted")
{
    mohs::Triplets<mohs::Euclidean> triplets;
    for (const double negative : {1.5, 3.0, 3.0, 2.0, 0.5, 4.0}) {
        triplets.add({0, 1, 2}, 1, negative);
    }
    const mohs::MarginCalibration calibration(triplets);
    CHECK(calibration.absolute(0) == -0.5);
    CHECK(calibration.absolute(0.34) == 1);
    CHECK(calibration.absolute(0.5) == 2);
    CHECK(calibration.absolute(0.8) == 2);  // two are level: with more, both would go
    CHECK(calibration.absolute(1) > 3);
    CHECK(calibration.removed_by_absolute(2) == 0.5);
    CHECK(calibration.removed_by_absolute(calibration.absolute(1)) == 1);
    CHECK_THROWS_AS(calibration.absolute(-0.1), std::invalid_argument);
    CHECK_THROWS_AS(calibration.relative(1.1), std::invalid_argument);
}

TEST_CASE("a share that is a whole number of negatives is removed whole")
{
    mohs::Triplets<mohs::Euclidean> triplets;
    for (int i = 0; i < 100; ++i) {
        triplets.add({0, 1, 2}, 0, i);
    }
    const mohs::MarginCalibration calibration(triplets);
    // 0.29 * 100 and 0.57 * 100 are rounded to less than 29 and 57.
    for (const int percent : {1, 7, 29, 57, 58, 99}) {
        CHECK(calibration.absolute(percent / 100.0) == percent);
    }
    // A filter takes it, and rejects everything that is not level with the largest value there is.
    CHECK(mohs::detail::is_finite(calibration.relative(1)));
}

TEST_CASE("values that are not finite are no evidence", "[ieee]")
{
    mohs::Triplets<mohs::Cosine> triplets;
    triplets.add({0, 1, 2}, std::numeric_limits<double>::quiet_NaN(), 0.5);
    CHECK_THROWS_AS(mohs::MarginCalibration(triplets), std::invalid_argument);
    triplets.add({0, 1, 2}, 0, 0.5);
    const mohs::MarginCalibration calibration(triplets);
    CHECK(calibration.size() == 1);
    // Closer than a positive of similarity 0: any relative margin removes it.
    CHECK(calibration.removed_by_relative(-1e6) == 1);
    CHECK_THROWS_AS(calibration.removed_by_relative(std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
}
