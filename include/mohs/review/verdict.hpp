#pragma once

/// \file
/// Verdict: what a person or a model answered to one record, and when.

#include <mohs/review/review_record.hpp>
#include <mohs/review/review_time.hpp>

#include <compare>

namespace mohs::inline MOHS_ABI {

/// To a pair: it is a positive pair, or a negative one. To a label: it is right (positive), or wrong (negative). Who
/// skips says neither.
enum class Answer : std::uint8_t { positive, negative, skip };

/// Who judges.
enum class AnnotatorKind : std::uint8_t { person, model };

/// An annotator, as one of several.
struct Annotator {
    std::string name;
    AnnotatorKind kind = AnnotatorKind::person;

    friend bool operator==(const Annotator&, const Annotator&) = default;
    /// By name, then by kind. Written out because strings of libc++ 14 have no three-way comparison.
    friend std::strong_ordering operator<=>(const Annotator& a, const Annotator& b)
    {
        const int names = a.name.compare(b.name);
        return names != 0 ? names <=> 0 : a.kind <=> b.kind;
    }
};

/// One answer of one annotator, who is told by name and kind.
struct Verdict {
    ReviewId record;
    Answer answer = Answer::skip;
    std::string annotator{};  ///< not empty where verdicts are added or written
    AnnotatorKind annotator_kind = AnnotatorKind::person;
    ReviewTime time{};                       ///< in the years 1 to 9999; the epoch where it is not known
    std::optional<ReviewSubject> subject{};  ///< what was asked, where it is known
    std::optional<ReviewId> queue{};         ///< the queue that it was asked from, where it is known

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

namespace detail {

/// Throws std::invalid_argument, in the name of `who`, for a verdict that no file could give back: without an
/// annotator, of another time than files can hold, or about what is not asked, or is not its record.
inline void check_verdict(const char* who, const Verdict& verdict)
{
    const auto refuse = [&](const std::string& rule) {
        throw_invalid(std::string(who) + ": a verdict on record " + verdict.record.text() + " " + rule);
    };
    if (verdict.annotator.empty()) {
        refuse("has no annotator");
    }
    if (verdict.time < earliest_review_time || verdict.time > latest_review_time) {
        refuse("has a time outside the years 1 to 9999");
    }
    if (!verdict.subject) {
        return;
    }
    if (const char* problem = verdict.subject->problem()) {
        refuse("is about the " + verdict.subject->text() + ", which " + problem);
    }
    if (verdict.subject->id() != verdict.record) {
        refuse("is about the " + verdict.subject->text() + ", which is record " + verdict.subject->id().text());
    }
}

}  // namespace detail

}  // namespace mohs::inline MOHS_ABI
