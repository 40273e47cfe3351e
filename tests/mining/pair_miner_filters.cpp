// Covers detail/mining/closest_passing.hpp, detail/slots/anchor_slots.hpp.

#include "../catch.hpp"
#include "../filter/pair_rules.hpp"

#include <mohs/mining/pair/all_pairs.hpp>
#include <mohs/mining/pair/multi_similarity.hpp>
#include <mohs/mining/pair/pair_margin.hpp>
#include <mohs/mining/pair_miner.hpp>

#include <optional>
#include <string_view>

namespace {

using mohs::Among;
using mohs::Index;
using reference::Data;
using reference::Metric;
using reference::Scene;

/// Multiples of 1/2 between -2 and 2: values repeat all the time, and limits meet values. The last row is alone.
Data grid(Index rows, Index classes, std::uint64_t seed)
{
    reference::Generator generator(seed);
    Data data{"grid", reference::Table(rows, 3), reference::shuffled_labels(rows, classes, generator)};
    for (Index i = 0; i < data.rows.size(); ++i) {
        data.rows.data()[i] = static_cast<double>(reference::uniform_below(generator, 9)) / 2 - 2;
    }
    data.labels.back() = 77;
    return data;
}

using Pair = std::pair<Index, Index>;

struct Right {
    std::vector<Pair> positives, negatives;
    std::vector<Index> rejected;
    Index valid = 0, no_positive = 0, no_negative = 0, all_filtered = 0, none_in_place = 0;
};

/// A candidate, and how far it is: a similarity, negated.
struct Seen {
    Index row;
    double far;
    int filter;
};

/// Whether a strategy takes a positive, given the closest negative that passes, and a negative, given the farthest
/// positive; in the distances of `Seen`.
struct Meaning {
    std::function<bool(double far, std::optional<double> closest_negative)> positive;
    std::function<bool(double far, std::optional<double> farthest_positive)> negative;
};

Meaning meaning_of(const mohs::AllPairs&, Metric)
{
    return {[](double, std::optional<double>) { return true; }, [](double, std::optional<double>) { return true; }};
}
Meaning meaning_of(const mohs::PairMargin& strategy, Metric metric)
{
    const double sign = metric.similarity ? -1 : 1;
    return {[=](double far, std::optional<double>) { return far > sign * strategy.positive_margin; },
            [=](double far, std::optional<double>) { return far < sign * strategy.negative_margin; }};
}
Meaning meaning_of(const mohs::MultiSimilarity& strategy, Metric)
{
    return {[=](double far, std::optional<double> closest) { return closest && far > *closest - strategy.epsilon; },
            [=](double far, std::optional<double> farthest) { return farthest && far < *farthest + strategy.epsilon; }};
}

template <class... Filters>
Right expected(Metric metric, const Scene& scene, const Meaning& meaning, const pair_rules::Rules<Filters...>& rules)
{
    Right right;
    right.rejected.resize(sizeof...(Filters));
    for (Index anchor = 0; anchor < scene.anchors.size(); ++anchor) {
        if (!reference::is_finite_row(scene.anchors.rows, anchor)) {
            continue;
        }
        std::vector<Seen> positives, negatives;
        for (const Among among : {Among::positives, Among::negatives}) {
            for (const Index row : scene.candidates_of(anchor, among)) {
                const double value = pair_rules::value(metric, scene.anchors.rows, anchor, scene.candidates.rows, row);
                const int filter = among == Among::positives ? -1 : rules.first(anchor, row, value);
                (among == Among::positives ? positives : negatives)
                    .push_back({row, metric.similarity ? -value : value, filter});
            }
        }
        std::optional<double> closest, farthest;
        for (const Seen& seen : negatives) {
            closest = seen.filter < 0 ? std::min(closest.value_or(seen.far), seen.far) : closest;
        }
        for (const Seen& seen : positives) {
            farthest = std::max(farthest.value_or(seen.far), seen.far);
        }
        bool any = false, filtered = false;
        for (const Seen& seen : positives) {
            if (meaning.positive(seen.far, closest)) {
                right.positives.emplace_back(anchor, seen.row);
                any = true;
            }
        }
        for (const Seen& seen : negatives) {
            if (meaning.negative(seen.far, farthest)) {
                if (seen.filter < 0) {
                    right.negatives.emplace_back(anchor, seen.row);
                    any = true;
                } else {
                    ++right.rejected[static_cast<std::size_t>(seen.filter)];
                    filtered = true;
                }
            }
        }
        (any                 ? right.valid
         : positives.empty() ? right.no_positive
         : negatives.empty() ? right.no_negative
         : filtered          ? right.all_filtered
                             : right.none_in_place) += 1;
    }
    return right;
}

std::vector<Pair> pairs_of(const auto& list)
{
    std::vector<Pair> result;
    for (Index i = 0; i < list.size(); ++i) {
        result.emplace_back(list.anchors()[i], list.candidates()[i]);
    }
    return result;
}

template <class M, class Strategy, class... Filters>
void check(const Scene& scene, const Strategy& strategy, const pair_rules::Rules<Filters...>& rules)
{
    const Metric metric = reference::metric_of<M>;
    const Right right = expected(metric, scene, meaning_of(strategy, metric), rules);
    const reference::Owned<float> anchors(scene.anchors), candidates(scene.candidates);
    const auto miner = std::apply(
        [&](const Filters&... filter) { return mohs::PairMiner<M, Strategy, Filters...>({}, strategy, filter...); },
        rules.filters);
    std::vector<mohs::Options> ways{{.threads = 2, .executor = reference::thread_executor(2)},
                                    {.threads = 5, .executor = reference::thread_executor(5)}};
    for (const mohs::IsaLevel isa : mohs::available_isa_levels()) {
        ways.push_back({.isa = isa, .threads = 1});
    }
    for (const mohs::Options& how : ways) {
        const auto found = scene.self ? miner(anchors.batch(), how) : miner(anchors.batch(), candidates.batch(), how);
        INFO(scene.anchors.name << (scene.self ? "" : " and a gallery") << ", " << mohs::to_string(how.isa));
        CHECK(pairs_of(found.positives) == right.positives);
        CHECK(pairs_of(found.negatives) == right.negatives);
        const std::vector<Index> rejected(found.report.rejected.begin(),
                                          found.report.rejected.begin() + sizeof...(Filters));
        CHECK(rejected == right.rejected);
        const mohs::Report& report = found.report;
        CHECK(report.valid == right.valid);
        CHECK(report.no_positive == right.no_positive);
        CHECK(report.no_negative == right.no_negative);
        CHECK(report.all_filtered == right.all_filtered);
        CHECK(report.none_in_place == right.none_in_place);
        CHECK(report.tuples == static_cast<Index>(right.positives.size() + right.negatives.size()));
        CHECK(std::string_view(report.filter_names[0]) == std::get<0>(rules.filters).name);
    }
}

template <class M>
void check_all(const Data& data, const Data& gallery, double close, double far)
{
    const auto rules = pair_rules::band_and_lists(M::is_similarity, close, far);
    for (const Scene& scene : {Scene(data), Scene(data, gallery)}) {
        check<M>(scene, mohs::AllPairs{}, rules);
        check<M>(scene, mohs::PairMargin{.positive_margin = 1, .negative_margin = 2}, rules);
        check<M>(scene, mohs::MultiSimilarity{.epsilon = 0.5}, rules);
        check<M>(scene, mohs::MultiSimilarity{.epsilon = 0.5}, pair_rules::near_duplicates(M::is_similarity, close));
        check<M>(scene, mohs::MultiSimilarity{.epsilon = 0}, pair_rules::value_predicate());
        check<M>(scene, mohs::MultiSimilarity{.epsilon = 0.5}, pair_rules::everything());
        check<M>(scene, mohs::PairMargin{.positive_margin = 1e6, .negative_margin = 1.5}, pair_rules::everything());
    }
}

}  // namespace

TEST_CASE("pairs are those that filters let pass and positives meet the closest of them", "[threads]")
{
    const Data plain = grid(61, 6, 1), gallery = grid(97, 6, 2);
    for (const bool with_ids : {false, true}) {
        const Data data = with_ids ? reference::with_shared_ids(plain) : plain,
                   other = with_ids ? reference::with_shared_ids(gallery, 13) : gallery;
        check_all<mohs::DotProduct>(data, other, 3, -4);
        check_all<mohs::SquaredEuclidean>(data, other, 2, 20);
    }
}

TEST_CASE("pairs of a batch with rows that are not finite are filtered alike", "[ieee]")
{
    Data data = grid(57, 4, 5);
    for (Index row = 2; row < data.size(); row += 5) {
        data.rows(row, row % 3) =
            row % 2 == 0 ? std::numeric_limits<double>::quiet_NaN() : -std::numeric_limits<double>::infinity();
    }
    check_all<mohs::SquaredEuclidean>(data, grid(60, 4, 6), 2, 20);
}

TEST_CASE("a pair miner refuses options of filters that make no sense")
{
    CHECK(reference::mentions(reference::message_of([] {
                                  mohs::PairMiner{mohs::Cosine{}, mohs::AllPairs{},
                                                  mohs::ScoreBand{.low = std::numeric_limits<double>::quiet_NaN()}};
                              }),
                              {"ScoreBand", "low"}));
}
