#pragma once

/// \file
/// ReviewTime: when a verdict was given, and how that is written.

#include <mohs/config.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mohs::inline MOHS_ABI {

/// Microseconds since 1970-01-01T00:00:00Z, without leap seconds.
using ReviewTime = std::chrono::sys_time<std::chrono::microseconds>;

/// The times that can be written: the years 1 to 9999.
inline constexpr ReviewTime earliest_review_time{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}};
inline constexpr ReviewTime latest_review_time{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1} -
                                               std::chrono::microseconds{1}};

/// ISO 8601 in UTC: "2026-03-01T12:00:00Z", with six digits of a second where it is not a whole one.
[[nodiscard]] inline std::string review_time_text(ReviewTime time)
{
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::int64_t rest = (time - day).count(), seconds = rest / 1'000'000;
    std::string result;
    const auto append = [&result](std::int64_t number, int digits, char after) {
        std::string text(static_cast<std::size_t>(digits), '0');
        for (auto digit = text.rbegin(); digit != text.rend(); ++digit, number /= 10) {
            *digit = static_cast<char>('0' + number % 10);
        }
        result += text + after;
    };
    append(static_cast<int>(date.year()), 4, '-');
    append(static_cast<unsigned>(date.month()), 2, '-');
    append(static_cast<unsigned>(date.day()), 2, 'T');
    append(seconds / 3600, 2, ':');
    append(seconds / 60 % 60, 2, ':');
    append(seconds % 60, 2, rest % 1'000'000 == 0 ? 'Z' : '.');
    if (rest % 1'000'000 != 0) {
        append(rest % 1'000'000, 6, 'Z');
    }
    return result;
}

/// From ISO 8601, "2026-03-01T12:00:00.25Z": date and time, with a fraction of a second, of which six digits count, or
/// without; in UTC, which a final Z may say, or at an offset as +01:00. A space may stand for the T. Nothing for
/// anything else, as a 30th of February or a 61st second, and for times before the year 1 or after 9999.
[[nodiscard]] inline std::optional<ReviewTime> parse_review_time(std::string_view text)
{
    const auto number = [&text](std::size_t digits) -> std::optional<int> {
        int result = 0;
        if (text.size() < digits) {
            return {};
        }
        for (const char c : text.substr(0, digits)) {
            if (c < '0' || c > '9') {
                return {};
            }
            result = 10 * result + (c - '0');
        }
        text.remove_prefix(digits);
        return result;
    };
    const auto skip = [&text](std::string_view any) {
        const bool found = !text.empty() && any.find(text.front()) != std::string_view::npos;
        text.remove_prefix(found ? 1 : 0);
        return found;
    };
    std::array<int, 6> fields{};
    constexpr std::array<const char*, 5> separators{"-", "-", "T ", ":", ":"};
    for (std::size_t field = 0; field < fields.size(); ++field) {
        const std::optional<int> value = number(field == 0 ? 4 : 2);
        if (!value || (field < separators.size() && !skip(separators[field]))) {
            return {};
        }
        fields[field] = *value;
    }
    const std::chrono::year_month_day date{std::chrono::year{fields[0]},
                                           std::chrono::month{static_cast<unsigned>(fields[1])},
                                           std::chrono::day{static_cast<unsigned>(fields[2])}};
    if (!date.ok() || fields[3] > 23 || fields[4] > 59 || fields[5] > 59) {
        return {};
    }
    std::int64_t fraction = 0, unit = 1'000'000;
    if (skip(".,")) {
        std::optional<int> digit = number(1);
        if (!digit) {
            return {};
        }
        for (; digit; digit = number(1)) {
            unit /= 10;
            fraction += *digit * unit;
        }
    }
    std::chrono::minutes offset{0};
    if (!text.empty() && !skip("Zz")) {
        const bool ahead = text.front() == '+';
        if (!skip("+-")) {
            return {};
        }
        const std::optional<int> hours = number(2);
        skip(":");
        const std::optional<int> minutes = number(2);
        if (!hours || !minutes || *hours > 23 || *minutes > 59) {
            return {};
        }
        offset = std::chrono::minutes{(ahead ? 1 : -1) * (60 * *hours + *minutes)};
    }
    const ReviewTime time = std::chrono::sys_days{date} + std::chrono::hours{fields[3]} +
                            std::chrono::minutes{fields[4]} + std::chrono::seconds{fields[5]} +
                            std::chrono::microseconds{fraction} - offset;
    return text.empty() && time >= earliest_review_time && time <= latest_review_time ? std::optional(time)
                                                                                      : std::nullopt;
}

/// From seconds since 1970, rounded to microseconds; nothing outside the years 1 to 9999 and for what is no number.
[[nodiscard]] inline std::optional<ReviewTime> review_time_from(double seconds)
{
    constexpr double first = static_cast<double>(earliest_review_time.time_since_epoch().count()) / 1e6;
    constexpr double end = static_cast<double>(latest_review_time.time_since_epoch().count()) / 1e6;
    if (!(seconds >= first && seconds < end)) {
        return {};
    }
    const double whole = static_cast<double>(static_cast<std::int64_t>(seconds));
    const double micro = (seconds - whole) * 1e6;
    return ReviewTime{std::chrono::microseconds{static_cast<std::int64_t>(whole) * 1'000'000 +
                                                static_cast<std::int64_t>(micro + (micro < 0 ? -0.5 : 0.5))}};
}

}  // namespace mohs::inline MOHS_ABI
