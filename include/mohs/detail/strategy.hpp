#pragma once

/// \file
/// How strategies describe themselves: what they pick, and how a negative has to lie relative to the positive.

#include <mohs/types.hpp>

#include <limits>
#include <optional>

namespace mohs::inline MOHS_ABI::detail {

/// Which of the admitted candidates is taken.
enum class Pick { closest, farthest, random, every, ranks, weighted };

/// What is taken when no candidate lies where the strategy wants it.
enum class Fallback { none, farthest, random };

/// Where the negatives of a semi-hard strategy begin: beyond the positive of the triplet, or beyond the farthest one.
enum class Beyond { nothing, positive, farthest_positive };

/// Strategies that choose positives.
template <class S>
concept PositiveStrategy = requires { requires std::is_same_v<decltype(S::positive_pick), const Pick>; };

/// Strategies that choose negatives.
template <class S>
concept NegativeStrategy = requires { requires std::is_same_v<decltype(S::negative_pick), const Pick>; };

/// Strategies that choose pairs.
template <class S>
concept PairStrategy = requires { requires std::is_same_v<decltype(S::needs_extremes), const bool>; };

/// In the place of a strategy that is missing.
struct NoStrategy {};

/// Every positive, for miners that look at all pairs.
struct EveryPositive {
    static constexpr Pick positive_pick = Pick::every;
};

/// Whether candidates have to lie beyond a positive, strictly farther than it.
template <class S>
inline constexpr Beyond beyond_of = Beyond::nothing;
template <class S>
    requires requires { S::beyond; }
inline constexpr Beyond beyond_of<S> = S::beyond;

template <class S>
inline constexpr Fallback fallback_of = Fallback::none;
template <class S>
    requires requires { S::fallback; }
inline constexpr Fallback fallback_of<S> = S::fallback;

/// Strategies with a margin end there: a negative counts while it is farther than the positive by less than the
/// margin, or by at most as much if `margin_included`.
template <class S>
inline constexpr bool has_margin = requires(const S& strategy) { strategy.margin; };

/// A margin that is not one: everything beyond the positive counts.
inline constexpr double no_margin = (std::numeric_limits<float>::max)();

/// Whether a strategy has a margin, and one that ends somewhere.
template <class S>
bool limits_margin(const S& strategy)
{
    if constexpr (has_margin<S>) {
        return strategy.margin < no_margin;
    } else {
        return false;
    }
}

/// Strategies with a band take only values in [low, high], in the metric's own unit; an end that is not set is open.
template <class S>
inline constexpr bool has_band = requires {
    requires std::is_same_v<decltype(S::low), std::optional<double>>;
    requires std::is_same_v<decltype(S::high), std::optional<double>>;
};

/// Whether a value lies in the band [low, high]. Neither end compares with an infinity that nobody asked for, so values
/// that do not fit a double are inside where the band is open.
inline bool in_band(const std::optional<double>& low, const std::optional<double>& high, double value)
{
    return (!low || value >= *low) && (!high || value <= *high);
}

template <class S>
inline constexpr bool margin_included = false;
template <class S>
    requires requires { S::margin_included; }
inline constexpr bool margin_included<S> = S::margin_included;

template <class S>
std::uint64_t seed_of(const S& strategy)
{
    if constexpr (requires { strategy.seed; }) {
        return strategy.seed;
    } else {
        return 0;
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
