#include "votes.hpp"

#include <algorithm>

namespace votes {

namespace {

/// Every sixth label is unknown, and rows have the ids of the numbers from `first`.
Data with_ids(Data data, std::int64_t first, bool all_known = false)
{
    for (std::size_t row = 0; row < data.labels.size(); ++row) {
        if (!all_known && row % 6 == 4) {
            data.labels[row] = unknown;
        }
        data.ids.push_back(first + static_cast<std::int64_t>(row));
    }
    return data;
}

}  // namespace

std::vector<Scene> scenes()
{
    std::vector<Scene> result;
    for (const Data& rows : {reference::gaussian(41, 5), reference::clustered(60, 7), reference::duplicates(36, 4),
                             reference::non_finite(40, 6), reference::one_class(12, 3), reference::gaussian(0, 5)}) {
        result.push_back({rows.name + " among themselves", with_ids(rows, 100), {}, true});
        result.push_back({rows.name + " by all known", with_ids(rows, 0),
                          with_ids(reference::clustered(55, rows.dimension(), 11), 20, true)});
        result.push_back(
            {rows.name + " by few", with_ids(rows, 0), with_ids(reference::gaussian(3, rows.dimension(), 12), 1000)});
        result.push_back(
            {rows.name + " by nobody", with_ids(rows, 0), with_ids(reference::gaussian(0, rows.dimension(), 13), 0)});
    }
    return result;
}

std::vector<Index> nearest(Metric metric, const Scene& scene, Index row, Index k)
{
    const Data& voters = scene.voters();
    const auto label = [](const Data& data, Index at) { return data.labels[static_cast<std::size_t>(at)]; };
    if (!reference::is_finite_row(scene.rows.rows, row) || (scene.self && label(scene.rows, row) == unknown)) {
        return {};
    }
    std::vector<std::pair<double, Index>> order;
    for (Index other = 0; other < voters.size(); ++other) {
        const bool same = voters.ids[static_cast<std::size_t>(other)] == scene.rows.ids[static_cast<std::size_t>(row)];
        if (!same && label(voters, other) != unknown && reference::is_finite_row(voters.rows, other)) {
            const double value = reference::value(metric, scene.rows.rows, row, voters.rows, other);
            order.emplace_back(metric.similarity ? -value : value, other);
        }
    }
    std::sort(order.begin(), order.end());
    std::vector<Index> result;
    for (const auto& [value, other] : order) {
        if (static_cast<Index>(result.size()) < k) {
            result.push_back(other);
        }
    }
    return result;
}

std::map<std::int64_t, Index> of(Metric metric, const Scene& scene, Index row, Index k)
{
    std::map<std::int64_t, Index> result;
    for (const Index other : nearest(metric, scene, row, k)) {
        ++result[scene.voters().labels[static_cast<std::size_t>(other)]];
    }
    return result;
}

double share(const std::map<std::int64_t, Index>& votes, std::int64_t label)
{
    Index all = 0;
    for (const auto& [each, count] : votes) {
        all += count;
    }
    const auto at = votes.find(label);
    return at == votes.end() ? 0 : static_cast<double>(at->second) / static_cast<double>(all);
}

}  // namespace votes
