#pragma once

/// \file
/// What pair miners have to return, from the definitions of their strategies.

#include "strategies.hpp"

#include <mohs/mining/pair_miner.hpp>

#include <functional>
#include <set>
#include <utility>

namespace pairs {

using Set = std::set<std::pair<mohs::Index, mohs::Index>>;

/// Rows on a grid of eighths, so that float scores are exact and values tie; the last row is alone in its class.
struct Problem {
    mohs::Matrix rows{61, 4};
    std::vector<int> labels;

    Problem();
    [[nodiscard]] mohs::Batch<float> batch() const { return mohs::Batch(rows, labels); }
};

/// The value of a metric, from its definition.
double value(reference::Metric metric, const Problem& problem, mohs::Index i, mohs::Index j);
template <class M>
double value(const Problem& problem, mohs::Index i, mohs::Index j)
{
    return value(reference::metric_of<M>, problem, i, j);
}

template <class M>
bool closer(double a, double b)
{
    return M::is_similarity ? a > b : a < b;
}

/// The pairs of a list, without their values.
Set set_of(Eigen::Map<const mohs::IndexVector> anchors, Eigen::Map<const mohs::IndexVector> candidates);
Set set_of(const auto& list)
{
    return set_of(list.anchors(), list.candidates());
}

/// All pairs with equal labels, or with different ones, for which `keep(i, j, value)` holds.
using Keep = std::function<bool(mohs::Index i, mohs::Index j, double value)>;
Set expected(reference::Metric metric, const Problem& problem, bool positive, const Keep& keep);
template <class M>
Set expected(const Problem& problem, bool positive, const Keep& keep)
{
    return expected(reference::metric_of<M>, problem, positive, keep);
}

// ---------------------------------------------------------------------------------------------------------------------
// Every kind of batch

/// What a strategy means: whether a pair of this value is kept, and what else its anchor has.
using Rule = std::function<bool(bool positive, double value, const std::vector<strategies::Seen>& positives,
                                const std::vector<strategies::Seen>& negatives)>;

/// What a miner found: pairs in their order, with their values.
struct Found {
    struct List {
        std::vector<std::pair<mohs::Index, mohs::Index>> pairs;
        std::vector<double> values;
        bool operator==(const List&) const = default;
    };
    List positives, negatives;
    mohs::Report report;
};
using Run = std::function<std::vector<Found>(const reference::Scene& scene, const std::vector<mohs::Options>& ways)>;

Found::List list_of(Eigen::Map<const mohs::IndexVector> anchors, Eigen::Map<const mohs::IndexVector> candidates,
                    Eigen::Map<const Eigen::VectorXd> values);

/// Whether pairs and values are the same, bit for bit.
template <class M>
bool same_pairs(const mohs::Pairs<M>& a, const mohs::Pairs<M>& b)
{
    const auto list = [](const auto& from) { return list_of(from.anchors(), from.candidates(), from.values()); };
    return list(a.positives) == list(b.positives) && list(a.negatives) == list(b.negatives);
}

template <class Scalar, class M, class Strategy>
Run run_of(const mohs::PairMiner<M, Strategy>& miner)
{
    return [miner](const reference::Scene& scene, const std::vector<mohs::Options>& ways) {
        const reference::Owned<Scalar> anchors(scene.anchors), candidates(scene.candidates);
        mohs::Workspace workspace;
        mohs::Pairs<M> pairs;
        std::vector<Found> result;
        for (const mohs::Options& options : ways) {
            if (scene.self) {
                miner(anchors.batch(), workspace, pairs, options);
            } else {
                miner(anchors.batch(), candidates.batch(), workspace, pairs, options);
            }
            const auto list = [](const auto& from) {
                return list_of(from.anchors(), from.candidates(), from.values());
            };
            result.push_back({list(pairs.positives), list(pairs.negatives), pairs.report});
        }
        return result;
    };
}

/// What is wrong with the pairs of any kind of batch, alone or with a gallery, and of any number of threads at any
/// level, which must not differ in a bit. `tolerance` of a value, relative to at least 1.
std::string fault(reference::Metric metric, const Run& run, const Rule& rule, double tolerance);

/// In float and in double, of rows on the grid or, of normalised metrics, of rows with separated cosines.
template <class M, class Strategy>
std::string fault(const Strategy& strategy, const Rule& rule)
{
    const mohs::PairMiner miner{M{}, strategy};
    constexpr reference::Metric metric = reference::metric_of<M>;
    return fault(metric, run_of<float>(miner), rule, metric.normalised ? 3e-6 : 1e-14) +
           fault(metric, run_of<double>(miner), rule, 1e-14);
}

}
