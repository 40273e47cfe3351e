// Two filters of the library together, self and gallery, with relations and ids.

#include "everywhere.hpp"

#include <mohs/filter/exclude_by_guide_threshold.hpp>
#include <mohs/filter/exclude_same_group.hpp>
#include <mohs/filter/prepared/near_duplicate_scale.hpp>
#include <mohs/filter/prepared/raw_rank_window.hpp>

#include <cmath>
#include <vector>

namespace {

using everywhere::Rejects;
using mohs::Index;
using reference::Data;
using reference::Scene;
using reference::Table;

/// The mean InfoNCE of what two filters leave, in double, by a loop over anchors and one over candidates.
double info_nce(const Scene& scene, double temperature, const Rejects& first, const Rejects& second,
                std::vector<Index>& rejected)
{
    double sum = 0;
    Index terms = 0;
    rejected.assign(2, 0);
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        std::vector<double> positives, negatives;
        for (Index row = 0; row < scene.candidates.size(); ++row) {
            if (scene.same_sample(anchor, row)) {
                continue;
            }
            const Eigen::RowVectorXd a = scene.anchors.rows.row(anchor), b = scene.candidates.rows.row(row);
            const double lengths = a.norm() * b.norm(), logit = lengths > 0 ? a.dot(b) / lengths / temperature : 0;
            if (scene.is_positive(anchor, row)) {
                positives.push_back(logit);
            } else if (first(anchor, row)) {
                ++rejected[0];
            } else if (second(anchor, row)) {
                ++rejected[1];
            } else {
                negatives.push_back(logit);
            }
        }
        double tail = 0;
        for (const double logit : negatives) {
            tail += std::exp(logit);
        }
        for (std::size_t i = 0; i < positives.size() && !negatives.empty(); ++i) {
            sum += std::log(std::exp(positives[i]) + tail) - positives[i];
            ++terms;
        }
    }
    return sum / static_cast<double>(terms);
}

template <class First, class Second>
void check_loss(const Scene& scene, const Rejects& first, const Rejects& second, const First& filter,
                const Second& other)
{
    const reference::Owned<double> rows(scene.anchors), others(scene.candidates);
    const mohs::InfoNCE<mohs::Cosine, First, Second> loss({}, {.temperature = 0.5}, filter, other);
    const auto found = scene.self ? loss(rows.batch()) : loss(rows.batch(), others.batch());
    std::vector<Index> rejected;
    CHECK(oracle::near(found.value, info_nce(scene, 0.5, first, second, rejected), 1e-12));
    CHECK(found.report.rejected[0] == rejected[0]);
    CHECK(found.report.rejected[1] == rejected[1]);
    CHECK(rejected[0] > 0);
    CHECK(rejected[1] > 0);
}

/// Both orders, by neighbours, pairs, triplets and a loss.
template <class First, class Second>
void check_both(const Scene& scene, const Rejects& first, const Rejects& second, const First& filter,
                const Second& other)
{
    CAPTURE(scene.anchors.name, scene.self, scene.anchors.ids.empty());
    everywhere::check_pairs(scene, {first, second}, filter, other);
    everywhere::check_pairs(scene, {second, first}, other, filter);
    const strategies::Verdict verdict{[&](Index anchor, Index, Index row) {
                                          return first(anchor, row) ? 0 : second(anchor, row) ? 1 : -1;
                                      },
                                      2, false};
    CHECK(strategies::fault_in<mohs::SquaredEuclidean>(scene, mohs::HardestPositive{}, mohs::HardestNegative{},
                                                       strategies::best_level(), verdict, filter, other) == "");
    check_loss(scene, first, second, filter, other);
    check_loss(scene, second, first, other, filter);
}

double cosine(const Table& a, Index i, const Table& b, Index j)
{
    return a.row(i).dot(b.row(j)) / (a.row(i).norm() * b.row(j).norm());
}

/// Calls `check` with a batch and a batch with a gallery, without and with sample ids that rows share.
template <class Check>
void for_each_scene(const Check& check)
{
    const Data plain = strategies::grid(37, 3, 6, 1), gallery = strategies::grid(53, 3, 6, 2);
    for (const bool with_ids : {false, true}) {
        const Data data = with_ids ? reference::with_shared_ids(plain) : plain,
                   other = with_ids ? reference::with_shared_ids(gallery, 13) : gallery;
        check(Scene(data));
        check(Scene(data, other));
    }
}

}

TEST_CASE("a window of raw ranks and the threshold of a guide hold together")
{
    const Table guide = oracle::gaussian(37, 4, 3), other_guide = oracle::gaussian(53, 4, 4);
    const mohs::RankRange ranks{.begin = 2, .end = 19};
    for_each_scene([&](const Scene& scene) {
        const reference::Owned<float> rows(scene.anchors), others(scene.candidates);
        const Table& of_candidates = scene.self ? guide : other_guide;
        std::vector<std::vector<Index>> ranked;
        for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
            ranked.push_back(everywhere::ranked_negatives(scene, anchor));
        }
        const Rejects outside = [&](Index anchor, Index row) {
            const auto& list = ranked[static_cast<std::size_t>(anchor)];
            const Index rank = std::find(list.begin(), list.end(), row) - list.begin();
            return rank < ranks.begin || rank >= *ranks.end;
        };
        const Rejects closer = [&](Index anchor, Index row) {
            double least = 2;
            for (const Index positive : scene.candidates_of(anchor, mohs::Among::positives)) {
                least = std::min(least, cosine(guide, anchor, of_candidates, positive));
            }
            return cosine(guide, anchor, of_candidates, row) > least;
        };
        const mohs::Batch guides(guide), other_guides(other_guide);
        const auto batch = rows.batch(), gallery = others.batch();
        const auto window = scene.self ? mohs::RawRankWindow{mohs::SquaredEuclidean{}, ranks, batch}
                                       : mohs::RawRankWindow{mohs::SquaredEuclidean{}, ranks, batch, gallery};
        const auto threshold = scene.self ? mohs::ExcludeByGuideThreshold{batch, guides}
                                          : mohs::ExcludeByGuideThreshold{batch, gallery, guides, other_guides};
        check_both(scene, outside, closer, window, threshold);
    });
}

TEST_CASE("near-duplicates by scale and rows of one group are rejected together")
{
    std::vector<int> groups(37), other_groups(53);
    for (std::size_t i = 0; i < 53; ++i) {
        other_groups[i] = static_cast<int>(i * 5 % 7);
        if (i < 37) {
            groups[i] = static_cast<int>(i * 3 % 7);
        }
    }
    for_each_scene([&](const Scene& scene) {
        const reference::Owned<float> rows(scene.anchors), others(scene.candidates);
        const std::vector<int>& of_candidates = scene.self ? groups : other_groups;
        // By definition: the median distance of a row of the gallery to the nearest of another sample.
        const Data& data = scene.candidates;
        const Scene within(data);
        std::vector<double> nearest;
        for (Index i = 0; i < data.size(); ++i) {
            double least = 1e300;
            for (Index j = 0; j < data.size(); ++j) {
                if (!within.same_sample(i, j)) {
                    least = std::min(least, (data.rows.row(i) - data.rows.row(j)).norm());
                }
            }
            nearest.push_back(least);
        }
        std::sort(nearest.begin(), nearest.end());
        REQUIRE(nearest.size() % 2 == 1);
        // Squares of distances are multiples of 1/4, and those of the threshold none: no rounding decides.
        const double share = 1.9, far = share * nearest[nearest.size() / 2];
        REQUIRE(std::abs(4 * far * far - std::round(4 * far * far)) > 1e-3);
        const Rejects near = [&](Index anchor, Index row) {
            return (scene.anchors.rows.row(anchor) - scene.candidates.rows.row(row)).squaredNorm() < far * far;
        };
        const Rejects same = [&](Index anchor, Index row) {
            return groups[static_cast<std::size_t>(anchor)] == of_candidates[static_cast<std::size_t>(row)];
        };
        const auto scale = mohs::near_duplicate_scale(mohs::SquaredEuclidean{}, others.batch());
        CHECK(scale.median == Approx(nearest[nearest.size() / 2]));
        const mohs::ExcludeSameGroup of_group{groups, of_candidates};
        everywhere::check_pairs(scene, {near, same}, scale.near_duplicates(share), of_group);
        everywhere::check_pairs(scene, {same, near}, of_group, scale.near_duplicates(share));
        // The loss is of cosines, for which distances have to be measured.
        check_both(scene, near, same, mohs::ExcludeCloseRows<>{far}, of_group);
    });
}
