#include <mohs/detail/scene/centre.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <numeric>

using mohs::Batch;
using mohs::Index;
using mohs::detail::centre_of;
using mohs::detail::common_scale;
using mohs::detail::norm_range;
using mohs::detail::NormRange;

namespace {

std::vector<double> norms_of(const reference::Table& rows)
{
    std::vector<double> norms;
    for (Index row = 0; row < rows.rows(); ++row) {
        norms.push_back(reference::is_finite_row(rows, row) ? reference::norm(rows.row(row))
                                                            : mohs::detail::not_finite);
    }
    return norms;
}

template <class T>
Eigen::RowVectorXd centre(const reference::Data& data, double scale)
{
    const mohs::MatrixOf<T> rows = data.as<T>();
    const std::vector<double> norms = norms_of(data.rows);
    mohs::Workspace workspace;
    const mohs::Workspace::Frame frame(workspace);
    const auto found = centre_of<T>(Batch<T>{rows}, norms, norm_range(norms).typical, scale, workspace);
    return Eigen::Map<const Eigen::RowVectorXd>(found.data(), static_cast<Index>(found.size()));
}

/// Gaussian rows around (2, 2, ...), every third of them an outlier of its own size.
reference::Data outlying(Index rows, Index dimension)
{
    reference::Data data = reference::gaussian(rows, dimension);
    data.rows.array() += 2;
    for (Index row = 0; row < rows; row += 3) {
        data.rows.row(row) *= row % 2 == 0 ? 1e4 + static_cast<double>(row) : 1e-3;
    }
    return reference::rounded_to<float>(data);
}

}  // namespace

TEST_CASE("the typical exponent is the lower median of rows that are finite and not zero", "[ieee]")
{
    const auto range = [](std::vector<double> norms) { return norm_range(norms); };
    CHECK(range({}).empty());
    CHECK(range({0, mohs::detail::not_finite}).empty());
    CHECK(range({3}).typical == 1);
    CHECK(range({1, 3, 0, 0, 0}).typical == 0);
    CHECK(range({1, 9, 9.5}).typical == 3);
    CHECK(range({1e300, 1, 1.5}).typical == 0);
    CHECK(range({1e300, 1, 1.5}).largest == 996);
    CHECK(range({5e-324, 1, 1e-320}).typical == -1023);
}

TEST_CASE("the largest norm is brought to about 1 unless a typical one would vanish in float")
{
    const auto packed = [](auto scale, double norm) { return norm * scale.factor; };
    const auto of = [](int typical, int largest) { return NormRange{typical, largest}; };
    CHECK(packed(common_scale<float>(of(3, 5)), 0x1p5) == 1);
    CHECK(packed(common_scale<float>(of(-10, 30)), 0x1p30) == 1);
    CHECK(common_scale<float>(of(-10, 30)).largest == 0);
    CHECK(packed(common_scale<float>(of(-11, 30)), 0x1p30) == 2);
    CHECK(common_scale<float>(of(-11, 30)).largest == 1);
    CHECK(packed(common_scale<float>(of(0, 99)), 1) == 0x1p-40);
    CHECK(packed(common_scale<float>(of(0, 120)), 0x1p120) == 0x1p60);
    CHECK(common_scale<float>(of(0, 120)).largest == 60);
    CHECK(packed(common_scale<double>(of(0, 120)), 0x1p120) == 1);
    CHECK(common_scale<float>(NormRange{}).factor == 1);
    CHECK(common_scale<float>(of(NormRange::nothing, 7)).factor == 0x1p-7);
    CHECK(common_scale<double>(of(-1023, -1023)).factor == 0x1p1000);
}

TEMPLATE_TEST_CASE("the centre is the mean of the typical rows on a grid of 1 / 256 of their norm", "", float, double)
{
    for (const Index rows : {1, 2, 30, 600, 1100}) {
        const reference::Data data = outlying(rows, 7);
        const double typical = reference::typical_norm(data.rows);
        for (const double scale : {1.0, 0x1p-9, 0x1p20}) {
            const Eigen::RowVectorXd found = centre<TestType>(data, scale) / (typical * scale);
            const Eigen::RowVectorXd expected = reference::typical_mean(data.rows) / typical;
            REQUIRE((found - expected).cwiseAbs().maxCoeff() <= 0.5 / 256 + 0x1p-18);
            REQUIRE((found * 256).array().round().isApprox((found * 256).array(), 0));
        }
    }
}

TEST_CASE("the centre has the same bits in any order of the rows")
{
    const reference::Data data = outlying(1300, 5);
    const Eigen::RowVectorXd expected = centre<float>(data, 0.25);
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        CHECK(centre<float>(reference::permuted(data, reference::shuffled_rows(1300, seed)), 0.25) == expected);
    }
}

TEST_CASE("rows that are zero or not finite have no part in the centre")
{
    reference::Data data = outlying(60, 3);
    const Eigen::RowVectorXd expected = centre<float>(data, 1);
    reference::Data more{"", reference::Table::Zero(200, 3), {}};
    more.rows.topRows(60) = data.rows;
    more.rows(60, 1) = std::numeric_limits<double>::quiet_NaN();
    CHECK(centre<float>(more, 1) == expected);
    CHECK(centre<float>({"", reference::Table::Zero(4, 3), {}}, 1).isZero(0));
}
