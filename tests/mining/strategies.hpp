#pragma once

/// \file
/// What any pair of strategies with any filters has to return, written from the definitions, and the batches that the tests of all strategies share.
///
/// Kernel rounding cannot decide here: rows lie on a grid, where float is exact and equal values are common, or no two values of an anchor are nearly equal.

#include "draws.hpp"
#include "run.hpp"

#include <mohs/mohs.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace strategies {

using mohs::Among;
using mohs::Index;
using mohs::Options;
using reference::Data;
using reference::Metric;
using reference::Scene;

// ---------------------------------------------------------------------------------------------------------------------
// Data

/// Rows with elements that are multiples of 1/2 between -2 and 2: values repeat all the time, and float is exact.
Data grid(Index rows, Index dimension, Index classes, std::uint64_t seed);

/// Points on a line.
Data line(const std::vector<double>& points, const std::vector<std::int64_t>& labels);

/// A line of ten rows: negatives of the first two are five rows of one sample and three of samples of their own.
Data crowded_sample();

/// Unit-free Gaussian rows, none of whose cosines to one row differ by less than 2e-5: more than ten times what 16 columns in float can lose.
Data separated(Index rows, Index classes, std::uint64_t seed);

Data with_labels(Data data, std::string name, const std::function<std::int64_t(Index)>& label);

/// Everything that a batch may look like, on the grid.
std::vector<Data> kinds();

/// Rows [begin, end) of a data set.
Data part(const Data& data, Index begin, Index end);

// ---------------------------------------------------------------------------------------------------------------------
// Definitions

/// The value of two rows. Of rows on a grid it is exact, but for the root.
double value_of(Metric metric, const reference::Table& a, Index row_a, const reference::Table& b, Index row_b);
template <class M>
double value_of(const reference::Table& a, Index row_a, const reference::Table& b, Index row_b)
{
    return value_of(reference::metric_of<M>, a, row_a, b, row_b);
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

/// Where a strategy looks for negatives, as stages: a later one counts only where the earlier ones leave nothing.
struct Stage {
    std::vector<Seen> in_place;  ///< in the order in which they are preferred, if there is one
    enum class Take { first, all, any, ranks } take;
    std::size_t begin = 0, end = 1;  ///< ranks
};
using Stages = std::vector<Stage>;
using Take = Stage::Take;

/// What a strategy for positives means: those that it chooses. `drawn` is what a random one drew.
struct PositiveRule {
    std::function<std::vector<Seen>(const View& view, Index drawn)> chosen;
    std::optional<mohs::RandomPositive> random;
};
/// Of any strategy of the library.
template <class Positive>
PositiveRule rule_of(const Positive& strategy)
    requires requires { Positive::positive_pick; };

/// What a strategy for negatives means.
struct NegativeRule {
    std::function<Stages(const View& view, const Seen& positive)> stages;
    bool per_positive;   ///< the negative depends on the positive, or is drawn anew for each
    bool draws_blindly;  ///< draws among all negatives, and looks at filters only after that
};
template <class Negative>
NegativeRule rule_of(const Negative& strategy)
    requires requires { Negative::negative_pick; };

/// The filters: which of them, by its number, rejects first, or -1.
struct Verdict {
    std::function<int(Index anchor, Index positive, Index negative)> rejected_by = [](Index, Index, Index) {
        return -1;
    };
    std::size_t filters = 0;
    bool needs_positive = false;
};

// ---------------------------------------------------------------------------------------------------------------------
// Comparing

/// A miner, with what its strategies mean.
struct Subject {
    Metric metric;
    PositiveRule positive;
    NegativeRule negative;
    mining::Run run;
};
template <class M, class Positive, class Negative, class... Filters>
Subject subject_of(const Positive& positive, const Negative& negative, const Filters&... filters)
{
    return {reference::metric_of<M>, rule_of(positive), rule_of(negative),
            mining::run_of<float>(
                mohs::TripletMiner<M, Positive, Negative, Filters...>{{}, positive, negative, filters...})};
}

/// What is wrong with the triplets that strategies and filters found in a scene; empty if nothing is. `drawn` has a
/// random strategy's positives by anchor.
std::string fault_of(const mining::Mined& mined, const Scene& scene, const Subject& subject,
                     const Verdict& verdict = {}, const std::vector<Index>& drawn = {});
template <class M, class Positive, class Negative>
std::string fault_of(const mohs::Triplets<M>& triplets, const Scene& scene, const Positive& positive,
                     const Negative& negative)
{
    return fault_of(mining::mined(triplets), scene,
                    Subject{reference::metric_of<M>, rule_of(positive), rule_of(negative), {}});
}

/// Ways to run that must not change a result.
std::vector<Options> levels();

inline std::vector<Options> best_level()
{
    return {{.threads = 1, .step = 3}};
}

/// Mines a scene in all `ways`; what is wrong with any result. `verdict` says what the filters decide.
std::string fault_in(const Subject& subject, const Scene& scene, const std::vector<Options>& ways,
                     const Verdict& verdict);
template <class M, class Positive, class Negative, class... Filters>
std::string fault_in(const Scene& scene, const Positive& positive, const Negative& negative,
                     const std::vector<Options>& ways, const Verdict& verdict, const Filters&... filters)
{
    return fault_in(subject_of<M>(positive, negative, filters...), scene, ways, verdict);
}

/// What the filters decide in a scene.
using VerdictFor = std::function<Verdict(const Scene& scene)>;

/// Every kind of batch against itself, and against another one as a gallery.
std::string fault_with(const Subject& subject, const std::vector<Options>& ways, const VerdictFor& verdict_for);
template <class M, class Positive, class Negative, class... Filters>
std::string fault_with(const Positive& positive, const Negative& negative, const std::vector<Options>& ways,
                       const VerdictFor& verdict_for, const Filters&... filters)
{
    return fault_with(subject_of<M>(positive, negative, filters...), ways, verdict_for);
}

/// Batches and galleries around the edges of panels, and rows of huge and of tiny norm.
std::string edge_fault(const Subject& subject, const std::vector<Options>& ways);

/// All of these without filters.
std::string fault(const Subject& subject, const std::vector<Options>& ways);
template <class M, class Positive, class Negative>
std::string fault(const Positive& positive, const Negative& negative, const std::vector<Options>& ways = best_level())
{
    return fault(subject_of<M>(positive, negative), ways);
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

/// What filters decide that look at row numbers, first come first served.
using RejectsRows = std::function<bool(Index anchor, Index positive, Index negative)>;
Verdict verdict_of(const std::vector<RejectsRows>& filters, bool needs_positive);

template <class M, class Positive, class Negative, class... Filters>
std::string filtered_fault(const Positive& positive, const Negative& negative, const Filters&... filters)
{
    const Verdict verdict = verdict_of({[filters](Index anchor, Index positive_row, Index negative_row) {
                                           return filters.rejects_rows(anchor, positive_row, negative_row);
                                       }...},
                                       (Filters::needs_positive || ...));
    return fault_with(subject_of<M>(positive, negative, filters...), best_level(),
                      [&](const Scene&) { return verdict; });
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
bool same_with_threads(const mining::Run& run);
template <class M, class Positive, class Negative, class... Filters>
bool same_with_threads(const Positive& positive, const Negative& negative, const Filters&... filters)
{
    return same_with_threads(subject_of<M>(positive, negative, filters...).run);
}

/// Points on a line, of which the first two share a label: the negatives of the first point with the second.
std::vector<Index> negatives_of_first(const mining::Run& run, const std::vector<double>& points);
/// `Positive` is any strategy: there is one positive.
template <class M, class Positive = mohs::HardestPositive, class Negative>
std::vector<Index> negatives_of_first(const std::vector<double>& points, const Negative& negative)
{
    return negatives_of_first(subject_of<M>(Positive{}, negative).run, points);
}

// ---------------------------------------------------------------------------------------------------------------------
// Draws

/// The triplets of one step.
using Sampler = std::function<std::vector<mohs::Triplet>(std::uint64_t step)>;

/// Keeps the rows of the scene.
Sampler sampler_of(const mining::Run& run, const Scene& scene);
template <class M, class Positive, class Negative, class... Filters>
Sampler sampler_of(const Scene& scene, const Positive& positive, const Negative& negative, const Filters&... filters)
{
    return sampler_of(subject_of<M>(positive, negative, filters...).run, scene);
}

/// Over the steps, every pair of an anchor and a positive draws uniformly among the negatives that the strategy means.
std::string uniformity_fault(const Sampler& sampler, const Scene& scene, Metric metric, const NegativeRule& negative,
                             Index steps, const Verdict& verdict);
template <class M, class Negative>
std::string uniformity_fault(const Sampler& sampler, const Scene& scene, const Negative& strategy, Index steps,
                             const Verdict& verdict = {})
{
    return uniformity_fault(sampler, scene, reference::metric_of<M>, rule_of(strategy), steps, verdict);
}

/// Samplers with the mistakes that are easily made: the better of two draws, turns instead of draws, everything instead
/// of what is in place.
std::vector<Sampler> wrong_samplers(const Scene& scene, Metric metric, const NegativeRule& negative);
template <class M, class Negative>
std::vector<Sampler> wrong_samplers(const Scene& scene, const Negative& strategy)
{
    return wrong_samplers(scene, reference::metric_of<M>, rule_of(strategy));
}

/// What one pair of rows draws over the steps.
std::vector<Index> over_steps(const Sampler& sampler, Index anchor, Index positive, Index steps);

/// Share of the triplets that two runs have at the same place but with other negatives.
double share_different(const std::vector<mohs::Triplet>& a, const std::vector<mohs::Triplet>& b);

}  // namespace strategies
