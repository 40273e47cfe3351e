#include <mohs/scan.hpp>

#include "catch.hpp"
#include "reference.hpp"
#include "visitors.hpp"

#include <algorithm>
#include <tuple>

using mohs::Among;
using mohs::Anchor;
using mohs::Cosine;
using mohs::Euclidean;
using mohs::Index;
using mohs::IsaLevel;
using mohs::Options;
using reference::Data;
using reference::Scene;
using visitors::at_level;
using visitors::describe;
using visitors::scan_scene;

namespace {

/// Sums in float and in the order in which values come: any other order or split changes bits.
struct SumOfValues {
    struct Partial {
        float sum = 0;
    };
    explicit SumOfValues(Index anchors) : result(static_cast<std::size_t>(anchors)) {}
    std::vector<float> result;

    template <class T>
    void add(Partial& partial, Anchor, const mohs::RowSegment<T>& segment) const
    {
        for (int i = 0; i < segment.size; ++i) {
            if (((segment.positives | segment.negatives) >> i & 1U) != 0) {
                partial.sum += static_cast<float>(segment.values[i]);
            }
        }
    }
    void combine(Partial& total, const Partial& later) const { total.sum += later.sum; }
    void finish(Anchor anchor, const Partial& total) { result[static_cast<std::size_t>(anchor.row)] = total.sum; }
};

/// Results of one visitor of each kind.
struct Results {
    std::vector<Index> hardest, farthest;
    std::vector<double> hardest_score;
    std::vector<float> sums;
    std::vector<std::vector<visitors::Seen>> rows;
    friend bool operator==(const Results&, const Results&) = default;
};

template <class M>
Results scan_all(const Scene& scene, const Options& options)
{
    visitors::Best<Among::negatives> hardest;
    visitors::Best<Among::positives, true> farthest;
    SumOfValues sums(scene.anchors.size());
    visitors::CollectRows rows(scene.anchors.size());
    scan_scene<M, float>(scene, hardest, options);
    scan_scene<M, float>(scene, farthest, options);
    scan_scene<M, float>(scene, sums, options);
    scan_scene<M, float>(scene, rows, options);
    return {hardest.best, farthest.best, hardest.score_of, sums.result, rows.of_anchor};
}

/// Data on which the order of events would show: ties, thresholds that rise all the time, and ordinary rows.
std::vector<Data> telling_data(Index rows)
{
    return {reference::duplicates(rows, 8), reference::ascending(rows, 8),
            reference::with_shared_ids(reference::non_finite(rows, 8))};
}

template <class M>
void require_same_for_all(const Scene& scene, IsaLevel level, const std::vector<Options>& ways)
{
    const Results expected = scan_all<M>(scene, at_level(level, 1));
    for (Options options : ways) {
        options.isa = level;
        INFO(describe(scene, level) << ", " << M::name << ", " << options.threads << " threads");
        REQUIRE(scan_all<M>(scene, options) == expected);
    }
}

void require_same_for_all(const std::vector<Options>& ways)
{
    const Data queries = reference::with_shared_ids(reference::clustered(70, 8, 100));
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Data& data : telling_data(260)) {
            require_same_for_all<Cosine>(Scene(data), level, ways);
            require_same_for_all<Euclidean>(Scene(data), level, ways);
            if (!data.ids.empty()) {
                require_same_for_all<Euclidean>(Scene(queries, data), level, ways);
            }
        }
    }
}

/// The bits of the scores of one anchor against identical rows are the same, so what is kept from them follows from the
/// order of the rows alone: the lowest.
Index lowest_identical(const Scene& scene, Index anchor, Index candidate, Among among)
{
    for (const Index other : scene.candidates_of(anchor, among)) {
        if (scene.same_row(other, candidate)) {
            return other;
        }
    }
    return candidate;
}

}  // namespace

TEST_CASE("one and two and three threads of OpenMP give the same bits")
{
    std::vector<Options> ways(3);
    ways[0].threads = 2;
    ways[1].threads = 3;
    ways[2].threads = 0;
    const Data data = reference::duplicates(330, 20);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        require_same_for_all<Cosine>(Scene(data), level, ways);
        require_same_for_all<Euclidean>(Scene(data), level, ways);
    }
}

TEST_CASE("executors on any number of threads give the same bits", "[threads]")
{
    std::vector<Options> ways(4);
    ways[0].threads = 2;
    ways[1].threads = 3;
    ways[2].threads = 7;
    for (Options& options : ways) {
        options.executor = reference::thread_executor(std::clamp(options.threads, 1, 3));
    }
    ways[3].executor = reference::backward_executor();
    require_same_for_all(ways);
}

TEST_CASE("a scan of a batch is a scan of a copy of it as a gallery with the same ids", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const Index width = reference::panel_width<float>(level);
        for (const Index rows : {Index{0}, Index{1}, width - 1, width, width + 1, 2 * width + 5}) {
            for (const Data& data : {reference::clustered(rows, 20), reference::duplicates(rows, 20),
                                     reference::non_finite(rows, 20), reference::zero_rows(rows, 20)}) {
                const Data with_ids = reference::with_row_ids(data), copy = with_ids;
                const Results expected = scan_all<Cosine>(Scene(data), at_level(level));
                const Results expected_distances = scan_all<Euclidean>(Scene(data), at_level(level));
                INFO(data.name << ", " << rows << " rows");
                REQUIRE(scan_all<Cosine>(Scene(with_ids), at_level(level)) == expected);
                REQUIRE(scan_all<Cosine>(Scene(with_ids, copy), at_level(level)) == expected);
                REQUIRE(scan_all<Euclidean>(Scene(with_ids, copy), at_level(level)) == expected_distances);
            }
        }
    }
}

TEST_CASE("permuted anchors give permuted results", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const Data gallery = reference::duplicates(130, 20);
        const Data queries = reference::duplicates(100, 20, 101);
        const std::vector<Index> order = reference::shuffled_rows(100, 102);
        const Results expected = scan_all<Euclidean>(Scene(queries, gallery), at_level(level)),
                      found = scan_all<Euclidean>(Scene(reference::permuted(queries, order), gallery), at_level(level));
        for (std::size_t i = 0; i < order.size(); ++i) {
            const auto from = static_cast<std::size_t>(order[i]);
            REQUIRE(found.hardest[i] == expected.hardest[from]);
            REQUIRE(found.farthest[i] == expected.farthest[from]);
            REQUIRE(found.sums[i] == expected.sums[from]);
            REQUIRE(found.rows[i] == expected.rows[from]);
        }
    }
}

TEST_CASE("permuted candidates give permuted results", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const Data queries = reference::clustered(60, 20, 103);
        for (const Data& gallery : {reference::duplicates(130, 20), reference::all_equal(130, 20)}) {
            const std::vector<Index> order = reference::shuffled_rows(130, 104);
            const Data shuffled = reference::permuted(gallery, order);
            const Scene scene(queries, gallery), permuted_scene(queries, shuffled);
            const Results expected = scan_all<Cosine>(scene, at_level(level)),
                          found = scan_all<Cosine>(permuted_scene, at_level(level));
            std::vector<Index> place(order.size());
            for (std::size_t i = 0; i < order.size(); ++i) {
                place[static_cast<std::size_t>(order[i])] = static_cast<Index>(i);
            }
            REQUIRE(found.hardest_score == expected.hardest_score);
            for (Index anchor = 0; anchor < 60; ++anchor) {
                const auto at = static_cast<std::size_t>(anchor);
                for (const auto& [before, after, among] :
                     {std::tuple{expected.hardest[at], found.hardest[at], Among::negatives},
                      std::tuple{expected.farthest[at], found.farthest[at], Among::positives}}) {
                    INFO(gallery.name << ", anchor " << anchor);
                    REQUIRE(after == (before < 0 ? -1
                                                 : lowest_identical(permuted_scene, anchor,
                                                                    place[static_cast<std::size_t>(before)], among)));
                }
                for (const visitors::Seen& seen : found.rows[at]) {
                    const Index original = order[static_cast<std::size_t>(seen.candidate)];
                    const auto same =
                        std::find_if(expected.rows[at].begin(), expected.rows[at].end(),
                                     [original](const visitors::Seen& other) { return other.candidate == original; });
                    REQUIRE(same != expected.rows[at].end());
                    REQUIRE(same->value == seen.value);
                    REQUIRE(same->positive == seen.positive);
                }
            }
        }
    }
}

TEST_CASE("a permuted batch gives the permuted result", "[kernel]")
{
    // Gaussian rows have no ties, so the hardest is the same row wherever it went.
    const Data data = reference::gaussian(150, 20);
    const std::vector<Index> order = reference::shuffled_rows(150, 105);
    const Data shuffled = reference::permuted(data, order);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const Results expected = scan_all<Cosine>(Scene(data), at_level(level)),
                      found = scan_all<Cosine>(Scene(shuffled), at_level(level));
        for (std::size_t i = 0; i < order.size(); ++i) {
            const auto from = static_cast<std::size_t>(order[i]);
            const Index hardest = found.hardest[i], farthest = found.farthest[i];
            REQUIRE((hardest < 0 ? -1 : order[static_cast<std::size_t>(hardest)]) == expected.hardest[from]);
            REQUIRE((farthest < 0 ? -1 : order[static_cast<std::size_t>(farthest)]) == expected.farthest[from]);
            REQUIRE(found.hardest_score[i] == expected.hardest_score[from]);
        }
    }
}

TEST_CASE("candidates that are added at the end and cannot win change nothing", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        const Index width = reference::panel_width<float>(level);
        const Data queries = reference::clustered(40, 20, 106);
        const Data all = reference::duplicates(4 * width, 20);
        for (const Index rows : {Index{1}, width - 1, width, width + 1, 2 * width}) {
            std::vector<Index> some, twice;
            for (Index i = 0; i < rows; ++i) {
                some.push_back(i);
            }
            // The same rows once more, behind: they tie, and the lower row stays.
            twice = some;
            twice.insert(twice.end(), some.begin(), some.end());
            const Data gallery = reference::permuted(all, some), longer = reference::permuted(all, twice);
            const Results expected = scan_all<Cosine>(Scene(queries, gallery), at_level(level)),
                          found = scan_all<Cosine>(Scene(queries, longer), at_level(level));
            REQUIRE(found.hardest == expected.hardest);
            REQUIRE(found.farthest == expected.farthest);
            REQUIRE(found.hardest_score == expected.hardest_score);
        }
    }
}

TEST_CASE("the same scan repeats its bits with a used workspace")
{
    const Data data = reference::duplicates(200, 20);
    const reference::Owned<float> owned(data);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        mohs::Workspace workspace;
        std::vector<double> first;
        for (int round = 0; round < 3; ++round) {
            visitors::Best<Among::negatives> visitor;
            mohs::scan(owned.batch(), Euclidean{}, visitor, at_level(level), workspace);
            if (round == 0) {
                first = visitor.score_of;
            }
            REQUIRE(visitor.score_of == first);
            // Another shape in between leaves other bytes behind.
            const mohs::Batch<float> batch = owned.batch();
            mohs::scan(batch, batch, Cosine{}, visitor, at_level(level), workspace);
        }
    }
}

TEST_CASE("instruction sets agree but for ties within rounding")
{
    for (const Data& data : telling_data(140)) {
        const Scene scene(data);
        for (const IsaLevel level : mohs::available_isa_levels()) {
            visitors::Best<Among::negatives> hardest;
            scan_scene<Euclidean, float>(scene, hardest, at_level(level));
            for (Index anchor = 0; anchor < data.size(); ++anchor) {
                const auto keys = reference::keys<Euclidean, float>(scene, anchor, Among::negatives);
                INFO(describe(scene, level) << ", anchor " << anchor);
                REQUIRE(reference::is_first_of(scene, keys, hardest.best[static_cast<std::size_t>(anchor)]));
            }
        }
    }
}
