// Covers detail/scene/build_scene.hpp, detail/scene/row_norm.hpp, detail/scene/scene.hpp.

#include <mohs/detail/scene/pack_panel.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"

#include <mohs/detail/scene/build_scene.hpp>

using mohs::Batch;
using mohs::Cosine;
using mohs::DotProduct;
using mohs::Euclidean;
using mohs::Index;
using mohs::IsaLevel;
using mohs::Normalised;
using mohs::Workspace;
using mohs::detail::PackedSide;
using mohs::detail::PackOrder;
using mohs::detail::Scene;

namespace {

template <class T>
double norm_of(const std::vector<T>& row)
{
    return mohs::detail::row_norm(row.data(), static_cast<Index>(row.size()));
}

/// Whether `MeasureRows` gives every row its norm, up to a relative error.
template <class T>
void require_measures(IsaLevel level, const mohs::MatrixOf<T>& rows, double error)
{
    INFO(mohs::to_string(level) << ", " << rows.cols() << " columns of " << sizeof(T) << " bytes");
    const Batch<T> batch{rows};
    std::vector<T> buffer(static_cast<std::size_t>(rows.cols()));
    std::vector<double> norms(static_cast<std::size_t>(rows.rows()), -7);
    mohs::detail::isa::run(level,
                           mohs::detail::MeasureRows<T, T>{batch, 1, rows.rows() - 1, buffer.data(), norms.data()});
    bool right = norms.front() == -7 && norms.back() == -7;
    for (Index row = 1; row + 1 < rows.rows(); ++row) {
        const double expected = mohs::detail::row_norm(rows.row(row).data(), rows.cols());
        right = right && std::abs(norms[static_cast<std::size_t>(row)] - expected) <= error * std::abs(expected);
    }
    REQUIRE(right);
}

mohs::Options at_level(IsaLevel level, int threads = 1)
{
    mohs::Options options;
    options.isa = level;
    options.threads = threads;
    return options;
}

/// Element k of the row at `position`.
template <class T>
T packed(const Scene<T>& scene, const PackedSide<T>& side, Index position, Index k)
{
    const Index panel = position / scene.width, lane = position % scene.width;
    return side.panels[panel * scene.width * scene.depth + k * scene.width + lane];
}

double largest_norm(const reference::Table& rows)
{
    double largest = 0;
    for (Index i = 0; i < rows.rows(); ++i) {
        if (reference::is_finite_row(rows, i)) {
            largest = std::max(largest, reference::norm(rows.row(i)));
        }
    }
    return largest;
}

/// What the rows were centred on: the difference of a row and its packed form.
template <class T>
Eigen::RowVectorXd centre_of(const reference::Data& data, const Scene<T>& scene, const PackedSide<T>& side)
{
    Eigen::RowVectorXd centre = Eigen::RowVectorXd::Zero(data.dimension());
    for (Index position = 0; position < side.rows(); ++position) {
        const Index row = side.row_of(position);
        if (reference::is_finite_row(data.rows, row)) {
            for (Index k = 0; k < scene.depth; ++k) {
                centre[k] = data.rows(row, k) - static_cast<double>(packed(scene, side, position, k)) * side.unscale;
            }
            break;
        }
    }
    return centre;
}

/// What a packed row, times `unscale`, should be, and by how much an element may be off.
struct Expected {
    Eigen::RowVectorXd row;
    double error;
};

template <class M, class T>
Expected expected_row(const reference::Table& rows, Index row, const Eigen::RowVectorXd& centre, double largest)
{
    // Factor and product round once each; double's own rounding is added for T = double.
    const double u = static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
    if (mohs::detail::normalises<M>) {
        return {reference::unit(rows.row(row)), 2 * u + static_cast<double>(rows.cols() + 6) * 0x1p-53};
    }
    if (M::is_similarity) {
        return {rows.row(row), 0};
    }
    // This row and the one that the centre comes from are rounded once, to T; differences are rounded to double.
    return {rows.row(row) - centre, (2 * u + 0x1p-50) * 2 * largest};
}

template <class M, class T>
void require_packed(const reference::Data& data, const Scene<T>& scene, const PackedSide<T>& side,
                    const Eigen::RowVectorXd& mean, double largest)
{
    const Eigen::RowVectorXd centre = centre_of(data, scene, side);
    if (!mohs::detail::normalises<M> && !M::is_similarity && data.size() > 0) {
        // Near the mean, compared with the rows: distances shall not cancel.
        REQUIRE((centre - mean).cwiseAbs().maxCoeff() <= largest / 256);
    }
    bool right = true, biases = true, padding = true;
    for (Index position = 0; position < side.rows(); ++position) {
        const Index row = side.row_of(position);
        if (!reference::is_finite_row(data.rows, row)) {
            for (Index k = 0; k < scene.depth; ++k) {
                right = right && packed(scene, side, position, k) == 0;
            }
            continue;
        }
        const Expected expected = expected_row<M, T>(data.rows, row, centre, largest);
        double square = 0;
        for (Index k = 0; k < scene.depth; ++k) {
            const auto element = static_cast<double>(packed(scene, side, position, k));
            right = right && std::abs(element * side.unscale - expected.row[k]) <= expected.error;
            square += element * element;
        }
        // Of the order of 1, and at most 2 rows of norm below 2 apart.
        right = right && square <= 16 * 1.001;
        if constexpr (mohs::detail::has_bias<M>) {
            const double bias =
                mohs::detail::normalises<M> ? (reference::norm(data.rows.row(row)) > 0 ? 0 : 0.5) : -square / 2;
            // Rounded once to T, from a sum in double here and there.
            const double rounding =
                static_cast<double>(std::numeric_limits<T>::epsilon()) + static_cast<double>(scene.depth) * 0x1p-52;
            biases = biases && std::abs(static_cast<double>(side.bias[position]) - bias) <= rounding * std::abs(bias);
        }
    }
    for (Index position = side.rows(); position < side.panel_count * scene.width; ++position) {
        for (Index k = 0; k < scene.depth; ++k) {
            padding = padding && packed(scene, side, position, k) == 0;
        }
    }
    REQUIRE(right);
    REQUIRE(biases);
    REQUIRE(padding);
}

template <class M, class T>
void require_packs(IsaLevel level, const reference::Data& data, PackOrder order)
{
    INFO(mohs::to_string(level) << ", " << M::name << ", " << data.name << ", " << data.size() << " rows, in place "
                                << (order == PackOrder::in_place));
    const reference::Owned<T> owned(data);
    const Batch<T> batch = owned.batch();
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    const Scene<T> scene = mohs::detail::build_scene<M, T>(batch, batch, true, order, at_level(level), workspace);
    require_packed<M>(data, scene, scene.anchors, reference::typical_mean(data.rows), largest_norm(data.rows));
    // One packed copy serves both operands.
    REQUIRE(scene.candidates.panels == scene.anchors.panels);
    REQUIRE(scene.candidates.bias == scene.anchors.bias);
}

template <class M, class T>
void require_packs_everything(IsaLevel level)
{
    const Index width = reference::panel_width<T>(level);
    for (const PackOrder order : {PackOrder::by_class, PackOrder::in_place}) {
        for (const Index rows : {Index{1}, width - 1, width, width + 1}) {
            require_packs<M, T>(level, reference::clustered(rows, 5), order);
        }
        require_packs<M, T>(level, reference::non_finite(2 * width + 3, 7), order);
        require_packs<M, T>(level, reference::zero_rows(width + 2, 3), order);
        require_packs<M, T>(level, reference::scaled(reference::gaussian(20, 6), 1e30, "huge"), order);
        require_packs<M, T>(level, reference::scaled(reference::gaussian(20, 6), 1e-30, "tiny"), order);
        require_packs<M, T>(level, reference::all_equal(10, 4), order);
    }
}

template <class T>
std::vector<T> all_panels(const Scene<T>& scene)
{
    const PackedSide<T>& side = scene.anchors;
    std::vector<T> result(side.panels, side.panels + side.panel_count * scene.width * scene.depth);
    if (side.bias != nullptr) {
        result.insert(result.end(), side.bias, side.bias + side.rows());
    }
    return result;
}

/// Panels and biases of a batch.
template <class M, class Scalar>
auto panels_of(const Batch<Scalar>& batch, const mohs::Options& options)
{
    using T = typename Batch<Scalar>::Compute;
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    return all_panels(mohs::detail::build_scene<M, T>(batch, batch, true, PackOrder::by_class, options, workspace));
}

}  // namespace

TEST_CASE("norms are those of the definition")
{
    for (const reference::Data& data : reference::all_kinds(20, 13)) {
        const mohs::Matrix rows = data.as<float>();
        for (Index i = 0; i < rows.rows(); ++i) {
            if (reference::is_finite_row(data.rows, i)) {
                const double expected = reference::norm(data.rows.row(i));
                INFO(data.name << ", row " << i);
                REQUIRE(std::abs(mohs::detail::row_norm(rows.row(i).data(), 13) - expected) <= 20 * 0x1p-53 * expected);
                REQUIRE(std::abs(mohs::detail::row_norm(data.rows.row(i).data(), 13) - expected) <=
                        20 * 0x1p-53 * expected);
            }
        }
    }
}

TEST_CASE("norms of doubles whose squares overflow or vanish are exact", "[raises]")
{
    REQUIRE(norm_of<double>({3e200, 4e200}) == Approx(5e200).epsilon(1e-14));
    REQUIRE(norm_of<double>({3e-200, 4e-200}) == Approx(5e-200).epsilon(1e-14).margin(0));
    REQUIRE(norm_of<double>({3e-160, 0, 4e-160}) == Approx(5e-160).epsilon(1e-14).margin(0));
    REQUIRE(norm_of<double>({1e308, 1e308}) == Approx(std::sqrt(2.0) * 1e308).epsilon(1e-14));
    REQUIRE(norm_of<float>({3e38F, 0}) == Approx(3e38).epsilon(1e-6));
    REQUIRE(norm_of<float>({1e-37F, 0}) == Approx(1e-37).epsilon(1e-6).margin(0));
}

TEST_CASE("only a zero row has norm 0", "[ieee]")
{
    REQUIRE(norm_of<float>({0, 0, 0}) == 0);
    REQUIRE(norm_of<float>({0, -0.0F}) == 0);
    REQUIRE(norm_of<double>({0}) == 0);
    REQUIRE(norm_of<float>({0, std::numeric_limits<float>::denorm_min()}) > 0);
    REQUIRE(norm_of<double>({0, std::numeric_limits<double>::denorm_min()}) > 0);
}

TEST_CASE("a single bad element anywhere makes a row not finite", "[raises]")
{
    for (const std::uint32_t bad : {0x7fc00000U, 0xffc00001U, 0x7f800001U, 0x7f800000U, 0xff800000U}) {
        for (const std::size_t size : {1U, 2U, 7U, 8U, 9U, 40U}) {
            for (std::size_t at = 0; at < size; ++at) {
                std::vector<float> row(size, 1e30F);
                REQUIRE(norm_of(row) >= 0);
                row[at] = std::bit_cast<float>(bad);
                REQUIRE(norm_of(row) == mohs::detail::not_finite);
                row.assign(size, 0);
                row[at] = std::bit_cast<float>(bad);
                REQUIRE(norm_of(row) == mohs::detail::not_finite);
            }
        }
    }
    for (const std::uint64_t bad :
         {0x7ff8000000000000U, 0x7ff0000000000000U, 0xfff0000000000000U, 0x7ff0000000000001U}) {
        std::vector<double> row(11, 1e300);
        REQUIRE(norm_of(row) >= 0);
        row[10] = std::bit_cast<double>(bad);
        REQUIRE(norm_of(row) == mohs::detail::not_finite);
    }
}

TEST_CASE("norms of whole batches are those of their rows at every instruction set", "[kernel][raises]")
{
    // Squares of doubles are rounded, or fused with the sum.
    const double error = 4 * 0x1p-52;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index size : {1, 2, 7, 8, 9, 15, 16, 17, 40, 129}) {
            require_measures(level, reference::gaussian(20, size).as<float>(), error);
            require_measures(level, reference::non_finite(20, size).as<float>(), error);
            require_measures(level, reference::zero_rows(20, size).as<float>(), error);
            const reference::Table rows = reference::gaussian(20, size).rows;
            for (const double scale : {1e-320, 1e-300, 1e-150, 1e-135, 1.0, 1e135, 1e150, 1e300}) {
                require_measures(level, mohs::MatrixOf<double>(rows * scale), error);
            }
            require_measures(level, mohs::MatrixOf<double>(reference::non_finite(20, size).rows), error);
        }
    }
}

TEST_CASE("norms of floats have the same bits at every instruction set", "[kernel][ieee]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index size : {1, 2, 7, 8, 9, 15, 16, 17, 40, 129}) {
            require_measures(level, reference::gaussian(20, size).as<float>(), 0);
        }
    }
}

TEST_CASE("both factors of a unit scale bring a norm to 1")
{
    for (int exponent = -1000; exponent <= 1000; exponent += 7) {
        const double norm = 1.37 * mohs::detail::power_of_two(exponent);
        const mohs::detail::UnitScale unit = mohs::detail::unit_scale(norm);
        REQUIRE(norm * unit.power * unit.factor == Approx(1).epsilon(1e-15));
    }
    REQUIRE(mohs::detail::unit_scale(0).power * mohs::detail::unit_scale(0).factor == 0);
}

TEST_CASE("packed rows are the transformed rows in panels", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_packs_everything<Cosine, float>(level);
        require_packs_everything<DotProduct, float>(level);
        require_packs_everything<Euclidean, float>(level);
        require_packs_everything<Normalised<Euclidean>, float>(level);
        require_packs_everything<Cosine, double>(level);
        require_packs_everything<Euclidean, double>(level);
    }
}

TEST_CASE("queries and gallery are centred on the mean of the gallery and scaled alike")
{
    const reference::Data queries = reference::scaled(reference::gaussian(30, 5, 60), 7, "queries"),
                          gallery = reference::non_finite(50, 5, 61);
    const reference::Owned<float> owned_queries(queries), owned_gallery(gallery);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        Workspace workspace;
        const Workspace::Frame frame(workspace);
        const auto scene = mohs::detail::build_scene<Euclidean, float>(
            owned_queries.batch(), owned_gallery.batch(), false, PackOrder::by_class, at_level(level), workspace);
        const double largest = std::max(largest_norm(queries.rows), largest_norm(gallery.rows));
        require_packed<Euclidean>(queries, scene, scene.anchors, reference::typical_mean(gallery.rows), largest);
        require_packed<Euclidean>(gallery, scene, scene.candidates, reference::typical_mean(gallery.rows), largest);
        REQUIRE((centre_of(queries, scene, scene.anchors) - centre_of(gallery, scene, scene.candidates))
                    .cwiseAbs()
                    .maxCoeff() <= 1e-6 * largest);
        REQUIRE(scene.anchors.unscale == scene.candidates.unscale);
    }
}

TEST_CASE("bad and zero rows are counted on either side")
{
    const reference::Data queries = reference::zero_rows(30, 5), gallery = reference::non_finite(52, 5);
    const reference::Owned<float> owned_queries(queries), owned_gallery(gallery);
    Workspace workspace;
    for (const PackOrder order : {PackOrder::by_class, PackOrder::in_place, PackOrder::no_panels}) {
        const Workspace::Frame frame(workspace);
        const auto scene = mohs::detail::build_scene<Cosine, float>(owned_queries.batch(), owned_gallery.batch(), false,
                                                                    order, mohs::Options{}, workspace);
        REQUIRE(scene.anchors.non_finite == 0);
        REQUIRE(scene.anchors.zero == 10);
        REQUIRE(scene.candidates.non_finite == 10);
        REQUIRE(scene.candidates.zero == 0);
        REQUIRE(scene.anchors.rows() == 30);
        REQUIRE(scene.candidates.rows() == (order == PackOrder::in_place ? 52 : 42));
    }
}

TEST_CASE("rows in place keep their position and bad ones have no class")
{
    const reference::Data data = reference::non_finite(40, 3);
    const reference::Owned<float> owned(data);
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    const auto scene = mohs::detail::build_scene<Cosine, float>(owned.batch(), owned.batch(), true, PackOrder::in_place,
                                                                mohs::Options{}, workspace);
    for (Index row = 0; row < 40; ++row) {
        REQUIRE(scene.anchors.row_of(row) == row);
        REQUIRE((scene.anchors.class_of(row) < 0) == !reference::is_finite_row(data.rows, row));
    }
}

TEST_CASE("rows are not packed for strategies that need no scores")
{
    const reference::Data data = reference::gaussian(40, 3);
    const reference::Owned<float> owned(data);
    Workspace workspace;
    const Workspace::Frame frame(workspace);
    const auto scene = mohs::detail::build_scene<Euclidean, float>(owned.batch(), owned.batch(), true,
                                                                   PackOrder::no_panels, mohs::Options{}, workspace);
    REQUIRE(scene.anchors.panels == nullptr);
    REQUIRE(scene.anchors.bias == nullptr);
    REQUIRE(scene.anchors.rows() == 40);
    REQUIRE(static_cast<Index>(scene.class_ranges.size()) == scene.anchors.order.classes);
}

TEST_CASE("the layout of the rows does not change a bit of the panels")
{
    const reference::Data data = reference::clustered(60, 9);
    const mohs::Matrix row_major = data.as<float>();
    const Eigen::MatrixXf column_major = row_major;
    mohs::Matrix wide = mohs::Matrix::Constant(120, 27, 5);
    using Stride = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;
    Eigen::Map<mohs::Matrix, 0, Stride> strided(wide.data(), 60, 9, Stride(54, 3));
    strided = row_major;
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const mohs::Options options = at_level(level);
        const std::vector<float> cosine = panels_of<Cosine>(Batch{row_major, data.labels}, options),
                                 euclidean = panels_of<Euclidean>(Batch{row_major, data.labels}, options);
        REQUIRE(panels_of<Cosine>(Batch{column_major, data.labels}, options) == cosine);
        REQUIRE(panels_of<Cosine>(Batch{strided, data.labels}, options) == cosine);
        REQUIRE(panels_of<Euclidean>(Batch{column_major, data.labels}, options) == euclidean);
        REQUIRE(panels_of<Euclidean>(Batch{strided, data.labels}, options) == euclidean);
    }
}

TEST_CASE("16-bit rows are packed like the float rows that they convert to")
{
    const reference::Data data =
        reference::rounded_to<Eigen::bfloat16>(reference::rounded_to<Eigen::half>(reference::clustered(60, 9)));
    const mohs::Matrix floats = data.as<float>();
    const auto halves = data.as<Eigen::half>();
    const auto brains = data.as<Eigen::bfloat16>();
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const std::vector<float> expected = panels_of<Euclidean>(Batch{floats, data.labels}, at_level(level));
        REQUIRE(panels_of<Euclidean>(Batch{halves, data.labels}, at_level(level)) == expected);
        REQUIRE(panels_of<Euclidean>(Batch{brains, data.labels}, at_level(level)) == expected);
    }
}

TEST_CASE("the number of lanes does not change a bit of the panels", "[threads]")
{
    const reference::Data data = reference::clustered(150, 9);
    const reference::Owned<float> owned(data);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const std::vector<float> expected = panels_of<Euclidean>(owned.batch(), at_level(level));
        for (const int threads : {2, 3, 5}) {
            mohs::Options options = at_level(level, threads);
            options.executor = reference::thread_executor(threads);
            REQUIRE(panels_of<Euclidean>(owned.batch(), options) == expected);
        }
    }
}

TEST_CASE("batches that cannot be compared are refused with both sizes")
{
    const mohs::Matrix three = mohs::Matrix::Ones(2, 3), copy = three, four = mohs::Matrix::Ones(2, 4);
    const std::vector<int> labels = {1, 2};
    const auto message = [](const Batch<float>& a, const Batch<float>& b) {
        return reference::message_of(
            [&] { mohs::detail::check_batches({.verb = "Verb", .needs_relation = false}, a, b, {}); });
    };
    REQUIRE(reference::mentions(message(Batch{three}, Batch{four}), {"mohs::Verb: ", "3", "4", "columns"}));
    REQUIRE(reference::mentions(message(Batch{three, labels}, Batch{three}), {"mohs::", "labels", "queries"}));
    REQUIRE(reference::mentions(message(Batch{three}, Batch{three, labels}), {"mohs::", "labels", "gallery"}));
    REQUIRE(reference::mentions(message(Batch{three}.with_ids(labels), Batch{three}), {"mohs::", "ids", "queries"}));
    REQUIRE(reference::mentions(message(Batch{three}, Batch{three}.with_ids(labels)), {"mohs::", "ids", "gallery"}));
    REQUIRE(message(Batch{three, labels}, Batch{copy, labels}).empty());
    REQUIRE(reference::mentions(message(Batch{three, labels}, Batch{three, labels}), {"mohs::", "row 0", "memory"}));
    mohs::detail::check_batches({.verb = "Verb", .told_apart = true}, Batch{three, labels}, Batch{three, labels}, {});
}
