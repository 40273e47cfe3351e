// Covers detail/mining/kind_rule.hpp.

#include "../catch.hpp"
#include "pairs.hpp"

#include <mohs/mining/triplet_enumerator.hpp>

#include <map>
#include <tuple>

namespace {

using Set = std::set<std::tuple<mohs::Index, mohs::Index, mohs::Index>>;

Set set_of(const auto& triplets)
{
    Set result;
    for (const mohs::Triplet triplet : triplets) {
        result.insert({triplet.anchor, triplet.positive, triplet.negative});
    }
    return result;
}

/// All triplets of a kind, from the definition.
template <class M>
Set expected(const pairs::Problem& problem, mohs::TripletKind kind, double margin)
{
    Set result;
    const mohs::Index count = problem.rows.rows();
    const auto label = [&](mohs::Index row) { return problem.labels[static_cast<std::size_t>(row)]; };
    for (mohs::Index a = 0; a < count; ++a) {
        for (mohs::Index p = 0; p < count; ++p) {
            for (mohs::Index n = 0; n < count && p != a && label(p) == label(a); ++n) {
                if (label(n) == label(a)) {
                    continue;
                }
                const double positive = pairs::value<M>(problem, a, p), negative = pairs::value<M>(problem, a, n);
                const double gap = M::is_similarity ? positive - negative : negative - positive;
                const mohs::TripletKind own = gap <= 0        ? mohs::TripletKind::hard
                                              : gap <= margin ? mohs::TripletKind::semi_hard
                                                              : mohs::TripletKind::easy;
                if (kind == mohs::TripletKind::every || kind == own) {
                    result.insert({a, p, n});
                }
            }
        }
    }
    return result;
}

constexpr std::array kinds{mohs::TripletKind::every, mohs::TripletKind::hard, mohs::TripletKind::semi_hard,
                           mohs::TripletKind::easy};

std::string name_of(mohs::TripletKind kind)
{
    return "kind " + std::to_string(static_cast<int>(kind));
}

/// The triplets of any kind of scene, in their order.
std::vector<mohs::Triplet> expected(reference::Metric metric, const reference::Scene& scene, mohs::TripletKind kind,
                                    double margin)
{
    std::vector<mohs::Triplet> result;
    for (mohs::Index a = 0; a < scene.anchors.size(); ++a) {
        const auto value = [&](mohs::Index row) {
            return strategies::value_of(metric, scene.anchors.rows, a, scene.candidates.rows, row);
        };
        const auto negatives = scene.candidates_of(a, mohs::Among::negatives);
        for (const mohs::Index p : scene.candidates_of(a, mohs::Among::positives)) {
            for (const mohs::Index n : negatives) {
                const double gap = metric.similarity ? value(p) - value(n) : value(n) - value(p);
                const mohs::TripletKind own = gap <= 0        ? mohs::TripletKind::hard
                                              : gap <= margin ? mohs::TripletKind::semi_hard
                                                              : mohs::TripletKind::easy;
                if (kind == mohs::TripletKind::every || kind == own) {
                    result.push_back({a, p, n});
                }
            }
        }
    }
    return result;
}

/// What is wrong with the triplets of a scene, at every level and with any number of threads.
template <class Scalar, class M>
std::string fault(const reference::Scene& scene, double margin)
{
    const reference::Owned<Scalar> anchors(scene.anchors), candidates(scene.candidates);
    std::vector<mohs::Options> ways = strategies::levels();
    for (const int threads : {2, 3}) {
        ways.push_back({.threads = threads, .executor = reference::thread_executor(threads)});
    }
    std::string wrong;
    for (const mohs::TripletKind kind : kinds) {
        const auto right = expected(reference::metric_of<M>, scene, kind, margin);
        const mohs::TripletEnumerator enumerator{M{}, {.kind = kind, .margin = margin}};
        for (const mohs::Options& options : ways) {
            const auto triplets = scene.self ? enumerator(anchors.batch(), options)
                                             : enumerator(anchors.batch(), candidates.batch(), options);
            const std::int64_t count = scene.self ? enumerator.count(anchors.batch(), options)
                                                  : enumerator.count(anchors.batch(), candidates.batch(), options);
            if (mining::mined(triplets).triplets != right || count != static_cast<std::int64_t>(right.size())) {
                wrong += scene.anchors.name + " of " + std::to_string(scene.anchors.size()) +
                         (scene.self ? ", " : " against a gallery, ") + name_of(kind) + ": " +
                         std::to_string(triplets.size()) + " and a count of " + std::to_string(count) + " instead of " +
                         std::to_string(right.size()) + ", or others; ";
            }
        }
    }
    return wrong;
}

/// The same of batches and galleries.
template <class Scalar, class M>
std::string fault(const std::vector<reference::Data>& all, double margin)
{
    std::string wrong;
    for (const reference::Data& data : all) {
        const reference::Data queries = strategies::part(data, 0, data.size() / 2),
                              gallery = strategies::part(data, data.size() / 3, data.size());
        wrong += fault<Scalar, M>(reference::Scene(data), margin);
        wrong += fault<Scalar, M>(reference::Scene(queries, gallery), margin);
    }
    return wrong;
}

/// A margin on the grid, so that gaps equal it, and 0.
template <class M>
void require_kinds(double margin)
{
    const pairs::Problem problem;
    for (const mohs::TripletKind kind : kinds) {
        const mohs::TripletEnumerator enumerator{M{}, {.kind = kind, .margin = margin}};
        const Set all = expected<M>(problem, kind, margin);
        CHECK(enumerator.count(problem.batch()) == static_cast<std::int64_t>(all.size()));
        const auto triplets = enumerator(problem.batch());
        CHECK(triplets.size() == static_cast<mohs::Index>(all.size()));
        CHECK(set_of(triplets) == all);
    }
}

}

TEST_CASE("triplets are enumerated by kind")
{
    require_kinds<mohs::SquaredEuclidean>(0.5);
    require_kinds<mohs::SquaredEuclidean>(0);
    require_kinds<mohs::DotProduct>(0.25);
}

TEST_CASE("triplets of any batch or gallery are enumerated in order by kind", "[threads]")
{
    CHECK(fault<float, mohs::Euclidean>(strategies::kinds(), 0.5) == "");
    reference::Data data = strategies::separated(40, 7, 93);
    const reference::Data finite = data;
    for (mohs::Index row = 4; row < data.size(); row += 9) {
        data.rows(row, row % 16) = std::bit_cast<double>(0x7ff8000000000000U);
        data.rows.row(row - 1).setZero();
        data.rows.row(row - 2) = data.rows.row(row - 3);
    }
    CHECK(fault<double, mohs::Cosine>({finite, data, reference::with_shared_ids(finite)}, 0.1) == "");
}

TEST_CASE("triplets beyond 32 bits are counted", "[slow]")
{
    // 1024 anchors with 1023 positives and 1025 negatives, 1025 with 1024 and 1024.
    mohs::Matrix rows(2049, 1);
    std::vector<int> labels;
    for (mohs::Index row = 0; row < 2049; ++row) {
        rows(row, 0) = static_cast<float>(row % 7);
        labels.push_back(row < 1024 ? 0 : 1);
    }
    const mohs::TripletEnumerator enumerator{mohs::SquaredEuclidean{}, {}};
    const std::int64_t right = std::int64_t{1024} * 1023 * 1025 + std::int64_t{1025} * 1024 * 1024;
    REQUIRE(right > std::numeric_limits<std::int32_t>::max());
    CHECK(enumerator.count(mohs::Batch(rows, labels)) == right);
}

TEST_CASE("a limited enumeration is a uniform sample without replacement")
{
    const pairs::Problem problem;
    const Set all = expected<mohs::SquaredEuclidean>(problem, mohs::TripletKind::semi_hard, 0.5);
    const mohs::Index limit = 50;
    const mohs::TripletEnumerator enumerator{mohs::SquaredEuclidean{},
                                             {.kind = mohs::TripletKind::semi_hard, .margin = 0.5, .limit = limit}};
    std::map<std::tuple<mohs::Index, mohs::Index, mohs::Index>, double> seen;
    const auto cells = static_cast<double>(all.size());
    const int steps = static_cast<int>(6 * cells / static_cast<double>(limit)) + 1;
    mohs::Options options;
    options.threads = 1;
    for (int step = 0; step < steps; ++step) {
        options.step = static_cast<std::uint64_t>(step);
        const auto triplets = enumerator(problem.batch(), options);
        const Set sample = set_of(triplets);
        REQUIRE(triplets.size() == limit);
        REQUIRE(static_cast<mohs::Index>(sample.size()) == limit);
        for (const auto& triplet : sample) {
            REQUIRE(all.contains(triplet));
            seen[triplet] += 1;
        }
    }
    const double expected_count = static_cast<double>(steps) * static_cast<double>(limit) / cells;
    double chi_squared = 0;
    for (const auto& triplet : all) {
        chi_squared += (seen[triplet] - expected_count) * (seen[triplet] - expected_count) / expected_count;
    }
    // Sampling without replacement varies less than the chi-squared law; five deviations above its mean never happens by
    // chance, and leaving out a tenth of the triplets adds more than that.
    CHECK(chi_squared < cells + 5 * std::sqrt(2 * cells));
    double skewed = 0;
    for (const auto& triplet : all) {
        const double count = std::get<2>(triplet) % 10 == 0 ? 0 : seen[triplet];
        skewed += (count - expected_count) * (count - expected_count) / expected_count;
    }
    CHECK(skewed > cells + 5 * std::sqrt(2 * cells));
}

TEST_CASE("rows of one sample id are enumerated as often as others")
{
    // One anchor and its positive, and six negatives, four of which are one sample. One triplet of six is drawn.
    const mohs::MatrixOf<float> query{{0}}, gallery{{1}, {2}, {3}, {4}, {5}, {6}, {7}};
    const std::vector<int> query_label{0}, labels{0, 1, 1, 1, 1, 1, 1}, query_id{1}, ids{2, 3, 4, 3, 3, 5, 3};
    const mohs::TripletEnumerator enumerator{mohs::SquaredEuclidean{}, {.limit = 1}};
    std::vector<double> seen(7, 0.0);
    mohs::Options options;
    options.threads = 1;
    for (options.step = 0; options.step < 3000; ++options.step) {
        const auto triplets = enumerator(mohs::Batch(query, query_label).with_ids(query_id),
                                         mohs::Batch(gallery, labels).with_ids(ids), options);
        REQUIRE(triplets.size() == 1);
        seen[static_cast<std::size_t>(triplets[0].negative)] += 1;
    }
    for (std::size_t row = 1; row < seen.size(); ++row) {
        // Five deviations of a binomial count of mean 500.
        CHECK(std::abs(seen[row] - 500) < 5 * std::sqrt(500.0 * 5 / 6));
    }
}

TEST_CASE("a sample repeats with its step and differs in the next")
{
    const pairs::Problem problem;
    const mohs::TripletEnumerator enumerator{mohs::SquaredEuclidean{}, {.limit = 30, .seed = 5}};
    mohs::Options first, second;
    second.step = 1;
    CHECK(set_of(enumerator(problem.batch(), first)) == set_of(enumerator(problem.batch(), first)));
    CHECK(set_of(enumerator(problem.batch(), first)) != set_of(enumerator(problem.batch(), second)));
}

TEST_CASE("an enumeration refuses senseless options")
{
    CHECK_THROWS_AS((mohs::TripletEnumerator{mohs::Cosine{}, {.margin = -1}}), std::invalid_argument);
    CHECK_THROWS_AS((mohs::TripletEnumerator{mohs::Cosine{}, {.limit = -1}}), std::invalid_argument);
}
