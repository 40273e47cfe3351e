#pragma once

/// \file
/// What a call of a corpus miner may be given besides rows and positives, in any order.

#include <mohs/corpus/input/candidate_index.hpp>
#include <mohs/corpus/input/corpus_options.hpp>
#include <mohs/corpus/input/rescored_by.hpp>
#include <mohs/detail/corpus/deepening.hpp>
#include <mohs/options.hpp>

#include <type_traits>

namespace mohs::inline MOHS_ABI::detail {

template <class E>
inline constexpr bool is_rescored_by = false;
template <class Scorer>
inline constexpr bool is_rescored_by<RescoredBy<Scorer>> = true;
template <class E>
inline constexpr bool is_searched_by = false;
template <class I>
inline constexpr bool is_searched_by<SearchedBy<I>> = true;
template <class E>
inline constexpr bool is_corpus_extra =
    std::is_same_v<E, Options> || std::is_same_v<E, PositiveScores> || is_rescored_by<E> || is_searched_by<E>;

/// The extra of a type, or null.
template <class E>
const E* extra_of_type()
{
    return nullptr;
}
template <class E, class First, class... Others>
const E* extra_of_type(const First& first, const Others&... others)
{
    if constexpr (std::is_same_v<E, First>) {
        return &first;
    } else {
        return extra_of_type<E>(others...);
    }
}

/// The judge of a call.
template <class M>
NoJudge judge_of()
{
    return {};
}
template <class M, class First, class... Others>
auto judge_of(const First& first, const Others&... others)
{
    if constexpr (is_rescored_by<First>) {
        return RescoringJudge<M, std::remove_cvref_t<decltype(first.scorer)>>(first);
    } else {
        return judge_of<M>(others...);
    }
}

/// No index.
struct NoSearch {};

/// What a call searches by, or a null pointer to NoSearch.
inline const NoSearch* search_of()
{
    return nullptr;
}
template <class First, class... Others>
auto search_of(const First& first, const Others&... others)
{
    if constexpr (is_searched_by<First>) {
        return &first;
    } else {
        return search_of(others...);
    }
}

}  // namespace mohs::inline MOHS_ABI::detail
