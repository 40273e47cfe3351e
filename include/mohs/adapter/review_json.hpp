#pragma once

/// \file
/// Review queues and verdicts as JSON lines, by JSON for Modern C++ (nlohmann-json 3.11, Debian: nlohmann-json3-dev).

#include <mohs/detail/adapter/strict_json.hpp>
#include <mohs/review/review_queue.hpp>

#include <nlohmann/json.hpp>

namespace mohs::inline MOHS_ABI {

/// Writes a queue, the most suspicious record first, one object per line:
///
///     {"record":"90c8a5b8b4c1b6f0","kind":"negative","anchor":3,"candidate":5,"positive":8,"score":0.93,
///      "reasons":[{"name":"rejected_near_duplicate","score":0.93}]}
///
/// `kind` is what is suspected: that a label is wrong ("label", without a candidate), that a negative is a positive, or
/// that a positive is none. Samples go by their ids; `"ordered":true`, after the candidate, says that it is of another
/// batch than the anchor, with ids of its own (`ReviewSubject`). `sink` is a std::ostream or an AtomicFile. Numbers
/// are read again as they were, bit for bit. Throws std::invalid_argument for names that are not UTF-8,
/// std::runtime_error where it cannot write.
template <class Sink>
void write_queue_jsonl(const ReviewQueue& queue, Sink& sink)
{
    for (const ReviewRecord& record : queue.ranked()) {
        nlohmann::ordered_json line{{"record", record.id().text()},
                                    {"kind", detail::word_of(detail::suspicion_words, record.of)},
                                    {"anchor", record.subject.anchor}};
        if (record.subject.candidate) {
            line["candidate"] = *record.subject.candidate;
        }
        if (record.subject.is_ordered) {
            line["ordered"] = true;
        }
        if (record.positive) {
            line["positive"] = *record.positive;
        }
        line["score"] = record.score;
        line["reasons"] = nlohmann::ordered_json::array();
        for (const ReviewReason& reason : record.reasons) {
            line["reasons"].push_back({{"name", reason.name}, {"score", reason.score}});
        }
        detail::put_text("write_queue_jsonl", sink, detail::json_text("write_queue_jsonl", line) + "\n");
    }
}

/// Reads what `write_queue_jsonl` writes, in any order of lines and fields; other fields are passed over, and blank
/// lines. `record` and `score` may be left out; where they are there, they have to be those of the samples and of the
/// largest reason. Sample ids may be strings of digits. Throws std::runtime_error with the line for anything else: what
/// is no object or ends early, is not UTF-8, has a key twice or is nested deeper than 32 levels, for wrong types,
/// numbers out of range, lines beyond 64 MiB, and records that a queue does not take.
[[nodiscard]] inline ReviewQueue read_queue_jsonl(std::istream& stream)
{
    ReviewQueue queue;
    detail::read_json_lines("read_queue_jsonl", stream, [&](const detail::JsonFields& fields) {
        ReviewRecord record{.of = detail::value_of<Suspicion>(detail::suspicion_words, "kind", fields.text("kind"))};
        const std::optional<ReviewSubject> subject =
            detail::subject_of(fields.sample("anchor"), fields.sample("candidate"), fields.flag("ordered"));
        if (!subject) {
            throw detail::BadText("there is no field anchor");
        }
        (void)detail::record_of(fields.id("record"), subject);
        record.subject = *subject;
        record.positive = fields.sample("positive");
        for (const nlohmann::json& each : fields.list("reasons")) {
            if (!each.is_object()) {
                throw detail::BadText("a reason must be an object with name and score");
            }
            const detail::JsonFields reason(each);
            record.reasons.push_back({reason.text("name"), reason.number("score")});
        }
        const auto largest = std::max_element(record.reasons.begin(), record.reasons.end(),
                                              [](const auto& a, const auto& b) { return a.score < b.score; });
        if (largest != record.reasons.end() && fields.find("score") != nullptr &&
            fields.number("score") != largest->score) {
            throw detail::BadText("the field score is not the largest score of a reason");
        }
        queue.add(std::move(record));
    });
    return queue;
}

/// Writes verdicts in their order, one object per line:
///
///     {"record":"90c8a5b8b4c1b6f0","verdict":"negative","annotator":"anna","annotator_kind":"person",
///      "time":"2026-03-01T12:00:00Z","anchor":3,"candidate":5,"queue":"0f3c5b1d2e4a6978"}
///
/// `anchor`, `candidate`, `ordered` and `queue` are there where they are known. Sink and errors as for queues, and
/// std::invalid_argument, before anything is written, for verdicts that `Verdicts` would not take.
template <class Sink>
void write_verdicts_jsonl(std::span<const Verdict> verdicts, Sink& sink)
{
    detail::check_verdicts("write_verdicts_jsonl", verdicts);
    for (const Verdict& verdict : verdicts) {
        nlohmann::ordered_json line{
            {"record", verdict.record.text()},
            {"verdict", detail::word_of(detail::answer_words, verdict.answer)},
            {"annotator", verdict.annotator},
            {"annotator_kind", detail::word_of(detail::annotator_words, verdict.annotator_kind)},
            {"time", review_time_text(verdict.time)}};
        if (verdict.subject) {
            line["anchor"] = verdict.subject->anchor;
            if (verdict.subject->candidate) {
                line["candidate"] = *verdict.subject->candidate;
            }
            if (verdict.subject->is_ordered) {
                line["ordered"] = true;
            }
        }
        if (verdict.queue) {
            line["queue"] = verdict.queue->text();
        }
        detail::put_text("write_verdicts_jsonl", sink, detail::json_text("write_verdicts_jsonl", line) + "\n");
    }
}

/// Reads what `write_verdicts_jsonl` writes, in any order of lines and fields; other fields are passed over, and blank
/// lines. Needed are `verdict`, `annotator`, `annotator_kind` ("person" or "model"), and `record` or `anchor`; if both
/// are there, they have to be of one record. `time` is ISO 8601 in UTC or at an offset, or seconds since 1970, and the
/// epoch where it is left out. Errors as for queues. Which verdicts are on records of a queue says `Verdicts::report`.
[[nodiscard]] inline std::vector<Verdict> read_verdicts_jsonl(std::istream& stream)
{
    std::vector<Verdict> result;
    detail::read_json_lines("read_verdicts_jsonl", stream, [&](const detail::JsonFields& fields) {
        Verdict verdict;
        verdict.subject =
            detail::subject_of(fields.sample("anchor"), fields.sample("candidate"), fields.flag("ordered"));
        verdict.record = detail::record_of(fields.id("record"), verdict.subject);
        verdict.answer = detail::value_of<Answer>(detail::answer_words, "verdict", fields.text("verdict"));
        verdict.annotator = detail::annotator_of(fields.text("annotator"));
        verdict.annotator_kind =
            detail::value_of<AnnotatorKind>(detail::annotator_words, "annotator_kind", fields.text("annotator_kind"));
        verdict.time = fields.time("time").value_or(ReviewTime{});
        verdict.queue = fields.id("queue");
        result.push_back(std::move(verdict));
    });
    return result;
}

}  // namespace mohs::inline MOHS_ABI
