#include "../../catch.hpp"
#include "../../evaluation/oracle.hpp"

#include <mohs/detail/evaluation/rank_positives.hpp>

#include <map>
#include <vector>

namespace {

using mohs::Index;

struct Ranks {
    std::vector<Index> rows, ranks;
    friend bool operator==(const Ranks&, const Ranks&) = default;
};

/// Ranks by row of the anchor.
std::map<Index, Ranks> ranks_of(const evaluation::Set& set, Index limit)
{
    mohs::Workspace workspace;
    const mohs::Batch<double> batch = set.batch();
    const auto scene = mohs::detail::build_scene<mohs::Cosine, double>(
        batch, batch, true, mohs::detail::PackOrder::by_class, mohs::Options{.threads = 1}, workspace);
    std::map<Index, Ranks> result;
    mohs::detail::rank_positives<mohs::Cosine>(scene, limit, mohs::Options{.threads = 1}, workspace,
                                               [&](Index position, const auto& positives, const auto& ranked) {
                                                   Ranks& ranks = result[scene.anchors.row_of(position)];
                                                   for (const auto& each : positives) {
                                                       ranks.rows.push_back(each.row);
                                                   }
                                                   for (const auto& each : ranked) {
                                                       ranks.ranks.push_back(each.ahead);
                                                   }
                                               });
    return result;
}

/// Rows of the label of this one, the closest first.
std::vector<Index> relevant_rows(const evaluation::Set& set, Index query)
{
    std::vector<Index> rows;
    for (Index row = 0; row < set.size(); ++row) {
        if (row != query && set.label(row) == set.label(query)) {
            rows.push_back(row);
        }
    }
    const auto closeness = [&](Index row) {
        return evaluation::closeness(reference::metric_of<mohs::Cosine>, set, query, set, row);
    };
    std::stable_sort(rows.begin(), rows.end(), [&](Index a, Index b) { return closeness(a) > closeness(b); });
    return rows;
}

}  // namespace

TEST_CASE("Positives keep their ranks up to the limit and the best one in any case", "[evaluation]")
{
    const evaluation::Set set = evaluation::random_set(120, 3, 9, 31);
    for (const Index limit : {1, 20, 40, 1000}) {
        CAPTURE(limit);
        const auto found = ranks_of(set, limit);
        REQUIRE(found.size() == 120);
        for (const auto& [row, ranks] : found) {
            const std::vector<bool> list =
                evaluation::ranked(reference::metric_of<mohs::Cosine>, {set, set, true}, row);
            const std::vector<Index> rows = relevant_rows(set, row);
            REQUIRE(static_cast<Index>(rows.size()) == std::count(list.begin(), list.end(), true));
            Ranks expected{rows, {}};
            const auto positives = static_cast<Index>(rows.size());
            for (Index rank = 0; rank < static_cast<Index>(list.size()); ++rank) {
                const bool looked_at = rank < std::max(limit, positives) || expected.ranks.empty();
                if (list[static_cast<std::size_t>(rank)] && looked_at) {
                    expected.ranks.push_back(rank);
                }
            }
            CAPTURE(row);
            CHECK(ranks == expected);
        }
    }
}
