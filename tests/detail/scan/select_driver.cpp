// Covers detail/scan/best.hpp, detail/scan/offers.hpp, detail/scan/selection.hpp, detail/scan/selector_traits.hpp.

#include <mohs/detail/scan/select_driver.hpp>

#include "../../catch.hpp"
#include "../../reference.hpp"
#include "../../visitors.hpp"

#include <algorithm>
#include <map>

using mohs::Among;
using mohs::Anchor;
using mohs::Candidate;
using mohs::Cosine;
using mohs::DotProduct;
using mohs::Euclidean;
using mohs::Index;
using mohs::IsaLevel;
using mohs::Normalised;
using mohs::SquaredEuclidean;
using reference::Data;
using reference::Scene;
using visitors::at_level;
using visitors::describe;
using visitors::Everything;
using visitors::scan_scene;

namespace {

/// Kernel scores relate to the keys of the oracle by a positive factor and a constant per anchor: the ranking of every
/// anchor has to be the oracle's.
template <class M, class T>
void require_scores_rank(const Scene& scene)
{
    std::vector<std::vector<reference::Key>> keys;
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        keys.push_back(reference::keys<M, T>(scene, anchor, Among::everyone));
    }
    for (const IsaLevel level : mohs::available_isa_levels()) {
        Everything<T> visitor(scene.candidates.size());
        scan_scene<M, T>(scene, visitor, at_level(level));
        for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
            const std::vector<reference::Key>& expected = keys[static_cast<std::size_t>(anchor)];
            std::vector<Index> ranked;
            for (const reference::Key& key : expected) {
                ranked.push_back(key.candidate);
            }
            std::sort(ranked.begin(), ranked.end(), [&](Index a, Index b) {
                const T score_a = visitor.scores(anchor, a), score_b = visitor.scores(anchor, b);
                return score_a != score_b ? score_a > score_b : a < b;
            });
            INFO(describe(scene, level) << ", " << M::name << ", anchor " << anchor);
            REQUIRE(reference::are_first_of(scene, expected, expected.size(), ranked));
        }
    }
}

/// The best of the recorded scores among the candidates that `admitted` lets through; of equal scores the lowest row.
template <class T, class Admitted>
Index best_of(const Scene& scene, const mohs::MatrixOf<T>& scores, Index anchor, Among among, bool smallest_first,
              const Admitted& admitted)
{
    Index best = -1;
    for (const Index candidate : scene.candidates_of(anchor, among)) {
        const T score = scores(anchor, candidate);
        if (admitted(anchor, candidate, score) &&
            (best < 0 || (smallest_first ? score < scores(anchor, best) : score > scores(anchor, best)))) {
            best = candidate;
        }
    }
    return best;
}

constexpr auto everything = [](Index, Index, auto) { return true; };

template <class M, class T, Among among, bool smallest_first>
void require_best(const Scene& scene, IsaLevel level, const mohs::MatrixOf<T>& scores)
{
    visitors::Best<among, smallest_first> visitor;
    scan_scene<M, T>(scene, visitor, at_level(level));
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        const Index found = visitor.best[static_cast<std::size_t>(anchor)];
        INFO(describe(scene, level) << ", " << M::name << ", anchor " << anchor);
        REQUIRE(found == best_of(scene, scores, anchor, among, smallest_first, everything));
        REQUIRE((found < 0 || visitor.score_of[static_cast<std::size_t>(anchor)] == double{scores(anchor, found)}));
    }
}

/// With the scores of a selector that is shown all of them, what any other selector keeps is known exactly.
template <class M, class T>
void require_all_best(const Scene& scene)
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        Everything<T> all(scene.candidates.size());
        scan_scene<M, T>(scene, all, at_level(level));
        require_best<M, T, Among::negatives, false>(scene, level, all.scores);
        require_best<M, T, Among::positives, true>(scene, level, all.scores);
        require_best<M, T, Among::everyone, false>(scene, level, all.scores);
    }
}

/// Queries that can be compared with `gallery`.
Data queries_for(const Data& gallery, Index rows)
{
    Data queries = reference::clustered(rows, gallery.dimension(), 78);
    if (gallery.labels.empty()) {
        queries.labels.clear();
    }
    return gallery.ids.empty() ? queries : reference::with_shared_ids(queries, 79);
}

/// Keeps all that is inside of a window per anchor.
template <bool smallest_first_>
struct InWindow {
    static constexpr Among among = Among::everyone;
    static constexpr bool smallest_first = smallest_first_;
    std::vector<mohs::Window<float>> windows;
    mohs::MatrixOf<int> times;
    Index windows_asked = 0;

    void start(Index anchors, mohs::Workspace&) { times.setZero(anchors, times.cols()); }

    template <class T>
    mohs::Window<T> window(Anchor anchor)
    {
        ++windows_asked;
        const mohs::Window<float>& window = windows[static_cast<std::size_t>(anchor.row)];
        return {static_cast<T>(window.threshold), static_cast<T>(window.ceiling)};
    }
    template <class T>
    T accept(Anchor anchor, Candidate candidate, T, T threshold)
    {
        ++times(anchor.row, candidate.row);
        return threshold;
    }
};

/// Keeps the best inside of a window per anchor.
template <bool smallest_first_>
struct BestInWindow : visitors::Best<Among::negatives, smallest_first_> {
    std::vector<mohs::Window<float>> windows;
    template <class T>
    mohs::Window<T> window(Anchor anchor) const
    {
        const mohs::Window<float>& window = windows[static_cast<std::size_t>(anchor.row)];
        return {static_cast<T>(window.threshold), static_cast<T>(window.ceiling)};
    }
};

/// Windows whose ends are scores themselves: from the first to the third quarter of every anchor, for some anchors a
/// single score, for some nothing.
template <bool smallest_first>
std::vector<mohs::Window<float>> windows_between(const Scene& scene, const mohs::MatrixOf<float>& scores)
{
    std::vector<mohs::Window<float>> windows;
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        std::vector<float> sorted;
        for (const Index candidate : scene.candidates_of(anchor, Among::everyone)) {
            sorted.push_back(scores(anchor, candidate));
        }
        std::sort(sorted.begin(), sorted.end());
        if (sorted.empty()) {
            windows.push_back({0, 0});
            continue;
        }
        float low = sorted[sorted.size() / 4], high = sorted[3 * sorted.size() / 4];
        if (anchor % 5 == 1) {
            high = low;
        }
        if (anchor % 5 == 2) {
            std::swap(low, high);
        }
        windows.push_back(smallest_first ? mohs::Window<float>{high, low} : mohs::Window<float>{low, high});
    }
    return windows;
}

template <bool smallest_first>
bool inside(const mohs::Window<float>& window, float score)
{
    return smallest_first ? window.ceiling <= score && score <= window.threshold
                          : window.threshold <= score && score <= window.ceiling;
}

template <class M, bool smallest_first>
void require_windows(const Scene& scene)
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        Everything<float> all(scene.candidates.size());
        scan_scene<M, float>(scene, all, at_level(level));
        const auto windows = windows_between<smallest_first>(scene, all.scores);
        InWindow<smallest_first> visitor;
        visitor.windows = windows;
        visitor.times.resize(0, scene.candidates.size());
        scan_scene<M, float>(scene, visitor, at_level(level));
        BestInWindow<smallest_first> best;
        best.windows = windows;
        scan_scene<M, float>(scene, best, at_level(level));
        INFO(describe(scene, level) << ", " << M::name << ", smallest first " << smallest_first);
        mohs::MatrixOf<int> expected = all.times;
        Index some = 0;
        for (Index anchor = 0; anchor < expected.rows(); ++anchor) {
            const mohs::Window<float>& window = windows[static_cast<std::size_t>(anchor)];
            for (Index candidate = 0; candidate < expected.cols(); ++candidate) {
                expected(anchor, candidate) *= inside<smallest_first>(window, all.scores(anchor, candidate));
                some += expected(anchor, candidate);
            }
            const auto admitted = [&](Index, Index, float score) { return inside<smallest_first>(window, score); };
            REQUIRE(best.best[static_cast<std::size_t>(anchor)] ==
                    best_of(scene, all.scores, anchor, Among::negatives, smallest_first, admitted));
        }
        REQUIRE(visitor.times == expected);
        REQUIRE(some > expected.size() / 5);
        REQUIRE(visitor.windows_asked <= scene.anchors.size());
    }
}

/// Whether a pair is let through by the predicate of the next selector.
constexpr auto is_admitted = [](Index anchor, Index candidate, auto score) {
    return (anchor + candidate) % 3 != 0 && score < 0.8F;
};

/// Best with a predicate, which keeps account of what it was asked.
struct BestAdmitted : visitors::Best<Among::negatives> {
    mohs::MatrixOf<int> asked, accepted;

    void start(Index anchors, mohs::Workspace& workspace)
    {
        Best::start(anchors, workspace);
        asked.setZero(anchors, asked.cols());
        accepted.setZero(anchors, accepted.cols());
    }
    template <class T>
    bool admits(Anchor anchor, Candidate candidate, T score)
    {
        ++asked(anchor.row, candidate.row);
        return is_admitted(anchor.row, candidate.row, score);
    }
    template <class T>
    T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        ++accepted(anchor.row, candidate.row);
        return Best::accept(anchor, candidate, score, threshold);
    }
};

template <class M>
void require_predicate(const Scene& scene)
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        Everything<float> all(scene.candidates.size());
        scan_scene<M, float>(scene, all, at_level(level));
        BestAdmitted visitor;
        visitor.asked.resize(0, scene.candidates.size());
        visitor.accepted.resize(0, scene.candidates.size());
        scan_scene<M, float>(scene, visitor, at_level(level));
        INFO(describe(scene, level) << ", " << M::name);
        for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
            REQUIRE(visitor.best[static_cast<std::size_t>(anchor)] ==
                    best_of(scene, all.scores, anchor, Among::negatives, false, is_admitted));
            for (Index candidate = 0; candidate < scene.candidates.size(); ++candidate) {
                const int asked = visitor.asked(anchor, candidate), accepted = visitor.accepted(anchor, candidate);
                const bool legal = scene.is_candidate(anchor, candidate, Among::negatives);
                const bool admitted = legal && is_admitted(anchor, candidate, all.scores(anchor, candidate));
                // At most once, never about a pair of another relation, and accepted if and only if it said yes.
                REQUIRE((asked == 0 || (asked == 1 && legal)));
                REQUIRE(accepted == (admitted ? asked : 0));
            }
        }
    }
}

}  // namespace

TEST_CASE("scores rank candidates as the metric does")
{
    for (const Data& data : reference::all_kinds(53, 6)) {
        const Scene scene(data);
        require_scores_rank<Cosine, float>(scene);
        require_scores_rank<DotProduct, float>(scene);
        require_scores_rank<Euclidean, float>(scene);
        require_scores_rank<Normalised<Euclidean>, float>(scene);
        require_scores_rank<SquaredEuclidean, double>(scene);
    }
}

TEST_CASE("scores of queries and gallery rank candidates as the metric does")
{
    const Data queries = reference::scaled(reference::clustered(20, 6, 77), 3, "queries");
    for (const Data& gallery :
         {reference::clustered(60, 6), reference::zero_rows(60, 6), reference::mixed_magnitudes(60, 6),
          reference::non_finite(60, 6), reference::scaled(reference::duplicates(60, 6), 1e20, "far away")}) {
        const Scene scene(queries, gallery);
        require_scores_rank<Cosine, float>(scene);
        require_scores_rank<DotProduct, float>(scene);
        require_scores_rank<Euclidean, float>(scene);
        require_scores_rank<SquaredEuclidean, double>(scene);
    }
}

TEST_CASE("scores of rows far from the origin rank by their distance")
{
    // Not centred, |b|^2 would be 1e6 times the squared distances and eat 20 of the 24 bits.
    Data data = reference::clustered(60, 8, 85);
    for (Index i = 0; i < data.rows.size(); ++i) {
        data.rows.data()[i] = reference::round_to_float(data.rows.data()[i] + 1000);
    }
    data.name = "far from the origin";
    require_scores_rank<Euclidean, float>(Scene(data));
    require_scores_rank<Euclidean, float>(Scene(data, data));
}

TEST_CASE("scores are of the order of 1 whatever the magnitude of the rows")
{
    for (const double factor : {1e-30, 1.0, 1e30}) {
        const Data data = reference::scaled(reference::gaussian(60, 8), factor, "scaled");
        for (const IsaLevel level : mohs::available_isa_levels()) {
            Everything<float> cosine(60), dot(60), euclidean(60);
            const Scene scene(data);
            scan_scene<Cosine, float>(scene, cosine, at_level(level));
            scan_scene<DotProduct, float>(scene, dot, at_level(level));
            scan_scene<Euclidean, float>(scene, euclidean, at_level(level));
            for (const auto* scores : {&cosine.scores, &dot.scores, &euclidean.scores}) {
                const float largest = scores->cwiseAbs().maxCoeff();
                REQUIRE(largest > 0.05F);
                REQUIRE(largest < 20);
            }
        }
    }
}

TEST_CASE("the score of a pair has the same bits in both directions of a scan", "[kernel]")
{
    const Data data = reference::clustered(120, 33);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        Everything<float> visitor(120);
        scan_scene<Cosine, float>(Scene(data), visitor, at_level(level));
        REQUIRE(visitor.scores == visitor.scores.transpose().eval());
    }
}

TEST_CASE("a selector keeps the best of the scores on every kind of data")
{
    for (const Data& data : reference::all_kinds(103, 5)) {
        require_all_best<Cosine, float>(Scene(data));
        require_all_best<Euclidean, float>(Scene(data));
    }
}

TEST_CASE("a selector keeps the best of the scores of a gallery on every kind of data")
{
    for (const Data& gallery : reference::all_kinds(101, 5)) {
        const Data queries = queries_for(gallery, 31);
        require_all_best<Cosine, float>(Scene(queries, gallery));
        require_all_best<Euclidean, float>(Scene(queries, gallery));
    }
}

TEST_CASE("a selector keeps the best of the scores at sizes around the edges of the panels", "[kernel]")
{
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index rows : reference::edge_sizes<float>(level)) {
            const Data data = reference::duplicates(rows, 3), queries = reference::duplicates(7, 3, 86);
            require_all_best<Euclidean, float>(Scene(data));
            require_all_best<Euclidean, float>(Scene(queries, data));
        }
    }
}

TEST_CASE("a selector with windows is offered what is inside of them and their ends")
{
    for (const Data& data : {reference::clustered(90, 4), reference::duplicates(90, 4), reference::non_finite(90, 4)}) {
        const Data queries = reference::gaussian(40, 4, 87);
        require_windows<Cosine, false>(Scene(data));
        require_windows<Euclidean, true>(Scene(data));
        require_windows<Cosine, false>(Scene(queries, data));
        require_windows<Euclidean, true>(Scene(queries, data));
    }
}

TEST_CASE("a window without end and a window that is closed")
{
    const Data data = reference::clustered(70, 4);
    const Scene scene(data);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        InWindow<false> open, closed;
        open.times.resize(0, 70);
        closed.times.resize(0, 70);
        const float limit = std::numeric_limits<float>::max();
        open.windows.assign(70, {-limit, limit});
        closed.windows.assign(70, {limit, -limit});
        scan_scene<Cosine, float>(scene, open, at_level(level));
        scan_scene<Cosine, float>(scene, closed, at_level(level));
        REQUIRE(open.times.sum() == 70 * 69);
        REQUIRE(closed.times.isZero());
    }
}

TEST_CASE("a predicate is asked before a candidate is accepted and about nothing that is not a candidate")
{
    for (const Data& data : {reference::clustered(90, 4), reference::duplicates(90, 4), reference::non_finite(90, 4),
                             reference::with_shared_ids(reference::ascending(90, 4))}) {
        const Data queries = queries_for(data, 40);
        require_predicate<Cosine>(Scene(data));
        require_predicate<Cosine>(Scene(queries, data));
    }
}
