// Covers detail/filter/first_rejection.hpp, detail/mining/filtered_neighbours.hpp.

#include "../catch.hpp"
#include "../filter/pair_rules.hpp"

#include <mohs/mining/nearest_neighbours.hpp>

#include <array>
#include <string>

namespace {

using mohs::Among;
using mohs::Index;
using reference::Data;
using reference::Scene;

/// Multiples of 1/2 between -2 and 2: values repeat all the time, float is exact, and limits meet values.
Data grid(Index rows, Index classes, std::uint64_t seed)
{
    reference::Generator generator(seed);
    Data data{"grid", reference::Table(rows, 3), reference::shuffled_labels(rows, classes, generator)};
    for (Index i = 0; i < data.rows.size(); ++i) {
        data.rows.data()[i] = static_cast<double>(reference::uniform_below(generator, 9)) / 2 - 2;
    }
    return data;
}

/// Gaussian rows of many columns, whose cosines float tells apart but for a few in a million.
Data far_apart(Index rows, std::uint64_t seed)
{
    return reference::gaussian(rows, 9, seed);
}

struct Right {
    std::vector<std::vector<Index>> neighbours;
    std::vector<Index> rejected;
    Index valid = 0, no_negative = 0, all_filtered = 0;
};

/// From the definition: what passes, sorted by value and row, the first k; and what was rejected ahead of the last.
template <class... Filters>
Right expected(reference::Metric metric, const Scene& scene, Index k, const pair_rules::Rules<Filters...>& rules)
{
    Right right;
    right.rejected.resize(sizeof...(Filters));
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        struct Seen {
            double far;
            Index row;
            int filter;
        };
        std::vector<Seen> all;
        if (reference::is_finite_row(scene.anchors.rows, anchor)) {
            for (const Index row : scene.candidates_of(anchor, Among::negatives)) {
                const double value = pair_rules::value(metric, scene.anchors.rows, anchor, scene.candidates.rows, row);
                all.push_back({metric.similarity ? -value : value, row, rules.first(anchor, row, value)});
            }
        }
        std::sort(all.begin(), all.end(),
                  [](const Seen& a, const Seen& b) { return a.far != b.far ? a.far < b.far : a.row < b.row; });
        std::vector<Index> kept;
        Index lost = 0;
        for (const Seen& seen : all) {
            if (static_cast<Index>(kept.size()) == k) {
                break;
            }
            if (seen.filter < 0) {
                kept.push_back(seen.row);
            } else {
                ++right.rejected[static_cast<std::size_t>(seen.filter)];
                ++lost;
            }
        }
        if (reference::is_finite_row(scene.anchors.rows, anchor)) {
            (!kept.empty() ? right.valid : lost > 0 ? right.all_filtered : right.no_negative) += 1;
        }
        right.neighbours.push_back(kept);
    }
    return right;
}

template <class M, class... Filters>
void check(const Scene& scene, Index k, const pair_rules::Rules<Filters...>& rules)
{
    const Right right = expected(reference::metric_of<M>, scene, k, rules);
    const reference::Owned<float> anchors(scene.anchors), candidates(scene.candidates);
    const auto miner = std::apply(
        [&](const Filters&... filter) {
            return mohs::NearestNeighbours<M, Filters...>({}, {.k = k, .among = Among::negatives}, filter...);
        },
        rules.filters);
    std::vector<mohs::Options> ways{{.threads = 1},
                                    {.threads = 2, .executor = reference::thread_executor(2)},
                                    {.threads = 5, .executor = reference::thread_executor(5)},
                                    {.executor = reference::backward_executor()}};
    for (const mohs::IsaLevel isa : mohs::available_isa_levels()) {
        ways.push_back({.isa = isa, .threads = 1});
    }
    for (const mohs::Options& how : ways) {
        const auto found = scene.self ? miner(anchors.batch(), how) : miner(anchors.batch(), candidates.batch(), how);
        INFO(scene.anchors.name << " of " << scene.anchors.size() << (scene.self ? "" : " and a gallery")
                                << ", k = " << k << ", " << mohs::to_string(how.isa));
        std::vector<std::vector<Index>> neighbours(right.neighbours.size());
        bool exact = true;
        for (Index row = 0; row < scene.anchors.size(); ++row) {
            for (Index i = 0; i < found.count(row); ++i) {
                const Index candidate = found.indices()(row, i);
                neighbours[static_cast<std::size_t>(row)].push_back(candidate);
                const double value = pair_rules::value(reference::metric_of<M>, scene.anchors.rows, row,
                                                       scene.candidates.rows, candidate);
                exact = exact && std::abs(found.values()(row, i) - value) <= 1e-6 * std::max(1.0, std::abs(value));
            }
        }
        CHECK(exact);
        CHECK(neighbours == right.neighbours);
        const std::vector<Index> rejected(found.report.rejected.begin(),
                                          found.report.rejected.begin() + sizeof...(Filters));
        CHECK(rejected == right.rejected);
        CHECK(found.report.valid == right.valid);
        CHECK(found.report.no_negative == right.no_negative);
        CHECK(found.report.all_filtered == right.all_filtered);
        CHECK(found.report.filter_names[sizeof...(Filters)] == nullptr);
    }
}

template <class M>
void check_all(const Data& data, const Data& gallery, double close, double far)
{
    const auto rules = pair_rules::band_and_lists(M::is_similarity, close, far);
    for (const Scene& scene : {Scene(data), Scene(data, gallery)}) {
        for (const Index k : {1, 3, 200}) {
            check<M>(scene, k, rules);
        }
        check<M>(scene, 2, pair_rules::value_predicate());
        check<M>(scene, 2, pair_rules::near_duplicates(M::is_similarity, close));
        check<M>(scene, 2, pair_rules::everything());
    }
}

}  // namespace

TEST_CASE("the nearest negatives are those that filters let pass", "[threads]")
{
    const Data plain = grid(83, 5, 1), gallery = grid(131, 5, 2);
    for (const bool with_ids : {false, true}) {
        const Data data = with_ids ? reference::with_shared_ids(plain) : plain,
                   other = with_ids ? reference::with_shared_ids(gallery, 13) : gallery;
        check_all<mohs::DotProduct>(data, other, 3, -4);
        check_all<mohs::Euclidean>(data, other, 1.5, 4);
        check_all<mohs::SquaredEuclidean>(data, other, 2, 20);
    }
    // A seed without near-ties, so that float ranks as double does.
    check_all<mohs::Cosine>(far_apart(40, 3), far_apart(40, 4), 0.5, -0.5);
}

TEST_CASE("rows that are not finite are no neighbours whatever the filters say", "[ieee]")
{
    Data data = grid(57, 4, 5);
    for (Index row = 2; row < data.size(); row += 5) {
        data.rows(row, row % 3) =
            row % 2 == 0 ? std::numeric_limits<double>::quiet_NaN() : -std::numeric_limits<double>::infinity();
    }
    check_all<mohs::Euclidean>(data, grid(60, 4, 6), 1.5, 4);
}

TEST_CASE("neighbours may begin at a later rank of those that pass")
{
    const Data data = grid(83, 5, 1), gallery = grid(131, 5, 2);
    const auto check_skipped = [](const Scene& scene, Among among, const auto&... filters) {
        const reference::Owned<float> anchors(scene.anchors), candidates(scene.candidates);
        const auto search = [&](Index k, Index first) {
            const mohs::NearestNeighbours miner{
                mohs::SquaredEuclidean{}, {.k = k, .among = among, .first_rank = first}, filters...};
            return scene.self ? miner(anchors.batch()) : miner(anchors.batch(), candidates.batch());
        };
        for (const auto& [k, first] : {std::pair<Index, Index>{3, 2}, {1, 7}, {200, 20}, {5, 1000000000000}}) {
            const auto whole = search(std::min<Index>(k + first, 300), 0), part = search(k, first);
            CAPTURE(k, first, scene.self);
            CHECK(part.k() == k);
            Index none = 0;
            for (Index row = 0; row < scene.anchors.size(); ++row) {
                REQUIRE(part.count(row) == std::clamp<Index>(whole.count(row) - first, 0, k));
                none += whole.count(row) > 0 && part.count(row) == 0 ? 1 : 0;
                for (Index rank = 0; rank < part.count(row); ++rank) {
                    CHECK(part.index(row, rank) == whole.index(row, first + rank));
                    CHECK(part.value(row, rank) == whole.value(row, first + rank));
                }
            }
            CHECK(part.report.none_in_place == none);
            CHECK(part.report.rejected == whole.report.rejected);
            CHECK(part.report.valid + part.report.none_in_place == whole.report.valid);
            CHECK(part.report.all_filtered == whole.report.all_filtered);
        }
    };
    for (const Scene& scene : {Scene(data), Scene(data, gallery)}) {
        for (const Among among : {Among::everyone, Among::positives, Among::negatives}) {
            check_skipped(scene, among);
        }
        check_skipped(scene, Among::negatives, mohs::ScoreBand{.low = 2}, mohs::ExcludeIf{pair_rules::some});
    }
    CHECK(reference::mentions(reference::message_of([] {
                                  mohs::NearestNeighbours{mohs::Cosine{}, {.k = 2, .first_rank = -1}};
                              }),
                              {"NearestNeighbours: first_rank", "-1"}));
}

TEST_CASE("more rejections than a log holds are counted in a second scan")
{
    const Data data = grid(150, 3, 7);
    const pair_rules::Rules<mohs::ExcludeIf<bool (*)(Index, Index)>> most{
        {{[](Index anchor, Index row) { return (anchor + row) % 8 != 0; }}},
        {[](Index anchor, Index row, double) { return (anchor + row) % 8 != 0; }}};
    check<mohs::SquaredEuclidean>(Scene(data), 4, most);
    check<mohs::DotProduct>(Scene(data), 40, most);
}

TEST_CASE("neighbours in 16 bits are filtered by the values of those rows")
{
    const Data data = reference::rounded_to<Eigen::half>(grid(60, 4, 8));
    const mohs::MatrixOf<Eigen::half> rows = data.as<Eigen::half>();
    const mohs::Batch batch(rows, data.labels);
    const mohs::NearestNeighbours miner{
        mohs::Euclidean{}, {.k = 3, .among = Among::negatives}, mohs::ScoreBand{.low = 1.5}};
    const reference::Owned<float> wide(data);
    const auto found = miner(batch), right = miner(wide.batch());
    CHECK(found.indices() == right.indices());
    CHECK(found.report.rejected == right.report.rejected);
    CHECK(found.report.rejected[0] > 0);
}

TEST_CASE("neighbours can be filtered without labels and with roles")
{
    Data data = grid(70, 4, 9);
    std::vector<mohs::Role> roles(70, mohs::Role::any);
    for (std::size_t row = 0; row < roles.size(); row += 3) {
        roles[row] = row % 2 == 0 ? mohs::Role::anchor : mohs::Role::negative;
    }
    const mohs::Matrix rows = data.rows.cast<float>();
    const mohs::Batch batch = mohs::Batch(rows).with_roles(roles);
    const auto close = [](Index i, Index j) { return (i + j) % 3 == 0; };
    const auto found = mohs::NearestNeighbours{
        mohs::SquaredEuclidean{}, {.k = 1, .among = Among::negatives}, mohs::ExcludeIf{close}}(batch);
    for (Index row = 0; row < 70; ++row) {
        Index best = -1;
        for (Index other = 0; other < 70; ++other) {
            const auto value = [&](Index at) {
                return pair_rules::value(reference::metric_of<mohs::SquaredEuclidean>, data.rows, row, data.rows, at);
            };
            if (other != row && mohs::has_role(roles[static_cast<std::size_t>(row)], mohs::Role::anchor) &&
                mohs::has_role(roles[static_cast<std::size_t>(other)], mohs::Role::negative) && !close(row, other) &&
                (best < 0 || value(other) < value(best))) {
                best = other;
            }
        }
        INFO(row);
        REQUIRE(found.count(row) == (best < 0 ? 0 : 1));
        CHECK((best < 0 || found.indices()(row, 0) == best));
    }
}

TEST_CASE("neighbours refuse filters that cannot reject anything or make no sense")
{
    const mohs::ScoreBand band{.high = 0.5};
    for (const Among among : {Among::everyone, Among::positives}) {
        const std::string message = reference::message_of([&] {
            mohs::NearestNeighbours{mohs::Cosine{}, {.k = 2, .among = among}, band};
        });
        CHECK(reference::mentions(message, {"NearestNeighbours", "filters",
                                            among == Among::everyone ? "Among::everyone" : "Among::positives"}));
    }
    CHECK(reference::mentions(reference::message_of([] {
                                  mohs::NearestNeighbours{
                                      mohs::Cosine{},
                                      {.k = 2, .among = Among::negatives},
                                      mohs::ScoreBand{.high = std::numeric_limits<double>::quiet_NaN()}};
                              }),
                              {"ScoreBand", "high"}));
}
