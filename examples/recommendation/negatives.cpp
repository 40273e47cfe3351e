#include "negatives.hpp"

#include "random.hpp"

#include <mohs/corpus/corpus_miner.hpp>
#include <mohs/corpus/popularity_draws.hpp>
#include <mohs/filter/exclude_if.hpp>

#include <algorithm>

namespace recommendation {

namespace {

/// Runs go side by side, each on a thread of its own.
const mohs::Options one_thread{.threads = 1};

EpochNegatives lists_of(const mohs::PopularNegatives& found, bool corrected)
{
    EpochNegatives result;
    for (Index list = 0; list < found.size(); ++list) {
        const std::span<const Index> negatives = found.negatives(list);
        if (negatives.empty()) {
            continue;
        }
        result.users.push_back(found.query(list));
        result.positives.push_back(found.positive(list));
        result.negatives.emplace_back(negatives.begin(), negatives.end());
        if (corrected) {
            const std::span<const double> logs = found.log_expected(list);
            result.corrections.emplace_back(logs.begin(), logs.end());
        }
    }
    return result;
}

}  // namespace

std::vector<Method> methods(LossKind loss, bool has_families)
{
    std::vector<Method> result{{.name = "random"}, {.name = "popularity", .source = Source::popularity}};
    if (loss == LossKind::softmax) {
        result.push_back({.name = "popularity, logQ", .source = Source::popularity, .corrected = true});
    }
    result.push_back({.name = "dynamic", .source = Source::dynamic});
    result.push_back({.name = "mined, the hardest", .source = Source::mined});
    result.push_back({.name = "mined, of 200", .source = Source::mined, .pool = 200});
    result.push_back({.name = "mined, 50 to 250", .source = Source::mined, .skipped = 50, .pool = 200});
    if (has_families) {
        result.push_back({.name = "mined, no twins", .source = Source::mined, .pool = 200, .families = true});
    }
    return result;
}

NegativeSource::NegativeSource(const Ratings& ratings, const std::vector<Rating>& train, const NegativeOptions& options)
    : options_(options),
      met_(relation_of(train, disliked(train), ratings.users, ratings.items)),
      popularity_(static_cast<std::size_t>(ratings.items)),
      families_(ratings.families),
      families_met_(static_cast<std::size_t>(ratings.users))
{
    for (const Rating& each : train) {
        popularity_[static_cast<std::size_t>(each.item)] += 1;
        if (!families_.empty()) {
            families_met_[static_cast<std::size_t>(each.user)].push_back(
                families_[static_cast<std::size_t>(each.item)]);
        }
    }
    for (std::vector<Index>& each : families_met_) {
        std::sort(each.begin(), each.end());
    }
}

EpochNegatives NegativeSource::draw(const Method& method, const Model& model, std::uint64_t epoch) const
{
    switch (method.source) {
        case Source::popularity: return draw_by_popularity(0.75, options_.count, method.corrected, epoch);
        case Source::dynamic: return draw_by_popularity(0, options_.dynamic_pool, false, epoch);
        case Source::mined: return mine(method, model, epoch);
        case Source::random: break;
    }
    return draw_by_popularity(0, options_.count, false, epoch);
}

EpochNegatives NegativeSource::draw_by_popularity(double alpha, Index count, bool corrected, std::uint64_t epoch) const
{
    const mohs::PopularityDraws draws{popularity_,
                                      {.alpha = alpha, .num_negatives = count, .seed = options_.seed, .epoch = epoch}};
    return lists_of(draws(met_, one_thread), corrected);
}

EpochNegatives NegativeSource::mine(const Method& method, const Model& model, std::uint64_t epoch) const
{
    // A search for every user; all of his positives draw from what it finds.
    const Index pool = std::max(method.pool, options_.count);
    const mohs::CorpusOptions mining{.num_negatives = pool, .range_min = method.skipped, .hash_rows = false};
    const auto is_twin = [&](Index user, Index item) {
        const std::vector<Index>& met = families_met_[static_cast<std::size_t>(user)];
        return method.families && std::binary_search(met.begin(), met.end(), families_[static_cast<std::size_t>(item)]);
    };
    const mohs::CorpusMiner miner{mohs::DotProduct{}, mining, mohs::ExcludeIf{is_twin}};
    const auto found = miner(mohs::Batch{model.users()}, mohs::Batch{model.items()}, met_, one_thread);
    Random random(options_.seed + (epoch << 40), Purpose::negatives);
    EpochNegatives result;
    for (Index list = 0; list < found.size(); ++list) {
        std::vector<Index> hard(found.negatives(list).begin(), found.negatives(list).end());
        const auto count = (std::min)(hard.size(), static_cast<std::size_t>(options_.count));
        for (const Index positive : hard.empty() ? std::span<const Index>() : met_.positives(found.query(list))) {
            if (hard.size() > count) {
                random.draw(hard, count);
            }
            result.users.push_back(found.query(list));
            result.positives.push_back(positive);
            result.negatives.emplace_back(hard.begin(), hard.begin() + static_cast<std::ptrdiff_t>(count));
        }
    }
    return result;
}

std::vector<Index> NegativeSource::hardest(const Model& model, Index user, const std::vector<Index>& negatives) const
{
    std::vector<std::pair<float, Index>> scored;
    for (const Index item : negatives) {
        scored.emplace_back(model.score(user, item), item);
    }
    std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    scored.resize(std::min(scored.size(), static_cast<std::size_t>(options_.count)));
    std::vector<Index> result;
    for (const auto& [score, item] : scored) {
        result.push_back(item);
    }
    return result;
}

}  // namespace recommendation
