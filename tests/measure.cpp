// Covers detail/scene/measure_rows.hpp.

#include <mohs/measure.hpp>

#include "catch.hpp"
#include "reference.hpp"

#include <stdexcept>
#include <tuple>

using mohs::Batch;
using mohs::Cosine;
using mohs::DotProduct;
using mohs::Euclidean;
using mohs::Index;
using mohs::measure;
using mohs::Normalised;
using mohs::SquaredEuclidean;

namespace {

using Extended = long double;
using ExtendedRow = Eigen::Matrix<Extended, 1, Eigen::Dynamic>;

/// |x|, whose range and precision are those of long double.
Extended extended_norm(const ExtendedRow& x)
{
    Extended sum = 0;
    for (Index k = 0; k < x.size(); ++k) {
        sum += x[k] * x[k];
    }
    return std::sqrt(sum);
}

ExtendedRow extended_unit(const ExtendedRow& x)
{
    const Extended norm = extended_norm(x);
    return norm > 0 ? ExtendedRow(x / norm) : x;
}

template <class M>
Extended extended_value(ExtendedRow a, ExtendedRow b)
{
    if (reference::is_normalised<M>) {
        a = extended_unit(a);
        b = extended_unit(b);
    }
    if (reference::is_similarity<M>) {
        Extended sum = 0;
        for (Index k = 0; k < a.size(); ++k) {
            sum += a[k] * b[k];
        }
        return sum;
    }
    const Extended distance = extended_norm(a - b);
    return M::is_squared ? distance * distance : distance;
}

/// Bound of |measure - exact|. With v = 2^-53: an element of a unit row is off by 4 v of itself (norm, quotient, two
/// products), plus the relative error D v of the norm; an element of another row by nothing. Sums of D terms add D v of
/// the sum of their |terms|.
template <class M>
double tolerance(const ExtendedRow& a, const ExtendedRow& b, Extended exact)
{
    const double v = 0x1p-53, size = static_cast<double>(a.size());
    const double rows = reference::is_normalised<M> ? (size + 6) * v : 0;
    if (reference::is_similarity<M>) {
        const auto product =
            reference::is_normalised<M> ? 1.0 : static_cast<double>(extended_norm(a) * extended_norm(b));
        return (2 * rows + (size + 3) * v) * product;
    }
    const double value = static_cast<double>(exact);
    if (M::is_squared) {
        return (size + 6) * v * value + 4 * rows * std::sqrt(value) + 4 * rows * rows;
    }
    return (size + 6) * v * value + 2 * rows;
}

template <class M, class Scalar>
void require_exact(const reference::Data& data)
{
    const mohs::MatrixOf<Scalar> rows = data.as<Scalar>();
    const Batch batch{rows};
    for (Index i = 0; i < rows.rows(); ++i) {
        for (Index j = 0; j < rows.rows(); ++j) {
            if (!reference::is_finite_row(data.rows, i) || !reference::is_finite_row(data.rows, j)) {
                continue;
            }
            const ExtendedRow a = data.rows.row(i).template cast<Extended>(),
                              b = data.rows.row(j).template cast<Extended>();
            const Extended exact = extended_value<M>(a, b);
            INFO(data.name << ", " << M::name << ", rows " << i << " and " << j);
            const double error = std::abs(static_cast<double>(measure(M{}, batch, i, batch, j) - exact));
            REQUIRE(error <= tolerance<M>(a, b, exact));
        }
    }
}

template <class Scalar>
void require_all_metrics_exact(const reference::Data& data)
{
    require_exact<Cosine, Scalar>(data);
    require_exact<DotProduct, Scalar>(data);
    require_exact<Euclidean, Scalar>(data);
    require_exact<SquaredEuclidean, Scalar>(data);
    require_exact<Normalised<DotProduct>, Scalar>(data);
    require_exact<Normalised<Euclidean>, Scalar>(data);
    require_exact<Normalised<SquaredEuclidean>, Scalar>(data);
}

/// The value between two rows.
template <class M>
double between(const Eigen::RowVectorXd& a, const Eigen::RowVectorXd& b)
{
    return measure(M{}, Batch{a}, 0, Batch{b}, 0);
}

/// Denormal numbers, which are zero where the program was linked with -ffast-math.
bool has_denormals()
{
    volatile double tiny = std::numeric_limits<double>::min();
    volatile double half = tiny / 2;
    return half != 0;
}

}  // namespace

TEST_CASE("values of all metrics are exact to rounding on every kind of data")
{
    for (const reference::Data& data : reference::all_kinds(23, 11)) {
        require_all_metrics_exact<float>(data);
        require_all_metrics_exact<double>(data);
    }
}

TEST_CASE("values of 16-bit rows are exact to rounding")
{
    const reference::Data data = reference::clustered(30, 9);
    require_all_metrics_exact<Eigen::half>(reference::rounded_to<Eigen::half>(data));
    require_all_metrics_exact<Eigen::bfloat16>(reference::rounded_to<Eigen::bfloat16>(data));
}

TEST_CASE("values are exact for any number of columns")
{
    for (const Index dimension : {1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 65, 300}) {
        require_all_metrics_exact<float>(reference::gaussian(6, dimension));
    }
}

TEST_CASE("distances between near-duplicates are exact to 1e-12")
{
    // |a|^2 - 2ab + |b|^2 in double would be off by 1e-16 of |a|^2: 1e-10 of the smallest squared distance here, and
    // 1e-4 below float's resolution.
    const reference::Data data = reference::gaussian(20, 32);
    for (const double gap : {1e-3, 1e-6, 1e-9}) {
        reference::Generator generator(20);
        const reference::Table noise = gap * reference::gaussian_rows(20, 32, generator);
        const reference::Table near = data.rows + noise;
        for (Index i = 0; i < 20; ++i) {
            const ExtendedRow a = data.rows.row(i).cast<Extended>(), b = near.row(i).cast<Extended>();
            const auto exact = static_cast<double>(extended_value<Euclidean>(a, b));
            const double found = measure(Euclidean{}, Batch{data.rows}, i, Batch{near}, i);
            const double squared = measure(SquaredEuclidean{}, Batch{data.rows}, i, Batch{near}, i);
            REQUIRE(std::abs(found - exact) <= 1e-12 * exact);
            REQUIRE(std::abs(squared - exact * exact) <= 1e-12 * exact * exact);
        }
    }
}

TEST_CASE("distances between normalised near-duplicates are exact to the rounding of unit rows")
{
    const reference::Data data = reference::gaussian(20, 32);
    reference::Generator generator(21);
    const reference::Table near = data.rows + 1e-3 * reference::gaussian_rows(20, 32, generator);
    for (Index i = 0; i < 20; ++i) {
        const ExtendedRow a = data.rows.row(i).cast<Extended>(), b = near.row(i).cast<Extended>();
        const auto exact = static_cast<double>(extended_value<Normalised<Euclidean>>(a, b));
        const double found = measure(Normalised<Euclidean>{}, Batch{data.rows}, i, Batch{near}, i);
        REQUIRE(std::abs(found - exact) <= 1e-12 * exact);
    }
}

TEST_CASE("the distance between identical rows is exactly 0", "[kernel]")
{
    for (const reference::Data& data : {reference::gaussian(50, 7), reference::mixed_magnitudes(50, 7)}) {
        const mohs::Matrix rows = data.as<float>(), copy = rows;
        const Batch a{rows}, b{copy};
        for (Index i = 0; i < rows.rows(); ++i) {
            REQUIRE(measure(Euclidean{}, a, i, b, i) == 0);
            REQUIRE(measure(SquaredEuclidean{}, a, i, b, i) == 0);
            REQUIRE(measure(Normalised<Euclidean>{}, a, i, b, i) == 0);
            REQUIRE(measure(Normalised<SquaredEuclidean>{}, a, i, b, i) == 0);
        }
    }
}

TEST_CASE("a value has the same bits in both directions", "[kernel]")
{
    const reference::Data data = reference::gaussian(20, 19);
    const mohs::Matrix rows = data.as<float>();
    const Batch batch{rows};
    for (Index i = 0; i < rows.rows(); ++i) {
        for (Index j = 0; j < i; ++j) {
            REQUIRE(measure(Cosine{}, batch, i, batch, j) == measure(Cosine{}, batch, j, batch, i));
            REQUIRE(measure(DotProduct{}, batch, i, batch, j) == measure(DotProduct{}, batch, j, batch, i));
            REQUIRE(measure(Euclidean{}, batch, i, batch, j) == measure(Euclidean{}, batch, j, batch, i));
            REQUIRE(measure(Normalised<Euclidean>{}, batch, i, batch, j) ==
                    measure(Normalised<Euclidean>{}, batch, j, batch, i));
        }
    }
}

TEST_CASE("a zero row has cosine 0 and the distances of the zero vector")
{
    const Eigen::RowVectorXd zero = Eigen::RowVectorXd::Zero(2), row{{3, 4}};
    REQUIRE(between<Cosine>(zero, row) == 0);
    REQUIRE(between<Cosine>(row, zero) == 0);
    REQUIRE(between<Cosine>(zero, zero) == 0);
    REQUIRE(between<DotProduct>(zero, row) == 0);
    REQUIRE(between<Euclidean>(zero, row) == 5);
    REQUIRE(between<SquaredEuclidean>(row, zero) == 25);
    REQUIRE(between<Euclidean>(zero, zero) == 0);
    REQUIRE(between<Normalised<Euclidean>>(zero, row) == Approx(1).epsilon(1e-15));
    REQUIRE(between<Normalised<Euclidean>>(zero, zero) == 0);
}

TEST_CASE("known values")
{
    const Eigen::RowVectorXd a{{1, 2, 2}}, b{{2, -1, 0}};
    REQUIRE(between<DotProduct>(a, b) == 0);
    REQUIRE(between<SquaredEuclidean>(a, b) == 14);
    REQUIRE(between<Euclidean>(a, b) == Approx(std::sqrt(14.0)).epsilon(1e-15));
    REQUIRE(between<Cosine>(a, 7 * a) == Approx(1).epsilon(1e-15));
    REQUIRE(between<Cosine>(a, -a) == Approx(-1).epsilon(1e-15));
    REQUIRE(between<Normalised<SquaredEuclidean>>(a, -a) == Approx(4).epsilon(1e-15));
    REQUIRE(between<Normalised<Euclidean>>(a, b) == Approx(std::sqrt(2.0)).epsilon(1e-15));
}

TEST_CASE("rows whose squares overflow have exact values", "[raises]")
{
    const Eigen::RowVectorXd a{{3e200, 4e200}}, b{{0, 8e200}};
    REQUIRE(between<Euclidean>(a, b) == Approx(5e200).epsilon(1e-14));
    REQUIRE(between<Euclidean>(a, -a) == Approx(1e201).epsilon(1e-14));
    REQUIRE(between<Cosine>(a, b) == Approx(0.8).epsilon(1e-14));
    REQUIRE(between<Normalised<SquaredEuclidean>>(a, b) == Approx(0.4).epsilon(1e-14));
    REQUIRE(between<DotProduct>(a, 1e-200 * b) == Approx(32e200).epsilon(1e-14));
    const Eigen::RowVectorXd huge{{1.7e308, 0}};
    REQUIRE(between<Cosine>(huge, huge) == Approx(1).epsilon(1e-14));
}

TEST_CASE("rows whose squares vanish have exact values")
{
    const Eigen::RowVectorXd a{{3e-200, 4e-200}}, b{{0, 8e-200}};
    REQUIRE(between<Euclidean>(a, b) == Approx(5e-200).epsilon(1e-14));
    REQUIRE(between<Cosine>(a, b) == Approx(0.8).epsilon(1e-14));
    REQUIRE(between<Normalised<SquaredEuclidean>>(a, b) == Approx(0.4).epsilon(1e-14));
    REQUIRE(between<DotProduct>(a, 1e200 * b) == Approx(32e-200).epsilon(1e-14));
    REQUIRE(between<DotProduct>(a, 1e100 * b) == Approx(32e-300).epsilon(1e-14).margin(0));
}

TEST_CASE("a distance that is tiny next to its rows is exact", "[raises]")
{
    const double gap = 0x1p-40;
    const Eigen::RowVectorXd a{{1e170, 5e169}};
    const Eigen::RowVectorXd b{{1e170 * (1 + gap), 5e169}};
    REQUIRE(between<Euclidean>(a, b) == Approx(std::abs(b[0] - a[0])).epsilon(1e-14));
    const Eigen::RowVectorXd c{{1e-180, 5e-181}}, d{{1e-180 * (1 + gap), 5e-181}};
    REQUIRE(between<Euclidean>(c, d) == Approx(std::abs(d[0] - c[0])).epsilon(1e-14).margin(0));
}

TEST_CASE("denormal rows are not zero rows", "[ieee]")
{
    if (!has_denormals()) {
        return;
    }
    const double unit = std::numeric_limits<double>::denorm_min();
    const Eigen::RowVectorXd a{{3 * unit, 4 * unit}}, b{{0, 8 * unit}};
    REQUIRE(between<Cosine>(a, b) == Approx(0.8).epsilon(1e-14));
    REQUIRE(between<Normalised<Euclidean>>(a, b) == Approx(std::sqrt(0.4)).epsilon(1e-14));
    REQUIRE(between<Euclidean>(a, b) == 5 * unit);
    const Eigen::RowVectorXf single{{1e-44F, 2e-44F}};
    const Batch batch{single};
    REQUIRE(measure(Cosine{}, batch, 0, batch, 0) == Approx(1).epsilon(1e-14));
    const double norm = std::sqrt(std::pow(single[0], 2.0) + std::pow(single[1], 2.0));
    const Eigen::RowVectorXf zero = Eigen::RowVectorXf::Zero(2);
    REQUIRE(measure(Euclidean{}, batch, 0, Batch{zero}, 0) == Approx(norm).epsilon(1e-14).margin(0));
}

TEST_CASE("a value that does not fit a double is not finite", "[raises]")
{
    const Eigen::RowVectorXd a{{1e200, 0}}, b{{-1e200, 0}}, c{{1.7e308, 0}};
    REQUIRE_FALSE(reference::is_finite(between<DotProduct>(a, b)));
    REQUIRE_FALSE(reference::is_finite(between<SquaredEuclidean>(a, b)));
    REQUIRE_FALSE(reference::is_finite(between<Euclidean>(c, -c)));
    REQUIRE(reference::is_finite(between<Normalised<SquaredEuclidean>>(c, -c)));
}

TEST_CASE("values of rows with a NaN or an infinity are not finite", "[ieee][raises]")
{
    const reference::Data data = reference::non_finite(20, 4);
    const mohs::Matrix rows = data.as<float>();
    const Batch batch{rows};
    for (Index i = 0; i < 20; ++i) {
        for (Index j = 0; j < 20; ++j) {
            if (reference::is_finite_row(data.rows, i) && !reference::is_finite_row(data.rows, j)) {
                INFO(data.rows.row(i) << " and " << data.rows.row(j));
                REQUIRE_FALSE(reference::is_finite(measure(Cosine{}, batch, i, batch, j)));
                REQUIRE_FALSE(reference::is_finite(measure(DotProduct{}, batch, i, batch, j)));
                REQUIRE_FALSE(reference::is_finite(measure(Euclidean{}, batch, i, batch, j)));
                REQUIRE_FALSE(reference::is_finite(measure(SquaredEuclidean{}, batch, j, batch, i)));
                REQUIRE_FALSE(reference::is_finite(measure(Normalised<Euclidean>{}, batch, j, batch, i)));
            }
        }
    }
}

TEST_CASE("values do not depend on the layout of the rows")
{
    const reference::Data data = reference::gaussian(10, 21);
    const mohs::Matrix row_major = data.as<float>();
    const Eigen::MatrixXf column_major = row_major;
    mohs::Matrix wide(20, 42);
    wide.setConstant(99);
    using Stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    Eigen::Map<mohs::Matrix, 0, Stride> strided(wide.data(), 10, 21, Stride(84, 2));
    strided = row_major;
    for (Index i = 0; i < 10; ++i) {
        const double expected = measure(Cosine{}, Batch{row_major}, 0, Batch{row_major}, i);
        REQUIRE(measure(Cosine{}, Batch{column_major}, 0, Batch{row_major}, i) == expected);
        REQUIRE(measure(Cosine{}, Batch{strided}, 0, Batch{column_major}, i) == expected);
    }
}

TEST_CASE("rows of different scalars can be measured against each other")
{
    const mohs::Matrix rows = reference::rounded_to<Eigen::half>(reference::gaussian(4, 5)).as<float>();
    const mohs::MatrixOf<Eigen::half> halves = rows.cast<Eigen::half>();
    const mohs::MatrixOf<double> doubles = rows.cast<double>();
    const double expected = measure(Euclidean{}, Batch{rows}, 1, Batch{rows}, 2);
    REQUIRE(measure(Euclidean{}, Batch{halves}, 1, Batch{doubles}, 2) == expected);
    REQUIRE(measure(Euclidean{}, Batch{doubles}, 1, Batch{rows}, 2) == expected);
}

TEST_CASE("rows that do not exist are refused with their number and the size of the batch")
{
    const mohs::Matrix rows = mohs::Matrix::Ones(3, 2);
    const Batch batch{rows};
    REQUIRE_THROWS_AS(measure(Cosine{}, batch, 3, batch, 0), std::out_of_range);
    REQUIRE_THROWS_AS(measure(Cosine{}, batch, -1, batch, 0), std::out_of_range);
    REQUIRE_THROWS_AS(measure(Cosine{}, batch, 0, batch, 3), std::out_of_range);
    REQUIRE_THROWS_WITH(measure(Cosine{}, batch, 3, batch, 0),
                        "mohs::measure: anchor 3 is not a row of its batch, which has 3");
    REQUIRE_THROWS_WITH(measure(Cosine{}, batch, 0, batch, -2),
                        "mohs::measure: candidate -2 is not a row of its batch, which has 3");
}

TEST_CASE("rows of different dimension are refused with both dimensions")
{
    const mohs::Matrix three = mohs::Matrix::Ones(2, 3), four = mohs::Matrix::Ones(2, 4);
    const auto compare = [&] { std::ignore = measure(Cosine{}, Batch{three}, 0, Batch{four}, 0); };
    REQUIRE_THROWS_AS(compare(), std::invalid_argument);
    REQUIRE(reference::mentions(reference::message_of(compare), {"mohs::measure", "3", "4"}));
}
