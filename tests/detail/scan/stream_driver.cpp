#include <mohs/detail/scan/stream_driver.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"
#include "../../visitors.hpp"

using mohs::Among;
using mohs::Cosine;
using mohs::DotProduct;
using mohs::Euclidean;
using mohs::Index;
using mohs::IsaLevel;
using mohs::Normalised;
using mohs::SquaredEuclidean;
using reference::Data;
using reference::Scene;
using visitors::at_level;
using visitors::describe;
using visitors::scan_scene;

namespace {

/// Whether an accumulator or a row visitor saw all pairs of the oracle, in order, with values within the bound.
template <class M, class T>
bool saw_everything(const Scene& scene, Index anchor, const std::vector<visitors::Seen>& seen)
{
    const auto keys = reference::keys<M, T>(scene, anchor, Among::everyone);
    if (seen.size() != keys.size()) {
        return false;
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (seen[i].candidate != keys[i].candidate ||
            seen[i].positive != scene.is_positive(anchor, keys[i].candidate)) {
            return false;
        }
        // What does not fit T is infinite, as it should be.
        const bool fits = std::abs(keys[i].value) < static_cast<double>(std::numeric_limits<T>::max()) / 2;
        if (fits && !(std::abs(seen[i].value - keys[i].value) <= keys[i].value_error)) {
            return false;
        }
    }
    return true;
}

template <class M, class T>
void require_all_values(const Scene& scene, const std::vector<IsaLevel>& levels = mohs::available_isa_levels())
{
    for (const IsaLevel level : levels) {
        visitors::Collect accumulator(scene.anchors.size());
        visitors::CollectRows rows(scene.anchors.size());
        scan_scene<M, T>(scene, accumulator, at_level(level));
        scan_scene<M, T>(scene, rows, at_level(level));
        for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
            const auto at = static_cast<std::size_t>(anchor);
            const int times = reference::is_finite_row(scene.anchors.rows, anchor) ? 1 : 0;
            INFO(describe(scene, level) << ", " << M::name << ", anchor " << anchor);
            REQUIRE(accumulator.finished[at] == times);
            REQUIRE(rows.finished[at] == times);
            REQUIRE(accumulator.of_anchor[at] == rows.of_anchor[at]);
            REQUIRE(saw_everything<M, T>(scene, anchor, rows.of_anchor[at]));
        }
    }
}

}  // namespace

TEST_CASE("accumulators and row visitors see every value of every kind of data", "[raises]")
{
    for (const Data& data : reference::all_kinds(53, 5)) {
        const Scene scene(data);
        require_all_values<Cosine, float>(scene);
        require_all_values<DotProduct, float>(scene);
        require_all_values<Euclidean, float>(scene);
        require_all_values<SquaredEuclidean, double>(scene);
    }
}

TEST_CASE("accumulators and row visitors see every value of a gallery", "[raises]")
{
    for (const Data& gallery : reference::all_kinds(71, 4)) {
        Data queries = reference::non_finite(30, 4, 80);
        if (gallery.labels.empty()) {
            queries.labels.clear();
        }
        if (!gallery.ids.empty()) {
            queries = reference::with_shared_ids(queries, 81);
        }
        const Scene scene(queries, gallery);
        require_all_values<DotProduct, float>(scene);
        require_all_values<Euclidean, float>(scene);
        require_all_values<Normalised<SquaredEuclidean>, float>(scene);
    }
}

TEST_CASE("accumulators and row visitors see every value at sizes around the edges of the panels", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index rows : reference::edge_sizes<float>(level)) {
            const Data data = reference::clustered(rows, 2), queries = reference::clustered(5, 2, 82);
            require_all_values<Euclidean, float>(Scene(data), {level});
            require_all_values<DotProduct, float>(Scene(queries, data), {level});
            require_all_values<DotProduct, float>(Scene(data, queries), {level});
        }
        for (const Index rows : reference::edge_sizes<double>(level)) {
            const Data data = reference::clustered(rows, 2);
            require_all_values<SquaredEuclidean, double>(Scene(data), {level});
        }
    }
}

TEST_CASE("distances are never negative or NaN however close the rows")
{
    const Data data = reference::duplicates(60, 16);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        visitors::CollectRows rows(60);
        scan_scene<Euclidean, float>(Scene(data), rows, at_level(level));
        for (const auto& seen : rows.of_anchor) {
            REQUIRE(std::all_of(seen.begin(), seen.end(), [](const visitors::Seen& pair) { return pair.value >= 0; }));
        }
    }
}

TEST_CASE("empty batches show nothing and every query against an empty gallery is finished")
{
    const Data none = reference::clustered(0, 4), some = reference::clustered(5, 4);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        visitors::Collect nothing(0), accumulator(5);
        visitors::CollectRows rows(5);
        visitors::Everything<float> selector(0);
        REQUIRE(scan_scene<Euclidean, float>(Scene(none), nothing, at_level(level)).anchors == 0);
        scan_scene<Euclidean, float>(Scene(some, none), accumulator, at_level(level));
        scan_scene<Euclidean, float>(Scene(some, none), rows, at_level(level));
        REQUIRE(scan_scene<Euclidean, float>(Scene(some, none), selector, at_level(level)).anchors == 5);
        REQUIRE(accumulator.finished == std::vector<int>(5, 1));
        REQUIRE(rows.finished == std::vector<int>(5, 1));
        REQUIRE(std::all_of(accumulator.of_anchor.begin(), accumulator.of_anchor.end(),
                            [](const auto& seen) { return seen.empty(); }));
        scan_scene<Euclidean, float>(Scene(none, some), nothing, at_level(level));
    }
}
