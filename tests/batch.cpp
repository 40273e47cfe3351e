#include <mohs/batch.hpp>

#include "catch.hpp"
#include "reference.hpp"

#include <array>
#include <map>
#include <span>
#include <tuple>
#include <type_traits>
#include <vector>

using mohs::Batch;
using mohs::Index;

namespace {

/// 5 x 3 with element (i, k) = 10 i + k.
mohs::Matrix numbered()
{
    mohs::Matrix rows(5, 3);
    for (Index i = 0; i < rows.rows(); ++i) {
        for (Index k = 0; k < rows.cols(); ++k) {
            rows(i, k) = static_cast<float>(10 * i + k);
        }
    }
    return rows;
}

template <class Scalar, class Rows>
void require_same_elements(const Batch<Scalar>& batch, const Rows& rows)
{
    REQUIRE(batch.rows() == rows.rows());
    REQUIRE(batch.dimension() == rows.cols());
    for (Index i = 0; i < rows.rows(); ++i) {
        for (Index k = 0; k < rows.cols(); ++k) {
            REQUIRE(batch.at(i, k) == static_cast<typename Batch<Scalar>::Compute>(rows(i, k)));
            REQUIRE(batch.data()[i * batch.row_stride() + k * batch.column_stride()] == rows(i, k));
        }
    }
}

template <class Integer>
void require_labels_of_type()
{
    const mohs::Matrix rows = numbered();
    const std::vector<Integer> labels = {5, 0, 100, 0, 7};
    const Batch batch{rows, labels};
    REQUIRE(batch.has_labels());
    std::vector<std::int64_t> copy(labels.size(), -1);
    batch.copy_labels(copy.data());
    REQUIRE(copy == std::vector<std::int64_t>(labels.begin(), labels.end()));
    for (Index i = 0; i < 5; ++i) {
        REQUIRE(batch.label(i) == static_cast<std::int64_t>(labels[static_cast<std::size_t>(i)]));
    }
}

using Rows = Eigen::MatrixXf;
using Lazy = decltype(std::declval<Rows&>() * 2.0F);
using Product = decltype(std::declval<Rows&>() * std::declval<Rows&>());
using Labels = std::vector<int>;

}  // namespace

TEST_CASE("a batch reads a row-major matrix")
{
    const mohs::Matrix rows = numbered();
    const Batch batch{rows};
    require_same_elements(batch, rows);
    REQUIRE(batch.column_stride() == 1);
    REQUIRE(batch.data() == rows.data());
}

TEST_CASE("a batch reads a column-major matrix in place")
{
    const Eigen::MatrixXf rows = numbered();
    const Batch batch{rows};
    require_same_elements(batch, rows);
    REQUIRE(batch.row_stride() == 1);
    REQUIRE(batch.data() == rows.data());
}

TEST_CASE("a batch reads matrices of fixed size")
{
    Eigen::Matrix<float, 5, 3, Eigen::RowMajor> row_major = numbered();
    Eigen::Matrix<float, 5, 3> column_major = numbered();
    Eigen::Matrix<float, Eigen::Dynamic, 3> fixed_columns = numbered();
    require_same_elements(Batch{row_major}, row_major);
    require_same_elements(Batch{column_major}, column_major);
    require_same_elements(Batch{fixed_columns}, fixed_columns);
}

TEST_CASE("a batch reads an array expression of Eigen")
{
    const Eigen::ArrayXXf rows = numbered().array();
    require_same_elements(Batch{rows}, rows);
}

TEST_CASE("a batch reads maps with inner and outer strides of either order")
{
    std::vector<float> memory(200);
    for (std::size_t i = 0; i < memory.size(); ++i) {
        memory[i] = static_cast<float>(i);
    }
    using Stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    const Eigen::Map<const mohs::Matrix, 0, Stride> row_major(memory.data() + 3, 5, 3, Stride(17, 2));
    const Eigen::Map<const Eigen::MatrixXf, 0, Stride> column_major(memory.data() + 1, 5, 3, Stride(19, 3));
    const Eigen::Map<const mohs::Matrix, 0, Stride> broadcast(memory.data() + 4, 5, 3, Stride(0, 1));
    require_same_elements(Batch{row_major}, row_major);
    require_same_elements(Batch{column_major}, column_major);
    require_same_elements(Batch{broadcast}, broadcast);
    REQUIRE(Batch{row_major}.row_stride() == 17);
    REQUIRE(Batch{row_major}.column_stride() == 2);
    REQUIRE(Batch{column_major}.row_stride() == 3);
    REQUIRE(Batch{column_major}.column_stride() == 19);
}

TEST_CASE("a batch reads rows that are stored backwards")
{
    std::vector<float> memory(15);
    for (std::size_t i = 0; i < memory.size(); ++i) {
        memory[i] = static_cast<float>(i);
    }
    using Stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    const Eigen::Map<const mohs::Matrix, 0, Stride> backwards(memory.data() + 14, 5, 3, Stride(-3, -1));
    const Batch batch{backwards};
    REQUIRE(batch.at(0, 0) == 14);
    REQUIRE(batch.at(0, 2) == 12);
    REQUIRE(batch.at(4, 2) == 0);
}

TEST_CASE("a batch reads blocks and blocks of blocks")
{
    const mohs::Matrix row_major = numbered();
    const Eigen::MatrixXf column_major = numbered();
    require_same_elements(Batch{row_major.block(1, 1, 3, 2)}, row_major.block(1, 1, 3, 2));
    require_same_elements(Batch{column_major.block(1, 1, 3, 2)}, column_major.block(1, 1, 3, 2));
    require_same_elements(Batch{row_major.middleRows(1, 3).rightCols(2)}, row_major.block(1, 1, 3, 2));
    require_same_elements(Batch{column_major.topRows(2)}, column_major.topRows(2));
}

TEST_CASE("a batch reads a single row and a single column")
{
    const mohs::Matrix row_major = numbered();
    const Eigen::MatrixXf column_major = numbered();
    require_same_elements(Batch{row_major.row(2)}, row_major.row(2));
    require_same_elements(Batch{column_major.row(2)}, column_major.row(2));
    require_same_elements(Batch{row_major.col(1)}, row_major.col(1));
    require_same_elements(Batch{column_major.col(1)}, column_major.col(1));
    const Eigen::VectorXf vector = column_major.col(0);
    const Eigen::RowVectorXf row_vector = column_major.row(3);
    require_same_elements(Batch{vector}, vector);
    require_same_elements(Batch{row_vector}, row_vector);
}

TEST_CASE("a batch reads a transposed matrix")
{
    const Eigen::MatrixXf columns = numbered().transpose();
    require_same_elements(Batch{columns.transpose()}, columns.transpose());
}

TEST_CASE("a batch reads a Ref")
{
    mohs::Matrix rows = numbered();
    const Eigen::Ref<mohs::Matrix> reference(rows);
    const Eigen::Ref<const mohs::Matrix, 0, Eigen::OuterStride<>> constant(rows.middleCols(1, 2));
    require_same_elements(Batch{reference}, rows);
    require_same_elements(Batch{constant}, rows.middleCols(1, 2));
    REQUIRE(Batch{reference}.data() == rows.data());
}

TEST_CASE("a batch sees later changes of the rows")
{
    mohs::Matrix rows = numbered();
    const Batch batch{rows};
    rows(2, 1) = -1;
    REQUIRE(batch.at(2, 1) == -1);
}

TEST_CASE("a batch reads double and 16-bit rows")
{
    const mohs::Matrix rows = numbered();
    const Eigen::MatrixXd doubles = rows.cast<double>();
    const mohs::MatrixOf<Eigen::half> halves = rows.cast<Eigen::half>();
    const mohs::MatrixOf<Eigen::bfloat16> brains = rows.cast<Eigen::bfloat16>();
    require_same_elements(Batch{doubles}, doubles);
    for (Index i = 0; i < 5; ++i) {
        for (Index k = 0; k < 3; ++k) {
            REQUIRE(Batch{halves}.at(i, k) == rows(i, k));
            REQUIRE(Batch{brains}.at(i, k) == rows(i, k));
        }
    }
    STATIC_REQUIRE(std::is_same_v<Batch<double>::Compute, double>);
    STATIC_REQUIRE(std::is_same_v<Batch<float>::Compute, float>);
    STATIC_REQUIRE(std::is_same_v<Batch<Eigen::half>::Compute, float>);
    STATIC_REQUIRE(std::is_same_v<Batch<Eigen::bfloat16>::Compute, float>);
}

TEST_CASE("labels may be integers of any width and sign")
{
    require_labels_of_type<char>();
    require_labels_of_type<signed char>();
    require_labels_of_type<unsigned char>();
    require_labels_of_type<short>();
    require_labels_of_type<unsigned short>();
    require_labels_of_type<int>();
    require_labels_of_type<unsigned>();
    require_labels_of_type<long>();
    require_labels_of_type<unsigned long>();
    require_labels_of_type<long long>();
    require_labels_of_type<unsigned long long>();
}

TEST_CASE("labels keep their sign and their highest bits")
{
    const mohs::Matrix rows = numbered();
    const std::vector<std::int8_t> small = {-128, -1, 0, 1, 127};
    const std::vector<std::int64_t> large = {std::numeric_limits<std::int64_t>::min(), -1, 0, 1,
                                             std::numeric_limits<std::int64_t>::max()};
    for (std::size_t i = 0; i < 5; ++i) {
        REQUIRE(Batch{rows, small}.label(static_cast<Index>(i)) == small[i]);
        REQUIRE(Batch{rows, large}.label(static_cast<Index>(i)) == large[i]);
    }
}

TEST_CASE("unsigned 64-bit labels above the signed range stay different from one another")
{
    const mohs::Matrix rows = numbered();
    const std::vector<std::uint64_t> labels = {~std::uint64_t{0}, ~std::uint64_t{0} - 1, 0, 1, std::uint64_t{1} << 63};
    const Batch batch{rows, labels};
    for (Index i = 0; i < 5; ++i) {
        for (Index j = 0; j < i; ++j) {
            REQUIRE(batch.label(i) != batch.label(j));
        }
    }
}

TEST_CASE("labels come from arrays and spans and Eigen vectors")
{
    const mohs::Matrix rows = numbered();
    const std::array<int, 5> array = {3, 1, 4, 1, 5};
    const Eigen::VectorXi column{{3, 1, 4, 1, 5}};
    const Eigen::RowVectorXi row{{3, 1, 4, 1, 5}};
    const Eigen::Matrix<std::int64_t, 5, 1> fixed = column.cast<std::int64_t>();
    const Eigen::Map<const Eigen::VectorXi> map(array.data(), 5);
    const std::vector<int> longer = {0, 3, 1, 4, 1, 5, 0};
    const std::span<const int> span(longer.data() + 1, 5);
    Eigen::VectorXi with_more(7);
    with_more << 0, 3, 1, 4, 1, 5, 0;
    const auto segment = with_more.segment(1, 5);
    for (Index i = 0; i < 5; ++i) {
        const int expected = array[static_cast<std::size_t>(i)];
        REQUIRE(Batch{rows, array}.label(i) == expected);
        REQUIRE(Batch{rows, column}.label(i) == expected);
        REQUIRE(Batch{rows, row}.label(i) == expected);
        REQUIRE(Batch{rows, fixed}.label(i) == expected);
        REQUIRE(Batch{rows, map}.label(i) == expected);
        REQUIRE(Batch{rows, segment}.label(i) == expected);
        REQUIRE(Batch{rows, span}.label(i) == expected);
        REQUIRE(Batch{rows, std::span<const int>(longer.data() + 1, 5)}.label(i) == expected);
    }
}

TEST_CASE("labels with a stride are refused and not misread")
{
    const mohs::Matrix rows = numbered();
    const std::vector<int> memory(10, 1);
    const Eigen::Map<const Eigen::VectorXi, 0, Eigen::InnerStride<2>> strided(memory.data(), 5);
    REQUIRE_THROWS_AS((Batch{rows, strided}), std::invalid_argument);
    REQUIRE(reference::mentions(reference::message_of([&] { std::ignore = Batch{rows, strided}; }), {"labels", "2"}));
    REQUIRE(
        reference::mentions(reference::message_of([&] { std::ignore = Batch{rows}.with_ids(strided); }), {"ids", "2"}));
}

TEST_CASE("a batch without labels has none")
{
    const mohs::Matrix rows = numbered();
    REQUIRE_FALSE(Batch{rows}.has_labels());
    REQUIRE_FALSE(Batch{rows}.has_ids());
}

TEST_CASE("without ids the id of a row is its number")
{
    const mohs::Matrix rows = numbered();
    for (Index i = 0; i < 5; ++i) {
        REQUIRE(Batch{rows}.id(i) == i);
    }
}

TEST_CASE("ids are added to a copy and leave the labels alone")
{
    const mohs::Matrix rows = numbered();
    const std::vector<int> labels = {0, 0, 1, 1, 2};
    const std::vector<unsigned> ids = {9, 8, 7, 6, 5};
    const Batch plain{rows, labels};
    const Batch batch = plain.with_ids(ids);
    REQUIRE(batch.has_ids());
    REQUIRE_FALSE(plain.has_ids());
    for (Index i = 0; i < 5; ++i) {
        REQUIRE(batch.id(i) == 9 - i);
        REQUIRE(batch.label(i) == labels[static_cast<std::size_t>(i)]);
        REQUIRE(plain.id(i) == i);
    }
}

TEST_CASE("zero rows are legal with and without labels")
{
    const mohs::Matrix rows(0, 3);
    const std::vector<int> none;
    REQUIRE(Batch{rows}.rows() == 0);
    REQUIRE(Batch{rows}.dimension() == 3);
    REQUIRE_FALSE(Batch{rows}.has_labels());
    REQUIRE(Batch{rows, none}.has_labels());
    REQUIRE(Batch{rows, none}.with_ids(none).has_ids());
}

TEST_CASE("zero columns are refused")
{
    const mohs::Matrix rows(4, 0);
    REQUIRE_THROWS_AS(Batch{rows}, std::invalid_argument);
    REQUIRE(
        reference::mentions(reference::message_of([&] { std::ignore = Batch{rows}; }), {"mohs::Batch", "0 columns"}));
}

TEST_CASE("a wrong number of labels or ids is refused with both numbers")
{
    const mohs::Matrix rows(96, 2);
    const std::vector<int> short_by_one(95), long_by_one(97), right(96), none;
    REQUIRE_THROWS_AS((Batch{rows, short_by_one}), std::invalid_argument);
    REQUIRE_THROWS_WITH((Batch{rows, short_by_one}), "mohs::Batch: 96 rows but 95 labels");
    REQUIRE_THROWS_WITH((Batch{rows, long_by_one}), "mohs::Batch: 96 rows but 97 labels");
    REQUIRE_THROWS_WITH((Batch{rows, none}), "mohs::Batch: 96 rows but 0 labels");
    REQUIRE_THROWS_WITH((Batch{rows, right}.with_ids(long_by_one)), "mohs::Batch: 96 rows but 97 ids");
    REQUIRE_THROWS_WITH((Batch{rows, right}.with_ids(none)), "mohs::Batch: 96 rows but 0 ids");
}

TEST_CASE("more rows than positions can number are refused")
{
    // A stride of 0 makes any number of rows out of one: nothing is read.
    const float row[2] = {1, 2};
    const Index limit = (Index{1} << 31) - 64;
    using Tall = Eigen::Map<const mohs::Matrix, 0, Eigen::OuterStride<>>;
    const Tall fits(row, limit, 2, Eigen::OuterStride<>(0)), too_many(row, limit + 1, 2, Eigen::OuterStride<>(0));
    REQUIRE_NOTHROW(Batch{fits});
    REQUIRE_THROWS_AS(Batch{too_many}, std::invalid_argument);
    REQUIRE(reference::mentions(reference::message_of([&] { std::ignore = Batch{too_many}; }),
                                {std::to_string(limit + 1) + " rows"}));
}

TEST_CASE("a copy of a batch is a batch of the same rows")
{
    mohs::Matrix rows = numbered();
    Batch batch{rows};
    Batch copy{batch};
    STATIC_REQUIRE(std::is_same_v<decltype(copy), Batch<float>>);
    REQUIRE(copy.data() == rows.data());
    STATIC_REQUIRE(std::is_trivially_copyable_v<Batch<float>>);
}

TEST_CASE("temporaries that own their rows do not make a batch")
{
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, Rows&>);
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, const Rows&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, const Rows>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows, Labels&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Eigen::Matrix4f>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Eigen::ArrayXXf>);
    // A Ref to const may own a copy, a Ref to mutable rows never does.
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, const Eigen::Ref<const Rows>&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Eigen::Ref<const Rows>>);
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, Eigen::Ref<Rows>>);
}

TEST_CASE("temporary maps and blocks make a batch")
{
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, Eigen::Map<Rows>>);
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, Eigen::Map<const Rows>>);
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, Eigen::Block<Rows>>);
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, Eigen::Map<const Rows>, Labels&>);
}

TEST_CASE("lazy expressions do not make a batch")
{
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Lazy>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Lazy&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Product>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Product&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Product&, Labels&>);
}

TEST_CASE("rows do not convert to a batch unasked")
{
    STATIC_REQUIRE_FALSE(std::is_convertible_v<Rows&, Batch<float>>);
}

TEST_CASE("labels that are not integers or do not stay do not make a batch")
{
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, Rows&, Labels&>);
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, Rows&, const Labels&>);
    STATIC_REQUIRE(std::is_constructible_v<Batch<float>, Rows&, std::span<const int>>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, Labels>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, Eigen::VectorXi>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, std::vector<float>&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, Eigen::VectorXd&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, std::map<int, int>&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, int&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, std::initializer_list<int>>);
}

TEST_CASE("bool labels do not make a batch")
{
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, std::vector<bool>&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, std::array<bool, 4>&>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, std::span<const bool>>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Batch<float>, Rows&, Eigen::Matrix<bool, Eigen::Dynamic, 1>&>);
}

TEST_CASE("temporary ids are refused like temporary labels")
{
    constexpr auto takes = []<class Ids>(std::type_identity<Ids>) {
        return requires(const Batch<float>& batch, Ids&& ids) { batch.with_ids(std::forward<Ids>(ids)); };
    };
    STATIC_REQUIRE(takes(std::type_identity<Labels&>{}));
    STATIC_REQUIRE(takes(std::type_identity<std::span<const int>>{}));
    STATIC_REQUIRE_FALSE(takes(std::type_identity<Labels>{}));
    STATIC_REQUIRE_FALSE(takes(std::type_identity<std::vector<double>&>{}));
}

TEST_CASE("temporary roles and relations are refused like temporary labels")
{
    constexpr auto takes_roles = []<class Roles>(std::type_identity<Roles>) {
        return requires(const Batch<float>& batch, Roles&& roles) { batch.with_roles(std::forward<Roles>(roles)); };
    };
    using Roles = std::vector<mohs::Role>;
    STATIC_REQUIRE(takes_roles(std::type_identity<Roles&>{}));
    STATIC_REQUIRE(takes_roles(std::type_identity<const Roles&>{}));
    STATIC_REQUIRE(takes_roles(std::type_identity<mohs::Role(&)[5]>{}));
    STATIC_REQUIRE(takes_roles(std::type_identity<std::span<const mohs::Role>>{}));
    STATIC_REQUIRE(takes_roles(std::type_identity<std::span<mohs::Role>>{}));
    STATIC_REQUIRE_FALSE(takes_roles(std::type_identity<Roles>{}));
    STATIC_REQUIRE_FALSE(takes_roles(std::type_identity<const Roles>{}));
    STATIC_REQUIRE_FALSE(takes_roles(std::type_identity<std::array<mohs::Role, 5>>{}));
    STATIC_REQUIRE_FALSE(takes_roles(std::type_identity<Labels&>{}));
    constexpr auto takes_relation = []<class Relation>(std::type_identity<Relation>) {
        return requires(const Batch<float>& batch, Relation&& relation) {
            batch.related_by(std::forward<Relation>(relation));
        };
    };
    STATIC_REQUIRE(takes_relation(std::type_identity<mohs::Relation&>{}));
    STATIC_REQUIRE(takes_relation(std::type_identity<const mohs::Relation&>{}));
    STATIC_REQUIRE_FALSE(takes_relation(std::type_identity<mohs::Relation>{}));
    STATIC_REQUIRE_FALSE(takes_relation(std::type_identity<const mohs::Relation>{}));
}

TEST_CASE("roles come from arrays and spans too")
{
    const mohs::Matrix rows = numbered();
    using enum mohs::Role;
    const mohs::Role array[5] = {none, anchor, positive, negative, any};
    const std::array<mohs::Role, 5> other = {none, anchor, positive, negative, any};
    for (const Batch<float>& batch : {Batch{rows}.with_roles(array), Batch{rows}.with_roles(other),
                                      Batch{rows}.with_roles(std::span<const mohs::Role>(other))}) {
        REQUIRE(batch.has_roles());
        for (Index i = 0; i < 5; ++i) {
            REQUIRE(batch.role(i) == other[static_cast<std::size_t>(i)]);
        }
    }
}

TEST_CASE("several labels can stand for unknown")
{
    const mohs::Matrix rows = numbered();
    const std::vector<int> labels = {-1, 0, -100, 3, -1};
    const auto unknown = [](const Batch<float>& batch) {
        std::vector<bool> result;
        for (Index i = 0; i < batch.rows(); ++i) {
            result.push_back(batch.is_unknown(i));
        }
        return result;
    };
    using Flags = std::vector<bool>;
    const Batch batch{rows, labels};
    REQUIRE(unknown(batch) == Flags{false, false, false, false, false});
    REQUIRE(unknown(batch.with_unknown_label(-1)) == Flags{true, false, false, false, true});
    REQUIRE(unknown(batch.with_unknown_labels({-1, -100})) == Flags{true, false, true, false, true});
    REQUIRE(unknown(batch.with_unknown_label(-1).with_unknown_label(-100)) == Flags{true, false, true, false, true});
    REQUIRE(unknown(batch.with_unknown_labels({3}).with_unknown_labels({0, 7})) ==
            Flags{false, true, false, true, false});
    REQUIRE(unknown(batch.with_unknown_labels({})) == Flags{false, false, false, false, false});
    REQUIRE(unknown(Batch{rows}) == Flags{false, false, false, false, false});
    REQUIRE(unknown(batch) == Flags{false, false, false, false, false});
}

TEST_CASE("more labels for unknown than a batch remembers are refused")
{
    const mohs::Matrix rows = numbered();
    const std::vector<int> labels = {8, 0, 1, 2, 3};
    const Batch batch{rows, labels};
    const Batch<float> full = batch.with_unknown_labels({1, 2, 3, 4, 5, 6, 7, 8});
    REQUIRE(full.is_unknown(0));
    REQUIRE_NOTHROW(full.with_unknown_labels({8, 7, 1, 1}));
    REQUIRE_THROWS_AS(full.with_unknown_label(9), std::invalid_argument);
    REQUIRE_THROWS_WITH(full.with_unknown_label(9),
                        "mohs::Batch: more than 8 different labels cannot stand for unknown");
    REQUIRE_THROWS_WITH(Batch{rows}.with_unknown_labels({-1, -100}),
                        "mohs::Batch: there are no labels, of which one could stand for unknown");
}

TEST_CASE("rows of another scalar do not make a batch")
{
    CHECK_FALSE(std::is_constructible_v<Batch<float>, Eigen::MatrixXd&>);
    CHECK_FALSE(std::is_constructible_v<Batch<double>, Eigen::MatrixXf&>);
    CHECK_FALSE(std::is_constructible_v<Batch<float>, Eigen::MatrixXi&>);
}
