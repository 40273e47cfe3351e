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
                // Of classes that are level, a row's own, else the lower.
                const double best = counted ? votes::share(found, *counted) : -1;
                if (at != least.end() && share >= at->second - 1e-9 &&
                    (share > best || (share == best && each == label))) {
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
    mohs::ClassThresholds thresholds = judge.thresholds(others);
    std::swap(thresholds.front(), thresholds.back());
    CHECK_THROWS_AS(judge(batch, others, thresholds), std::invalid_argument);
    CHECK_THROWS_AS(mohs::ConfidentLearning(mohs::Cosine{}, {.k = 0}), std::invalid_argument);
    CHECK_THROWS_AS(mohs::ConfidentLearning(mohs::Cosine{}, {.least_voters = 0}), std::invalid_argument);
}

TEST_CASE("which of two level classes a row counts as does not depend on their numbers")
{
    // A row between two rows of either class, which both stand for themselves.
    const mohs::Matrix rows{{0, 1}, {1, 0}, {1, 0.1F}, {-1, 0}, {-1, 0.1F}};
    for (const auto& [one, other] : {std::pair{3, 7}, std::pair{7, 3}}) {
        const std::vector<int> labels{one, one, one, other, other};
        const mohs::ConfidentLearning judge{mohs::Euclidean{}, {.k = 4}};
        const mohs::ClassThresholds level{{3, 0.5}, {7, 0.5}};
        const mohs::Batch batch{rows, labels};
        const std::vector<int> ids{0, 1, 2, 3, 4};
        CAPTURE(one, other);
        CHECK(judge(batch.with_ids(ids), batch.with_ids(ids), level).opinion(0) == Opinion::trusted);
    }
}

TEST_CASE("with too few voters confident learning abstains, and says for how many")
{
    const reference::Data rows = reference::gaussian(12, 5), few = reference::clustered(3, 5);
    const mohs::Batch<double> batch(rows.rows, rows.labels), others(few.rows, few.labels);
    const mohs::Judgement one = mohs::ConfidentLearning{mohs::Cosine{}, {.k = 10}}(batch, others),
                          all = mohs::ConfidentLearning{mohs::Cosine{}, {.k = 10, .least_voters = 4}}(batch, others);
    CHECK(one.count(Opinion::abstains) == 0);
    CHECK(one.short_of_voters() == 12);
    CHECK(all.count(Opinion::abstains) == 12);
    CHECK(all.short_of_voters() == 12);
}
