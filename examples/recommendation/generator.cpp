#include "generator.hpp"

#include "random.hpp"

#include <algorithm>
#include <cmath>

namespace recommendation {

namespace {

struct Item {
    std::vector<double> taste;
    double popularity = 0;
};

std::vector<double> normals(Index count, double deviation, Random& random)
{
    std::vector<double> result;
    for (Index i = 0; i < count; ++i) {
        result.push_back(deviation * random.normal());
    }
    return result;
}

std::vector<Item> make_items(const GeneratorOptions& options, Ratings& ratings)
{
    Random random(options.seed, Purpose::items);
    std::vector<Item> items;
    Index family = 0;
    while (static_cast<Index>(items.size()) < options.items) {
        const bool alone = static_cast<Index>(items.size()) < options.items / 2;
        const Item centre{normals(options.interests, 1, random), options.popularity * random.normal()};
        const Index left = options.items - static_cast<Index>(items.size());
        for (Index member = 0; member < (alone ? 1 : std::min(left, options.family_size)); ++member) {
            Item item = centre;
            if (!alone) {
                for (double& each : item.taste) {
                    each += options.spread * random.normal();
                }
                item.popularity += 0.3 * random.normal();
            }
            items.push_back(item);
            ratings.families.push_back(family);
        }
        ++family;
    }
    return items;
}

struct Met {
    Index item;
    double suits, key;
};

}  // namespace

Ratings generate(const GeneratorOptions& options)
{
    Ratings ratings{"generated", options.users, options.items, {}};
    const std::vector<Item> items = make_items(options, ratings);
    Random users(options.seed, Purpose::users), draws(options.seed, Purpose::taste);
    for (Index user = 0; user < options.users; ++user) {
        std::vector<double> taste = normals(options.interests, 1, users);
        double length = 0;
        for (const double each : taste) {
            length += each * each;
        }
        const double scale = options.sharpness / std::sqrt(length);
        std::vector<Met> met;
        for (Index item = 0; item < options.items; ++item) {
            const Item& of = items[static_cast<std::size_t>(item)];
            double suits = 0;
            for (std::size_t i = 0; i < taste.size(); ++i) {
                suits += scale * taste[i] * of.taste[i];
            }
            met.push_back({item, suits, suits + of.popularity + draws.gumbel()});
        }
        const double wanted = std::exp(std::log(options.history) + 0.6 * users.normal());
        const double most = std::max(10.0, static_cast<double>(options.items) / 5);
        const auto count =
            static_cast<std::size_t>(std::min(std::clamp(wanted, 10.0, most), static_cast<double>(options.items)));
        std::sort(met.begin(), met.end(), [](const Met& a, const Met& b) { return a.key > b.key; });
        met.resize(count);
        std::sort(met.begin(), met.end(), [](const Met& a, const Met& b) { return a.suits > b.suits; });
        std::vector<Rating> own;
        for (std::size_t i = 0; i < count; ++i) {
            own.push_back({user, met[i].item, static_cast<std::int32_t>(3 - 3 * i / count), 0});
        }
        draws.shuffle(own);
        for (std::size_t i = 0; i < count; ++i) {
            own[i].time = static_cast<std::int64_t>(i);
        }
        ratings.list.insert(ratings.list.end(), own.begin(), own.end());
    }
    return ratings;
}

}  // namespace recommendation
