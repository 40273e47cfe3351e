#include <mohs/detail/scene/cosine_rows.hpp>

#include "../../loss/oracle.hpp"
#include "../../reference.hpp"

#include "../../catch.hpp"

#include <mohs/measure.hpp>
#include <mohs/metric.hpp>

#include <cmath>
#include <limits>
#include <type_traits>

using mohs::Index;
using oracle::Table;

namespace {

/// What `exceeds` says against what is measured, at bounds on and beside the similarity of every pair.
template <class Scalar>
void check_exceeds(Table rows, const Table& others)
{
    rows.row(1).setZero();
    rows(2, 0) = std::numeric_limits<double>::quiet_NaN();
    rows.row(3) = 2 * others.row(0);
    // As long as the scalar can say.
    rows.row(4) *= std::is_same_v<Scalar, double> ? 1e200 : 1e4;
    const mohs::MatrixOf<Scalar> a = rows.cast<Scalar>(), b = others.cast<Scalar>();
    const mohs::detail::CosineRows<Scalar> cosines(mohs::Batch{a}, mohs::Batch{b}, false);
    for (Index i = 0; i < a.rows(); ++i) {
        for (Index j = 0; j < b.rows(); ++j) {
            const double exact = mohs::measure(mohs::Cosine{}, mohs::Batch(a), i, mohs::Batch(b), j);
            if (!reference::is_finite(exact)) {
                CHECK(cosines.exceeds(i, j, 1e300));
                continue;
            }
            CHECK(cosines.similarity(i, j) == exact);
            for (const double bound : {exact, std::nextafter(exact, -2.0), std::nextafter(exact, 2.0), exact - 1e-12,
                                       exact + 1e-12, -1e300, 1e300, -1.0, 1.0}) {
                CHECK(cosines.exceeds(i, j, bound) == (exact > bound));
            }
        }
    }
}

}  // namespace

TEST_CASE("products tell what similarities exceed to the last bit", "[ieee]")
{
    for (const Index columns : {1, 3, 8, 37, 300}) {
        const Table rows = oracle::gaussian(9, columns, 5), others = oracle::gaussian(7, columns, 6);
        check_exceeds<double>(rows, others);
        check_exceeds<float>(rows, others);
        check_exceeds<Eigen::half>(rows, others);
    }
}
