// What strategies, filters and other miners cost beside hardest positive with hardest negative, on the same rows at the same time.

#include "cases.hpp"
#include "oracle.hpp"

#include <mohs/mohs.hpp>

namespace bench {
namespace {

using Metric = mohs::Normalised<mohs::Euclidean>;

/// Distances of unit rows from exact cosines.
double exact_distance(const Oracle& oracle, Index a, Index b)
{
    return std::sqrt(std::max(0.0, 2 - 2 * oracle.cosine(a, b)));
}

std::string check(const mohs::Triplets<Metric>& triplets, const Data& data)
{
    const Oracle oracle(data);
    const Index step = std::max<Index>(1, triplets.size() / 997);
    for (Index i = 0; i < triplets.size(); i += step) {
        const mohs::Triplet triplet = triplets[i];
        if (!oracle.exists(triplet.positive) || !oracle.positive(triplet.anchor, triplet.positive) ||
            !oracle.exists(triplet.negative) || !oracle.negative(triplet.anchor, triplet.negative)) {
            return wrong(triplet.anchor, "its positive or negative is none");
        }
        // Rows are rounded to float before their difference is taken, so near-duplicates keep fewer digits.
        const double tolerance = 1e-5;
        if (std::abs(triplets.positive_values()[i] - exact_distance(oracle, triplet.anchor, triplet.positive)) >
                tolerance ||
            std::abs(triplets.negative_values()[i] - exact_distance(oracle, triplet.anchor, triplet.negative)) >
                tolerance) {
            return wrong(triplet.anchor, "a distance is wrong");
        }
    }
    return {};
}

std::string check(const mohs::Pairs<Metric>& pairs, const Data& data)
{
    const Oracle oracle(data);
    for (const bool positive : {true, false}) {
        const auto& list = positive ? pairs.positives : pairs.negatives;
        const Index step = std::max<Index>(1, list.size() / 997);
        for (Index i = 0; i < list.size(); i += step) {
            const mohs::Pair pair = list[i];
            if (!oracle.exists(pair.candidate) || !(positive ? oracle.positive(pair.anchor, pair.candidate)
                                                             : oracle.negative(pair.anchor, pair.candidate))) {
                return wrong(pair.anchor, "its pair is none");
            }
            if (std::abs(list.values()[i] - exact_distance(oracle, pair.anchor, pair.candidate)) > 1e-5) {
                return wrong(pair.anchor, "a distance is wrong");
            }
        }
    }
    return {};
}

double size_of(const mohs::Triplets<Metric>& triplets)
{
    return static_cast<double>(triplets.size());
}
double size_of(const mohs::Pairs<Metric>& pairs)
{
    return static_cast<double>(pairs.positives.size() + pairs.negatives.size());
}

/// What `prepare` makes of a batch, called with (batch, workspace, result, options), against the hardest triplets, call
/// by call in turn.
template <class Result, class Prepare>
void add_against_hardest(const std::string& name, IsaLevel level, Index rows, const Prepare& prepare)
{
    constexpr Index dimension = 128;
    for (const Kind kind : all_kinds) {
        add_case(case_name("strategies", name + ':' + to_string(kind), rows, dimension),
                 [=](benchmark::State& state, bool first) {
                     const Data& data = cached_data(kind, rows, dimension);
                     const mohs::Batch<float> batch{data.rows, data.labels};
                     const mohs::TripletMiner hardest{Metric{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
                     const auto work = prepare(batch);
                     const mohs::Options options{.isa = level, .threads = 1};
                     mohs::Workspace workspace;
                     mohs::Triplets<Metric> triplets;
                     Result result;
                     work(batch, workspace, result, options);
                     if (first && !is_right(state, check(result, data))) {
                         return;
                     }
                     std::vector<double> ratios;
                     for (auto iteration : state) {
                         static_cast<void>(iteration);
                         const double begin = thread_seconds();
                         hardest(batch, workspace, triplets, options);
                         const double middle = thread_seconds();
                         work(batch, workspace, result, options);
                         const double end = thread_seconds();
                         state.SetIterationTime(end - middle);
                         ratios.push_back((end - middle) / (middle - begin));
                     }
                     Index rejected = 0;
                     for (const Index count : result.report.rejected) {
                         rejected += count;
                     }
                     state.counters["to_hardest"] = median(ratios);
                     state.counters["tuples"] = size_of(result);
                     state.counters["rejected"] = static_cast<double>(rejected);
                 });
    }
}

constexpr Index many_rows = 4096;
/// Where a result has a tuple for every pair of rows.
constexpr Index few_rows = 1024;

template <class Miner>
void add(const std::string& name, IsaLevel level, const Miner& miner, Index rows = many_rows)
{
    add_against_hardest<mohs::Triplets<Metric>>(name, level, rows,
                                                [miner](const mohs::Batch<float>&) { return miner; });
}

template <class Positive, class Negative, class... Filters>
    requires requires { Negative::negative_pick; }
void add(const std::string& name, IsaLevel level, Positive positive, Negative negative, Filters... filters)
{
    add(name, level, mohs::TripletMiner{Metric{}, positive, negative, filters...});
}

template <class Strategy>
void add_pairs(const std::string& name, IsaLevel level, const Strategy& strategy)
{
    const mohs::PairMiner miner{Metric{}, strategy};
    add_against_hardest<mohs::Pairs<Metric>>(name, level, few_rows,
                                             [miner](const mohs::Batch<float>&) { return miner; });
}

void add_enumeration(const std::string& name, IsaLevel level, const mohs::TripletEnumeratorOptions& wanted)
{
    add_against_hardest<mohs::Triplets<Metric>>(name, level, few_rows, [wanted](const mohs::Batch<float>&) {
        return [wanted](const mohs::Batch<float>& batch, mohs::Workspace&, mohs::Triplets<Metric>& triplets,
                        const mohs::Options& options) {
            triplets = mohs::TripletEnumerator{Metric{}, wanted}(batch, options);
        };
    });
}

}  // namespace

void add_strategy_cases(IsaLevel level)
{
    using namespace mohs;
    add("easiest+hardest", level, EasiestPositive{}, HardestNegative{});
    add("random+random", level, RandomPositive{}, RandomNegative{});
    add("easiest+semi-hard", level, EasiestPositive{}, SemiHardNegative{});
    add("all+semi-hard", level, AllPositives{}, SemiHardNegative{});
    add("all+semi-hard-random", level, AllPositives{}, SemiHardRandom{});
    add("all+semi-hard-or-farthest", level, AllPositives{}, SemiHardOrFarthest{});
    add("hardest+beyond-all", level, HardestPositive{}, SemiHardBeyondAll{});
    add("random+semi-hard-or-random", level, RandomPositive{}, SemiHardOrRandom{});
    add("hardest+ranks-10-20", level, HardestPositive{}, RankedNegatives{.begin = 10, .end = 20});
    add("hardest+window", level, HardestPositive{}, ScoreWindowNegative{.low = 1.0, .high = 1.3});
    add("all+distance-weighted", level, AllPositives{}, DistanceWeightedNegative{});
    add("hardest+easiest", level, HardestPositive{}, EasiestNegative{});
    add("all+within-margin", level, TripletMiner{Metric{}, AllPositives{}, SemiHardWithinMargin{.margin = 0.02}},
        few_rows);
    add("hardest+all", level, TripletMiner{Metric{}, HardestPositive{}, AllNegatives{}}, few_rows);
    add("hardest+near-duplicates", level, HardestPositive{}, HardestNegative{}, ExcludeNearDuplicates{distance(0.3)});
    add("hardest+margin", level, HardestPositive{}, HardestNegative{}, MarginToPositive{.absolute = 0.05});
    add("hardest+half-rejected", level, HardestPositive{}, HardestNegative{},
        ExcludeIf{
            [](Index anchor, Index negative) { return ((anchor * 2654435761 ^ negative * 40503) >> 7) % 2 == 0; }});
    add("hardest+band", level, HardestPositive{}, HardestNegative{}, ScoreBand{.low = 1.0, .high = 1.3});
    // The guide is the batch itself: everything that is closer than the positive is refused.
    add_against_hardest<Triplets<Metric>>("easiest+guide", level, many_rows, [](const Batch<float>& batch) {
        return TripletMiner{Metric{}, EasiestPositive{}, HardestNegative{}, ExcludeByGuide{batch, batch}};
    });
    add_pairs("pairs-all", level, AllPairs{});
    add_pairs("pairs-margin", level, PairMargin{.positive_margin = 0.9, .negative_margin = 1.2});
    add_pairs("pairs-multi-similarity", level, MultiSimilarity{});
    add_enumeration("enumerate-semi-hard", level, {.kind = TripletKind::semi_hard});
    add_enumeration("enumerate-1000-of-every", level, {.limit = 1000});
}

}  // namespace bench
