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
