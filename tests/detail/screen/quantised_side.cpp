#include <mohs/detail/screen/quantised_side.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <mohs/detail/kernel/dot_panels.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

using mohs::Index;
using mohs::IsaLevel;
using mohs::detail::AddRows;
using mohs::detail::bytes_per_lane;
using mohs::detail::DotPanels;
using mohs::detail::PackedSide;
using mohs::detail::QuantisedBounds;
using mohs::detail::QuantisedSide;
using mohs::detail::QuantisePanel;
using reference::Table;

namespace {

/// Levels whose rows can be made bytes: that takes no instruction for bytes.
std::vector<IsaLevel> levels()
{
    std::vector<IsaLevel> result;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        mohs::detail::isa::with_isa(level, [&](auto isa) {
            if (mohs::detail::knows_byte_dot<decltype(isa)>) {
                result.push_back(level);
            }
        });
    }
    return result;
}

struct Kind {
    std::string name;
    Table rows;
    bool around_mean = true;  ///< else around zero
};

Table unit_rows(Table rows)
{
    for (Index i = 0; i < rows.rows(); ++i) {
        rows.row(i) = reference::unit(rows.row(i));
    }
    return rows;
}

/// Rows whose rest is parallel to other rows: the error of their scores is as large as it can be. Their one largest
/// element fixes the scale, and all others are almost half a step away from a whole number of steps.
Table aligned_rows(Index rows, Index dimension)
{
    Table result(rows, dimension);
    for (Index i = 0; i < rows; ++i) {
        const double sign = i % 2 == 0 ? 1 : -1, step = 0.001;
        result.row(i).setConstant(sign);
        if (i % 4 < 2) {
            for (Index k = 0; k < dimension; ++k) {
                result(i, k) = sign * step * (k == 0 ? 127 : static_cast<double>(k % 9) + 0.49);
            }
        }
    }
    return result;
}

std::vector<Kind> kinds(Index rows, Index dimension, std::uint64_t seed)
{
    reference::Generator generator(seed);
    const auto gaussian = [&] { return unit_rows(reference::gaussian_rows(rows, dimension, generator)); };
    std::vector<Kind> result;
    result.push_back({"gaussian", gaussian()});
    result.push_back({"gaussian around zero", gaussian(), false});
    Table table = 1e-3 * gaussian();
    table.rowwise() += reference::gaussian_rows(1, dimension, generator).row(0) / 4;
    result.push_back({"collapsed around a far mean", table});
    table = 1e-3 * gaussian();
    for (Index i = 0; i < rows; ++i) {
        table(i, dimension / 2) = reference::normal(generator);
    }
    result.push_back({"an outlier column", table});
    table = gaussian();
    table.rowwise() = Eigen::RowVectorXd(table.row(0));
    result.push_back({"all rows equal", table});
    result.push_back({"zeros", Table::Zero(rows, dimension)});
    table = 0.01 * gaussian();
    table(rows / 3, dimension - 1) = 4;
    result.push_back({"one huge element", table});
    table = gaussian();
    for (Index i = 0; i < rows; ++i) {
        table.row(i) *= i % 3 == 0 ? 1e-35 : i % 3 == 1 ? 1e-19 : 1;
    }
    result.push_back({"rows of tiny magnitude", table});
    result.push_back({"nothing but tiny rows", 1e-19 * gaussian(), false});
    // Whole numbers of steps have no rest, and the product of two scales is below the smallest normal number.
    table = gaussian();
    for (Index i = 0; i < table.size(); ++i) {
        table.data()[i] = table.data()[i] < 0 ? -1e-20 : 1e-20;
    }
    result.push_back({"signs of tiny magnitude", table, false});
    result.push_back({"rows along the rests of others", aligned_rows(rows, dimension), false});
    return result;
}

/// A batch in panels, and as bytes.
struct Quantised {
    Index rows, depth, width, panels, groups;
    reference::AlignedVector<float> packed, bias, scale, offset, lift, largest_error, length, rest, row_copies;
    reference::AlignedVector<std::int32_t> unsigned_bytes, signed_bytes, start;
    std::vector<std::int32_t> row_of;
    PackedSide<float> side;
    QuantisedSide to;

    Quantised(IsaLevel level, const Table& table, bool with_bias)
        : rows(table.rows()),
          depth(table.cols()),
          width(reference::panel_width<float>(level)),
          panels((rows + width - 1) / width),
          groups((depth + bytes_per_lane - 1) / bytes_per_lane),
          packed(static_cast<std::size_t>(panels * width * depth), 0.0F),
          row_of(static_cast<std::size_t>(rows))
    {
        // Garbage everywhere: all that is read has to be written before.
        const auto padded = static_cast<std::size_t>(panels * width);
        for (auto* const numbers : {&scale, &offset, &lift, &length, &rest}) {
            numbers->assign(padded, 1e30F);
        }
        largest_error.assign(static_cast<std::size_t>(panels), 1e30F);
        row_copies.assign(packed.size(), 1e30F);
        unsigned_bytes.assign(padded * static_cast<std::size_t>(groups), 0x55555555);
        signed_bytes = unsigned_bytes;
        start.assign(padded, 12345);
        bias.assign(padded, 0);
        for (Index row = 0; row < rows; ++row) {
            for (Index k = 0; k < depth; ++k) {
                packed[static_cast<std::size_t>((row / width * depth + k) * width + row % width)] =
                    static_cast<float>(table(row, k));
            }
            bias[static_cast<std::size_t>(row)] = static_cast<float>(-table.row(row).squaredNorm() / 2);
        }
        std::iota(row_of.begin(), row_of.end(), 0);
        side.order.row_of = row_of;
        side.panels = packed.data();
        side.bias = with_bias ? bias.data() : nullptr;
        side.panel_count = panels;
        to.unsigned_bytes = unsigned_bytes.data();
        to.signed_bytes = signed_bytes.data();
        to.start = start.data();
        to.scale = scale.data();
        to.offset = offset.data();
        to.lift = lift.data();
        to.largest_error = largest_error.data();
        to.length = length.data();
        to.rest = rest.data();
        to.rows = row_copies.data();
    }
    Quantised(const Quantised&) = delete;

    void quantise(IsaLevel level, const reference::AlignedVector<float>& mean)
    {
        for (Index panel = 0; panel < panels; ++panel) {
            mohs::detail::isa::run(level, QuantisePanel{packed.data() + panel * width * depth, mean.data(), depth,
                                                        to.at(panel, width, depth)});
        }
    }

    [[nodiscard]] float element(Index row, Index k) const
    {
        return packed[static_cast<std::size_t>((row / width * depth + k) * width + row % width)];
    }
    /// The bits of one byte.
    [[nodiscard]] static int byte_at(const reference::AlignedVector<std::int32_t>& bytes, const Quantised& of,
                                     Index row, Index k)
    {
        const auto lane = static_cast<std::size_t>((row / of.width * of.groups + k / 4) * of.width + row % of.width);
        return static_cast<int>(static_cast<std::uint32_t>(bytes[lane]) >> (8 * (k % 4)) & 255U);
    }
    [[nodiscard]] int whole(Index row, Index k) const { return byte_at(unsigned_bytes, *this, row, k) - 128; }
    [[nodiscard]] static double at(const reference::AlignedVector<float>& numbers, Index row)
    {
        return static_cast<double>(numbers[static_cast<std::size_t>(row)]);
    }
    [[nodiscard]] double bias_of(Index row) const { return side.bias == nullptr ? 0 : at(bias, row); }
    [[nodiscard]] double shift(Index row) const { return at(offset, row) - bias_of(row); }
    [[nodiscard]] double error(Index row) const { return at(lift, row) - shift(row); }
};

std::string bytes_fault(const Quantised& batch)
{
    for (Index row = 0; row < batch.panels * batch.width; ++row) {
        std::int64_t sum = 0;
        for (Index k = 0; k < batch.groups * bytes_per_lane; ++k) {
            const int q = batch.whole(row, k);
            if (q < -127 || q > 127 || (k >= batch.depth && q != 0)) {
                return "a whole number is out of range";
            }
            if (Quantised::byte_at(batch.signed_bytes, batch, row, k) != (q & 255)) {
                return "the signed byte is another number";
            }
            sum += q;
        }
        if (batch.start[static_cast<std::size_t>(row)] != -128 * sum) {
            return "the sum does not begin where it has to";
        }
        for (Index k = 0; k < batch.depth; ++k) {
            if (std::bit_cast<std::uint32_t>(batch.row_copies[static_cast<std::size_t>(row * batch.depth + k)]) !=
                std::bit_cast<std::uint32_t>(batch.element(row, k))) {
                return "a row is not the packed row";
            }
        }
    }
    for (std::size_t lane = 0; lane < batch.signed_bytes.size(); ++lane) {
        if (static_cast<std::uint32_t>(batch.signed_bytes[lane]) !=
            (static_cast<std::uint32_t>(batch.unsigned_bytes[lane]) ^ 0x80808080U)) {
            return "signed and unsigned bytes differ by more than 128";
        }
    }
    return {};
}

/// How near the worst pair comes to its bound: 1 is at the bound.
struct Worst {
    double exact = 0, chain = 0;
};

Worst worst_of(IsaLevel level, const Quantised& a, const Quantised& b)
{
    Worst worst;
    reference::AlignedVector<float> tile(static_cast<std::size_t>(a.width * a.width));
    for (Index panel_a = 0; panel_a < a.panels; ++panel_a) {
        for (Index panel_b = 0; panel_b < b.panels; ++panel_b) {
            mohs::detail::isa::run(
                level, DotPanels<float>{a.packed.data() + panel_a * a.width * a.depth,
                                        b.packed.data() + panel_b * b.width * b.depth, a.depth, tile.data()});
            for (Index i = panel_a * a.width; i < std::min(a.rows, (panel_a + 1) * a.width); ++i) {
                for (Index j = panel_b * b.width; j < std::min(b.rows, (panel_b + 1) * b.width); ++j) {
                    double exact = 0;
                    std::int64_t dot = 0;
                    for (Index k = 0; k < a.depth; ++k) {
                        exact += static_cast<double>(a.element(i, k)) * static_cast<double>(b.element(j, k));
                        dot += a.whole(i, k) * b.whole(j, k);
                    }
                    // As floats: what a tile of bytes computes.
                    const float scale = a.scale[static_cast<std::size_t>(i)] * b.scale[static_cast<std::size_t>(j)];
                    const double product = static_cast<double>(static_cast<float>(dot) * scale),
                                 guess = product + Quantised::at(b.offset, j) + a.shift(i),
                                 bound = a.error(i) + b.error(j);
                    float score = tile[static_cast<std::size_t>(i % a.width * a.width + j % b.width)];
                    score = b.side.bias == nullptr ? score : score + b.bias[static_cast<std::size_t>(j)];
                    const auto share = [&](double value) {
                        const double off = std::abs(value - guess);
                        return off == 0 ? 0 : bound > 0 ? off / bound : 1e9;
                    };
                    worst.exact = std::max(worst.exact, share(exact + b.bias_of(j)));
                    worst.chain = std::max(worst.chain, share(static_cast<double>(score)));
                }
            }
        }
    }
    return worst;
}

/// About the mean of the rows, as sums of panels give it.
reference::AlignedVector<float> mean_of(IsaLevel level, const Quantised& batch)
{
    reference::AlignedVector<float> mean(static_cast<std::size_t>(batch.depth), 0.0F);
    for (Index panel = 0; panel < batch.panels; ++panel) {
        mohs::detail::isa::run(level, AddRows{batch.packed.data() + panel * batch.width * batch.depth, mean});
    }
    for (float& element : mean) {
        element /= static_cast<float>(batch.rows);
    }
    return mean;
}

double norm_of(const reference::AlignedVector<float>& vector)
{
    double sum = 0;
    for (const float element : vector) {
        sum += static_cast<double>(element) * static_cast<double>(element);
    }
    return std::sqrt(sum);
}

/// Both batches as bytes, with bounds that hold for any pair of one and the other.
void quantise_both(IsaLevel level, Quantised& a, Quantised& b, bool around_mean)
{
    const auto mean =
        around_mean ? mean_of(level, b) : reference::AlignedVector<float>(static_cast<std::size_t>(b.depth), 0.0F);
    QuantisedBounds bounds;
    bounds.depth = a.depth;
    bounds.mean = norm_of(mean);
    for (Quantised* const batch : {&a, &b}) {
        batch->quantise(level, mean);
        bounds.include(batch->to, batch->side);
    }
    for (Quantised* const batch : {&a, &b}) {
        bounds.finish(batch->to, batch->side, batch->width);
    }
}

}  // namespace

TEST_CASE("the sum of the rows of a panel is added to what is there")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        reference::Generator generator(41);
        const Index width = reference::panel_width<float>(level), depth = 13;
        const Table rows = reference::gaussian_rows(width, depth, generator);
        const Quantised batch(level, rows, false);
        std::vector<float> sum(static_cast<std::size_t>(depth), 2.0F);
        mohs::detail::isa::run(level, AddRows{batch.packed.data(), sum});
        for (Index k = 0; k < depth; ++k) {
            INFO(mohs::to_string(level));
            CHECK(static_cast<double>(sum[static_cast<std::size_t>(k)]) == Approx(2 + rows.col(k).sum()).margin(1e-4));
        }
    }
}

TEST_CASE("the scores of rows as bytes are as near to the exact ones as their bounds say")
{
    for (const IsaLevel level : levels()) {
        for (const Index depth : {1, 3, 64, 67, 128, 130}) {
            const auto of_anchors = kinds(59, depth, 42), of_candidates = kinds(101, depth, 43);
            for (std::size_t kind = 0; kind < of_anchors.size(); ++kind) {
                for (const bool with_bias : {false, true}) {
                    INFO(mohs::to_string(level) << ", depth " << depth << ", " << of_anchors[kind].name << ", "
                                                << (with_bias ? "with" : "without") << " bias");
                    Quantised a(level, of_anchors[kind].rows, with_bias), b(level, of_candidates[kind].rows, with_bias);
                    quantise_both(level, a, b, of_anchors[kind].around_mean);
                    REQUIRE(bytes_fault(a) == "");
                    REQUIRE(bytes_fault(b) == "");
                    const Worst worst = worst_of(level, a, b);
                    CHECK(worst.exact <= 1);
                    CHECK(worst.chain <= 1);
                    if (of_anchors[kind].name == "rows along the rests of others" && depth >= 64 && !with_bias) {
                        // There are rows that need their bound.
                        CHECK(worst.exact > 0.8);
                    }
                }
            }
        }
    }
}

TEST_CASE("the largest error of a panel is that of its rows")
{
    for (const IsaLevel level : levels()) {
        const auto all = kinds(101, 67, 44);
        for (const Kind& kind : all) {
            INFO(mohs::to_string(level) << ", " << kind.name);
            Quantised a(level, kind.rows, false), b(level, kind.rows, true);
            quantise_both(level, a, b, kind.around_mean);
            for (Index panel = 0; panel < a.panels; ++panel) {
                double largest = 0, shifts = 0;
                for (Index row = panel * a.width; row < std::min(a.rows, (panel + 1) * a.width); ++row) {
                    largest = std::max(largest, a.error(row));
                    shifts = std::max(shifts, std::abs(a.shift(row)));
                }
                // The error of a row is known up to the rounding of what it was added to.
                CHECK(std::abs(Quantised::at(a.largest_error, panel) - largest) <= 0x1p-23 * (shifts + largest));
            }
        }
    }
}

TEST_CASE("the bounds of Gaussian rows are as small as one byte per element allows")
{
    for (const IsaLevel level : levels()) {
        reference::Generator generator(45);
        const Table rows = unit_rows(reference::gaussian_rows(300, 128, generator));
        Quantised a(level, rows, false), b(level, rows, false);
        quantise_both(level, a, b, true);
        double sum = 0;
        for (Index row = 0; row < a.rows; ++row) {
            // A step is the largest element over 127, the rest of an element spreads evenly over a step, which makes
            // |r| sqrt(128 / 12) steps, and M is little more than 1: the mean of 300 rows has length 0.06.
            const double step = (rows.row(row).cwiseAbs().maxCoeff() + 0.02) / 127;
            CHECK(a.error(row) < 1.25 * step * std::sqrt(128.0 / 12));
            sum += a.error(row);
        }
        // The largest of 128 elements is about 2.8 / sqrt(128) on average, so all this is 0.0064.
        INFO(mohs::to_string(level));
        CHECK(sum / 300 < 0.008);
        CHECK(sum / 300 > 0.005);
    }
}
