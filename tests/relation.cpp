// Covers detail/scene/relation_of.hpp, detail/strip/excluded_pairs.hpp, detail/strip/sample_sieve.hpp,
// detail/strip/strip.hpp.

#include <mohs/relation.hpp>

#include "catch.hpp"
#include "reference.hpp"

#include <mohs/filter/exclude_if.hpp>
#include <mohs/mining/nearest_neighbours.hpp>
#include <mohs/mining/negative/all_negatives.hpp>
#include <mohs/mining/negative/chosen_negative.hpp>
#include <mohs/mining/negative/distance_weighted_negative.hpp>
#include <mohs/mining/negative/easiest_negative.hpp>
#include <mohs/mining/negative/hardest_negative.hpp>
#include <mohs/mining/negative/random_negative.hpp>
#include <mohs/mining/negative/ranked_negatives.hpp>
#include <mohs/mining/negative/semi_hard_negative.hpp>
#include <mohs/mining/negative/semi_hard_or_farthest.hpp>
#include <mohs/mining/negative/weighted_negative.hpp>
#include <mohs/mining/pair/all_pairs.hpp>
#include <mohs/mining/pair_miner.hpp>
#include <mohs/mining/positive/all_positives.hpp>
#include <mohs/mining/positive/easiest_positive.hpp>
#include <mohs/mining/positive/hardest_positive.hpp>
#include <mohs/mining/positive/random_positive.hpp>
#include <mohs/mining/triplet_enumerator.hpp>
#include <mohs/mining/triplet_miner.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <set>

using mohs::Index;
using mohs::Related;
using mohs::Relation;
using mohs::Role;

namespace {

using Kind = std::function<Related(Index, Index)>;
using Rows = std::vector<Index>;

/// Anchors and candidates on an integer grid, where every distance is exact, and what each pair is by definition.
struct Case {
    mohs::Matrix anchors, candidates;
    Kind kind;
    bool self;

    [[nodiscard]] double distance(Index anchor, Index candidate) const
    {
        return static_cast<double>((anchors.row(anchor) - candidates.row(candidate)).squaredNorm());
    }
    [[nodiscard]] Related related(Index anchor, Index candidate) const
    {
        return self && anchor == candidate ? Related::neither : kind(anchor, candidate);
    }
    /// The candidates of a kind, nearest first, equal distances by row.
    [[nodiscard]] Rows sorted(Index anchor, std::initializer_list<Related> kinds) const
    {
        Rows rows;
        for (Index row = 0; row < candidates.rows(); ++row) {
            if (std::find(kinds.begin(), kinds.end(), related(anchor, row)) != kinds.end()) {
                rows.push_back(row);
            }
        }
        std::stable_sort(rows.begin(), rows.end(),
                         [&](Index a, Index b) { return distance(anchor, a) < distance(anchor, b); });
        return rows;
    }
    /// The farthest, equal distances by row; -1 of none.
    [[nodiscard]] Index farthest(Index anchor, const Rows& rows) const
    {
        Index best = -1;
        for (const Index row : rows) {
            if (best < 0 || distance(anchor, row) > distance(anchor, best) ||
                (distance(anchor, row) == distance(anchor, best) && row < best)) {
                best = row;
            }
        }
        return best;
    }
};

mohs::Matrix grid(Index rows, std::uint64_t seed)
{
    reference::Generator generator(seed);
    mohs::Matrix result(rows, 5);
    for (Index i = 0; i < result.size(); ++i) {
        result.data()[i] = static_cast<float>(reference::uniform_below(generator, 9)) - 4.0F;
    }
    return result;
}

Case self_case(Index rows, Kind kind)
{
    return {grid(rows, 3), grid(rows, 3), std::move(kind), true};
}

Case gallery_case(Index anchors, Index candidates, Kind kind)
{
    return {grid(anchors, 5), grid(candidates, 7), std::move(kind), false};
}

/// Runs something on a batch against itself or against the gallery.
template <class Verb>
auto run(const Case& data, const mohs::Batch<float>& anchors, const mohs::Batch<float>& candidates, const Verb& verb,
         const mohs::Options& options = {})
{
    return data.self ? verb(anchors, options) : verb(anchors, candidates, options);
}

/// What is wrong with what the miners find, or nothing.
std::string fault(const Case& data, const mohs::Batch<float>& anchors, const mohs::Batch<float>& candidates)
{
    using M = mohs::SquaredEuclidean;
    std::vector<mohs::Triplet> hardest, easiest, ranked, filtered, beyond, beyond_or_farthest;
    const auto is_rejected = [](Index anchor, Index negative) { return (anchor + negative) % 3 == 0; };
    std::vector<mohs::Pair> positive_pairs, negative_pairs;
    Index all = 0;
    for (Index anchor = 0; anchor < data.anchors.rows(); ++anchor) {
        const Rows positives = data.sorted(anchor, {Related::positive}),
                   negatives = data.sorted(anchor, {Related::negative});
        all += static_cast<Index>(positives.size() * negatives.size());
        if (!positives.empty() && !negatives.empty()) {
            const Index positive = data.farthest(anchor, positives);
            hardest.push_back({anchor, positive, negatives.front()});
            easiest.push_back({anchor, positives.front(), data.farthest(anchor, negatives)});
            for (std::size_t rank = 1; rank < std::min<std::size_t>(3, negatives.size()); ++rank) {
                ranked.push_back({anchor, positive, negatives[rank]});
            }
            const auto kept = std::find_if(negatives.begin(), negatives.end(),
                                           [&](Index negative) { return !is_rejected(anchor, negative); });
            if (kept != negatives.end()) {
                filtered.push_back({anchor, positive, *kept});
            }
        }
        Rows by_row = positives;
        std::sort(by_row.begin(), by_row.end());
        for (const Index positive : by_row) {
            positive_pairs.push_back({anchor, positive});
            const auto farther = std::find_if(negatives.begin(), negatives.end(), [&](Index negative) {
                return data.distance(anchor, negative) > data.distance(anchor, positive);
            });
            if (farther != negatives.end()) {
                beyond.push_back({anchor, positive, *farther});
            }
            if (!negatives.empty()) {
                beyond_or_farthest.push_back(
                    {anchor, positive, farther != negatives.end() ? *farther : data.farthest(anchor, negatives)});
            }
        }
        by_row = negatives;
        std::sort(by_row.begin(), by_row.end());
        for (const Index negative : by_row) {
            negative_pairs.push_back({anchor, negative});
        }
    }
    const auto same = [](const auto& found, const auto& expected) {
        bool equal = found.size() == static_cast<Index>(expected.size());
        for (Index i = 0; equal && i < found.size(); ++i) {
            equal = found[i] == expected[static_cast<std::size_t>(i)];
        }
        return equal;
    };
    for (const mohs::IsaLevel isa : mohs::available_isa_levels()) {
        const mohs::TripletMiner miner{M{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
        if (!same(run(data, anchors, candidates, miner, {.isa = isa, .threads = 2}), hardest)) {
            return std::string("hardest triplets at ") + mohs::to_string(isa);
        }
    }
    const auto finds = [&](const std::vector<mohs::Triplet>& expected, const auto& positive, const auto& negative,
                           const auto&... filters) {
        return same(run(data, anchors, candidates, mohs::TripletMiner{M{}, positive, negative, filters...}), expected);
    };
    if (!finds(easiest, mohs::EasiestPositive{}, mohs::EasiestNegative{})) {
        return "easiest triplets";
    }
    if (!finds(ranked, mohs::HardestPositive{}, mohs::RankedNegatives{.begin = 1, .end = 3})) {
        return "ranked negatives";
    }
    if (!finds(filtered, mohs::HardestPositive{}, mohs::HardestNegative{}, mohs::ExcludeIf{is_rejected})) {
        return "filtered triplets";
    }
    if (!finds(beyond, mohs::AllPositives{}, mohs::SemiHardNegative{})) {
        return "semi-hard triplets";
    }
    if (!finds(beyond_or_farthest, mohs::AllPositives{}, mohs::SemiHardOrFarthest{})) {
        return "semi-hard or farthest triplets";
    }
    const mohs::Pairs pairs = run(data, anchors, candidates, mohs::PairMiner{M{}, mohs::AllPairs{}});
    if (!same(pairs.positives, positive_pairs) || !same(pairs.negatives, negative_pairs)) {
        return "pairs";
    }
    const mohs::TripletEnumerator enumerator{M{}, {}};
    if (run(data, anchors, candidates, enumerator).size() != all) {
        return "all triplets";
    }
    const mohs::NearestNeighbours nearest{M{}, {.k = 3}};
    const mohs::Neighbours neighbours = run(data, anchors, candidates, nearest);
    for (Index anchor = 0; anchor < data.anchors.rows(); ++anchor) {
        const Rows rows = data.sorted(anchor, {Related::positive, Related::negative});
        for (Index rank = 0; rank < 3; ++rank) {
            const bool there = rank < static_cast<Index>(rows.size());
            if (neighbours.index(anchor, rank) != (there ? rows[static_cast<std::size_t>(rank)] : -1)) {
                return "neighbours of " + std::to_string(anchor);
            }
        }
    }
    return {};
}

/// What is wrong with draws: each has to be legal, and every row has to be drawn by some anchor that may.
std::string draw_fault(const Case& data, const mohs::Batch<float>& anchors, const mohs::Batch<float>& candidates,
                       std::uint64_t steps)
{
    const mohs::TripletMiner draws{mohs::SquaredEuclidean{}, mohs::RandomPositive{}, mohs::RandomNegative{}};
    const mohs::TripletMiner weighted{mohs::Cosine{}, mohs::AllPositives{}, mohs::DistanceWeightedNegative{.upper = 2}};
    const auto is_legal = [&](const mohs::Triplet& triplet) {
        return data.related(triplet.anchor, triplet.positive) == Related::positive &&
               data.related(triplet.anchor, triplet.negative) == Related::negative;
    };
    std::set<Index> positives, negatives, expected_positives, expected_negatives;
    for (std::uint64_t step = 0; step < steps; ++step) {
        for (const mohs::Triplet triplet : run(data, anchors, candidates, draws, {.step = step})) {
            if (!is_legal(triplet)) {
                return "a draw is not legal";
            }
            positives.insert(triplet.positive);
            negatives.insert(triplet.negative);
        }
    }
    for (const mohs::Triplet triplet : run(data, anchors, candidates, weighted)) {
        if (!is_legal(triplet)) {
            return "a weighted draw is not legal";
        }
    }
    const auto weight = [](double value, Index) { return -value; };
    const mohs::TripletMiner by_value{mohs::SquaredEuclidean{}, mohs::AllPositives{}, mohs::WeightedNegative{weight}};
    for (const mohs::Triplet triplet : run(data, anchors, candidates, by_value)) {
        if (!is_legal(triplet)) {
            return "a draw weighted by value is not legal";
        }
    }
    // A choice sees every negative, and nothing else.
    std::atomic<int> incomplete{0};
    const auto choose = [&](const mohs::Choices& choices) {
        Rows expected = data.sorted(choices.anchor.row, {Related::negative});
        std::sort(expected.begin(), expected.end());
        incomplete += std::equal(expected.begin(), expected.end(), choices.rows.begin(), choices.rows.end()) ? 0 : 1;
        return choices.size() - 1;
    };
    const mohs::TripletMiner choosing{mohs::SquaredEuclidean{}, mohs::AllPositives{}, mohs::ChosenNegative{choose}};
    for (const mohs::Triplet triplet : run(data, anchors, candidates, choosing)) {
        if (!is_legal(triplet)) {
            return "a choice is not legal";
        }
    }
    if (incomplete > 0) {
        return "a choice does not see all negatives";
    }
    for (Index anchor = 0; anchor < data.anchors.rows(); ++anchor) {
        const Rows p = data.sorted(anchor, {Related::positive}), n = data.sorted(anchor, {Related::negative});
        if (!p.empty() && !n.empty()) {
            expected_positives.insert(p.begin(), p.end());
            expected_negatives.insert(n.begin(), n.end());
        }
    }
    return positives != expected_positives   ? "positives drawn"
           : negatives != expected_negatives ? "negatives drawn"
                                             : "";
}

struct Counted {
    struct Partial {
        Index positives = 0, negatives = 0;
    };
    std::vector<Partial> of_anchor;

    template <class T>
    void add(Partial& partial, mohs::Anchor, const mohs::RowSegment<T>& segment) const
    {
        partial.positives += std::popcount(segment.positives);
        partial.negatives += std::popcount(segment.negatives);
    }
    void combine(Partial& total, const Partial& later) const
    {
        total.positives += later.positives;
        total.negatives += later.negatives;
    }
    void finish(mohs::Anchor anchor, const Partial& total) { of_anchor[static_cast<std::size_t>(anchor.row)] = total; }
};

std::string scan_fault(const Case& data, const mohs::Batch<float>& anchors, const mohs::Batch<float>& candidates)
{
    Counted counted{std::vector<Counted::Partial>(static_cast<std::size_t>(data.anchors.rows()))};
    if (data.self) {
        mohs::scan(anchors, mohs::Cosine{}, counted);
    } else {
        mohs::scan(anchors, candidates, mohs::Cosine{}, counted);
    }
    for (Index anchor = 0; anchor < data.anchors.rows(); ++anchor) {
        const auto& found = counted.of_anchor[static_cast<std::size_t>(anchor)];
        if (found.positives != static_cast<Index>(data.sorted(anchor, {Related::positive}).size()) ||
            found.negatives != static_cast<Index>(data.sorted(anchor, {Related::negative}).size())) {
            return "masks of " + std::to_string(anchor);
        }
    }
    return {};
}

/// Everything about one relation. `steps`: how many draws reach every row.
void require_followed(const Case& data, const mohs::Batch<float>& anchors, const mohs::Batch<float>& candidates,
                      std::uint64_t steps = 60)
{
    REQUIRE(fault(data, anchors, candidates) == "");
    REQUIRE(scan_fault(data, anchors, candidates) == "");
    REQUIRE(draw_fault(data, anchors, candidates, steps) == "");
}

Related from_lists(Index anchor, Index candidate)
{
    return (anchor * 7 + candidate * 3) % 11 == 0 ? Related::positive : Related::negative;
}

}  // namespace

TEST_CASE("paired rows are positives and their own negatives are nobody else's")
{
    const Index count = 31, own = 2;
    const Relation relation = Relation::paired(count, own);
    const Case data = gallery_case(count, count * (1 + own), [&](Index anchor, Index candidate) {
        if (candidate < count) {
            return candidate == anchor ? Related::positive : Related::negative;
        }
        return (candidate - count) / own == anchor ? Related::negative : Related::neither;
    });
    require_followed(data, mohs::Batch{data.anchors}.related_by(relation), mohs::Batch{data.candidates}, 300);
}

TEST_CASE("paired rows keep their partner whatever the ids and other rows of its id are neither")
{
    const Index count = 20, own = 1;
    const Relation relation = Relation::paired(count, own);
    // Ids of items, those of partners among them: queries 0, 9 and 18 have the same one, and so have their partners and the own negative of 9.
    std::vector<Index> ids(static_cast<std::size_t>(count)), others(static_cast<std::size_t>(count * (1 + own)));
    for (std::size_t row = 0; row < others.size(); ++row) {
        others[row] = static_cast<Index>(row < ids.size() ? row % 9 : (row - 1) % 7);
    }
    std::copy_n(others.begin(), ids.size(), ids.begin());
    const Case data = gallery_case(count, count * (1 + own), [&](Index anchor, Index candidate) {
        return anchor == candidate ? Related::positive
               : ids[static_cast<std::size_t>(anchor)] == others[static_cast<std::size_t>(candidate)] ? Related::neither
               : candidate < count || candidate - count == anchor ? Related::negative
                                                                  : Related::neither;
    });
    require_followed(data, mohs::Batch{data.anchors}.related_by(relation).with_ids(ids),
                     mohs::Batch{data.candidates}.with_ids(others), 300);
}

TEST_CASE("positive lists are followed in a batch and in a gallery")
{
    for (const bool self : {true, false}) {
        const Index anchors = 53, candidates = self ? anchors : 60;
        std::vector<Index> offsets{0}, rows;
        for (Index anchor = 0; anchor < anchors; ++anchor) {
            // Descending and twice: order and repetition do not matter.
            for (Index candidate = candidates - 1; candidate >= 0; --candidate) {
                if (from_lists(anchor, candidate) == Related::positive) {
                    rows.insert(rows.end(), {candidate, candidate});
                }
            }
            offsets.push_back(static_cast<Index>(rows.size()));
        }
        const Relation relation = Relation::positive_lists(offsets, rows, candidates);
        const Case data = self ? self_case(anchors, from_lists) : gallery_case(anchors, candidates, from_lists);
        require_followed(data, mohs::Batch{data.anchors}.related_by(relation), mohs::Batch{data.candidates});
    }
}

TEST_CASE("candidates with the id of a listed positive are not negatives of its anchor")
{
    for (const bool self : {true, false}) {
        const Index anchors = 53, candidates = self ? anchors : 60;
        std::vector<Index> offsets{0}, rows;
        for (Index anchor = 0; anchor < anchors; ++anchor) {
            for (Index candidate = 0; candidate < candidates; ++candidate) {
                if (from_lists(anchor, candidate) == Related::positive) {
                    rows.push_back(candidate);
                }
            }
            offsets.push_back(static_cast<Index>(rows.size()));
        }
        // Every third candidate has the item of the one before; in a gallery no query is an item.
        std::vector<Index> items(static_cast<std::size_t>(candidates)), ids(static_cast<std::size_t>(anchors));
        for (std::size_t row = 0; row < items.size(); ++row) {
            items[row] = 1000 - static_cast<Index>(row % 3 == 2 ? row - 1 : row);
        }
        std::iota(ids.begin(), ids.end(), self ? 0 : 5000);
        ids = self ? items : ids;
        const auto kind = [&](Index anchor, Index candidate) {
            const auto id = items[static_cast<std::size_t>(candidate)];
            if (ids[static_cast<std::size_t>(anchor)] == id) {
                return Related::neither;
            }
            bool copy = false;
            for (Index other = 0; other < candidates; ++other) {
                copy = copy ||
                       (from_lists(anchor, other) == Related::positive && items[static_cast<std::size_t>(other)] == id);
            }
            const Related listed = from_lists(anchor, candidate);
            return copy && listed == Related::negative ? Related::neither : listed;
        };
        const Relation relation = Relation::positive_lists(offsets, rows, candidates);
        const Case data = self ? self_case(anchors, kind) : gallery_case(anchors, candidates, kind);
        require_followed(data, mohs::Batch{data.anchors}.related_by(relation).with_ids(ids),
                         mohs::Batch{data.candidates}.with_ids(items));
    }
}

TEST_CASE("a copy of a positive that is not finite is no negative either")
{
    mohs::Matrix queries{{1, 0}}, gallery{{std::numeric_limits<float>::quiet_NaN(), 0}, {1, 0.5F}, {0, 1}, {1, 1}};
    const std::vector<Index> offsets{0, 2}, rows{0, 3}, query_ids{9}, ids{1, 1, 2, 3};
    const Relation relation = Relation::positive_lists(offsets, rows, 4);
    const auto triplets = mohs::TripletMiner{mohs::Euclidean{}, mohs::HardestPositive{}, mohs::HardestNegative{}}(
        mohs::Batch{queries}.related_by(relation).with_ids(query_ids), mohs::Batch{gallery}.with_ids(ids));
    REQUIRE(triplets.size() == 1);
    CHECK(triplets[0] == mohs::Triplet{0, 3, 2});
}

TEST_CASE("rows with several labels are positives if they share one")
{
    const Index count = 50;
    std::vector<std::vector<int>> labels(static_cast<std::size_t>(count));
    for (std::size_t row = 0; row < labels.size(); ++row) {
        for (int label = 0; label < 12; ++label) {
            if ((row * 5 + static_cast<std::size_t>(label) * 3) % 7 == 0 && row % 9 != 0) {
                labels[row].push_back(label);
            }
        }
    }
    const Relation relation = Relation::label_sets(labels);
    const Case data = self_case(count, [&](Index a, Index b) {
        bool shared = false;
        for (const int x : labels[static_cast<std::size_t>(a)]) {
            for (const int y : labels[static_cast<std::size_t>(b)]) {
                shared = shared || x == y;
            }
        }
        return shared ? Related::positive : Related::negative;
    });
    require_followed(data, mohs::Batch{data.anchors}.related_by(relation), mohs::Batch{data.candidates});
}

TEST_CASE("a predicate says what every pair is")
{
    const auto kind = [](Index anchor, Index candidate) {
        const Index at = (anchor * 5 + candidate * candidate) % 13;
        return at < 2 ? Related::positive : at < 6 ? Related::neither : Related::negative;
    };
    for (const bool self : {true, false}) {
        const Index anchors = 49, candidates = self ? anchors : 97;
        const Relation relation = Relation::of_pairs(anchors, candidates, kind);
        const Case data = self ? self_case(anchors, kind) : gallery_case(anchors, candidates, kind);
        require_followed(data, mohs::Batch{data.anchors}.related_by(relation), mohs::Batch{data.candidates});
    }
}

TEST_CASE("rows are only used as what their role says")
{
    const Index count = 55;
    std::vector<Role> roles;
    std::vector<int> labels;
    for (Index row = 0; row < count; ++row) {
        roles.push_back(static_cast<Role>(row * 3 % 8));
        labels.push_back(static_cast<int>(row / 4));
    }
    const auto with_roles = [&](Index anchor, Index candidate, bool positive) {
        const Role own = roles[static_cast<std::size_t>(anchor)], its = roles[static_cast<std::size_t>(candidate)];
        if (!has_role(own, Role::anchor) || !has_role(its, positive ? Role::positive : Role::negative)) {
            return Related::neither;
        }
        return positive ? Related::positive : Related::negative;
    };
    const Case by_label = self_case(count, [&](Index a, Index b) { return with_roles(a, b, a / 4 == b / 4); });
    require_followed(by_label, mohs::Batch{by_label.anchors, labels}.with_roles(roles),
                     mohs::Batch{by_label.candidates});

    const Relation relation = Relation::of_pairs(count, count, from_lists);
    const Case by_list =
        self_case(count, [&](Index a, Index b) { return with_roles(a, b, from_lists(a, b) == Related::positive); });
    require_followed(by_list, mohs::Batch{by_list.anchors}.related_by(relation).with_roles(roles),
                     mohs::Batch{by_list.candidates});

    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const mohs::Report report = miner(mohs::Batch{by_label.anchors, labels}.with_roles(roles)).report;
    Index not_anchors = 0;
    for (const Role role : roles) {
        not_anchors += has_role(role, Role::anchor) ? 0 : 1;
    }
    CHECK(report.not_anchors == not_anchors);
    CHECK(report.anchors == report.valid + report.no_positive + report.no_negative + report.not_anchors);
}

TEST_CASE("rows of an unknown class are left out and counted")
{
    const Index count = 52;
    std::vector<int> labels;
    for (Index row = 0; row < count; ++row) {
        labels.push_back(row % 5 == 0 ? -1 : static_cast<int>(row / 6));
    }
    const Case data = self_case(count, [&](Index a, Index b) {
        const int mine = labels[static_cast<std::size_t>(a)], its = labels[static_cast<std::size_t>(b)];
        return mine == -1 || its == -1 ? Related::neither : mine == its ? Related::positive : Related::negative;
    });
    const mohs::Batch batch = mohs::Batch{data.anchors, labels}.with_unknown_label(-1);
    require_followed(data, batch, batch);
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const mohs::Report report = miner(batch).report;
    CHECK(report.unknown == 11);
    CHECK(report.valid + report.no_positive + report.no_negative + report.unknown == count);
}

TEST_CASE("rows of several unknown labels are left out")
{
    const Index count = 52;
    std::vector<int> labels;
    for (Index row = 0; row < count; ++row) {
        labels.push_back(row % 5 == 0 ? -1 : row % 7 == 1 ? -100 : static_cast<int>(row / 6));
    }
    const Case data = self_case(count, [&](Index a, Index b) {
        const int mine = labels[static_cast<std::size_t>(a)], its = labels[static_cast<std::size_t>(b)];
        return mine < 0 || its < 0 ? Related::neither : mine == its ? Related::positive : Related::negative;
    });
    const mohs::Batch batch = mohs::Batch{data.anchors, labels}.with_unknown_labels({-1, -100});
    require_followed(data, batch, batch);
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    CHECK(miner(batch).report.unknown == std::count_if(labels.begin(), labels.end(), [](int x) { return x < 0; }));
}

TEST_CASE("a temporary relation gives no views of itself")
{
    constexpr auto gives = []<class R>(std::type_identity<R>) {
        return requires(R&& relation) { std::forward<R>(relation).positives(0); } || requires(R&& relation) {
            std::forward<R>(relation).neither(0);
        } || requires(R&& relation) { std::forward<R>(relation).owner(); };
    };
    STATIC_REQUIRE(gives(std::type_identity<Relation&>{}));
    STATIC_REQUIRE(gives(std::type_identity<const Relation&>{}));
    STATIC_REQUIRE_FALSE(gives(std::type_identity<Relation>{}));
    STATIC_REQUIRE_FALSE(gives(std::type_identity<const Relation>{}));
}

TEST_CASE("views of a sample share a label")
{
    CHECK(mohs::view_labels(3) == std::vector<std::int64_t>{0, 1, 2, 0, 1, 2});
    CHECK(mohs::view_labels(2, 3, mohs::ViewOrder::interleaved) == std::vector<std::int64_t>{0, 0, 0, 1, 1, 1});
    CHECK(mohs::view_labels(0).empty());
    CHECK_THROWS_AS(mohs::view_labels(2, 0), std::invalid_argument);
}

TEST_CASE("a relation of other batches is refused before any work")
{
    const mohs::Matrix rows = grid(6, 1);
    const std::vector<int> labels(6, 0);
    const mohs::TripletMiner miner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
    const Relation small = Relation::paired(5), right = Relation::paired(6);
    CHECK_THROWS_AS(miner(mohs::Batch{rows}.related_by(small), mohs::Batch{rows}), std::invalid_argument);
    CHECK_THROWS_AS(miner(mohs::Batch{rows, labels}, mohs::Batch{rows, labels}.related_by(right)),
                    std::invalid_argument);
    mohs::Workspace workspace;
    mohs::Triplets<mohs::Cosine> triplets;
    triplets.add({1, 2, 3}, 0.5, 0.25);
    CHECK_THROWS_AS(miner(mohs::Batch{rows}.related_by(small), mohs::Batch{rows}, workspace, triplets),
                    std::invalid_argument);
    CHECK(triplets.size() == 1);
    const mohs::PairMiner pair_miner{mohs::Cosine{}, mohs::AllPairs{}};
    mohs::Pairs<mohs::Cosine> pairs;
    pairs.positives.add({1, 2}, 0.5);
    CHECK_THROWS_AS(pair_miner(mohs::Batch{rows}.related_by(small), mohs::Batch{rows}, workspace, pairs),
                    std::invalid_argument);
    CHECK(pairs.positives.size() == 1);
    const std::vector<Index> offsets{0, 2, 1}, none{0, 1}, outside{9};
    CHECK_THROWS_AS(Relation::positive_lists(offsets, outside, 3), std::invalid_argument);
    CHECK_THROWS_AS(Relation::positive_lists(none, outside, 3), std::out_of_range);
    CHECK_THROWS_AS(Relation::paired(-1), std::invalid_argument);
    CHECK_THROWS_AS(Relation::paired(3, -1), std::invalid_argument);
    const std::vector<Role> few(5, Role::any);
    CHECK_THROWS_AS(mohs::Batch{rows}.with_roles(few), std::invalid_argument);
    CHECK_THROWS_AS(mohs::Batch{rows}.with_unknown_label(0), std::invalid_argument);
}

TEST_CASE("pairs that are said to be something else are just that, and all others stay")
{
    const Index anchors = 5, candidates = 9;
    const auto some = [](Index anchor, Index candidate, Index salt) {
        return static_cast<Related>((anchor * 7 + candidate * 5 + salt * anchor * candidate + salt) % 3);
    };
    const Relation before = Relation::of_pairs(anchors, candidates, [&](Index a, Index c) { return some(a, c, 1); });
    std::map<std::pair<Index, Index>, Related> expected;
    std::vector<mohs::RelatedPair> said;
    for (Index a = 0; a < anchors; ++a) {
        for (Index c = 0; c < candidates; ++c) {
            expected[{a, c}] = some(a, c, 1);
        }
    }
    for (Index round = 0; round < 3; ++round) {
        for (Index at = anchors * candidates; at-- > 0;) {
            const Index a = at % anchors, c = at / anchors;
            // One anchor keeps all of its pairs, and each pair is said more than once.
            if (a != 2 && (a + c + round) % 3 != 0) {
                said.push_back({a, c, some(a, c, round + 2)});
                expected[{a, c}] = said.back().related;
            }
        }
    }
    const Relation after = before.with(said);
    CHECK(after.anchors() == anchors);
    CHECK(after.candidates() == candidates);
    for (Index a = 0; a < anchors; ++a) {
        Rows positives, neither;
        for (Index c = 0; c < candidates; ++c) {
            if (expected[{a, c}] != Related::negative) {
                (expected[{a, c}] == Related::positive ? positives : neither).push_back(c);
            }
        }
        CHECK(Rows(after.positives(a).begin(), after.positives(a).end()) == positives);
        CHECK(Rows(after.neither(a).begin(), after.neither(a).end()) == neither);
    }
    const std::vector<mohs::RelatedPair> bad_anchor{{anchors, 0, Related::positive}};
    const std::vector<mohs::RelatedPair> bad_candidate{{0, -1, Related::positive}};
    CHECK_THROWS_AS(before.with(bad_anchor), std::out_of_range);
    CHECK_THROWS_AS(before.with(bad_candidate), std::out_of_range);

    const std::vector<mohs::RelatedPair> paired{{0, 1, Related::positive}, {1, 1, Related::negative}};
    const Relation own = Relation::paired(3, 2).with(paired);
    CHECK(own.paired_rows());
    CHECK(own.owner().size() == 9);
    CHECK(Rows(own.positives(0).begin(), own.positives(0).end()) == Rows{0, 1});
    CHECK(own.positives(1).empty());
}
