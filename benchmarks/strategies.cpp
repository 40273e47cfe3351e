// What strategies and filters cost beside hardest positive with hardest negative, on the same rows at the same time.

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

/// `miner` against the hardest triplets, call by call in turn.
template <class Miner>
void add(const std::string& name, IsaLevel level, const Miner& miner)
{
    constexpr Index rows = 4096, dimension = 128;
    for (const Kind kind : all_kinds) {
        add_case(case_name("strategies", name + ':' + to_string(kind), rows, dimension),
                 [=](benchmark::State& state, bool first) {
                     const Data& data = cached_data(kind, rows, dimension);
                     const mohs::Batch batch{data.rows, data.labels};
                     const mohs::TripletMiner hardest{Metric{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
                     const mohs::Options options{.isa = level, .threads = 1};
                     mohs::Workspace workspace;
                     mohs::Triplets<Metric> triplets;
                     miner(batch, workspace, triplets, options);
                     if (first && !is_right(state, check(triplets, data))) {
                         return;
                     }
                     std::vector<double> ratios;
                     for (auto iteration : state) {
                         static_cast<void>(iteration);
                         const double begin = thread_seconds();
                         hardest(batch, workspace, triplets, options);
                         const double middle = thread_seconds();
                         miner(batch, workspace, triplets, options);
                         const double end = thread_seconds();
                         state.SetIterationTime(end - middle);
                         ratios.push_back((end - middle) / (middle - begin));
                     }
                     Index rejected = 0;
                     for (const Index count : triplets.report.rejected) {
                         rejected += count;
                     }
                     state.counters["to_hardest"] = median(ratios);
                     state.counters["triplets"] = static_cast<double>(triplets.size());
                     state.counters["rejected"] = static_cast<double>(rejected);
                 });
    }
}

template <class Positive, class Negative, class... Filters>
void add(const std::string& name, IsaLevel level, Positive positive, Negative negative, Filters... filters)
{
    add(name, level, mohs::TripletMiner{Metric{}, positive, negative, filters...});
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
    add("hardest+near-duplicates", level, HardestPositive{}, HardestNegative{}, ExcludeNearDuplicates{distance(0.3)});
    add("hardest+margin", level, HardestPositive{}, HardestNegative{}, MarginToPositive{.absolute = 0.05});
    add("hardest+half-rejected", level, HardestPositive{}, HardestNegative{},
        ExcludeIf{
            [](Index anchor, Index negative) { return ((anchor * 2654435761 ^ negative * 40503) >> 7) % 2 == 0; }});
}

}  // namespace bench
