#include "ratings.hpp"

#include "random.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace recommendation {

mohs::GradedLists graded_lists(const std::vector<Rating>& ratings, Index users)
{
    std::vector<Rating> sorted = ratings;
    std::sort(sorted.begin(), sorted.end(),
              [](const Rating& a, const Rating& b) { return a.user != b.user ? a.user < b.user : a.item < b.item; });
    mohs::GradedLists lists;
    auto at = sorted.begin();
    for (Index user = 0; user < users; ++user) {
        for (; at != sorted.end() && at->user == user; ++at) {
            lists.rows.push_back(at->item);
            lists.grades.push_back(at->grade);
        }
        lists.offsets.push_back(static_cast<Index>(lists.rows.size()));
    }
    return lists;
}

mohs::Relation relation_of(const std::vector<Rating>& wanted, const std::vector<Rating>& left_out, Index users,
                           Index items)
{
    const mohs::PositiveLists positives = graded_lists(wanted, users).positives();
    std::vector<mohs::RelatedPair> neither;
    for (const Rating& each : left_out) {
        neither.push_back({each.user, each.item, mohs::Related::neither});
    }
    return mohs::Relation::positive_lists(positives.offsets, positives.rows, items).with(neither);
}

std::vector<Rating> disliked(const std::vector<Rating>& ratings)
{
    std::vector<Rating> result;
    std::copy_if(ratings.begin(), ratings.end(), std::back_inserter(result),
                 [](const Rating& each) { return each.grade < 1; });
    return result;
}

Ratings without_rare_items(const Ratings& ratings, Index least)
{
    std::vector<Index> counts(static_cast<std::size_t>(ratings.items)), number(counts.size(), -1);
    for (const Rating& each : ratings.list) {
        ++counts[static_cast<std::size_t>(each.item)];
    }
    Ratings result{ratings.name, ratings.users, 0, {}};
    for (std::size_t item = 0; item < counts.size(); ++item) {
        if (counts[item] >= least) {
            number[item] = result.items++;
            if (!ratings.titles.empty()) {
                result.titles.push_back(ratings.titles[item]);
            }
            if (!ratings.families.empty()) {
                result.families.push_back(ratings.families[item]);
            }
        }
    }
    for (Rating each : ratings.list) {
        each.item = number[static_cast<std::size_t>(each.item)];
        if (each.item >= 0) {
            result.list.push_back(each);
        }
    }
    return result;
}

Split split(const Ratings& ratings, HeldOut held_out, double test_share, std::uint64_t seed)
{
    Random random(seed, Purpose::split);
    Split result;
    for (auto begin = ratings.list.begin(); begin != ratings.list.end();) {
        const auto end = std::find_if(begin, ratings.list.end(),
                                      [user = begin->user](const Rating& each) { return each.user != user; });
        std::vector<Rating> own(begin, end);
        begin = end;
        if (held_out == HeldOut::random) {
            random.shuffle(own);
        }
        const auto share = [&](double part) {
            return static_cast<std::ptrdiff_t>(std::max(1.0, std::round(part * static_cast<double>(own.size()))));
        };
        const bool few = own.size() < 4;
        const std::ptrdiff_t test = few ? 0 : share(test_share), validation = few ? 0 : share(test_share / 2);
        result.test.insert(result.test.end(), own.end() - test, own.end());
        result.validation.insert(result.validation.end(), own.end() - test - validation, own.end() - test);
        result.train.insert(result.train.end(), own.begin(), own.end() - test - validation);
    }
    return result;
}

}  // namespace recommendation
