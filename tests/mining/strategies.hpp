#pragma once

/// \file
/// What any pair of strategies with any filters has to return, written from the definitions, and the batches that the tests of all strategies share.
///
/// Kernel rounding cannot decide here: rows lie on a grid, where float is exact and equal values are common, or no two values of an anchor are nearly equal.

#include "draws.hpp"

#include <mohs/mohs.hpp>

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace strategies {

using mohs::Among;
using mohs::Index;
using mohs::Options;
using reference::Data;
using reference::Scene;

// ---------------------------------------------------------------------------------------------------------------------
// Data

/// Rows with elements that are multiples of 1/2 between -2 and 2: values repeat all the time, and float is exact.
inline Data grid(Index rows, Index dimension, Index classes, std::uint64_t seed)
{
    reference::Generator generator(seed);
    Data data{"grid", reference::Table(rows, dimension), reference::shuffled_labels(rows, classes, generator)};
    for (Index i = 0; i < data.rows.size(); ++i) {
        data.rows.data()[i] = static_cast<double>(reference::uniform_below(generator, 9) - 4) / 2;
    }
    return data;
}

/// Points on a line.
inline Data line(const std::vector<double>& points, const std::vector<std::int64_t>& labels)
{
    Data data{"line", reference::Table(static_cast<Index>(points.size()), 1), labels};
    for (std::size_t i = 0; i < points.size(); ++i) {
        data.rows(static_cast<Index>(i), 0) = points[i];
    }
    return data;
}

/// Unit-free Gaussian rows, none of whose cosines to one row differ by less than 2e-5: more than ten times what 16 columns in float can lose.
inline Data separated(Index rows, Index classes, std::uint64_t seed)
{
    constexpr Index dimension = 16;
    reference::Generator generator(seed);
    Data data{"separated", reference::Table(rows, dimension), reference::shuffled_labels(rows, classes, generator)};
    reference::Table unit(rows, dimension), cosine(rows, rows);
    const auto far_from_all = [&](Index row, Index other, Index end) {
        for (Index i = 0; i < end; ++i) {
            if (i != row && i != other && std::abs(cosine(row, i) - cosine(row, other)) < 2e-5) {
                return false;
            }
        }
        return true;
    };
    for (Index row = 0; row < rows;) {
        data.rows.row(row) = reference::gaussian_rows(1, dimension, generator);
        unit.row(row) = reference::unit(data.rows.row(row));
        bool separate = true;
        for (Index i = 0; i < row; ++i) {
            cosine(row, i) = cosine(i, row) = unit.row(row).dot(unit.row(i));
            separate = separate && far_from_all(i, row, row) && far_from_all(row, i, i);
        }
        row += separate ? 1 : 0;
    }
    return data;
}

inline Data with_labels(Data data, std::string name, const std::function<std::int64_t(Index)>& label)
{
    data.name = std::move(name);
    for (Index row = 0; row < data.size(); ++row) {
        data.labels[static_cast<std::size_t>(row)] = label(row);
    }
    return data;
}

/// Everything that a batch may look like, on the grid.
inline std::vector<Data> kinds()
{
    Data equal = grid(30, 2, 5, 31), zero = grid(40, 3, 8, 32), bad = grid(57, 3, 9, 33);
    equal.name = "all rows equal";
    for (Index row = 1; row < equal.size(); ++row) {
        equal.rows.row(row) = equal.rows.row(0);
    }
    zero.name = "zero rows";
    for (Index row = 0; row < zero.size(); row += 3) {
        zero.rows.row(row).setZero();
    }
    bad.name = "NaN and infinite rows";
    for (Index row = 2; row < bad.size(); row += 5) {
        bad.rows(row, row % 3) = std::bit_cast<double>(row % 2 == 0 ? 0x7ff8000000000000U : 0xfff0000000000000U);
    }
    // Few classes, so that some anchors have most rows of another class from their own sample.
    Data ids = reference::with_shared_ids(grid(50, 3, 6, 34));
    return {grid(0, 3, 1, 20),
            grid(1, 3, 1, 21),
            grid(2, 3, 1, 22),
            grid(2, 3, 2, 23),
            grid(3, 1, 2, 24),
            grid(70, 3, 17, 25),
            grid(60, 2, 3, 26),
            with_labels(grid(30, 3, 1, 27), "one class", [](Index) { return 7; }),
            with_labels(grid(30, 3, 1, 28), "all singletons", [](Index row) { return row; }),
            with_labels(grid(45, 3, 1, 29), "classes of all sizes",
                        [](Index row) { return static_cast<std::int64_t>(std::sqrt(static_cast<double>(row))); }),
            with_labels(grid(26, 3, 1, 30), "one pair", [](Index row) { return row < 24 ? row : 24; }),
            equal,
            zero,
            bad,
            ids};
}

/// Rows [begin, end) of a data set.
inline Data part(const Data& data, Index begin, Index end)
{
    std::vector<Index> rows;
    for (Index row = begin; row < end; ++row) {
        rows.push_back(row);
    }
    Data result = reference::permuted(data, rows);
    result.name = data.name;
    return result;
}

// ---------------------------------------------------------------------------------------------------------------------
// Definitions

/// The value of two rows. Of rows on a grid it is exact, but for the root.
template <class M>
double value_of(const reference::Table& a, Index row_a, const reference::Table& b, Index row_b)
{
    if constexpr (reference::is_normalised<M>) {
        return reference::value<M>(a, row_a, b, row_b);
    } else {
        double sum = 0;
        for (Index k = 0; k < a.cols(); ++k) {
            const double x = a(row_a, k), y = b(row_b, k);
            sum += reference::is_similarity<M> ? x * y : (x - y) * (x - y);
        }
        return std::is_same_v<M, mohs::Euclidean> ? std::sqrt(sum) : sum;
    }
}

/// A candidate of an anchor: its value, and how far that is (a similarity, negated).
struct Seen {
    Index row;
    double value, far;
};

/// An anchor, with what its strategies choose from.
struct View {
    Index row;
    std::vector<Seen> positives, negatives;
};

template <class M>
View view_of(const Scene& scene, Index anchor)
{
    const auto see = [&](Among among) {
        std::vector<Seen> result;
        for (const Index row : scene.candidates_of(anchor, among)) {
            const double value = value_of<M>(scene.anchors.rows, anchor, scene.candidates.rows, row);
            result.push_back({row, value, reference::is_similarity<M> ? -value : value});
        }
        return result;
    };
    return {anchor, see(Among::positives), see(Among::negatives)};
}

inline std::vector<Seen> closest_first(std::vector<Seen> seen)
{
    std::sort(seen.begin(), seen.end(),
              [](const Seen& a, const Seen& b) { return a.far != b.far ? a.far < b.far : a.row < b.row; });
    return seen;
}

inline std::vector<Seen> farthest_first(std::vector<Seen> seen)
{
    std::sort(seen.begin(), seen.end(),
              [](const Seen& a, const Seen& b) { return a.far != b.far ? a.far > b.far : a.row < b.row; });
    return seen;
}

template <class Condition>
std::vector<Seen> only(const std::vector<Seen>& seen, const Condition& condition)
{
    std::vector<Seen> result;
    std::copy_if(seen.begin(), seen.end(), std::back_inserter(result), condition);
    return result;
}

/// The positives that a strategy chooses. `drawn` is what a random one drew.
inline std::vector<Seen> positives_of(const mohs::HardestPositive&, const View& view, Index)
{
    return view.positives.empty() ? view.positives : std::vector<Seen>{farthest_first(view.positives).front()};
}
inline std::vector<Seen> positives_of(const mohs::EasiestPositive&, const View& view, Index)
{
    return view.positives.empty() ? view.positives : std::vector<Seen>{closest_first(view.positives).front()};
}
inline std::vector<Seen> positives_of(const mohs::RandomPositive&, const View& view, Index drawn)
{
    return only(view.positives, [&](const Seen& positive) { return positive.row == drawn; });
}
inline std::vector<Seen> positives_of(const mohs::AllPositives&, const View& view, Index)
{
    return view.positives;
}

/// Where a strategy looks for negatives, as stages: a later one counts only where the earlier ones leave nothing.
struct Stage {
    std::vector<Seen> in_place;  ///< in the order in which they are preferred, if there is one
    enum class Take { first, all, any, ranks } take;
    std::size_t begin = 0, end = 1;  ///< ranks
};
using Stages = std::vector<Stage>;
using Take = Stage::Take;

inline Stages stages_of(const mohs::HardestNegative&, const View& view, const Seen&)
{
    return {{closest_first(view.negatives), Take::first}};
}
inline Stages stages_of(const mohs::EasiestNegative&, const View& view, const Seen&)
{
    return {{farthest_first(view.negatives), Take::first}};
}
inline Stages stages_of(const mohs::RandomNegative&, const View& view, const Seen&)
{
    return {{view.negatives, Take::any}};
}
inline Stages stages_of(const mohs::AllNegatives&, const View& view, const Seen&)
{
    return {{view.negatives, Take::all}};
}
inline Stages stages_of(const mohs::RankedNegatives& strategy, const View& view, const Seen&)
{
    return {{closest_first(view.negatives), Take::ranks, static_cast<std::size_t>(strategy.begin),
             static_cast<std::size_t>(strategy.end)}};
}
inline Stages stages_of(const mohs::ScoreWindowNegative& strategy, const View& view, const Seen&)
{
    return {{closest_first(only(view.negatives,
                                [&](const Seen& n) { return strategy.low <= n.value && n.value <= strategy.high; })),
             Take::first}};
}
inline Stages stages_of(const mohs::SemiHardNegative& strategy, const View& view, const Seen& positive)
{
    return {{closest_first(
                 only(view.negatives,
                      [&](const Seen& n) { return n.far > positive.far && n.far - positive.far < strategy.margin; })),
             Take::first}};
}
inline Stages stages_of(const mohs::SemiHardRandom& strategy, const View& view, const Seen& positive)
{
    return {{only(view.negatives,
                  [&](const Seen& n) { return n.far > positive.far && n.far - positive.far < strategy.margin; }),
             Take::any}};
}
inline Stages stages_of(const mohs::SemiHardWithinMargin& strategy, const View& view, const Seen& positive)
{
    return {{only(view.negatives,
                  [&](const Seen& n) { return n.far > positive.far && n.far - positive.far <= strategy.margin; }),
             Take::all}};
}
inline Stages stages_of(const mohs::SemiHardOrFarthest&, const View& view, const Seen& positive)
{
    return {{closest_first(only(view.negatives, [&](const Seen& n) { return n.far > positive.far; })), Take::first},
            {farthest_first(view.negatives), Take::first}};
}
inline Stages stages_of(const mohs::SemiHardBeyondAll&, const View& view, const Seen&)
{
    double farthest = view.positives.front().far;
    for (const Seen& positive : view.positives) {
        farthest = std::max(farthest, positive.far);
    }
    return {{closest_first(only(view.negatives, [&](const Seen& n) { return n.far > farthest; })), Take::first},
            {farthest_first(view.negatives), Take::first}};
}
inline Stages stages_of(const mohs::SemiHardOrRandom& strategy, const View& view, const Seen& positive)
{
    return {stages_of(mohs::SemiHardRandom{.margin = strategy.margin}, view, positive).front(),
            {view.negatives, Take::any}};
}
inline Stages stages_of(const mohs::DistanceWeightedNegative& strategy, const View& view, const Seen&)
{
    return {{only(view.negatives,
                  [&](const Seen& n) {
                      // The distance on the sphere, of any metric on unit rows: here a cosine.
                      return std::sqrt(std::max(0.0, 2 - 2 * n.value)) < strategy.upper;
                  }),
             Take::any}};
}

/// Strategies whose negative depends on the positive, or that draw anew for each.
template <class Negative>
inline constexpr bool per_positive = true;
template <>
inline constexpr bool per_positive<mohs::HardestNegative> = false;
template <>
inline constexpr bool per_positive<mohs::EasiestNegative> = false;
template <>
inline constexpr bool per_positive<mohs::AllNegatives> = false;
template <>
inline constexpr bool per_positive<mohs::RankedNegatives> = false;
template <>
inline constexpr bool per_positive<mohs::ScoreWindowNegative> = false;

/// Strategies that draw among all negatives, and look at filters only after that.
template <class Negative>
inline constexpr bool draws_blindly =
    std::is_same_v<Negative, mohs::RandomNegative> || std::is_same_v<Negative, mohs::DistanceWeightedNegative>;

/// The filters: which of them, by its number, rejects first, or -1.
struct Verdict {
    std::function<int(Index anchor, Index positive, Index negative)> rejected_by = [](Index, Index, Index) {
        return -1;
    };
    std::size_t filters = 0;
    bool needs_positive = false;
};

/// What one search for negatives has to give.
struct Outcome {
    std::vector<Index> rows;  ///< all of these, or one of them
    bool one = false;
    bool in_place = false;            ///< whether there would be anything without filters
    std::array<Index, 8> rejected{};  ///< per filter: what ranks ahead of the last one taken, or all that is in place
    bool counted = true;              ///< whether `rejected` is exact: draws count only what they draw
};

template <class Negative>
Outcome outcome_of(const Negative& strategy, const View& view, const Seen& positive, const Verdict& verdict)
{
    Outcome outcome;
    // A uniform choice within bounds sees all that is in place; any other draw only what it draws.
    const auto stages = stages_of(strategy, view, positive);
    for (const Stage& stage : stages) {
        outcome.rejected = {};
        outcome.one = stage.take == Take::any;
        outcome.counted = !draws_blindly<Negative> && !(outcome.one && &stage != &stages.front());
        const std::size_t wanted = stage.take == Take::first   ? 1
                                   : stage.take == Take::ranks ? stage.end
                                                               : stage.in_place.size();
        const std::size_t skipped = stage.take == Take::ranks ? stage.begin : 0;
        outcome.in_place = outcome.in_place || stage.in_place.size() > skipped;
        std::size_t passed = 0;
        for (auto negative = stage.in_place.begin(); negative != stage.in_place.end() && passed < wanted; ++negative) {
            const int filter = verdict.rejected_by(view.row, positive.row, negative->row);
            if (filter >= 0) {
                outcome.rejected[static_cast<std::size_t>(filter)] += 1;
            } else if (++passed > skipped) {
                outcome.rows.push_back(negative->row);
            }
        }
        if (!outcome.rows.empty()) {
            break;
        }
    }
    return outcome;
}

// ---------------------------------------------------------------------------------------------------------------------
// Comparing

inline std::string name_of(const Scene& scene)
{
    return scene.anchors.name + " of " + std::to_string(scene.anchors.size()) +
           (scene.self ? "" : " against " + std::to_string(scene.candidates.size())) + ": ";
}

/// How far a value may be from the exact one: nothing but a root is rounded on a grid; unit rows are rounded before they are multiplied, in float.
template <class M>
inline constexpr double tolerance = reference::is_normalised<M> ? 3e-6 : 1e-14;

/// What is wrong with the triplets that strategies and filters found in a scene; empty if nothing is. `drawn` has a random strategy's positives by anchor.
template <class M, class Positive, class Negative>
std::string fault_of(const mohs::Triplets<M>& triplets, const Scene& scene, const Positive& positive_strategy,
                     const Negative& negative_strategy, const Verdict& verdict = {},
                     const std::vector<Index>& drawn = {})
{
    mohs::Report expected;
    expected.anchors = scene.anchors.size();
    expected.tuples = triplets.size();
    bool counted = true;
    Index at = 0;
    for (Index row = 0; row < scene.anchors.size(); ++row) {
        const auto wrong = [&](const std::string& what) {
            return name_of(scene) + "anchor " + std::to_string(row) + ": " + what + "; ";
        };
        // The anchor's triplets, by positive.
        const Index first = at;
        std::map<Index, std::vector<Index>> found;
        for (; at < triplets.size() && triplets[at].anchor == row; ++at) {
            const mohs::Triplet triplet = triplets[at];
            found[triplet.positive].push_back(triplet.negative);
            for (const auto& [other, value] : {std::pair{triplet.positive, triplets.positive_values()[at]},
                                               std::pair{triplet.negative, triplets.negative_values()[at]}}) {
                const double exact = value_of<M>(scene.anchors.rows, row, scene.candidates.rows, other);
                if (!(std::abs(value - exact) <= tolerance<M> * std::max(1.0, std::abs(exact)))) {
                    return wrong("the value of row " + std::to_string(other) + " is " + std::to_string(value) +
                                 " instead of " + std::to_string(exact));
                }
            }
        }
        if (!reference::is_finite_row(scene.anchors.rows, row)) {
            ++expected.non_finite;
            if (!found.empty()) {
                return wrong("is not finite");
            }
            continue;
        }
        const View view = view_of<M>(scene, row);
        const std::vector<Seen> positives =
            positives_of(positive_strategy, view, drawn.empty() ? -1 : drawn[static_cast<std::size_t>(row)]);
        bool in_place = false;
        for (const Seen& positive : positives) {
            const Outcome outcome = outcome_of(negative_strategy, view, positive, verdict);
            in_place = in_place || outcome.in_place;
            counted = counted && outcome.counted;
            // One search serves all positives where none of them matters.
            if (per_positive<Negative> || verdict.needs_positive || &positive == &positives.front()) {
                for (std::size_t filter = 0; filter < verdict.filters; ++filter) {
                    expected.rejected[filter] += outcome.rejected[filter];
                }
            }
            const std::vector<Index> negatives = found[positive.row];
            found.erase(positive.row);
            const std::string pair = "with positive " + std::to_string(positive.row) + " ";
            const bool legal = !outcome.one ? negatives == outcome.rows
                               : outcome.rows.empty()
                                   ? negatives.empty()
                                   : negatives.size() == 1 && std::find(outcome.rows.begin(), outcome.rows.end(),
                                                                        negatives[0]) != outcome.rows.end();
            if (!legal) {
                const auto list = [](const std::vector<Index>& rows) {
                    std::string result = "{";
                    for (const Index each : rows) {
                        result += " " + std::to_string(each);
                    }
                    return result + " }";
                };
                return wrong(pair + list(negatives) + " instead of " + (outcome.one ? "one of " : "") +
                             list(outcome.rows));
            }
        }
        if (!found.empty()) {
            return wrong("positive " + std::to_string(found.begin()->first) + " was not to be chosen");
        }
        Index mohs::Report::*const reason = at > first               ? &mohs::Report::valid
                                            : view.positives.empty() ? &mohs::Report::no_positive
                                            : view.negatives.empty() ? &mohs::Report::no_negative
                                            : in_place               ? &mohs::Report::all_filtered
                                                                     : &mohs::Report::none_in_place;
        expected.*reason += 1;
    }
    if (at != triplets.size()) {
        return name_of(scene) + "triplets are not in ascending order of their anchors; ";
    }
    const mohs::Report& report = triplets.report;
    std::string wrong;
    const auto compare = [&](const std::string& name, Index value, Index right) {
        if (value != right) {
            wrong += name_of(scene) + "report: " + name + " is " + std::to_string(value) + " instead of " +
                     std::to_string(right) + "; ";
        }
    };
    for (const auto& [name, count] :
         {std::pair{"anchors", &mohs::Report::anchors}, std::pair{"valid", &mohs::Report::valid},
          std::pair{"no_positive", &mohs::Report::no_positive}, std::pair{"no_negative", &mohs::Report::no_negative},
          std::pair{"none_in_place", &mohs::Report::none_in_place},
          std::pair{"all_filtered", &mohs::Report::all_filtered}, std::pair{"non_finite", &mohs::Report::non_finite},
          std::pair{"overflows", &mohs::Report::overflows}, std::pair{"tuples", &mohs::Report::tuples}}) {
        compare(name, report.*count, expected.*count);
    }
    compare("valid and skipped anchors",
            report.valid + report.no_positive + report.no_negative + report.none_in_place + report.all_filtered +
                report.non_finite,
            report.anchors);
    for (std::size_t filter = 0; filter < verdict.filters && counted; ++filter) {
        compare("rejected by filter " + std::to_string(filter), report.rejected[filter], expected.rejected[filter]);
    }
    compare("values of positives", report.positive.count, triplets.size());
    compare("values of negatives", report.negative.count, triplets.size());
    return wrong;
}

template <class Miner, class M>
void mine(const Miner& miner, const reference::Owned<float>& anchors, const reference::Owned<float>& candidates,
          bool self, const Options& options, mohs::Workspace& workspace, mohs::Triplets<M>& triplets)
{
    // A gallery that is mined like a batch would still compile: both calls are the same code with another flag.
    if (self) {
        miner(anchors.batch(), workspace, triplets, options);
    } else {
        miner(anchors.batch(), candidates.batch(), workspace, triplets, options);
    }
}

/// The positives that a random strategy draws, by anchor: they do not depend on what is done with them.
template <class M>
std::vector<Index> draw_positives(const mohs::RandomPositive& strategy, const Scene& scene, const Options& options)
{
    const mohs::TripletMiner<M, mohs::RandomPositive, mohs::RandomNegative> miner{{}, strategy, {}};
    const reference::Owned<float> anchors(scene.anchors), candidates(scene.candidates);
    mohs::Workspace workspace;
    mohs::Triplets<M> triplets;
    mine(miner, anchors, candidates, scene.self, options, workspace, triplets);
    std::vector<Index> result(static_cast<std::size_t>(scene.anchors.size()), -1);
    for (const mohs::Triplet triplet : triplets) {
        result[static_cast<std::size_t>(triplet.anchor)] = triplet.positive;
    }
    return result;
}

/// Ways to run that must not change a result.
inline std::vector<Options> levels()
{
    std::vector<Options> result;
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        result.push_back({.isa = level, .threads = 1, .step = 3});
    }
    return result;
}

inline std::vector<Options> best_level()
{
    return {{.threads = 1, .step = 3}};
}

/// Mines a scene in all `ways`; what is wrong with any result. `verdict` says what the filters decide.
template <class M, class Positive, class Negative, class... Filters>
std::string fault_in(const Scene& scene, const Positive& positive, const Negative& negative,
                     const std::vector<Options>& ways, const Verdict& verdict, const Filters&... filters)
{
    const mohs::TripletMiner<M, Positive, Negative, Filters...> miner{{}, positive, negative, filters...};
    const reference::Owned<float> anchors(scene.anchors), candidates(scene.candidates);
    std::vector<Index> drawn;
    if constexpr (std::is_same_v<Positive, mohs::RandomPositive>) {
        drawn = draw_positives<M>(positive, scene, ways.front());
    }
    std::string wrong;
    mohs::Workspace workspace;
    mohs::Triplets<M> triplets;
    for (const Options& options : ways) {
        mine(miner, anchors, candidates, scene.self, options, workspace, triplets);
        const std::string fault = fault_of(triplets, scene, positive, negative, verdict, drawn);
        wrong += fault.empty() ? "" : std::string(mohs::to_string(options.isa)) + ", " + fault;
    }
    return wrong;
}

/// Every kind of batch against itself, and against another one as a gallery. `verdict_for` says, for a scene, what the filters decide.
template <class M, class Positive, class Negative, class VerdictFor, class... Filters>
std::string fault_with(const Positive& positive, const Negative& negative, const std::vector<Options>& ways,
                       const VerdictFor& verdict_for, const Filters&... filters)
{
    std::string wrong;
    const auto add = [&](const Scene& scene) {
        wrong += fault_in<M>(scene, positive, negative, ways, verdict_for(scene), filters...);
    };
    if constexpr (reference::is_normalised<M>) {
        for (const Index classes : {3, 12}) {
            const Data data = separated(50, classes, static_cast<std::uint64_t>(50 + classes));
            const Data queries = part(data, 0, 20), gallery = part(data, 20, 50);
            add(Scene(data));
            add(Scene(queries, gallery));
        }
    } else {
        const std::vector<Data> all = kinds();
        for (std::size_t i = 0; i < all.size(); ++i) {
            add(Scene(all[i]));
            // Of the same number of columns, and with ids on both sides or neither.
            const Data& other = all[(i + 5) % (all.size() - 1)];
            if (all[i].dimension() == other.dimension() && all[i].ids.empty()) {
                add(Scene(all[i], other));
            }
        }
        const Data queries = part(all.back(), 0, 15), gallery = part(all.back(), 10, 50);
        add(Scene(queries, gallery));
    }
    return wrong;
}

/// The same without filters.
template <class M, class Positive, class Negative>
std::string fault(const Positive& positive, const Negative& negative, const std::vector<Options>& ways = best_level())
{
    return fault_with<M>(positive, negative, ways, [](const Scene&) { return Verdict{}; });
}

/// As good as random for every triplet of rows, in [0, 10).
inline int hash(Index anchor, Index positive, Index negative)
{
    const auto number = static_cast<std::uint64_t>(anchor * 1000003 + positive * 7919 + negative * 31 + 17);
    return static_cast<int>((number * 0x9E3779B97F4A7C15U >> 40) % 10);
}

/// Rejects `tenths` of the negatives of an anchor.
struct RejectSome {
    static constexpr const char* name = "rejected_some";
    static constexpr bool needs_positive = false;

    int tenths;

    [[nodiscard]] bool rejects_rows(Index anchor, Index, Index negative) const
    {
        return hash(anchor, 0, negative) < tenths;
    }
    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return rejects_rows(query.anchor().row, -1, query.negative().row);
    }
};

/// Rejects `tenths` of the negatives of a pair of an anchor and a positive.
struct RejectSomeOfPair {
    static constexpr const char* name = "rejected_some_of_pair";
    static constexpr bool needs_positive = true;

    int tenths;

    [[nodiscard]] bool rejects_rows(Index anchor, Index positive, Index negative) const
    {
        return hash(anchor, positive + 1, negative) < tenths;
    }
    template <class Query>
    [[nodiscard]] bool rejects(const Query& query) const
    {
        return rejects_rows(query.anchor().row, query.positive().row, query.negative().row);
    }
};

/// Filters that decide by row numbers, and what they decide, first come first served.
template <class M, class Positive, class Negative, class... Filters>
std::string filtered_fault(const Positive& positive, const Negative& negative, const Filters&... filters)
{
    const Verdict verdict{[=](Index anchor, Index positive_row, Index negative_row) {
                              const bool rejected[] = {filters.rejects_rows(anchor, positive_row, negative_row)...};
                              const auto first = std::find(std::begin(rejected), std::end(rejected), true);
                              return first == std::end(rejected) ? -1 : static_cast<int>(first - std::begin(rejected));
                          },
                          sizeof...(Filters), (Filters::needs_positive || ...)};
    return fault_with<M>(
        positive, negative, best_level(), [&](const Scene&) { return verdict; }, filters...);
}

/// Light and heavy filters, so that short and long runs of rejections are met.
template <class M, class Positive, class Negative>
std::string filtered_fault(const Positive& positive, const Negative& negative)
{
    std::string wrong;
    for (const auto& [first, second] : {std::pair{1, 2}, std::pair{6, 5}, std::pair{3, 10}, std::pair{10, 0}}) {
        wrong += filtered_fault<M>(positive, negative, RejectSome{first}, RejectSomeOfPair{second});
    }
    return wrong;
}

/// The same result with any number of threads, any executor and in any instruction set, draws included.
template <class M, class Positive, class Negative, class... Filters>
bool same_with_threads(const Positive& positive, const Negative& negative, const Filters&... filters)
{
    const mohs::TripletMiner<M, Positive, Negative, Filters...> miner{{}, positive, negative, filters...};
    const reference::Owned<float> batch(grid(330, 3, 60, 61)), queries(grid(200, 3, 60, 62));
    mohs::Workspace workspace;
    mohs::Triplets<M> expected, triplets;
    for (const bool self : {true, false}) {
        mine(miner, self ? batch : queries, batch, self, {.threads = 1, .step = 3}, workspace, expected);
        std::vector<Options> ways = levels();
        for (const int threads : {1, 2, 3}) {
            ways.push_back({.threads = threads, .executor = reference::thread_executor(threads), .step = 3});
        }
        ways.push_back({.executor = reference::backward_executor(), .step = 3});
        for (const Options& options : ways) {
            mine(miner, self ? batch : queries, batch, self, options, workspace, triplets);
            if (expected.empty() || !std::equal(triplets.begin(), triplets.end(), expected.begin(), expected.end()) ||
                triplets.negative_values() != expected.negative_values() ||
                triplets.report.rejected != expected.report.rejected ||
                triplets.report.effective_negatives != expected.report.effective_negatives) {
                return false;
            }
        }
    }
    return true;
}

/// Points on a line, of which the first two share a label: the negatives of the first point with the second.
template <class M, class Negative>
std::vector<Index> negatives_of_first(const std::vector<double>& points, const Negative& negative)
{
    std::vector<std::int64_t> labels(points.size());
    for (std::size_t row = 2; row < points.size(); ++row) {
        labels[row] = static_cast<std::int64_t>(row);
    }
    const reference::Owned<float> owned(line(points, labels));
    const mohs::TripletMiner<M, mohs::HardestPositive, Negative> miner{{}, {}, negative};
    std::vector<Index> result;
    for (const mohs::Triplet triplet : miner(owned.batch())) {
        if (triplet.anchor == 0) {
            result.push_back(triplet.negative);
        }
    }
    return result;
}

// ---------------------------------------------------------------------------------------------------------------------
// Draws

/// The triplets of one step.
using Sampler = std::function<std::vector<mohs::Triplet>(std::uint64_t step)>;

template <class M, class Positive, class Negative, class... Filters>
Sampler sampler_of(const Scene& scene, const Positive& positive, const Negative& negative, const Filters&... filters)
{
    const mohs::TripletMiner<M, Positive, Negative, Filters...> miner{{}, positive, negative, filters...};
    const auto anchors = std::make_shared<reference::Owned<float>>(scene.anchors),
               candidates = std::make_shared<reference::Owned<float>>(scene.candidates);
    const auto workspace = std::make_shared<mohs::Workspace>();
    return [miner, anchors, candidates, workspace, self = scene.self](std::uint64_t step) {
        mohs::Triplets<M> triplets;
        mine(miner, *anchors, *candidates, self, {.threads = 1, .step = step}, *workspace, triplets);
        return std::vector<mohs::Triplet>(triplets.begin(), triplets.end());
    };
}

/// Over the steps, every pair of an anchor and a positive draws uniformly among the negatives that `strategy` means.
template <class M, class Negative>
std::string uniformity_fault(const Sampler& sampler, const Scene& scene, const Negative& strategy, Index steps,
                             const Verdict& verdict = {})
{
    std::map<std::pair<Index, Index>, std::map<Index, Index>> counts;
    for (Index step = 0; step < steps; ++step) {
        for (const mohs::Triplet triplet : sampler(static_cast<std::uint64_t>(step))) {
            ++counts[{triplet.anchor, triplet.positive}][triplet.negative];
        }
    }
    std::string wrong;
    int tested = 0;
    for (const auto& [pair, cells] : counts) {
        const auto& [anchor, row] = pair;
        const View view = view_of<M>(scene, anchor);
        const auto positive = std::find_if(view.positives.begin(), view.positives.end(),
                                           [row = row](const Seen& seen) { return seen.row == row; });
        const std::vector<Index> legal = outcome_of(strategy, view, *positive, verdict).rows;
        std::vector<Index> drawn;
        Index all = 0, inside = 0;
        for (const Index negative : legal) {
            drawn.push_back(cells.count(negative) == 0 ? 0 : cells.at(negative));
            inside += drawn.back();
        }
        for (const auto& [negative, count] : cells) {
            all += count;
        }
        const std::string name = "anchor " + std::to_string(anchor) + " with positive " + std::to_string(row);
        if (all != inside) {
            wrong += name + " draws what is not in place; ";
        } else if (drawn.size() > 1) {
            ++tested;
            if (!draws::is_uniform(drawn)) {
                wrong += name + " is " + std::to_string(draws::deviation(drawn)) + " from uniform; ";
            }
        }
    }
    return tested == 0 ? wrong + "nothing to choose from" : wrong;
}

/// Samplers with the mistakes that are easily made: the better of two draws, turns instead of draws, everything instead of what is in place.
template <class M, class Negative>
std::vector<Sampler> wrong_samplers(const Scene& scene, const Negative& strategy, const Verdict& verdict = {})
{
    std::vector<Sampler> result;
    for (const int mistake : {0, 1, 2}) {
        result.push_back([=](std::uint64_t step) {
            reference::Generator generator(1000 + step);
            std::vector<mohs::Triplet> triplets;
            for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
                const View view = view_of<M>(scene, anchor);
                for (const Seen& positive : view.positives) {
                    std::vector<Index> rows = outcome_of(strategy, view, positive, verdict).rows;
                    if (rows.empty()) {
                        continue;
                    }
                    if (mistake == 2) {
                        rows = scene.candidates_of(anchor, Among::negatives);
                    }
                    const auto size = static_cast<Index>(rows.size());
                    const Index at = mistake == 0   ? std::min(reference::uniform_below(generator, size),
                                                               reference::uniform_below(generator, size))
                                     : mistake == 1 ? static_cast<Index>(step) % size
                                                    : reference::uniform_below(generator, size);
                    triplets.push_back({anchor, positive.row, rows[static_cast<std::size_t>(at)]});
                }
            }
            return triplets;
        });
    }
    return result;
}

/// What one pair of rows draws over the steps.
inline std::vector<Index> over_steps(const Sampler& sampler, Index anchor, Index positive, Index steps)
{
    std::vector<Index> result;
    for (Index step = 0; step < steps; ++step) {
        for (const mohs::Triplet triplet : sampler(static_cast<std::uint64_t>(step))) {
            if (triplet.anchor == anchor && triplet.positive == positive) {
                result.push_back(triplet.negative);
            }
        }
    }
    return result;
}

/// Share of the triplets that two runs have at the same place but with other negatives.
inline double share_different(const std::vector<mohs::Triplet>& a, const std::vector<mohs::Triplet>& b)
{
    std::size_t different = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        different += a[i] == b[i] ? 0 : 1;
    }
    return a.empty() || a.size() != b.size() ? 0 : static_cast<double>(different) / static_cast<double>(a.size());
}

}  // namespace strategies
