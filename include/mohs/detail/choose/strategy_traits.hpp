#pragma once

/// \file
/// What strategies say, in the words of `strategy.hpp`, with their defaults.

#include <mohs/strategy.hpp>
#include <mohs/types.hpp>

#include <optional>

namespace mohs::inline MOHS_ABI::detail {

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

/// A constant of a strategy, if it has one of the right type; else the default of `strategy.hpp`.
template <class S>
inline constexpr Beyond beyond_of = Beyond::nothing;
template <class S>
    requires std::is_same_v<decltype(S::beyond), const Beyond>
inline constexpr Beyond beyond_of<S> = S::beyond;

template <class S>
inline constexpr Fallback fallback_of = Fallback::none;
template <class S>
    requires std::is_same_v<decltype(S::fallback), const Fallback>
inline constexpr Fallback fallback_of<S> = S::fallback;

template <class S>
inline constexpr Within within_of = Within::anything;
template <class S>
    requires std::is_same_v<decltype(S::within), const Within>
inline constexpr Within within_of<S> = S::within;

template <class S>
inline constexpr WeightForm weight_form_of = WeightForm::pairs;
template <class S>
    requires std::is_same_v<decltype(S::weight_form), const WeightForm>
inline constexpr WeightForm weight_form_of<S> = S::weight_form;

template <class S>
inline constexpr bool margin_included = false;
template <class S>
    requires std::is_same_v<decltype(S::margin_included), const bool>
inline constexpr bool margin_included<S> = S::margin_included;

/// Strategies with a margin end there: a negative counts while it is farther than the positive by less than the
/// margin, or by at most as much if `margin_included`.
template <class S>
inline constexpr bool has_margin = within_of<S> == Within::margin;

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
inline constexpr bool has_band = within_of<S> == Within::band;

// What a strategy for negatives says wrong, one rule of strategy.hpp each; true of what is no such strategy.

/// Words are constants of their own types.
template <class S>
constexpr bool says_words()
{
    bool right = true;
    if constexpr (requires { S::beyond; }) {
        right &= std::is_same_v<decltype(S::beyond), const Beyond>;
    }
    if constexpr (requires { S::within; }) {
        right &= std::is_same_v<decltype(S::within), const Within>;
    }
    if constexpr (requires { S::fallback; }) {
        right &= std::is_same_v<decltype(S::fallback), const Fallback>;
    }
    if constexpr (requires { S::weight_form; }) {
        right &= std::is_same_v<decltype(S::weight_form), const WeightForm>;
    }
    if constexpr (requires { S::margin_included; }) {
        right &= std::is_same_v<decltype(S::margin_included), const bool>;
    }
    return right;
}
/// Members are those that its words call for.
template <class S>
constexpr bool says_margin()
{
    return !NegativeStrategy<S> || (requires(const S& strategy) { strategy.margin; }) == has_margin<S>;
}
template <class S>
constexpr bool says_band()
{
    if constexpr (!NegativeStrategy<S>) {
        return true;
    } else if constexpr (has_band<S>) {
        return requires {
            requires std::is_same_v<decltype(S::low), std::optional<double>>;
            requires std::is_same_v<decltype(S::high), std::optional<double>>;
        };
    } else {
        return !requires(const S& strategy) { strategy.low; } && !requires(const S& strategy) { strategy.high; };
    }
}
template <class S>
constexpr bool says_ranks()
{
    if constexpr (NegativeStrategy<S>) {
        return requires(const S& strategy) {
            strategy.begin;
            strategy.end;
        } == (S::negative_pick == Pick::ranks);
    } else {
        return true;
    }
}

template <class S>
constexpr bool says_weight()
{
    if constexpr (!NegativeStrategy<S>) {
        return true;
    } else if constexpr (S::negative_pick == Pick::weighted) {
        return requires(const S& strategy) {
            requires std::is_convertible_v<decltype(strategy.log_weight(0.0, Index{1})), double>;
        };
    } else {
        return !requires { &S::log_weight; } && weight_form_of<S> == WeightForm::pairs;
    }
}
template <class S>
constexpr bool says_curve()
{
    if constexpr (NegativeStrategy<S>) {
        return weight_form_of<S> == WeightForm::pairs || requires { typename S::template Curve<float>; };
    } else {
        return true;
    }
}
template <class S>
constexpr bool says_choice()
{
    if constexpr (!NegativeStrategy<S>) {
        return true;
    } else if constexpr (S::negative_pick == Pick::chosen) {
        return requires(const S& strategy, const Choices& choices) {
            requires std::is_convertible_v<decltype(strategy.choose(choices)), std::optional<Index>>;
        };
    } else {
        return !requires { &S::choose; };
    }
}
/// Words go together.
template <class S>
constexpr bool says_place()
{
    if constexpr (NegativeStrategy<S>) {
        return S::negative_pick != Pick::weighted ||
               (beyond_of<S> == Beyond::nothing && within_of<S> == Within::anything);
    } else {
        return true;
    }
}
template <class S>
constexpr bool says_fallback()
{
    if constexpr (NegativeStrategy<S>) {
        return fallback_of<S> == Fallback::none || S::negative_pick == Pick::closest ||
               S::negative_pick == Pick::farthest || S::negative_pick == Pick::random;
    } else {
        return true;
    }
}
/// Of a strategy for positives: there are picks that only negatives have.
template <class S>
constexpr bool says_positive()
{
    if constexpr (PositiveStrategy<S>) {
        return S::positive_pick == Pick::closest || S::positive_pick == Pick::farthest ||
               S::positive_pick == Pick::random || S::positive_pick == Pick::every;
    } else {
        return true;
    }
}

/// Whether a value lies in the band [low, high]. Neither end compares with an infinity that nobody asked for, so values
/// that do not fit a double are inside where the band is open.
inline bool in_band(const std::optional<double>& low, const std::optional<double>& high, double value)
{
    return (!low || value >= *low) && (!high || value <= *high);
}

/// The seed of a strategy that draws.
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
