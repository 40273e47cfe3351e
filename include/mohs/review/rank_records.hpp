#pragma once

/// \file
/// The order of records in a queue.

#include <mohs/review/review_record.hpp>

#include <functional>
#include <iterator>
#include <map>
#include <span>

namespace mohs::inline MOHS_ABI::detail {

/// The first `count` records, by their best place among those of one reason, as `ReviewQueue::ranked` has them: scores
/// of two reasons are never compared but where their places are equal.
inline std::vector<std::reference_wrapper<const ReviewRecord>> ranked_records(std::span<const ReviewRecord> records,
                                                                              Index count)
{
    struct Ranked {
        std::size_t place;
        double score;
        std::uint64_t id;
        const ReviewRecord* record;
    };
    const auto ahead = [](const Ranked& a, const Ranked& b) {
        return a.place != b.place ? a.place < b.place : a.score != b.score ? a.score > b.score : a.id < b.id;
    };
    const auto wanted =
        static_cast<std::ptrdiff_t>((std::min)(static_cast<Index>(records.size()), (std::max)(count, Index{0})));
    // Sorts the first ones that are wanted, and forgets the others.
    const auto sort_first = [&](std::vector<Ranked>& all) {
        const auto end = all.begin() + (std::min)(wanted, std::ssize(all));
        if (end != all.end()) {
            std::nth_element(all.begin(), end, all.end(), ahead);
        }
        std::sort(all.begin(), end, ahead);
        all.erase(end, all.end());
    };
    std::map<std::string_view, std::vector<Ranked>> by_reason;
    for (const ReviewRecord& record : records) {
        const std::uint64_t id = record.id().bits;
        for (const ReviewReason& reason : record.reasons) {
            by_reason[reason.name].push_back({0, reason.score, id, &record});
        }
    }
    // Whoever is beyond the wanted places of all of its reasons has that many others ahead.
    std::vector<std::size_t> best(records.size(), records.size());
    std::vector<Ranked> order;
    for (auto& [name, all] : by_reason) {
        sort_first(all);
        for (std::size_t place = 0; place < all.size(); ++place) {
            std::size_t& own = best[static_cast<std::size_t>(all[place].record - records.data())];
            if (own == records.size()) {
                order.push_back({0, all[place].record->score, all[place].id, all[place].record});
            }
            own = (std::min)(own, place);
        }
    }
    for (Ranked& each : order) {
        each.place = best[static_cast<std::size_t>(each.record - records.data())];
    }
    sort_first(order);
    std::vector<std::reference_wrapper<const ReviewRecord>> result;
    result.reserve(order.size());
    for (const Ranked& each : order) {
        result.emplace_back(*each.record);
    }
    return result;
}

}  // namespace mohs::inline MOHS_ABI::detail
