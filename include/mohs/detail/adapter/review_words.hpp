#pragma once

/// \file
/// The words of reviews in files.

#include <mohs/detail/io/text_file.hpp>
#include <mohs/review/verdict.hpp>

#include <array>
#include <charconv>
#include <locale>
#include <span>
#include <sstream>

namespace mohs::inline MOHS_ABI::detail {

inline constexpr std::array<const char*, 3> suspicion_words{"label", "negative", "positive"};
inline constexpr std::array<const char*, 3> answer_words{"positive", "negative", "skip"};
inline constexpr std::array<const char*, 2> annotator_words{"person", "model"};

template <class Enum, std::size_t Count>
const char* word_of(const std::array<const char*, Count>& words, Enum value)
{
    return words[static_cast<std::size_t>(value)];
}

template <class Enum, std::size_t Count>
Enum value_of(const std::array<const char*, Count>& words, const char* field, std::string_view text)
{
    for (std::size_t i = 0; i < Count; ++i) {
        if (text == words[i]) {
            return static_cast<Enum>(i);
        }
    }
    std::string known = words[0];
    for (std::size_t i = 1; i < Count; ++i) {
        known += std::string(i + 1 < Count ? ", " : " or ") + words[i];
    }
    throw BadText(std::string("the field ") + field + " is " + in_quotes(text) + ", but must be " + known);
}

inline ReviewId id_of(const char* field, std::string_view text)
{
    if (const std::optional<ReviewId> id = ReviewId::parse(text)) {
        return *id;
    }
    throw BadText(std::string("the field ") + field + " is " + in_quotes(text) + ", but must be 16 hexadecimal digits");
}

inline std::int64_t sample_of(const char* field, std::string_view text)
{
    std::int64_t result = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (error != std::errc{} || end != text.data() + text.size()) {
        throw BadText(std::string("the field ") + field + " is " + in_quotes(text) +
                      ", but must be an integer of 64 bits");
    }
    return result;
}

/// The number that all of a text is, if it is one.
inline std::optional<double> whole_number(std::string_view text)
{
    double result = 0;
    std::istringstream stream{std::string(text)};
    stream.imbue(std::locale::classic());
    return stream >> result && stream.peek() == std::istringstream::traits_type::eof() ? std::optional(result)
                                                                                       : std::nullopt;
}

inline ReviewTime time_of(const char* field, std::string_view text)
{
    if (const std::optional<ReviewTime> time = parse_review_time(text)) {
        return *time;
    }
    throw BadText(std::string("the field ") + field + " is " + in_quotes(text) +
                  ", but must be a time as 2026-03-01T12:00:00Z, or seconds since 1970");
}

inline ReviewTime time_of(const char* field, double seconds)
{
    if (const std::optional<ReviewTime> time = review_time_from(seconds)) {
        return *time;
    }
    throw BadText(std::string("the field ") + field + " is no number of seconds in the years 1 to 9999");
}

/// From true or false, in capitals too, as spreadsheets write them.
inline bool flag_of(const char* field, std::string_view text)
{
    if (text == "true" || text == "TRUE" || text == "false" || text == "FALSE") {
        return text.front() == 't' || text.front() == 'T';
    }
    throw BadText(std::string("the field ") + field + " is " + in_quotes(text) + ", but must be true or false");
}

inline std::string annotator_of(std::string_view text)
{
    if (text.empty()) {
        throw BadText("the field annotator is empty");
    }
    return std::string(text);
}

/// What writers check before they write.
inline void check_verdicts(const char* writer, std::span<const Verdict> verdicts)
{
    for (const Verdict& verdict : verdicts) {
        check_verdict(writer, verdict);
    }
}

/// The record of a line that may name it, what it is about, or both.
inline ReviewId record_of(const std::optional<ReviewId>& named, const std::optional<ReviewSubject>& subject)
{
    if (!named && !subject) {
        throw BadText("there is neither a field record nor a field anchor");
    }
    if (named && subject && *named != subject->id()) {
        throw BadText("the field record is " + named->text() + ", but that of the " + subject->text() + " is " +
                      subject->id().text());
    }
    return named ? *named : subject->id();
}

/// What a line is about that may name samples.
inline std::optional<ReviewSubject> subject_of(std::optional<std::int64_t> anchor,
                                               std::optional<std::int64_t> candidate, bool is_ordered)
{
    if (candidate && !anchor) {
        throw BadText("there is a field candidate, but no field anchor");
    }
    if (is_ordered && !candidate) {
        throw BadText("the field ordered is true, but there is no field candidate");
    }
    if (anchor && anchor == candidate && !is_ordered) {
        throw BadText("anchor and candidate are one sample, " + std::to_string(*anchor) +
                      ", and the field ordered does not say that they are of two batches");
    }
    return anchor ? std::optional(ReviewSubject{*anchor, candidate, is_ordered}) : std::nullopt;
}

}  // namespace mohs::inline MOHS_ABI::detail
