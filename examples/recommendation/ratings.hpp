#pragma once

#include <mohs/relation.hpp>
#include <mohs/result/positive_lists.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace recommendation {

using mohs::Index;

/// That a user has met an item, and how it went: 0 is met and not liked, the others are liked, the more the better.
struct Rating {
    Index user = 0, item = 0;
    std::int32_t grade = 0;
    std::int64_t time = 0;
    friend bool operator==(const Rating&, const Rating&) = default;
};

/// What all users have met, in ascending order of user and time.
struct Ratings {
    std::string name;
    Index users = 0, items = 0;
    std::vector<Rating> list;
    std::vector<std::string> titles = {};  ///< of items; empty where they have none
    std::vector<Index> families = {};      ///< items of one family are nearly identical; empty where that is not known
};

/// The ratings of every user as lists of items with grades.
[[nodiscard]] mohs::GradedLists graded_lists(const std::vector<Rating>& ratings, Index users);

/// What items are to users: what they liked of `wanted` are positives, all of `left_out` is neither, the others negatives.
[[nodiscard]] mohs::Relation relation_of(const std::vector<Rating>& wanted, const std::vector<Rating>& left_out,
                                         Index users, Index items);

/// Those that were not liked.
[[nodiscard]] std::vector<Rating> disliked(const std::vector<Rating>& ratings);

/// Without the items that fewer than `least` users have met; what is left is numbered anew.
[[nodiscard]] Ratings without_rare_items(const Ratings& ratings, Index least);

/// Which ratings of every user are held out.
enum class HeldOut { random, last };

/// Ratings to learn from, to choose the epoch by, and to measure with.
struct Split {
    std::vector<Rating> train, validation, test;
};

/// Of every user's ratings a share for the test, rounded, at least 1, and half as many for validation; the latest, or
/// random ones. Users with fewer than 4 ratings have all of them in training.
[[nodiscard]] Split split(const Ratings& ratings, HeldOut held_out, double test_share, std::uint64_t seed);

}  // namespace recommendation
