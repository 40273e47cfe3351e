// What strategies and filters cost beside hardest positive with hardest negative of the same rows.

#include "../answers.hpp"
#include "measure.hpp"
#include "topics.hpp"

#include <mohs/mohs.hpp>

namespace compare {
namespace {

using bench::Data;
using bench::Oracle;
using bench::Positives;
using Triplets = mohs::Triplets<mohs::Cosine>;

/// What became of the anchors, and what filters rejected, by name.
std::string describe(const mohs::Report& report)
{
    std::string result = std::to_string(report.tuples) + " triplets, " + std::to_string(report.valid) + " of " +
                         std::to_string(report.anchors) + " anchors valid";
    for (std::size_t i = 0; i < report.rejected.size() && report.filter_names[i] != nullptr; ++i) {
        result += std::string(", ") + report.filter_names[i] + ' ' + std::to_string(report.rejected[i]);
    }
    return result;
}

/// The rows of `kind`, and hardest positive with hardest negative of them, to compare with.
class Setting {
public:
    Setting(Table& table, Kind kind)
        : table_(table),
          kind_(kind),
          data_(bench::make_data(kind, 4096, 128)),
          oracle_(data_),
          batch_(data_.rows, data_.labels),
          options_{.isa = table.settings().level, .threads = 1}
    {
    }

    [[nodiscard]] const Oracle& oracle() const { return oracle_; }
    [[nodiscard]] const Data& data() const { return data_; }

    /// `check(result)` says what is wrong. `Result`: what `search` fills.
    template <class Result, class Search, class Check>
    void compare(const std::string& name, double target, const Search& search, const Check& check,
                 std::optional<Index> k = {})
    {
        const Subject subject{name, bench::to_string(kind_), data_.rows.rows(), data_.rows.cols(), 1, k};
        if (!table_.wants(subject)) {
            return;
        }
        const mohs::TripletMiner hardest{mohs::Cosine{}, mohs::HardestPositive{}, mohs::HardestNegative{}};
        mohs::Workspace workspace, other_workspace;
        Result result;
        Triplets triplets;
        const Times times = measure(
            table_.settings(), 1, bench::useful_flops(subject.n, subject.d),
            [&] { search(batch_, workspace, result, options_); },
            [&] { hardest(batch_, other_workspace, triplets, options_); });
        table_.add(make_row(subject, "mohs hardest", times, target, check(result), describe(result.report)));
    }

    /// A miner whose negatives are the closest that are allowed.
    template <class Positive, class Negative, class Allowed, class... Filters>
    void mine(const std::string& name, double target, Positives positives, Positive positive, Negative negative,
              Allowed allowed, Filters... filters)
    {
        compare<Triplets>(name, target, mohs::TripletMiner{mohs::Cosine{}, positive, negative, filters...},
                          bench::TripletCheck(oracle_, positives, allowed));
    }

private:
    Table& table_;
    Kind kind_;
    Data data_;
    Oracle oracle_;
    mohs::Batch<float> batch_;
    mohs::Options options_;
};

/// Draws have no exact answer: every pair of an anchor and a positive has a negative, with the right value.
std::string check_draws(const Triplets& triplets, const Oracle& oracle, Index per_anchor)
{
    for (Index i = 0; i < triplets.size(); ++i) {
        const mohs::Triplet triplet = triplets[i];
        if (!oracle.exists(triplet.positive) || !oracle.positive(triplet.anchor, triplet.positive) ||
            !oracle.exists(triplet.negative) || !oracle.negative(triplet.anchor, triplet.negative)) {
            return bench::wrong(triplet.anchor, "its positive or negative is none");
        }
        if (i % 97 == 0 &&
            !oracle.agrees(triplets.negative_values()[i], oracle.cosine(triplet.anchor, triplet.negative))) {
            return bench::wrong(triplet.anchor, "a similarity is wrong");
        }
    }
    return triplets.size() == triplets.report.valid * per_anchor ? "" : "a positive has no triplet";
}

/// Windows that are known before the scan or with the positive. The second, that of NV-Retriever, rejects the closest
/// negative of a fifth of the clustered rows and more: those that have a near-duplicate, or a positive that is one.
void compare_windows(Setting& setting)
{
    constexpr double duplicate = 0.95, margin = 0.05, low = -0.9, high = 0.9;
    const Oracle& oracle = setting.oracle();
    const auto allowed = [=, &oracle](Index anchor, Index positive, Index negative, double slack) {
        const double value = oracle.cosine(anchor, negative), reference = oracle.cosine(anchor, positive);
        return value <= std::min<double>(duplicate, high) + slack && value >= low - slack &&
               value <= reference - margin * std::abs(reference) + slack;
    };
    setting.mine("window_filters", 1.1, Positives::farthest, mohs::HardestPositive{}, mohs::HardestNegative{}, allowed,
                 mohs::ExcludeNearDuplicates{mohs::similarity(duplicate), false},
                 mohs::MarginToPositive{.relative = margin}, mohs::ScoreBand{.low = low, .high = high});
}

/// A predicate that knows nothing about scores.
bool is_excluded(Index anchor, Index negative)
{
    return ((anchor * 2654435761 ^ negative * 40503) >> 7) % 2 == 0;
}

}  // namespace

void compare_strategies(Table& table)
{
    for (const Kind kind : bench::all_kinds) {
        Setting setting(table, kind);
        const bench::BeyondPositive beyond{setting.oracle()};
        setting.mine("semi_hard", 1.25, Positives::closest, mohs::EasiestPositive{}, mohs::SemiHardNegative{}, beyond);
        setting.compare<mohs::Neighbours<mohs::Cosine>>(
            "top10", 1.25, mohs::NearestNeighbours{mohs::Cosine{}, {.k = 10}},
            [&](const auto& found) { return bench::check_neighbours(found, setting.data(), 10); }, 10);
        setting.mine("semi_hard_pairs", 1.6, Positives::all, mohs::AllPositives{}, mohs::SemiHardNegative{}, beyond);
        setting.compare<Triplets>(
            "distance_weighted", 2.5,
            mohs::TripletMiner{mohs::Cosine{}, mohs::HardestPositive{}, mohs::DistanceWeightedNegative{}},
            [&](const Triplets& drawn) { return check_draws(drawn, setting.oracle(), 1); });
        setting.compare<Triplets>(
            "distance_weighted_pairs", 2.5,
            mohs::TripletMiner{mohs::Cosine{}, mohs::AllPositives{}, mohs::DistanceWeightedNegative{}},
            [&](const Triplets& drawn) { return check_draws(drawn, setting.oracle(), bench::class_size - 1); });
        compare_windows(setting);
        setting.mine(
            "half_excluded", 1.5, Positives::farthest, mohs::HardestPositive{}, mohs::HardestNegative{},
            [](Index anchor, Index, Index negative, double) { return !is_excluded(anchor, negative); },
            mohs::ExcludeIf{is_excluded});
    }
}

}  // namespace compare
