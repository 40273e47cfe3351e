#include <mohs/visitor.hpp>

#include "catch.hpp"
#include "reference.hpp"
#include "visitors.hpp"

#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

using mohs::Among;
using mohs::Anchor;
using mohs::Candidate;
using mohs::Cosine;
using mohs::Euclidean;
using mohs::Index;
using mohs::IsaLevel;
using mohs::Options;
using reference::Data;
using reference::Scene;
using visitors::at_level;
using visitors::scan_scene;

namespace {

/// The selector of the documentation, word for word.
struct Hardest {
    static constexpr Among among = Among::negatives;
    static constexpr bool smallest_first = false;
    std::vector<Index> best;

    void start(Index anchors, mohs::Workspace&) { best.assign(static_cast<std::size_t>(anchors), -1); }

    template <class T>
    T accept(Anchor anchor, Candidate candidate, T score, T threshold)
    {
        Index& row = best[static_cast<std::size_t>(anchor.row)];
        if (row < 0 || score != threshold || candidate.row < row) {
            row = candidate.row;
        }
        return score;
    }
};

/// The accumulator of the documentation.
struct SumOfExponentials {
    struct Partial {
        double sum = 0;
    };
    std::vector<double> result;

    template <class T>
    void add(Partial& partial, Anchor, const mohs::RowSegment<T>& segment) const
    {
        for (int i = 0; i < segment.size; ++i) {
            if (((segment.positives | segment.negatives) >> i & 1U) != 0) {
                partial.sum += std::exp(static_cast<double>(segment.values[i]));
            }
        }
    }
    void combine(Partial& total, const Partial& later) const { total.sum += later.sum; }
    void finish(Anchor anchor, const Partial& total) { result[static_cast<std::size_t>(anchor.row)] = total.sum; }
};

/// The row visitor of the documentation: how many negatives are closer than the closest positive.
struct Ranks {
    std::vector<int> result;

    template <class T>
    void row(Anchor anchor, const mohs::FullRow<T>& row)
    {
        T closest = -2;
        for (std::size_t i = 0; i < row.values.size(); ++i) {
            if (row.is_positive(Candidate{static_cast<Index>(i)})) {
                closest = std::max(closest, row.values[i]);
            }
        }
        int& rank = result[static_cast<std::size_t>(anchor.row)] = 0;
        for (std::size_t i = 0; i < row.values.size(); ++i) {
            rank += row.is_negative(Candidate{static_cast<Index>(i)}) && row.values[i] > closest;
        }
    }
};

struct WithoutAccept {
    static constexpr Among among = Among::everyone;
    static constexpr bool smallest_first = false;
    void start(Index, mohs::Workspace&) {}
};
struct WithoutAmong {
    [[maybe_unused]] static constexpr bool smallest_first = false;
    void start(Index, mohs::Workspace&) {}
    template <class T>
    T accept(Anchor, Candidate, T, T threshold)
    {
        return threshold;
    }
};
struct AcceptsWithoutThreshold {
    static constexpr Among among = Among::everyone;
    static constexpr bool smallest_first = false;
    void start(Index, mohs::Workspace&) {}
    template <class T>
    void accept(Anchor, Candidate, T, T)
    {
    }
};
struct TakesCandidateForAnchor {
    template <class T>
    void row(Candidate, const mohs::FullRow<T>&)
    {
    }
};

/// Checks what a selector is promised: offers reach the threshold that it returned last, and those of one anchor do not
/// overlap in time.
template <bool smallest_first_>
struct Auditor {
    static constexpr Among among = Among::everyone;
    static constexpr bool smallest_first = smallest_first_;
    std::vector<float> last;
    std::vector<bool> offered;
    std::vector<std::atomic<int>> busy;
    std::atomic<int> overlaps{0}, wrong_thresholds{0}, worse_offers{0}, offers{0};

    explicit Auditor(Index anchors) : last(static_cast<std::size_t>(anchors)), busy(static_cast<std::size_t>(anchors))
    {
    }

    void start(Index, mohs::Workspace&) {}
    float accept(Anchor anchor, Candidate, float score, float threshold)
    {
        const auto at = static_cast<std::size_t>(anchor.row);
        overlaps += busy[at]++ != 0;
        wrong_thresholds += last[at] != 0 && last[at] != threshold;
        worse_offers += smallest_first ? score > threshold : score < threshold;
        ++offers;
        std::this_thread::yield();
        last[at] = score;
        --busy[at];
        return score;
    }
};

struct Failure : std::runtime_error {
    explicit Failure(const char* where) : std::runtime_error(where) {}
};

/// Throws at the n-th call of one of its functions.
class Fuse {
public:
    Fuse(const char* where, int calls) : where_(where), calls_(calls) {}
    void burn(const std::string& here)
    {
        if (here == where_ && --calls_ == 0) {
            throw Failure(where_);
        }
    }

private:
    const char* where_;
    std::atomic<int> calls_;
};

struct FailingSelector {
    static constexpr Among among = Among::everyone;
    static constexpr bool smallest_first = false;
    Fuse& fuse;
    void start(Index, mohs::Workspace&) { fuse.burn("start"); }
    template <class T>
    mohs::Window<T> window(Anchor)
    {
        fuse.burn("window");
        return {-100, 100};
    }
    template <class T>
    bool admits(Anchor, Candidate, T)
    {
        fuse.burn("admits");
        return true;
    }
    template <class T>
    T accept(Anchor, Candidate, T, T threshold)
    {
        fuse.burn("accept");
        return threshold;
    }
};

struct FailingAccumulator {
    struct Partial {};
    Fuse& fuse;
    template <class T>
    void add(Partial&, Anchor, const mohs::RowSegment<T>&) const
    {
        fuse.burn("add");
    }
    void combine(Partial&, const Partial&) const { fuse.burn("combine"); }
    void finish(Anchor, const Partial&) { fuse.burn("finish"); }
};

struct FailingRows {
    Fuse& fuse;
    template <class T>
    void row(Anchor, const mohs::FullRow<T>&)
    {
        fuse.burn("row");
    }
};

/// Serial, OpenMP where there is one, std::thread, and one body after the other.
std::vector<Options> all_ways(IsaLevel level)
{
    std::vector<Options> ways = {at_level(level, 1), at_level(level, 2), at_level(level, 3), at_level(level, 4)};
    ways[2].executor = reference::thread_executor(2);
    ways[3].executor = reference::backward_executor();
    return ways;
}

/// Whether an exception at the given calls of `where` reaches the caller, and whether the workspace is as good as new.
template <class Visitor>
void require_exceptions_arrive(const char* where, const std::vector<Options>& ways)
{
    const Data data = reference::clustered(150, 3), queries = reference::clustered(60, 3, 90);
    const reference::Owned<float> rows(data), query_rows(queries);
    visitors::Best<Among::negatives> expected;
    mohs::scan(rows.batch(), Cosine{}, expected, at_level(ways.front().isa));
    for (const Options& options : ways) {
        for (const int call : {1, 2, 40}) {
            if (call > 1 && std::string(where) == "start") {
                continue;
            }
            INFO(where << ", call " << call << ", " << options.threads << " threads");
            mohs::Workspace workspace;
            Fuse self_fuse(where, call), gallery_fuse(where, call);
            Visitor self_visitor{self_fuse}, gallery_visitor{gallery_fuse};
            REQUIRE_THROWS_AS(mohs::scan(rows.batch(), Cosine{}, self_visitor, options, workspace), Failure);
            REQUIRE_THROWS_AS(
                mohs::scan(query_rows.batch(), rows.batch(), Euclidean{}, gallery_visitor, options, workspace),
                Failure);
            visitors::Best<Among::negatives> found;
            mohs::scan(rows.batch(), Cosine{}, found, options, workspace);
            REQUIRE(found.best == expected.best);
        }
    }
}

std::vector<Options> best_level_ways()
{
    return all_ways(mohs::available_isa_levels().back());
}

std::vector<Options> executor_ways()
{
    std::vector<Options> ways;
    for (const Options& options : best_level_ways()) {
        if (options.executor) {
            ways.push_back(options);
        }
    }
    return ways;
}

/// Accumulator that notes which candidates each of its partials saw.
struct Slots {
    struct Partial {
        Index first = -1, last = -1;
        bool ascending = true;
        std::vector<std::array<Index, 2>> combined;
    };
    std::vector<Partial> of_anchor;

    template <class T>
    void add(Partial& partial, Anchor, const mohs::RowSegment<T>& segment) const
    {
        partial.ascending = partial.ascending && segment.size > 0 && segment.first.row > partial.last;
        partial.first = partial.first < 0 ? segment.first.row : partial.first;
        partial.last = segment.first.row + segment.size - 1;
    }
    void combine(Partial& total, const Partial& later) const
    {
        total.ascending = total.ascending && later.ascending;
        total.combined.push_back({later.first, later.last});
    }
    void finish(Anchor anchor, const Partial& total) { of_anchor[static_cast<std::size_t>(anchor.row)] = total; }
};

}  // namespace

TEST_CASE("visitors are told apart by what they offer")
{
    STATIC_REQUIRE(mohs::Selector<Hardest>);
    STATIC_REQUIRE_FALSE(mohs::Accumulator<Hardest>);
    STATIC_REQUIRE_FALSE(mohs::RowVisitor<Hardest>);
    STATIC_REQUIRE(mohs::Accumulator<SumOfExponentials>);
    STATIC_REQUIRE_FALSE(mohs::Selector<SumOfExponentials>);
    STATIC_REQUIRE_FALSE(mohs::RowVisitor<SumOfExponentials>);
    STATIC_REQUIRE(mohs::RowVisitor<Ranks>);
    STATIC_REQUIRE_FALSE(mohs::Selector<Ranks>);
    STATIC_REQUIRE_FALSE(mohs::Accumulator<Ranks>);
}

TEST_CASE("types that lack something are no visitors")
{
    STATIC_REQUIRE_FALSE(mohs::Visitor<int>);
    STATIC_REQUIRE_FALSE(mohs::Visitor<WithoutAccept>);
    STATIC_REQUIRE_FALSE(mohs::Visitor<WithoutAmong>);
    STATIC_REQUIRE_FALSE(mohs::Visitor<AcceptsWithoutThreshold>);
    STATIC_REQUIRE_FALSE(mohs::Visitor<TakesCandidateForAnchor>);
}

TEST_CASE("the selector of the documentation finds the hardest negatives", "[kernel]")
{
    const Data data = reference::clustered(110, 6);
    const Scene scene(data);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        Hardest visitor;
        scan_scene<Cosine, float>(scene, visitor, at_level(level));
        for (Index anchor = 0; anchor < 110; ++anchor) {
            const auto keys = reference::keys<Cosine, float>(scene, anchor, Among::negatives);
            REQUIRE(reference::is_first_of(scene, keys, visitor.best[static_cast<std::size_t>(anchor)]));
        }
    }
}

TEST_CASE("the accumulator of the documentation sums exponentials", "[kernel]")
{
    const Data data = reference::non_finite(110, 6);
    const Scene scene(data);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        SumOfExponentials visitor{std::vector<double>(110, -1)};
        scan_scene<Cosine, float>(scene, visitor, at_level(level));
        for (Index anchor = 0; anchor < 110; ++anchor) {
            double sum = 0, error = 0;
            for (const reference::Key& key : reference::keys<Cosine, float>(scene, anchor, Among::everyone)) {
                sum += std::exp(key.value);
                // exp(x + e) - exp(x) is below 2 e exp(x) for small e.
                error += 2 * std::exp(key.value) * key.value_error;
            }
            const double found = visitor.result[static_cast<std::size_t>(anchor)];
            if (reference::is_finite_row(data.rows, anchor)) {
                REQUIRE(std::abs(found - sum) <= error + 1e-13 * sum);
            } else {
                REQUIRE(found == -1);
            }
        }
    }
}

TEST_CASE("the row visitor of the documentation ranks", "[kernel]")
{
    const Data data = reference::clustered(110, 6);
    const Scene scene(data);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        Ranks visitor{std::vector<int>(110, -1)};
        scan_scene<Cosine, float>(scene, visitor, at_level(level));
        for (Index anchor = 0; anchor < 110; ++anchor) {
            double closest = -2, error = 0;
            for (const reference::Key& key : reference::keys<Cosine, float>(scene, anchor, Among::positives)) {
                closest = std::max(closest, key.value);
                error = std::max(error, key.value_error);
            }
            int fewest = 0, most = 0;
            for (const reference::Key& key : reference::keys<Cosine, float>(scene, anchor, Among::negatives)) {
                fewest += key.value > closest + error + key.value_error;
                most += key.value >= closest - error - key.value_error;
            }
            const int found = visitor.result[static_cast<std::size_t>(anchor)];
            REQUIRE(found >= fewest);
            REQUIRE(found <= most);
            REQUIRE(most - fewest <= 1);
        }
    }
}

TEST_CASE("offers reach the last threshold and do not overlap for one anchor", "[threads]")
{
    const Data data = reference::ascending(250, 4), queries = reference::clustered(100, 4, 91);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const int threads : {1, 3}) {
            Options options = at_level(level, threads);
            options.executor = reference::thread_executor(threads);
            Auditor<false> self_visitor(250), gallery_visitor(100);
            Auditor<true> backwards(250);
            scan_scene<Cosine, float>(Scene(data), self_visitor, options);
            scan_scene<Euclidean, float>(Scene(queries, data), gallery_visitor, options);
            scan_scene<Euclidean, float>(Scene(data), backwards, options);
            REQUIRE(self_visitor.offers >= 250);
            REQUIRE(backwards.offers >= 250);
            REQUIRE(self_visitor.overlaps + gallery_visitor.overlaps + backwards.overlaps == 0);
            REQUIRE(self_visitor.wrong_thresholds + gallery_visitor.wrong_thresholds + backwards.wrong_thresholds == 0);
            REQUIRE(self_visitor.worse_offers + gallery_visitor.worse_offers + backwards.worse_offers == 0);
        }
    }
}

TEST_CASE("an exception of a selector reaches the caller")
{
    for (const char* where : {"start", "window", "admits", "accept"}) {
        require_exceptions_arrive<FailingSelector>(where, best_level_ways());
    }
}

TEST_CASE("an exception of an accumulator reaches the caller")
{
    for (const char* where : {"add", "combine", "finish"}) {
        require_exceptions_arrive<FailingAccumulator>(where, best_level_ways());
    }
}

TEST_CASE("an exception of a row visitor reaches the caller")
{
    require_exceptions_arrive<FailingRows>("row", best_level_ways());
}

TEST_CASE("an exception of a visitor on another thread reaches the caller", "[threads]")
{
    require_exceptions_arrive<FailingSelector>("accept", executor_ways());
    require_exceptions_arrive<FailingAccumulator>("add", executor_ways());
    require_exceptions_arrive<FailingRows>("row", executor_ways());
}

TEST_CASE("an accumulator has one partial per slot of candidates", "[kernel]")
{
    const Index slot = mohs::accumulator_segment;
    const Data queries = reference::clustered(3, 2);
    for (const IsaLevel level : mohs::available_isa_levels()) {
        for (const Index rows : {Index{5}, slot - 1, slot, slot + 1, 2 * slot, 2 * slot + 100}) {
            const Data gallery = reference::clustered(rows, 2);
            Slots visitor;
            visitor.of_anchor.resize(3);
            scan_scene<Cosine, float>(Scene(queries, gallery), visitor, at_level(level));
            for (const Slots::Partial& total : visitor.of_anchor) {
                REQUIRE(total.ascending);
                REQUIRE(static_cast<Index>(total.combined.size()) == (rows + slot - 1) / slot);
                for (std::size_t i = 0; i < total.combined.size(); ++i) {
                    const Index first = static_cast<Index>(i) * slot;
                    REQUIRE(total.combined[i][0] == first);
                    REQUIRE(total.combined[i][1] == std::min(first + slot, rows) - 1);
                }
            }
        }
    }
}

TEST_CASE("the masks of a full row are one bit per candidate")
{
    const std::array<float, 130> values{};
    std::array<std::uint64_t, 3> positives{}, negatives{};
    for (const std::size_t bit : {0U, 1U, 63U, 64U, 127U, 128U}) {
        positives[bit / 64] |= std::uint64_t{1} << bit % 64;
    }
    negatives[1] = ~positives[1];
    const mohs::FullRow<float> row{values, positives.data(), negatives.data()};
    for (Index candidate = 0; candidate < 130; ++candidate) {
        const bool positive = candidate == 0 || candidate == 1 || candidate == 63 || candidate == 64 ||
                              candidate == 127 || candidate == 128;
        REQUIRE(row.is_positive(Candidate{candidate}) == positive);
        REQUIRE(row.is_negative(Candidate{candidate}) == (candidate / 64 == 1 && !positive));
    }
}
