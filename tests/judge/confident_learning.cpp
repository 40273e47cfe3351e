#include "votes.hpp"

#include <mohs/judge/confident_learning.hpp>

namespace {

using mohs::Index;
using mohs::Opinion;
using votes::Scene;

/// The mean share of a class over the voters that are labelled so, if there are such with votes.
std::map<std::int64_t, double> thresholds(reference::Metric metric, const Scene& scene, Index k)
{
    const Scene among{"", scene.voters(), {}, true};
    std::map<std::int64_t, std::pair<double, double>> sums;
    for (Index row = 0; row < among.rows.size(); ++row) {
        const std::int64_t label = among.rows.labels[static_cast<std::size_t>(row)];
        const auto found = votes::of(metric, among, row, k);
        if (label != votes::unknown && !found.empty()) {
            sums[label].first += votes::share(found, label);
            sums[label].second += 1;
        }
    }
    std::map<std::int64_t, double> result;
    for (const auto& [label, sum] : sums) {
        result[label] = sum.first / sum.second;
    }
    return result;
}

template <class M>
void check_learning(Index k)
{
    const auto metric = reference::metric_of<M>;
    const mohs::ConfidentLearning judge{M{}, {.k = k}};
    for (const Scene& scene : votes::scenes()) {
        CAPTURE(scene.name, k);
        const auto batch = votes::batch(scene.rows), gallery = votes::batch(scene.voters());
        const mohs::Judgement judged = scene.self ? judge(batch) : judge(batch, gallery);
        const auto least = thresholds(metric, scene, k);
        const mohs::ClassThresholds found_thresholds = judge.thresholds(gallery);
        REQUIRE(found_thresholds.size() == least.size());
        for (const auto& [label, threshold] : found_thresholds) {
            CHECK(threshold == Approx(least.at(label)));
        }
        REQUIRE(judged.rows() == scene.rows.size());
        for (Index row = 0; row < judged.rows(); ++row) {
            const std::int64_t label = scene.rows.labels[static_cast<std::size_t>(row)];
            const auto found = votes::of(metric, scene, row, k);
            if (label == votes::unknown || found.empty()) {
                CHECK(judged.opinion(row) == Opinion::abstains);
                continue;
            }
            std::optional<std::int64_t> counted;
            double other = 0;
            for (const auto& [each, count] : found) {
                const double share = votes::share(found, each);
                const auto at = least.find(each);
                if (at != least.end() && share >= at->second - 1e-9 &&
                    (!counted || share > votes::share(found, *counted))) {
                    counted = each;
                }
                other = each == label ? other : std::max(other, share);
            }
            const bool suspect = counted && *counted != label;
            CHECK((judged.opinion(row) == Opinion::suspect) == suspect);
            const double against = suspect ? votes::share(found, *counted) : other;
            CHECK(judged.score(row) == Approx((1 + against - votes::share(found, label)) / 2).margin(1e-15));
        }
    }
}

}  // namespace

TEST_CASE("rows that count as another class by its own threshold are suspects", "[ieee]")
{
    check_learning<mohs::Cosine>(10);
    check_learning<mohs::Cosine>(4);
    check_learning<mohs::Euclidean>(7);
}

TEST_CASE("the reference's thresholds can be kept")
{
    const reference::Data rows = reference::gaussian(40, 5), gallery = reference::clustered(60, 5);
    const mohs::Batch<double> batch(rows.rows, rows.labels), others(gallery.rows, gallery.labels);
    const mohs::ConfidentLearning judge{mohs::Cosine{}};
    const mohs::Judgement once = judge(batch, others), again = judge(batch, others, judge.thresholds(others));
    for (Index row = 0; row < 40; ++row) {
        CHECK(once.opinion(row) == again.opinion(row));
        CHECK(once.score(row) == again.score(row));
    }
    CHECK_THROWS_AS(mohs::ConfidentLearning(mohs::Cosine{}, {.k = 0}), std::invalid_argument);
}
