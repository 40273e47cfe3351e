#include <mohs/io/row_source.hpp>
// Covers io/matrix_rows.hpp, detail/io/stored_elements.hpp.

#include "../catch.hpp"
#include "bytes.hpp"

#include <mohs/io/matrix_rows.hpp>

#include <stdexcept>
#include <vector>

namespace {

using mohs::Index;
using mohs::ScalarKind;

/// A source of one's own: elements of any type, row after row, and a count of the blocks that were read.
template <class Element>
class OwnSource : public mohs::RowSource {
public:
    OwnSource(std::vector<Element> elements, Index columns) : elements_(std::move(elements)), columns_(columns) {}

    [[nodiscard]] Index rows() const override { return static_cast<Index>(elements_.size()) / columns_; }
    [[nodiscard]] Index columns() const override { return columns_; }
    [[nodiscard]] ScalarKind scalar() const override { return mohs::detail::scalar_kind_of<Element>; }

    mutable int blocks = 0;

protected:
    void read_stored(Index first, Index count, std::byte* to) const override
    {
        ++blocks;
        std::memcpy(to, elements_.data() + first * columns_,
                    static_cast<std::size_t>(count * columns_) * sizeof(Element));
    }

private:
    std::vector<Element> elements_;
    Index columns_;
};

template <class Element>
std::vector<Element> some_elements()
{
    std::vector<Element> result;
    for (int i = 0; i < 60; ++i) {
        result.push_back(static_cast<Element>(i * 2 + 1));
    }
    return result;
}

template <class Element>
void check_integers()
{
    const OwnSource<Element> source(some_elements<Element>(), 3);
    mohs::MatrixOf<std::int64_t> integers;
    mohs::MatrixOf<double> doubles;
    mohs::MatrixOf<Eigen::half> halves;
    source.read(4, 7, integers);
    source.read(4, 7, doubles);
    source.read(4, 7, halves);
    REQUIRE(integers.rows() == 7);
    REQUIRE(integers.cols() == 3);
    for (Index i = 0; i < 21; ++i) {
        CHECK(integers.data()[i] == (i + 12) * 2 + 1);
        CHECK(doubles.data()[i] == static_cast<double>((i + 12) * 2 + 1));
        CHECK(static_cast<float>(halves.data()[i]) == static_cast<float>((i + 12) * 2 + 1));
    }
}

}

TEST_CASE("rows in memory are a source that shows them where they lie")
{
    const mohs::Matrix rows = mohs::Matrix::Random(7, 5);
    const mohs::MatrixRows source{rows};
    CHECK(source.rows() == 7);
    CHECK(source.columns() == 5);
    CHECK(source.scalar() == ScalarKind::float32);
    mohs::Matrix block;
    source.read(2, 3, block);
    CHECK(block == rows.middleRows(2, 3));
    source.read(7, 0, block);
    CHECK(block.rows() == 0);

    mohs::RowBlock<float> loaded;
    const mohs::RowView<float> view = loaded.load(source, 1, 4);
    CHECK(view.data() == rows.data() + 5);
    CHECK(view == rows.middleRows(1, 4));
    mohs::RowBlock<double> converted;
    CHECK(converted.load(source, 1, 4) == rows.middleRows(1, 4).cast<double>());
    CHECK_FALSE(source.view<double>(1, 4).has_value());

    const mohs::MatrixRows part{rows.middleCols(1, 3)};
    CHECK(part.columns() == 3);
    part.read(5, 2, block);
    CHECK(block == rows.block(5, 1, 2, 3));
    CHECK(*part.view<float>(5, 2) == rows.block(5, 1, 2, 3));

    const Eigen::Map<const mohs::Matrix, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>> strided(
        rows.data(), 3, 2, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>(5, 2));
    CHECK(mentions(thrown_by<std::invalid_argument>([&] { mohs::MatrixRows{strided}; }), "stride is 2"));
    const mohs::Matrix none(3, 0);
    CHECK(mentions(thrown_by<std::invalid_argument>([&] { mohs::MatrixRows{none}; }), "0 columns"));
}

TEST_CASE("integers are read as they are and as floats")
{
    check_integers<std::int8_t>();
    check_integers<std::uint8_t>();
    check_integers<std::int16_t>();
    check_integers<std::uint16_t>();
    check_integers<std::int32_t>();
    check_integers<std::uint32_t>();
    check_integers<std::int64_t>();
    check_integers<std::uint64_t>();

    const std::int64_t large = (std::int64_t{1} << 62) + 1;
    const OwnSource<std::int64_t> source({large, -large}, 1);
    mohs::MatrixOf<std::int64_t> exact;
    source.read(0, 2, exact);
    CHECK(exact(0, 0) == large);
    CHECK(exact(1, 0) == -large);

    const OwnSource<float> floats({1, 2}, 1);
    CHECK(thrown_by<std::invalid_argument>([&] { floats.read(0, 2, exact); }) ==
          "mohs::RowSource: the rows are of floats, and cannot be read as integers");
}

TEST_CASE("every 16-bit float is read as what its bits say", "[ieee][raises]")
{
    std::vector<Eigen::half> halves;
    std::vector<Eigen::bfloat16> bfloats;
    for (int bits = 0; bits < 65536; ++bits) {
        halves.push_back(std::bit_cast<Eigen::half>(static_cast<std::uint16_t>(bits)));
        bfloats.push_back(std::bit_cast<Eigen::bfloat16>(static_cast<std::uint16_t>(bits)));
    }
    mohs::MatrixOf<double> from_half, from_bfloat;
    OwnSource<Eigen::half>(halves, 16).read(0, 4096, from_half);
    OwnSource<Eigen::bfloat16>(bfloats, 16).read(0, 4096, from_bfloat);
    int wrong = 0;
    for (int bits = 0; bits < 65536; ++bits) {
        const double half = value_of_bits(static_cast<std::uint16_t>(bits), 5);
        const double bfloat = value_of_bits(static_cast<std::uint16_t>(bits), 8);
        const double a = from_half.data()[bits], b = from_bfloat.data()[bits];
        wrong += std::isnan(half) ? !std::isnan(a) : half != a;
        wrong += std::isnan(bfloat) ? !std::isnan(b) : bfloat != b;
    }
    CHECK(wrong == 0);
}

TEST_CASE("blocks of any size are converted piece by piece")
{
    std::vector<float> elements(30000 * 3);
    for (std::size_t i = 0; i < elements.size(); ++i) {
        elements[i] = static_cast<float>(i);
    }
    const OwnSource<float> source(elements, 3);
    mohs::MatrixOf<double> block;
    source.read(17, 29000, block);
    CHECK(source.blocks > 5);
    bool equal = true;
    for (Index i = 0; i < block.size(); ++i) {
        equal = equal && block.data()[i] == static_cast<double>(17 * 3 + i);
    }
    CHECK(equal);

    // One row is longer than a piece.
    const OwnSource<float> wide(elements, 45000);
    wide.read(1, 1, block);
    CHECK(block(0, 44999) == 89999.0);
}

TEST_CASE("rows that are not there and memory of another size are refused")
{
    const OwnSource<float> source(std::vector<float>(12), 3);
    mohs::Matrix block;
    constexpr Index most = std::numeric_limits<Index>::max();
    for (const auto& [first, count] :
         {std::pair<Index, Index>{-1, 1}, {0, -1}, {5, 0}, {0, 5}, {4, 1}, {1, most}, {most, most}}) {
        CHECK(mentions(
            thrown_by<std::out_of_range>([&, first = first, count = count] { source.read(first, count, block); }),
            "4 in all"));
        CHECK_THROWS_AS(source.view<float>(first, count), std::out_of_range);
    }
    std::vector<float> memory(7);
    CHECK(thrown_by<std::invalid_argument>([&] { source.read<float>(0, 2, memory); }) ==
          "mohs::RowSource: the memory for a block has 7 elements, but must have 6");
    CHECK_FALSE(source.view<float>(0, 1).has_value());
    mohs::RowBlock<float> loaded;
    CHECK(loaded.load(source, 0, 4).rows() == 4);
    CHECK(loaded.load(source, 3, 1).rows() == 1);
}
