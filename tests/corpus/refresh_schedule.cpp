// Covers corpus/measure_drift.hpp.

#include <mohs/corpus/refresh_schedule.hpp>

#include "../catch.hpp"
#include "corpus_problems.hpp"

#include <cmath>
#include <set>
#include <stdexcept>

using mohs::Batch;
using mohs::Index;
using mohs::RefreshOptions;
using mohs::RefreshSchedule;

namespace {

/// From the definition, in double.
double expected(const mohs::MatrixOf<double>& before, const mohs::MatrixOf<double>& now, Index row, bool normalises)
{
    Eigen::RowVectorXd x = before.row(row), y = now.row(row);
    if (normalises) {
        x = x.norm() > 0 ? Eigen::RowVectorXd(x / x.norm()) : x;
        y = y.norm() > 0 ? Eigen::RowVectorXd(y / y.norm()) : y;
    }
    const double length = (std::max)(x.norm(), y.norm());
    return length > 0 ? (x - y).norm() / length : 0;
}

template <class M>
void check_metric(M metric, bool normalises)
{
    mohs::MatrixOf<double> before = mohs::MatrixOf<double>::Random(700, 9),
                           now = before + 0.1 * mohs::MatrixOf<double>::Random(700, 9);
    now.row(3) = before.row(3);
    now.row(4) = -before.row(4);
    now.row(5) = 2 * before.row(5);
    before.row(6).setZero();
    before.row(7).setZero();
    now.row(7).setZero();
    const mohs::Drift drift = mohs::measure_drift(metric, Batch{before}, Batch{now}, corpus_problems::threads(3));
    REQUIRE(drift.of_row.size() == 700);
    for (Index row = 0; row < 700; ++row) {
        CHECK(drift.of_row[static_cast<std::size_t>(row)] ==
              Approx(expected(before, now, row, normalises)).margin(1e-12));
    }
    CHECK(drift.of_row[3] == 0);
    CHECK(drift.of_row[4] == Approx(2));
    CHECK(drift.of_row[5] == Approx(normalises ? 0 : 0.5).margin(1e-12));
    CHECK(drift.of_row[6] == Approx(1));
    CHECK(drift.of_row[7] == 0);
    CHECK(drift.summary.count == 700);
    CHECK(drift.summary.max == Approx(2));
    CHECK(drift.non_finite == 0);
    CHECK(drift.beyond(0.99) == std::vector<Index>{4, 6});
    CHECK(mohs::measure_drift(metric, Batch{before}, Batch{now}).of_row == drift.of_row);
}

}  // namespace

TEST_CASE("drift is how far rows have moved as the metric sees them", "[corpus][ieee][threads]")
{
    check_metric(mohs::Cosine{}, true);
    check_metric(mohs::Normalised<mohs::Euclidean>{}, true);
    check_metric(mohs::DotProduct{}, false);
    check_metric(mohs::Euclidean{}, false);
}

TEST_CASE("drift of 16-bit and of huge and tiny rows and of rows that are not finite", "[corpus][ieee]")
{
    const mohs::Matrix base = mohs::Matrix::Random(20, 6);
    const mohs::MatrixOf<Eigen::half> half = base.cast<Eigen::half>();
    CHECK(mohs::measure_drift(mohs::Cosine{}, Batch{base}, Batch{half}).summary.max < 1e-3);
    for (const double scale : {1e-300, 1e300}) {
        const mohs::MatrixOf<double> before = base.cast<double>() * scale, now = before * 0.5;
        const mohs::Drift drift = mohs::measure_drift(mohs::DotProduct{}, Batch{before}, Batch{now});
        CHECK(drift.summary.min == Approx(0.5));
        CHECK(drift.summary.max == Approx(0.5));
    }
    mohs::Matrix before = base, now = base;
    before(2, 1) = std::numeric_limits<float>::quiet_NaN();
    now(5, 0) = std::numeric_limits<float>::infinity();
    const mohs::Drift drift = mohs::measure_drift(mohs::Cosine{}, Batch{before}, Batch{now});
    CHECK(drift.non_finite == 2);
    CHECK(drift.summary.count == 18);
    CHECK(drift.summary.max == 0);
    CHECK(drift.beyond(1) == std::vector<Index>{2, 5});
    const mohs::Matrix none(0, 6), fewer = base.topRows(19), narrow = base.leftCols(5);
    CHECK(mohs::measure_drift(mohs::Cosine{}, Batch{none}, Batch{none}).of_row.empty());
    CHECK_THROWS_AS(mohs::measure_drift(mohs::Cosine{}, Batch{base}, Batch{fewer}), std::invalid_argument);
    CHECK_THROWS_AS(mohs::measure_drift(mohs::Cosine{}, Batch{base}, Batch{narrow}), std::invalid_argument);
}

TEST_CASE("a schedule refreshes once the median probe has moved too far", "[corpus][ieee]")
{
    const mohs::Matrix in_use = mohs::Matrix::Random(500, 4);
    RefreshSchedule schedule{500, {.drift = 0.1, .least_steps = 10, .probes = 31, .seed = 4}};
    const std::vector<Index> probes(schedule.probes().begin(), schedule.probes().end());
    REQUIRE(probes.size() == 31);
    CHECK(std::is_sorted(probes.begin(), probes.end()));
    CHECK(std::set<Index>(probes.begin(), probes.end()).size() == 31);
    mohs::Matrix now(31, 4);
    for (Index i = 0; i < 31; ++i) {
        now.row(i) = in_use.row(probes[static_cast<std::size_t>(i)]);
    }
    const mohs::Matrix before = now;
    CHECK_FALSE(schedule.look(mohs::DotProduct{}, Batch{in_use}, Batch{now}, 100).refresh);
    now.topRows(15) *= 2;  // fewer than half
    CHECK_FALSE(schedule.look(mohs::DotProduct{}, Batch{in_use}, Batch{now}, 100).refresh);
    now.row(15) *= 2;
    CHECK(schedule.look(mohs::DotProduct{}, Batch{in_use}, Batch{now}, 100).refresh);
    CHECK(schedule.look(mohs::DotProduct{}, Batch{before}, Batch{now}, 100).refresh);
    CHECK_FALSE(schedule.look(mohs::Cosine{}, Batch{in_use}, Batch{now}, 100).refresh);
    CHECK_FALSE(schedule.look(mohs::DotProduct{}, Batch{in_use}, Batch{now}, 9).refresh);
    const auto decision = schedule.look(mohs::DotProduct{}, Batch{in_use}, Batch{now}, 10);
    CHECK(decision.refresh);
    CHECK_FALSE(decision.by_steps);
    CHECK(decision.drift.beyond(0.1).size() == 16);
    schedule.refreshed(10);
    CHECK(schedule.last() == 10);
    CHECK(!std::equal(probes.begin(), probes.end(), schedule.probes().begin(), schedule.probes().end()));
    CHECK_FALSE(schedule.look(mohs::DotProduct{}, Batch{in_use}, Batch{now}, 19).refresh);
}

TEST_CASE("a schedule refreshes after so many steps but not for a model that has come apart", "[corpus][ieee]")
{
    const mohs::Matrix in_use = mohs::Matrix::Random(20, 4);
    RefreshSchedule schedule{20, {.most_steps = 50}};
    REQUIRE(schedule.probes().size() == 20);
    CHECK_FALSE(schedule.look(mohs::Cosine{}, Batch{in_use}, Batch{in_use}, 49).refresh);
    const auto decision = schedule.look(mohs::Cosine{}, Batch{in_use}, Batch{in_use}, 50);
    CHECK(decision.refresh);
    CHECK(decision.by_steps);
    mohs::Matrix spoilt = in_use;
    spoilt.setConstant(std::numeric_limits<float>::quiet_NaN());
    const auto refused = schedule.look(mohs::Cosine{}, Batch{in_use}, Batch{spoilt}, 1000);
    CHECK_FALSE(refused.refresh);
    CHECK(refused.drift.non_finite == 20);
    const mohs::Matrix none(0, 4);
    const RefreshSchedule empty{0, {.most_steps = 1}};
    CHECK(empty.probes().empty());
    CHECK_FALSE(empty.look(mohs::Cosine{}, Batch{none}, Batch{none}, 100).refresh);
}

TEST_CASE("a schedule refuses what makes no sense", "[corpus][ieee]")
{
    for (const RefreshOptions& options :
         {RefreshOptions{.drift = -0.1}, RefreshOptions{.drift = std::numeric_limits<double>::quiet_NaN()},
          RefreshOptions{.least_steps = -1}, RefreshOptions{.most_steps = 0},
          RefreshOptions{.least_steps = 5, .most_steps = 4}, RefreshOptions{.probes = 0}}) {
        CHECK_THROWS_AS(RefreshSchedule(10, options), std::invalid_argument);
    }
    CHECK_THROWS_AS(RefreshSchedule(-1), std::invalid_argument);
    const mohs::Matrix rows = mohs::Matrix::Random(10, 3), fewer = rows.topRows(4), narrow = rows.leftCols(2);
    const RefreshSchedule schedule{10, {.probes = 5}};
    CHECK_THROWS_AS(schedule.look(mohs::Cosine{}, Batch{rows}, Batch{fewer}, 1), std::invalid_argument);
    const mohs::Matrix five = rows.topRows(5);
    CHECK_THROWS_AS(schedule.look(mohs::Cosine{}, Batch{fewer}, Batch{five}, 1), std::invalid_argument);
    const mohs::Matrix narrow_five = narrow.topRows(5);
    CHECK_THROWS_AS(schedule.look(mohs::Cosine{}, Batch{rows}, Batch{narrow_five}, 1), std::invalid_argument);
}
