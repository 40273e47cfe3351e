#pragma once

/// \file
/// Votes: one per annotator and record.

#include <mohs/review/verdict.hpp>

#include <span>

namespace mohs::inline MOHS_ABI {

/// What counts of an annotator's verdicts on one record.
struct Vote {
    std::string annotator;
    AnnotatorKind annotator_kind = AnnotatorKind::person;
    Answer answer = Answer::skip;  ///< the latest; skip if there are different ones of the latest time
    bool is_conflict = false;      ///< whether the annotator said both positive and negative
};

/// The votes of verdicts on one record, which are `all[i]` for i in `given`, by annotator: persons, then models, by
/// name. O(given log given).
inline std::vector<Vote> votes_of(std::span<const Verdict> all, std::span<const std::size_t> given)
{
    std::vector<const Verdict*> order;
    order.reserve(given.size());
    for (const std::size_t at : given) {
        order.push_back(&all[at]);
    }
    const auto same_annotator = [](const Verdict& a, const Verdict& b) {
        return a.annotator_kind == b.annotator_kind && a.annotator == b.annotator;
    };
    std::sort(order.begin(), order.end(), [&](const Verdict* a, const Verdict* b) {
        return a->annotator_kind != b->annotator_kind ? a->annotator_kind < b->annotator_kind
               : a->annotator != b->annotator         ? a->annotator < b->annotator
                                                      : a->time < b->time;
    });
    std::vector<Vote> result;
    for (auto at = order.begin(); at != order.end();) {
        const auto end =
            std::find_if(at, order.end(), [&](const Verdict* each) { return !same_annotator(**at, *each); });
        const Verdict& latest = **(end - 1);
        const auto any = [&](Answer answer) {
            return std::any_of(at, end, [answer](const Verdict* each) { return each->answer == answer; });
        };
        const bool is_clear = std::all_of(
            at, end, [&](const Verdict* each) { return each->time != latest.time || each->answer == latest.answer; });
        result.push_back({latest.annotator, latest.annotator_kind, is_clear ? latest.answer : Answer::skip,
                          any(Answer::positive) && any(Answer::negative)});
        at = end;
    }
    return result;
}

}  // namespace mohs::inline MOHS_ABI
