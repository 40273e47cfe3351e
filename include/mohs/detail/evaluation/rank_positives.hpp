#pragma once

/// \file
/// The ranks of all positives of every anchor, exact as far down the list as anybody looks, without a list.
///
/// Two scans with selectors: the first collects the positives of every anchor, the second counts the negatives ahead
/// of each. A positive with so many candidates ahead that no metric will ask for it is dropped, which raises the
/// threshold of its anchor: most of the second scan is the vector test alone.

#include <mohs/detail/base/ranks_before.hpp>
#include <mohs/detail/scan/select_driver.hpp>

#include <algorithm>

namespace mohs::inline MOHS_ABI::detail {

/// A positive of an anchor, and the number of negatives between it and the positive that ranks before it.
template <class T>
struct RankedPositive {
    T score;
    std::int32_t row;
    std::int32_t ahead;
    friend bool operator<(const RankedPositive& a, const RankedPositive& b)
    {
        return ranks_before(a.score, a.row, b.score, b.row);
    }
};

/// The positives of some anchors, by the anchor's row.
template <class T>
struct RankedPositives {
    std::span<RankedPositive<T>> entries;
    std::span<std::int64_t> first;      ///< where the anchor's entries begin
    std::span<std::int32_t> found;      ///< positives of the anchor
    std::span<std::int32_t> live;       ///< those of them that may still rank within the limit
    std::span<std::int32_t> negatives;  ///< negatives ahead of the last live one

    [[nodiscard]] std::span<RankedPositive<T>> of(Index anchor, std::int32_t count) const
    {
        return entries.subspan(static_cast<std::size_t>(first[static_cast<std::size_t>(anchor)]),
                               static_cast<std::size_t>(count));
    }
};

/// Selector that keeps every positive.
template <class T>
struct CollectPositives {
    static constexpr Among among = Among::positives;
    static constexpr bool smallest_first = false;

    RankedPositives<T> lists;
    bool self;  ///< anchors and candidates are the same rows

    void start(Index, Workspace&) {}

    T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        if (!self || anchor.row != candidate.row) {
            const auto at = static_cast<std::size_t>(anchor.row);
            const auto next = static_cast<std::size_t>(lists.first[at] + lists.found[at]++);
            lists.entries[next] = {score, static_cast<std::int32_t>(candidate.row), 0};
        }
        return threshold;
    }
};

/// Selector that counts the negatives ahead of sorted positives. What remains does not depend on the order of the
/// offers: a positive is dropped if and only if it ranks beyond the limit in the end.
template <class T>
struct CountAhead {
    static constexpr Among among = Among::negatives;
    static constexpr bool smallest_first = false;

    RankedPositives<T> lists;
    Index limit;  ///< ranks asked for at least; those up to the number of positives are known in any case
    bool self;    ///< anchors and candidates are the same rows

    void start(Index, Workspace&) {}

    T accept(Anchor anchor, Candidate candidate, T score, T)
    {
        const auto at = static_cast<std::size_t>(anchor.row);
        std::int32_t &live = lists.live[at], &negatives = lists.negatives[at];
        if (live == 0) {
            return highest<T>;
        }
        const std::span<RankedPositive<T>> positives = lists.of(anchor.row, live);
        const auto behind = std::lower_bound(positives.begin(), positives.end(),
                                             RankedPositive<T>{score, static_cast<std::int32_t>(candidate.row), 0});
        // With a relation no anchor is among its positives, and in a part of a scene nothing else keeps it out.
        if (behind != positives.end() && !(self && anchor.row == candidate.row)) {
            ++behind->ahead;
            ++negatives;
            const Index last = std::max<Index>(limit, lists.found[at]);
            // The best positive stays: its rank is asked for wherever it is.
            while (live > 1 && Index{negatives} + live > last) {
                negatives -= positives[static_cast<std::size_t>(--live)].ahead;
            }
        }
        return positives[static_cast<std::size_t>(live - 1)].score;
    }
};

/// The scene with the anchors of some of its panels only. Not a self-scan any more, even where the anchors are among
/// the candidates.
template <class T>
Scene<T> anchor_panels(const Scene<T>& scene, Index begin, Index end, Workspace& workspace)
{
    Scene<T> part = scene;
    const auto first = static_cast<std::size_t>(begin * scene.width);
    const std::size_t count = static_cast<std::size_t>((std::min)(end * scene.width, scene.anchors.rows())) - first;
    part.self = false;
    part.anchors.order.row_of = scene.anchors.order.row_of.subspan(first, count);
    part.anchors.order.class_of = scene.anchors.order.class_of.subspan(first, count);
    if (scene.has_ids) {
        part.anchors.ids = scene.anchors.ids.subspan(first, count);
    }
    part.anchors.roles = scene.anchors.roles.subspan((std::min)(first, scene.anchors.roles.size()),
                                                     scene.anchors.roles.empty() ? 0 : count);
    if (scene.lists.present) {
        part.lists = lists_of_anchors(scene.lists, first, count, workspace);
    }
    part.anchors.panels += begin * scene.width * scene.depth;
    part.anchors.bias = scene.anchors.bias == nullptr ? nullptr : scene.anchors.bias + begin * scene.width;
    part.anchors.panel_count = end - begin;
    return part;
}

/// Calls `visit(position, positives, ranked)` for every anchor of a scene packed by class, from any thread:
/// `positives` are its positives, the closest first; `ranked` are the first of them, within the first max(limit,
/// positives) candidates, and their `ahead` is the rank, from 0. The best positive is always there.
///
/// Memory is linear in the rows: if all positives together are too many, anchors are done part by part, and then the
/// scores of a self-scan are computed for each side again.
template <class M, class T, class Visit>
void rank_positives(const Scene<T>& scene, Index limit, const Options& options, Workspace& workspace,
                    const Visit& visit)
{
    const Index width = scene.width, panels = scene.anchors.panel_count;
    const std::int64_t budget = std::max<std::int64_t>(64 * scene.anchors.batch_rows, 1 << 16);
    RankedPositives<T> lists;
    lists.first = workspace.take<std::int64_t>(scene.anchors.batch_rows);
    lists.found = workspace.take<std::int32_t>(scene.anchors.batch_rows, 0);
    lists.live = workspace.take<std::int32_t>(scene.anchors.batch_rows, 0);
    lists.negatives = workspace.take<std::int32_t>(scene.anchors.batch_rows, 0);
    for (Index begin = 0, end = 0; begin < panels; begin = end) {
        const Workspace::Frame frame(workspace);
        std::int64_t room = 0;
        for (; end < panels; ++end) {
            std::int64_t more = 0;
            for (Index position = end * width; position < (std::min)((end + 1) * width, scene.anchors.rows());
                 ++position) {
                lists.first[static_cast<std::size_t>(scene.anchors.row_of(position))] = room + more;
                more += positives_of(scene, position).size();
            }
            if (end > begin && room + more > budget) {
                break;
            }
            room += more;
        }
        const bool whole = begin == 0 && end == panels;
        const Scene<T> part = whole ? scene : anchor_panels(scene, begin, end, workspace);
        lists.entries = workspace.take<RankedPositive<T>>(room);
        CollectPositives<T> collect{lists, scene.self};
        select<M>(part, options, workspace, collect);
        parallel_for(options, end - begin, [&](Index panel, int) {
            for (Index at = panel * width; at < (std::min)((panel + 1) * width, part.anchors.rows()); ++at) {
                const Index row = part.anchors.row_of(at);
                const std::int32_t found = lists.found[static_cast<std::size_t>(row)];
                const std::span<RankedPositive<T>> positives = lists.of(row, found);
                std::sort(positives.begin(), positives.end());
                lists.live[static_cast<std::size_t>(row)] = found;
            }
        });
        CountAhead<T> count{lists, limit, scene.self};
        select<M>(part, options, workspace, count);
        parallel_for(options, end - begin, [&](Index panel, int) {
            for (Index at = panel * width; at < (std::min)((panel + 1) * width, part.anchors.rows()); ++at) {
                const Index row = part.anchors.row_of(at);
                const auto live = lists.live[static_cast<std::size_t>(row)];
                const std::span<RankedPositive<T>> ranked = lists.of(row, live);
                std::int32_t rank = 0;
                for (RankedPositive<T>& positive : ranked) {
                    rank += positive.ahead;
                    positive.ahead = rank++;
                }
                const std::span<const RankedPositive<T>> positives =
                    lists.of(row, lists.found[static_cast<std::size_t>(row)]);
                visit(begin * width + at, positives, std::span<const RankedPositive<T>>(ranked));
            }
        });
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
