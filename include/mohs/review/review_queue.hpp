#pragma once

/// \file
/// ReviewQueue: what is to be looked at, the most suspicious first.

#include <mohs/batch.hpp>
#include <mohs/review/rank_records.hpp>
#include <mohs/review/verdict.hpp>

#include <functional>
#include <limits>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace mohs::inline MOHS_ABI {

/// Suspects of filters and judges as questions to people or models, by sample ids:
///
///     mohs::ReviewQueue queue;
///     queue.add(judge(batch, reference).suspects(), batch);
///     for (const mohs::ReviewRecord& record : queue.ranked(100)) { ... }
///
/// Suspects of one label or one pair become one record, whoever found them, in whatever order, in one step or in many:
/// the same suspects always make the same queue. Where they differ, the record is what the one with the largest score
/// says, and of those with equal scores the one with the smallest ids.
///
/// Scores are compared within one reason alone: shares of votes, similarities and negated distances have no common
/// scale. The order is that of places instead: first come those that are first by a reason, then those that are second,
/// and so on. So every filter and every judge gets its most suspicious ones looked at, however many the others find,
/// and with one reason alone records come by falling score.
///
/// Files of queues are written and read by `adapter/review_json.hpp`. Memory of about 200 bytes per record.
class ReviewQueue {
public:
    /// Adds suspects of a batch compared with itself. Without sample ids, samples go by their row numbers: these are
    /// ids as long as the batch is the whole data set in one order. O(suspects).
    ///
    /// Throws std::out_of_range for a row that the batch does not have; std::invalid_argument, which names the record,
    /// for a score that is not finite (no file could hold it), a pair of one sample with itself, and a suspect that
    /// asks for a pair without a candidate. Suspects before the one it throws for are in the queue.
    template <class Scalar>
    void add(const Suspects& suspects, const Batch<Scalar>& batch)
    {
        for (const Suspect& suspect : suspects) {
            add_suspect(suspect, batch, batch, SampleIds::shared);
        }
    }

    /// The same for anchors against candidates; suspected labels are those of anchors. Their pairs are ordered: sample
    /// ids of anchors and of candidates are two things, and may be equal, as in paired rows with ids of items. Where
    /// both batches are of one data set, `SampleIds::shared` says so: then a pair is the same question as in one batch.
    ///
    /// Throws std::invalid_argument too if there are pairs and one of the batches has no sample ids: rows would have
    /// other numbers in other batches.
    template <class A, class B>
    void add(const Suspects& suspects, const Batch<A>& anchors, const Batch<B>& candidates,
             SampleIds ids = SampleIds::separate)
    {
        const bool pairs = std::any_of(suspects.begin(), suspects.end(),
                                       [](const Suspect& suspect) { return suspect.of != Suspicion::label; });
        if (pairs && (!anchors.has_ids() || !candidates.has_ids())) {
            detail::throw_rule(
                "ReviewQueue",
                "anchors and candidates are two batches, but not both have the sample ids that records need");
        }
        for (const Suspect& suspect : suspects) {
            add_suspect(suspect, anchors, candidates, ids);
        }
    }

    /// Adds a record, as one that was read from a file. Throws std::invalid_argument like the others, and for a record
    /// of a pair without a candidate or of a label with one, or without a reason. All is as before where it throws.
    void add(ReviewRecord record)
    {
        check_record(record);
        const std::uint64_t id = record.id().bits;
        const auto at = places_.find(id);
        std::vector<ReviewReason> reasons;
        if (at != places_.end()) {
            reasons = records_[at->second].reasons;
        }
        record.score = record.reasons.front().score;
        for (ReviewReason& reason : record.reasons) {
            record.score = (std::max)(record.score, reason.score);
            add_reason(reasons, std::move(reason));
        }
        record.reasons = std::move(reasons);
        if (at != places_.end()) {
            ReviewRecord& known = records_[at->second];
            if (says_more(record, known)) {
                known = std::move(record);
            } else {
                known.reasons = std::move(record.reasons);
            }
            return;
        }
        records_.push_back(std::move(record));
        try {
            places_.emplace(id, records_.size() - 1);
        } catch (...) {
            records_.pop_back();
            throw;
        }
        sum_ += detail::split_mix(id);
    }

    [[nodiscard]] Index size() const { return static_cast<Index>(records_.size()); }
    [[nodiscard]] bool empty() const { return records_.empty(); }

    /// The records, or the first `count` of them, by their best place among those of one reason, where they are by
    /// falling score, then by rising id; of equal best places, as of different reasons, by falling score, then by
    /// rising id. They stay in the queue, and are where they are until something is added. O(reasons + count log
    /// count) for every reason's name.
    [[nodiscard]] std::vector<std::reference_wrapper<const ReviewRecord>> ranked(
        Index count = (std::numeric_limits<Index>::max)()) const&
    {
        return detail::ranked_records(records_, count);
    }
    void ranked(Index = 0) const&& = delete;  // records of a temporary: keep the queue in a variable

    /// The record of this id, or null. O(1).
    [[nodiscard]] const ReviewRecord* find(ReviewId id) const&
    {
        const auto at = places_.find(id.bits);
        return at == places_.end() ? nullptr : &records_[at->second];
    }
    void find(ReviewId) const&& = delete;  // a record of a temporary: keep the queue in a variable

    /// Which records there are, as an id, whatever their order, scores and reasons: verdicts that were given on another
    /// queue are told by it. 16 hexadecimal digits in files.
    [[nodiscard]] ReviewId id() const { return {detail::split_mix(sum_ + records_.size())}; }

    /// What `verdicts` have not decided. `Verdicts` is any type with a member `bool decides(ReviewId) const`. O(size).
    template <class Verdicts>
    [[nodiscard]] ReviewQueue without(const Verdicts& verdicts) const
    {
        return where([&](ReviewId id) { return !verdicts.decides(id); });
    }
    /// The same, and without what `annotator` has answered, which is asked of others only: what is tied, has too few
    /// votes or was skipped. `Verdicts` has a member `bool has_answered(ReviewId, const Annotator&) const` too.
    template <class Verdicts>
    [[nodiscard]] ReviewQueue without(const Verdicts& verdicts, const Annotator& annotator) const
    {
        return where([&](ReviewId id) { return !verdicts.decides(id) && !verdicts.has_answered(id, annotator); });
    }

private:
    template <class Keep>
    [[nodiscard]] ReviewQueue where(const Keep& keep) const
    {
        ReviewQueue result;
        for (const ReviewRecord& record : records_) {
            if (keep(record.id())) {
                result.add(record);
            }
        }
        return result;
    }

    template <class A, class B>
    void add_suspect(const Suspect& suspect, const Batch<A>& anchors, const Batch<B>& candidates, SampleIds ids)
    {
        detail::check_row("ReviewQueue: anchor", suspect.anchor, anchors.rows());
        ReviewRecord record{.of = suspect.of, .subject = {.anchor = anchors.id(suspect.anchor)}};
        if (suspect.of != Suspicion::label) {
            detail::check_row("ReviewQueue: candidate", suspect.candidate, candidates.rows());
            record.subject.candidate = candidates.id(suspect.candidate);
            record.subject.is_ordered = ids == SampleIds::separate;
        }
        if (suspect.positive != -1) {
            detail::check_row("ReviewQueue: positive", suspect.positive, candidates.rows());
            record.positive = candidates.id(suspect.positive);
        }
        record.score = suspect.score;
        record.reasons.push_back({suspect.reason, suspect.score});
        add(std::move(record));
    }

    static void check_record(const ReviewRecord& record)
    {
        const auto refuse = [&](const std::string& rule) {
            detail::throw_invalid("ReviewQueue: record " + record.id().text() + ", the " + record.subject.text() +
                                  ", " + rule);
        };
        if ((record.of == Suspicion::label) == record.subject.is_pair()) {
            refuse(record.subject.is_pair() ? "is of a label, but has a candidate"
                                            : "is of a pair, but has no candidate");
        }
        if (const char* problem = record.subject.problem()) {
            refuse(problem);
        }
        if (record.reasons.empty()) {
            refuse("has no reason");
        }
        for (const ReviewReason& reason : record.reasons) {
            if (!detail::is_finite(reason.score)) {
                refuse("has a score of " + reason.name + " that is " +
                       (detail::is_nan(reason.score) ? "not a number" : "infinite"));
            }
        }
    }

    /// Whether the record says what `known`, of the same subject, is to say.
    static bool says_more(const ReviewRecord& record, const ReviewRecord& known)
    {
        const auto rest = [](const ReviewRecord& each) {
            return std::tuple(each.subject.anchor, each.subject.candidate, !each.positive, each.positive, each.of);
        };
        return record.score != known.score ? record.score > known.score : rest(record) < rest(known);
    }

    static void add_reason(std::vector<ReviewReason>& reasons, ReviewReason reason)
    {
        const auto at = std::lower_bound(reasons.begin(), reasons.end(), reason,
                                         [](const auto& a, const auto& b) { return a.name < b.name; });
        if (at == reasons.end() || at->name != reason.name) {
            reasons.insert(at, std::move(reason));
        } else {
            at->score = (std::max)(at->score, reason.score);
        }
    }

    std::vector<ReviewRecord> records_;
    std::unordered_map<std::uint64_t, std::size_t> places_;
    std::uint64_t sum_ = 0;
};

}  // namespace mohs::inline MOHS_ABI
