#pragma once

/// \file
/// Verdict: what a person or a model answered to one record, and when.

#include <mohs/review/review_record.hpp>
#include <mohs/review/review_time.hpp>

namespace mohs::inline MOHS_ABI {

/// To a pair: it is a positive pair, or a negative one. To a label: it is right (positive), or wrong (negative). Who
/// skips says neither.
enum class Answer : std::uint8_t { positive, negative, skip };

/// Who judges.
enum class AnnotatorKind : std::uint8_t { person, model };

/// One answer of one annotator, who is told by name and kind.
struct Verdict {
    ReviewId record;
    Answer answer = Answer::skip;
    std::string annotator{};
    AnnotatorKind annotator_kind = AnnotatorKind::person;
    ReviewTime time{};                       ///< the epoch where it is not known
    std::optional<ReviewSubject> subject{};  ///< what was asked, where it is known
    std::optional<ReviewId> queue{};         ///< the queue that it was asked from, where it is known

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

}  // namespace mohs::inline MOHS_ABI
