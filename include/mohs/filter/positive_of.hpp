#pragma once

/// \file
/// Which positive of an anchor its negatives are compared with.

#include <mohs/detail/base/check.hpp>
#include <mohs/types.hpp>

#include <algorithm>

namespace mohs::inline MOHS_ABI {

/// That of the triplet, or, by their numbers, the smallest, the largest or the mean one of all. Of similarities the
/// closest positive is `max`, of distances `min`. Where pairs are judged there is no triplet, and `triplet` is refused.
enum class PositiveOf { triplet, min, max, mean };

/// Values between an anchor and all its positives, in the metric's own unit, or scores of these pairs.
struct PositiveValues {
    double min, max, mean;

    /// One of them, which is not that of a triplet.
    [[nodiscard]] constexpr double of(PositiveOf which) const
    {
        return which == PositiveOf::min ? min : which == PositiveOf::max ? max : mean;
    }
};

namespace detail {

/// Takes the values of an anchor's positives, one by one.
class PositiveTally {
public:
    void add(double value)
    {
        least_ = count_ == 0 ? value : (std::min)(least_, value);
        most_ = count_ == 0 ? value : (std::max)(most_, value);
        sum_ += value;
        ++count_;
    }
    [[nodiscard]] Index count() const { return count_; }
    /// Where there are any.
    [[nodiscard]] PositiveValues values() const { return {least_, most_, sum_ / static_cast<double>(count_)}; }

private:
    double least_ = 0, most_ = 0, sum_ = 0;
    Index count_ = 0;
};

/// Refuses the positive of a triplet where there is none.
inline void check_of_pairs(const char* where, PositiveOf which)
{
    if (which == PositiveOf::triplet) {
        throw_rule(where, "a pair has no triplet, so `of` must be PositiveOf::min, max or mean");
    }
}

}  // namespace detail
}  // namespace mohs::inline MOHS_ABI
