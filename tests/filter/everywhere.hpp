#pragma once

/// \file
/// A filter of pairs wherever there are negatives, alone and with others: what it rejects is given as a predicate, and
/// the answers are written from that.

#include "../catch.hpp"
#include "../loss/oracle.hpp"
#include "../mining/strategies.hpp"

#include <mohs/filter/exclude_if.hpp>
#include <mohs/loss/contrastive.hpp>
#include <mohs/loss/info_nce.hpp>
#include <mohs/loss/multi_similarity.hpp>
#include <mohs/loss/sigmoid.hpp>
#include <mohs/mining/nearest_neighbours.hpp>
#include <mohs/mining/pair/all_pairs.hpp>
#include <mohs/mining/pair_miner.hpp>

#include <functional>
#include <utility>
#include <vector>

namespace everywhere {

using mohs::Index;
using reference::Data;
using reference::Scene;
using Rejects = std::function<bool(Index anchor, Index negative)>;

/// Another filter, to stand before or behind.
inline bool some(Index anchor, Index negative)
{
    return (anchor * 3 + negative * 5) % 7 == 2;
}
using Some = mohs::ExcludeIf<bool (*)(Index, Index)>;

/// The negatives of an anchor, closest first, by squared distances of rows on a grid: exact.
inline std::vector<Index> ranked_negatives(const Scene& scene, Index anchor)
{
    std::vector<std::pair<double, Index>> all;
    for (const Index row : scene.candidates_of(anchor, mohs::Among::negatives)) {
        all.emplace_back((scene.anchors.rows.row(anchor) - scene.candidates.rows.row(row)).squaredNorm(), row);
    }
    std::sort(all.begin(), all.end());
    std::vector<Index> result;
    for (const auto& [value, row] : all) {
        result.push_back(row);
    }
    return result;
}

/// What three neighbours and all pairs of a scene have to be, by squared distances, with filters that reject what
/// `rejects` say, in their order.
inline void check_found(const Scene& scene, const std::vector<Rejects>& rejects,
                        const mohs::Neighbours<mohs::SquaredEuclidean>& neighbours,
                        const mohs::Pairs<mohs::SquaredEuclidean>& found)
{
    const auto first = [&](Index anchor, Index row) {
        for (std::size_t filter = 0; filter < rejects.size(); ++filter) {
            if (rejects[filter](anchor, row)) {
                return static_cast<int>(filter);
            }
        }
        return -1;
    };
    std::vector<Index> ahead(rejects.size()), all(rejects.size());
    std::vector<std::pair<Index, Index>> left;
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        std::vector<Index> kept, shown;
        for (const Index row : ranked_negatives(scene, anchor)) {
            const int filter = first(anchor, row);
            if (filter < 0) {
                left.emplace_back(anchor, row);
                if (kept.size() < 3) {
                    kept.push_back(row);
                }
                continue;
            }
            ++all[static_cast<std::size_t>(filter)];
            ahead[static_cast<std::size_t>(filter)] += kept.size() < 3 ? 1 : 0;
        }
        for (Index rank = 0; rank < neighbours.count(anchor); ++rank) {
            shown.push_back(neighbours.index(anchor, rank));
        }
        CAPTURE(anchor);
        CHECK(shown == kept);
    }
    std::sort(left.begin(), left.end());
    std::vector<std::pair<Index, Index>> negatives;
    for (Index i = 0; i < found.negatives.size(); ++i) {
        negatives.emplace_back(found.negatives[i].anchor, found.negatives[i].candidate);
    }
    CHECK(negatives == left);
    for (std::size_t filter = 0; filter < rejects.size(); ++filter) {
        CHECK(neighbours.report.rejected[filter] == ahead[filter]);
        CHECK(found.report.rejected[filter] == all[filter]);
    }
}

/// Neighbours and pairs. `filters` reject what `rejects` say, in their order.
template <class... Filters>
void check_pairs(const Scene& scene, const std::vector<Rejects>& rejects, const Filters&... filters)
{
    using M = mohs::SquaredEuclidean;
    const reference::Owned<float> anchors(scene.anchors), candidates(scene.candidates);
    const mohs::NearestNeighbours<M, Filters...> nearest({}, {.k = 3, .among = mohs::Among::negatives}, filters...);
    const mohs::PairMiner<M, mohs::AllPairs, Filters...> pairs({}, {}, filters...);
    // Labels, or where there are no ids a relation that says the same.
    const mohs::Relation relation =
        mohs::Relation::of_pairs(scene.anchors.size(), scene.candidates.size(), [&](Index anchor, Index row) {
            return scene.is_positive(anchor, row) ? mohs::Related::positive : mohs::Related::negative;
        });
    for (const bool related : {false, true}) {
        if (related && !scene.anchors.ids.empty()) {
            continue;
        }
        const mohs::Batch<float> batch = related ? anchors.batch().related_by(relation) : anchors.batch();
        const auto neighbours = scene.self ? nearest(batch) : nearest(batch, candidates.batch());
        const auto found = scene.self ? pairs(batch) : pairs(batch, candidates.batch());
        check_found(scene, rejects, neighbours, found);
    }
}

/// Triplets by strategies that take one negative, and all.
template <class Filter>
void check_triplets(const Scene& scene, const Rejects& rejects, const Filter& filter)
{
    using M = mohs::SquaredEuclidean;
    const auto verdict = [&](bool first) {
        return strategies::Verdict{[&rejects, first](Index anchor, Index, Index row) {
                                       const bool one = first ? rejects(anchor, row) : some(anchor, row),
                                                  two = first ? some(anchor, row) : rejects(anchor, row);
                                       return one ? 0 : two ? 1 : -1;
                                   },
                                   2, false};
    };
    CHECK(strategies::fault_in<M>(scene, mohs::HardestPositive{}, mohs::HardestNegative{}, strategies::best_level(),
                                  verdict(true), filter, Some{some}) == "");
    CHECK(strategies::fault_in<M>(scene, mohs::AllPositives{}, mohs::AllNegatives{}, strategies::best_level(),
                                  verdict(false), Some{some}, filter) == "");
    const strategies::Verdict alone{[&](Index anchor, Index, Index row) { return rejects(anchor, row) ? 0 : -1; }, 1,
                                    false};
    CHECK(strategies::fault_in<M>(scene, mohs::EasiestPositive{}, mohs::SemiHardNegative{}, strategies::best_level(),
                                  alone, filter) == "");
}

/// A loss with the filter against the same loss without, whose relation says what the filter rejects.
template <class Loss>
void check_loss(const Scene& scene, const Rejects& rejects, const Loss& plain, const auto& filtered)
{
    const reference::Owned<double> anchors(scene.anchors), candidates(scene.candidates);
    const Index columns = scene.candidates.size();
    Index negatives = 0, rejected = 0;
    const mohs::Relation relation =
        mohs::Relation::of_pairs(scene.anchors.size(), columns, [&](Index anchor, Index row) {
            if (scene.is_positive(anchor, row) || (scene.self && anchor == row)) {
                return mohs::Related::positive;
            }
            ++negatives;
            rejected += rejects(anchor, row) ? 1 : 0;
            return rejects(anchor, row) ? mohs::Related::neither : mohs::Related::negative;
        });
    REQUIRE(rejected < negatives);
    const auto right = scene.self ? plain(anchors.batch().related_by(relation))
                                  : plain(anchors.batch().related_by(relation), candidates.batch());
    const auto found = scene.self ? filtered(anchors.batch()) : filtered(anchors.batch(), candidates.batch());
    CHECK(oracle::near(found.value, right.value, 1e-12));
    CHECK(oracle::near(found.gradient, reference::Table(right.gradient), 1e-12));
    if (!scene.self) {
        CHECK(oracle::near(found.candidate_gradient, reference::Table(right.candidate_gradient), 1e-12));
    }
    CHECK(found.report.rejected[0] == rejected);
    CHECK(found.report.valid == right.report.valid);
    for (const mohs::Options& how : oracle::thread_counts(mohs::IsaLevel::automatic)) {
        CHECK(oracle::same_bits(
            found, scene.self ? filtered(anchors.batch(), how) : filtered(anchors.batch(), candidates.batch(), how)));
    }
}

template <class Filter>
void check_losses(const Scene& scene, const Rejects& rejects, const Filter& filter)
{
    check_loss(scene, rejects, mohs::InfoNCE{mohs::Cosine{}, {.temperature = 0.3}},
               mohs::InfoNCE<mohs::Cosine, Filter>{{}, {.temperature = 0.3}, filter});
    check_loss(scene, rejects, mohs::MultiSimilarityLoss{mohs::Cosine{}},
               mohs::MultiSimilarityLoss<mohs::Cosine, Filter>{{}, {}, filter});
    check_loss(scene, rejects, mohs::SigmoidLoss{mohs::Cosine{}},
               mohs::SigmoidLoss<mohs::Cosine, Filter>{{}, {}, filter});
    if (!scene.self) {
        // Within a batch its pairs are unordered, and a filter that is not symmetric counts them by either row.
        check_loss(scene, rejects, mohs::ContrastiveLoss{mohs::SquaredEuclidean{}},
                   mohs::ContrastiveLoss<mohs::SquaredEuclidean, Filter>{{}, {}, filter});
    }
}

/// All of these in a scene, whose rows lie on a grid. Losses only without sample ids: copies of positives are neither
/// in a relation, but positives by label.
template <class Filter>
void check(const Scene& scene, const Rejects& rejects, const Filter& filter)
{
    CAPTURE(scene.anchors.name, scene.self, scene.anchors.ids.empty());
    check_pairs(scene, {rejects}, filter);
    check_pairs(scene, {rejects, some}, filter, Some{some});
    check_pairs(scene, {some, rejects}, Some{some}, filter);
    check_triplets(scene, rejects, filter);
    if (scene.anchors.ids.empty()) {
        check_losses(scene, rejects, filter);
    }
}

}  // namespace everywhere
