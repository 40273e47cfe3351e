// Covers strategy.hpp, detail/choose/strategy_traits.hpp.

#include "strategies.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace strategies {

Data grid(Index rows, Index dimension, Index classes, std::uint64_t seed)
{
    reference::Generator generator(seed);
    Data data{"grid", reference::Table(rows, dimension), reference::shuffled_labels(rows, classes, generator)};
    for (Index i = 0; i < data.rows.size(); ++i) {
        data.rows.data()[i] = static_cast<double>(reference::uniform_below(generator, 9) - 4) / 2;
    }
    return data;
}

Data line(const std::vector<double>& points, const std::vector<std::int64_t>& labels)
{
    Data data{"line", reference::Table(static_cast<Index>(points.size()), 1), labels};
    for (std::size_t i = 0; i < points.size(); ++i) {
        data.rows(static_cast<Index>(i), 0) = points[i];
    }
    return data;
}

Data crowded_sample()
{
    Data data = line({0, 1, 2, 2.125, 2.25, 2.375, 2.4, 2.3, 2.2, 2.1}, {0, 0, 1, 1, 2, 2, 3, 3, 4, 4});
    data.ids = {0, 1, 50, 50, 50, 5, 50, 7, 50, 9};
    return data;
}

Data separated(Index rows, Index classes, std::uint64_t seed)
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

Data with_labels(Data data, std::string name, const std::function<std::int64_t(Index)>& label)
{
    data.name = std::move(name);
    for (Index row = 0; row < data.size(); ++row) {
        data.labels[static_cast<std::size_t>(row)] = label(row);
    }
    return data;
}

std::vector<Data> kinds()
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

Data part(const Data& data, Index begin, Index end)
{
    std::vector<Index> rows;
    for (Index row = begin; row < end; ++row) {
        rows.push_back(row);
    }
    Data result = reference::permuted(data, rows);
    result.name = data.name;
    return result;
}

double value_of(Metric metric, const reference::Table& a, Index row_a, const reference::Table& b, Index row_b)
{
    if (metric.normalised) {
        return reference::value(metric, a, row_a, b, row_b);
    }
    double sum = 0;
    for (Index k = 0; k < a.cols(); ++k) {
        const double x = a(row_a, k), y = b(row_b, k);
        sum += metric.similarity ? x * y : (x - y) * (x - y);
    }
    return metric.similarity || metric.squared ? sum : std::sqrt(sum);
}

namespace {

View view_of(Metric metric, const Scene& scene, Index anchor)
{
    const auto see = [&](Among among) {
        std::vector<Seen> result;
        for (const Index row : scene.candidates_of(anchor, among)) {
            const double value = value_of(metric, scene.anchors.rows, anchor, scene.candidates.rows, row);
            result.push_back({row, value, metric.similarity ? -value : value});
        }
        return result;
    };
    return {anchor, see(Among::positives), see(Among::negatives)};
}

std::vector<Seen> closest_first(std::vector<Seen> seen)
{
    std::sort(seen.begin(), seen.end(),
              [](const Seen& a, const Seen& b) { return a.far != b.far ? a.far < b.far : a.row < b.row; });
    return seen;
}

std::vector<Seen> farthest_first(std::vector<Seen> seen)
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

std::vector<Seen> positives_of(const mohs::HardestPositive&, const View& view, Index)
{
    return view.positives.empty() ? view.positives : std::vector<Seen>{farthest_first(view.positives).front()};
}
std::vector<Seen> positives_of(const mohs::EasiestPositive&, const View& view, Index)
{
    return view.positives.empty() ? view.positives : std::vector<Seen>{closest_first(view.positives).front()};
}
std::vector<Seen> positives_of(const mohs::RandomPositive&, const View& view, Index drawn)
{
    return only(view.positives, [&](const Seen& positive) { return positive.row == drawn; });
}
std::vector<Seen> positives_of(const mohs::AllPositives&, const View& view, Index)
{
    return view.positives;
}
Stages stages_of(const mohs::HardestNegative&, const View& view, const Seen&)
{
    return {{closest_first(view.negatives), Take::first}};
}
Stages stages_of(const mohs::EasiestNegative&, const View& view, const Seen&)
{
    return {{farthest_first(view.negatives), Take::first}};
}
Stages stages_of(const mohs::RandomNegative&, const View& view, const Seen&)
{
    return {{view.negatives, Take::any}};
}
Stages stages_of(const mohs::AllNegatives&, const View& view, const Seen&)
{
    return {{view.negatives, Take::all}};
}
Stages stages_of(const mohs::RankedNegatives& strategy, const View& view, const Seen&)
{
    return {{closest_first(view.negatives), Take::ranks, static_cast<std::size_t>(strategy.begin),
             static_cast<std::size_t>(strategy.end)}};
}
Stages stages_of(const mohs::ScoreWindowNegative& strategy, const View& view, const Seen&)
{
    return {{closest_first(only(view.negatives,
                                [&](const Seen& n) {
                                    return (!strategy.low || *strategy.low <= n.value) &&
                                           (!strategy.high || n.value <= *strategy.high);
                                })),
             Take::first}};
}
Stages stages_of(const mohs::SemiHardNegative& strategy, const View& view, const Seen& positive)
{
    return {{closest_first(
                 only(view.negatives,
                      [&](const Seen& n) { return n.far > positive.far && n.far - positive.far < strategy.margin; })),
             Take::first}};
}
Stages stages_of(const mohs::SemiHardRandom& strategy, const View& view, const Seen& positive)
{
    return {{only(view.negatives,
                  [&](const Seen& n) { return n.far > positive.far && n.far - positive.far < strategy.margin; }),
             Take::any}};
}
Stages stages_of(const mohs::SemiHardWithinMargin& strategy, const View& view, const Seen& positive)
{
    return {{only(view.negatives,
                  [&](const Seen& n) { return n.far > positive.far && n.far - positive.far <= strategy.margin; }),
             Take::all}};
}
Stages stages_of(const mohs::SemiHardOrFarthest&, const View& view, const Seen& positive)
{
    return {{closest_first(only(view.negatives, [&](const Seen& n) { return n.far > positive.far; })), Take::first},
            {farthest_first(view.negatives), Take::first}};
}
Stages stages_of(const mohs::SemiHardBeyondAll&, const View& view, const Seen&)
{
    double farthest = view.positives.front().far;
    for (const Seen& positive : view.positives) {
        farthest = std::max(farthest, positive.far);
    }
    return {{closest_first(only(view.negatives, [&](const Seen& n) { return n.far > farthest; })), Take::first},
            {farthest_first(view.negatives), Take::first}};
}
Stages stages_of(const mohs::SemiHardOrRandom& strategy, const View& view, const Seen& positive)
{
    return {stages_of(mohs::SemiHardRandom{.margin = strategy.margin}, view, positive).front(),
            {view.negatives, Take::any}};
}
Stages stages_of(const mohs::DistanceWeightedNegative& strategy, const View& view, const Seen&)
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

/// What one search for negatives has to give.
struct Outcome {
    std::vector<Index> rows;  ///< all of these, or one of them
    bool one = false;
    bool in_place = false;            ///< whether there would be anything without filters
    std::array<Index, 8> rejected{};  ///< per filter: what ranks ahead of the last one taken, or all that is in place
    bool counted = true;              ///< whether `rejected` is exact: draws count only what they draw
};

Outcome outcome_of(const NegativeRule& strategy, const View& view, const Seen& positive, const Verdict& verdict)
{
    Outcome outcome;
    // A uniform choice within bounds sees all that is in place; any other draw only what it draws.
    const auto stages = strategy.stages(view, positive);
    for (const Stage& stage : stages) {
        outcome.rejected = {};
        outcome.one = stage.take == Take::any;
        outcome.counted = !strategy.draws_blindly && !(outcome.one && &stage != &stages.front());
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

std::string name_of(const Scene& scene)
{
    return scene.anchors.name + " of " + std::to_string(scene.anchors.size()) +
           (scene.self ? "" : " against " + std::to_string(scene.candidates.size())) + ": ";
}

/// How far a value may be from the exact one: nothing but a root is rounded on a grid; unit rows are rounded before they
/// are multiplied, in float.
double tolerance(Metric metric)
{
    return metric.normalised ? 3e-6 : 1e-14;
}

/// The positives that a random strategy draws, by anchor: they depend neither on the metric nor on what is done with
/// them.
std::vector<Index> draw_positives(const mohs::RandomPositive& strategy, const Scene& scene, const Options& options)
{
    const mining::Run run = mining::run_of<float>(
        mohs::TripletMiner<mohs::Euclidean, mohs::RandomPositive, mohs::RandomNegative>{{}, strategy, {}});
    std::vector<Index> result(static_cast<std::size_t>(scene.anchors.size()), -1);
    for (const mohs::Triplet& triplet : mining::triplets_of(run, scene, options)) {
        result[static_cast<std::size_t>(triplet.anchor)] = triplet.positive;
    }
    return result;
}

}

template <class Positive>
PositiveRule rule_of(const Positive& strategy)
    requires requires { Positive::positive_pick; }
{
    PositiveRule rule{[strategy](const View& view, Index drawn) { return positives_of(strategy, view, drawn); }, {}};
    if constexpr (std::is_same_v<Positive, mohs::RandomPositive>) {
        rule.random = strategy;
    }
    return rule;
}
template PositiveRule rule_of(const mohs::HardestPositive&);
template PositiveRule rule_of(const mohs::EasiestPositive&);
template PositiveRule rule_of(const mohs::RandomPositive&);
template PositiveRule rule_of(const mohs::AllPositives&);

template <class Negative>
NegativeRule rule_of(const Negative& strategy)
    requires requires { Negative::negative_pick; }
{
    return {[strategy](const View& view, const Seen& positive) { return stages_of(strategy, view, positive); },
            per_positive<Negative>, draws_blindly<Negative>};
}
template NegativeRule rule_of(const mohs::HardestNegative&);
template NegativeRule rule_of(const mohs::EasiestNegative&);
template NegativeRule rule_of(const mohs::RandomNegative&);
template NegativeRule rule_of(const mohs::AllNegatives&);
template NegativeRule rule_of(const mohs::RankedNegatives&);
template NegativeRule rule_of(const mohs::ScoreWindowNegative&);
template NegativeRule rule_of(const mohs::SemiHardNegative&);
template NegativeRule rule_of(const mohs::SemiHardRandom&);
template NegativeRule rule_of(const mohs::SemiHardWithinMargin&);
template NegativeRule rule_of(const mohs::SemiHardOrFarthest&);
template NegativeRule rule_of(const mohs::SemiHardBeyondAll&);
template NegativeRule rule_of(const mohs::SemiHardOrRandom&);
template NegativeRule rule_of(const mohs::DistanceWeightedNegative&);

std::string fault_of(const mining::Mined& mined, const Scene& scene, const Subject& subject, const Verdict& verdict,
                     const std::vector<Index>& drawn)
{
    const auto size = static_cast<Index>(mined.triplets.size());
    mohs::Report expected;
    expected.anchors = scene.anchors.size();
    expected.tuples = size;
    bool counted = true;
    Index at = 0;
    for (Index row = 0; row < scene.anchors.size(); ++row) {
        const auto wrong = [&](const std::string& what) {
            return name_of(scene) + "anchor " + std::to_string(row) + ": " + what + "; ";
        };
        // The anchor's triplets, by positive.
        const Index first = at;
        std::map<Index, std::vector<Index>> found;
        for (; at < size && mined.triplets[static_cast<std::size_t>(at)].anchor == row; ++at) {
            const mohs::Triplet triplet = mined.triplets[static_cast<std::size_t>(at)];
            found[triplet.positive].push_back(triplet.negative);
            for (const auto& [other, value] :
                 {std::pair{triplet.positive, mined.positive_values[static_cast<std::size_t>(at)]},
                  std::pair{triplet.negative, mined.negative_values[static_cast<std::size_t>(at)]}}) {
                const double exact = value_of(subject.metric, scene.anchors.rows, row, scene.candidates.rows, other);
                if (!(std::abs(value - exact) <= tolerance(subject.metric) * std::max(1.0, std::abs(exact)))) {
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
        const View view = view_of(subject.metric, scene, row);
        const std::vector<Seen> positives =
            subject.positive.chosen(view, drawn.empty() ? -1 : drawn[static_cast<std::size_t>(row)]);
        bool in_place = false;
        for (const Seen& positive : positives) {
            const Outcome outcome = outcome_of(subject.negative, view, positive, verdict);
            in_place = in_place || outcome.in_place;
            counted = counted && outcome.counted;
            // One search serves all positives where none of them matters.
            if (subject.negative.per_positive || verdict.needs_positive || &positive == &positives.front()) {
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
    if (at != size) {
        return name_of(scene) + "triplets are not in ascending order of their anchors; ";
    }
    const mohs::Report& report = mined.report;
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
    compare("values of positives", report.positive.count, size);
    compare("values of negatives", report.negative.count, size);
    return wrong;
}

std::vector<Options> levels()
{
    std::vector<Options> result;
    for (const mohs::IsaLevel level : mohs::available_isa_levels()) {
        result.push_back({.isa = level, .threads = 1, .step = 3});
    }
    return result;
}

std::string fault_in(const Subject& subject, const Scene& scene, const std::vector<Options>& ways,
                     const Verdict& verdict)
{
    const std::vector<Index> drawn =
        subject.positive.random ? draw_positives(*subject.positive.random, scene, ways.front()) : std::vector<Index>{};
    std::string wrong;
    const std::vector<mining::Mined> found = subject.run(scene, ways);
    for (std::size_t way = 0; way < ways.size(); ++way) {
        const std::string fault = fault_of(found[way], scene, subject, verdict, drawn);
        wrong += fault.empty() ? "" : std::string(mohs::to_string(ways[way].isa)) + ", " + fault;
    }
    return wrong;
}

std::string fault_with(const Subject& subject, const std::vector<Options>& ways, const VerdictFor& verdict_for)
{
    std::string wrong;
    const auto add = [&](const Scene& scene) { wrong += fault_in(subject, scene, ways, verdict_for(scene)); };
    if (subject.metric.normalised) {
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

std::string edge_fault(const Subject& subject, const std::vector<Options>& ways)
{
    std::string wrong;
    const auto add = [&](const Data& data) {
        const Data queries = part(data, 0, data.size() / 3), gallery = part(data, data.size() / 3, data.size());
        for (const Scene& scene : {Scene(data), Scene(queries, gallery)}) {
            wrong += fault_in(subject, scene, ways, {});
        }
    };
    // Powers of two keep a grid exact. Squares of these are beyond float.
    const auto add_scaled = [&](const Data& data) {
        add(reference::scaled(data, 0x1p90, "huge rows"));
        add(reference::scaled(data, 0x1p-90, "tiny rows"));
    };
    if (subject.metric.normalised) {
        const Data data = separated(49, 8, 90);
        for (const Index rows : {23, 24, 25, 47, 48, 49}) {
            add(part(data, 0, rows));
        }
        add_scaled(data);
    } else {
        for (const Index rows : {23, 24, 25, 47, 48, 49}) {
            add(grid(rows, 3, rows / 5, static_cast<std::uint64_t>(rows)));
        }
        add_scaled(grid(45, 2, 9, 91));
    }
    return wrong;
}

std::string fault(const Subject& subject, const std::vector<Options>& ways)
{
    return fault_with(subject, ways, [](const Scene&) { return Verdict{}; }) + edge_fault(subject, ways);
}

Verdict verdict_of(const std::vector<RejectsRows>& filters, bool needs_positive)
{
    return {[filters](Index anchor, Index positive, Index negative) {
                const auto first = std::find_if(filters.begin(), filters.end(), [&](const RejectsRows& rejects) {
                    return rejects(anchor, positive, negative);
                });
                return first == filters.end() ? -1 : static_cast<int>(first - filters.begin());
            },
            filters.size(), needs_positive};
}

bool same_with_threads(const mining::Run& run)
{
    const Data batch = grid(330, 3, 60, 61), queries = grid(200, 3, 60, 62);
    std::vector<Options> ways{{.threads = 1, .step = 3}};
    for (const Options& level : levels()) {
        ways.push_back(level);
    }
    for (const int threads : {1, 2, 3}) {
        ways.push_back({.threads = threads, .executor = reference::thread_executor(threads), .step = 3});
    }
    ways.push_back({.executor = reference::backward_executor(), .step = 3});
    for (const Scene& scene : {Scene(batch), Scene(queries, batch)}) {
        const std::vector<mining::Mined> found = run(scene, ways);
        for (const mining::Mined& each : found) {
            const mohs::Report &report = each.report, &expected = found.front().report;
            if (found.front().triplets.empty() || each.triplets != found.front().triplets ||
                each.negative_values != found.front().negative_values || report.rejected != expected.rejected ||
                report.effective_negatives != expected.effective_negatives) {
                return false;
            }
        }
    }
    return true;
}

std::vector<Index> negatives_of_first(const mining::Run& run, const std::vector<double>& points)
{
    std::vector<std::int64_t> labels(points.size());
    for (std::size_t row = 2; row < points.size(); ++row) {
        labels[row] = static_cast<std::int64_t>(row);
    }
    const Data data = line(points, labels);
    std::vector<Index> result;
    for (const mohs::Triplet& triplet : mining::triplets_of(run, Scene(data), {})) {
        if (triplet.anchor == 0) {
            result.push_back(triplet.negative);
        }
    }
    return result;
}

Sampler sampler_of(const mining::Run& run, const Scene& scene)
{
    return [run, anchors = scene.anchors, candidates = scene.candidates, self = scene.self](std::uint64_t step) {
        return mining::triplets_of(run, self ? Scene(anchors) : Scene(anchors, candidates),
                                   {.threads = 1, .step = step});
    };
}

std::string uniformity_fault(const Sampler& sampler, const Scene& scene, Metric metric, const NegativeRule& negative,
                             Index steps, const Verdict& verdict)
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
        const View view = view_of(metric, scene, anchor);
        const auto positive = std::find_if(view.positives.begin(), view.positives.end(),
                                           [row = row](const Seen& seen) { return seen.row == row; });
        const std::vector<Index> legal = outcome_of(negative, view, *positive, verdict).rows;
        std::vector<Index> drawn;
        Index all = 0, inside = 0;
        for (const Index each : legal) {
            drawn.push_back(cells.count(each) == 0 ? 0 : cells.at(each));
            inside += drawn.back();
        }
        for (const auto& [each, count] : cells) {
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

std::vector<Sampler> wrong_samplers(const Scene& scene, Metric metric, const NegativeRule& negative)
{
    std::vector<Sampler> result;
    for (const int mistake : {0, 1, 2}) {
        result.push_back([=](std::uint64_t step) {
            reference::Generator generator(1000 + step);
            std::vector<mohs::Triplet> triplets;
            for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
                const View view = view_of(metric, scene, anchor);
                for (const Seen& positive : view.positives) {
                    std::vector<Index> rows = outcome_of(negative, view, positive, {}).rows;
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

std::vector<Index> over_steps(const Sampler& sampler, Index anchor, Index positive, Index steps)
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

double share_different(const std::vector<mohs::Triplet>& a, const std::vector<mohs::Triplet>& b)
{
    std::size_t different = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        different += a[i] == b[i] ? 0 : 1;
    }
    return a.empty() || a.size() != b.size() ? 0 : static_cast<double>(different) / static_cast<double>(a.size());
}

}
