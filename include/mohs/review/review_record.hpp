#pragma once

/// \file
/// ReviewRecord: one question to a person or a model, about the label of a sample or about a pair of samples.

#include <mohs/detail/base/check.hpp>
#include <mohs/result/suspects.hpp>

#include <algorithm>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mohs::inline MOHS_ABI {
namespace detail {

/// The mixing function of SplitMix64 (Steele, Lea and Flood 2014).
constexpr std::uint64_t split_mix(std::uint64_t word)
{
    word += 0x9e3779b97f4a7c15U;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9U;
    word = (word ^ (word >> 27)) * 0x94d049bb133111ebU;
    return word ^ (word >> 31);
}

}  // namespace detail

/// 64 bits that stay: of a record, whatever the rows, batches and runs it comes from, or of a queue. In files they are
/// 16 hexadecimal digits, because not every language has integers of 64 bits.
struct ReviewId {
    std::uint64_t bits = 0;

    /// 16 lower-case hexadecimal digits.
    [[nodiscard]] std::string text() const
    {
        std::string result(16, '0');
        for (std::size_t digit = 0; digit < 16; ++digit) {
            result[digit] = "0123456789abcdef"[(bits >> (60 - 4 * digit)) & 15];
        }
        return result;
    }

    /// From 16 hexadecimal digits; nothing for anything else.
    [[nodiscard]] static std::optional<ReviewId> parse(std::string_view text)
    {
        ReviewId result;
        for (const char c : text) {
            const int digit = c >= '0' && c <= '9'   ? c - '0'
                              : c >= 'a' && c <= 'f' ? c - 'a' + 10
                              : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                     : -1;
            if (digit < 0) {
                return {};
            }
            result.bits = result.bits << 4 | static_cast<std::uint64_t>(digit);
        }
        return text.size() == 16 ? std::optional(result) : std::nullopt;
    }

    friend auto operator<=>(ReviewId, ReviewId) = default;
};

/// Whose the sample ids of two batches are, of anchors and of candidates.
enum class SampleIds : std::uint8_t {
    separate,  ///< each batch has its own, as queries and passages: anchor 3 and candidate 3 have nothing in common
    shared,    ///< both are of one data set, as a batch and a bank of rows of steps before: a sample has one id in both
};

/// What is asked: whether the label of a sample is right, or whether two samples are a positive pair. Samples go by
/// their ids (`batch.id(row)`), which stay when batches change.
struct ReviewSubject {
    std::int64_t anchor = 0;                  ///< sample id of the anchor, or of the sample whose label is asked about
    std::optional<std::int64_t> candidate{};  ///< sample id of the other one of a pair
    bool is_ordered = false;  ///< of a pair: the anchor is of one batch, the candidate of another with ids of its own

    [[nodiscard]] bool is_pair() const { return candidate.has_value(); }

    /// With h(x) for the mixing function of SplitMix64 on 64-bit words: h(h(1) ^ anchor) for a label and
    /// h(h(h(2) ^ a) ^ b) for a pair, where a <= b are its ids. So a pair has one id whichever of the two is the anchor
    /// and whether it counts as a negative or a positive: it is asked about once. An ordered pair has the id
    /// h(h(h(3) ^ anchor) ^ candidate): query 3 and passage 5 are not query 5 and passage 3. Two of n records share an
    /// id with probability n^2 / 2^65, 3e-8 for a million.
    [[nodiscard]] ReviewId id() const
    {
        const std::int64_t other = candidate.value_or(anchor);
        if (is_pair() && is_ordered) {
            return {detail::split_mix(detail::split_mix(detail::split_mix(3) ^ static_cast<std::uint64_t>(anchor)) ^
                                      static_cast<std::uint64_t>(other))};
        }
        const auto low = static_cast<std::uint64_t>((std::min)(anchor, other));
        const auto high = static_cast<std::uint64_t>((std::max)(anchor, other));
        const std::uint64_t first = detail::split_mix(detail::split_mix(is_pair() ? 2 : 1) ^ low);
        return {is_pair() ? detail::split_mix(first ^ high) : first};
    }

    /// "label of sample 3", "pair of samples 3 and 5" or "pair of anchor 3 and candidate 5", for messages.
    [[nodiscard]] std::string text() const
    {
        return !is_pair() ? "label of sample " + std::to_string(anchor)
                          : (is_ordered ? "pair of anchor " : "pair of samples ") + std::to_string(anchor) +
                                (is_ordered ? " and candidate " : " and ") + std::to_string(*candidate);
    }

    /// What is wrong with it, or null: a pair of one sample with itself, which only an ordered one can be, and an
    /// ordered label.
    [[nodiscard]] const char* problem() const
    {
        return is_ordered            ? (is_pair() ? nullptr : "is ordered, but has no candidate")
               : candidate == anchor ? "pairs a sample with itself"
                                     : nullptr;
    }

    friend bool operator==(const ReviewSubject&, const ReviewSubject&) = default;
};

/// Who suspects it, by the name of a filter or judge, and how much.
struct ReviewReason {
    std::string name;
    double score = 0;

    friend bool operator==(const ReviewReason&, const ReviewReason&) = default;
};

/// A question, and why it is asked. 88 bytes where pointers have 8, and 40 and more per reason.
struct ReviewRecord {
    Suspicion of = Suspicion::negative;      ///< what the label or the pair is suspected not to be
    ReviewSubject subject{};                 ///< as the most suspicious reason has it
    std::optional<std::int64_t> positive{};  ///< a positive of the anchor to compare with, by its id as a candidate
    double score = 0;                        ///< the largest score of a reason, each of which has its own scale
    std::vector<ReviewReason> reasons{};     ///< by name, each once, with its largest score

    [[nodiscard]] ReviewId id() const { return subject.id(); }

    friend bool operator==(const ReviewRecord&, const ReviewRecord&) = default;
};

}  // namespace mohs::inline MOHS_ABI
