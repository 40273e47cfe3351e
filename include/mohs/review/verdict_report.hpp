#pragma once

/// \file
/// VerdictReport: what became of verdicts.

#include <mohs/review/verdict.hpp>

namespace mohs::inline MOHS_ABI {

/// An annotator who said of one record that it is positive and that it is negative.
struct VerdictConflict {
    ReviewId record;
    std::string annotator;
    AnnotatorKind annotator_kind = AnnotatorKind::person;
    Answer counted = Answer::skip;  ///< the latest; skip where the latest of both are of one time

    friend bool operator==(const VerdictConflict&, const VerdictConflict&) = default;
};

/// What became of verdicts. Every record that has any is counted under exactly one of positive, negative, tied, too_few
/// and skipped.
struct VerdictReport {
    Index verdicts = 0;  ///< verdicts, each once
    Index repeated = 0;  ///< verdicts that were added again, the same in everything: they count once
    Index records = 0;   ///< records that have verdicts
    Index positive = 0;  ///< records decided so
    Index negative = 0;  ///< records decided so
    Index tied = 0;      ///< open: as many votes for either
    Index too_few = 0;   ///< open: fewer votes than `VerdictRules::least` for what has more
    Index skipped = 0;   ///< open: no vote
    std::vector<VerdictConflict> conflicts{};  ///< by record, in the order in which records came

    // Of a queue.
    Index undecided = 0;              ///< records of the queue that are open or have no verdict
    Index of_other_queues = 0;        ///< verdicts that say they were given on another queue
    std::vector<ReviewId> unknown{};  ///< records that have verdicts, but are not in the queue

    /// Calls `f(name, value)` with a C string and a double for every count: enough to feed any logger.
    template <class Function>
    void for_each(Function&& f) const
    {
        f("verdicts", static_cast<double>(verdicts));
        f("repeated", static_cast<double>(repeated));
        f("records", static_cast<double>(records));
        f("positive", static_cast<double>(positive));
        f("negative", static_cast<double>(negative));
        f("tied", static_cast<double>(tied));
        f("too_few", static_cast<double>(too_few));
        f("skipped", static_cast<double>(skipped));
        f("conflicts", static_cast<double>(conflicts.size()));
        f("undecided", static_cast<double>(undecided));
        f("of_other_queues", static_cast<double>(of_other_queues));
        f("unknown", static_cast<double>(unknown.size()));
    }
};

}  // namespace mohs::inline MOHS_ABI
